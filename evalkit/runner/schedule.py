"""Who is asked when: candidates side by side, those that share hardware one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from evalkit.backends import Backend, Stage, check_files, open_backend
from evalkit.backends.interface import Weighed
from evalkit.backends.secrets import secrets_of
from evalkit.errors import EvalkitError
from evalkit.families import compile_prompter, compile_scorer
from evalkit.records import (
    Attempt,
    Candidate,
    LaterScore,
    LeftOut,
    Planned,
    Sample,
    SampleKey,
    SuiteEntry,
    describe_left_out,
)
from evalkit.runner.ceiling import most_of_attempt
from evalkit.runner.journal import Journal, read_journal
from evalkit.runner.lessons import lessons
from evalkit.runner.open_loop import at_rate
from evalkit.runner.plan import Part, Plan, Task
from evalkit.runner.progress import CandidateCounts, Observer
from evalkit.runner.rehearsal import rehearsal
from evalkit.runner.reuse import Earlier
from evalkit.runner.scoring import ScoringThread, Unscored
from evalkit.runner.serving import Desk, Serving

StopRule = Callable[[Mapping[str, CandidateCounts]], str | None]
"""Live tallies -> why to stop now, or None to go on."""

LOOK_EVERY_S = 0.25
"""How often the stop rule is asked while no sample is finished, in seconds."""

GRACE_S = 30.0
"""How long what is in flight at a stop is waited for, in seconds: it is paid for, and mostly comes."""


def never_stop(_tallies: Mapping[str, CandidateCounts]) -> str | None:
    """The stop rule that lets a run go to its end."""
    return None


class Stopped(Exception):  # noqa: N818 - not an error: a run may be stopped in an orderly way
    """The run was stopped before its end, for the reason given."""


class Schedule:
    """One run's way through its plan."""

    def __init__(
        self,
        plan: Plan,
        entries: Mapping[str, SuiteEntry],
        journal: Journal,
        unscored: Unscored,
        observer: Observer,
        stage: Stage,
        stop_rule: StopRule,
        earlier: Earlier | None = None,
    ) -> None:
        self.plan = plan
        self._entries = entries
        self.observer = observer
        self._secrets = secrets_of(plan.candidates)
        self.stage = replace(stage, progress=lambda line: observer.notify(self._secrets.mask(line)))
        self.stop_rule = stop_rule
        self.stop_reason: str | None = None
        """Why no further task is taken, once the stop rule has said so."""
        self._dropped = False
        """Whether requests were broken off, because they took too long after the stop."""
        self.given_up: list[str] = []
        """Candidates that were given up, each with its reason."""
        self.runtimes: dict[str, Mapping[str, Any]] = {}
        """Candidate -> what its backend says of itself, once started."""
        self.tallies = {
            c.name: CandidateCounts(candidate=c, planned=_count_planned(plan)) for c in plan.candidates
        }
        self._most: dict[str, float | None] = {}
        self._servings: dict[str, Serving] = {}
        self._done = self._read_answered(journal)
        self._desk = Desk(
            plan=plan,
            secrets=self._secrets,
            entries=entries,
            scorers={s.name: compile_scorer(s) for s in plan.suites},
            journal=journal,
            scoring=ScoringThread(unscored, journal.together),
            observer=observer,
            stopped=lambda: self.stop_reason is not None,
            finished=self._ask_stop_rule,
            counts_each=stop_rule is not never_stop,
            earlier=earlier,
        )

    async def run(self) -> None:
        """Scores what a stopped run has not, and asks everything that is left.

        Raises:
            UnavailableError: A candidate without hardware of its own cannot be used, or a file that one names
                is not what it was when the run began; nothing was asked.
            Stopped: The stop rule said so, or a candidate was given up.
        """
        try:
            await self._run()
        finally:
            await self._desk.scoring.drain()
            self._desk.scoring.close()

    async def _run(self) -> None:
        left = [part.candidate for c in self.plan.candidates for part in self._parts_left(c)]
        check_files(left, self.stage)
        self._ask_stop_rule()
        if self.stop_reason:  # a resumed run may have spent its budget before
            raise Stopped(self.stop_reason)
        self.observer.begin(self.plan, self.tallies)
        await self._score_left()
        remote = [c for c in self.plan.candidates if c.hardware is None]
        started = [[(part, await self._start(part)) for part in self._parts_left(c)] for c in remote]
        serving = asyncio.create_task(self._serve_all(started))
        watch = asyncio.create_task(self._watch(serving))
        try:
            await serving
        except BaseExceptionGroup as group_error:
            raise _first_leaf(group_error) from group_error
        except asyncio.CancelledError:
            if not self._dropped:  # then it is the user who stops the run
                raise
        finally:
            watch.cancel()
            await asyncio.gather(*(backend.close() for parts in started for _, backend in parts))
        if self.stop_reason or self.given_up:
            raise Stopped("; ".join([*([self.stop_reason] if self.stop_reason else []), *self.given_up]))

    async def _serve_all(self, started: Sequence[Sequence[tuple[Part, Backend]]]) -> None:
        """Side by side; at a load one after the other, since no candidate's load may slow another."""
        groups = self._hardware_groups()
        if self.plan.open_loop is not None:
            for parts in started:
                await self._serve_parts(parts)
            for candidates in groups:
                await self._one_after_the_other(candidates)
            return
        async with asyncio.TaskGroup() as group:
            for parts in started:
                group.create_task(self._serve_parts(parts))
            for candidates in groups:
                group.create_task(self._one_after_the_other(candidates))

    async def _score_left(self) -> None:
        """Scores the answers that a stopped run left without a score: they are paid for."""
        items = {(s.name, i.id): i for s in self.plan.suites for i in self.plan.items[s.name]}
        for attempts, sample in self._desk.scoring.unscored.left:
            item = items.get((sample.suite, sample.item_id))
            if sample.key in self._done or item is None or sample.candidate not in self.tallies:
                self._desk.scoring.unscored.done(sample)
                continue
            await self._serving(sample.candidate).score_left(item, attempts, sample)
            self._done[sample.key] = True

    def _read_answered(self, journal: Journal) -> dict[SampleKey, bool]:
        """Keys of the samples that a stopped run has finished; their answers are counted and not kept."""
        done: dict[SampleKey, bool] = {}
        left_out: list[LeftOut] = []
        for record in read_journal(journal.path, self._planned_keys(journal), left_out):
            tally = self.tallies.get(record.candidate)
            if tally and isinstance(record, Attempt):
                tally.reserve([record], partial(self._most_of_any, tally.candidate))
            elif isinstance(record, LaterScore) and record.key in done:
                if tally:
                    tally.successes += record.score.success - done[record.key]
                done[record.key] = record.score.success
            elif isinstance(record, Sample) and record.status == "answered" and record.key not in done:
                done[record.key] = bool(record.score and record.score.success)
                if tally:
                    tally.add(record, earlier=True)
        for line in describe_left_out(left_out):
            self.observer.notify(line)
        return done

    def _most_of_any(self, candidate: Candidate) -> float | None:
        """The most that an attempt at any of the plan's requests can cost; worked out where it is needed."""
        if candidate.name not in self._most:
            prompters = {s.name: compile_prompter(s, candidate) for s in self.plan.suites}
            at = {s.name: candidate.at(s.name) for s in self.plan.suites}
            requests = (prompters[t.suite](t.item, t.repeat) for t in self.plan.tasks(candidate))
            costs = [most_of_attempt(at[request.suite], request) for request in requests]
            self._most[candidate.name] = None if None in costs else max(c or 0.0 for c in costs)
        return self._most[candidate.name]

    def _planned_keys(self, journal: Journal) -> Planned | None:
        """The keys that the journal may hold; None where it holds nothing yet."""
        if not journal.path.stat().st_size:
            return None
        return Planned(
            versions={name: entry.suite_version for name, entry in self._entries.items()},
            candidates=frozenset(self.tallies),
            repeats=self.plan.repeats,
            items={name: frozenset(i.id for i in items) for name, items in self.plan.items.items()},
        )

    def _ask_stop_rule(self) -> None:
        self.stop_reason = self.stop_reason or self.stop_rule(self.tallies)

    async def _watch(self, serving: asyncio.Task[None]) -> None:
        """A limit on time must hold also while nothing is answered, or not for long."""
        while not self.stop_reason:
            await asyncio.sleep(LOOK_EVERY_S)
            self._ask_stop_rule()
        await asyncio.sleep(GRACE_S)
        self.observer.notify(f"what was not answered {GRACE_S:g} s after the stop is left to a resume")
        self._dropped = serving.cancel()

    async def _one_after_the_other(self, candidates: Sequence[Candidate]) -> None:
        for candidate in candidates:
            if self.stop_reason:
                return
            self.tallies[candidate.name].state = "done"
            for part in self._parts_left(candidate):
                if self.stop_reason or self._serving(candidate.name).given_up:
                    break
                try:
                    backend = await self._start(part)
                except EvalkitError as error:
                    self.observer.notify(f"{candidate.name} could not be started: {error}")
                    self._serving(candidate.name).fault_all(error, self._left_tasks(part))
                    continue
                async with _closing(backend):
                    await self._serve(part, backend)

    async def _start(self, part: Part) -> Backend:
        candidate = part.candidate
        tally = self.tallies[candidate.name]
        tally.state = "starting"
        loop, stage = self.plan.open_loop, self.stage
        if loop is not None:
            candidate, stage = at_rate(candidate, loop), replace(stage, unbounded=True)
        if candidate.simulated:
            stage = replace(stage, rehearse=rehearsal(self.plan.suites, tally.candidate))
        if candidate.is_cheap_floor:
            learnt = [s for s in self.plan.suites if s.name in part.suites]
            stage = replace(stage, lessons=lessons(learnt, tally.candidate))
        backend = open_backend(candidate, stage)
        try:
            self._note_runtime(part, self._secrets.mask_json(await backend.start()))
        except BaseException as error:
            self._secrets.mask_error(error)
            tally.state = f"not started: {error}"
            await backend.close()
            raise
        return backend

    def _note_runtime(self, part: Part, told: Mapping[str, Any]) -> None:
        """Keep what a backend says of itself: of a later part, what differs from the first."""
        first = self.runtimes.setdefault(part.candidate.name, told)
        if first is told:
            return
        names = {**first, **told}.keys() - {"by_suite", "peak_memory_mib"}
        differs = {name: told.get(name) for name in sorted(names) if first.get(name) != told.get(name)}
        by_suite = {**first.get("by_suite", {}), **dict.fromkeys(sorted(part.suites), differs)}
        self.runtimes[part.candidate.name] = {**first, "by_suite": by_suite}

    async def _serve_parts(self, parts: Sequence[tuple[Part, Backend]]) -> None:
        for part, backend in parts:
            if self.stop_reason or self._serving(part.candidate.name).given_up:
                return
            await self._serve(part, backend)

    async def _serve(self, part: Part, backend: Backend) -> None:
        serving = self._serving(part.candidate.name)
        await serving.run(backend, self._left_tasks(part))
        self._weigh(backend)
        if serving.given_up:
            self.given_up.append(serving.given_up)

    def _weigh(self, backend: Backend) -> None:
        """Notes the memory that a server of ours took, while it lives: afterwards nobody can tell."""
        peak_b = backend.peak_memory_b() if isinstance(backend, Weighed) else None
        if peak_b is not None:
            name = backend.candidate.name
            before_mib = self.runtimes[name].get("peak_memory_mib", 0.0)
            peak_mib = max(before_mib, round(peak_b / 2**20, 1))
            self.runtimes[name] = {**self.runtimes[name], "peak_memory_mib": peak_mib}

    def _serving(self, candidate: str) -> Serving:
        if candidate not in self._servings:
            tally, loop = self.tallies[candidate], self.plan.open_loop
            asked = tally.candidate if loop is None else at_rate(tally.candidate, loop)
            self._servings[candidate] = Serving(self._desk, asked, tally)
        return self._servings[candidate]

    def _left_tasks(self, part: Part) -> Iterator[Task]:
        tasks = self.plan.tasks(self.tallies[part.candidate.name].candidate)
        return (task for task in tasks if task.suite in part.suites and task.key not in self._done)

    def _parts_left(self, candidate: Candidate) -> list[Part]:
        """Return the candidate's parts that have something to ask."""
        parts = self.plan.parts(candidate)
        return [part for part in parts if next(self._left_tasks(part), None) is not None]

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


def _count_planned(plan: Plan) -> int:
    return plan.samples_planned // len(plan.candidates)
