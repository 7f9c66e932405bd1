"""The figures of a route on a table: success, money, time and who serves what, as records for a page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.economics import Quantiles, cost_intervals, error_rate, mean_change, quantiles
from evalkit.economics.evidence import FloatArray
from evalkit.records import Stakes
from evalkit.routes.outcome import NOBODY, Outcome
from evalkit.routes.policy import REVIEW
from evalkit.routes.table import SuiteTable
from evalkit.stats import Interval, rate_interval


@dataclass(frozen=True, kw_only=True, slots=True)
class StepShare:
    """How much of the work comes to one step; shares of all items, by weight."""

    branch: int
    """From 0, as the policy orders them."""
    candidate: str
    """Its name, or `REVIEW`."""
    asked: float
    """Share of the items that reach this step."""
    served: float
    """Share of the items that end here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteFigures:
    """One route on one table; amounts are US dollars per item unless said, None where one is unknown."""

    n: int
    """Items."""
    success: Interval
    """Share of items that end well; what a person decides or checks counts as right."""
    unchecked_errors: Interval
    """Share of items where a wrong answer, or none, is acted on with nobody looking."""
    calls_usd: Interval | None
    """All calls, failed lower tiers and repeats included."""
    reviews_usd: float | None
    """What people's checks cost; None where checks are made and `review_cost_usd` is not stated."""
    errors_usd: float | None
    """What wrong answers cost; None where `error_cost_usd` is not stated."""
    total_usd: Interval | None
    """Calls, reviews and errors together; without `error_cost_usd` the errors are not in it."""
    per_success_usd: Interval | None
    """Calls and reviews over successes: infinite at none."""
    month_calls_usd: float | None
    month_total_usd: float | None
    """Both at `volume_per_month`."""
    month_errors: float | None
    """Expected wrong answers acted on in a month."""
    review_share: float
    escalated_share: float
    """Share of items whose first answer was not served."""
    steps: tuple[StepShare, ...]
    latency_s: Quantiles | None
    """End to end, the joint sum over the steps of each item; people's time is not in it. None where the time
    of one item is not known: those that are known may be those of the fastest candidate alone."""
    within_limit: float | None
    """Share of items within `latency_slo_s`; None where no limit is stated or a time is not known."""
    unknown: str | None = None
    """Why an amount is not known."""


def route_figures(found: Outcome, table: SuiteTable, *, confidence: float = 0.95) -> RouteFigures:
    """The figures of a policy's outcome on its own table."""
    return figures_of(
        table,
        success=found.success,
        calls_usd=found.calls_usd,
        reviewed=found.reviewed.astype(np.float64),
        latency_s=found.latency_s,
        escalated=found.escalated.astype(np.float64),
        steps=_step_shares(found, table),
        confidence=confidence,
    )


def figures_of(
    table: SuiteTable,
    *,
    success: FloatArray,
    calls_usd: FloatArray,
    reviewed: FloatArray | None = None,
    latency_s: FloatArray | None = None,
    escalated: FloatArray | None = None,
    steps: tuple[StepShare, ...] = (),
    confidence: float = 0.95,
) -> RouteFigures:
    """The figures of any way to serve the table's items, from per-item values (n_items,) or expectations."""
    reviewed = np.zeros(table.n_items) if reviewed is None else reviewed
    escalated = np.zeros(table.n_items) if escalated is None else escalated
    stakes = table.stakes
    clusters, weights = table.clusters, table.weights
    rate = rate_interval(success, clusters=clusters, weights=weights, confidence=confidence)
    errors = error_rate(rate)
    paid = spent(calls_usd, reviewed, stakes)
    total = total_usd(success, calls_usd, reviewed, stakes)
    calls = _mean(calls_usd, table, confidence)
    whole = _mean(total, table, confidence)
    volume = stakes.volume_per_month
    share = _weighted(reviewed, table)
    return RouteFigures(
        n=table.n_items,
        success=rate,
        unchecked_errors=errors,
        calls_usd=calls,
        reviews_usd=_times(share, stakes.review_cost_usd) if share else 0.0,
        errors_usd=_times(errors.estimate, stakes.error_cost_usd),
        total_usd=whole,
        per_success_usd=_per_success(paid, success, table, confidence),
        month_calls_usd=_times(calls.estimate if calls else None, volume),
        month_total_usd=_times(whole.estimate if whole else None, volume),
        month_errors=_times(errors.estimate, volume),
        review_share=share,
        escalated_share=_weighted(escalated, table),
        steps=steps,
        latency_s=_times_of(latency_s, confidence),
        within_limit=within_limit(latency_s, table),
        unknown=_why_unknown(calls_usd, share, stakes),
    )


def spent(calls_usd: FloatArray, reviewed: FloatArray, stakes: Stakes) -> FloatArray:
    """(n_items,) money paid out: calls and reviews; NaN where a review is made at an unknown price."""
    if not reviewed.any():
        return calls_usd
    price = np.nan if stakes.review_cost_usd is None else stakes.review_cost_usd
    return calls_usd + np.where(reviewed > 0, reviewed * price, 0.0)


def total_usd(success: FloatArray, calls_usd: FloatArray, reviewed: FloatArray, stakes: Stakes) -> FloatArray:
    """(n_items,) calls, reviews and what errors cost (nothing, where that is not stated)."""
    return spent(calls_usd, reviewed, stakes) + (1 - success) * (stakes.error_cost_usd or 0.0)


def _step_shares(found: Outcome, table: SuiteTable) -> tuple[StepShare, ...]:
    weight = table.weight / max(table.weight.sum(), 1e-300)
    shares = []
    for number, branch in enumerate(found.policy.branches):
        here = found.branch == number
        mass = float(weight[here].sum())
        for step, reach in zip(branch.steps, found.step_shares[number], strict=False):
            row = NOBODY if step.candidate == REVIEW else table.names.index(step.candidate)
            served = float(weight[here & (found.served_by == row)].sum())
            shares.append(
                StepShare(branch=number, candidate=step.candidate, asked=mass * reach, served=served)
            )
    return tuple(shares)


def _mean(values: FloatArray, table: SuiteTable, confidence: float) -> Interval | None:
    if np.isnan(values).any():
        return None
    return mean_change(
        np.zeros_like(values), values, clusters=table.clusters, weights=table.weight, confidence=confidence
    )


def _per_success(
    paid: FloatArray, success: FloatArray, table: SuiteTable, confidence: float
) -> Interval | None:
    if not len(paid) or np.isnan(paid).any():
        return None
    return cost_intervals(
        paid,
        success,
        np.ones(len(paid)),
        cluster=table.clusters,
        weight=table.weight,
        confidence=confidence,
    )[1]


def _weighted(values: FloatArray, table: SuiteTable) -> float:
    mass = float(table.weight.sum())
    return float(values @ table.weight) / mass if mass else 0.0


def _times_of(latency_s: FloatArray | None, confidence: float) -> Quantiles | None:
    return None if latency_s is None or np.isnan(latency_s).any() else quantiles(latency_s, confidence)


def within_limit(latency_s: FloatArray | None, table: SuiteTable) -> float | None:
    """Share of items within `latency_slo_s`; None where no limit is stated or a time is not known."""
    if table.stakes.latency_slo_s is None or latency_s is None or np.isnan(latency_s).any():
        return None
    return 1 - late_share(latency_s, table) if len(latency_s) else None


def late_share(latency_s: FloatArray, table: SuiteTable) -> float:
    """Share of items known to end later than `latency_slo_s`; 0 where no limit is stated."""
    limit = table.stakes.latency_slo_s
    return 0.0 if limit is None else _weighted((latency_s > limit).astype(np.float64), table)


def _times(amount: float | None, factor: float | None) -> float | None:
    return None if amount is None or factor is None else amount * factor


def _why_unknown(calls_usd: FloatArray, review_share: float, stakes: Stakes) -> str | None:
    missing = int(np.isnan(calls_usd).sum())
    if missing:
        return f"the cost of {missing} of {len(calls_usd)} items is not known"
    if review_share and stakes.review_cost_usd is None:
        return "people check answers, and `review_cost_usd` is not stated"
    return None
