"""What the work allows is kept, whatever it would save."""

import numpy as np

from evalkit.routes.policy import REVIEW, Branch, RoutePolicy, Signal, Step, single
from evalkit.routes.settings import RouteLimits, breaches, find_ruled_out
from tests.routes.tables import table

SUITE = table({"slim": [1, 0], "mid": [1, 1], "frontier": [1, 1]}, cost_usd={"frontier": [1.0, np.nan]})


def test_each_candidate_that_may_not_serve_is_named_with_the_reason():
    """A lead who misses a model in the proposal must find why."""
    limits = RouteLimits(
        forbidden={"mid": "its endpoint is remote, and the suite is local_only"}, least_tier="mid"
    )
    assert find_ruled_out(SUITE, limits) == {
        "slim": "the suite's risk demands tier mid or above",
        "mid": "its endpoint is remote, and the suite is local_only",
        "frontier": "the cost of 1 of 2 items is not known",
    }
    assert find_ruled_out(SUITE.only(["slim", "mid"]), RouteLimits()) == {}


def test_a_route_in_force_that_breaks_a_limit_is_told_so():
    """Limits change after routes were accepted."""
    signal = Signal(kind="format_invalid")
    up = RoutePolicy(
        suite="s",
        branches=(Branch(steps=(Step(candidate="slim", escalate_on=signal), Step(candidate="mid"))),),
    )
    assert breaches(up, SUITE, RouteLimits(forbidden={"mid": "remote"})) == ("'mid': remote",)
    assert breaches(up, SUITE, RouteLimits()) == ()


def test_demanded_checks_are_of_every_answer():
    """A person who sees only what the model doubts does not see where it is sure and wrong."""
    limits = RouteLimits(must_review=True)
    last = RoutePolicy(
        suite="s",
        branches=(
            Branch(
                steps=(
                    Step(candidate="slim", escalate_on=Signal(kind="format_invalid")),
                    Step(candidate=REVIEW),
                )
            ),
        ),
    )
    assert breaches(last, SUITE, limits)
    assert breaches(single("s", "slim", review=True), SUITE, limits) == ()
    assert (
        breaches(RoutePolicy(suite="s", branches=(Branch(steps=(Step(candidate=REVIEW),)),)), SUITE, limits)
        == ()
    )
