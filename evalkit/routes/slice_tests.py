"""Tests whether a slice is worse than elsewhere and not good enough: exact for plain items, else robust to
clusters."""

from __future__ import annotations

import math

import numpy as np

from evalkit.economics.evidence import BoolArray, FloatArray
from evalkit.routes.slice_search import Found, enough, margin_of
from evalkit.routes.table import SuiteTable
from evalkit.stats.arrays import design
from evalkit.stats.interval import normal_cdf
from evalkit.stats.robust import (
    binomial_variance,
    difference_moments,
    rate_moments,
    score_statistic,
    tango_variance,
)


def slice_p(table: SuiteTable, found: Found, part: BoolArray) -> float:
    """One-sided p of "as good as elsewhere, or good enough" on a `part` that the slice was not found on.

    An intersection-union test (Berger 1982): both must be rejected, each at the whole level. "Good enough" is
    the floor or the next tier by the margin; where both are stated, one of them will do, by Bonferroni.
    """
    inside, outside = part & found.covers, part & ~found.covers
    if not enough(inside, part) or not enough(outside, part):
        return 1.0
    references = []
    if table.stakes.quality_floor is not None:
        references.append(_below_floor(table, found.candidate, inside, table.stakes.quality_floor))
    if found.upper is not None:
        references.append(_below_upper(table, found.candidate, found.upper, inside, margin_of(table)))
    if not references:
        return 1.0
    poor = min(1.0, len(references) * min(references))
    return max(poor, _below_rest(table, found.candidate, inside, outside))


def _plain(table: SuiteTable) -> bool:
    return table.clusters is None and table.weights is None


def _below_floor(table: SuiteTable, row: int, inside: BoolArray, floor: float) -> float:
    """P of so few successes at a rate of `floor`: exact for plain items."""
    right = table.success[row][inside]
    if floor >= 1:
        return 0.0 if not right.all() else 1.0
    if _plain(table):
        from scipy.special import bdtr

        return float(bdtr(int(right.sum()), len(right), floor))
    items = design(len(right), table.cluster[inside], table.weight[inside])
    data = rate_moments(right.astype(np.float64)[items.order], items)
    return normal_cdf(float(score_statistic(data, np.asarray(floor), binomial_variance)))


def _below_upper(table: SuiteTable, row: int, above: int, inside: BoolArray, margin: float) -> float:
    """P of so large a loss against the next tier on the same items, if the true one were the margin."""
    difference = table.success[row][inside].astype(np.float64) - table.success[above][inside]
    items = design(len(difference), table.cluster[inside], table.weight[inside])
    data = difference_moments(difference[items.order], items)
    return normal_cdf(float(score_statistic(data, np.asarray(-margin), tango_variance)))


def _below_rest(table: SuiteTable, row: int, inside: BoolArray, outside: BoolArray) -> float:
    """P of so large a gap to the other items: Fisher's exact test for plain items, else a pooled score test
    with cluster sums."""
    right = table.success[row]
    if _plain(table):
        hits, others = int(right[inside].sum()), int(right[outside].sum())
        return fisher_p(hits, int(inside.sum()), others, int(outside.sum()))
    weight = table.weight
    both = inside | outside
    mean = float(np.average(right[both], weights=weight[both]))
    pull = np.where(inside, weight / weight[inside].sum(), -weight / weight[outside].sum())
    parts = (pull * (right - mean))[both]
    codes = np.unique(table.cluster[both], return_inverse=True)[1]
    sums = np.bincount(codes, weights=parts)
    spread = math.sqrt(float(sums @ sums))
    return normal_cdf(float(sums.sum()) / spread) if spread > 0 else 1.0


def fisher_p(hits: int, n: int, other_hits: int, m: int) -> float:
    """The chance of `hits` of n or fewer if `hits` + `other_hits` fell at random among n + m.

    Fisher's exact test, one-sided.
    """
    # From log-factorials: scipy.stats has it too, and takes seconds to import.
    from scipy.special import gammaln

    total = hits + other_hits
    k = np.arange(max(0, total - m), hits + 1)

    def chosen(of: int, count: FloatArray) -> FloatArray:
        return np.asarray(gammaln(of + 1) - gammaln(count + 1) - gammaln(of - count + 1))

    logs = chosen(n, k.astype(np.float64)) + chosen(m, (total - k).astype(np.float64))
    whole = chosen(n + m, np.asarray(float(total)))
    return min(1.0, float(np.exp(logs - whole).sum()))
