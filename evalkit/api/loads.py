"""A sweep over loads: the same suites at one rate after the other, each a run of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evalkit.api.projects import open_project
from evalkit.api.running import RunRequest, choose_candidates, run_request
from evalkit.api.suites import load_suites
from evalkit.config import Project
from evalkit.economics import LoadFigures, LoadStep, load_figures, read_step
from evalkit.errors import UsageError
from evalkit.records import Attempt, OpenLoop, Suite
from evalkit.runner import CandidateCounts, Observer, Plan, RunFolder, RunResult, Silent, StopRule
from evalkit.runner.journal import read_finished_samples, read_journal
from evalkit.runner.schedule import never_stop

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
    request: RunRequest,
    *,
    project: Project | Path | str | None = None,
    step_requests: int | None = None,
    step_s: float | None = None,
    warm_up_s: float | None = None,
    observer: Observer | None = None,
    stop_rule: StopRule = never_stop,
) -> Sweep:
    """Ask at each rate in turn, and say what each candidate bears.

    Requests are sent at random times (a seeded Poisson process), however many are in flight; latency counts
    from when each was due. A step ends when its last request is answered. Candidates are asked one after the
    other. A step without a size asks every item once (`limit` and `repeats` as the request says).

    Args:
        rates_per_s: Requests a second of each step.
        request: What each step asks of whom; not with `limit` or `repeats` where a step has a size.
        project: As in `run_request`.
        step_requests: Requests of each step: a part of the items, or all of them several times.
        step_s: Seconds of each step, instead.
        warm_up_s: Requests due in the first so many seconds of a step keep no times; None takes a tenth.
        observer: Is told how it goes.
        stop_rule: Decides an early stop; it sees the tallies of the steps before too.

    Raises:
        UsageError: A rate or size is wrong, or anything that `run_request` finds.
        UnavailableError: A candidate cannot be used.
    """
    _check(rates_per_s, step_requests, step_s, warm_up_s)
    if (step_requests or step_s) and (request.limit is not None or request.repeats > 1):
        raise UsageError("a step's size decides the items and repeats", hint="leave limit and repeats out")
    home = open_project(project)
    suites = load_suites(home, request.suites)
    candidates = choose_candidates(home, request.candidates, request.tiers)
    request = replace(request, suites=suites, candidates=candidates)
    observer = observer or Silent()
    results: list[RunResult] = []
    before: dict[str, CandidateCounts] = {}
    for number, rate in enumerate(rates_per_s, 1):
        wanted = step_requests or (math.ceil(step_s * rate) if step_s else None)
        step = request if wanted is None else _with_size(request, home, wanted)
        plan = step.plan(home)
        requests = plan.samples_planned // len(candidates)
        loop = OpenLoop(
            rate_per_s=rate, warm_up_s=WARM_UP * requests / rate if warm_up_s is None else warm_up_s
        )
        _check_warm_up(loop, requests)
        observer.notify(_announcement(number, len(rates_per_s), loop, requests))
        rule = _with_earlier(stop_rule, before)
        result = run_request(replace(step, open_loop=loop), project=home, observer=observer, stop_rule=rule)
        results.append(result)
        before.update({f"{name}, step {number}": tally for name, tally in result.tallies.items()})
        if _was_stopped(result, plan):
            break
    return Sweep(runs=tuple(results), figures=tuple(_figures(results, c.name, suites) for c in candidates))


def _figures(results: Sequence[RunResult], candidate: str, suites: Sequence[Suite]) -> LoadFigures:
    steps = [_step(result, candidate) for result in results]
    return load_figures(candidate, steps, {s.name: s.stakes for s in suites})


def _step(result: RunResult, candidate: str) -> LoadStep:
    loop, journal = result.manifest.open_loop, RunFolder(result.folder).journal_path
    assert loop is not None  # noqa: S101 - every run of a sweep has one
    return read_step(
        loop.rate_per_s,
        (s for s in read_finished_samples(journal).values() if s.candidate == candidate),
        (a for a in read_journal(journal) if isinstance(a, Attempt) and a.candidate == candidate),
    )


def _with_size(request: RunRequest, home: Project, wanted: int) -> RunRequest:
    """Return the request with a limit and repeats that make so many requests, or a few more."""
    sizes = [len(items) for items in request.plan(home).items.values()]
    repeats = math.ceil(wanted / sum(sizes))
    limit = math.ceil(wanted / repeats / len(sizes))
    return replace(request, limit=limit if max(sizes) > limit else None, repeats=repeats)


def _with_earlier(rule: StopRule, before: Mapping[str, CandidateCounts]) -> StopRule:
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
