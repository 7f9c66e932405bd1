"""A policy says who is asked, and what is wrong with its form before anything follows it."""

import math

import pytest

from evalkit.records import from_plain, to_plain
from evalkit.routes.policy import REVIEW, Branch, Condition, RoutePolicy, Signal, Step, single
from tests.routes.tables import faults_of

UNSURE = Signal(kind="low_confidence", below=0.8)
CASCADE = RoutePolicy(
    suite="s",
    branches=(
        Branch(
            when=(Condition(feature="language", op="is", value="de"),), steps=(Step(candidate="frontier"),)
        ),
        Branch(steps=(Step(candidate="slim", escalate_on=UNSURE), Step(candidate="mid"))),
    ),
)


def test_a_policy_survives_json():
    """Routes are kept in files and reports: what is read back must be what was written."""
    assert from_plain(RoutePolicy, to_plain(CASCADE)) == CASCADE


def test_a_policy_reads_as_a_sentence():
    """The lead who accepts a route reads this line."""
    assert CASCADE.in_words == "when language is de: frontier; else slim, then mid when confidence below 0.8"
    assert single("s", "slim").in_words == "slim"
    assert single("s", "slim", review=True).in_words == "slim, each answer reviewed"


def test_candidates_are_those_that_may_be_asked_and_no_person_is_among_them():
    """Prices, privacy and fingerprints are looked up for exactly these."""
    last = Branch(steps=(Step(candidate="slim", escalate_on=UNSURE), Step(candidate=REVIEW)))
    policy = RoutePolicy(suite="s", branches=(*CASCADE.branches[:1], last))
    assert policy.candidates == ("frontier", "slim")
    assert policy.reviews
    assert not CASCADE.reviews


def test_only_one_unchecked_candidate_counts_as_single():
    """What is not single has to beat random mixing."""
    assert single("s", "slim").single == "slim"
    assert single("s", "slim", review=True).single is None
    assert CASCADE.single is None
    assert (single("s", "slim").complexity, CASCADE.complexity) == (0, 2)


def test_a_policy_that_can_be_followed_has_no_faults():
    """The check must not cry wolf over what the search proposes."""
    assert faults_of(CASCADE) == ()
    assert faults_of(single("s", "slim")) == ()


ALONE = (Step(candidate="slim"),)
GERMAN = Condition(feature="language", op="is", value="de")


@pytest.mark.parametrize(
    ("branches", "said"),
    [
        ((), "at least one branch"),
        ((Branch(when=(GERMAN,), steps=ALONE),), "the last branch has conditions"),
        ((Branch(steps=ALONE), Branch(steps=ALONE)), "never reached"),
        ((Branch(steps=()),), "at least one step"),
        ((Branch(steps=(Step(candidate="slim", escalate_on=UNSURE),)),), "escalates to nobody"),
        ((Branch(steps=(Step(candidate="slim"), Step(candidate="mid"))),), "has no signal"),
        ((Branch(steps=(Step(candidate=REVIEW), Step(candidate="mid"))),), "a review is the last step"),
        ((Branch(steps=(Step(candidate="slim", escalate_on=UNSURE), *ALONE)),), "asked twice"),
        (
            (
                Branch(
                    steps=(
                        Step(candidate="slim", escalate_on=Signal(kind="low_confidence")),
                        Step(candidate="mid"),
                    )
                ),
            ),
            "needs `below`",
        ),
        (
            (
                Branch(
                    steps=(
                        Step(candidate="slim", escalate_on=Signal(kind="disagreement", repeats=1)),
                        Step(candidate="mid"),
                    )
                ),
            ),
            "needs `repeats`",
        ),
        (
            (
                Branch(when=(Condition(feature="input_words", op="below", value="many"),), steps=ALONE),
                Branch(steps=ALONE),
            ),
            "expected a number",
        ),
        (
            (
                Branch(when=(Condition(feature="input_words", op="at_least", value=math.nan),), steps=ALONE),
                Branch(steps=ALONE),
            ),
            "expected a number",
        ),
    ],
)
def test_each_mistake_of_form_is_named(branches: tuple[Branch, ...], said: str):
    """A route that cannot be followed would fail in the service, at night."""
    found = faults_of(RoutePolicy(suite="s", branches=branches))
    assert any(said in text for text in found), found
