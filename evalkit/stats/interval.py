"""The record every estimate comes back in, and the quantiles that turn a confidence into a critical value."""

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


def normal_cdf(z: float) -> float:
    """Return P(Z <= ``z``)."""
    return NormalDist().cdf(z)
