"""The pool's sums are what replaying each policy gives: the short cut must not be another computation."""

import numpy as np
import pytest

from benchmarks.route_world import World
from evalkit.routes.cascades import CALLS, REVIEWS, SUCCESS, WITHIN, signals
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import Condition, Signal
from evalkit.routes.search import build_pool, conditions, slices_of
from evalkit.routes.table import Repeats, SuiteTable
from tests.routes.tables import faults_of, table

WORLD = World(
    signal=0.8, bad_slice={"topic": "contract"}, latency_slo_s=2.0, review_cost_usd=0.02, cluster_size=2
)


def drawn(n: int = 400) -> SuiteTable:
    """A world with uneven weights, faults, invalid answers and a second repeat."""
    from dataclasses import replace

    rng = np.random.default_rng(5)
    suite = WORLD.draw(n, rng)
    shape = suite.success.shape
    valid = rng.random(shape) > 0.05
    return replace(
        suite,
        weight=rng.choice([0.5, 1.0, 2.0], size=n),
        format_valid=valid,
        success=suite.success & valid,
        features={**suite.features, "words": rng.integers(1, 90, size=n).astype(float)},
        repeats={
            2: Repeats(
                agree=rng.random(shape) > 0.2,
                cost_usd=2.1 * suite.cost_usd,
                latency_s=1.3 * suite.latency_s,
                complete=np.array([True, True, False]),
            )
        },
    )


def test_sums_equal_the_replay_of_every_policy():
    """Thousands of policies are ranked by these sums alone."""
    suite = drawn()
    found = build_pool(suite)
    sums, weight = found.sums, suite.weight / suite.weight.sum()
    limit = suite.stakes.latency_slo_s
    rng = np.random.default_rng(0)
    kinds = {len(b) for b in found.branches}, {len(s) for b in found.branches for _, s in b}
    assert min(kinds[0]) == 1
    assert max(kinds[0]) > 2  # a tag whose values go their own ways
    assert kinds[1] == {1, 2, 3}
    for number in rng.choice(sums.shape[1], size=300, replace=False):
        policy = found.policy(int(number))
        assert faults_of(policy) == ()
        replayed = outcome(policy, suite)
        assert sums[SUCCESS, number] == pytest.approx(replayed.success @ weight)
        assert sums[CALLS, number] == pytest.approx(replayed.calls_usd @ weight)
        assert sums[REVIEWS, number] == pytest.approx(replayed.reviewed @ weight)
        assert sums[WITHIN, number] == pytest.approx((replayed.latency_s <= limit) @ weight)
        assert found.complexity[number] == policy.complexity


def test_no_person_is_asked_where_reviews_have_no_price():
    """A review of unknown cost would look free."""
    suite = World(signal=0.8).draw(200, np.random.default_rng(0))
    assert not build_pool(suite).sums[REVIEWS].any()


def test_signals_are_those_that_show_for_some_items_and_not_for_all():
    """A signal that never or always shows escalates nothing or all: another policy says that better."""
    suite = drawn()
    kinds = {s.kind for s in signals(suite, 0)}
    assert kinds == {"format_invalid", "low_confidence", "disagreement"}
    assert Signal(kind="disagreement", repeats=2) not in signals(suite, 2)  # not every item has repeats
    assert signals(table({"slim": [1, 0, 1]}), 0) == []


def test_confidence_that_is_seldom_given_is_no_signal():
    """A threshold on a number that is mostly missing would escalate nearly all."""
    given = np.full(100, np.nan)
    given[:50] = np.linspace(0, 1, 50)
    assert signals(table({"slim": [1] * 100}, confidence={"slim": given}), 0) == []


def test_slices_too_small_for_a_branch_are_not_searched():
    """No slice of five items is ever a route."""
    values = ["rare"] * 5 + ["common"] * 60 + ["other"] * 60
    suite = table({"slim": [1] * 125, "mid": [1] * 125}, features={"kind": values})
    searched = [rule for rule, _ in slices_of(suite, ())]
    assert (Condition(feature="kind", op="is", value="rare"),) not in searched
    assert (Condition(feature="kind", op="is", value="common"),) in searched


def test_given_slices_are_searched_first_and_none_twice():
    """Slices that were found to fail come with two conditions; the search must not lose them."""
    suite = table(
        {"slim": [1] * 120, "mid": [1] * 120},
        features={"a": ["x", "y"] * 60, "b": ["u"] * 60 + ["v"] * 60},
    )
    both = (Condition(feature="a", op="is", value="x"), Condition(feature="b", op="is", value="u"))
    searched = [rule for rule, _ in slices_of(suite, [both])]
    assert searched[0] == both
    assert len(searched) == 3  # and one side each of a and of b


def test_numbers_are_cut_at_readable_thresholds():
    """A lead must be able to read a rule aloud."""
    suite = table({"slim": [1] * 100}, features={"words": list(np.linspace(10.0, 123.456, 100))})
    assert all(float(f"{c.value:.3g}") == c.value for c in conditions(suite))
    assert {c.op for c in conditions(suite)} == {"at_least"}
