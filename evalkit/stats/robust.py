"""The score test behind every rate and difference: a null variance times a cluster-robust design effect.

One statistic serves plain, weighted, repeated and clustered items. With weights w scaled to mean 1,

    T(θ) = √n (m − θ) / √( v(θ) · D(θ) )

m is the weighted mean of the item values, v(θ) the variance of one item when the null value θ is true (θ(1 −
θ) for a rate, Tango's restricted estimate for a paired difference), and D(θ) the design effect: the robust
variance over the model's, both about θ rather than about m,

    R(θ) = Σ_g ( Σ_{i in g} w_i (x_i − θ) )²  /  n (ψ − 2 m θ + θ²)

with ψ the mean of the absolute values. For booleans that stand alone R is exactly 1 at every θ, which leaves
Wilson's and Tango's intervals. Without any variation R is Σ W_g² / n, as if each cluster were one item, so
that the width is never zero. R is drawn towards that worst case as if ``PRIOR_CLUSTERS`` more clusters had
shown it: a design effect estimated from few clusters is noisy, and it is most often too small just when the
difference looks good.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evalkit.stats.arrays import Design
from evalkit.stats.interval import FloatArray

PRIOR_CLUSTERS = 1.0
"""How many clusters' worth of belief the worst-case design effect has (docs/statistics.md, calibration)."""

_GRID = np.linspace(0, 1, 129)
_BISECTIONS = 60
_TINY = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """All that the score test needs of the data. Fields have one common shape (...): one entry a data set."""

    n: int
    """Items."""
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


def moments(values: FloatArray, items: Design) -> Moments:
    """Reduce ``values`` (..., n_items), in the design's order, to what the score test needs."""
    sums, weights = items.cluster_sums(values), items.cluster_weights
    n = items.n_items
    rises = np.maximum(values, 0) @ items.weights / n
    falls = np.maximum(-values, 0) @ items.weights / n
    return Moments(
        n=n,
        mean=rises - falls,
        rises=rises,
        falls=falls,
        squares=np.sum(sums**2, axis=-1),
        products=sums @ weights,
        weights=float(np.sum(weights**2)),
    )


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


def design_effect(data: Moments, null: FloatArray) -> FloatArray:
    """Return the design effect about ``null``, drawn towards the worst case (see the module's head)."""
    robust = data.squares - 2 * data.products * null + data.weights * null**2
    model = data.n * (data.rises + data.falls - 2 * data.mean * null + null**2)
    worst = data.worst_design_effect
    seen = np.where(model > _TINY * data.n, np.maximum(robust, 0) / np.maximum(model, _TINY), worst)
    clusters = data.effective_clusters
    return (clusters * seen + PRIOR_CLUSTERS * worst) / (clusters + PRIOR_CLUSTERS)


def score_statistic(data: Moments, null: FloatArray, variance: NullVariance) -> FloatArray:
    """Return T(``null``), positive where the data lie above; infinite where the null allows no variation."""
    scale = np.sqrt(variance(data, null) * design_effect(data, null) / data.n)
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
        weights=data.weights,
    )
