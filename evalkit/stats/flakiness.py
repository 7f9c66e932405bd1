"""What equal repeats of the same items show: how often a candidate disagrees with itself."""

from dataclasses import dataclass
from math import comb, isnan, nan

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.interval import FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Flakiness:
    """How steady one candidate is over k repeats of every item."""

    n_items: int
    """Items."""
    k: int
    """Repeats of each."""
    rate_by_item: tuple[float, ...]
    """Each item's success rate over its repeats."""
    pass_hat: tuple[float, ...]
    """pass^j for j = 1..k: the chance that j attempts at an item all succeed, averaged over items."""
    pass_at: tuple[float, ...]
    """pass@j for j = 1..k: the chance that at least one of j attempts succeeds, averaged over items."""
    flipping: tuple[int, ...]
    """Positions of the items that both succeeded and failed, with nothing changed."""
    self_discordance: float
    """The chance that two attempts at the same item differ: the discordance of an unchanged candidate. NaN
    at k = 1."""
    noise_share: float
    """Share of the variance of the success rate over these repeats that comes from repeating, the rest from
    the choice of items. NaN when k = 1 or nothing varies."""


def flakiness(success_by_repeat: ArrayLike) -> Flakiness:
    """Measure steadiness from ``success_by_repeat`` (n_items, k), booleans from equal repeats.

    pass^j is the unbiased C(s, j) / C(k, j) for s successes (Yao et al. 2024, tau-bench, section 4); pass@j
    the unbiased 1 - C(k - s, j) / C(k, j) (Chen et al. 2021, section 2.1). Assumption: repeats of an item
    are independent.
    """
    success = _repeats(success_by_repeat)
    n_items, k = success.shape
    counts = success.sum(axis=1).astype(int)
    return Flakiness(
        n_items=n_items,
        k=k,
        rate_by_item=tuple((counts / k).tolist()),
        pass_hat=tuple(_mean_share(counts, k, j) for j in range(1, k + 1)),
        pass_at=tuple(1 - _mean_share(k - counts, k, j) for j in range(1, k + 1)),
        flipping=tuple(np.flatnonzero((counts > 0) & (counts < k)).tolist()),
        self_discordance=2 * _within(success),
        noise_share=_share(_within(success) / k, success.mean(axis=1)),
    )


def difference_noise_share(baseline: ArrayLike, candidate: ArrayLike) -> float:
    """Return the share of the variance of a paired difference that is noise of repeating.

    ``baseline`` and ``candidate`` are (n_items, k) booleans. The variance of an item's difference of means
    is the variance of its true difference plus (within_a + within_b) / k (Miller 2024, section 3.1, by the
    law of total variance). The rest can only be reduced with more items. NaN when k = 1 or the differences
    do not vary; at most 1.
    """
    a, b = _repeats(baseline), _repeats(candidate)
    if len(a) != len(b):
        raise ValueError(f"baseline has {len(a)} items and candidate {len(b)}: pair them first")
    noise = _within(a) / a.shape[1] + _within(b) / b.shape[1]
    return _share(noise, b.mean(axis=1) - a.mean(axis=1))


def _repeats(success_by_repeat: ArrayLike) -> FloatArray:
    success = np.asarray(success_by_repeat, dtype=np.float64)
    if success.ndim != 2 or success.shape[1] == 0:
        raise ValueError(f"repeats must have shape (n_items, k), k at least 1, not {success.shape}")
    if not np.all((success == 0) | (success == 1)):
        raise ValueError("repeats must be true or false, and none missing: drop items with a fault first")
    return success


def _mean_share(counts: FloatArray, k: int, j: int) -> float:
    """Return the mean over items of C(count, j) / C(k, j)."""
    table = np.array([comb(count, j) / comb(k, j) for count in range(k + 1)])
    return float(table[counts].mean()) if len(counts) else nan


def _within(success: FloatArray) -> float:
    """Return the mean unbiased variance of one attempt at an item."""
    n_items, k = success.shape
    return float(success.var(axis=1, ddof=1).mean()) if n_items and k > 1 else nan


def _share(noise: float, item_values: FloatArray) -> float:
    total = float(item_values.var(ddof=1)) if len(item_values) > 1 else 0.0
    if isnan(noise) or total == 0:
        return nan
    return min(1.0, noise / total)
