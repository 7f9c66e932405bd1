"""What a success costs: a ratio of means with an interval, what its errors cost, and a month's bill."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.economics.changes import cluster_sums, t_reach
from evalkit.economics.evidence import (
    Codes,
    FloatArray,
    ItemTable,
    ObjectArray,
    number_clusters,
    some_clusters,
    uneven,
)
from evalkit.records import Price, Stakes
from evalkit.stats import Interval, product, rate_interval

HOURS_PER_MONTH = 730.0
"""A year of 365 days over twelve."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CostFigures:
    """What one candidate costs at one suite, in US dollars; None where it is not known."""

    total_usd: float | None
    """Of all samples, retries and failures included."""
    per_attempt_usd: Interval | None
    """Of one sample, right or wrong."""
    per_success_usd: Interval | None
    """Total cost over successes: infinite at none, and where the data do not bound it."""
    errors_usd_per_attempt: Interval | None
    """Expected cost of wrong answers beside it: `error_cost_usd` times the error rate."""
    month_usd: Interval | None
    """A month's bill at `volume_per_month`; for machines rented by the hour, whole machines."""
    month_errors_usd: Interval | None
    """What a month's wrong answers cost."""
    machines: int | None = None
    """Machines needed for the volume, rounded up, where the price is by machine-hour."""
    unknown: str | None = None
    """Why the cost is not known; None when it is."""


def cost_figures(
    table: ItemTable,
    costs_usd: FloatArray,
    successes: FloatArray,
    *,
    error_rate: Interval | None = None,
    stakes: Stakes | None = None,
    price: Price | None = None,
    requests_per_s: float | None = None,
    confidence: float = 0.95,
) -> CostFigures:
    """The cost figures of one suite × candidate.

    Args:
        table: Its items.
        costs_usd: (n_items,) cost of all samples of each item; NaN where one is unknown.
        successes: (n_items,) successes of each item.
        error_rate: Rate of wrong answers, for what they cost.
        stakes: Volume and the cost of an error.
        price: How the candidate is paid, for bills by the machine.
        requests_per_s: Throughput that this run saw on one machine, where the price does not state one.
        confidence: Of each interval.
    """
    stakes = stakes or Stakes()
    errors = product(error_rate, stakes.error_cost_usd)
    month_errors = product(errors, stakes.volume_per_month)
    unknown = _why_unknown(costs_usd, table.asked)
    if unknown is not None:
        return CostFigures(
            total_usd=None,
            per_attempt_usd=None,
            per_success_usd=None,
            errors_usd_per_attempt=errors,
            month_usd=None,
            month_errors_usd=month_errors,
            unknown=unknown,
        )
    per_attempt, per_success = cost_intervals(
        costs_usd, successes, table.asked, cluster=table.cluster, weight=table.weight, confidence=confidence
    )
    machines, month = _month(per_attempt, stakes.volume_per_month, price, requests_per_s)
    return CostFigures(
        total_usd=math.fsum(costs_usd),
        per_attempt_usd=per_attempt,
        per_success_usd=per_success,
        errors_usd_per_attempt=errors,
        month_usd=month,
        month_errors_usd=month_errors,
        machines=machines,
    )


def cost_intervals(
    costs_usd: FloatArray,
    successes: FloatArray,
    attempts: FloatArray,
    *,
    cluster: Codes | ObjectArray | None = None,
    weight: FloatArray | None = None,
    confidence: float = 0.95,
) -> tuple[Interval, Interval]:
    """Cost per attempt and cost per success, from sums by item (n_items,), all known.

    Estimator: Σ w·cost / Σ w·attempts and Σ w·cost / Σ w·successes. Assumption: independent items, or
    clusters of them. The mean cost gets a Student t interval over clusters by linearisation; the success
    rate its score interval. Their ratio follows from both by recovering the variances (MOVER-R: Newcombe
    2016; with correlation: Donner & Zou 2012, section 3): Fieller's theorem with the score interval's own
    unequal arms instead of one symmetric error. At a constant cost it is that cost over Wilson's bounds;
    Fieller's own interval is too short on the cheap side when successes are few. No success: the estimate
    and the upper end are infinite, the lower end is not.
    """
    weight = np.ones(len(costs_usd)) if weight is None else weight
    asked = attempts > 0
    costs_usd, successes, attempts, weight = (v[asked] for v in (costs_usd, successes, attempts, weight))
    names = None if cluster is None else some_clusters(number_clusters(cluster[asked]))
    rate = rate_interval(
        successes / attempts, clusters=names, weights=uneven(weight * attempts), confidence=confidence
    )
    mass = weight * attempts
    mean, residuals = _ratio(weight * costs_usd, mass, names)
    per_attempt = _t_interval(mean, residuals, float(mass.sum()), len(costs_usd), confidence)
    _, other = _ratio(weight * successes, mass, names)
    low, high = ratio_bounds(per_attempt, rate, _correlation(residuals, other))
    estimate = per_attempt.estimate / rate.estimate if rate.estimate else math.inf
    per_success = Interval(
        estimate=estimate, low=low, high=high, confidence=confidence, n=rate.n, method="ratio (MOVER-R)"
    )
    return per_attempt, per_success


def ratio_bounds(numerator: Interval, denominator: Interval, correlation: float = 0.0) -> tuple[float, float]:
    """Bounds of a ratio of two estimates, neither negative, from their intervals and correlation.

    Solves (x − Ry)² = (arm of x)² + R²(arm of y)² − 2Rρ(arm of x)(arm of y) for R, with the arms that face
    the bound sought. The upper bound is infinite when the denominator may be zero.
    """
    x, y = numerator.estimate, denominator.estimate
    return (
        _root(x, y, x - numerator.low, denominator.high - y, correlation, upper=False),
        _root(x, y, numerator.high - x, y - denominator.low, correlation, upper=True),
    )


def machines_needed(volume_per_month: float, requests_per_s: float) -> int:
    """Machines that serve the volume when it comes evenly, rounded up, at least one."""
    return max(1, math.ceil(volume_per_month / (requests_per_s * 3600 * HOURS_PER_MONTH)))


def _root(x: float, y: float, a: float, b: float, correlation: float, *, upper: bool) -> float:
    middle = x * y - correlation * a * b
    square, constant = y**2 - b**2, x**2 - a**2
    spread = math.sqrt(max(0.0, middle**2 - square * constant))
    if not upper:
        # The form that stays finite when y² − b² is zero or below, as with few successes.
        return max(0.0, constant / (middle + spread)) if middle + spread > 0 else 0.0
    return (middle + spread) / square if square > 1e-15 * max(y**2, 1e-300) else math.inf


def _why_unknown(costs_usd: FloatArray, asked: FloatArray) -> str | None:
    if not asked.sum():
        return "nothing was asked"
    missing = int(np.isnan(costs_usd[asked > 0]).sum())
    if missing:
        return f"the cost of {missing} of {int((asked > 0).sum())} items is not known"
    return None


def _ratio(tops: FloatArray, bottoms: FloatArray, names: Codes | None) -> tuple[float, FloatArray]:
    """Σ tops / Σ bottoms, and what each cluster departs from it (n_clusters,)."""
    ratio = float(tops.sum() / bottoms.sum())
    return ratio, cluster_sums((tops - ratio * bottoms)[:, None], names)[:, 0]


def _t_interval(mean: float, residuals: FloatArray, mass: float, n: int, confidence: float) -> Interval:
    reach = t_reach(residuals, mass, confidence)
    return Interval(
        estimate=mean,
        low=max(0.0, mean - reach),
        high=mean + reach,
        confidence=confidence,
        n=n,
        method="Student's t over clusters",
    )


def _correlation(a: FloatArray, b: FloatArray) -> float:
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return float(np.clip(a @ b / scale, -1, 1)) if scale > 0 else 0.0


def _month(
    per_attempt: Interval, volume: int | None, price: Price | None, requests_per_s: float | None
) -> tuple[int | None, Interval | None]:
    if volume is None:
        return None, None
    if price is None or price.machine_usd_per_hour is None:
        return None, product(per_attempt, volume)
    throughput = price.machine_requests_per_s or requests_per_s
    if not throughput:
        return None, None
    machines = machines_needed(volume, throughput)
    bill = machines * price.machine_usd_per_hour * HOURS_PER_MONTH
    return machines, Interval(
        estimate=bill,
        low=bill,
        high=bill,
        confidence=per_attempt.confidence,
        n=per_attempt.n,
        method="whole machines",
    )
