"""Cohen's kappa of two sides' rightness: how far they agree beyond what their success rates alone make."""

import math

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.arrays import Clusters, design, fractions
from evalkit.stats.interval import Interval, check_confidence, normal_quantile


def cohens_kappa(
    a: ArrayLike,
    b: ArrayLike,
    *,
    clusters: Clusters | None = None,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Interval:
    """Return kappa of two sides' rightness (n_items,) with its interval.

    Estimator: Cohen's (1960) kappa; between two models it is the error consistency of Geirhos et al. (2020).
    Its variance is that of its linear form about the estimate (Fleiss, Cohen & Everitt 1969), summed over
    clusters, with a normal quantile. Assumption: independent clusters (items, without ``clusters``).
    Departure: none of small samples; with less than some fifty items the interval is too narrow. Without any
    variation (both sides always right, or always wrong) kappa is not defined: NaN, and the whole range.
    """
    check_confidence(confidence)
    x, y = fractions("a", a), fractions("b", b)
    items = design(len(x), clusters, weights)
    x, y, w = x[items.order], y[items.order], items.weights
    n, groups = items.n_items, len(items.starts)
    rate_a, rate_b = (float(np.average(v, weights=w)) if n else math.nan for v in (x, y))
    by_chance = rate_a * rate_b + (1 - rate_a) * (1 - rate_b)
    if groups < 2 or by_chance >= 1:
        return Interval(
            estimate=math.nan, low=-1.0, high=1.0, confidence=confidence, n=n, method="no variation"
        )
    agree = x * y + (1 - x) * (1 - y)
    seen = float(np.average(agree, weights=w))
    kappa = (seen - by_chance) / (1 - by_chance)
    chance_slope = (2 * rate_b - 1) * (x - rate_a) + (2 * rate_a - 1) * (y - rate_b)
    linear = ((agree - seen) - (1 - kappa) * chance_slope) / (1 - by_chance)
    sums = items.cluster_sums(linear)
    error = math.sqrt(groups / (groups - 1) * float(sums @ sums)) / n
    half = normal_quantile(confidence) * error
    return Interval(
        estimate=kappa,
        low=max(-1.0, kappa - half),
        high=min(1.0, kappa + half),
        confidence=confidence,
        n=n,
        method="Cohen's kappa, cluster-robust",
    )
