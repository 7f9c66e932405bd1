"""The figures of a route: everything is paid, nothing unknown is small, and people's checks are counted."""

import math

import numpy as np
import pytest

from evalkit.economics import figures
from evalkit.records import Stakes
from evalkit.routes.figures import route_figures
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import REVIEW, Branch, RoutePolicy, Signal, Step, single
from evalkit.routes.table import suite_table
from tests.routes.tables import table
from tests.routes.test_build import fault, row

STAKES = Stakes(
    error_cost_usd=10.0, review_cost_usd=2.0, volume_per_month=1_000, latency_slo_s=1.5, quality_floor=0.5
)
SUITE = table(
    {"slim": [1, 0, 1, 0], "frontier": [1, 1, 0, 1]},
    cost_usd={"slim": 1.0, "frontier": 10.0},
    latency_s={"slim": 1.0, "frontier": 2.0},
    confidence={"slim": [0.9, 0.1, 0.2, 0.8]},
    stakes=STAKES,
)


def escalating(to: str) -> RoutePolicy:
    signal = Signal(kind="low_confidence", below=0.5)
    return RoutePolicy(
        suite="s", branches=(Branch(steps=(Step(candidate="slim", escalate_on=signal), Step(candidate=to))),)
    )


def test_a_cascade_by_hand():
    """Every figure of a small case, computed on paper."""
    found = route_figures(outcome(escalating("frontier"), SUITE), SUITE)
    assert found.success.estimate == 0.5
    assert found.calls_usd is not None
    assert found.calls_usd.estimate == 6.0
    assert found.errors_usd == 5.0
    assert found.total_usd is not None
    assert found.total_usd.estimate == 11.0
    assert found.per_success_usd is not None
    assert found.per_success_usd.estimate == 12.0
    assert (found.month_calls_usd, found.month_total_usd, found.month_errors) == (6_000, 11_000, 500)
    assert (found.review_share, found.escalated_share, found.within_limit) == (0, 0.5, 0.5)
    assert [(s.candidate, s.asked, s.served) for s in found.steps] == [
        ("slim", 1, 0.5),
        ("frontier", 0.5, 0.5),
    ]


def test_people_cost_money_and_leave_no_unchecked_error():
    """A review counts as right and is paid."""
    found = route_figures(outcome(escalating(REVIEW), SUITE), SUITE)
    assert found.success.estimate == 0.75
    assert found.unchecked_errors.estimate == 0.25
    assert (found.review_share, found.reviews_usd) == (0.5, 1.0)
    assert found.total_usd is not None
    assert found.total_usd.estimate == pytest.approx(1 + 1 + 2.5)
    assert found.steps[-1].candidate == REVIEW


def test_reviews_without_a_price_make_the_total_unknown():
    """What people cost must not be zero because nobody said it."""
    suite = table({"slim": [1, 0]}, stakes=Stakes(error_cost_usd=1.0))
    found = route_figures(outcome(single("s", "slim", review=True), suite), suite)
    assert found.total_usd is None
    assert found.per_success_usd is None
    assert found.unknown is not None
    assert "review_cost_usd" in found.unknown


def test_one_unknown_cost_makes_the_route_unknown():
    """It is only asked for one item in two: the others must not hide it."""
    suite = table(
        {"slim": [1, 0], "frontier": [1, 1]},
        cost_usd={"slim": 1.0, "frontier": [np.nan, 2.0]},
        confidence={"slim": [0.1, 0.9]},
    )
    found = route_figures(outcome(escalating("frontier"), suite), suite)
    assert found.total_usd is None
    assert found.month_total_usd is None
    assert found.unknown == "the cost of 1 of 2 items is not known"


def test_no_success_costs_infinitely_much_each():
    """A legal answer, and not an error."""
    suite = table({"slim": [0, 0]}, cost_usd={"slim": 1.0})
    found = route_figures(outcome(single("s", "slim"), suite), suite)
    assert found.per_success_usd is not None
    assert found.per_success_usd.estimate == math.inf
    assert found.per_success_usd.high == math.inf


def test_a_candidate_alone_has_the_figures_of_its_own():
    """The route page and the cost page must not differ over the same answers."""
    import pandas as pd

    rows = pd.DataFrame(
        [row(f"i{k}", "a", success=k % 3 > 0, cost_usd=0.1 * k, cluster=f"c{k // 2}") for k in range(30)]
    )
    mine = suite_table(rows)
    found = route_figures(outcome(single("s", "a"), mine), mine)
    (other,) = figures(rows)
    assert found.success == other.success
    assert found.per_success_usd == other.cost.per_success_usd
    assert found.calls_usd is not None
    assert other.cost.per_attempt_usd is not None
    assert found.calls_usd.low == pytest.approx(other.cost.per_attempt_usd.low)


def test_a_route_answers_for_faults_that_a_candidate_is_excused_for():
    """Availability is the backend's in a comparison; who routes to it serves nothing all the same."""
    import pandas as pd

    rows = pd.DataFrame([row("i0", "a"), fault("i1", "a", "server_error")])
    mine = suite_table(rows)
    assert route_figures(outcome(single("s", "a"), mine), mine).success.estimate == 0.5
