"""What is traded for what: the front over success, cost per success and p95 latency; the price of one more
success when going up a tier."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.economics.changes import mean_change
from evalkit.economics.cost import ratio_bounds
from evalkit.economics.evidence import (
    Codes,
    FloatArray,
    item_sums,
    item_table,
    number_clusters,
    some_clusters,
    uneven,
)
from evalkit.economics.figures import CandidateFigures
from evalkit.records import TIERS, clean_json, to_plain
from evalkit.stats import Interval, PairedDifference, paired_difference
from evalkit.wording import usd

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("success", "cost_per_success_usd", "latency_p95_s")
"""What a front is over; more success is better, and less of the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Domination:
    """A candidate that is at least as good in every measure, and better in one."""

    by: str
    certain: bool
    """Whether the intervals say so too, in every measure; else the estimates alone do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One candidate among the others; a measure that is not known is None."""

    candidate: str
    tier: str
    base: str | None = None
    """Variants of one model share this name."""
    success: Interval | None
    cost_per_success_usd: Interval | None
    """Infinite at no success."""
    latency_p95_s: Interval | None
    """End to end, in seconds."""
    dominated_by: tuple[Domination, ...] = ()
    """Empty: the candidate is on the front."""

    @property
    def on_front(self) -> bool:
        """Whether no other candidate is at least as good in all and better in one."""
        return not self.dominated_by


@dataclass(frozen=True, kw_only=True, slots=True)
class Front:
    """The candidates of one suite, or those of one base, with who dominates whom."""

    suite: str
    base: str | None = None
    """Given where only the variants of one model are held against each other."""
    points: tuple[Point, ...]
    unknown: tuple[str, ...] = ()
    """Measures that are known of no candidate and leave the comparison."""

    @property
    def on_front(self) -> tuple[str, ...]:
        """Candidates that nobody dominates, in the order given."""
        return tuple(p.candidate for p in self.points if p.on_front)


@dataclass(frozen=True, kw_only=True, slots=True)
class Climb:
    """What one more success costs when work goes from a lower tier to a higher one, on the same items."""

    suite: str
    lower: str
    upper: str
    success: PairedDifference | None
    """Success of the upper minus that of the lower; None without items that both answered."""
    cost_usd: Interval | None
    """Cost of an answer of the upper minus that of the lower, in US dollars; None when one is unknown."""
    usd_per_more_success: Interval | None
    """Extra cost over extra successes; infinite at the upper end where no gain is certain. None when unknown,
    or when the upper costs no more."""
    month_usd_per_point: Interval | None
    """What one more percentage point of success costs in a month at the volume; None without one."""
    says: str
    """One sentence for a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TradeOffs:
    """The trade-offs of one suite."""

    suite: str
    front: Front
    bases: tuple[Front, ...]
    """The same within each base that has several variants."""
    climbs: tuple[Climb, ...]
    """From the most successful candidate of each tier to that of the next tier up."""

    def to_json(self) -> dict[str, Any]:
        """The plain form; numbers that JSON lacks as text (`inf`)."""
        plain: dict[str, Any] = clean_json(to_plain(self))
        return plain


def trade_offs(
    rows: pd.DataFrame,
    figures: Sequence[CandidateFigures],
    *,
    bases: Mapping[str, str | None] | None = None,
    volume_per_month: int | None = None,
    confidence: float = 0.95,
) -> TradeOffs:
    """The trade-offs of one suite.

    Args:
        rows: Rows of `read_samples` of that suite, all candidates.
        figures: Its candidates' figures.
        bases: Candidate -> the base that it is a variant of.
        volume_per_month: Requests a month, for a month's money.
        confidence: Of each interval.
    """
    points = tuple(_point(f, (bases or {}).get(f.candidate)) for f in figures)
    suite = figures[0].suite if figures else ""
    whole = front(points, suite=suite)
    shared = [b for b in dict.fromkeys(p.base for p in points) if b is not None]
    inside = tuple(front([p for p in points if p.base == b], suite=suite, base=b) for b in shared)
    return TradeOffs(
        suite=suite,
        front=whole,
        bases=tuple(f for f in inside if len(f.points) > 1),
        climbs=tuple(
            climb(rows, low, up, volume_per_month=volume_per_month, confidence=confidence)
            for low, up in _neighbours(whole)
        ),
    )


def front(points: Iterable[Point], *, suite: str = "", base: str | None = None) -> Front:
    """Who dominates whom by the estimates, and where the intervals say so too.

    A measure that nobody has is left out. A measure that only one of two candidates has keeps either from
    dominating the other: what is not known is not better.
    """
    points = tuple(points)
    unknown = tuple(m for m in MEASURES if all(_value(p, m) is None for p in points))
    measures = [m for m in MEASURES if m not in unknown]
    judged = tuple(replace(p, dominated_by=_dominations(p, points, measures)) for p in points)
    return Front(suite=suite, base=base, points=judged, unknown=unknown)


def climb(
    rows: pd.DataFrame,
    lower: str,
    upper: str,
    *,
    volume_per_month: int | None = None,
    confidence: float = 0.95,
) -> Climb:
    """What one more success costs when `upper` answers in place of `lower`.

    Estimator: the difference of mean costs over the difference of success rates (the incremental
    cost-effectiveness ratio of health economics; Briggs, O'Brien & Blackhouse 2002), on the items that both
    answered, its interval from both differences with their correlation as in `cost_intervals`. Assumption:
    independent items, or clusters of them.
    """
    first, second = (_by_item(rows[rows["candidate"] == name]) for name in (lower, upper))
    pairs = first.merge(second, how="inner", left_index=True, right_index=True, suffixes=("_a", "_b"))
    pairs = pairs[pairs["success_a"].notna() & pairs["success_b"].notna()]
    suite = str(rows["suite"].iloc[0]) if len(rows) else ""
    if pairs.empty:
        return Climb(
            suite=suite,
            lower=lower,
            upper=upper,
            success=None,
            cost_usd=None,
            usd_per_more_success=None,
            month_usd_per_point=None,
            says="no item was answered by both",
        )
    names = some_clusters(number_clusters(pairs["cluster_a"].to_numpy()))
    weights = uneven(pairs["weight_a"].to_numpy(dtype=np.float64))
    gains = paired_difference(
        pairs["success_a"].to_numpy(),
        pairs["success_b"].to_numpy(),
        clusters=names,
        weights=weights,
        confidence=confidence,
    )
    known = not pairs[["cost_a", "cost_b"]].isna().to_numpy().any()
    a, b = (pairs[c].to_numpy(dtype=np.float64) for c in ("cost_a", "cost_b"))
    extra = mean_change(a, b, clusters=names, weights=weights, confidence=confidence) if known else None
    price = _price(extra, gains, b - a, pairs, names, weights)
    month = None if price is None or volume_per_month is None else price.times(volume_per_month / 100)
    return Climb(
        suite=suite,
        lower=lower,
        upper=upper,
        success=gains,
        cost_usd=extra,
        usd_per_more_success=price,
        month_usd_per_point=month,
        says=_says(lower, upper, gains, extra, price),
    )


def _point(one: CandidateFigures, base: str | None) -> Point:
    times = one.latency.end_to_end_s
    return Point(
        candidate=one.candidate,
        tier=one.tier,
        base=base,
        success=one.success if one.success.n else None,
        cost_per_success_usd=one.cost.per_success_usd,
        latency_p95_s=times.p95 if times is not None else None,
    )


def _value(point: Point, measure: str) -> Interval | None:
    found: Interval | None = getattr(point, measure)
    return found


def _costs(point: Point, measure: str) -> tuple[float, float, float] | None:
    """Estimate, best and worst end of a measure, so turned that less is better; None when not known."""
    found = _value(point, measure)
    if found is None or math.isnan(found.estimate):
        return None
    if measure == "success":
        return -found.estimate, -found.high, -found.low
    return found.estimate, found.low, found.high


def _dominations(point: Point, points: Sequence[Point], measures: Sequence[str]) -> tuple[Domination, ...]:
    found = []
    for other in points:
        pairs = [(_costs(other, m), _costs(point, m)) for m in measures]
        known = [(o, p) for o, p in pairs if o is not None and p is not None]
        if other is point or not known or any((o is None) != (p is None) for o, p in pairs):
            continue
        if dominates([o[0] for o, _ in known], [p[0] for _, p in known]):
            certain = all(o[2] <= p[1] for o, p in known)
            found.append(Domination(by=other.candidate, certain=certain))
    return tuple(found)


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether `one` is at least as good as `other` in every measure and better in one; less is better."""
    pairs = list(zip(one, other, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def _neighbours(whole: Front) -> list[tuple[str, str]]:
    """The most successful candidate of each tier with that of the next tier present."""
    best: dict[str, Point] = {}
    for point in whole.points:
        if point.success is None:
            continue
        held = best.get(point.tier)
        if held is None or held.success is None or point.success.estimate > held.success.estimate:
            best[point.tier] = point
    present = [best[t].candidate for t in TIERS if t in best]
    return list(pairwise(present))


def _by_item(group: pd.DataFrame) -> pd.DataFrame:
    """Mean success and mean cost of an answer by item."""
    import pandas as pd

    table = item_table(group)
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = item_sums(table, group["cost_usd"].to_numpy(dtype=np.float64)) / table.asked
    # Names, not numbers: the numbers of two candidates' clusters need not agree.
    cluster = group["cluster"].to_numpy(dtype=object)[table.first]
    columns = {"success": table.success, "cost": cost, "weight": table.weight}
    frame = pd.DataFrame(columns, index=pd.Index(table.ids, dtype=object))
    frame["cluster"] = pd.Series(cluster, index=frame.index, dtype=object)
    return frame


def _price(
    extra: Interval | None,
    gains: PairedDifference,
    cost_differences: FloatArray,
    pairs: pd.DataFrame,
    names: Codes | None,
    weights: FloatArray | None,
) -> Interval | None:
    if extra is None or extra.estimate <= 0:
        return None
    gained = (pairs["success_b"] - pairs["success_a"]).to_numpy(dtype=np.float64)
    reach = gains.interval
    if gains.difference > 0:
        low, high = ratio_bounds(extra, reach, _correlation(cost_differences, gained, weights))
    else:  # no gain was seen: at best the least extra cost buys the largest gain that is not ruled out
        low, high = max(0.0, extra.low) / reach.high if reach.high > 0 else math.inf, math.inf
    return Interval(
        estimate=extra.estimate / gains.difference if gains.difference > 0 else math.inf,
        low=low,
        high=high if reach.low > 0 else math.inf,
        confidence=extra.confidence,
        n=gains.n_pairs,
        method="ratio of paired differences (MOVER-R)",
    )


def _correlation(a: FloatArray, b: FloatArray, weights: FloatArray | None) -> float:
    mass = np.ones(len(a)) if weights is None else weights
    x, y = a - np.average(a, weights=mass), b - np.average(b, weights=mass)
    scale = math.sqrt(float(mass @ x**2) * float(mass @ y**2))
    return float(np.clip(mass @ (x * y) / scale, -1, 1)) if scale > 0 else 0.0


def _says(
    lower: str, upper: str, gains: PairedDifference, extra: Interval | None, price: Interval | None
) -> str:
    if extra is None:
        return f"the cost of {lower} or {upper} is not known"
    if extra.estimate <= 0:
        return f"{upper} costs no more than {lower}"
    if gains.interval.low <= 0 or price is None:
        return f"{upper} costs more than {lower}, and that it succeeds more often is not shown"
    return f"each further success that {upper} brings costs {usd(price.estimate)}"
