"""Every kind of failure at once, through the whole runner: no item is lost, every request accounted for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit.config import load_project
from evalkit.records import Attempt, Sample
from evalkit.runner import make_plan, start_run
from evalkit.runner.journal import read_journal
from evalkit.suites import load_suite
from tests.projects import SUITE, answer_rightly, right_label, served, write_project
from tests.servers.stand_in import Faulting, StandIn, always, seeded

N_ITEMS = 200
RATES = {
    "429": 0.05, "500": 0.05, "drop": 0.05, "malformed": 0.05, "hang": 0.05, "truncated": 0.05, "cut": 0.05,
    "empty": 0.025, "null": 0.025,
}  # fmt: skip
"""Four requests in ten fail."""
KINDS = {
    "429": "rate_limited",
    "500": "server_error",
    "drop": "connection_failed",
    "malformed": "malformed_response",
    "hang": "timed_out",
    "cut": "connection_failed",
    "empty": "empty_response",
    "null": "empty_response",
}
TRUNCATED = {True: "connection_failed", False: "malformed_response"}
"""By whether the answer is streamed: half a stream, or half a body."""
BOTH_WAYS = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between attempts, and pauses of an endpoint that fails often in a row, are not what is tried."""
    monkeypatch.setattr("evalkit.runner.retry.FIRST_WAIT_S", 0.001)
    monkeypatch.setattr("evalkit.runner.breaker.FIRST_PAUSE_S", 0.005)
    monkeypatch.setattr("evalkit.runner.breaker.LONGEST_PAUSE_S", 0.01)
    monkeypatch.setattr("evalkit.runner.admission.LOOK_EVERY_S", 0.005)


def run(
    folder: Path, fault: Faulting, *, stream: bool, max_attempts: int
) -> tuple[dict[str, Sample], dict[str, list[Attempt]], dict[str, list[str | None]]]:
    """Samples, attempts and the server's own log, each by item."""
    with StandIn(answer=sometimes_wrong, fault=fault).in_thread() as server:
        candidate = served(
            server.base_url,
            concurrency=32,
            timeout_s=1.0,
            max_attempts=max_attempts,
            options={"stream": stream},
        )
        project = load_project(write_project(folder, {"a": candidate}, n_items=N_ITEMS))
        suite = load_suite(project.suites[0] / SUITE)
        result = start_run(make_plan([suite], list(project.candidates.values())), project.runs)
        log: dict[str, list[str | None]] = defaultdict(list)
        for asked in server.asked:
            log[item_of(asked.body)].append(asked.fault)
    samples: dict[str, Sample] = {}
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    for record in read_journal(result.folder / "journal.jsonl"):
        if isinstance(record, Sample):
            assert record.item_id not in samples
            samples[record.item_id] = record
        else:
            attempts[record.item_id].append(record)
    return samples, attempts, log


def item_of(body: Mapping[str, Any]) -> str:
    return f"p-{int(str(body['messages'][-1]['content']).rsplit(' ', 1)[-1]):04d}"


def sometimes_wrong(body: Mapping[str, Any]) -> str:
    """A model that errs on every seventh plant: faults must not be mixed up with mistakes."""
    number = int(item_of(body)[2:])
    return "no such label" if number % 7 == 0 else answer_rightly(body)


def outcome(sample: Sample) -> tuple[Any, ...]:
    """What must be the same whatever happened on the way."""
    assert sample.score is not None
    return (sample.status, sample.output, sample.score.success, sample.score.error_kind, sample.request_hash)


def kind_of(stream: bool) -> Callable[[str | None], str | None]:
    kinds = {None: None, **KINDS, "truncated": TRUNCATED[stream]}
    return lambda fault: kinds[fault]


@BOTH_WAYS
def test_faults_that_pass_leave_every_result_as_without_them(tmp_path: Path, stream: bool) -> None:
    """And each request that the server saw is an attempt in the journal, with the fault's kind."""
    clean, _, _ = run(tmp_path / "clean", always(None), stream=stream, max_attempts=1)
    samples, attempts, log = run(tmp_path / "faulty", seeded(RATES, 3), stream=stream, max_attempts=20)
    assert len(samples) == N_ITEMS
    assert {i: outcome(s) for i, s in samples.items()} == {i: outcome(s) for i, s in clean.items()}
    assert {s.score.success for s in samples.values() if s.score} == {True, False}
    seen = {item: list(map(kind_of(stream), faults)) for item, faults in log.items()}
    assert {item: [a.fault for a in made] for item, made in attempts.items()} == seen
    assert {fault for faults in log.values() for fault in faults} == {None, *RATES}
    assert sum(map(len, attempts.values())) == sum(map(len, log.values())) > 1.4 * N_ITEMS
    assert all(samples[item].attempts == len(made) for item, made in attempts.items())


@BOTH_WAYS
def test_faults_that_last_end_as_faulted_with_their_kind(tmp_path: Path, stream: bool) -> None:
    """Told apart from wrong answers; the items beside them are as they would have been."""
    samples, attempts, log = run(tmp_path, seeded(RATES, 5, lasting=True), stream=stream, max_attempts=2)
    assert len(samples) == N_ITEMS
    for item, sample in samples.items():
        assert sample.score is not None
        fault = log[item][0]
        assert sample.fault == kind_of(stream)(fault)
        assert sample.attempts == len(log[item]) == len(attempts[item]) == (2 if fault else 1)
        if fault:
            assert (sample.status, sample.score.success) == ("faulted", False)
            kind = "timed_out" if fault == "hang" else "backend_error"
            assert (sample.score.error_kind, sample.output) == (kind, None)
        else:
            wrong = int(item[2:]) % 7 == 0
            expected = "no such label" if wrong else right_label(f"plant number {int(item[2:])}")
            assert (sample.output, sample.score.success) == (expected, not wrong)
    assert {fault for faults in log.values() for fault in faults} == {None, *RATES}
