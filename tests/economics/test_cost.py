"""Claims about cost per success: a closed form, infinity, unknown costs, and intervals that cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.economics import cost_intervals, figures, machines_needed, ratio_bounds
from evalkit.economics.changes import cost_per_success_change, mean_change, median_ratio
from evalkit.records import Price, Stakes
from evalkit.stats import Interval, rate_interval
from tests.economics.frames import make_manifest, make_samples, with_faults


def test_a_constant_cost_gives_it_over_the_bounds_of_the_rate() -> None:
    """The closed form: at c dollars an attempt a success costs c over the success rate."""
    success = (np.arange(100) < 80).astype(float)
    rate = rate_interval(success)
    _, found = cost_intervals(np.full(100, 0.02), success, np.ones(100))
    assert found.estimate == pytest.approx(0.02 / 0.8)
    assert (found.low, found.high) == pytest.approx((0.02 / rate.high, 0.02 / rate.low))


def test_no_success_is_infinite_and_still_bounded_below() -> None:
    """Twenty failures at a dollar: a success costs at least some dollars."""
    _, found = cost_intervals(np.ones(20), np.zeros(20), np.ones(20))
    assert math.isinf(found.estimate)
    assert math.isinf(found.high)
    assert found.low == pytest.approx(1 / rate_interval(np.zeros(20)).high)


def test_nothing_costs_nothing() -> None:
    """A free model is legal."""
    _, found = cost_intervals(np.zeros(10), np.ones(10), np.ones(10))
    assert (found.estimate, found.low, found.high) == (0, 0, 0)


@pytest.mark.parametrize(("rate", "n"), [(0.8, 60), (0.3, 60), (0.1, 100), (0.95, 250)])
def test_the_interval_covers_by_simulation(rate: float, n: int) -> None:
    """Skewed costs that depend on success, as when a model that rambles fails: 95% must mean about 95%."""
    rng = np.random.default_rng(int(1000 * rate) + n)
    true = (1.5 * rate + 3.0 * (1 - rate)) / rate
    draws = 1_000
    hit = 0
    for _ in range(draws):
        success = (rng.random(n) < rate).astype(float)
        costs = rng.gamma(2.0, np.where(success > 0, 0.75, 1.5))
        _, found = cost_intervals(costs, success, np.ones(n))
        hit += found.low <= true <= found.high
    assert 0.93 <= hit / draws <= 0.985


def test_clusters_widen_the_interval() -> None:
    """Ten copies of one document are not ten documents."""
    success = np.repeat((np.arange(20) < 14).astype(float), 10)
    costs = np.repeat(np.random.default_rng(0).gamma(2, 1, 20), 10)
    names = np.repeat(np.arange(20), 10).astype(object)
    alone = cost_intervals(costs, success, np.ones(200))[1]
    together = cost_intervals(costs, success, np.ones(200), cluster=names)[1]
    assert together.estimate == pytest.approx(alone.estimate)
    assert together.width > 1.8 * alone.width


@given(
    st.lists(st.tuples(st.floats(0, 10), st.booleans()), min_size=2, max_size=40),
    st.floats(0.01, 100),
)
@settings(max_examples=100, deadline=None)
def test_the_interval_holds_its_estimate_and_scales_with_the_currency(
    samples: list[tuple[float, bool]], rate: float
) -> None:
    """Cents or dollars, the verdict is the same."""
    costs = np.array([c for c, _ in samples])
    success = np.array([float(s) for _, s in samples])
    one = cost_intervals(costs, success, np.ones(len(costs)))[1]
    other = cost_intervals(costs * rate, success, np.ones(len(costs)))[1]
    slack = 1e-9 * (1 + one.high)
    assert 0 <= one.low <= one.estimate + slack <= one.high + 2 * slack or math.isinf(one.high)
    assert other.low == pytest.approx(one.low * rate, rel=1e-6, abs=1e-9)
    assert other.high == pytest.approx(one.high * rate, rel=1e-6, abs=1e-9)


def test_a_ratio_to_what_may_be_zero_is_unbounded() -> None:
    """An infinite upper end is a legal answer."""
    one = Interval(estimate=1, low=0.9, high=1.1, confidence=0.95, n=10, method="x")
    zero = Interval(estimate=0.1, low=0.0, high=0.4, confidence=0.95, n=10, method="x")
    low, high = ratio_bounds(one, zero)
    assert math.isinf(high)
    assert 0 < low < 10


def test_failures_and_retries_are_in_the_total() -> None:
    """A faulted sample that was billed is paid for by the successes."""
    samples = with_faults(make_samples([True, True, False, True]), [3])
    found = figures(samples)[0].cost
    assert found.total_usd == pytest.approx(0.004)
    assert found.per_success_usd is not None
    assert found.per_success_usd.estimate == pytest.approx(0.004 / 2)


def test_one_unknown_cost_makes_the_total_unknown_and_says_why() -> None:
    """Never smaller."""
    found = figures(make_samples([True, True], cost_usd=[0.1, np.nan]))[0].cost
    assert (found.total_usd, found.per_attempt_usd, found.per_success_usd) == (None, None, None)
    assert found.unknown == "the cost of 1 of 2 items is not known"


def test_the_cost_of_errors_and_a_months_bill_stand_beside_it() -> None:
    """Cheap and bad can look cheap."""
    samples = make_samples([True] * 80 + [False] * 20)
    manifest = make_manifest(samples, stakes=Stakes(error_cost_usd=2.0, volume_per_month=10_000))
    found = figures(samples, manifests=[manifest])[0].cost
    assert found.month_usd is not None
    assert found.month_usd.estimate == pytest.approx(10.0)
    assert found.errors_usd_per_attempt is not None
    assert found.errors_usd_per_attempt.estimate == pytest.approx(0.4)
    assert found.month_errors_usd is not None
    assert found.month_errors_usd.estimate == pytest.approx(4000)


def test_rented_machines_are_whole_ones() -> None:
    """Nobody rents a third of a GPU for a month."""
    samples = make_samples([True] * 10)
    price = Price(machine_usd_per_hour=2.0, machine_requests_per_s=1.0)
    manifest = make_manifest(samples, stakes=Stakes(volume_per_month=3_000_000), price=price)
    found = figures(samples, manifests=[manifest])[0].cost
    assert found.machines == 2
    assert found.month_usd is not None
    assert found.month_usd.estimate == pytest.approx(2 * 2.0 * 730)
    assert machines_needed(1, 100.0) == 1


def test_a_change_of_cost_per_success_is_found_and_mirrors() -> None:
    """Twice the price is twice the cost, whoever stands first."""
    rng = np.random.default_rng(1)
    success = (rng.random(200) < 0.8).astype(float)
    costs = rng.gamma(2, 1, 200)
    there = cost_per_success_change((costs, success), (2 * costs, success), rng=np.random.default_rng(0))
    back = cost_per_success_change((2 * costs, success), (costs, success), rng=np.random.default_rng(0))
    assert there is not None
    assert back is not None
    assert there.low > 0
    assert back.estimate == pytest.approx(-there.estimate)
    assert cost_per_success_change((costs, success), (costs, 0 * success), rng=rng) is None


def test_bootstrap_and_linearised_change_agree() -> None:
    """Above a number of clusters the formula takes over; nobody may see a step."""
    from evalkit.economics import changes

    rng = np.random.default_rng(2)
    a = (rng.gamma(2, 1, 3000), (rng.random(3000) < 0.8).astype(float))
    b = (rng.gamma(2, 1.2, 3000), (rng.random(3000) < 0.7).astype(float))
    resampled = cost_per_success_change(a, b, rng=rng)
    table = np.stack([*a, *b], axis=-1)
    assert resampled is not None
    low, high = changes._linearise(table, table.sum(axis=0), resampled.estimate, 0.95)
    assert (low, high) == pytest.approx((resampled.low, resampled.high), rel=0.08)


def test_a_mean_change_is_that_of_a_paired_t_test() -> None:
    """The reference is SciPy's."""
    from scipy import stats

    rng = np.random.default_rng(3)
    a, b = rng.normal(10, 2, 50), rng.normal(11, 2, 50)
    reference = stats.ttest_rel(b, a).confidence_interval(0.95)
    found = mean_change(a, b)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((reference.low, reference.high))


def test_a_median_ratio_is_of_pairs() -> None:
    """Slower on every item is slower, however the items differ among themselves."""
    a = np.geomspace(0.1, 100, 101)
    found = median_ratio(a, 2 * a)
    assert found is not None
    assert (found.estimate, found.low, found.high) == pytest.approx((2, 2, 2))
    assert median_ratio(np.array([]), np.array([])) is None
