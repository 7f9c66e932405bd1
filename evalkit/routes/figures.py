"""The figures of a route on a table, and what it is held against: the best single candidate, the highest tier
alone, the route in force, random mixing at the same cost, and the oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evalkit.economics import Quantiles, cost_intervals, error_rate, mean_change, quantiles
from evalkit.economics.evidence import FloatArray
from evalkit.records import TIERS, Stakes
from evalkit.routes.outcome import NOBODY, Replayed
from evalkit.routes.policy import REVIEW, RoutePolicy
from evalkit.routes.table import SuiteTable
from evalkit.stats import Interval, rate_interval
from evalkit.wording import percent


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


def route_figures(found: Replayed, table: SuiteTable, *, confidence: float = 0.95) -> RouteFigures:
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
    share = _weigh(reviewed, table)
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
        escalated_share=_weigh(escalated, table),
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


def _step_shares(found: Replayed, table: SuiteTable) -> tuple[StepShare, ...]:
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


def _weigh(values: FloatArray, table: SuiteTable) -> float:
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
    return 0.0 if limit is None else _weigh((latency_s > limit).astype(np.float64), table)


def _times(amount: float | None, factor: float | None) -> float | None:
    return None if amount is None or factor is None else amount * factor


def _why_unknown(calls_usd: FloatArray, review_share: float, stakes: Stakes) -> str | None:
    missing = int(np.isnan(calls_usd).sum())
    if missing:
        return f"the cost of {missing} of {len(calls_usd)} items is not known"
    if review_share and stakes.review_cost_usd is None:
        return "people check answers, and `review_cost_usd` is not stated"
    return None


YardstickName = Literal[
    "best_single", "frontier_alone", "highest_alone", "current", "random_mixing", "oracle"
]
"""`highest_alone`: of the highest tier there is, where that is not the frontier."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Yardstick:
    """One way to serve the same items, with its figures on the confirming part."""

    name: YardstickName
    in_words: str
    policy: RoutePolicy | None
    """None for mixing and the oracle, which no service can follow or should."""
    figures: RouteFigures


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """Two ways to serve drawn at random, item by item."""

    cheap: str
    dear: str
    dear_share: float
    """The share of items that goes to `dear`."""

    @property
    def in_words(self) -> str:
        """Such as `a random 30% to frontier, the rest to slim`."""
        if self.cheap == self.dear:
            return f"{self.cheap} alone"
        return f"a random {percent(self.dear_share)} to {self.dear}, the rest to {self.cheap}"


def frontier_of(table: SuiteTable) -> str | None:
    """The candidate of the highest tier there is, the one that succeeds most among several."""
    ranks = [TIERS.index(t) if t in TIERS else -1 for t in table.tiers]
    rates = table.success @ table.weight
    return max(zip(ranks, rates, table.names, strict=True), default=(0, 0.0, None))[2]


def best_mix(found: Replayed, table: SuiteTable) -> Mix:
    """The random mix of two candidates (or of one and a person, where the route asks people) that succeeds
    most at no more than what the route pays out, by the table's own figures."""
    weight = table.weight / table.weight.sum()
    names, success, paid = _ways(found, table)
    rate, cost = (success @ weight).tolist(), (paid @ weight).tolist()
    budget = float(np.nan_to_num(_spent_usd(found, table)) @ weight)
    cheapest = int(np.argmin(cost))
    best = (rate[cheapest], _mix(names[cheapest], names[cheapest], 0.0))
    for a in range(len(names)):
        for b in range(len(names)):
            share = _share(cost[a], cost[b], budget)
            if share is None:
                continue
            mixed = rate[a] + share * (rate[b] - rate[a])
            if mixed > best[0] + 1e-12:
                best = (mixed, _mix(names[a], names[b], share))
    return best[1]


def mixing(mix: Mix, found: Replayed, table: SuiteTable) -> Yardstick:
    """A mix as a yardstick: what it gives each item, in expectation."""
    names, success, _ = _ways(found, table)
    a, b, share = names.index(mix.cheap), names.index(mix.dear), mix.dear_share
    calls = _calls(names, table)
    reviews = np.array([float(name == REVIEW) for name in names])
    return Yardstick(
        name="random_mixing",
        in_words=mix.in_words,
        policy=None,
        figures=figures_of(
            table,
            success=np.asarray((1 - share) * success[a] + share * success[b]),
            calls_usd=(1 - share) * calls[a] + share * calls[b],
            reviewed=np.full(table.n_items, (1 - share) * reviews[a] + share * reviews[b]),
        ),
    )


def gain_over_mixing(
    mix: Mix, found: Replayed, table: SuiteTable, *, confidence: float = 0.95
) -> Interval | None:
    """How much more the route succeeds than the mix at the same cost, with a t interval over clusters.

    Where the two do not cost the same on these items, the difference in cost is turned into success at the
    mix's own rate of exchange (the slope between its two candidates), item by item. None where a cost is not
    known.
    """
    names, success, paid = _ways(found, table)
    a, b, share = names.index(mix.cheap), names.index(mix.dear), mix.dear_share
    weight = table.weight / table.weight.sum()
    dearer = float((paid[b] - paid[a]) @ weight)
    slope = float((success[b] - success[a]) @ weight) / dearer if dearer > 0 else 0.0
    mixed = (1 - share) * success[a] + share * success[b]
    cost = (1 - share) * paid[a] + share * paid[b]
    gain = _own(found) - mixed - max(slope, 0.0) * (_spent_usd(found, table) - cost)
    if np.isnan(gain).any():
        return None
    return mean_change(
        np.zeros_like(gain), gain, clusters=table.clusters, weights=table.weight, confidence=confidence
    )


def oracle(table: SuiteTable) -> Yardstick:
    """Perfect foresight: each item goes to the cheapest candidate that succeeds, else to the cheapest."""
    reached = table.success.any(axis=0)
    price = np.where(table.success | ~reached, table.cost_usd, np.inf)
    chosen = np.argmin(price, axis=0)
    items = np.arange(table.n_items)
    return Yardstick(
        name="oracle",
        in_words="each item to the cheapest candidate that succeeds at it, known beforehand",
        policy=None,
        figures=figures_of(
            table,
            success=np.asarray(reached, dtype=np.float64),
            calls_usd=table.cost_usd[chosen, items],
            latency_s=table.latency_s[chosen, items],
        ),
    )


def oracle_usd(table: SuiteTable, success: float) -> float:
    """The least that any choice of candidates could pay per item for a rate of `success`, in US dollars.

    Each item is paid the cheapest call; items are then made to succeed in order of what that takes more. A
    fraction of the last one counts, so that this is a bound from below. Infinite where no choice reaches it.
    """
    base = table.cost_usd.min(axis=0)
    extra = np.where(table.success, table.cost_usd, np.inf).min(axis=0) - base
    weight = table.weight / table.weight.sum()
    order = np.argsort(extra, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(weight[order])[:-1]])
    taken = np.clip(success - before, 0.0, weight[order])
    with np.errstate(invalid="ignore"):
        added = np.where(taken > 1e-12, taken * extra[order], 0.0)
    return float(base @ weight + added.sum())


def _all_checked(found: Replayed) -> bool:
    """Whether a person checks all there is: then checks cost the same for every route, and mixes too."""
    return all(branch.review for branch in found.policy.branches)


def _own(found: Replayed) -> FloatArray:
    return found.unaided if _all_checked(found) else found.success


def _spent_usd(found: Replayed, table: SuiteTable) -> FloatArray:
    if _all_checked(found):
        return found.calls_usd
    return spent(found.calls_usd, found.reviewed.astype(np.float64), table.stakes)


def _ways(found: Replayed, table: SuiteTable) -> tuple[list[str], FloatArray, FloatArray]:
    """Names, (k, n_items) successes and payments of what may be mixed."""
    names = [name for name, known in zip(table.names, table.cost_known, strict=True) if known]
    rows = [table.row(name) for name in names]
    success, paid = table.success[rows].astype(np.float64), table.cost_usd[rows]
    price = table.stakes.review_cost_usd
    if found.policy.reviews and price is not None and not _all_checked(found):
        names = [*names, REVIEW]
        success = np.vstack([success, np.ones(table.n_items)])
        paid = np.vstack([paid, np.full(table.n_items, price)])
    return names, success, paid


def _calls(names: list[str], table: SuiteTable) -> FloatArray:
    """(k, n_items)"""
    zeros = np.zeros(table.n_items)
    return np.stack([zeros if name == REVIEW else table.cost_usd[table.row(name)] for name in names])


def _mix(cheap: str, dear: str, share: float) -> Mix:
    if share in (0.0, 1.0):
        one = dear if share else cheap
        return Mix(cheap=one, dear=one, dear_share=0.0)
    return Mix(cheap=cheap, dear=dear, dear_share=share)


def _share(cheap: float, dear: float, budget: float) -> float | None:
    """The share of the dear one that spends the budget; None where these two are no mix for it."""
    if cheap > budget * (1 + 1e-12):
        return None
    if dear <= budget:
        return 1.0
    return (budget - cheap) / (dear - cheap) if dear > cheap else None
