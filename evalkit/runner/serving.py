"""One candidate's way through its tasks: take the next, ask or reuse, score, write it down."""

from __future__ import annotations

import asyncio
import time
from asyncio import TaskGroup
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import compress
from typing import NamedTuple

from evalkit.backends import Backend
from evalkit.backends.secrets import Secrets
from evalkit.errors import EvalkitError
from evalkit.families import Scorer, compile_prompter, scorer_for
from evalkit.records import Attempt, Candidate, Fault, Item, OpenLoop, Request, Sample, Score, SuiteEntry
from evalkit.runner.admission import Admission, Halted
from evalkit.runner.ceiling import most_of_attempt
from evalkit.runner.journal import Journal, with_score
from evalkit.runner.open_loop import allow_many_connections, as_due, due_times, is_due
from evalkit.runner.plan import Plan, Task
from evalkit.runner.progress import CandidateCounts, Observer
from evalkit.runner.retry import Asking, AttemptOutcome
from evalkit.runner.reuse import Earlier
from evalkit.runner.samples import SampleMaker
from evalkit.runner.scoring import Scoring, ScoringThread
from evalkit.suites.contract import LM_EVAL

MOST_SCORING = 256
"""Answers of one candidate that may wait for their score while further requests are sent."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What all candidates of a run share."""

    plan: Plan
    entries: Mapping[str, SuiteEntry]
    scorers: Mapping[str, Scorer]
    journal: Journal
    scoring: ScoringThread
    observer: Observer
    stopped: Callable[[], bool]
    """Whether no further task is to be taken."""
    finished: Callable[[], None]
    """Called after each sample."""
    counts_each: bool
    """Whether each sample must be counted before the next request: a budget or a limit looks at them."""
    secrets: Secrets
    """What nothing that is kept or told may hold."""
    earlier: Earlier | None = None
    """Answers of other runs, where they may be used again."""


class Serving:
    """Makes one candidate's samples."""

    def __init__(self, desk: Desk, candidate: Candidate, tally: CandidateCounts) -> None:
        self._desk = desk
        self._candidate = candidate
        self._at = {name: candidate.at(name) for name in desk.entries}
        self._fingerprints = {name: at.requested_fingerprint for name, at in self._at.items()}
        self._tally = tally
        self._prompters = {s.name: compile_prompter(s, candidate) for s in desk.plan.suites}
        self._open_loop = desk.plan.open_loop
        load = self._open_loop.load if self._open_loop else None
        self._make = {
            name: SampleMaker(entry, self._at[name], scorer_for(desk.scorers[name], self._at[name]), load)
            for name, entry in desk.entries.items()
        }
        self._admission = Admission(candidate, halted=desk.stopped, notify=self._notify)
        self._fresh: list[_Fresh] = []
        """Answers of this turn of the event loop, to be written down and scored together."""
        self._scoring = 0
        """How many wait for their score."""

    @property
    def given_up(self) -> str | None:
        """Why the candidate is asked no more; None when it is or was to its end."""
        return self._admission.given_up

    async def run(self, backend: Backend, tasks: Iterator[Task]) -> None:
        """The candidate's workers take the tasks one by one, until there is none or the run is stopped; in an
        open loop each task is asked when it is due."""
        tally = self._tally
        tally.state, tally.began_s = "running", tally.began_s or time.monotonic()
        try:
            async with asyncio.TaskGroup() as group:
                if self._open_loop is not None:
                    await self._ask_when_due(backend, self._open_loop, group, list(tasks))
                else:
                    for _ in range(max(1, self._candidate.concurrency)):
                        group.create_task(self._work(backend, group, tasks))
        finally:
            self._hand_over()  # what came at the moment of a stop is paid for
            tally.ended_s = time.monotonic()
            tally.held_s = self._admission.held_s
            tally.state = "given up" if self.given_up else "stopped" if self._desk.stopped() else "done"

    def fault_all(self, error: EvalkitError, tasks: Iterator[Task]) -> None:
        """A local candidate that does not start costs its own samples, each with its fault, not the run."""
        for task in tasks:
            request = self._request(task)
            outcome = _never_started(request, self._candidate, error)
            sample = self._make[request.suite].from_outcome(task.item, request, outcome)
            self._keep(outcome.attempts, sample, request)

    async def _work(self, backend: Backend, group: TaskGroup, tasks: Iterator[Task]) -> None:
        # A stop is orderly: what is in flight is paid for, so it is waited for and kept.
        while not self._has_ended():
            task = next(tasks, None)
            if task is None:
                return
            request = self._request(task)
            if not await self._reused(task.item, request):
                await self._ask(backend, task.item, request, group)
            self._desk.finished()

    async def _ask_when_due(
        self, backend: Backend, loop: OpenLoop, group: TaskGroup, tasks: Sequence[Task]
    ) -> None:
        """Sends every request at its time, however many are in flight."""
        allow_many_connections()
        due = due_times(len(tasks), loop.rate_per_s, f"{self._desk.plan.seed}/{self._candidate.name}")
        began_s = time.monotonic()
        for offset_s, task in zip(due, tasks, strict=True):
            request = self._request(task)  # made while there is time
            if not await is_due(began_s + offset_s, self._has_ended):
                return
            warming_up = offset_s < loop.warm_up_s
            group.create_task(self._ask_due(backend, task.item, request, began_s + offset_s, warming_up))

    async def _ask_due(
        self, backend: Backend, item: Item, request: Request, due_s: float, warming_up: bool
    ) -> None:
        outcome = await self._answered(backend, request, due_s)
        if outcome is not None:
            sample = self._make[request.suite].from_outcome(item, request, outcome)
            late_s = outcome.attempts[0].queued_s or 0.0
            sample = as_due(sample, late_s, warming_up=warming_up)
            await self._score(item, outcome.attempts, sample, request)
        self._desk.finished()

    def _has_ended(self) -> bool:
        return self._desk.stopped() or self.given_up is not None

    async def _ask(self, backend: Backend, item: Item, request: Request, group: TaskGroup) -> None:
        outcome = await self._answered(backend, request)
        if outcome is None:
            return
        sample = self._make[request.suite].from_outcome(item, request, outcome)
        await self._score(
            item, outcome.attempts, sample, request, group=None if self._desk.counts_each else group
        )

    async def _answered(
        self, backend: Backend, request: Request, due_s: float | None = None
    ) -> AttemptOutcome | None:
        """What came of one sample's attempts; None when the run was stopped before anything was sent."""
        seed = f"{self._desk.plan.seed}/{request.suite}/{request.item_id}/{request.repeat}"
        asking = Asking(
            backend=backend, request=request, admission=self._admission, seed=seed, due_s=due_s,
            secrets=self._desk.secrets,
        )  # fmt: skip
        try:
            return await asking.until_answered()
        except Halted:
            return None
        except asyncio.CancelledError:
            # Ctrl-C: the sample is not finished, but its failed attempts happened and may have cost money.
            self._desk.journal.append(*asking.attempts)
            raise

    async def _reused(self, item: Item, request: Request) -> bool:
        """Takes the answer of an earlier run, where there is one."""
        earlier = self._desk.earlier
        found = earlier.find(self._fingerprints[request.suite], request) if earlier else None
        if found is None:
            return False
        sample = self._make[request.suite].from_earlier(item, request, *found)
        await self._score(item, (), sample, request)
        return True

    async def score_left(self, item: Item, attempts: tuple[Attempt, ...], sample: Sample) -> None:
        """Scores an answer that a stopped run has written down."""
        request = self._prompters[sample.suite](item, sample.repeat)
        await self._score(item, attempts, sample, request, earlier=True)

    async def _score(
        self,
        item: Item,
        attempts: tuple[Attempt, ...],
        sample: Sample,
        request: Request,
        *,
        earlier: bool = False,
        group: TaskGroup | None = None,
    ) -> None:
        """Score an answer and keep it; a fault is scored already.

        With a `group` the answers of this turn of the event loop are written down and scored together, as a
        task of it: the worker goes on, since waiting in line for the scorer it would leave the server idle.
        """
        if sample.status != "answered":
            self._keep(attempts, sample, request)
            return
        self._fresh.append(_Fresh(item, attempts, sample, request, earlier))
        if group is None or len(self._fresh) + self._scoring > MOST_SCORING:
            await self._score_fresh()
        elif len(self._fresh) == 1:
            scoring = self._score_fresh()
            try:
                group.create_task(scoring)
            except RuntimeError:  # the group is ending
                await scoring

    async def _score_fresh(self) -> None:
        await asyncio.shield(self._hand_over())

    def _hand_over(self) -> asyncio.Future[None]:
        """Write the fresh answers down and begin their scoring; return what is done once all are kept."""
        fresh, self._fresh = self._fresh, []
        desk = self._desk
        lines = desk.scoring.unscored.put([(f.attempts, f.sample) for f in fresh])
        scorings = [Scoring(*self._scoring_of(f, its)) for f, its in zip(fresh, lines, strict=True)]
        # lm-eval's tasks set alarms, which only the main thread can.
        here = [desk.entries[f.sample.suite].family == LM_EVAL for f in fresh]
        for scoring in compress(scorings, here):
            scoring.keep(scoring.score())
        return desk.scoring.begin(s for s, now in zip(scorings, here, strict=True) if not now)

    def _scoring_of(self, fresh: _Fresh, lines: bytes) -> tuple[Callable[[], Score], Callable[[Score], None]]:
        item, attempts, sample, request, earlier = fresh
        make = self._make[sample.suite]
        self._scoring += 1

        def keep(score: Score) -> None:
            self._scoring -= 1
            scored = make.with_score(sample, score)
            # The journal's lines are these and the score, unless that decides the confidence too.
            same = _confidence(scored) == _confidence(sample)
            journaled = with_score(lines, scored.score) if same and scored.score else None
            self._keep(attempts, scored, request, lines=journaled, earlier=earlier)
            self._desk.scoring.unscored.done(sample)

        return lambda: make.score(item, sample), keep

    def _keep(
        self,
        attempts: tuple[Attempt, ...],
        sample: Sample,
        request: Request,
        *,
        lines: bytes | None = None,
        earlier: bool = False,
    ) -> None:
        if lines is not None:
            self._desk.journal.append_lines(lines)
        else:
            self._desk.journal.append(*attempts, sample)
        self._tally.add(sample, earlier=earlier)
        self._tally.reserve(attempts, lambda: most_of_attempt(self._at[request.suite], request))
        self._desk.observer.report_progress(self._tally, sample)

    def _request(self, task: Task) -> Request:
        return add_seed(self._prompters[task.suite](task.item, task.repeat))

    def _notify(self, state: str, line: str) -> None:
        self._tally.state = state
        self._desk.observer.notify(line)


class _Fresh(NamedTuple):
    """An answer that is to be written down and scored."""

    item: Item
    attempts: tuple[Attempt, ...]
    sample: Sample
    request: Request
    earlier: bool


def _confidence(sample: Sample) -> tuple[float | None, float | None]:
    return sample.confidence, sample.label_mass_outside


def add_seed(request: Request) -> Request:
    """Each repeat gets a seed of its own, or a sampling server would give the same answer k times."""
    seed = request.decoding.seed
    if seed is None or request.repeat == 0:
        return request
    return replace(request, decoding=replace(request.decoding, seed=seed + request.repeat))


def _never_started(request: Request, candidate: Candidate, error: EvalkitError) -> AttemptOutcome:
    attempt = Attempt(
        suite=request.suite,
        item_id=request.item_id,
        candidate=candidate.name,
        repeat=request.repeat,
        attempt=1,
        status="faulted",
        fault="crashed",
        fault_message=str(error)[:500],
        started_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        cost_usd=0.0,
        price_id="unbilled",
    )
    return AttemptOutcome(
        answer=None, fault=Fault("crashed", str(error)), attempts=(attempt,), e2e_latency_s=0.0
    )
