"""Two candidates on the same items: the paired difference of their success rates; exact McNemar beside it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.arrays import Clusters, Design, design, fractions
from evalkit.stats.interval import FloatArray, Interval, check_confidence, normal_cdf, normal_quantile
from evalkit.stats.robust import (
    Moments,
    design_effect_seen,
    difference_moments,
    score_bound,
    score_statistic,
    tango_variance,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PairedDifference:
    """What changed from a baseline (a) to a candidate (b) on the items that both answered."""

    n_pairs: int
    """Items with a weight above 0."""
    n_clusters: int
    """Independent groups among them; ``n_pairs`` when every item stands alone."""
    effective_clusters: float
    """Kish's effective number of them, weights and uneven sizes considered: what power is planned with."""
    rate_a: float
    """Success rate of the baseline, in [0, 1]; NaN without pairs."""
    rate_b: float
    """Success rate of the candidate, in [0, 1]; NaN without pairs."""
    difference: float
    """``rate_b - rate_a``, in [-1, 1]; NaN without pairs."""
    interval: Interval
    """The interval of the difference; the verdict is made from it."""
    broken: int
    """Items where the baseline did better."""
    fixed: int
    """Items where the candidate did better."""
    mcnemar_p: float
    """Exact two-sided McNemar p of broken against fixed (a sign test on items with repeats). Reported, it
    decides nothing, and it ignores clusters and weights."""
    fail_p: float
    """One-sided p of "not worse": below (1 - confidence) / 2 just when the interval lies below 0."""
    discordance: float
    """Weighted mean of the absolute differences: for booleans the share of items that flipped; NaN without
    pairs."""
    design_effect: float
    """Variance of the difference over that of as many plain pairs: above 1 by clusters or weights, below 1
    by repeats; NaN without pairs."""
    method: str
    """Which estimator made the interval, in words for a report."""

    @property
    def unchanged(self) -> int:
        """Items where both did equally well."""
        return self.n_pairs - self.broken - self.fixed


def paired_difference(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    clusters: Clusters | None = None,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
) -> PairedDifference:
    """Compare ``candidate`` with ``baseline`` (n_items,), booleans or means over repeats, item by item.

    Estimator: the weighted mean of candidate minus baseline. Assumption: pairs are drawn independently, or in
    independent ``clusters`` (n_items,). Plain booleans give Tango's score interval (Tango 1998, section 2;
    recommended by Fagerland, Lydersen & Laake 2014). With clusters, ``weights`` (n_items,) or fractions it is
    Tango's test scaled by a cluster-robust design effect (see ``robust``). Departure from the
    cluster-adjusted McNemar tests (Eliasziw & Donner 1991; Obuchowski 1998): the design effect is taken
    about the null value and drawn towards its worst case, so that it holds with few clusters and without any
    discordance too.
    """
    check_confidence(confidence)
    a, b = fractions("baseline", baseline), fractions("candidate", candidate)
    if a.shape != b.shape:
        raise ValueError(f"baseline has {len(a)} items and candidate {len(b)}: pair them first")
    items = design(len(a), clusters, weights)
    a, b = a[items.order], b[items.order]
    if not items.n_items:
        return _nothing(confidence)
    return _compare(a, b, items, confidence)


def _compare(a: FloatArray, b: FloatArray, items: Design, confidence: float) -> PairedDifference:
    data = difference_moments(b - a, items)
    plain = items.plain and bool(np.all((a == 0) | (a == 1)) and np.all((b == 0) | (b == 1)))
    interval = difference_interval(data, plain, confidence)
    broken, fixed = int(np.sum(b < a)), int(np.sum(b > a))
    return PairedDifference(
        n_pairs=items.n_items,
        n_clusters=len(items.starts),
        effective_clusters=data.effective_clusters,
        rate_a=min(1.0, float(a @ items.weights) / items.n_items),
        rate_b=min(1.0, float(b @ items.weights) / items.n_items),
        difference=interval.estimate,
        interval=interval,
        broken=broken,
        fixed=fixed,
        mcnemar_p=mcnemar_exact(broken, fixed),
        fail_p=fail_p(data),
        discordance=min(1.0, float(data.rises + data.falls)),
        design_effect=float(design_effect_seen(data, data.mean)),
        method=interval.method,
    )


def difference_interval(data: Moments, plain: bool, confidence: float) -> Interval:
    """Return the interval of one paired difference from its moments."""
    low, high = difference_bounds(data, confidence)
    return Interval(
        estimate=float(data.mean),
        low=float(low),
        high=float(high),
        confidence=confidence,
        n=int(data.n),
        method="Tango score" if plain else "cluster-robust Tango score",
    )


def difference_bounds(data: Moments, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of paired differences, one entry for each of the moments' entries."""
    critical = normal_quantile(confidence)
    low = score_bound(data, tango_variance, critical, -1.0)
    return low, score_bound(data, tango_variance, critical, 1.0)


def fail_p(data: Moments) -> float:
    """Return the largest one-sided p over all true differences of 0 or more."""
    nulls = np.linspace(0, 1, 257)[:-1]
    return normal_cdf(float(np.max(score_statistic(data, nulls, tango_variance))))


def one_sided_fail_p(difference: PairedDifference) -> float:
    """Return the p-value of a fail, for Holm over suites.

    It tests "the candidate is not worse" and is below (1 - confidence) / 2 just when the upper bound of the
    interval is below 0: so one suite judged alone by its p and by its interval gets the same answer.
    """
    return difference.fail_p


def mcnemar_exact(broken: int, fixed: int) -> float:
    """Return the exact conditional two-sided p of McNemar's test (Fagerland et al. 2013, section 3).

    Twice the smaller binomial tail at 1/2, at most 1. Assumption: pairs are independent. 1 without any flip.
    """
    if broken < 0 or fixed < 0:
        raise ValueError("broken and fixed are counts and cannot be negative")
    if broken == fixed:
        return 1.0
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(broken, fixed), broken + fixed, 0.5)))


def _nothing(confidence: float) -> PairedDifference:
    method = "no pairs"
    empty = Interval(estimate=math.nan, low=-1.0, high=1.0, confidence=confidence, n=0, method=method)
    return PairedDifference(
        n_pairs=0,
        n_clusters=0,
        effective_clusters=0.0,
        rate_a=math.nan,
        rate_b=math.nan,
        difference=math.nan,
        interval=empty,
        broken=0,
        fixed=0,
        mcnemar_p=1.0,
        fail_p=1.0,
        discordance=math.nan,
        design_effect=math.nan,
        method=method,
    )
