"""Quantiles of latency: order statistics against brute force, and no bound where there are too few values."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from evalkit.stats import quantile_interval


def test_58_values_do_not_bound_a_p95_and_59_do():
    assert quantile_interval(np.arange(58.0), 0.95).high == math.inf
    assert quantile_interval(np.arange(59.0), 0.95).high == 58


def test_few_values_do_not_bound_a_low_quantile_from_below():
    assert quantile_interval(np.arange(1.0, 59), 0.05).low == 0
    assert quantile_interval(np.arange(1.0, 60), 0.05).low == 1


@pytest.mark.parametrize("n", [1, 7, 20, 59, 100, 333])
@pytest.mark.parametrize("q", [0.05, 0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_bounds_are_the_tightest_ranks_that_hold_their_confidence(n, q, confidence):
    """Value k (of 1..n) is under the true quantile just when k values or more are."""
    ranks = range(1, n + 1)
    low = max((k for k in ranks if binom.sf(k - 1, n, q) >= confidence - 1e-12), default=0)
    high = min((k for k in ranks if binom.cdf(k - 1, n, q) >= confidence - 1e-12), default=math.inf)
    interval = quantile_interval(np.arange(1.0, n + 1), q, confidence=confidence)
    assert (interval.low, interval.high) == (low, high)


def test_timeouts_may_be_infinite():
    interval = quantile_interval([1.0] * 90 + [math.inf] * 10, 0.95)
    assert (interval.estimate, interval.high) == (math.inf, math.inf)


def test_no_values_bound_nothing():
    interval = quantile_interval([], 0.5)
    assert math.isnan(interval.estimate)
    assert (interval.low, interval.high, interval.n) == (0, math.inf, 0)


@pytest.mark.parametrize("values", [[math.nan], [-1.0], [[1.0]]])
def test_nonsense_is_refused(values):
    with pytest.raises(ValueError, match="one row"):
        quantile_interval(values, 0.5)


@pytest.mark.parametrize("q", [0.0, 1.0])
def test_a_quantile_lies_between_none_and_all(q):
    with pytest.raises(ValueError, match=r"^q must lie between 0 and 1, not [01]\.0$"):
        quantile_interval([1.0], q)


def test_the_estimate_is_the_smallest_value_with_the_share_at_or_below_it():
    """19 of 20 is 95% exactly, whatever its last binary digit."""
    assert quantile_interval(np.arange(1.0, 21), 0.95).estimate == 19
    assert quantile_interval(np.arange(1.0, 21), 0.951).estimate == 20
    assert quantile_interval(np.arange(1.0, 21), 0.949).estimate == 19
    assert quantile_interval([3.0, 2.0], 0.001).estimate == 2


def test_an_interval_says_what_it_is():
    found = quantile_interval([0.0] * 80, 0.9, confidence=0.8)
    assert (found.low, found.high, found.n) == (0, 0, 80)
    assert (found.confidence, found.method) == (0.8, "order statistics")
    empty = quantile_interval([], 0.9, confidence=0.8)
    assert (empty.confidence, empty.method) == (0.8, "no values")
