"""A policy's outcome: who answers each item, what all steps cost and how long they take."""

import numpy as np
import pytest

from evalkit.errors import ConfigError
from evalkit.routes.outcome import NOBODY, holds, outcome
from evalkit.routes.policy import REVIEW, Branch, Condition, RoutePolicy, Signal, Step, single
from evalkit.routes.table import Repeats
from tests.routes.tables import table

UNSURE = Signal(kind="low_confidence", below=0.5)
SUITE = table(
    {"slim": [1, 0, 1, 0], "frontier": [1, 1, 0, 1]},
    cost_usd={"slim": 1.0, "frontier": 10.0},
    latency_s={"slim": [0.1, 0.2, 0.3, 0.4], "frontier": 2.0},
    confidence={"slim": [0.9, 0.1, 0.2, 0.8]},
    features={"language": ["de", "en", "en", "en"], "words": [3.0, 10.0, np.nan, 40.0]},
)


def cascade(signal: Signal, *names: str) -> RoutePolicy:
    first, last = names
    return RoutePolicy(
        suite="s", branches=(Branch(steps=(Step(candidate=first, escalate_on=signal), Step(candidate=last))),)
    )


def test_an_escalated_item_pays_and_waits_for_both_tiers():
    """A cascade that forgot its failed lower tier would look cheaper and faster than it is."""
    found = outcome(cascade(UNSURE, "slim", "frontier"), SUITE)
    assert found.calls_usd.tolist() == [1, 11, 11, 1]
    assert found.latency_s == pytest.approx([0.1, 2.2, 2.3, 0.4])
    assert found.success.tolist() == [1, 1, 0, 0]
    assert found.escalated.tolist() == [False, True, True, False]
    assert found.served_by.tolist() == [0, 1, 1, 0]
    assert found.step_shares == ((1.0, 0.5),)


def test_an_answer_without_confidence_escalates():
    """An unknown confidence is not a high one."""
    suite = table({"slim": [1, 1], "mid": [1, 1]}, confidence={"slim": [np.nan, 0.9]})
    assert outcome(cascade(UNSURE, "slim", "mid"), suite).escalated.tolist() == [True, False]


def test_a_fault_and_an_unreadable_answer_escalate_under_every_signal():
    """There is nothing to serve; the cost of the failed call stays."""
    suite = table(
        {"slim": [0, 0, 1], "mid": [1, 1, 1]},
        cost_usd={"slim": [0.0, 1.0, 1.0], "mid": 5.0},
        confidence={"slim": 0.99},
        answered=np.array([[False, True, True], [True] * 3]),
        format_valid=np.array([[False, False, True], [True] * 3]),
    )
    for kind in ("low_confidence", "no_call", "out_of_scope", "format_invalid"):
        found = outcome(cascade(Signal(kind=kind, below=0.5), "slim", "mid"), suite)
        assert found.escalated.tolist() == [True, True, False], kind
        assert found.calls_usd.tolist() == [5, 6, 1], kind


def test_disagreement_pays_for_every_repeat():
    """Asking three times costs three times, also where all agree."""
    suite = table(
        {"slim": [1, 0], "mid": [1, 1]},
        cost_usd={"slim": 1.0, "mid": 5.0},
        repeats={
            3: Repeats(
                agree=np.array([[True, False], [True, True]]),
                cost_usd=np.array([[3.0, 3.0], [15.0, 15.0]]),
                latency_s=np.array([[1.5, 1.2], [2.0, 2.0]]),
                complete=np.array([True, False]),
            )
        },
    )
    found = outcome(cascade(Signal(kind="disagreement", repeats=3), "slim", "mid"), suite)
    assert found.calls_usd.tolist() == [3, 8]
    assert found.latency_s.tolist() == [1.5, 2.2]
    with pytest.raises(ConfigError, match="was not asked 3 times"):
        outcome(cascade(Signal(kind="disagreement", repeats=3), "mid", "slim"), suite)


def test_a_person_at_the_end_is_right_and_is_counted():
    """Reviews cost money elsewhere; here they must be seen."""
    found = outcome(cascade(UNSURE, "slim", REVIEW), SUITE)
    assert found.success.tolist() == [1, 1, 1, 0]
    assert found.unaided.tolist() == [1, 0, 0, 0]
    assert found.reviewed.tolist() == [False, True, True, False]
    assert found.served_by.tolist() == [0, NOBODY, NOBODY, 0]
    assert found.counted.tolist() == [1, 1, 1, 0]


def test_a_checked_branch_is_held_to_its_floor_by_its_own_answers():
    """If people's corrections counted, any model would pass where all is checked."""
    found = outcome(single("s", "slim", review=True), SUITE)
    assert found.success.tolist() == [1, 1, 1, 1]
    assert found.counted.tolist() == [1, 0, 1, 0]
    assert found.reviewed.all()


def test_the_first_branch_whose_conditions_hold_serves_the_item():
    """Routes are read from the top."""
    german = Branch(
        when=(Condition(feature="language", op="is", value="de"),), steps=(Step(candidate="frontier"),)
    )
    long = Branch(when=(Condition(feature="words", op="at_least", value=3),), steps=(Step(candidate=REVIEW),))
    found = outcome(
        RoutePolicy(suite="s", branches=(german, long, Branch(steps=(Step(candidate="slim"),)))), SUITE
    )
    assert found.branch.tolist() == [0, 1, 2, 1]
    assert found.calls_usd.tolist() == [10, 0, 1, 0]


@pytest.mark.parametrize(
    ("condition", "holding"),
    [
        (Condition(feature="language", op="is", value="en"), [False, True, True, True]),
        (Condition(feature="language", op="is_not", value="en"), [True, False, False, False]),
        (Condition(feature="words", op="at_least", value=10), [False, True, False, True]),
        (Condition(feature="words", op="below", value=10), [True, False, False, False]),
        (Condition(feature="words", op="is", value="10"), [False, True, False, False]),
        (Condition(feature="absent", op="is", value="x"), [False] * 4),
        (Condition(feature="absent", op="is_not", value="x"), [True] * 4),
        (Condition(feature="absent", op="below", value=1), [False] * 4),
        (Condition(feature="language", op="below", value=1), [False] * 4),
    ],
)
def test_conditions_read_texts_and_numbers_and_lack(condition: Condition, holding: list[bool]):
    """The service and the replay must send the same items the same way."""
    assert holds(condition, SUITE).tolist() == holding


def test_an_unknown_candidate_is_an_error_with_near_names():
    """A route may outlive its candidate."""
    with pytest.raises(ConfigError, match="frontir") as error:
        outcome(single("s", "frontir"), SUITE)
    assert "frontier" in str(error.value)


def test_a_candidate_that_was_left_out_is_named_with_the_reason():
    """Otherwise a lead would look for a misspelling that is none."""
    suite = table({"slim": [1]}, left_out={"mid": "it was asked 3 of 100 items"})
    with pytest.raises(ConfigError, match="it was asked 3 of 100 items"):
        outcome(single("s", "mid"), suite)
