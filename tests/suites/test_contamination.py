"""Test items in training data: what was planted is found where it was planted, what was not is not."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import SuiteError, UsageError
from evalkit.records import Item, Suite
from evalkit.suites import contamination as measured
from evalkit.suites.contamination import Contamination, find_contamination
from evalkit.suites.runs import run_hashes, split_words
from tests.commands import evalkit

WORDS = [f"w{n}" for n in range(400)]
PLANTED = "Please move my Parcel 60177 to the shop in Mill Lane, the courier says that only you can do it."


def _suite(*inputs: str, **more: object) -> Suite:
    items = tuple(Item(id=f"i{n}", input=text, target="x", line=n) for n, text in enumerate(inputs))
    return Suite(name="s", family="classification", version="1", items=items, **more)  # type: ignore[arg-type]


def _jsonl(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return path


def _places(found: Contamination) -> list[tuple[str, str, float, int, str]]:
    return [(f.item_id, f.kind, f.share, f.line, f.field) for f in found.found]


def test_an_item_is_found_exactly_whatever_its_case_spaces_and_punctuation(tmp_path: Path) -> None:
    """Training data is rarely kept in the form in which it was tested."""
    file = _jsonl(tmp_path / "t.jsonl", {"text": "nothing"}, {"text": f"  {PLANTED.upper()}\n!!"})
    assert _places(find_contamination(_suite(PLANTED), [file])) == [("i0", "exact", 1.0, 2, "text")]


def test_an_item_is_found_inside_a_rendered_prompt_with_other_line_breaks(tmp_path: Path) -> None:
    """A fine-tune's rows hold the whole prompt, not the bare input."""
    prompt = "You sort messages.\n\nMessage: " + PLANTED.replace(" ", "\n") + "\n\nLabel:"
    rows = {"messages": [{"role": "system", "content": "x"}, {"role": "user", "content": prompt}]}
    found = find_contamination(_suite("unlike anything", PLANTED), [_jsonl(tmp_path / "t.jsonl", rows)])
    assert _places(found) == [("i1", "overlap", 1.0, 1, "messages.1.content")]


def test_the_share_of_runs_decides_and_is_told(tmp_path: Path) -> None:
    """Of 20 words in runs of 8, the first 14 hold 7 of 13 runs: found at a half, not at three quarters."""
    text = " ".join(WORDS[:20])
    file = _jsonl(tmp_path / "t.jsonl", {"t": " ".join([*WORDS[:14], "and", "so", "on"])})
    found = find_contamination(_suite(text), [file])
    assert _places(found) == [("i0", "overlap", pytest.approx(7 / 13), 1, "t")]
    assert find_contamination(_suite(text), [file], share=0.75).found == ()
    assert find_contamination(_suite(text), [file], share=0.75, words=5).found == ()


def test_runs_of_different_rows_are_not_put_together(tmp_path: Path) -> None:
    """A common phrase here and another there do not make an item known."""
    halves = [{"t": " ".join(WORDS[:12])}, {"t": " ".join(WORDS[8:20])}]
    file = _jsonl(tmp_path / "t.jsonl", *halves)
    assert find_contamination(_suite(" ".join(WORDS[:20])), [file]).found == ()
    together = _jsonl(tmp_path / "u.jsonl", {"a": halves[0]["t"], "b": halves[1]["t"]})
    found = find_contamination(_suite(" ".join(WORDS[:20])), [together]).found
    assert [f.share for f in found] == [pytest.approx(10 / 13)]


def test_plain_text_is_read_across_lines_and_only_what_stands_together_counts(tmp_path: Path) -> None:
    """A page wraps and quotes its texts; two phrases a thousand lines apart are no occurrence."""
    text = " ".join(WORDS[:40])
    wrapped = tmp_path / "page.md"
    wrapped.write_text("intro\n\n" + "\n> ".join(" ".join(WORDS[n : n + 5]) for n in range(0, 40, 5)))
    assert _places(find_contamination(_suite(text), [wrapped])) == [("i0", "overlap", 1.0, 3, "")]
    apart = tmp_path / "apart.txt"
    apart.write_text(" ".join(WORDS[:20]) + "\nx" * 1000 + "\n" + " ".join(WORDS[20:40]))
    assert find_contamination(_suite(text), [apart]).found == ()


def test_a_short_input_is_found_whole_and_never_by_chance(tmp_path: Path) -> None:
    """`thanks, bye` stands in any chat log; only a text that is nothing else is the item."""
    suite = _suite("Thanks, bye!", "is the canteen open now", "")
    file = _jsonl(
        tmp_path / "t.jsonl",
        {"t": "ok thanks bye then"},
        {"t": "tell me: is the canteen open now?"},
        {"t": ""},
    )
    found = find_contamination(suite, [file])
    assert _places(found) == [("i1", "overlap", 1.0, 2, "t")]
    assert found.compared_whole == 2
    again = find_contamination(
        suite, [_jsonl(tmp_path / "u.jsonl", {"t": "thanks bye"}, {"t": "Thanks - bye"})]
    )
    assert _places(again) == [("i0", "exact", 1.0, 1, "t")]
    assert again.found[0].places == 2


def test_the_best_place_is_told_and_all_are_counted(tmp_path: Path) -> None:
    """One line to look at, and how widespread it is."""
    part = " ".join(PLANTED.split()[:16])
    files = [
        _jsonl(tmp_path / "a.jsonl", {"t": part}, {"t": part + " that is all"}),
        _jsonl(tmp_path / "b.jsonl", {"t": "x"}, {"t": PLANTED}, {"t": PLANTED}),
    ]
    (found,) = find_contamination(_suite(PLANTED), files).found
    assert (found.kind, found.file, found.line, found.places) == ("exact", str(files[1]), 2, 4)


def test_only_test_items_are_looked_for(tmp_path: Path) -> None:
    """Examples for prompts may be trained on; they are never measured."""
    items = (Item(id="d", input=PLANTED, target="x", split="dev"), Item(id="t", input="y " * 9, target="x"))
    suite = Suite(name="s", family="classification", version="1", items=items)
    found = find_contamination(suite, [_jsonl(tmp_path / "t.jsonl", {"t": PLANTED})])
    assert (found.test_items, found.found) == (1, ())


def test_a_chat_is_found_by_its_turns_and_not_by_its_system_turn(tmp_path: Path) -> None:
    """In training data each turn is a text of its own, and the system turn stands in every row."""
    system = "Today is Wednesday the 17th of December and you are an assistant for calendars"
    chat = [
        {"role": "system", "content": system},
        {"role": "user", "content": "Put the budget review into Friday at nine for all of us"},
        {"role": "assistant", "content": "For how long?"},
        {"role": "user", "content": "half an hour please and invite Grace and Bo as well"},
    ]
    items = (Item(id="c", messages=tuple(chat), target=[]),)
    suite = Suite(name="s", family="tool_calls", version="1", items=items)
    assert find_contamination(suite, [_jsonl(tmp_path / "t.jsonl", {"messages": chat[:1]})]).found == ()
    (found,) = find_contamination(suite, [_jsonl(tmp_path / "u.jsonl", {"messages": chat})]).found
    assert (found.share, found.field) == (1.0, "messages.1.content")


def test_scripts_without_spaces_and_other_forms_of_letters_are_compared(tmp_path: Path) -> None:
    """A Japanese sentence is one long word to a splitter on spaces; full-width letters are letters."""
    text = "会議を金曜日の午前九時に変更してください"
    assert len(split_words(text)) == len(text)
    assert split_words("Ｃａｆé Straße") == ["café", "strasse"]
    file = _jsonl(tmp_path / "t.jsonl", {"t": f"依頼：{text}。よろしく"})
    assert [f.share for f in find_contamination(_suite(text), [file]).found] == [1.0]


def _as_csv(path: Path) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["id", "t"], ["1", "x"], ["2", PLANTED]])
    return path


def _as_parquet(path: Path) -> Path:
    pq.write_table(pa.table({"t": ["x", PLANTED]}), path)
    return path


def _as_json(path: Path) -> Path:
    path.write_text(json.dumps([{"t": "x"}, {"t": PLANTED}]))
    return path


def _as_gzip(path: Path) -> Path:
    path.write_bytes(gzip.compress(b"x\n" + PLANTED.encode()))
    return path


@pytest.mark.parametrize(
    ("write", "name", "line"),
    [
        (_as_csv, "t.csv", 3),
        (_as_parquet, "t.parquet", 2),
        (_as_json, "t.json", 2),
        (_as_gzip, "t.txt.gz", 2),
        (_as_gzip, "dump.gz", 2),
    ],
)
def test_every_kind_of_file_is_read(
    tmp_path: Path, write: Callable[[Path], Path], name: str, line: int
) -> None:
    """Training data comes as it comes."""
    (found,) = find_contamination(_suite(PLANTED), [write(tmp_path / name)]).found
    assert (found.kind, found.line) == ("exact", line)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.jsonl", b'{"t": "x"}\n{"t": \n', r"t\.jsonl:2:"),
        ("t.bin", b"\0\1", "no text"),
        ("missing.jsonl", None, "not there"),
        (".", None, "folder"),
    ],
)
def test_data_that_cannot_be_read_whole_is_an_error(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    """What was not read cannot be declared clean."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SuiteError, match=words) as raised:
        find_contamination(_suite(PLANTED), [path])
    assert raised.value.hint or raised.value.where


def test_a_run_or_share_out_of_range_is_refused(tmp_path: Path) -> None:
    """A share of 0 would find every item in every file."""
    for more in ({"words": 4}, {"share": 0.0}, {"share": 1.5}):
        with pytest.raises(UsageError):
            find_contamination(_suite(PLANTED), [], **more)


def _naive(item: Sequence[str], text: Sequence[str], length: int) -> float:
    """The share by definition: sets of tuples, no hashes, no index."""
    runs = {tuple(item[n : n + length]) for n in range(len(item) - length + 1)}
    return len(runs & {tuple(text[n : n + length]) for n in range(len(text) - length + 1)}) / len(runs)


@given(st.randoms(use_true_random=False), st.integers(10, 40), st.integers(1, 60), st.integers(2, 12))
def test_the_share_is_that_of_the_definition_wherever_batches_end(
    tmp_path_factory: pytest.TempPathFactory, rng: random.Random, length: int, rows: int, vocabulary: int
) -> None:
    """Hashes, index and batches are for speed alone; a small vocabulary makes runs repeat and collide."""
    folder = tmp_path_factory.mktemp("rows")
    item = rng.choices(WORDS[:vocabulary], k=length)
    texts = [rng.choices(WORDS[:vocabulary], k=rng.randint(1, 30)) for _ in range(rows)]
    file = _jsonl(folder / "t.jsonl", *({"t": " ".join(t)} for t in texts))
    shares = [_naive(item, t, 8) for t in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measured, "_BATCH", 50)
        found = find_contamination(_suite(" ".join(item)), [file], share=0.1).found
    assert [f.share for f in found] == [pytest.approx(max(shares))] * (max(shares) >= 0.1)
    assert [f.places for f in found] == [n for n in [sum(s >= 0.1 for s in shares)] if n]


def test_plain_text_keeps_its_lines_where_batches_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that goes over the end of a batch begins on the line on which it begins."""
    file = tmp_path / "t.txt"
    file.write_text("\n".join(["a b c"] * 33 + WORDS[:16] + ["d"] * 99))
    places = set()
    for batch in range(9, 130, 7):
        monkeypatch.setattr(measured, "_BATCH", batch)
        places |= set(_places(find_contamination(_suite(" ".join(WORDS[:16])), [file])))
    assert places == {("i0", "overlap", 1.0, 34, "")}


def test_runs_that_differ_hash_differently() -> None:
    """Small word numbers in other places must not make the same sum."""
    rng = np.random.default_rng(1)
    runs = np.unique(rng.integers(1, 40, (200_000, 5)), axis=0)
    hashes = np.array([h for (h,) in (run_hashes(r, 5) for r in runs[:2000])])
    assert len(np.unique(hashes)) == 2000
    whole = run_hashes(runs.reshape(-1), 5)[::5]
    assert len(np.unique(whole)) == len(runs)


def test_the_command_names_items_and_exits_with_3_when_some_are_found(tmp_path: Path) -> None:
    """A build that tunes a model stops here; one whose data is clean goes on."""
    item = json.loads(
        (Path(__file__).parents[2] / "suites/support-triage/items.jsonl").read_text().split("\n")[0]
    )
    dirty = _jsonl(tmp_path / "dirty.jsonl", {"prompt": item["input"]})
    clean = _jsonl(
        tmp_path / "clean.jsonl", {"prompt": "an honest row of training data about something else"}
    )
    command = ("suites", "contamination", "support-triage", "--against", clean)
    done = evalkit(*command, dirty, cwd=tmp_path)
    assert done.returncode == 3
    assert f"st-001: the whole text at {dirty}:1, prompt" in done.stdout
    assert "1 of 258 test items found" in done.stdout
    done = evalkit(*command, "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["found"] == []
