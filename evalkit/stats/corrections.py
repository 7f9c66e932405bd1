"""Many tests at once: Holm for decisions, Benjamini and Hochberg for exploring."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.stats.interval import FloatArray


def holm(p_values: ArrayLike) -> FloatArray:
    """Return Holm's adjusted p-values (n_tests,), in the order given (Holm 1979, section 2).

    Rejecting where the adjusted p is below α keeps the chance of any false rejection at α or less, whatever
    the dependence between the tests.
    """
    p, order = _ascending(p_values)
    factors = np.arange(len(p), 0, -1)
    return _restore(np.minimum(np.maximum.accumulate(factors * p), 1), order)


def benjamini_hochberg(p_values: ArrayLike) -> FloatArray:
    """Return Benjamini and Hochberg's adjusted p-values (n_tests,), in the order given (1995, section 2.1).

    Rejecting where the adjusted p is below q keeps the expected share of false discoveries at q or less for
    independent or positively dependent tests: for exploring slices, not for failing a build.
    """
    p, order = _ascending(p_values)
    scaled = p * len(p) / np.arange(1, len(p) + 1)
    return _restore(np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1), order)


def _ascending(p_values: ArrayLike) -> tuple[FloatArray, NDArray[np.intp]]:
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not np.all((p >= 0) & (p <= 1)):
        raise ValueError("p-values must be one row of numbers in [0, 1] and no NaN")
    order = np.argsort(p, kind="stable")
    return p[order], order


def _restore(adjusted: FloatArray, order: NDArray[np.intp]) -> FloatArray:
    restored = np.empty_like(adjusted)
    restored[order] = adjusted
    return restored
