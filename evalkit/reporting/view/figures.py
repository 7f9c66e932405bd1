"""The figures of a report as data: what is drawn, what the title says it shows, and the table behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from evalkit.records import Stakes
from evalkit.reporting.view.cells import Cell, Outcomes
from evalkit.reporting.wording import count, listed, percent, seconds, usd_per_successes
from evalkit.stats import Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class CostMark:
    """One candidate in a cost-quality panel."""

    candidate: str
    tier: str
    simulated: bool
    success: Interval
    cost_per_success_usd: Interval
    """The estimate may be infinite (no success) or zero (free)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CostPanel:
    """One suite's cost and quality."""

    suite: str
    floor: float | None
    marks: tuple[CostMark, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LatencyMark:
    """One candidate in a latency panel; in seconds."""

    candidate: str
    tier: str
    simulated: bool
    p50: Interval
    p95: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class LatencyPanel:
    """One suite's latency."""

    suite: str
    slo_s: float | None
    marks: tuple[LatencyMark, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeBar:
    """How one candidate's samples ended."""

    candidate: str
    tier: str
    simulated: bool
    outcomes: Outcomes


@dataclass(frozen=True, kw_only=True, slots=True)
class CostDrawing:
    """Success against cost per success."""

    panels: tuple[CostPanel, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LatencyDrawing:
    """Median to p95 latency."""

    panels: tuple[LatencyPanel, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeDrawing:
    """How samples ended."""

    bars: tuple[OutcomeBar, ...]


M = TypeVar("M", CostMark, LatencyMark)

Drawing = CostDrawing | LatencyDrawing | OutcomeDrawing


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure with all that a reader needs who does not see it."""

    name: str
    """Names its files and its anchor."""
    title: str
    """The finding, as a sentence."""
    how_to_read: str
    """Axes, marks and number of items."""
    alternative: str
    """What the picture shows, in words."""
    drawing: Drawing
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    """The data behind it, for the table and the CSV."""


def cost_quality(suites: Sequence[tuple[str, Stakes | None, Sequence[Cell]]]) -> Figure:
    """Success against cost per success, a panel for each suite."""
    panels = tuple(
        CostPanel(suite=name, floor=stakes.quality_floor if stakes else None, marks=_cost_marks(cells))
        for name, stakes, cells in suites
    )
    left_out = [
        f"{cell.candidate} on {name}"
        for name, _, cells in suites
        for cell in cells
        if not (cell.figures and cell.figures.cost_per_success_usd and cell.success)
    ]
    note = f" Not shown, since a cost is unknown: {listed(left_out)}." if left_out else ""
    return Figure(
        name="cost-quality",
        title=_cost_finding(panels),
        how_to_read=(
            "Success rate (up is better) against cost per success (left is better, log scale); "
            "bars are 95% intervals, an arrow has no upper end, hollow marks are simulated, "
            f"the dotted line is the suite's quality floor. {_item_counts(suites)}.{note}"
        ),
        alternative=_alternative(
            f"{p.suite}: {m.candidate} {percent(m.success.estimate, m.success.n)} at "
            f"{usd_per_successes(m.cost_per_success_usd.estimate)} per 1,000 successes"
            for p in panels
            for m in p.marks
        ),
        drawing=CostDrawing(panels=panels),
        columns=(
            "suite", "candidate", "tier", "simulated", "items", "success", "success_low", "success_high",
            "cost_per_success_usd", "cost_per_success_usd_low", "cost_per_success_usd_high",
        ),
        rows=tuple(
            (p.suite, m.candidate, m.tier, str(m.simulated).lower(), m.success.n,
             *_bounds(m.success), *_bounds(m.cost_per_success_usd))
            for p in panels for m in p.marks
        ),
    )  # fmt: skip


def latency(suites: Sequence[tuple[str, Stakes | None, Sequence[Cell]]]) -> Figure:
    """Median and p95 latency, a panel for each suite."""
    panels = tuple(
        LatencyPanel(suite=name, slo_s=stakes.latency_slo_s if stakes else None, marks=_latency_marks(cells))
        for name, stakes, cells in suites
    )
    return Figure(
        name="latency",
        title=_latency_finding(panels),
        how_to_read=(
            "End-to-end seconds by the client's clock at the run's own load (log scale): from the median "
            "(small mark) to p95 (large mark); thin bars are 95% bounds of p95, an arrow has no upper "
            "bound (under 59 answers), hollow marks are simulated, the dotted line is the suite's limit. "
            f"{_item_counts(suites)}."
        ),
        alternative=_alternative(
            f"{p.suite}: {m.candidate} median {seconds(m.p50.estimate)}, p95 {seconds(m.p95.estimate)}"
            for p in panels
            for m in p.marks
        ),
        drawing=LatencyDrawing(panels=panels),
        columns=(
            "suite", "candidate", "tier", "simulated", "answers", "p50_s", "p50_s_low", "p50_s_high",
            "p95_s", "p95_s_low", "p95_s_high", "limit_s",
        ),
        rows=tuple(
            (p.suite, m.candidate, m.tier, str(m.simulated).lower(), m.p95.n,
             *_bounds(m.p50), *_bounds(m.p95), p.slo_s)
            for p in panels for m in p.marks
        ),
    )  # fmt: skip


def outcome_bars(suite: str, cells: Sequence[Cell]) -> Figure:
    """How each candidate's samples ended: form and rightness kept apart."""
    bars = tuple(
        OutcomeBar(candidate=c.candidate, tier=c.tier, simulated=c.is_simulated, outcomes=c.outcomes)
        for c in cells
    )
    return Figure(
        name=f"outcomes-{suite}",
        title=_outcome_finding(bars),
        how_to_read=(
            "Share of samples by how they ended, with counts; a malformed answer does not parse or does not "
            f"fit the labels, the schema or the tools. {_item_counts([(suite, None, cells)])}."
        ),
        alternative=_alternative(
            f"{b.candidate}: {b.outcomes.right} right, {b.outcomes.wrong} well-formed but wrong, "
            f"{b.outcomes.malformed} malformed, {b.outcomes.faulted} faulted"
            for b in bars
        ),
        drawing=OutcomeDrawing(bars=bars),
        columns=("candidate", "tier", "simulated", "right", "wrong", "malformed", "faulted"),
        rows=tuple(
            (b.candidate, b.tier, str(b.simulated).lower(), b.outcomes.right, b.outcomes.wrong,
             b.outcomes.malformed, b.outcomes.faulted)
            for b in bars
        ),
    )  # fmt: skip


def _cost_marks(cells: Sequence[Cell]) -> tuple[CostMark, ...]:
    return tuple(
        CostMark(
            candidate=cell.candidate,
            tier=cell.tier,
            simulated=cell.is_simulated,
            success=cell.success,
            cost_per_success_usd=cell.figures.cost_per_success_usd,
        )
        for cell in cells
        if cell.success and cell.figures and cell.figures.cost_per_success_usd
    )


def _latency_marks(cells: Sequence[Cell]) -> tuple[LatencyMark, ...]:
    return tuple(
        LatencyMark(
            candidate=cell.candidate,
            tier=cell.tier,
            simulated=cell.is_simulated,
            p50=cell.figures.latency_p50_s,
            p95=cell.figures.latency_p95_s,
        )
        for cell in cells
        if cell.figures
        and cell.figures.latency_p50_s
        and cell.figures.latency_p95_s
        and cell.figures.latency_p95_s.n
    )


def _cost_finding(panels: Sequence[CostPanel]) -> str:
    """Who gives the cheapest success and who the most; of the measured ones when any is."""
    rows = [_measured(p.marks) for p in panels if p.marks]
    if not rows:
        return "No candidate has both a success rate and a known cost"
    won = [[m for m in row if math.isfinite(m.cost_per_success_usd.estimate)] for row in rows]
    won = [row for row in won if row]
    lead = _lead(m.simulated for p in panels for m in p.marks)
    if not won:
        return f"{lead[:-1]}{'n' if len(lead) > 1 else 'N'}one has a success"
    cheapest = [min(row, key=lambda m: (m.cost_per_success_usd.estimate, m.candidate)) for row in won]
    best = [max(row, key=lambda m: (m.success.estimate, m.candidate)) for row in won]
    none = f"; none has a success on {len(rows) - len(won)} of {len(rows)}" if len(won) < len(rows) else ""
    if [m.candidate for m in cheapest] == [m.candidate for m in best]:
        return f"{lead}heapest per success and most often right at once: {_tally(best, len(rows))}{none}"
    most = f"most often right: {_tally(best, len(rows))}"
    return f"{lead}heapest per success: {_tally(cheapest, len(rows))}; {most}{none}"


def _measured(marks: Sequence[M]) -> Sequence[M]:
    """The marks that are not simulated; all of them when none is measured."""
    return [m for m in marks if not m.simulated] or marks


def _lead(simulated: Iterable[bool]) -> str:
    """How a finding begins, up to its first letter: it says when it passes over simulated candidates."""
    kinds = set(simulated)
    return "Of the measured candidates, c" if kinds == {True, False} else "C"


def _tally(marks: Sequence[CostMark], suites: int) -> str:
    names: dict[str, int] = {}
    for mark in marks:
        name = f"{mark.candidate} (simulated)" if mark.simulated else mark.candidate
        names[name] = names.get(name, 0) + 1
    if suites == 1:
        return next(iter(names))
    ordered = sorted(names.items(), key=lambda p: (-p[1], p[0]))
    return listed([f"{name} on {n} of {suites} suites" for name, n in ordered], 3)


def _latency_finding(panels: Sequence[LatencyPanel]) -> str:
    """How many meet their limit, and who is slowest; of the measured ones when any is."""
    every = [m for p in panels for m in p.marks]
    marks = [(p, m) for p in panels for m in p.marks if m in _measured(every)]
    if not marks:
        return "No latency was measured"
    panel, slowest = max(marks, key=lambda pm: pm[1].p95.estimate)
    sim = " (simulated)" if slowest.simulated else ""
    worst = f"the slowest p95 is {seconds(slowest.p95.estimate)}: {slowest.candidate}{sim} on {panel.suite}"
    limited = [(p, m) for p, m in marks if p.slo_s is not None]
    if not limited:
        return worst[0].upper() + worst[1:]
    within = sum(m.p95.estimate <= p.slo_s for p, m in limited if p.slo_s is not None)
    kind = "measured " if len(marks) < len(every) else ""
    share = f"Every {kind}p95 lies" if within == len(limited) else f"{within} of {len(limited)} {kind}p95 lie"
    return f"{share} within the latency limit; {worst}"


def _outcome_finding(bars: Sequence[OutcomeBar]) -> str:
    """Whether it is the form or the answer that fails."""
    wrong = sum(b.outcomes.wrong for b in bars)
    malformed = sum(b.outcomes.malformed for b in bars)
    faulted = sum(b.outcomes.faulted for b in bars)
    failed = wrong + malformed + faulted
    if not failed:
        return "Every sample is right"
    largest, words = max(
        (wrong, "well-formed but wrong"), (malformed, "malformed"), (faulted, "faults, not mistakes")
    )
    return f"{largest:,} of {count(failed, 'failure')} are {words}"


def _bounds(interval: Interval) -> tuple[float, float, float]:
    return interval.estimate, interval.low, interval.high


def _item_counts(suites: Sequence[tuple[str, Stakes | None, Sequence[Cell]]]) -> str:
    sizes = sorted({cell.items for _, _, cells in suites for cell in cells})
    if not sizes:
        return "No items"
    if len(sizes) == 1:
        return f"n = {count(sizes[0], 'item')} a candidate" + (" and suite" if len(suites) > 1 else "")
    return f"n = {sizes[0]:,} to {sizes[-1]:,} items a candidate and suite"


def _alternative(sentences: Iterable[str]) -> str:
    words = list(sentences)
    return ("; ".join(words) or "nothing to show") + "."
