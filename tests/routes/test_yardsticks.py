"""Yardsticks: what a route must beat, and what no route can."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.route_world import World
from evalkit.records import Stakes
from evalkit.routes.figures import (
    best_mix,
    frontier_of,
    gain_over_mixing,
    mixing,
    oracle,
    oracle_usd,
)
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import REVIEW, Branch, RoutePolicy, Signal, Step, single
from evalkit.routes.search import build_pool
from tests.routes.tables import table


def cascade(below: float, *names: str) -> RoutePolicy:
    signal = Signal(kind="low_confidence", below=below)
    return RoutePolicy(
        suite="s",
        branches=(Branch(steps=(Step(candidate=names[0], escalate_on=signal), Step(candidate=names[1]))),),
    )


def test_the_oracle_takes_the_cheapest_that_succeeds():
    """It is the bound that all savings are seen against."""
    suite = table({"slim": [1, 0, 0], "mid": [1, 1, 0]}, cost_usd={"slim": 1.0, "mid": 5.0})
    figures = oracle(suite).figures
    assert figures.success.estimate == pytest.approx(2 / 3)
    assert figures.calls_usd is not None
    assert figures.calls_usd.estimate == pytest.approx((1 + 5 + 1) / 3)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_no_route_is_above_the_oracle(seed: int):
    """A saving beyond perfect foresight would be a mistake in the arithmetic."""
    world = World(signal=0.5, success=(0.6, 0.75, 0.9), spread=1.5, bad_slice={"topic": "other"})
    suite = world.draw(150, np.random.default_rng(seed))
    found = build_pool(suite)
    top = float(suite.success.any(axis=0).mean())
    for number in np.random.default_rng(seed).choice(len(found.branches), size=20):
        success, calls = found.sums[0, number], found.sums[1, number]
        assert success <= top + 1e-12
        assert calls >= oracle_usd(suite, float(success)) - 1e-12


def test_the_least_cost_of_a_success_rate_is_by_hand():
    """The cheapest call for each item, and the cheapest further successes one after the other."""
    suite = table(
        {"slim": [1, 0, 0, 0], "mid": [1, 1, 1, 0]}, cost_usd={"slim": 1.0, "mid": [9.0, 3.0, 6.0, 9.0]}
    )
    assert oracle_usd(suite, 0.25) == pytest.approx(1.0)
    assert oracle_usd(suite, 0.5) == pytest.approx((4 + 2) / 4)
    assert oracle_usd(suite, 0.625) == pytest.approx((4 + 2 + 0.5 * 5) / 4)
    assert oracle_usd(suite, 0.75) == pytest.approx((4 + 2 + 5) / 4)
    assert oracle_usd(suite, 1.0) == np.inf


def test_the_best_mix_spends_what_the_route_spends():
    """Equal cost is what makes mixing a fair rival."""
    suite = table(
        {"slim": [1, 1, 0, 0], "mid": [0, 0, 0, 1], "frontier": [1, 1, 1, 1]},
        cost_usd={"slim": 1.0, "mid": 4.0, "frontier": 11.0},
        confidence={"slim": [0.9, 0.9, 0.1, 0.1]},
    )
    found = outcome(cascade(0.5, "slim", "frontier"), suite)
    mix = best_mix(found, suite)
    assert (mix.cheap, mix.dear, mix.dear_share) == ("slim", "frontier", pytest.approx(0.55))
    figures = mixing(mix, found, suite).figures
    assert figures.success.estimate == pytest.approx(0.775)
    assert figures.calls_usd is not None
    assert figures.calls_usd.estimate == pytest.approx(found.calls_usd.mean())
    assert mix.in_words == "a random 55% to frontier, the rest to slim"
    gain = gain_over_mixing(mix, found, suite)
    assert gain.estimate == pytest.approx(found.success.mean() - 0.775)


def test_a_route_that_asks_people_is_mixed_with_people():
    """Otherwise anyone beats mixing by hiring reviewers."""
    suite = table(
        {"slim": [1, 0, 1, 0]},
        cost_usd={"slim": 1.0},
        confidence={"slim": [0.9, 0.1, 0.1, 0.9]},
        stakes=Stakes(review_cost_usd=9.0),
    )
    found = outcome(cascade(0.5, "slim", REVIEW), suite)
    mix = best_mix(found, suite)
    assert mix.dear == REVIEW
    assert mixing(mix, found, suite).figures.review_share == pytest.approx(mix.dear_share)
    assert mix.dear_share == pytest.approx((5.5 - 1) / (9 - 1))


def test_a_signal_that_says_nothing_gains_nothing_over_mixing():
    """Escalating at random is mixing at random that pays for two calls: it must lose."""
    world = World(signal=0.0, success=(0.7, 0.8, 0.95))
    gains, shown = [], 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        suite = world.draw(400, rng)
        suite.confidence[:] = rng.random(suite.confidence.shape)
        found = outcome(cascade(0.5, "slim", "frontier"), suite)
        gain = gain_over_mixing(best_mix(found, suite), found, suite)
        gains.append(gain.estimate)
        shown += gain.low > 0
    assert np.mean(gains) < 0
    assert shown == 0


def test_a_signal_that_knows_gains_over_mixing():
    """The test must see what is there."""
    suite = World(signal=1.0, success=(0.7, 0.8, 0.95), spread=3.0).draw(1_000, np.random.default_rng(1))
    found = outcome(cascade(0.8, "slim", "frontier"), suite)
    assert gain_over_mixing(best_mix(found, suite), found, suite).low > 0


def test_a_candidate_alone_gains_nothing_over_mixing_with_itself():
    """The best single candidate is a mix with a share of nothing."""
    suite = table({"slim": [1, 0, 1, 1], "mid": [1, 0, 0, 1]}, cost_usd={"slim": 1.0, "mid": 4.0})
    found = outcome(single("s", "slim"), suite)
    mix = best_mix(found, suite)
    assert mix.in_words == "slim alone"
    assert gain_over_mixing(mix, found, suite).estimate == 0


def test_the_frontier_is_the_highest_tier_and_its_best():
    """With two frontier models the one that succeeds most stands for it."""
    suite = table({"slim": [1, 1, 1], "frontier": [1, 0, 1], "mid": [1, 1, 1]})
    assert frontier_of(suite) == "frontier"


def test_a_candidate_of_unknown_cost_is_no_part_of_a_mix():
    """An unknown cost is not zero."""
    suite = table(
        {"slim": [1, 0], "mid": [1, 1], "frontier": [1, 1]},
        cost_usd={"slim": 1.0, "mid": np.nan, "frontier": 9.0},
    )
    found = outcome(single("s", "frontier"), suite)
    assert best_mix(found, suite).in_words == "frontier alone"
