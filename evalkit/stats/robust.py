"""The score test behind every rate and difference: a null variance times a cluster-robust design effect.

One statistic serves plain, weighted, repeated and clustered items. With weights w scaled to mean 1,

    T(θ) = √n (m − θ) / √( v(θ) · D(θ) )

m is the weighted mean of the item values, v(θ) the variance of one item when the null value θ is true (θ(1 −
θ) for a rate, Tango's restricted estimate for a paired difference), and D(θ) the design effect: the robust
variance over the model's, both about θ rather than about m,

    R(θ) = Σ_g ( Σ_{i in g} w_i (x_i − θ) )²  /  n (ψ − 2 m θ + θ²)

with ψ the mean of the absolute values. For booleans that stand alone R is exactly 1 at every θ, which leaves
Wilson's and Tango's intervals. Without any variation R is its worst, Σ W_g² / n, as if each cluster were one
item, so that the width is never zero. Two things draw R towards that worst case:

- The null may ask for more variation than was seen (a loss of 5 points, and hardly an item broken). What is
  missing cannot have shown how it clusters: it counts, for ``MISSING_WEIGHT``, as the worst case.
- R is noisy when few clusters vary at all. The worst case has the weight of ``PRIOR_CLUSTERS``, against
Kish's
  effective number of clusters with flips (of a rate: with the rarer outcome).

The critical value is the normal one at any number of clusters. A variance about the null makes the statistic
self-limiting (its square is at most the number of clusters where R alone counts): under normal cluster sums
the exact critical value, t √(G / (G − 1 + t²)) with t at G − 1 degrees of freedom, lies below z; and without
a change the signs of the cluster sums are symmetric, which is what keeps false fails rare (Bakirov & Székely
2006 for the t-test; measured in docs/statistics.md).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evalkit.stats.arrays import Design
from evalkit.stats.interval import FloatArray

PRIOR_CLUSTERS = 0.5
"""How many clusters' worth of belief the worst-case design effect has; set by
``benchmarks/calibration.py``."""

MISSING_WEIGHT = 0.75
"""How far towards the worst case variation goes that the null asks for and the data lack; set likewise."""

FEWEST_CLUSTERS = 2.0
"""Under so many effective clusters nothing is known of their spread, and nothing is rejected."""

_GRID = np.linspace(0, 1, 129)
_BISECTIONS = 30  # of a bracket under 1/64: to 1e-11
_TINY = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """All that the score test needs of the data. Fields have one common shape (...): one entry a data set."""

    n: float
    """Items; a planned number need not be whole."""
    mean: FloatArray
    """Weighted mean of the values."""
    rises: FloatArray
    """Weighted mean of the positive parts (for a difference: mass of fixed items)."""
    falls: FloatArray
    """Weighted mean of the negative parts (mass of broken items); 0 for a rate."""
    squares: FloatArray
    """Σ_g of the squared cluster sums."""
    products: FloatArray
    """Σ_g of cluster sum times cluster weight."""
    informative: FloatArray
    """Effective number of clusters that inform on variation."""
    weights: float
    """Σ_g of the squared cluster weights."""

    @property
    def effective_clusters(self) -> float:
        """Kish's effective number of clusters, (Σ W_g)² / Σ W_g²."""
        return self.n**2 / self.weights

    @property
    def worst_design_effect(self) -> float:
        """The design effect if all items of a cluster were copies of one another."""
        return self.weights / self.n


NullVariance = Callable[[Moments, FloatArray], FloatArray]
"""The variance of one item when the null value, broadcast against the moments, is true."""


def rate_moments(values: FloatArray, items: Design) -> Moments:
    """Reduce success ``values`` (..., n_items), in the design's order; the rarer outcome is what informs."""
    informative = np.minimum(
        _effective(items.cluster_sums(values)), _effective(items.cluster_sums(1 - values))
    )
    return _moments(values, items, informative)


def difference_moments(values: FloatArray, items: Design) -> Moments:
    """Reduce differences ``values`` (..., n_items), in the design's order; flipped items are what informs."""
    return _moments(values, items, _effective(items.cluster_sums(np.abs(values))))


def _moments(values: FloatArray, items: Design, informative: FloatArray) -> Moments:
    sums, weights = items.cluster_sums(values), items.cluster_weights
    n = items.n_items
    # Weights scaled to mean 1 may sum to n and a last binary digit: no share is above 1.
    rises = np.minimum(np.maximum(values, 0) @ items.weights / n, 1.0)
    falls = np.minimum(np.maximum(-values, 0) @ items.weights / n, 1.0)
    return Moments(
        n=n,
        mean=rises - falls,
        rises=rises,
        falls=falls,
        squares=np.sum(sums**2, axis=-1),
        products=sums @ weights,
        informative=informative,
        weights=float(np.sum(weights**2)),
    )


def _effective(masses: FloatArray) -> FloatArray:
    """Return Kish's effective number from cluster ``masses`` (..., n_clusters); 0 when all are 0."""
    squares = np.sum(masses**2, axis=-1)
    totals: FloatArray = np.sum(masses, axis=-1)
    return totals**2 / np.where(squares > 0, squares, 1)


def binomial_variance(_: Moments, null: FloatArray) -> FloatArray:
    """Return the variance of one success at rate ``null`` (Wilson 1927)."""
    return null * (1 - null)


def tango_variance(data: Moments, null: FloatArray) -> FloatArray:
    """Return the variance of one pair at true difference ``null``, after Tango (1998), section 2.

    The chance of a broken pair is estimated by maximum likelihood under the restriction that the difference
    is ``null``: the positive root of 2q² + Bq + C = 0, in shares of n.
    """
    linear = (2 - data.mean) * null - data.rises - data.falls
    constant = -data.falls * null * (1 - null)
    root = np.sqrt(np.maximum(linear**2 - 8 * constant, 0))
    broken = np.maximum((root - linear) / 4, np.maximum(-null, 0))
    return np.maximum(2 * broken + null * (1 - null), 0)


def design_effect_seen(data: Moments, null: FloatArray) -> FloatArray:
    """Return R(``null``): the variance of the data about ``null`` over that of plain items with their
    moments."""
    robust = data.squares - 2 * data.products * null + data.weights * null**2
    model = _model_variance(data, null)
    ratio = np.maximum(robust, 0) / np.maximum(data.n * model, _TINY)
    return np.where(model > _TINY, ratio, data.worst_design_effect)


def design_effect_about(data: Moments, null: FloatArray, variance: NullVariance) -> FloatArray:
    """Return D(``null``): what was seen, drawn towards the worst case (see the module's head)."""
    seen, worst = design_effect_seen(data, null), data.worst_design_effect
    missing = 1 - np.minimum(1, _model_variance(data, null) / np.maximum(variance(data, null), _TINY))
    drawn = seen + MISSING_WEIGHT * missing * (worst - seen)
    return (data.informative * drawn + PRIOR_CLUSTERS * worst) / (data.informative + PRIOR_CLUSTERS)


def _model_variance(data: Moments, null: FloatArray) -> FloatArray:
    return data.rises + data.falls - 2 * data.mean * null + null**2


def score_statistic(data: Moments, null: FloatArray, variance: NullVariance) -> FloatArray:
    """Return T(``null``), positive where the data lie above; infinite where the null allows no variation."""
    if data.effective_clusters < FEWEST_CLUSTERS and data.n > 1:
        return np.zeros(np.broadcast_shapes(data.mean.shape, null.shape))
    scale = np.sqrt(variance(data, null) * design_effect_about(data, null, variance) / data.n)
    gap = data.mean - null
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gap == 0, 0.0, gap / scale)


def score_bound(data: Moments, variance: NullVariance, critical: float, limit: float) -> FloatArray:
    """Return the value farthest towards ``limit`` that the score test does not reject.

    The farthest, not the first: where the design effect grows with the null the statistic need not be
    monotone, and the outermost crossing keeps the error at or under that of the test.
    """
    mean = data.mean[..., None]
    wide = _spread(data)
    nulls = mean + (limit - mean) * _GRID
    kept = np.abs(score_statistic(wide, nulls, variance)) <= critical
    kept[..., 0] = True
    last = len(_GRID) - 1 - np.argmax(kept[..., ::-1], axis=-1)
    inner = np.take_along_axis(nulls, last[..., None], -1)[..., 0]
    outer = np.take_along_axis(nulls, np.minimum(last + 1, len(_GRID) - 1)[..., None], -1)[..., 0]
    for _ in range(_BISECTIONS):
        middle = (inner + outer) / 2
        inside = np.abs(score_statistic(data, middle, variance)) <= critical
        inner, outer = np.where(inside, middle, inner), np.where(inside, outer, middle)
    return inner


def _spread(data: Moments) -> Moments:
    """Give every array field a last axis to broadcast nulls along."""
    return Moments(
        n=data.n,
        mean=data.mean[..., None],
        rises=data.rises[..., None],
        falls=data.falls[..., None],
        squares=data.squares[..., None],
        products=data.products[..., None],
        informative=data.informative[..., None],
        weights=data.weights,
    )
