"""Graded scores: the paired difference of their means, with a studentized bootstrap over clusters."""

import math

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.arrays import Clusters, Design, design, fractions
from evalkit.stats.interval import FloatArray, Interval, check_confidence, normal_quantile
from evalkit.stats.paired import difference_interval
from evalkit.stats.robust import difference_moments

FEWEST_CHANGED_CLUSTERS = 10
"""With fewer clusters that differ at all, resampling says too little: the score interval is used."""
MOST_CLUSTERS = 5_000
"""With more clusters the bootstrap and the normal quantile agree to the digits shown, the latter at once."""
_CELLS_AT_ONCE = 4_000_000


def score_difference(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    rng: np.random.Generator,
    clusters: Clusters | None = None,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
    resamples: int = 2_000,
) -> Interval:
    """Return the weighted mean difference of scores (n_items,) in [0, 1], candidate minus baseline.

    Estimator: the studentized (bootstrap-t) interval, clusters resampled with replacement, each resample
    studentized by its own linearised cluster variance (Efron & Tibshirani 1993, section 12.5; clusters:
    Davison & Hinkley 1997, section 3.8). Assumption: independent clusters (items, without ``clusters``).
    Departures: with fewer than ``FEWEST_CHANGED_CLUSTERS`` that differ, the cluster-robust score interval of
    a bounded difference, which has width without any difference; above ``MOST_CLUSTERS``, the normal
    quantile.
    """
    check_confidence(confidence)
    a, b = fractions("baseline", baseline), fractions("candidate", candidate)
    if a.shape != b.shape:
        raise ValueError(f"baseline has {len(a)} items and candidate {len(b)}: pair them first")
    items = design(len(a), clusters, weights)
    if not items.n_items:
        return Interval(estimate=math.nan, low=-1.0, high=1.0, confidence=confidence, n=0, method="no pairs")
    differences = (b - a)[items.order]
    sums, sizes = items.cluster_sums(differences), items.cluster_weights
    if np.sum(sums != 0) < FEWEST_CHANGED_CLUSTERS:
        return difference_interval(difference_moments(differences, items), False, confidence)
    return _bootstrap(sums, sizes, items, confidence, resamples, rng)


def _bootstrap(
    sums: FloatArray,
    sizes: FloatArray,
    items: Design,
    confidence: float,
    resamples: int,
    rng: np.random.Generator,
) -> Interval:
    mean, error = _ratio(_table(sums, sizes).sum(axis=0), len(sums))
    if len(sums) > MOST_CLUSTERS:
        lower = upper = normal_quantile(confidence)
        method = "cluster-robust normal"
    else:
        draws = _studentize(sums, sizes, float(mean), resamples, rng)
        tail = (1 - confidence) / 2
        upper, lower = (float(q) for q in np.quantile(draws, [1 - tail, tail], method="weibull"))
        lower, method = -lower, "studentized bootstrap over clusters"
    return Interval(
        estimate=float(mean),
        low=max(-1.0, float(mean - upper * error)),
        high=min(1.0, float(mean + lower * error)),
        confidence=confidence,
        n=items.n_items,
        method=method,
    )


def _studentize(
    sums: FloatArray, sizes: FloatArray, mean: float, resamples: int, rng: np.random.Generator
) -> FloatArray:
    """Return (resamples,) bootstrap values of (mean* - mean) / error*."""
    n = len(sums)
    table = _table(sums, sizes)
    at_once = max(1, _CELLS_AT_ONCE // n)
    totals = np.concatenate(
        [
            table[rng.integers(n, size=(min(at_once, resamples - done), n))].sum(axis=1)
            for done in range(0, resamples, at_once)
        ]
    )
    means, errors = _ratio(totals, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (means - mean) / errors
    return np.where(means == mean, 0.0, values)


def _table(sums: FloatArray, sizes: FloatArray) -> FloatArray:
    """Return (n_clusters, 5): all whose totals give the ratio mean and its error."""
    return np.stack([sums, sizes, sums**2, sums * sizes, sizes**2], axis=-1)


def _ratio(totals: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """Return the ratio mean and its linearised standard error from ``totals`` (..., 5) over ``n``
    clusters."""
    sums, sizes, squares, products, size_squares = np.moveaxis(totals, -1, 0)
    mean = sums / sizes
    residual = np.maximum(squares - 2 * mean * products + mean**2 * size_squares, 0)
    return mean, np.sqrt(residual * n / (n - 1)) / sizes
