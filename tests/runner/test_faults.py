"""Every way in which a server can fail, at once: nothing is lost, nothing is blamed on the model."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evalkit.config import load_project
from evalkit.records import Attempt, Sample
from evalkit.runner import RunResult, make_plan, retry, start_run
from evalkit.runner.journal import read_finished_samples, read_journal
from evalkit.suites import load_suite
from tests.projects import answer_rightly, served, write_project
from tests.servers.stand_in import StandIn, seeded

ITEMS = 120
RATES = dict.fromkeys(
    ("429", "500", "drop", "malformed", "hang", "truncated", "cut", "empty", "null", "error_in_200"), 0.05
)
"""Each fault's share of the requests: half of all fail."""
KINDS = {
    "429": "rate_limited", "500": "server_error", "error_in_200": "server_error",
    "drop": "connection_failed", "cut": "connection_failed", "hang": "timed_out",
    "malformed": "malformed_response", "truncated": "connection_failed",
    "empty": "empty_response", "null": "empty_response",
}  # fmt: skip
"""What each must be called when it lasts, on a stream."""


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT_S", 0.01)


def run(folder: Path, server: StandIn, **changes: object) -> RunResult:
    candidate = served(server.base_url, concurrency=16, timeout_s=0.5, **changes)
    project = load_project(write_project(folder, {"a": candidate}, n_items=ITEMS))
    plan = make_plan([load_suite(project.suites[0] / "plants")], list(project.candidates.values()))
    return start_run(plan, project.runs)


def samples(result: RunResult) -> dict[str, Sample]:
    found = read_finished_samples(result.folder / "journal.jsonl").values()
    return {s.item_id: s for s in found}


def attempts(result: RunResult) -> list[Attempt]:
    return [r for r in read_journal(result.folder / "journal.jsonl") if isinstance(r, Attempt)]


@pytest.mark.parametrize("stream", [True, False])
def test_with_passing_faults_every_item_ends_as_without(tmp_path: Path, stream: bool) -> None:
    """Elsewhere one item that fails thrice loses thousands of paid answers, or lowers the headline."""
    options = {"stream": stream}
    with StandIn(answer=answer_rightly).in_thread() as server:
        clean = run(tmp_path / "clean", server, options=options)
        server.asked.clear()
        server.fault = seeded(RATES)
        faulty = run(tmp_path / "faulty", server, options=options, max_attempts=20)
        assert len(attempts(faulty)) == len(server.asked)
        assert Counter(a.fault is not None for a in server.asked)[True] > ITEMS / 3
    expected = {i: (s.status, s.output, s.score) for i, s in samples(clean).items()}
    assert {i: (s.status, s.output, s.score) for i, s in samples(faulty).items()} == expected


def test_with_lasting_faults_an_item_is_faulted_with_its_kind(tmp_path: Path) -> None:
    """A fault is told apart from a wrong answer, and each is called by its name."""
    with StandIn(answer=answer_rightly, fault=seeded(RATES, lasting=True)).in_thread() as server:
        result = run(tmp_path, server, max_attempts=2)
        meant = {str(a.body["messages"][-1]["content"]): a.fault for a in server.asked}
        assert len(attempts(result)) == len(server.asked)
    found = samples(result)
    assert len(found) == ITEMS
    for item_id, sample in found.items():
        fault = meant[f"plant number {int(item_id[2:])}"]
        expected = ("answered", None) if fault is None else ("faulted", KINDS[fault])
        assert (sample.status, sample.fault) == expected, fault
        assert sample.score is not None
        assert sample.score.success == (fault is None)
    assert {s.attempts for s in found.values() if s.status == "faulted"} == {2}
