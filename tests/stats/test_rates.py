"""Rates: Wilson and Clopper-Pearson against other libraries; honest with clusters, weights and repeats."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from evalkit.stats import exact_rate_interval, rate_interval
from evalkit.stats.arrays import design
from evalkit.stats.rates import rate_bounds
from evalkit.stats.robust import rate_moments


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10), (49, 50), (480, 1000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_plain_booleans_give_wilson(successes, n, confidence):
    ours = rate_interval(np.arange(n) < successes, confidence=confidence)
    theirs = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert (ours.estimate, ours.n, ours.method) == (successes / n, n, "Wilson")


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (0, 40), (3, 7), (20, 40), (40, 40), (199, 200)])
def test_the_robust_bounds_come_to_wilson_where_every_item_stands_alone(successes, n):
    """One test stands behind all rates: the closed form is its special case and no other interval."""
    values = np.repeat([1.0, 0.0], [successes, n - successes])
    low, high = rate_bounds(rate_moments(values, design(n, None, None)), 0.95)
    closed = rate_interval(values)
    assert (low, high) == pytest.approx((closed.low, closed.high), abs=1e-9)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10), (49, 50)])
def test_the_exact_interval_is_clopper_and_pearsons(successes, n):
    ours = exact_rate_interval(successes, n)
    theirs = binomtest(successes, n).proportion_ci(0.95, method="exact")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


def test_nothing_measured_bounds_nothing():
    for interval in (rate_interval([]), rate_interval([1, 1], weights=[0, 0]), exact_rate_interval(0, 0)):
        assert math.isnan(interval.estimate)
        assert (interval.low, interval.high, interval.n) == (0, 1, 0)


def test_one_cluster_bounds_nothing():
    interval = rate_interval([1, 1, 0, 1], clusters=["a"] * 4)
    assert (interval.low, interval.high) == (0, 1)


def test_all_right_in_clusters_is_as_sure_as_one_item_a_cluster():
    """Eight documents all right say as much as eight items, however many questions each one asks."""
    clustered = rate_interval(np.ones(40), clusters=np.repeat(np.arange(8), 5))
    assert clustered.low == pytest.approx(rate_interval(np.ones(8)).low)
    assert clustered.high == 1


def test_correlated_clusters_widen_the_interval_and_repeats_narrow_it():
    rng = np.random.default_rng(3)
    chance = np.repeat(rng.random(50), 5)
    success = rng.random(250) < chance
    assert (
        rate_interval(success, clusters=np.repeat(np.arange(50), 5)).width
        > 1.2 * rate_interval(success).width
    )
    repeats = rng.binomial(5, 0.6, size=250) / 5
    assert rate_interval(repeats).width < 0.6 * rate_interval(rng.random(250) < 0.6).width


def test_weights_move_the_estimate_and_cost_precision():
    success = np.arange(100) < 60
    assert rate_interval(success, weights=np.where(success, 3.0, 1.0)).estimate == pytest.approx(180 / 220)
    uneven = rate_interval(success, weights=np.where(np.arange(100) % 2, 3.0, 1.0))
    assert uneven.estimate == pytest.approx(0.6)
    assert uneven.width > 1.1 * rate_interval(success).width


@settings(deadline=None)
@given(st.lists(st.sampled_from([0, 1 / 3, 2 / 3, 1]), min_size=1, max_size=40), st.data())
def test_failures_mirror_successes(values, data):
    clusters = data.draw(st.none() | st.lists(st.integers(0, 9), min_size=len(values), max_size=len(values)))
    right = rate_interval(values, clusters=clusters)
    wrong = rate_interval(1 - np.array(values), clusters=clusters)
    assert (right.low, right.high) == pytest.approx((1 - wrong.high, 1 - wrong.low), abs=1e-7)
    assert 0 <= right.low <= right.estimate <= right.high <= 1
    assert right.width > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"success": [2]}, "values in"),
        ({"success": [math.nan]}, "no NaN"),
        ({"success": [[1]]}, "one dimension"),
        ({"success": [1, 0], "weights": [1]}, "shape"),
        ({"success": [1, 0], "weights": [1, -1]}, "not negative"),
        ({"success": [1, 0], "clusters": ["a"]}, "must name 2 items"),
        ({"success": [1, 0], "confidence": 95}, "between 0 and 1"),
    ],
)
def test_nonsense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        rate_interval(**arguments)
