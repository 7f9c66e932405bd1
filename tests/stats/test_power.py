"""Power says what happens: against simulation, and against what must hold of any power statement."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats import (
    chance_of_fail,
    chance_of_pass,
    items_needed,
    judge,
    paired_difference,
    smallest_detectable_drop,
)


def frequency(outcome, n, drop, discordance, margin, gates=4_000):
    """Return how often gates with a true drop are judged so; gates with the same counts are judged once."""
    shares = [(discordance + drop) / 2, (discordance - drop) / 2, 1 - discordance]
    drawn = np.random.default_rng(11).multinomial(n, shares, size=gates)
    counts, times = np.unique(drawn, axis=0, return_counts=True)
    position = np.arange(n)
    judged = [
        judge(paired_difference(position < broken, position >= n - fixed).interval, margin).outcome == outcome
        for broken, fixed, _ in counts
    ]
    return float(times @ np.array(judged)) / gates


@pytest.mark.parametrize(("n", "drop", "discordance"), [(250, 0.05, 0.1), (250, 0.1, 0.15), (400, 0.05, 0.2)])
def test_drops_are_caught_as_often_as_stated(n, drop, discordance):
    caught = frequency("fail", n, drop, discordance, 0.03)
    assert caught == pytest.approx(chance_of_fail(n, drop, discordance=discordance, margin=0.03), abs=0.04)


def test_the_items_needed_do_let_an_unchanged_candidate_pass():
    n = items_needed(margin=0.05, discordance=0.1)
    assert frequency("pass", n, 0.0, 0.1, 0.05) == pytest.approx(0.8, abs=0.04)


def test_the_smallest_detectable_drop_has_the_power_asked_for():
    drop = smallest_detectable_drop(300, discordance=0.1, power=0.9)
    assert chance_of_fail(300, drop, discordance=0.1) == pytest.approx(0.9, abs=1e-3)


def test_a_drop_inside_the_margin_passes_at_any_size():
    assert smallest_detectable_drop(10**7, discordance=0.1, margin=0.05) == pytest.approx(0.05, abs=0.001)


@settings(deadline=None)
@given(st.integers(20, 5_000), st.floats(0.02, 0.5), st.floats(1.0, 4.0))
def test_more_items_catch_smaller_drops_and_clusters_larger_ones(n, discordance, design_effect):
    here = smallest_detectable_drop(n, discordance=discordance)
    assert smallest_detectable_drop(2 * n, discordance=discordance) <= here
    assert smallest_detectable_drop(n, discordance=discordance, design_effect=design_effect) >= here - 1e-9


def test_items_needed_is_the_first_number_that_suffices():
    n = items_needed(margin=0.05, discordance=0.2, drop=0.01, design_effect=1.8, items_per_cluster=5)
    chances = [
        chance_of_pass(m, margin=0.05, discordance=0.2, drop=0.01, design_effect=1.8, clusters=m / 5)
        for m in (n - 1, n)
    ]
    assert chances[0] < 0.8 <= chances[1]


def test_too_few_items_detect_nothing():
    assert smallest_detectable_drop(0, discordance=0.1) == math.inf
    assert smallest_detectable_drop(2, discordance=0.1) == math.inf


def test_a_drop_of_the_margin_cannot_be_made_to_pass():
    with pytest.raises(ValueError, match="no number of items"):
        items_needed(margin=0.05, discordance=0.1, drop=0.05)
