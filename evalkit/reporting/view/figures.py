"""The figures of a report as data: what is drawn, what it shows in words, and the table behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evalkit.economics.pareto import dominates
from evalkit.records import Stakes
from evalkit.reporting.view.cells import Cell
from evalkit.reporting.view.drawings import (
    CostDrawing,
    CostMark,
    CostPanel,
    Drawing,
    LatencyDrawing,
    LatencyMark,
    LatencyPanel,
    OutcomeBar,
    OutcomeDrawing,
)
from evalkit.reporting.view.findings import cost_finding, latency_finding, outcome_finding, speed_finding
from evalkit.stats import Interval
from evalkit.wording import count, listed, percent, seconds, usd_per_successes


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
        if not (cell.cost_per_success_usd and cell.success)
    ]
    note = f" Not shown, since a cost is unknown: {listed(left_out)}." if left_out else ""
    return Figure(
        name="cost-quality",
        title=cost_finding(panels),
        how_to_read=(
            "Success rate (up is better) against cost per success (left is better, log scale); "
            "bars are 95% intervals, an arrow has no upper end, hollow marks are simulated, the dotted line "
            "is the suite's quality floor. The stepped line joins those that nobody beats in both (the "
            f"Pareto front, by the estimates). {_item_counts(suites)}.{note}"
        ),
        alternative=_alternative(
            f"{p.suite}: {m.candidate} {percent(m.success.estimate, m.success.n)} at "
            f"{usd_per_successes(m.paid.estimate)} per 1,000 successes{_front_words(m)}"
            for p in panels
            for m in p.marks
        ),
        drawing=CostDrawing(panels=panels),
        columns=(
            "suite", "candidate", "tier", "simulated", "items", "success", "success_low", "success_high",
            "cost_per_success_usd", "cost_per_success_usd_low", "cost_per_success_usd_high", "on_front",
        ),
        rows=tuple(
            (p.suite, m.candidate, m.tier, str(m.simulated).lower(), m.success.n,
             *_bounds(m.success), *_bounds(m.paid), str(m.on_front).lower())
            for p in panels for m in p.marks
        ),
    )  # fmt: skip


def speed_quality(suites: Sequence[tuple[str, Stakes | None, Sequence[Cell]]]) -> Figure:
    """Success against p95 latency, a panel for each suite."""
    panels = tuple(
        CostPanel(
            suite=name,
            floor=stakes.quality_floor if stakes else None,
            limit=stakes.latency_slo_s if stakes else None,
            marks=_speed_marks(cells),
        )
        for name, stakes, cells in suites
    )
    return Figure(
        name="speed-quality",
        title=speed_finding(panels),
        how_to_read=(
            "Success rate (up is better) against p95 of end-to-end seconds (left is better, log scale); bars "
            "are 95% intervals, an arrow has no bound (under 59 answers), hollow marks are simulated, dotted "
            "lines are the suite's quality floor and latency limit. The stepped line joins those that nobody "
            f"beats in both. {_item_counts(suites)}."
        ),
        alternative=_alternative(
            f"{p.suite}: {m.candidate} {percent(m.success.estimate, m.success.n)} at p95 "
            f"{seconds(m.paid.estimate)}{_front_words(m)}"
            for p in panels
            for m in p.marks
        ),
        drawing=CostDrawing(panels=panels, measure="latency"),
        columns=(
            "suite", "candidate", "tier", "simulated", "items", "success", "success_low", "success_high",
            "p95_s", "p95_s_low", "p95_s_high", "limit_s", "on_front",
        ),
        rows=tuple(
            (p.suite, m.candidate, m.tier, str(m.simulated).lower(), m.success.n,
             *_bounds(m.success), *_bounds(m.paid), p.limit, str(m.on_front).lower())
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
        title=latency_finding(panels),
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
        title=outcome_finding(bars),
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
    return _marks([(c, c.cost_per_success_usd) for c in cells])


def _speed_marks(cells: Sequence[Cell]) -> tuple[CostMark, ...]:
    return _marks([(c, c.latency_s.p95 if c.latency_s else None) for c in cells])


def _marks(paid: Sequence[tuple[Cell, Interval | None]]) -> tuple[CostMark, ...]:
    known = [(c, c.success, p) for c, p in paid if c.success and p and p.n]
    return tuple(
        CostMark(
            candidate=cell.candidate,
            tier=cell.tier,
            simulated=cell.is_simulated,
            success=success,
            paid=price,
            on_front=not any(
                dominates((-s.estimate, p.estimate), (-success.estimate, price.estimate)) for _, s, p in known
            ),
        )
        for cell, success, price in known
    )


def _front_words(mark: CostMark) -> str:
    return ", on the front" if mark.on_front else ""


def _latency_marks(cells: Sequence[Cell]) -> tuple[LatencyMark, ...]:
    return tuple(
        LatencyMark(
            candidate=cell.candidate,
            tier=cell.tier,
            simulated=cell.is_simulated,
            p50=cell.latency_s.p50,
            p95=cell.latency_s.p95,
        )
        for cell in cells
        if cell.latency_s and cell.latency_s.p95.n
    )


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
