"""The interval of a success rate: Wilson's for plain booleans, its cluster-robust form for all else."""

import math

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.arrays import Clusters, design, fractions
from evalkit.stats.interval import FloatArray, Interval, check_confidence, normal_quantile
from evalkit.stats.robust import Moments, binomial_variance, rate_moments, score_bound


def rate_interval(
    success: ArrayLike,
    *,
    clusters: Clusters | None = None,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Interval:
    """Return the mean success with its score interval.

    Estimator: the weighted mean of ``success`` (n_items,), booleans or means over an equal number of repeats.
    Assumption: items are drawn independently, or in independent clusters. Plain booleans give Wilson's
    interval (Wilson 1927; Brown, Cai & DasGupta 2001, section 3.1.1). With ``clusters`` (n_items,),
    ``weights`` (n_items,) or fractions it is Wilson's interval with a cluster-robust design effect (see
    ``robust``); Wilson at an effective sample size is recommended for clustered surveys by Dean & Pagano
    (2015). Departure: the design effect is taken about the null value and drawn towards its worst case, so
    that the width is never zero.
    """
    check_confidence(confidence)
    values = fractions("success", success)
    items = design(len(values), clusters, weights)
    if not items.n_items:
        return Interval(estimate=math.nan, low=0.0, high=1.0, confidence=confidence, n=0, method="no items")
    values = values[items.order]
    plain = items.plain and bool(np.all((values == 0) | (values == 1)))
    if plain:
        return _wilson(float(values.mean()), items.n_items, confidence)
    data = rate_moments(values, items)
    low, high = map(float, rate_bounds(data, confidence))
    return Interval(
        estimate=float(data.mean),
        low=low,
        high=high,
        confidence=confidence,
        n=items.n_items,
        method="cluster-robust score",
    )


def _wilson(rate: float, n: int, confidence: float) -> Interval:
    """Wilson's (1927) interval in closed form: what `rate_bounds` comes to where every item stands alone."""
    critical = normal_quantile(confidence)
    share = critical**2 / n
    centre = (rate + share / 2) / (1 + share)
    half = math.sqrt(share * (rate * (1 - rate) + share / 4)) / (1 + share)
    return Interval(
        estimate=rate,
        # At an end the bound is that end, which rounding would miss.
        low=centre - half if rate > 0 else 0.0,
        high=centre + half if rate < 1 else 1.0,
        confidence=confidence,
        n=n,
        method="Wilson",
    )


def rate_bounds(data: Moments, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of rates, one entry for each of the moments' entries."""
    critical = normal_quantile(confidence)
    low = score_bound(data, binomial_variance, critical, 0.0)
    return low, score_bound(data, binomial_variance, critical, 1.0)


def exact_rate_interval(successes: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Return Clopper and Pearson's (1934) exact interval of a rate from ``successes`` of ``n`` independent
    items.

    Wider than Wilson's, and never under its confidence: for certificates. Each bound alone holds with
    confidence (1 + ``confidence``) / 2.
    """
    check_confidence(confidence)
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie between 0 and n = {n}, not {successes}")
    if n == 0:
        return Interval(estimate=math.nan, low=0.0, high=1.0, confidence=confidence, n=0, method="no items")
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return Interval(
        estimate=successes / n, low=low, high=high, confidence=confidence, n=n, method="Clopper-Pearson"
    )
