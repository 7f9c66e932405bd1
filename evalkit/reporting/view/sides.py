"""Slim against frontier, side by side and in words; and variants of one model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.reporting.view.cells import Cell
from evalkit.stats import Interval
from evalkit.wording import percent, percent_span, points, seconds, usd_per_successes

if TYPE_CHECKING:
    from evalkit.economics import Front
    from evalkit.routes.report import RouteReport


@dataclass(frozen=True, kw_only=True, slots=True)
class SidePair:
    """The most successful slim and frontier candidates of one suite."""

    suite: str
    slim: Cell
    frontier: Cell
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantRow:
    """One variant of a model at one suite."""

    candidate: str
    success: Interval | None
    cost_per_success_usd: Interval | None
    latency_p95_s: Interval | None
    beaten_by: tuple[tuple[str, bool], ...]
    """(variant that is at least as good in everything, whether the intervals say so too)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantTable:
    """The variants of one model at one suite."""

    suite: str
    base: str
    rows: tuple[VariantRow, ...]


def side_pairs(
    suites: Sequence[tuple[str, Sequence[Cell]]], routes: RouteReport | None
) -> tuple[SidePair, ...]:
    """Each suite that has both tiers."""
    climbs = {s.suite: s.trade_offs.climbs for s in routes.suites} if routes else {}
    pairs = []
    for suite, cells in suites:
        slim, frontier = _best(cells, "slim"), _best(cells, "frontier")
        if slim is not None and frontier is not None:
            said = tuple(f"{c.lower} to {c.upper}: {c.says}." for c in climbs.get(suite, ()))
            pairs.append(
                SidePair(suite=suite, slim=slim, frontier=frontier, words=(*_words(slim, frontier), *said))
            )
    return tuple(pairs)


def _best(cells: Sequence[Cell], tier: str) -> Cell | None:
    own = [c for c in cells if c.tier == tier and c.success]
    return max(own, key=lambda c: c.success.estimate if c.success else 0.0, default=None)


def _words(slim: Cell, frontier: Cell) -> Iterator[str]:
    low, high = slim.success, frontier.success
    assert low is not None  # noqa: S101 - both were chosen for having one
    assert high is not None  # noqa: S101
    sim = " (simulated)" if frontier.is_simulated else ""
    yield (
        f"{slim.candidate} is right in {percent(low.estimate, low.n)} ({percent_span(low)}), "
        f"{frontier.candidate}{sim} in {percent(high.estimate, high.n)} ({percent_span(high)}): "
        f"{points(high.estimate - low.estimate)} points, {_apart(low, high)}."
    )
    money = _factor(_cost(slim), _cost(frontier))
    time = _factor(_p95(slim), _p95(frontier))
    if money or time:
        said = [
            *(
                [f"{money} the money for a success ({_pair(_cost(slim), _cost(frontier))} per 1,000)"]
                if money
                else []
            ),
            *([f"{time} the time at p95 ({_times(_p95(slim), _p95(frontier))})"] if time else []),
        ]
        yield f"The frontier takes {' and '.join(said)}."


def _apart(low: Interval, high: Interval) -> str:
    if high.low > low.high:
        return "and their intervals do not meet"
    if low.low > high.high:
        return "the other way round, and their intervals do not meet"
    return "but their intervals overlap"


def _cost(cell: Cell) -> float | None:
    found = cell.cost_per_success_usd
    return found.estimate if found else None


def _p95(cell: Cell) -> float | None:
    found = cell.latency_s.p95 if cell.latency_s else None
    return found.estimate if found and found.n else None


def _factor(low: float | None, high: float | None) -> str:
    if not low or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    ratio = high / low
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{ratio:.1f} times"


def _pair(low: float | None, high: float | None) -> str:
    return f"{usd_per_successes(high or 0.0)} against {usd_per_successes(low or 0.0)}"


def _times(low: float | None, high: float | None) -> str:
    return f"{seconds(high or 0.0)} against {seconds(low or 0.0)}"


def variant_tables(routes: RouteReport) -> tuple[VariantTable, ...]:
    """The variants of each base, suite by suite."""
    return tuple(_variants(front) for suite in routes.suites for front in suite.trade_offs.bases)


def _variants(front: Front) -> VariantTable:
    return VariantTable(
        suite=front.suite,
        base=front.base or "",
        rows=tuple(
            VariantRow(
                candidate=p.candidate,
                success=p.success,
                cost_per_success_usd=p.cost_per_success_usd,
                latency_p95_s=p.latency_p95_s,
                beaten_by=tuple((d.by, d.certain) for d in p.dominated_by),
            )
            for p in front.points
        ),
    )
