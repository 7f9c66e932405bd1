"""Scoring beside the event loop: what never ends is given up, and what is paid for is on disk meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.errors import RunError
from evalkit.records import Attempt, Sample, Score
from evalkit.runner import scoring
from evalkit.runner.journal import Journal, encode_record, with_score
from evalkit.runner.scoring import Scoring, ScoringThread, Unscored, read_unscored

RIGHT = Score(success=True, score=1.0, format_valid=True)


def sample(number: int, output: str = "x") -> Sample:
    return Sample(suite="s", suite_version="1", item_id=str(number), candidate="c", status="answered",
                  output=output, requested_fingerprint="f", prompt_hash="p", request_hash="r")  # fmt: skip


def attempt(number: int) -> Attempt:
    return Attempt(suite="s", item_id=str(number), candidate="c", repeat=0, attempt=1, status="answered",
                   started_at="2026-01-01T00:00:00+00:00")  # fmt: skip


def test_an_answer_is_on_disk_until_its_sample_is_in_the_journal(tmp_path: Path) -> None:
    unscored = Unscored(tmp_path / "unscored.jsonl")
    for n in range(3):
        unscored.put([((attempt(n),), sample(n))])
    unscored.done(sample(1))
    left = list(read_unscored(unscored.path))
    assert [s.item_id for _, s in left] == ["0", "1", "2"], "what the journal holds is passed over later"
    assert [len(attempts) for attempts, _ in left] == [1, 1, 1]
    unscored.done(sample(0))
    unscored.done(sample(2))
    unscored.close()
    assert not unscored.path.exists()


def test_what_a_killed_run_left_is_found_without_its_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "unscored.jsonl"
    killed = Unscored(path)
    killed.put([((attempt(1),), sample(1))])
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"kind":"sample","sui')
    unscored = Unscored(path)
    assert [s for _, s in unscored.left] == [sample(1)]
    assert path.read_bytes() == whole
    unscored.put([((), sample(2))])
    unscored.done(sample(2))
    unscored.close()
    assert next(s.item_id for _, s in read_unscored(path)) == "1", "it is kept until somebody scores it"


@pytest.mark.parametrize("parsed", [None, "x\0y", float("nan"), {"a": [1, "é"]}])
def test_a_line_with_its_score_is_the_line_of_the_scored_sample(parsed: object) -> None:
    score = replace(RIGHT, parsed=parsed)
    scored = replace(sample(1), score=score)
    spliced, whole = with_score(encode_record(sample(1)), score), encode_record(scored)
    assert json.loads(spliced) == json.loads(whole)
    assert spliced.endswith(b"}\n")


@pytest.mark.parametrize(("limit", "kept"), [(10**9, 40), (1_000, 1)])
def test_the_file_does_not_grow_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, kept: int
) -> None:
    """Under load some answer always waits, so that the file is never empty."""
    monkeypatch.setattr(scoring, "LONGEST_FILE_BYTES", limit)
    unscored = Unscored(tmp_path / "unscored.jsonl")
    unscored.put([((), sample(0))])
    for n in range(1, 40):
        unscored.put([((), sample(n, "y" * 1_000))])
        unscored.done(sample(n))
    assert (len(list(read_unscored(unscored.path))) == 40) is (kept == 40)
    assert "0" in {s.item_id for _, s in read_unscored(unscored.path)}
    unscored.close()


def test_the_loop_goes_on_while_a_scoring_lasts(tmp_path: Path) -> None:
    """Signals, latencies and other requests do not wait for a scorer."""
    release, kept = threading.Event(), []

    def slow() -> Score:
        assert release.wait(60)
        return RIGHT

    async def main() -> None:
        thread = ScoringThread(Unscored(tmp_path / "u"))
        waiting = asyncio.shield(thread.begin([Scoring(slow, kept.append)]))
        await asyncio.sleep(0.05)
        assert not kept
        release.set()
        await waiting
        thread.close()

    asyncio.run(main())
    assert kept == [RIGHT]


def test_a_scoring_whose_worker_was_stopped_is_kept_all_the_same(tmp_path: Path) -> None:
    """Ctrl-C cancels the worker; the answer is paid for, and its score is a moment away."""
    release, kept = threading.Event(), []

    def slow() -> Score:
        assert release.wait(60)
        return RIGHT

    async def main() -> None:
        thread = ScoringThread(Unscored(tmp_path / "u"))
        waiting = asyncio.shield(thread.begin([Scoring(slow, kept.append)]))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        release.set()
        await thread.drain()
        thread.close()

    asyncio.run(main())
    assert kept == [RIGHT]


@pytest.mark.parametrize(("limit_s", "given_up"), [(0.1, True), (60.0, False)])
def test_a_scoring_that_does_not_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit_s: float, given_up: bool
) -> None:
    """A plug-in that waits for ever costs its answer, not the run."""
    monkeypatch.setattr(scoring, "SCORING_LIMIT_S", limit_s)
    monkeypatch.setattr(scoring, "_LOOK_EVERY_S", 0.05)
    release, kept = threading.Event(), []

    def endless() -> Score:
        assert release.wait(60)
        return RIGHT

    async def main() -> None:
        thread = ScoringThread(Unscored(tmp_path / "u"))
        first = thread.begin([Scoring(endless, kept.append), Scoring(lambda: RIGHT, kept.append)])
        second = thread.begin([Scoring(lambda: RIGHT, kept.append)])
        await asyncio.sleep(0.5)
        release.set()
        await asyncio.gather(first, second)
        thread.close()

    asyncio.run(main())
    assert [s.error_kind for s in kept] == (["unscorable", None, None] if given_up else [None, None, None])


def test_what_cannot_be_kept_stops_the_run(tmp_path: Path) -> None:
    """A full disk is not a matter of one answer."""

    def full(_score: Score) -> None:
        raise RunError("the journal cannot be written")

    async def main() -> None:
        thread = ScoringThread(Unscored(tmp_path / "u"))
        try:
            await thread.begin([Scoring(lambda: RIGHT, full)])
        finally:
            thread.close()

    with pytest.raises(RunError, match="journal"):
        asyncio.run(main())


def test_scores_that_are_kept_at_once_go_to_the_journal_in_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each write lets another thread take the interpreter; until then the answer is among the unscored."""
    journal = Journal(tmp_path / "journal.jsonl")
    sizes: list[int] = []
    written = os.write
    monkeypatch.setattr(os, "write", lambda file, data: sizes.append(len(data)) or written(file, data))
    lines = [encode_record(sample(n)) for n in range(3)]
    with journal.together():
        for line in lines[:2]:
            journal.append_lines(line)
        assert not sizes
    journal.append_lines(lines[2])
    assert sizes == [len(lines[0] + lines[1]), len(lines[2])]
    journal.close()
