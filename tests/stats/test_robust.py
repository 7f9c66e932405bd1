"""The two constants that draw a design effect towards its worst case, against sums done by hand."""

import numpy as np
import pytest

from evalkit.stats import judge, paired_difference, rate_interval
from evalkit.stats.arrays import design
from evalkit.stats.robust import binomial_variance, design_effect_about, rate_moments


def design_effect(right_of_five, null):
    """Four clusters of five items, so many right in each."""
    items = design(20, np.repeat(np.arange(4), 5), None)
    values = np.concatenate([np.arange(5) < right for right in right_of_five]).astype(float)
    return float(design_effect_about(rate_moments(values, items), np.array(null), binomial_variance))


def test_the_worst_case_weighs_half_a_cluster():
    """Sums 4, 3, 2, 1 about 2.5: seen is 2 · (2.25 + 0.25) / (20 · 0.25) = 1, the worst 4 · 25 / 20 = 5.

    Of the clusters 10² / 30 = 3.33 inform, so that it is (3.33 · 1 + 0.5 · 5) / 3.83.
    """
    assert design_effect([4, 3, 2, 1], 0.5) == pytest.approx((10 / 3 + 2.5) / (10 / 3 + 0.5))


def test_variation_that_the_null_asks_for_and_the_data_lack_weighs_three_quarters():
    """Two right of 20 about 30%: the data vary by 0.13 where the null asks for 0.21; two clusters inform."""
    seen, missing = 5 / (20 * 0.13), 1 - 0.13 / 0.21
    drawn = seen + 0.75 * missing * (5 - seen)
    assert design_effect([1, 0, 1, 0], 0.3) == pytest.approx((2 * drawn + 0.5 * 5) / 2.5)


@pytest.mark.parametrize(("margin", "outcome"), [(0.3232, "fail"), (0.3241, "pass")])
def test_the_bound_of_a_clustered_loss_lies_between_two_margins(margin, outcome):
    """Twelve clusters of five, nine items broken: constants 5 or 10% off would move it past one."""
    after = np.ones(60, dtype=bool)
    after[::7] = False
    difference = paired_difference(np.ones(60, dtype=bool), after, clusters=np.repeat(np.arange(12), 5))
    assert judge(difference.interval, margin).outcome == outcome


def test_one_cluster_shows_nothing_and_two_equal_ones_do():
    """Of the spread of clusters one says nothing; a hair of unevenness is less than two."""
    values = np.zeros(40)
    assert rate_interval(values, clusters=np.repeat([0, 1], 20)).high < 1
    assert rate_interval(values, clusters=np.repeat([0, 1], [19, 21])).high == 1
