"""Certificates: routes chosen on one part of the items and confirmed on another, corrected for all tried.

The promise: the chance that any route certified here truly lies below its floor is at most α, if the items
are drawn from the work to come, one by one or cluster by cluster. Each suite gets an equal share of α
(Bonferroni), and within a suite the routes brought to certification are tested in an order fixed on the
other part, each at the suite's whole share, until one fails (Maurer, Hothorn & Lehmacher 1995; for model
calibration Angelopoulos et al. 2021, "Learn then Test", section 2.3). The first route of a suite that is
truly below its floor is the only one that can be certified wrongly, so the share is never exceeded, whatever
the dependence.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.economics.changes import cluster_sums
from evalkit.economics.evidence import BoolArray, Codes, FloatArray
from evalkit.routes.policy import RoutePolicy
from evalkit.routes.table import SuiteTable
from evalkit.routes.wording import certificate_words
from evalkit.stats import bracket, exact_rate_interval, least_enough

POWER = 0.8
"""The chance of a certificate for which missing items are counted."""

LARGEST_BET = 0.75
"""How much of the capital one cluster may cost (Waudby-Smith & Ramdas 2024 use 1/2 or 3/4)."""

_MOST_ITEMS = 10**8
_MOST_CLUSTERS = 10**5
_REPLAYS = 25
"""How often the test over clusters is played to count what is missing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """Whether one route is shown to reach its floor, on items that had no part in choosing it."""

    policy: RoutePolicy
    floor: float
    n: int
    """Items of the confirming part."""
    clusters: int
    """Independent groups among them; equal to `n` when every item stands alone."""
    rate: float
    """Success seen there, by weight."""
    lower_bound: float
    """One-sided, at 1 − `level`: from here on the truth is believed."""
    p_value: float
    """Chance of so much success, or more, at a true rate of the floor."""
    level: float
    """What the p-value must not exceed: α over the number of suites."""
    alpha: float
    """The chance of any false certificate in the whole proposal, at most."""
    tested: bool
    """False: an earlier route of the suite failed, so this one was not tested."""
    certified: bool
    missing: int | None
    """Further items of the suite for a chance of 0.8 if the seen rate is the truth; None when certified, or
    when no number would do."""
    method: str

    @property
    def in_words(self) -> str:
        """The certificate as a sentence or two."""
        return certificate_words(self)


def choosing_part(table: SuiteTable, *, share: float = 0.5, seed: int = 0) -> BoolArray:
    """(n_items,) which items routes are chosen on; the others confirm. Clusters stay whole.

    By a hash of the cluster's or item's name, so that an item keeps its side when others are added.
    """
    names = [
        f"item {item}" if cluster is None else f"cluster {cluster}"
        for item, cluster in zip(table.ids, table.cluster_names, strict=True)
    ]
    side = {name: _fraction(f"{seed}:{table.suite}:{name}") < share for name in set(names)}
    return np.array([side[name] for name in names], dtype=bool)


def certify(
    routes: Sequence[tuple[RoutePolicy, FloatArray]],
    table: SuiteTable,
    *,
    alpha: float = 0.05,
    suites: int = 1,
    share: float = 0.5,
    seed: int = 0,
) -> tuple[Certificate, ...]:
    """Tests routes of one suite in the order given, each with its `counted` success (n_items,) on `table`.

    Args:
        routes: The order must not depend on this table: the likeliest to hold first.
        table: The confirming part.
        alpha: The chance of any false certificate over all `suites`, at most.
        suites: How many suites bring routes to certification.
        share: The share of a suite's items that chooses, to count what is missing of the suite.
        seed: Orders the clusters, where they are tested one after the other.

    Without clusters and weights the test is the exact binomial one (Clopper & Pearson 1934). With them it is
    the test by betting of `betting_p_value`, which is valid at any number of clusters.

    Raises:
        ValueError: The suite states no quality floor.
    """
    floor = table.stakes.quality_floor
    if floor is None:
        raise ValueError("without a quality floor there is nothing to certify")
    level = alpha / max(1, suites)
    certificates: list[Certificate] = []
    standing = True
    for policy, success in routes:
        test = _test(success, table, floor, level, seed)
        certified = standing and test.p_value <= level
        missing = None
        if not certified:
            missing = missing_items(success, table, level, share=share, n_confirming=table.n_items)
        certificates.append(
            Certificate(
                policy=policy,
                floor=floor,
                n=table.n_items,
                clusters=test.clusters,
                rate=test.rate,
                lower_bound=test.lower_bound,
                p_value=test.p_value,
                level=level,
                alpha=alpha,
                tested=standing,
                certified=certified,
                missing=missing,
                method=test.method,
            )
        )
        standing = certified
    return tuple(certificates)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Test:
    rate: float
    lower_bound: float
    p_value: float
    clusters: int
    method: str


def _test(success: FloatArray, table: SuiteTable, floor: float, level: float, seed: int) -> _Test:
    n = len(success)
    if not n:
        return _Test(rate=math.nan, lower_bound=0.0, p_value=1.0, clusters=0, method="no items")
    clusters, weights = table.clusters, table.weights
    rate = float(np.average(success, weights=table.weight))
    if clusters is None and weights is None:
        k = round(float(success.sum()))
        bound = exact_rate_interval(k, n, confidence=1 - 2 * level).low
        p_value = binomial_p_value(k, n, floor)
        return _Test(rate=rate, lower_bound=bound, p_value=p_value, clusters=n, method="exact binomial")
    gains, sizes = cluster_totals(success, table, seed)
    return _Test(
        rate=rate,
        lower_bound=_betting_bound(gains, sizes, level),
        p_value=betting_p_value(gains, sizes, floor, level=level),
        clusters=len(sizes),
        method="betting over clusters" if clusters is not None else "betting over weighted items",
    )


def binomial_p_value(successes: int, n: int, floor: float) -> float:
    """The chance of `successes` or more of `n` independent items at a true rate of `floor`."""
    from scipy.special import bdtrc

    if successes <= 0:
        return 1.0
    return 0.0 if successes > n else float(bdtrc(successes - 1, n, floor))


def least_successes(n: int, floor: float, level: float) -> int:
    """The fewest successes of `n` that certify; `n` + 1 when not even all would."""
    found = least_enough(lambda k: binomial_p_value(k, n, floor) <= level, high=n + 1, most=n + 1)
    assert found is not None  # noqa: S101 - n + 1 successes of n have no chance
    return found


def cluster_totals(success: FloatArray, table: SuiteTable, seed: int) -> tuple[FloatArray, FloatArray]:
    """(n_clusters,) weighted successes and weights of each cluster, in an order drawn by `seed`."""
    both = cluster_sums(np.stack([table.weight * success, table.weight], axis=-1), table.cluster)
    order = np.random.default_rng(seed).permutation(len(both))
    return both[order, 0], both[order, 1]


def betting_p_value(gains: FloatArray, sizes: FloatArray, floor: float, *, level: float) -> float:
    """A p-value of "the true rate is at most `floor`" from clusters in random order; exact at any number.

    A bettor starts with capital 1 and stakes a share of it on each cluster's success above the floor. Where
    the floor is not exceeded no strategy can be expected to gain, so the capital ever reaches 1/p with a
    chance of at most p (Ville's inequality; Waudby-Smith & Ramdas 2024, "Estimating means of bounded random
    variables by betting", sections 4 and 5.2). The stake before each cluster follows from the variance of
    those before it, aimed at `level`.

    Args:
        gains: (n_clusters,) weighted successes of each cluster.
        sizes: (n_clusters,) its weight; the largest is taken as the bound of all.
        floor: The rate under test.
        level: The level that the stakes are best for; the p-value is valid at any.
    """
    scale = float(sizes.max())
    margins = (gains - floor * sizes) / scale
    n = len(margins)
    # What is known before the first cluster: the variance that whole clusters of their sizes would have.
    prior = max(floor * (1 - floor), 1 / n) * float(np.mean((sizes / scale) ** 2))
    seen = np.arange(n)
    total = np.concatenate([[0.0], np.cumsum(margins)[:-1]])
    squares = np.concatenate([[0.0], np.cumsum(margins**2)[:-1]])
    variance = (prior + squares - total**2 / np.maximum(seen, 1)) / (seen + 1)
    stakes = np.sqrt(2 * math.log(1 / level) / (n * np.maximum(variance, 1e-12)))
    stakes = np.minimum(stakes, LARGEST_BET / max(floor, 1e-12))
    capital = np.cumsum(np.log1p(stakes * margins))
    return float(math.exp(-max(0.0, float(capital.max()))))


def _betting_bound(gains: FloatArray, sizes: FloatArray, level: float) -> float:
    """The largest rate that is rejected at `level`, by bisection below the rate seen."""
    seen = float(gains.sum() / sizes.sum())
    return bracket(lambda r: betting_p_value(gains, sizes, r, level=level) > level, 0.0, seen, steps=20)[0]


def items_for_certificate(rate: float, floor: float, level: float, *, power: float = POWER) -> int | None:
    """Independent items for a chance of `power` that a true `rate` is certified; None when it is not above
    the floor."""
    if rate <= floor:
        return None

    def enough(n: int) -> bool:
        return binomial_p_value(least_successes(n, floor, level), n, rate) >= power

    return least_enough(enough, most=_MOST_ITEMS)


def missing_items(
    success: FloatArray, table: SuiteTable, level: float, *, share: float, n_confirming: int
) -> int | None:
    """Items that the suite lacks for a certificate, both parts together, if the seen rate is the truth; None
    when it is not above the floor, or no number would do.

    Args:
        success: (n_items,) what is held against the floor.
        table: The items that it is seen on.
        level: Of the test.
        share: The share of items that chooses.
        n_confirming: Items that confirm as it is.
    """
    floor = table.stakes.quality_floor
    rate = float(np.average(success, weights=table.weight)) if len(success) else math.nan
    if floor is None or not rate > floor:
        return None
    if table.clusters is None and table.weights is None:
        needed = items_for_certificate(rate, floor, level)
    else:
        needed = _items_by_betting(success, table, floor, level)
    return None if needed is None else max(1, math.ceil((needed - n_confirming) / (1 - share)))


def _items_by_betting(success: FloatArray, table: SuiteTable, floor: float, level: float) -> int | None:
    """By playing the test again and again on clusters drawn from those seen; None when no number would do."""
    gains, sizes = cluster_totals(success, table, 0)
    rng = np.random.default_rng(0)

    def enough(clusters: int) -> bool:
        drawn = rng.integers(len(sizes), size=(_REPLAYS, clusters))
        won = [betting_p_value(gains[d], sizes[d], floor, level=level) <= level for d in drawn]
        return sum(won) >= POWER * _REPLAYS

    n = len(sizes)
    needed = least_enough(enough, low=n // 2, high=n, most=_MOST_CLUSTERS, within=50)
    return None if needed is None else math.ceil(needed * table.n_items / n)


def design_effect(success: FloatArray, codes: Codes | None, weight: FloatArray) -> float:
    """The variance of a weighted rate over that of as many independent plain items; at least 1/2."""
    rate = float(np.average(success, weights=weight))
    plain = rate * (1 - rate) * weight.sum() ** 2 / len(weight)
    sums = cluster_sums((weight * (success - rate))[:, None], codes)[:, 0]
    return max(0.5, float(sums @ sums) / plain) if plain > 0 else 1.0


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") / 2**64
