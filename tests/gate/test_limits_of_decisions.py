"""Each limit that decides a verdict, tried just below and just above, and the rate of false fails of whole
gates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from evalkit.gate import GateVerdict, gate, read_policy
from evalkit.gate.facts import PairFacts
from evalkit.gate.records import RuleResult
from evalkit.gate.verdict import _adjusted
from evalkit.stats import Interval
from evalkit.stats.arrays import design
from evalkit.stats.paired import tango_variance
from evalkit.stats.robust import difference_moments, score_statistic
from tests.economics.frames import make_baseline, make_evidence, make_samples


def answers(wrong: int, n: int = 60, suite: str = "triage", **columns: Any) -> pd.DataFrame:
    """The first `wrong` of n are wrong; said in words of their own, so that nothing is identical."""
    frame = make_samples([k >= wrong for k in range(n)], suite=suite, **columns)
    return frame.assign(output=[f"answer {k}" for k in range(n)])


def judged(after: pd.DataFrame, *before: pd.DataFrame, **policy: Any) -> GateVerdict:
    return gate(make_evidence(after, [make_baseline(b) for b in before]), read_policy(policy))


def rule(verdict: GateVerdict, suite: str, name: Any) -> RuleResult:
    (found,) = (c.rule(name) for c in verdict.cases if c.suite == suite)
    assert found is not None
    return found


@pytest.mark.parametrize(("share", "outcome"), [(1.01, "fail"), (0.99, "inconclusive")])
def test_a_fail_needs_a_corrected_p_below_half_of_what_the_confidence_leaves(
    share: float, outcome: str
) -> None:
    """Twice the budget would be twice the false fails that the report states."""
    before = [answers(0, suite=s) for s in "ab"]
    after = pd.concat([answers(7, suite="a"), answers(1, suite="b")])
    p = rule(judged(after, *before), "a", "no_regression").p_adjusted
    assert p is not None
    confidence = 1 - 2 * p * share
    found = rule(judged(after, *before, confidence=confidence), "a", "no_regression")
    assert found.tests == 3
    assert found.interval is not None
    assert found.interval.high < 0, "alone it fails on either side"
    assert (found.outcome, found.p_adjusted) == (outcome, p)


def slow(over: int, at_limit: int = 0) -> pd.DataFrame:
    """200 right answers of 1 s, `over` of 3 s and `at_limit` of 2 s, with the least p of any loss."""
    seconds = np.ones(200)
    seconds[:over] = 3.0
    seconds[over : over + at_limit] = 2.0
    return make_samples([True] * 200, e2e_latency_s=seconds)


@pytest.mark.parametrize(
    ("over", "at_limit", "outcome"),
    [(3, 0, "pass"), (3, 197, "pass"), (4, 0, "inconclusive"), (16, 40, "inconclusive"), (17, 0, "fail")],
)
def test_a_p95_is_judged_by_the_ranks_that_leave_a_fortieth_on_each_side(
    over: int, at_limit: int, outcome: str
) -> None:
    """Of 200 times a binomial of 5% exceeds 3 in all but 1%, and reaches 17 in 2.4%; 16 in 4.4%."""
    samples = slow(over, at_limit)
    found = rule(judged(samples, samples, max_latency_p95_s=2.0), "triage", "latency_p95")
    assert (found.outcome, found.tests) == (outcome, 1)


@pytest.mark.parametrize(("over", "outcome"), [(18, "fail"), (17, "inconclusive")])
def test_a_p95_has_the_same_budget_as_every_other_test(over: int, outcome: str) -> None:
    """Its p of 1.21% twice is below 2.5%, that of 2.38% is not."""
    samples = slow(over)
    changed = samples.assign(output=[f"again {k}" for k in range(200)])
    found = rule(judged(changed, samples, max_latency_p95_s=2.0), "triage", "latency_p95")
    assert (found.outcome, found.tests) == (outcome, 2)


@pytest.mark.parametrize(("repeats_passed", "forgiven"), [(3, False), (2, True), (0, True)])
def test_a_critical_item_had_passed_when_every_repeat_had(repeats_passed: int, forgiven: bool) -> None:
    """An item that failed once in the accepted run was accepted as one that may fail."""
    others = [True] * 57
    columns: dict[str, Any] = {"repeats": 3, "critical": [True] * 3 + [False] * 57}
    before = make_samples([k < repeats_passed for k in range(3)] + others, **columns)
    after = make_samples([True, True, False, *others], **columns)
    found = rule(judged(after, before, critical="must_not_break"), "triage", "critical")
    assert (found.outcome, found.items) == (("pass", ()) if forgiven else ("fail", ("i00000",)))


def test_a_critical_item_that_is_new_must_pass() -> None:
    """Nothing was accepted of it that could excuse it."""
    before = answers(0, critical=True)
    after = make_samples([True] * 60 + [False], critical=True)
    found = rule(judged(after, before, critical="must_not_break"), "triage", "critical")
    assert (found.outcome, found.items) == ("fail", ("i00060",))


@pytest.mark.parametrize(
    ("floor", "outcome"),
    [(0.801, "pass"), (0.803, "inconclusive"), (0.929, "inconclusive"), (0.931, "fail")],
)
def test_a_floor_passes_below_the_interval_and_fails_above_it(floor: float, outcome: str) -> None:
    """Wilson's interval of 88 of 100 goes from 80.2% to 93.0%."""
    samples = answers(12, n=100)
    found = rule(judged(samples, samples, quality_floor=floor), "triage", "quality_floor")
    assert (found.outcome, found.limit) == (outcome, floor)


GATES, SUITES, ITEMS = 2_000, 4, 250


def fail_ps(rng: np.random.Generator, gates: int) -> np.ndarray:
    """(gates, suites) p of each suite's test when nothing changed: three of ten items flip, either way."""
    flips = rng.choice([-1.0, 0.0, 1.0], size=(gates * SUITES, 1, ITEMS), p=[0.15, 0.7, 0.15])
    data = difference_moments(flips, design(ITEMS, None, None))
    largest = score_statistic(data, np.linspace(0, 0.5, 33), tango_variance).max(axis=-1)
    return ndtr(largest).reshape(gates, SUITES)


def test_gates_without_a_change_fail_at_most_at_the_stated_rate() -> None:
    """Four suites a gate: without Holm some 9% would fail, with twice its budget some 5%."""
    ps = fail_ps(np.random.default_rng(15), GATES)
    failed = 0
    for row in ps[ps.min(axis=1) < 0.05]:
        rules = [_tested(p) for p in row]
        failed += any(r.outcome == "fail" for r in _adjusted(rules))
    noise = 3 * np.sqrt(0.025 * 0.975 / GATES)
    assert 0.025 - noise <= failed / GATES <= 0.025 + noise


def _tested(p: float) -> RuleResult:
    """A rule that fails alone below 5%, so that the correction has something to take back."""
    return RuleResult(
        rule="no_regression", suite="s", candidate="c", kind="statistical",
        outcome="fail" if p < 0.05 else "pass", facts=PairFacts(against="", confidence=0.95, n=1), p=p,
        interval=Interval(estimate=-0.1, low=-0.2, high=-0.01, confidence=0.95, n=ITEMS, method=""),
    )  # fmt: skip
