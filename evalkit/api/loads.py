"""A sweep over loads: the same suites at one rate after the other, each a run of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.api.projects import open_project
from evalkit.api.running import choose_candidates, run
from evalkit.api.suites import load_suites
from evalkit.config import Project
from evalkit.economics import LoadFigures, Step, load_figures, read_step
from evalkit.errors import UsageError
from evalkit.records import Attempt, Candidate, OpenLoop, Suite
from evalkit.runner import Observer, Plan, RunFolder, RunResult, Silent, StopRule, Tally, make_plan
from evalkit.runner.journal import finished_samples, read_journal
from evalkit.runner.run import never_stop

WARM_UP = 0.1
"""Share of a step that is its warm-up, unless seconds are given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """What a sweep came to."""

    runs: tuple[RunResult, ...]
    """One for each load, in the order in which they were made."""
    figures: tuple[LoadFigures, ...]
    """One for each candidate."""

    @property
    def unfinished(self) -> bool:
        """Whether it was interrupted, a candidate was given up, or a run is not in the store."""
        return any(r.manifest.status == "interrupted" or r.given_up or not r.loaded for r in self.runs)


def sweep_loads(
    rates_per_s: Sequence[float],
    suites: Iterable[str | Suite] = (),
    candidates: Iterable[str | Candidate] = (),
    *,
    project: Project | Path | str | None = None,
    tiers: Iterable[str] = (),
    limit: int | None = None,
    slices: Mapping[str, str] | None = None,
    repeats: int = 1,
    step_requests: int | None = None,
    step_s: float | None = None,
    warm_up_s: float | None = None,
    seed: int = 0,
    observer: Observer | None = None,
    stop_rule: StopRule = never_stop,
    note: str = "",
    command: str = "",
) -> Sweep:
    """Asks at each rate in turn, and says what each candidate bears.

    Requests are sent at random times (a seeded Poisson process), however many are in flight; latency counts
    from when each was due. A step ends when its last request is answered. Candidates are asked one after the
    other. A step without a size asks every item once (`limit` and `repeats` as in `run`).

    Args:
        rates_per_s: Requests a second of each step.
        suites: As in `run`.
        candidates: As in `run`.
        project: As in `run`.
        tiers: As in `run`.
        limit: As in `run`; not with a step's size.
        slices: As in `run`.
        repeats: As in `run`; not with a step's size.
        step_requests: Requests of each step: a part of the items, or all of them several times.
        step_s: Seconds of each step, instead.
        warm_up_s: Requests due in the first so many seconds of a step keep no times; None takes a tenth.
        seed: Seed of order, part and arrivals.
        observer: Is told how it goes.
        stop_rule: Decides an early stop; it sees the tallies of the steps before too.
        note: Kept in each manifest.
        command: The command line, kept in each manifest.

    Raises:
        UsageError: A rate or size is wrong, or anything that `run` finds.
        UnavailableError: A candidate cannot be used.
    """
    _check(rates_per_s, step_requests, step_s, warm_up_s)
    if (step_requests or step_s) and (limit is not None or repeats > 1):
        raise UsageError("a step's size decides the items and repeats", hint="leave limit and repeats out")
    home = open_project(project)
    loaded = tuple(load_suites(home, suites))
    chosen = choose_candidates(home, candidates, tiers)
    observer = observer or Silent()
    results: list[RunResult] = []
    before: dict[str, Tally] = {}
    for number, rate in enumerate(rates_per_s, 1):
        wanted = step_requests or (math.ceil(step_s * rate) if step_s else None)
        taken = (limit, repeats) if wanted is None else _part(loaded, chosen, slices, wanted)
        plan = make_plan(loaded, chosen, repeats=taken[1], limit=taken[0], slices=slices)
        requests = plan.samples_planned // len(chosen)
        loop = OpenLoop(
            rate_per_s=rate, warm_up_s=WARM_UP * requests / rate if warm_up_s is None else warm_up_s
        )
        _check_warm_up(loop, requests)
        observer.said(_announcement(number, len(rates_per_s), loop, requests))
        result = run(
            loaded, chosen, project=home, limit=taken[0], slices=slices, repeats=taken[1], seed=seed,
            observer=observer, stop_rule=_with_earlier(stop_rule, before), note=note, command=command,
            open_loop=loop,
        )  # fmt: skip
        results.append(result)
        before.update({f"{name}, step {number}": tally for name, tally in result.tallies.items()})
        if _was_stopped(result, plan):
            break
    return Sweep(runs=tuple(results), figures=tuple(_figures(results, c.name, loaded) for c in chosen))


def _figures(results: Sequence[RunResult], candidate: str, suites: Sequence[Suite]) -> LoadFigures:
    steps = [_step(result, candidate) for result in results]
    return load_figures(candidate, steps, {s.name: s.stakes for s in suites})


def _step(result: RunResult, candidate: str) -> Step:
    loop, journal = result.manifest.open_loop, RunFolder(result.folder).journal_path
    assert loop is not None  # noqa: S101 - every run of a sweep has one
    return read_step(
        loop.rate_per_s,
        (s for s in finished_samples(journal).values() if s.candidate == candidate),
        (a for a in read_journal(journal) if isinstance(a, Attempt) and a.candidate == candidate),
    )


def _part(
    suites: Sequence[Suite], candidates: Sequence[Candidate], slices: Mapping[str, str] | None, wanted: int
) -> tuple[int | None, int]:
    """Items of each suite and repeats that make so many requests, or a few more."""
    items = make_plan(suites, candidates, slices=slices).items
    total = sum(map(len, items.values()))
    repeats = math.ceil(wanted / total)
    each = math.ceil(wanted / repeats / len(items))
    return (each if any(len(i) > each for i in items.values()) else None), repeats


def _with_earlier(rule: StopRule, before: Mapping[str, Tally]) -> StopRule:
    return lambda tallies: rule({**before, **tallies})


def _was_stopped(result: RunResult, plan: Plan) -> bool:
    return result.manifest.status == "interrupted" or result.manifest.partial_reason != plan.partial_reason


def _announcement(number: int, of: int, loop: OpenLoop, requests: int) -> str:
    length_s = requests / loop.rate_per_s
    return (
        f"step {number} of {of}: {loop.rate_per_s:g} requests/s, {requests} for each candidate "
        f"in {length_s:.0f} s, of which {loop.warm_up_s:.1f} s warm-up"
    )


def _check(
    rates_per_s: Sequence[float], requests: int | None, seconds: float | None, warm_up_s: float | None
) -> None:
    if not rates_per_s:
        raise UsageError("a sweep needs at least one rate", hint="such as 1,2,4,8")
    if requests is not None and seconds is not None:
        raise UsageError("a step has a number of requests or of seconds, not both")
    for name, value in (
        *(("a rate", rate) for rate in rates_per_s),
        ("a step's requests", requests),
        ("a step's seconds", seconds),
    ):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise UsageError(f"{name} must be above 0, not {value:g}")
    if warm_up_s is not None and not (math.isfinite(warm_up_s) and warm_up_s >= 0):
        raise UsageError(f"the warm-up must be at least 0 seconds, not {warm_up_s:g}")


def _check_warm_up(loop: OpenLoop, requests: int) -> None:
    length_s = requests / loop.rate_per_s
    if loop.warm_up_s >= length_s:
        raise UsageError(
            f"the step at {loop.rate_per_s:g} requests/s takes {length_s:.1f} s, "
            f"all of it warm-up ({loop.warm_up_s:g} s)",
            hint="make the steps longer, or the warm-up shorter",
        )
