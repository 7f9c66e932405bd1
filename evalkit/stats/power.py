"""How large a drop a suite can catch, and how many items it takes to show that there is none."""

import math

import numpy as np

from evalkit.stats.interval import check_confidence, normal_cdf, normal_quantile
from evalkit.stats.robust import Moments, design_effect_about, tango_variance
from evalkit.stats.thresholds import bracket, least_enough

_MOST_ITEMS = 10**9


def chance_of_fail(
    n_items: float,
    drop: float,
    *,
    discordance: float,
    margin: float | None = None,
    confidence: float = 0.95,
    design_effect: float = 1.0,
    clusters: float | None = None,
) -> float:
    """Return the probability that a true ``drop`` is judged a fail.

    Estimator: the score test's own threshold at the data one expects, and a normal approximation to the
    distance of difference and discordance from it, by the delta method (Connor 1987 holds the discordance
    fixed; letting it vary matters when nearly all flips are losses). With a ``margin`` the drop must also
    not pass first. ``discordance`` is the share of pairs that will differ (at least the drop),
    ``design_effect`` the variance over that of plain pairs (above 1 by clusters, below 1 by repeats),
    ``clusters`` the effective number of clusters. Assumption: ten flips or so; with fewer the figure is
    rough.
    """
    if n_items <= 0:
        return 0.0
    data = _expected_moments(n_items, drop, discordance, design_effect, clusters)
    psi = float(data.rises + data.falls)
    threshold = normal_quantile(confidence) * _error(data, 0.0)
    slope = threshold / (2 * psi) if psi else 0.0
    variance = psi - drop**2 - 2 * slope * drop * (1 - psi) + slope**2 * psi * (1 - psi)
    below_zero = _reach(drop - threshold, variance * design_effect, n_items)
    if margin is None:
        return below_zero
    passes = chance_of_pass(
        n_items,
        margin=margin,
        discordance=discordance,
        drop=drop,
        confidence=confidence,
        design_effect=design_effect,
        clusters=clusters,
    )
    return min(below_zero, 1 - passes)


def chance_of_pass(
    n_items: float,
    *,
    margin: float,
    discordance: float,
    drop: float = 0.0,
    confidence: float = 0.95,
    design_effect: float = 1.0,
    clusters: float | None = None,
) -> float:
    """Return the probability that a true ``drop`` (0: no change) is judged a pass at ``margin``.

    Estimator: a normal approximation with the error that the score test has at a loss of the margin, at the
    data one expects. Arguments and assumption as in ``chance_of_fail``.
    """
    if n_items <= 0:
        return 0.0
    data = _expected_moments(n_items, drop, discordance, design_effect, clusters)
    variance = float(data.rises + data.falls) - drop**2
    distance = margin - drop - normal_quantile(confidence) * _error(data, -margin)
    return _reach(distance, variance * design_effect, n_items)


def smallest_detectable_drop(
    n_items: float,
    *,
    discordance: float,
    margin: float | None = None,
    power: float = 0.8,
    confidence: float = 0.95,
    design_effect: float = 1.0,
    clusters: float | None = None,
) -> float:
    """Return the smallest drop that is judged a fail with probability ``power``; infinite if no drop is.

    Estimator and assumption as in ``chance_of_fail``, solved by bisection. With a ``margin`` a drop well
    inside it passes however many items there are, so that the answer does not fall far below the margin.
    """
    _check(power, confidence, discordance, design_effect)

    def is_caught(drop: float) -> bool:
        return power <= chance_of_fail(
            n_items,
            drop,
            discordance=discordance,
            margin=margin,
            confidence=confidence,
            design_effect=design_effect,
            clusters=clusters,
        )

    if not is_caught(1.0):
        return math.inf
    return bracket(is_caught, 0.0, 1.0, steps=40)[1]


def items_needed(
    *,
    margin: float,
    discordance: float,
    drop: float = 0.0,
    power: float = 0.8,
    confidence: float = 0.95,
    design_effect: float = 1.0,
    items_per_cluster: float | None = None,
) -> int:
    """Return how many items make a candidate that is truly ``drop`` worse (0: unchanged) pass with ``power``.

    Estimator and assumption as in ``chance_of_pass``; more items bring more clusters of the same effective
    size, ``items_per_cluster`` (items over effective clusters). A drop of the margin or more cannot be made
    to pass: ``ValueError``.
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
            clusters=n_items / items_per_cluster if items_per_cluster else None,
        )

    return least_enough(enough, most=_MOST_ITEMS) or _MOST_ITEMS


def _expected_moments(
    n: float, drop: float, discordance: float, design_effect: float, clusters: float | None
) -> Moments:
    """Return the moments that one expects: what the score test would be given."""
    psi = min(1.0, max(discordance, abs(drop)))  # a drop of 5 points flips at least 5% of the pairs
    worst = max(1.0, design_effect, n / clusters if clusters else 0.0)
    return Moments(
        n=n,
        mean=np.asarray(-drop),
        rises=np.asarray((psi - drop) / 2),
        falls=np.asarray((psi + drop) / 2),
        squares=np.asarray(n * (design_effect * (psi - drop**2) + worst * drop**2)),
        products=np.asarray(-n * worst * drop),
        informative=np.asarray(n * psi / (design_effect + worst * psi)),
        weights=n * worst,
    )


def _error(data: Moments, null: float) -> float:
    """Return the standard error that the score test uses at ``null``."""
    at = np.asarray(null)
    effect = design_effect_about(data, at, tango_variance)
    return math.sqrt(float(tango_variance(data, at) * effect) / data.n)


def _reach(distance: float, variance: float, n: float) -> float:
    """Return the probability that a normal mean of ``n`` values falls short of its threshold by no
    ``distance``."""
    if variance <= 0:
        return float(distance > 0)
    return normal_cdf(distance / math.sqrt(variance / n))


def _check(power: float, confidence: float, discordance: float, design_effect: float) -> None:
    check_confidence(confidence)
    if not 0 < power < 1:
        raise ValueError(f"power must lie between 0 and 1, not {power!r}")
    if not 0 <= discordance <= 1:
        raise ValueError(f"discordance must lie in [0, 1], not {discordance!r}")
    if not design_effect > 0:
        raise ValueError(f"design_effect must be positive, not {design_effect!r}")
