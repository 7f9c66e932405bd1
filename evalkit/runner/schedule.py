"""Who is asked when: candidates side by side, those that share hardware one after the other."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from evalkit.backends import Backend, Stage, open_backend
from evalkit.errors import EvalkitError
from evalkit.families import Prompter, Scorer, get_family
from evalkit.records import Attempt, Candidate, Fault, Item, Request, Sample, SuiteEntry
from evalkit.runner.journal import Journal
from evalkit.runner.plan import Plan, Task
from evalkit.runner.progress import Observer, Tally
from evalkit.runner.rehearsal import rehearsal
from evalkit.runner.retry import Outcome, ask_until_answered
from evalkit.runner.samples import make_sample

StopRule = Callable[[Mapping[str, Tally]], str | None]
"""Live tallies -> why to stop now, or None to go on."""


class Stopped(Exception):  # noqa: N818 - not an error: a run may be stopped in an orderly way
    """The run was stopped before its end, for the reason given."""


class Schedule:
    """One run's way through its plan."""

    def __init__(
        self,
        plan: Plan,
        entries: Mapping[str, SuiteEntry],
        journal: Journal,
        observer: Observer,
        stage: Stage,
        done: Mapping[tuple[str, str, str, int], Sample],
        stop_rule: StopRule,
    ) -> None:
        self.plan = plan
        self.entries = entries
        self.journal = journal
        self.observer = observer
        self.stage = stage
        self.done = done
        self.stop_rule = stop_rule
        self.stop_reason: str | None = None
        """Why no further task is taken, once the stop rule has said so."""
        self.runtimes: dict[str, Mapping[str, Any]] = {}
        """Candidate -> what its backend says of itself, once started."""
        self.tallies = {c.name: Tally(candidate=c, planned=_planned(plan)) for c in plan.candidates}
        for sample in done.values():
            if sample.status == "answered" and sample.candidate in self.tallies:
                self.tallies[sample.candidate].add(sample, old=True)
        self._items = {(s, i.id): i for s, items in plan.items.items() for i in items}
        self._scorers = {s.name: get_family(s.family).scorer(s) for s in plan.suites}

    async def run(self) -> None:
        """Asks everything that is left.

        Raises:
            UnavailableError: A candidate without hardware of its own cannot be used; nothing was asked.
            Stopped: The stop rule said so.
        """
        self.observer.begin(self.plan, self.tallies)
        remote = [c for c in self.plan.candidates if c.hardware is None and self._left(c)]
        started = [await self._start(c) for c in remote]
        try:
            async with asyncio.TaskGroup() as group:
                for backend in started:
                    group.create_task(self._serve(backend))
                for candidates in self._hardware_groups():
                    group.create_task(self._one_after_the_other(candidates))
        except BaseExceptionGroup as group_error:
            raise _first_leaf(group_error) from group_error
        finally:
            await asyncio.gather(*(b.close() for b in started))
        if self.stop_reason:
            raise Stopped(self.stop_reason)

    async def _one_after_the_other(self, candidates: Sequence[Candidate]) -> None:
        for candidate in candidates:
            if self.stop_reason:
                return
            if not self._left(candidate):
                self.tallies[candidate.name].state = "done"
                continue
            try:
                backend = await self._start(candidate)
            except EvalkitError as error:
                self._fault_all(candidate, error)
                continue
            async with _closing(backend):
                await self._serve(backend)

    async def _start(self, candidate: Candidate) -> Backend:
        tally = self.tallies[candidate.name]
        tally.state = "starting"
        stage = self.stage
        if candidate.simulated:
            stage = replace(stage, rehearse=rehearsal(self.plan.suites, candidate))
        backend = open_backend(candidate, stage)
        try:
            self.runtimes[candidate.name] = await backend.start()
        except BaseException as error:
            tally.state = f"not started: {error}"
            await backend.close()
            raise
        return backend

    async def _serve(self, backend: Backend) -> None:
        """The candidate's workers take its tasks one by one."""
        tally = self.tallies[backend.candidate.name]
        tally.state, tally.began_s = "running", time.monotonic()
        prompters = self._prompters(backend.candidate)
        tasks = self._left_tasks(backend.candidate)

        async def work() -> None:
            # A stop is orderly: what is in flight is paid for, so it is waited for and kept.
            while not self.stop_reason and (task := next(tasks, None)) is not None:
                await self._answer(backend, task, prompters)
                self.stop_reason = self.stop_reason or self.stop_rule(self.tallies)

        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, backend.candidate.concurrency)):
                group.create_task(work())
        tally.state = "stopped" if self.stop_reason else "done"

    async def _answer(self, backend: Backend, task: Task, prompters: Mapping[str, Prompter]) -> None:
        item = self._items[task.suite, task.item_id]
        request = _seeded(prompters[task.suite](item, task.repeat))
        rng = random.Random(f"{self.plan.seed}/{task}")  # noqa: S311 - jitter, not a secret
        outcome = await ask_until_answered(backend, request, rng)
        self._finish(backend.candidate, item, request, outcome, self._scorers[task.suite])

    def _finish(
        self, candidate: Candidate, item: Item, request: Request, outcome: Outcome, score: Scorer
    ) -> None:
        sample = make_sample(self.entries[request.suite], candidate, item, request, outcome, score)
        self.journal.append(*outcome.attempts, sample)
        tally = self.tallies[candidate.name]
        tally.add(sample)
        self.observer.advanced(tally, sample)

    def _fault_all(self, candidate: Candidate, error: EvalkitError) -> None:
        """A local candidate that does not start costs its own samples, each with its fault, not the run."""
        self.observer.said(f"{candidate.name} could not be started: {error}")
        prompters = self._prompters(candidate)
        for task in self._left_tasks(candidate):
            item = self._items[task.suite, task.item_id]
            request = prompters[task.suite](item, task.repeat)
            outcome = _never_started(request, candidate, error)
            self._finish(candidate, item, request, outcome, self._scorers[task.suite])

    def _prompters(self, candidate: Candidate) -> dict[str, Prompter]:
        return {s.name: get_family(s.family).prompter(s, candidate) for s in self.plan.suites}

    def _left_tasks(self, candidate: Candidate) -> Iterator[Task]:
        for task in self.plan.tasks(candidate):
            before = self.done.get(task.key)
            if before is None or before.status != "answered":
                yield task

    def _left(self, candidate: Candidate) -> bool:
        return next(self._left_tasks(candidate), None) is not None

    def _hardware_groups(self) -> list[list[Candidate]]:
        groups: dict[str, list[Candidate]] = {}
        for candidate in self.plan.candidates:
            if candidate.hardware is not None:
                groups.setdefault(candidate.hardware, []).append(candidate)
        return list(groups.values())


@asynccontextmanager
async def _closing(backend: Backend) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await backend.close()


def _first_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of a group, groups within groups opened: one line is what a person can use."""
    first = group.exceptions[0]
    return _first_leaf(first) if isinstance(first, BaseExceptionGroup) else first


def _planned(plan: Plan) -> int:
    return plan.samples_planned // len(plan.candidates)


def _seeded(request: Request) -> Request:
    """Each repeat gets a seed of its own, or a sampling server would give the same answer k times."""
    seed = request.decoding.seed
    if seed is None or request.repeat == 0:
        return request
    return replace(request, decoding=replace(request.decoding, seed=seed + request.repeat))


def _never_started(request: Request, candidate: Candidate, error: EvalkitError) -> Outcome:
    from datetime import UTC, datetime

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
    return Outcome(answer=None, fault=Fault("crashed", str(error)), attempts=(attempt,), e2e_latency_s=0.0)
