"""What a route is held against: the best single candidate, the frontier alone, the route in force, random
mixing at the same cost, and the oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evalkit.economics import mean_change
from evalkit.economics.evidence import FloatArray
from evalkit.records import TIERS
from evalkit.routes.figures import RouteFigures, figures_of, spent
from evalkit.routes.outcome import Outcome
from evalkit.routes.policy import REVIEW, Policy
from evalkit.routes.table import SuiteTable
from evalkit.stats import Interval

YardstickName = Literal["best_single", "frontier_alone", "current", "random_mixing", "oracle"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Yardstick:
    """One way to serve the same items, with its figures on the confirming part."""

    name: YardstickName
    in_words: str
    policy: Policy | None
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
        return f"a random {self.dear_share:.0%} to {self.dear}, the rest to {self.cheap}"


def frontier_of(table: SuiteTable) -> str | None:
    """The candidate of the highest tier there is, the one that succeeds most among several."""
    ranks = [TIERS.index(t) if t in TIERS else -1 for t in table.tiers]
    rates = table.success @ table.weight
    return max(zip(ranks, rates, table.names, strict=True), default=(0, 0.0, None))[2]


def best_mix(found: Outcome, table: SuiteTable) -> Mix:
    """The random mix of two candidates (or of one and a person, where the route asks people) that succeeds
    most at no more than what the route pays out, by the table's own figures."""
    weight = table.weight / table.weight.sum()
    names, success, paid = _ways(found, table)
    rate, cost = (success @ weight).tolist(), (paid @ weight).tolist()
    budget = float(np.nan_to_num(_paid(found, table)) @ weight)
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


def mixing(mix: Mix, found: Outcome, table: SuiteTable) -> Yardstick:
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
    mix: Mix, found: Outcome, table: SuiteTable, *, confidence: float = 0.95
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
    gain = _own(found) - mixed - max(slope, 0.0) * (_paid(found, table) - cost)
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


def _all_checked(found: Outcome) -> bool:
    """Whether a person checks all there is: then checks cost the same for every route, and mixes too."""
    return all(branch.review for branch in found.policy.branches)


def _own(found: Outcome) -> FloatArray:
    return found.unaided if _all_checked(found) else found.success


def _paid(found: Outcome, table: SuiteTable) -> FloatArray:
    if _all_checked(found):
        return found.calls_usd
    return spent(found.calls_usd, found.reviewed.astype(np.float64), table.stakes)


def _ways(found: Outcome, table: SuiteTable) -> tuple[list[str], FloatArray, FloatArray]:
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
