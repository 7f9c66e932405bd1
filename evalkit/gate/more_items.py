"""How many more items would likely decide what is inconclusive."""

from __future__ import annotations

import math
from statistics import NormalDist

from evalkit.stats import Interval, PairedDifference, chance_of_fail, chance_of_pass, least_enough

POWER = 0.8
MOST_ITEMS = 10**7
"""More than this is no advice."""


def more_items(difference: PairedDifference, margin: float, confidence: float) -> int | None:
    """Items beside those at hand after which a difference like the one seen is decided with a chance of 80%.

    Passing or failing decides. Discordance and design effect are those seen, with one flip added, since few
    flips seen are no proof of none to come. None when no sensible number would do.
    """
    n = difference.n_pairs
    if not n:
        return None
    discordance = min(1.0, difference.discordance + 1 / n)
    effect = difference.design_effect if difference.design_effect > 0 else 1.0
    drop = -difference.difference

    def decided(items: int) -> bool:
        passing = chance_of_pass(
            items,
            margin=margin,
            discordance=discordance,
            drop=drop,
            confidence=confidence,
            design_effect=effect,
        )
        failing = 0.0
        if drop > 0:
            failing = chance_of_fail(
                items, drop, discordance=discordance, margin=margin, confidence=confidence,
                design_effect=effect,
            )  # fmt: skip
        return passing + failing >= POWER

    needed = least_enough(decided, high=8, most=MOST_ITEMS)
    return None if needed is None else max(1, needed - n)


def more_items_for_rate(rate: Interval, limit: float) -> int | None:
    """Items beside those at hand after which a rate like the one seen is known to lie on its side of a limit,
    with a chance of 80%: normal approximation of the score test (Fleiss, Levin & Paik 2003, section 2.4)."""
    gap = abs(rate.estimate - limit)
    if not rate.n or gap < 1e-9:
        return None
    z, z_power = NormalDist().inv_cdf(0.5 + rate.confidence / 2), NormalDist().inv_cdf(POWER)
    spread = z * math.sqrt(limit * (1 - limit)) + z_power * math.sqrt(rate.estimate * (1 - rate.estimate))
    needed = math.ceil((spread / gap) ** 2 * _design_effect(rate, z))
    return max(1, needed - rate.n) if needed <= MOST_ITEMS else None


def _design_effect(rate: Interval, z: float) -> float:
    """How much wider than Wilson's the interval is, squared: clusters, weights and repeats."""
    n, p = rate.n, rate.estimate
    wilson = 2 * z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return (rate.width / wilson) ** 2
