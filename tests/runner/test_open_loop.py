"""Requests at their own time, whatever is in flight; on a clock that passes only by waiting."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.backends.interface import Capabilities, Stage
from evalkit.economics import load_figures, read_step
from evalkit.records import (
    Answer,
    Attempt,
    Candidate,
    Contract,
    Item,
    OpenLoop,
    Price,
    Prompt,
    Request,
    Sample,
    Stakes,
    Suite,
)
from evalkit.runner import RunFolder, RunResult, make_plan, resume_run, retry, schedule, start_run
from evalkit.runner.admission import Admission
from evalkit.runner.journal import read_finished_samples, read_journal
from evalkit.runner.open_loop import at_rate, due_times
from tests.virtual_time import virtual_time

Serving = Callable[[int], float]
"""Number of a request -> how long it holds its place, in seconds."""


class Queue:
    """A backend with so many places; whoever comes waits for one."""

    def __init__(self, candidate: Candidate, places: int, takes_s: Serving) -> None:
        self.candidate = candidate
        self.capabilities = Capabilities()
        self.most_in_flight = self.in_flight = self.asked = 0
        self._places = asyncio.Semaphore(places)
        self._takes_s = takes_s

    async def start(self) -> Mapping[str, Any]:
        return {}

    async def ask(self, request: Request) -> Answer:
        self.asked += 1
        number = self.asked
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        async with self._places:
            await asyncio.sleep(self._takes_s(number))
        self.in_flight -= 1
        return Answer(text="a", simulated=True)

    async def close(self) -> None:
        return


@contextmanager
def served(
    monkeypatch: pytest.MonkeyPatch, places: int, takes_s: Serving
) -> Iterator[list[tuple[Queue, Stage]]]:
    opened: list[tuple[Queue, Stage]] = []

    def open_backend(candidate: Candidate, stage: Stage) -> Queue:
        opened.append((Queue(candidate, places, takes_s), stage))
        return opened[-1][0]

    with virtual_time(monkeypatch, retry):
        monkeypatch.setattr(schedule, "open_backend", open_backend)
        monkeypatch.setitem(Admission.__init__.__kwdefaults__, "clock", lambda: time.monotonic())
        yield opened


def suite(n: int) -> Suite:
    return Suite(
        name="letters",
        family="classification",
        version="1",
        contract=Contract(labels={"a": "", "b": ""}),
        prompts={"default": Prompt()},
        items=tuple(Item(id=f"i{k}", input=f"letter {k}", target="a") for k in range(n)),
    )


def candidate(**changes: Any) -> Candidate:
    return Candidate(
        **{"name": "slim", "tier": "slim", "backend": "simulated", "concurrency": 1, "timeout_s": 1e6}
        | changes
    )


def step(
    runs: Path, rate: float, n: int = 400, *, warm_up_s: float = 0.0, who: Candidate | None = None
) -> RunResult:
    loop = OpenLoop(rate_per_s=rate, warm_up_s=warm_up_s)
    return start_run(make_plan([suite(n)], [who or candidate()], open_loop=loop), runs)


def records(result: RunResult) -> tuple[list[Sample], list[Attempt]]:
    path = RunFolder(result.folder).journal_path
    attempts = [r for r in read_journal(path) if isinstance(r, Attempt)]
    return list(read_finished_samples(path).values()), attempts


@given(st.integers(1, 300), st.floats(0.01, 1e4), st.text(max_size=5))
def test_so_many_requests_are_due_in_the_time_that_the_rate_says(n: int, rate: float, seed: str) -> None:
    """A step that is longer or shorter by luck would offer another load than the one that is reported."""
    due = due_times(n, rate, seed)
    assert len(due) == n
    assert list(due) == sorted(due)
    assert due[0] >= 0
    assert due[-1] <= n / rate
    assert due == due_times(n, rate, seed)


def test_arrivals_are_those_of_callers_who_know_nothing_of_each_other() -> None:
    """Evenly spaced requests make no queue below the knee; in real life counts vary as their mean does."""
    counts = [0] * 2000
    for moment in due_times(20_000, 10.0, "seed"):
        counts[int(moment)] += 1
    assert statistics.mean(counts) == pytest.approx(10)
    assert statistics.variance(counts) / statistics.mean(counts) == pytest.approx(1.0, abs=0.1)


def test_a_stalled_server_is_sent_requests_on_time_and_charged_for_every_wait(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Coordinated omission: a loop that waits for answers would see one slow answer, callers see fifty."""
    with served(monkeypatch, 1, lambda number: 10.0 if number == 100 else 0.01) as opened:
        samples, attempts = records(step(tmp_path, 10.0))
    assert opened[0][0].most_in_flight > 50, "though the candidate's concurrency is 1"
    assert all(a.queued_s == pytest.approx(0, abs=1e-6) for a in attempts)
    slow = [s for s in samples if s.e2e_latency_s is not None and s.e2e_latency_s > 1.0]
    assert 60 <= len(slow) <= 130, "all who came in the ten seconds, but for the last of them"
    assert {s.load for s in samples} == {"rate=10/s"}


def test_latency_counts_from_when_a_request_was_due_though_a_rate_limit_held_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A caller waits for the limit too; the service time alone says nothing of it."""
    with served(monkeypatch, 100, lambda _number: 0.5):
        result = step(tmp_path, 4.0, 80, who=candidate(requests_per_minute=120))
        samples, attempts = records(result)
    assert {round(s.latency_s or 0, 6) for s in samples} == {0.5}
    assert max(s.e2e_latency_s or 0 for s in samples) > 15, "80 requests at 2/s take 40 s, and came in 20"
    late = {a.item_id: a.queued_s or 0 for a in attempts}
    assert all(s.e2e_latency_s == pytest.approx(0.5 + late[s.item_id], abs=1e-3) for s in samples)
    figures = load_figures("slim", [read_step(4.0, samples, attempts)], {})
    assert figures.knee_per_s == pytest.approx(2.0, rel=0.05), "what the limit lets through"


def test_the_warm_up_keeps_answers_and_no_times(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The queue has still to fill: its times would make every load look better than it is."""
    with served(monkeypatch, 2, lambda _number: 0.1):
        result = step(tmp_path, 10.0, 100, warm_up_s=2.0)
        samples, attempts = records(result)
    warm = [s for s in samples if s.e2e_latency_s is None]
    assert 10 <= len(warm) <= 30
    assert all(s.status == "answered" and s.score and s.latency_s is None for s in warm)
    assert max(s.started_at for s in warm) < min(s.started_at for s in samples if s not in warm)
    assert all(a.latency_s is not None for a in attempts), "the attempts keep all"
    assert result.manifest.status == "done"
    assert result.manifest.load == "rate=10/s"


@pytest.mark.parametrize(("places", "takes_s"), [(1, 0.02), (8, 0.2)])
def test_the_knee_of_a_known_service_rate_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, places: int, takes_s: float
) -> None:
    """The whole way, from sending to figures; places over service time is all that such a server can do."""
    capacity = places / takes_s
    with served(monkeypatch, places, lambda _number: takes_s):
        steps = []
        for share in (0.5, 0.8, 1.25, 2.0):
            rate = share * capacity
            result = step(tmp_path, rate, 250, warm_up_s=25 / rate)
            steps.append(read_step(rate, *records(result)))
    stakes = {"letters": Stakes(latency_slo_s=8 * takes_s, volume_per_month=10_000_000)}
    figures = load_figures("slim", steps, stakes)
    assert figures.knee_per_s == pytest.approx(capacity, rel=0.05)
    assert figures.kept_up_at_per_s == pytest.approx(0.8 * capacity)
    assert figures.fell_behind_at_per_s == pytest.approx(1.25 * capacity)
    assert figures.within_limit_at_per_s is not None
    assert figures.within_limit_at_per_s <= 0.8 * capacity
    assert figures.machines_within_limit is not None
    assert figures.machines_at_knee is not None
    assert figures.machines_within_limit >= figures.machines_at_knee


def test_a_load_run_that_was_stopped_goes_on_at_its_rate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Resume must not fall back to asking as fast as it can: the samples say at which load they were."""
    plan = make_plan([suite(60)], [candidate()], open_loop=OpenLoop(rate_per_s=2.0))
    with served(monkeypatch, 1, lambda _number: 0.01) as opened:
        first = start_run(plan, tmp_path, stop_rule=lambda t: "enough" if t["slim"].done >= 20 else None)
        again = resume_run(RunFolder(first.folder))
        samples, attempts = records(again)
    assert first.manifest.status == "partial"
    assert again.manifest.status == "done"
    assert len(samples) == len(attempts) == 60
    assert {s.load for s in samples} == {"rate=2/s"}
    assert opened[1][0].asked == 60 - first.tallies["slim"].done


def test_candidates_are_loaded_one_after_the_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The load of one must not slow another: they share this machine's client at least."""
    two = [candidate(name=name) for name in ("a", "b")]
    plan = make_plan([suite(30)], two, open_loop=OpenLoop(rate_per_s=5.0))
    with served(monkeypatch, 1, lambda _number: 0.5):
        samples, _ = records(start_run(plan, tmp_path))
    ends = {name: [s.started_at for s in samples if s.candidate == name] for name in ("a", "b")}
    assert max(ends["a"]) < min(ends["b"]) or max(ends["b"]) < min(ends["a"])


def test_connections_are_bounded_by_concurrency_alone_where_it_bounds_what_is_in_flight() -> None:
    """A pool of four connections would be a queue inside the client, and the server look quick."""
    who = candidate(concurrency=4)
    assert Stage().connections(who) == 4
    assert replace(Stage(), unbounded=True).connections(who) > 100_000


def test_a_machine_is_paid_for_by_the_rate_that_it_serves() -> None:
    """At a low rate most slots are idle, and the machine costs the same."""
    loop = OpenLoop(rate_per_s=0.5)
    rented = candidate(price=Price(machine_usd_per_hour=3.6))
    assert at_rate(rented, loop).price.machine_requests_per_s == 0.5
    measured = candidate(price=Price(machine_usd_per_hour=3.6, machine_requests_per_s=2.0))
    assert at_rate(measured, loop) == measured
    assert at_rate(candidate(), loop) == candidate()
