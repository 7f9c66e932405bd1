"""The record every estimate comes back in, and the quantiles that turn a confidence into a critical value."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
"""What the statistics compute with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """An estimate with its two-sided confidence interval.

    With nothing to estimate from (``n == 0``) the estimate is NaN and the bounds are the whole range.
    """

    estimate: float
    """The point estimate, in the unit of what is estimated."""
    low: float
    """Lower bound; the end of the range where the data bound nothing."""
    high: float
    """Upper bound; the end of the range where the data bound nothing."""
    confidence: float
    """The stated confidence, in (0, 1)."""
    n: int
    """Items (or values) behind the estimate."""
    method: str
    """Which estimator made it, in words for a report."""

    @property
    def width(self) -> float:
        """The distance between the bounds."""
        return self.high - self.low


def check_confidence(confidence: float) -> float:
    """Return ``confidence``, or raise ``ValueError`` unless it lies strictly between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence!r}")
    return confidence


def normal_quantile(confidence: float) -> float:
    """Return z with P(\\|Z\\| <= z) = ``confidence``."""
    return NormalDist().inv_cdf(0.5 + check_confidence(confidence) / 2)


def t_quantile(confidence: float, df: float) -> float:
    """Return t with P(\\|T\\| <= t) = ``confidence`` at ``df`` degrees of freedom.

    Infinite below one degree of freedom: one cluster says nothing about the spread between clusters, so that
    the interval built on it is the whole range. At ``df = inf`` it is the normal quantile.
    """
    if math.isinf(df):
        return normal_quantile(confidence)
    if df < 1 - 1e-9:
        return math.inf
    from scipy.special import stdtrit  # late: scipy.special costs more than the rest of the package

    return float(stdtrit(df, 0.5 + check_confidence(confidence) / 2))


def t_cdf(t: float, df: float) -> float:
    """Return P(T <= ``t``) at ``df`` degrees of freedom; 1/2 where ``t_quantile`` would be infinite."""
    if math.isinf(df):
        return NormalDist().cdf(t)
    if df < 1 - 1e-9:
        return 0.5
    from scipy.special import stdtr

    return float(stdtr(df, t))
