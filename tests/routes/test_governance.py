"""Claims about governance rows: who acts unchecked, how often wrongly in a month, and who accepted it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from evalkit.records import Stakes
from evalkit.routes.file import Acceptance, Route
from evalkit.routes.governance import governance
from evalkit.routes.policy import REVIEW, Branch, RoutePolicy, Signal, Step, single
from tests.routes.test_slices import GERMAN_UP, world

TODAY = date(2026, 11, 22)


def test_each_branch_is_a_decision_with_its_own_errors() -> None:
    """German to the frontier, the rest to slim: two rows whose wrong acts add up to the suite's."""
    stakes = Stakes(risk="high", volume_per_month=1_000, error_cost_usd=3.0)
    table = world(0, stakes=stakes)
    first, rest = governance(GERMAN_UP, table, today=TODAY)
    assert (first.when, rest.when) == ("language is de", "everything else")
    assert (first.tiers, rest.tiers) == (("frontier",), ("slim",))
    assert first.share + rest.share == pytest.approx(1)
    german = table.features["language"] == "de"
    assert rest.errors.estimate == pytest.approx(1 - table.success[0][~german].mean())
    assert rest.errors.low < rest.errors.estimate < rest.errors.high
    assert rest.errors_per_month is not None
    assert rest.errors_usd_per_month is not None
    assert rest.errors_per_month.estimate == pytest.approx(1_000 * rest.share * rest.errors.estimate)
    assert rest.errors_usd_per_month.high == pytest.approx(3 * rest.errors_per_month.high)
    assert (rest.risk, rest.unchecked, rest.in_force, rest.simulated) == ("high", True, False, True)


def test_what_a_person_checks_does_not_act_unchecked() -> None:
    """A last resort that is a person leaves the earlier steps unchecked; a review of all does not."""
    table = world(0)
    signal = Signal(kind="format_invalid")
    cascade = Branch(steps=(Step(candidate="slim", escalate_on=signal), Step(candidate=REVIEW)))
    found = governance(RoutePolicy(suite="triage", branches=(cascade,)), table, today=TODAY)[0]
    assert (found.unchecked, found.tiers) == (True, ("slim", "review"))
    checked = governance(single("triage", "slim", review=True), table, today=TODAY)[0]
    assert (checked.unchecked, checked.errors.estimate) == (False, 0)


def test_an_acceptance_says_who_and_until_when_and_runs_out() -> None:
    """The last day still holds."""
    accepted = Acceptance(by="ada", since=date(2026, 8, 1), why="trial", until=TODAY)
    route = Route(policy=single("triage", "slim"), accepted=accepted)
    row = governance(route.policy, world(0), route=route, today=TODAY)[0]
    assert (row.in_force, row.accepted_by, row.accepted_until, row.expired) == (True, "ada", TODAY, False)
    later = governance(route.policy, world(0), route=route, today=date(2026, 11, 23))[0]
    assert later.expired


def test_without_a_volume_no_month_is_made_up() -> None:
    """Unknown amounts are None, never zero."""
    table = replace(world(0), stakes=Stakes(error_cost_usd=1.0))
    row = governance(single("triage", "slim"), table, today=TODAY)[0]
    assert (row.errors_per_month, row.errors_usd_per_month) == (None, None)


def test_a_tag_of_risk_tells_each_branch_its_own() -> None:
    """Items may be riskier than their suite."""
    table = world(0)
    features = {**table.features, "risk": table.features["language"]}
    table = replace(table, features=features)
    rows = governance(GERMAN_UP, table, today=TODAY)
    assert [row.risk for row in rows] == ["de", "medium"]
