"""The paired difference: Tango's published figures, an independent definition of them, and what must always
hold."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize_scalar

from evalkit.stats import PairedDifference, judge, mcnemar_exact, one_sided_fail_p, paired_difference


def pairs(broken, fixed, n):
    """Make a baseline and a candidate with so many broken and fixed items."""
    a, b = np.zeros(n, bool), np.zeros(n, bool)
    a[:broken], b[broken : broken + fixed] = True, True
    return a, b


def tango(broken, fixed, n):
    interval = paired_difference(*pairs(broken, fixed, n)).interval
    return interval.low, interval.high


@pytest.mark.parametrize(
    ("broken", "fixed", "n", "low", "high"),
    [
        # Fagerland, Lydersen & Laake 2014, their example of table II: airway hyper-responsiveness.
        (7, 1, 21, -0.517, -0.026),
        # The same authors' example of complete response before and after therapy (Cavo et al. 2012).
        (6, 16, 161, 0.005, 0.124),
    ],
)
def test_tango_agrees_with_published_examples(broken, fixed, n, low, high):
    assert tango(broken, fixed, n) == pytest.approx((low, high), abs=6e-4)


def restricted_variance(broken, fixed, n, null):
    """Maximise the likelihood of three cells at a given difference by brute force: no formula of Tango's is
    used."""

    def loss(q):
        cells = np.array([q, q + null, 1 - 2 * q - null])
        counts = np.array([broken, fixed, n - broken - fixed])
        return -np.sum(counts[counts > 0] * np.log(np.maximum(cells[counts > 0], 1e-300)))

    low, high = max(0.0, -null), (1 - null) / 2
    q = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    return (2 * q + null - null**2) / n


@pytest.mark.parametrize(
    ("broken", "fixed", "n"),
    [(7, 1, 21), (12, 2, 50), (0, 0, 30), (0, 5, 40), (3, 3, 10), (40, 20, 160), (476, 147, 1000)],
)
def test_the_bounds_of_tango_are_where_the_restricted_likelihood_puts_them(broken, fixed, n):
    for bound in tango(broken, fixed, n):
        statistic = ((fixed - broken) / n - bound) / math.sqrt(restricted_variance(broken, fixed, n, bound))
        assert abs(statistic) == pytest.approx(1.959964, abs=2e-3)


@pytest.mark.parametrize(("broken", "fixed"), [(0, 0), (1, 0), (2, 9), (30, 30), (147, 476)])
def test_mcnemar_agrees_with_statsmodels(broken, fixed):
    from statsmodels.stats.contingency_tables import mcnemar

    theirs = mcnemar([[5, broken], [fixed, 7]], exact=True).pvalue
    assert mcnemar_exact(broken, fixed) == pytest.approx(theirs if broken + fixed else 1.0)


def test_no_discordance_still_has_width_whatever_the_design():
    same = np.ones(40)
    for design in ({}, {"clusters": np.repeat(np.arange(8), 5)}, {"weights": np.linspace(1, 3, 40)}):
        interval = paired_difference(same, same, **design).interval
        assert interval.low < -0.02
        assert interval.high > 0.02


def test_equal_fractions_on_every_item_still_have_width():
    third = np.full(60, 1 / 3)
    interval = paired_difference(np.zeros(60), third).interval
    assert interval.low < 1 / 3 - 0.005 < 1 / 3 + 0.005 < interval.high


def test_without_pairs_the_interval_is_the_whole_range():
    nothing = paired_difference([], [])
    assert (nothing.interval.low, nothing.interval.high, nothing.n_pairs) == (-1, 1, 0)
    assert math.isnan(nothing.difference)
    assert judge(nothing.interval, 0.05).outcome == "inconclusive"


def test_one_cluster_bounds_nothing():
    a, b = pairs(5, 20, 60)
    interval = paired_difference(a, b, clusters=["only"] * 60).interval
    assert (interval.low, interval.high) == (-1, 1)


def test_items_copied_within_clusters_count_once():
    """Ten copies of every pair are no more evidence than one."""
    a, b = pairs(4, 12, 60)
    one = paired_difference(a, b).interval
    copies = np.repeat(np.arange(60), 10)
    ten = paired_difference(np.repeat(a, 10), np.repeat(b, 10), clusters=copies).interval
    assert (ten.low, ten.high) == pytest.approx((one.low, one.high), abs=0.006)


def test_clusters_of_one_are_plain_pairs():
    a, b = pairs(4, 12, 60)
    assert paired_difference(a, b, clusters=np.arange(60)) == paired_difference(a, b)


def test_items_without_a_cluster_stand_alone():
    a, b = pairs(4, 12, 60)
    assert paired_difference(a, b, clusters=[None] * 60) == paired_difference(a, b)


def test_a_weight_of_zero_leaves_the_pair_out():
    a, b = pairs(4, 12, 60)
    weights = np.ones(60)
    weights[:10] = 0
    assert paired_difference(a, b, weights=weights) == paired_difference(a[10:], b[10:])


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="pair them first"):
        paired_difference([1, 0], [1])


@st.composite
def designs(draw):
    """A baseline, a candidate and how their items hang together, of every kind."""
    n = draw(st.integers(1, 40))
    value = st.sampled_from([0.0, 1.0]) if draw(st.booleans()) else st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0])
    a, b = (draw(arrays(float, n, elements=value)) for _ in range(2))
    clusters = draw(st.none() | arrays(int, n, elements=st.integers(0, 9)))
    weights = draw(st.none() | arrays(float, n, elements=st.sampled_from([0.5, 1.0, 2.0, 7.0])))
    return a, b, {"clusters": clusters, "weights": weights}


@settings(deadline=None)
@given(designs())
def test_comparing_b_with_a_mirrors_comparing_a_with_b(case):
    a, b, design = case
    there, back = paired_difference(a, b, **design), paired_difference(b, a, **design)
    assert there.difference == pytest.approx(-back.difference)
    assert there.interval.low == pytest.approx(-back.interval.high, abs=1e-9)
    assert there.interval.high == pytest.approx(-back.interval.low, abs=1e-9)
    assert (there.broken, there.fixed, there.mcnemar_p) == (back.fixed, back.broken, back.mcnemar_p)


@settings(deadline=None)
@given(designs(), st.floats(0.001, 0.3))
def test_a_candidate_compared_with_itself_never_fails(case, margin):
    """A gate that fails a model against itself is a bug that has shipped elsewhere."""
    a, _, design = case
    same = paired_difference(a, a, **design)
    assert judge(same.interval, margin).outcome != "fail"
    assert same.interval.low < 0 < same.interval.high
    assert same.fail_p >= 0.5


@settings(deadline=None)
@given(designs())
@example((np.zeros(26), np.ones(26), {"clusters": None, "weights": np.append(0.5, np.ones(25))}))
def test_the_interval_holds_the_estimate_and_has_width(case):
    a, b, design = case
    interval = paired_difference(a, b, **design).interval
    assert -1 <= interval.low <= interval.estimate <= interval.high <= 1
    assert interval.width > 0


@settings(deadline=None)
@given(designs())
def test_the_fail_p_and_the_upper_bound_agree(case):
    """Holm works on the p, the verdict on the interval: for one suite they must say the same."""
    a, b, design = case
    result: PairedDifference = paired_difference(a, b, **design)
    assert (one_sided_fail_p(result) < 0.025) == (result.interval.high < 0)


def test_numbered_clusters_are_the_same_as_named_ones():
    """A frame brings numbers, a notebook names; nothing may hang on which."""
    rng = np.random.default_rng(4)
    a, b = rng.random((2, 60)) < 0.7
    numbers = rng.integers(0, 12, 60)
    named = paired_difference(a, b, clusters=[f"doc {k}" for k in numbers])
    assert paired_difference(a, b, clusters=numbers) == named
    with pytest.raises(ValueError, match="clusters"):
        paired_difference(a, b, clusters=numbers[:10])
