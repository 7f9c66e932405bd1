"""Quantiles of latency and cost, bounded by order statistics: no shape of the tail is assumed."""

import math

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.interval import Interval, check_confidence


def quantile_interval(values: ArrayLike, q: float, *, confidence: float = 0.95) -> Interval:
    """Return the ``q`` quantile of ``values`` (n,), not negative, with distribution-free bounds.

    Estimator: the smallest value with at least a share ``q`` of the values at or below it. Each bound is an
    order statistic that holds **on its own** with ``confidence`` (a limit on a tail is one-sided), so that
    the two together hold with 2 · ``confidence`` - 1. The number of values under the true quantile is
    binomial (David & Nagaraja 2003, section 7.1). Assumption: independent values. Too few values bound
    nothing: the upper bound is infinite (a p95 at 95% needs 59 values, since 0.95^58 > 0.05) and the lower
    is 0. Infinite values (timeouts) are allowed.
    """
    check_confidence(confidence)
    if not 0 < q < 1:
        raise ValueError(f"q must lie between 0 and 1, not {q!r}")
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if ordered.ndim != 1 or np.any(np.isnan(ordered)) or np.any(ordered < 0):
        raise ValueError("values must be one row of numbers, none negative and no NaN")
    n = len(ordered)
    if n == 0:
        return Interval(
            estimate=math.nan, low=0.0, high=math.inf, confidence=confidence, n=0, method="no values"
        )
    below, above = _ranks(n, q, confidence)
    return Interval(
        estimate=float(ordered[max(math.ceil(n * q - 1e-9), 1) - 1]),
        low=float(ordered[below - 1]) if below >= 1 else 0.0,
        high=float(ordered[above - 1]) if above <= n else math.inf,
        confidence=confidence,
        n=n,
        method="order statistics",
    )


def _ranks(n: int, q: float, confidence: float) -> tuple[int, int]:
    """Return the 1-based ranks of the bounds: the largest too low, the smallest too high, each with
    confidence."""
    from scipy.special import bdtr

    chance_at_most = bdtr(np.arange(n + 1), n, q)  # of k or fewer values under the quantile, for k = 0..n
    below = int(np.searchsorted(chance_at_most, 1 - confidence, side="right"))
    above = int(np.searchsorted(chance_at_most, confidence, side="left")) + 1
    return below, above
