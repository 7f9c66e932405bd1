"""The verdict, corrections, flakiness and the bootstrap of scores."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from evalkit.stats import (
    Interval,
    benjamini_hochberg,
    difference_noise_share,
    flakiness,
    holm,
    judge,
    score_difference,
)


def between(low, high):
    return Interval(estimate=(low + high) / 2, low=low, high=high, confidence=0.95, n=100, method="by hand")


@pytest.mark.parametrize(
    ("low", "high", "outcome", "worse"),
    [
        (-0.02, 0.03, "pass", False),
        (
            -0.04,
            -0.01,
            "pass",
            True,
        ),  # worse for certain, by less than the margin: the order of the rule matters
        (-0.08, -0.01, "fail", False),
        (-0.08, 0.01, "inconclusive", False),
        (-0.05, 0.01, "inconclusive", False),  # the bound must lie above the margin, not on it
        (-1.0, 1.0, "inconclusive", False),
        (-0.04, 0.0, "pass", False),  # an upper bound of nothing is no certain loss
        (-0.08, 0.0, "inconclusive", False),
    ],
)
def test_the_verdict_follows_the_rule(low, high, outcome, worse):
    judgement = judge(between(low, high), 0.05)
    assert (judgement.outcome, judgement.worse_within_margin) == (outcome, worse)


def test_a_negative_margin_is_refused_and_none_is_a_margin():
    with pytest.raises(ValueError, match=r"^margin must be 0 or more, not -0\.01$"):
        judge(between(0, 0), -0.01)
    assert judge(between(0.01, 0.02), 0.0).outcome == "pass"
    assert judge(between(0.0, 0.02), 0.0).outcome == "inconclusive"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_corrections_agree_with_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])
    assert benjamini_hochberg(p_values) == pytest.approx(multipletests(p_values, method="fdr_bh")[1])


def test_no_tests_need_no_correction():
    assert holm([]).shape == benjamini_hochberg([]).shape == (0,)


def test_pass_hat_and_pass_at_count_subsets_of_the_repeats():
    """Brute force: of two attempts drawn from three, how often do both, or at least one, succeed?"""
    found = flakiness([[1, 1, 0], [1, 1, 1], [0, 0, 0], [0, 1, 0]])
    assert found.rate_by_item == pytest.approx((2 / 3, 1, 0, 1 / 3))
    assert found.pass_hat == pytest.approx((0.5, (1 / 3 + 1 + 0 + 0) / 4, 0.25))
    assert found.pass_at == pytest.approx((0.5, (1 + 1 + 0 + 2 / 3) / 4, 0.75))
    assert found.flipping == (0, 3)
    assert found.self_discordance == pytest.approx((2 / 3 + 2 / 3) / 4)


def test_a_steady_candidate_has_no_noise_and_a_coin_only_noise():
    rng = np.random.default_rng(1)
    steady = np.repeat(rng.random((400, 1)) < 0.5, 4, axis=1)
    coin = rng.random((400, 4)) < 0.5
    assert flakiness(steady).noise_share == 0
    assert flakiness(coin).noise_share == pytest.approx(1, abs=0.15)
    assert difference_noise_share(coin, rng.random((400, 4)) < 0.5) == pytest.approx(1, abs=0.15)
    assert difference_noise_share(steady, rng.permuted(steady, axis=0)) < 0.5


def test_one_repeat_cannot_tell_noise():
    found = flakiness([[1], [0]])
    assert math.isnan(found.self_discordance)
    assert math.isnan(found.noise_share)


@pytest.mark.parametrize("repeats", [[1, 0], [[0.5]], np.ones((3, 0))])
def test_repeats_must_be_equal_and_boolean(repeats):
    with pytest.raises(ValueError, match="repeats"):
        flakiness(repeats)


def scores(seed=0, n=80):
    rng = np.random.default_rng(seed)
    return rng.random(n), rng.random(n)


def test_the_bootstrap_repeats_with_its_seed_and_holds_its_estimate():
    a, b = scores()
    first, second = (score_difference(a, b, rng=np.random.default_rng(7)) for _ in range(2))
    assert first == second
    assert first.estimate == pytest.approx(float(np.mean(b - a)))
    assert first.low < first.estimate < first.high


def test_the_bootstrap_agrees_with_student_on_well_behaved_scores():
    from scipy.stats import ttest_rel

    a, b = scores(n=400)
    ours = score_difference(a, b, rng=np.random.default_rng(7), resamples=4_000)
    theirs = ttest_rel(b, a).confidence_interval(0.95)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_copies_within_clusters_do_not_narrow_the_bootstrap():
    a, b = scores()
    one = score_difference(a, b, rng=np.random.default_rng(7))
    ten = score_difference(
        np.repeat(a, 10),
        np.repeat(b, 10),
        clusters=np.repeat(np.arange(80), 10),
        rng=np.random.default_rng(7),
    )
    assert (ten.low, ten.high) == pytest.approx((one.low, one.high), abs=1e-9)


def test_equal_scores_still_have_width():
    a, _ = scores()
    same = score_difference(a, a, rng=np.random.default_rng(7))
    assert same.low < -0.01 < 0.01 < same.high


def test_many_clusters_take_no_bootstrap():
    a, b = scores(n=20_000)
    interval = score_difference(a, b, rng=np.random.default_rng(7))
    assert interval.method == "cluster-robust normal"
    assert interval.width == pytest.approx(2 * 1.96 * np.std(b - a) / math.sqrt(20_000), rel=1e-3)


def test_no_pairs_bound_nothing():
    interval = score_difference([], [], rng=np.random.default_rng(7))
    assert (interval.low, interval.high, interval.n) == (-1, 1, 0)
