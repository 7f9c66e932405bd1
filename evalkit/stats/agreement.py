"""Cohen's kappa of two sides' rightness: how far they agree beyond what their success rates alone make."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.arrays import Clusters, Design, design, fractions
from evalkit.stats.interval import FloatArray, Interval, check_confidence, normal_quantile


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
    x, y = fractions("a", a), fractions("b", b)
    items = design(len(x), clusters, weights)
    return _kappa(np.stack([x, 1 - x], axis=1), np.stack([y, 1 - y], axis=1), items, confidence)


def nominal_kappa(a: Sequence[str], b: Sequence[str], *, confidence: float = 0.95) -> Interval:
    """Return Cohen's kappa of two people's words for the same items (n_items,), as `cohens_kappa` does."""
    words = {word: place for place, word in enumerate(sorted({*a, *b}))}
    columns = np.eye(len(words))
    x, y = (columns[np.array([words[word] for word in said], dtype=np.intp)] for said in (a, b))
    return _kappa(x, y, design(len(a), None, None), confidence)


def _kappa(x: FloatArray, y: FloatArray, items: Design, confidence: float) -> Interval:
    """Kappa of the weight that each side gives each word, (n_items, n_words); rows sum to 1."""
    check_confidence(confidence)
    x, y, w = x[items.order], y[items.order], items.weights
    n, groups = items.n_items, len(items.starts)
    rates_a, rates_b = (np.average(v, weights=w, axis=0) if n else np.zeros(v.shape[1]) for v in (x, y))
    by_chance = float(rates_a @ rates_b)
    if groups < 2 or by_chance >= 1:
        return Interval(
            estimate=math.nan, low=-1.0, high=1.0, confidence=confidence, n=n, method="no variation"
        )
    agree = (x * y).sum(axis=1)
    seen = float(np.average(agree, weights=w))
    kappa = (seen - by_chance) / (1 - by_chance)
    chance_slope = (x - rates_a) @ rates_b + (y - rates_b) @ rates_a
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
