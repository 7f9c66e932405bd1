"""A sweep over loads in words and numbers for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import click

from evalkit.api.loads import Sweep
from evalkit.cli.tables import print_rows
from evalkit.economics import LoadFigures, Quantiles, StepFigures
from evalkit.wording import count

THROUGHPUT = ("load/s", "came/s", "out/s", "requests", "faulted", "in flight", "kept up", "within limit")
TIMES = (
    "load/s",
    "service p50",
    "p50",
    "p95",
    "p95 at most",
    "p99",
    "first token p50",
    "p95 of it",
    "a token",
)


def print_sweep(sweep: Sweep) -> None:
    """Two tables for each candidate, and what follows from them."""
    for figures in sweep.figures:
        click.echo(f"\n{figures.candidate}: requests")
        _print(THROUGHPUT, [_throughput(s) for s in figures.steps])
        click.echo(f"{figures.candidate}: seconds since it was due; service since it was sent")
        _print(TIMES, [_times(s) for s in figures.steps])
        for line in sentences(figures):
            click.echo(line)
    click.echo("runs, by load: " + ", ".join(result.run_id for result in sweep.runs))


def _print(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    print_rows(columns, [dict(zip(columns, row, strict=True)) for row in rows])


def sentences(figures: LoadFigures) -> Iterator[str]:
    """The knee, the highest load within the limit, and the machines that follow."""
    yield _knee(figures)
    limits = {f"{limit.limit_s:g} s" for step in figures.steps for limit in step.limits.values()}
    if limits:
        yield _within(figures, " and ".join(sorted(limits)))
    if figures.volume_per_month is not None:
        yield _machines(figures, figures.volume_per_month)
    late = [s for s in figures.steps if s.late_s and s.service_s and _is_late(s)]
    if late:
        rates = ", ".join(f"{s.rate_per_s:g}/s" for s in late)
        yield f"at {rates} requests left late: a rate limit, a pause, or a client that cannot keep up"


def _is_late(step: StepFigures) -> bool:
    assert step.late_s is not None  # noqa: S101 - the caller looked
    assert step.service_s is not None  # noqa: S101
    return step.late_s.p95.estimate > max(0.02, 0.1 * step.service_s.p50.estimate)


def _knee(figures: LoadFigures) -> str:
    if figures.knee_per_s is None:
        told = [s for s in figures.steps if s.kept_up is not None]
        why = "every step kept up: offer more" if told else "the steps are too short to tell"
        return f"knee: not found, {why}"
    kept = figures.kept_up_at_per_s
    below = "none was kept up with" if kept is None else f"kept up at {kept:g}/s"
    return f"knee: {figures.knee_per_s:.3g} requests/s ({below}, not at {figures.fell_behind_at_per_s:g}/s)"


def _within(figures: LoadFigures, limits: str) -> str:
    highest = figures.within_limit_at_per_s
    if highest is not None:
        return f"highest load with p95 surely within {limits}: {highest:g}/s"
    tried = [s.within_limit for s in figures.steps]
    if all(found is False for found in tried):
        return f"no load was within {limits}"
    return f"no load is surely within {limits}: a p95 takes 59 measured requests, and more when it is near"


def _machines(figures: LoadFigures, volume: int) -> str:
    parts = []
    if figures.machines_within_limit is not None:
        parts.append(f"{count(figures.machines_within_limit, 'machine')} within the limit")
    if figures.machines_at_knee is not None:
        parts.append(f"{count(figures.machines_at_knee, 'machine')} at the knee")
    needed = ", ".join(parts) or "machines unknown without a knee or a load within the limit"
    return f"{volume:,} requests a month, if they come evenly: {needed}"


def _throughput(step: StepFigures) -> tuple[str, ...]:
    return (
        f"{step.rate_per_s:g}",
        _number(step.offered_per_s),
        _number(step.achieved_per_s),
        str(step.requests),
        str(step.faulted),
        f"{step.in_flight[0]} → {step.in_flight[1]}",
        _yes(step.kept_up, open_="too short"),
        _yes(step.within_limit, open_="open") if step.limits else "no limit",
    )


def _times(step: StepFigures) -> tuple[str, ...]:
    """Medians, and of what was due to be answered the tail too, with the upper bound of its p95."""
    service, e2e, ttft, token = step.service_s, step.end_to_end_s, step.ttft_s, step.inter_token_s
    tail = (math.nan,) * 4
    if e2e is not None:
        tail = (e2e.p50.estimate, e2e.p95.estimate, e2e.p95.high, e2e.p99.estimate)
    first = (math.nan, math.nan) if ttft is None else (ttft.p50.estimate, ttft.p95.estimate)
    values = (_median(service), *tail, *first, _median(token))
    return (f"{step.rate_per_s:g}", *map(_number, values))


def _median(values: Quantiles | None) -> float:
    return math.nan if values is None else values.p50.estimate


def _yes(value: bool | None, *, open_: str) -> str:
    return open_ if value is None else "yes" if value else "no"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else "∞" if math.isinf(value) else f"{value:.3g}"
