"""Success against training examples: what a doubling brings, and what the next is likely to."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.arrays import Clusters, design
from evalkit.stats.interval import FloatArray, Interval, check_confidence, normal_quantile

FEWEST_SIZES = 3
"""Sizes of training sets without which nothing says how far a point may lie from the line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningFit:
    """A line through success against log2 of the examples."""

    per_doubling: Interval
    """What one doubling brought, a difference of success."""
    next_size: int
    """Twice the most examples."""
    next_success: Interval
    """Where one more model, trained on so many, is expected; a prediction interval within [0, 1]."""


def fit_learning(
    examples: ArrayLike,
    success: ArrayLike,
    *,
    clusters: Clusters | None = None,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
) -> LearningFit | None:
    """Return the line through success (n_items, n_models) against examples (n_models,), all above 0.

    Estimator: least squares of the mean success on log2(examples), equal weights, since every model answers
    the same items. Two errors add up, as squares of half-widths. That of the items: the slope is the mean of
    each item's own slope, so its variance is that of a mean over clusters (Cameron & Miller 2015, section
    II), normal. That of training: the scatter of the models about the line, Student's t with n_models − 2
    degrees of freedom; the prediction adds one more model's (Draper & Smith 1998, section 3.1). Assumption:
    a straight line in log2 as far as twice the most examples; near the top curves flatten, so that the line
    promises too much. None with less than ``FEWEST_SIZES`` different sizes, or less than two clusters.
    """
    check_confidence(confidence)
    x = np.log2(np.asarray(examples, dtype=np.float64))
    y = np.asarray(success, dtype=np.float64)
    if y.ndim != 2 or y.shape[1] != len(x) or not np.all(np.isfinite(x)):
        raise ValueError("success must have shape (n_items, n_models), and every model some examples")
    items = design(len(y), clusters, weights)
    if len(set(x.tolist())) < FEWEST_SIZES or len(items.starts) < 2:
        return None
    y, at = y[items.order], float(x.max() + 1)
    centred, spread = x - x.mean(), float(((x - x.mean()) ** 2).sum())
    slopes, aheads = centred / spread, 1 / len(x) + (at - x.mean()) * centred / spread
    means = np.average(y, axis=0, weights=items.weights)
    residual = means - means.mean() - centred * float(slopes @ means)
    scatter = float(residual @ residual) / (len(x) - 2)
    leverage = 1 / len(x) + (at - x.mean()) ** 2 / spread

    def interval(parts: FloatArray, training: float, low: float, high: float, method: str) -> Interval:
        each = y @ parts
        estimate = float(np.average(each, weights=items.weights))
        sums, groups = items.cluster_sums(each - estimate), len(items.starts)
        of_items = groups / (groups - 1) * float(sums @ sums) / items.n_items**2
        half = math.hypot(
            normal_quantile(confidence) * math.sqrt(of_items),
            _t_quantile(confidence, len(x) - 2) * math.sqrt(scatter * training),
        )
        return Interval(
            estimate=min(high, max(low, estimate)),
            low=max(low, estimate - half),
            high=min(high, estimate + half),
            confidence=confidence,
            n=items.n_items,
            method=method,
        )

    return LearningFit(
        per_doubling=interval(slopes, 1 / spread, -1.0, 1.0, "slope in log2(examples)"),
        next_size=2 * int(np.max(np.asarray(examples))),
        next_success=interval(aheads, 1 + leverage, 0.0, 1.0, "prediction of one more model"),
    )


def _t_quantile(confidence: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + confidence / 2))
