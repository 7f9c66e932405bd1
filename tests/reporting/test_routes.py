"""The routes page as data, and what the front page takes from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.reporting import ReportInput
from evalkit.reporting.html import render_page
from evalkit.reporting.view import Site, build_site
from evalkit.reporting.view.routes import RoutesPage
from evalkit.reporting.view.tables import tables
from evalkit.routes.report import RouteReport


@pytest.fixture(scope="module")
def site(inputs: ReportInput, routes: RouteReport) -> Site:
    return build_site(replace(inputs, routes=routes))


@pytest.fixture(scope="module")
def page(site: Site) -> RoutesPage:
    assert site.routes is not None
    return site.routes


def test_without_routes_there_is_no_page(inputs: ReportInput) -> None:
    """Nothing was asked, so nothing is said."""
    assert build_site(inputs).routes is None


def test_the_picture_is_the_proposal_s_policy_with_its_measured_shares(
    routes: RouteReport, page: RoutesPage
) -> None:
    """A picture of another route than the certified one would be accepted in its place."""
    proposal = routes.suites[0].proposal
    assert proposal.proposed is not None
    assert proposal.figures is not None
    shown = page.suites[0].proposed
    assert shown is not None
    assert [[s.candidate for s in b.steps] for b in shown.branches] == [
        [s.candidate for s in b.steps] for b in proposal.proposed.branches
    ]
    served = [step.served or 0.0 for branch in shown.branches for step in branch.steps]
    assert served == [step.served for step in proposal.figures.steps]
    assert sum(served) == pytest.approx(1)


def test_with_no_route_in_force_today_is_said_to_be_assumed(page: RoutesPage) -> None:
    """A saving over an assumption must be seen as one."""
    today = page.suites[0].today
    assert today is not None
    assert not page.suites[0].in_force
    assert "assumed" in today.title
    assert today.branches[0].steps[0].candidate == "frontier"


def test_the_certificate_stands_in_its_own_words_and_once(page: RoutesPage) -> None:
    """Lawyers read this paragraph; a second wording is a second promise."""
    suite = page.suites[0]
    assert suite.certified
    assert "is certified to succeed in at least 80% of the work" in suite.certificate
    assert suite.certificate not in suite.reason


def test_advice_carries_its_numbers_and_at_most_five_items(routes: RouteReport, page: RoutesPage) -> None:
    """Advice without evidence is an opinion."""
    for row, advice in zip(page.suites[0].advice, routes.suites[0].advice, strict=True):
        assert (row.n, row.success_now, row.month_saving_usd) == (
            advice.n, advice.success_now, advice.month_saving_usd,
        )  # fmt: skip
        assert tuple(item for item, _ in row.examples) == advice.examples
        assert len(row.examples) <= 5


def test_the_front_page_shows_at_most_three_changes_certified_ones_first(
    site: Site, page: RoutesPage
) -> None:
    """A large uncertified number must not push the certified one down."""
    shown = site.front.changes
    assert shown == page.changes[:3]
    assert [c.certified for c in shown] == sorted((c.certified for c in shown), reverse=True)
    proposal = site.context.inputs.routes.suites[0].proposal  # type: ignore[union-attr]
    assert shown[0].usd_a_month == proposal.month_saving_usd
    assert shown[0].over == proposal.saving_over


def test_every_decision_stands_in_the_governance_table(routes: RouteReport, site: Site) -> None:
    """A board asks for all of them."""
    expected = [row for suite in routes.suites for row in suite.governance]
    found = next(t for t in tables(site) if t.name == "governance")
    assert [(row[2], row[3]) for row in found.rows] == [(g.when, g.asks) for g in expected]


def test_a_route_that_reviews_and_expired_is_drawn_and_said(site: Site, page: RoutesPage) -> None:
    """The person in the loop and the lapsed acceptance are what governance is for."""
    suite = page.suites[0]
    assert suite.proposed is not None
    reviewed = replace(suite.proposed, branches=(replace(suite.proposed.branches[0], review=True),))
    row = replace(page.governance[0], in_force=True, accepted_by="ada", expired=True)
    changed = replace(page, suites=(replace(suite, proposed=reviewed),), governance=(row,))
    html = render_page(site, changed, {})
    assert "a person checks" in html
    assert "ada" in html


def test_no_certified_change_is_said_as_the_headline(routes: RouteReport, inputs: ReportInput) -> None:
    """Nothing to do is an answer too."""
    suite = routes.suites[0]
    kept = replace(suite, proposal=replace(suite.proposal, status="uncertified", proposed=None, figures=None))
    site = build_site(replace(inputs, routes=replace(routes, suites=(kept,))))
    assert site.routes is not None
    assert site.routes.headline == "No change of a route is certified on 1 suite."
    assert site.routes.suites[0].status == "more evidence"


def test_a_certified_change_that_costs_more_says_so(inputs: ReportInput, routes: RouteReport) -> None:
    """What is tightened for its floor's sake was once announced as worth a negative amount."""
    one = routes.suites[0]

    def headline(saving: float) -> str:
        proposal = replace(one.proposal, month_saving_usd=saving)
        site = build_site(replace(inputs, routes=replace(routes, suites=(replace(one, proposal=proposal),))))
        assert site.routes is not None
        return site.routes.headline

    assert ", for $2,158 a month more" in headline(-2158.0)
    assert ", worth $2,158 a month" in headline(2158.0)
