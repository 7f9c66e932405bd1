"""Checks what callers hand in: successes, weights and cluster names become plain, aligned float arrays."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.stats.interval import FloatArray

Clusters = Sequence[Hashable] | NDArray[np.generic]
"""One name an item; items with the same name are correlated. None or NaN: the item stands alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Design:
    """How items hang together: the order that brings clusters side by side, and what each item weighs."""

    order: NDArray[np.intp]
    """(n_items,) indices of the items kept (weight above 0), cluster by cluster."""
    starts: NDArray[np.intp]
    """(n_clusters,) where each cluster begins in that order."""
    weights: FloatArray
    """(n_items,) in that order, scaled to mean 1."""
    plain: bool
    """True when every item stands alone and all weigh the same."""

    @property
    def n_items(self) -> int:
        """How many items count."""
        return len(self.order)

    @property
    def cluster_weights(self) -> FloatArray:
        """(n_clusters,) the weight of each cluster."""
        return self.cluster_sums(np.ones(self.n_items))

    def cluster_sums(self, values: FloatArray) -> FloatArray:
        """Sum weighted ``values`` (..., n_items), already in this order, to (..., n_clusters)."""
        if not self.n_items:
            return np.zeros((*values.shape[:-1], 0))
        weighted = values * self.weights
        if len(self.starts) == self.n_items:
            return weighted
        return cast(FloatArray, np.add.reduceat(weighted, self.starts, axis=-1))


def fractions(name: str, values: ArrayLike) -> FloatArray:
    """Return ``values`` as floats (n_items,), or raise ``ValueError`` unless all lie in [0, 1]."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not shape {array.shape}")
    if not np.all((array >= 0) & (array <= 1)):
        raise ValueError(f"{name} must hold values in [0, 1] and no NaN")
    return array


def design(n_items: int, clusters: Clusters | None, weights: ArrayLike | None) -> Design:
    """Bring ``clusters`` (n_items,) and ``weights`` (n_items,) into the form that the estimators use."""
    weighing = _weights(n_items, weights)
    codes = np.arange(n_items) if clusters is None else _codes(n_items, clusters)
    order = np.argsort(codes, kind="stable")
    order = order[weighing[order] > 0]
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    kept = weighing[order]
    alone = len(starts) == len(order)
    equal = bool(np.all(kept == kept[0])) if len(kept) else True
    scaled = np.ones(len(kept)) if equal else kept / kept.mean()
    return Design(order=order, starts=starts, weights=scaled, plain=alone and equal)


def _weights(n_items: int, weights: ArrayLike | None) -> FloatArray:
    if weights is None:
        return np.ones(n_items)
    array = np.asarray(weights, dtype=np.float64)
    if array.shape != (n_items,):
        raise ValueError(f"weights must have shape ({n_items},), not {array.shape}")
    if not np.all(np.isfinite(array) & (array >= 0)):
        raise ValueError("weights must be finite and not negative")
    return array


def _codes(n_items: int, clusters: Clusters) -> NDArray[np.intp]:
    """Number the clusters; an item without a name gets a number of its own."""
    if isinstance(clusters, np.ndarray) and clusters.dtype.kind in "iu":
        if clusters.shape != (n_items,):
            raise ValueError(f"clusters must have shape ({n_items},), not {clusters.shape}")
        return np.unique(clusters, return_inverse=True)[1].astype(np.intp)
    names = clusters.tolist() if isinstance(clusters, np.ndarray) else clusters
    if len(names) != n_items:
        raise ValueError(f"clusters must name {n_items} items, not {len(names)}")
    numbers: dict[object, int] = {}
    keys = (object() if name is None or name != name else name for name in names)
    return np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.intp, n_items)
