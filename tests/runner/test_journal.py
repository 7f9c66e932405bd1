"""The journal: what is finished is kept, whatever happens next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.records import LeftOut, Sample, Score
from evalkit.runner.journal import Journal, read_finished_samples, read_journal


def sample(item_id: str, *, status: str = "answered", output: str = "fruit") -> Sample:
    return Sample(
        suite="plants", suite_version="1+x", item_id=item_id, candidate="a", status=status,  # type: ignore[arg-type]
        output=output, score=Score(success=True, score=1.0, format_valid=True, parsed=output),
    )  # fmt: skip


def write(path: Path, *samples: Sample) -> None:
    journal = Journal(path)
    journal.append(*samples)
    journal.close()


def test_a_sample_comes_back_as_it_was(tmp_path: Path) -> None:
    """Resume, the store and a rescore all trust this."""
    path = tmp_path / "journal.jsonl"
    write(path, sample("one"), sample("two"))
    assert list(read_journal(path)) == [sample("one"), sample("two")]


def test_a_torn_last_line_is_cut_off_and_the_rest_is_kept(tmp_path: Path) -> None:
    """kill -9 in the middle of a write leaves half a line; the run must go on behind the last whole one."""
    path = tmp_path / "journal.jsonl"
    write(path, sample("one"))
    with path.open("a") as file:
        file.write('{"kind":"sample","suite":"pla')
    assert list(read_finished_samples(path)) == [sample("one").key]
    write(path, sample("two"))
    assert [r.item_id for r in read_journal(path)] == ["one", "two"]


def test_damage_in_the_middle_is_set_aside_with_its_line(tmp_path: Path) -> None:
    """A resume goes on with a paid run, and lost answers are named: they must never pass for unasked ones."""
    path = tmp_path / "journal.jsonl"
    write(path, sample("one"), sample("two"))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0][:30], lines[1]]) + "\n")
    left_out: list[LeftOut] = []
    assert list(read_journal(path, None, left_out)) == [sample("two")]
    assert [(n.file, n.line, n.field) for n in left_out] == [("journal.jsonl", 1, None)]


def test_the_last_sample_of_a_key_counts(tmp_path: Path) -> None:
    """A resumed run holds an answered sample behind the faulted one of the same item."""
    path = tmp_path / "journal.jsonl"
    write(path, sample("one", status="faulted"), sample("one"))
    assert [s.status for s in read_finished_samples(path).values()] == ["answered"]


@pytest.mark.parametrize(
    "output",
    ["lone \ud800 surrogate", "NUL \x00", "line\u2028separator", "\x1b[31m", "👩‍👩‍👧", "x" * 1_000_000],
)
def test_hostile_text_is_one_line_of_valid_json(tmp_path: Path, output: str) -> None:
    """Model output reaches readers that know no surrogates and no NUL."""
    path = tmp_path / "journal.jsonl"
    write(path, sample("one", output=output))
    lines = path.read_bytes().split(b"\n")
    assert len(lines) == 2
    text = json.loads(lines[0])["output"]
    assert "\x00" not in text
    assert text.encode("utf-8").decode("utf-8") == text


def test_numbers_that_json_lacks_do_not_break_the_line(tmp_path: Path) -> None:
    """Python's parser takes NaN from a model's tool call; no other reader would."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.append(
        Sample(
            suite="s",
            suite_version="1",
            item_id="i",
            candidate="a",
            status="answered",
            score=Score(success=False, score=0.0, format_valid=True, parsed={"x": float("nan")}),
        )
    )
    journal.close()
    assert "NaN" not in path.read_text()
    (kept,) = read_journal(path)
    assert isinstance(kept, Sample)
    assert kept.score is not None
    assert kept.score.parsed == {"x": "nan"}
