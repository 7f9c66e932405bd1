"""The record every estimate comes back in, and the quantiles that turn a confidence into a critical value."""

import math
from dataclasses import dataclass, replace
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

    def times(self, factor: float) -> "Interval":
        """Return the interval of a multiple; ``factor`` is not negative."""
        return replace(self, estimate=self.estimate * factor, low=self.low * factor, high=self.high * factor)


def product(interval: Interval | None, *factors: float | None) -> Interval | None:
    """Return the interval times all factors; ``None`` where one of them is not known."""
    known = [factor for factor in factors if factor is not None]
    return None if interval is None or len(known) < len(factors) else interval.times(math.prod(known))


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
