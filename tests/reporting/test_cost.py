"""The cost-and-quality page as data: fronts, bills, break-even, slim against frontier."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.reporting import ReportInput
from evalkit.reporting.charts import draw
from evalkit.reporting.view import build_site
from evalkit.reporting.view.bills import bill_figure, suite_bills
from evalkit.reporting.view.cost import CostPage
from evalkit.reporting.view.drawings import BillDrawing, CostDrawing, CostMark
from evalkit.routes.policy import single
from evalkit.routes.report import RouteReport


@pytest.fixture(scope="module")
def page(inputs: ReportInput) -> CostPage:
    return build_site(inputs).cost


def marks(page: CostPage, name: str) -> list[tuple[CostMark, ...]]:
    """The marks of each panel of one of its scatter figures."""
    drawing = getattr(page, name).drawing
    assert isinstance(drawing, CostDrawing)
    return [panel.marks for panel in drawing.panels]


@pytest.mark.parametrize("name", ["cost_quality", "speed_quality"])
def test_nobody_on_the_front_is_beaten_and_everyone_else_is(page: CostPage, name: str) -> None:
    """The line on the picture is an argument for buying; a wrong point on it costs money."""
    for panel in marks(page, name):
        for mark in panel:
            beaten = any(
                (o.success.estimate >= mark.success.estimate and o.paid.estimate < mark.paid.estimate)
                or (o.success.estimate > mark.success.estimate and o.paid.estimate <= mark.paid.estimate)
                for o in panel
            )
            assert mark.on_front != beaten


def test_slim_against_frontier_takes_the_best_of_each_tier_and_says_what_is_simulated(page: CostPage) -> None:
    """A lead compares what would be bought, not the weakest variant."""
    assert len(page.sides) == 3
    for pair in page.sides:
        assert (pair.slim.tier, pair.frontier.tier) == ("slim", "frontier")
        assert "(simulated)" in pair.words[0]
        assert ("overlap" in pair.words[0]) != ("do not meet" in pair.words[0])


def test_a_bill_is_the_sum_of_the_suites_of_its_best_candidate(routes: RouteReport) -> None:
    """The first number that a lead copies into a plan."""
    bills = suite_bills(routes)
    figure = bill_figure(bills)
    assert figure is not None
    assert isinstance(figure.drawing, BillDrawing)
    bars = {bar.name: bar for bar in figure.drawing.bars}
    total = 0.0
    for suite in routes.suites:
        (name,) = [c.candidate for c in suite.candidates if c.tier == "frontier"]
        found, price = suite.alone[name], suite.stakes.error_cost_usd
        assert found.n == suite.proposal.n_confirming
        assert found.month_calls_usd is not None
        assert found.month_errors is not None
        total += found.month_calls_usd + found.month_errors * (price or 0.0)
    assert bars["frontier alone"].total_usd == pytest.approx(total)


def test_a_route_that_is_the_frontier_alone_has_its_bill(routes: RouteReport) -> None:
    """Over other items it looked six dollars cheaper than itself."""
    for suite in routes.suites:
        (frontier,) = [c.candidate for c in suite.candidates if c.tier == "frontier"]
        same = replace(
            suite.proposal, current=single(suite.suite, frontier), current_figures=suite.alone[frontier]
        )
        (bill,) = suite_bills(replace(routes, suites=(replace(suite, proposal=same),)))
        rows = {row.kind: row for row in bill.rows}
        assert rows["route in force"].total_usd == rows["frontier"].total_usd
        assert rows["route in force"].success == rows["frontier"].success


def test_one_unknown_bill_leaves_the_way_out_rather_than_making_it_smaller(routes: RouteReport) -> None:
    """A sum over what happens to be known is a lie that looks like a saving."""
    bills = suite_bills(routes)
    broken = tuple(
        replace(bill, rows=tuple(replace(r, calls_usd=None) if r.kind == "slim" else r for r in bill.rows))
        for bill in bills
    )
    figure = bill_figure(broken)
    assert figure is not None
    assert "slim alone" not in {row[0] for row in figure.rows}


def test_routes_bring_bills_break_even_and_their_pictures(inputs: ReportInput, routes: RouteReport) -> None:
    """Each figure must come out at both widths."""
    page = build_site(replace(inputs, routes=routes)).cost
    names = [figure.name for figure in page.figures]
    assert names == ["cost-quality", "bill", "speed-quality", "latency"]
    for figure in page.figures[:3]:
        pictures = draw(figure)
        assert pictures.wide.startswith("<svg")
        assert pictures.narrow != pictures.wide
    assert {row.kind for bill in page.bills for row in bill.rows} >= {
        "slim",
        "mid",
        "frontier",
        "proposed route",
    }
