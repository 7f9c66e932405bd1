"""How large a drop a suite can catch, and how many items it takes to show that there is none."""

import math
from statistics import NormalDist

import numpy as np

from evalkit.stats.interval import check_confidence, normal_quantile
from evalkit.stats.robust import Moments, tango_variance

_MOST_ITEMS = 10**9


def chance_of_fail(
    n_items: float,
    drop: float,
    *,
    discordance: float,
    margin: float | None = None,
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> float:
    """Return the probability that a true ``drop`` is judged a fail.

    Normal approximation to Tango's score test at its null variance (Connor 1987, equation 4): the observed
    difference must lie below -z √(ψ/n), and with a ``margin`` also low enough not to pass first.
    ``discordance`` ψ is the share of pairs that will differ (at least the drop); ``design_effect`` divides
    the items (above 1 by clusters, below 1 by repeats). Assumption: enough discordant pairs, 10 or so, for
    the normal form.
    """
    if n_items <= 0:
        return 0.0
    n, psi = n_items / design_effect, _discordance(discordance, drop)
    z = normal_quantile(confidence)
    threshold = -z * math.sqrt(psi / n)
    if margin is not None:
        threshold = min(threshold, z * math.sqrt(_null_variance(psi, -drop, -margin) / n) - margin)
    return _reach(threshold + drop, psi - drop**2, n)


def chance_of_pass(
    n_items: float,
    *,
    margin: float,
    discordance: float,
    drop: float = 0.0,
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> float:
    """Return the probability that a true ``drop`` (0: no change) is judged a pass at ``margin``.

    As ``chance_of_fail``, for Tango's test of the null difference -margin and his variance under it.
    """
    if n_items <= 0:
        return 0.0
    n, psi = n_items / design_effect, _discordance(discordance, drop)
    error = normal_quantile(confidence) * math.sqrt(_null_variance(psi, -drop, -margin) / n)
    return _reach(margin - drop - error, psi - drop**2, n)


def smallest_detectable_drop(
    n_items: float,
    *,
    discordance: float,
    margin: float | None = None,
    power: float = 0.8,
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> float:
    """Return the smallest drop that is judged a fail with probability ``power``; infinite if no drop is.

    Estimator and assumption as in ``chance_of_fail``, solved by bisection. With a ``margin`` a drop well
    inside it passes however many items there are, so that the answer does not fall far below the margin.
    """
    _check(power, confidence, discordance, design_effect)

    def caught(drop: float) -> bool:
        return power <= chance_of_fail(
            n_items,
            drop,
            discordance=discordance,
            margin=margin,
            confidence=confidence,
            design_effect=design_effect,
        )

    if not caught(1.0):
        return math.inf
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if caught(middle) else (middle, high)
    return high


def items_needed(
    *,
    margin: float,
    discordance: float,
    drop: float = 0.0,
    power: float = 0.8,
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> int:
    """Return how many items make a candidate that is truly ``drop`` worse (0: unchanged) pass with ``power``.

    Estimator and assumption as in ``chance_of_pass``; the smallest such number of items, clusters and
    repeats as now. A drop of the margin or more cannot be made to pass: ``ValueError``.
    """
    _check(power, confidence, discordance, design_effect)
    if not drop < margin:
        raise ValueError(f"no number of items lets a drop of {drop:g} pass a margin of {margin:g}")

    def enough(n_items: int) -> bool:
        return power <= chance_of_pass(
            n_items,
            margin=margin,
            discordance=discordance,
            drop=drop,
            confidence=confidence,
            design_effect=design_effect,
        )

    low, high = 0, 1
    while not enough(high) and high < _MOST_ITEMS:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _discordance(discordance: float, drop: float) -> float:
    """Return a discordance that the drop allows: a drop of 5 points flips at least 5% of the pairs."""
    return min(1.0, max(discordance, abs(drop)))


def _null_variance(psi: float, difference: float, null: float) -> float:
    """Return Tango's variance of one pair at ``null`` when the pairs show ``psi`` and ``difference``."""
    nothing = np.zeros(())
    expected = Moments(
        n=1,
        mean=np.asarray(difference),
        rises=np.asarray((psi + difference) / 2),
        falls=np.asarray((psi - difference) / 2),
        squares=nothing,
        products=nothing,
        informative=nothing,
        weights=1.0,
    )
    return float(tango_variance(expected, np.asarray(null)))


def _reach(distance: float, variance: float, n: float) -> float:
    """Return the probability that a normal mean of ``n`` pairs stays within ``distance`` above its truth."""
    if variance <= 0:
        return float(distance > 0)
    return NormalDist().cdf(distance / math.sqrt(variance / n))


def _check(power: float, confidence: float, discordance: float, design_effect: float) -> None:
    check_confidence(confidence)
    if not 0 < power < 1:
        raise ValueError(f"power must lie between 0 and 1, not {power!r}")
    if not 0 <= discordance <= 1:
        raise ValueError(f"discordance must lie in [0, 1], not {discordance!r}")
    if not design_effect > 0:
        raise ValueError(f"design_effect must be positive, not {design_effect!r}")
