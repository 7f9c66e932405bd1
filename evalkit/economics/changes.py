"""What changed in money and time between two candidates on the same items."""

from __future__ import annotations

import math

import numpy as np

from evalkit.economics.evidence import Codes, FloatArray, ObjectArray, number_clusters
from evalkit.stats import Interval, quantile_interval

MOST_CLUSTERS = 5_000
"""With more clusters the bootstrap and the linearised interval agree to the digits shown."""
_CELLS_AT_ONCE = 4_000_000


def cost_per_success_change(
    a: tuple[FloatArray, FloatArray],
    b: tuple[FloatArray, FloatArray],
    *,
    rng: np.random.Generator,
    clusters: Codes | ObjectArray | None = None,
    weights: FloatArray | None = None,
    confidence: float = 0.95,
    resamples: int = 2_000,
) -> Interval | None:
    """Cost per success of b minus that of a, in US dollars, on the same items.

    Args:
        a: (n_items,) costs and (n_items,) successes of the baseline.
        b: The same of the candidate.
        rng: Draws the resamples.
        clusters: (n_items,) names of items that hang together.
        weights: (n_items,) what an item counts.
        confidence: Of the interval.
        resamples: How many.

    Estimator: difference of two ratios of sums; percentile bootstrap over clusters (Efron & Tibshirani 1993,
    section 13.3), above `MOST_CLUSTERS` by linearisation. Assumption: independent clusters. None when a cost
    is unknown or when a side has no success: a difference of infinities says nothing.
    """
    table = np.stack([*a, *b], axis=-1) * (1.0 if weights is None else weights[:, None])
    if not len(table) or np.isnan(table).any():
        return None
    table = cluster_sums(table, clusters)
    totals = table.sum(axis=0)
    if not totals[1] or not totals[3]:
        return None
    estimate = float(totals[2] / totals[3] - totals[0] / totals[1])
    if len(table) > MOST_CLUSTERS:
        low, high = _linearise(table, totals, estimate, confidence)
    else:
        low, high = _percentiles(_draws(table, resamples, rng), confidence)
    return Interval(
        estimate=estimate,
        low=min(low, estimate),
        high=max(high, estimate),
        confidence=confidence,
        n=len(a[0]),
        method="percentile bootstrap over clusters",
    )


def mean_change(
    a: FloatArray,
    b: FloatArray,
    *,
    clusters: Codes | ObjectArray | None = None,
    weights: FloatArray | None = None,
    confidence: float = 0.95,
) -> Interval | None:
    """Weighted mean of b minus a (n_items,), of an amount without upper limit such as tokens.

    Student's t over clusters, linearised. Items where one is unknown are left out; None without any.
    """
    known = ~(np.isnan(a) | np.isnan(b))
    if not known.any():
        return None
    weight = np.ones(int(known.sum())) if weights is None else weights[known]
    difference = (b - a)[known]
    mean = float(np.average(difference, weights=weight))
    names = None if clusters is None else clusters[known]
    residuals = cluster_sums((weight * (difference - mean))[:, None], names)[:, 0]
    reach = t_reach(residuals, float(weight.sum()), confidence)
    return Interval(
        estimate=mean,
        low=mean - reach,
        high=mean + reach,
        confidence=confidence,
        n=len(difference),
        method="Student's t over clusters",
    )


def median_ratio(a: FloatArray, b: FloatArray, *, confidence: float = 0.95) -> Interval | None:
    """Median over items (n_items,) of b / a, both above 0, such as latencies: 2 means twice as slow.

    Order statistics, two-sided at `confidence`; no shape is assumed. Each bound holds alone at (1 +
    confidence) / 2. None without any pair.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = b / a
    ratios = ratios[np.isfinite(a) & np.isfinite(b) & (a > 0)]
    if not len(ratios):
        return None
    found = quantile_interval(ratios, 0.5, confidence=(1 + confidence) / 2)
    return Interval(
        estimate=found.estimate,
        low=found.low,
        high=found.high,
        confidence=confidence,
        n=found.n,
        method="order statistics",
    )


def cluster_sums(table: FloatArray, clusters: Codes | ObjectArray | None) -> FloatArray:
    """Sums of the rows (n_items, k) by cluster: (n_clusters, k); an item without a name stands alone."""
    if clusters is None:
        return table
    codes = number_clusters(clusters)
    used = np.bincount(codes) > 0
    columns = [np.bincount(codes, weights=column)[used] for column in table.T]
    return np.stack(columns, axis=-1).astype(np.float64)


def t_reach(residuals: FloatArray, mass: float, confidence: float) -> float:
    """How far a linearised mean reaches to each side, from what each cluster departs (n_clusters,)."""
    from scipy.special import stdtrit

    clusters = len(residuals)
    if clusters < 2:
        return math.inf
    error = math.sqrt(float(residuals @ residuals) * clusters / (clusters - 1)) / mass
    return float(stdtrit(clusters - 1, 0.5 + confidence / 2)) * error


def _draws(table: FloatArray, resamples: int, rng: np.random.Generator) -> FloatArray:
    n = len(table)
    at_once = max(1, _CELLS_AT_ONCE // n)
    totals = np.concatenate(
        [
            table[rng.integers(n, size=(min(at_once, resamples - done), n))].sum(axis=1)
            for done in range(0, resamples, at_once)
        ]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        differences: FloatArray = totals[:, 2] / totals[:, 3] - totals[:, 0] / totals[:, 1]
    return differences


def _percentiles(draws: FloatArray, confidence: float) -> tuple[float, float]:
    """The percentile bounds; a draw without successes on both sides stands at both ends."""
    tail = (1 - confidence) / 2
    lows, highs = np.where(np.isnan(draws), -np.inf, draws), np.where(np.isnan(draws), np.inf, draws)
    return (
        float(np.quantile(lows, tail, method="inverted_cdf")),
        float(np.quantile(highs, 1 - tail, method="inverted_cdf")),
    )


def _linearise(
    table: FloatArray, totals: FloatArray, estimate: float, confidence: float
) -> tuple[float, float]:
    ratio_a, ratio_b = totals[0] / totals[1], totals[2] / totals[3]
    influence = (table[:, 2] - ratio_b * table[:, 3]) / totals[3]
    influence -= (table[:, 0] - ratio_a * table[:, 1]) / totals[1]
    reach = t_reach(influence, 1.0, confidence)
    return estimate - reach, estimate + reach
