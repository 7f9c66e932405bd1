"""The figures: true to their data, the same each time, and safe in a page."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from evalkit.economics import CandidateFigures
from evalkit.reporting import ReportInput
from evalkit.reporting.charts import Pictures, draw
from evalkit.reporting.charts.axes import log_limits, round_ticks
from evalkit.reporting.view import Figure, build_site
from evalkit.reporting.view.drawings import CostMark, CostPanel
from evalkit.reporting.view.findings import cost_finding, speed_finding
from evalkit.stats import Interval


@pytest.fixture(scope="module")
def figures(inputs: ReportInput) -> dict[str, Figure]:
    site = build_site(inputs)
    return {"cost": site.cost.cost_quality, "latency": site.cost.latency, "ends": site.suites[0].outcomes}


@pytest.fixture(scope="module")
def drawn(figures: dict[str, Figure]) -> dict[str, Pictures]:
    return {name: draw(figure) for name, figure in figures.items()}


@pytest.mark.parametrize("name", ["cost", "latency", "ends"])
def test_a_drawing_is_the_same_each_time_and_carries_no_style_of_its_own(
    figures: dict[str, Figure], drawn: dict[str, Pictures], name: str
) -> None:
    """Equal results make equal bytes, and the content policy forbids inline styles."""
    pictures = drawn[name]
    assert pictures == draw(figures[name])
    for svg in (pictures.wide, pictures.narrow):
        assert "style=" not in svg
        assert "<style" not in svg
        assert "<!--" not in svg


@pytest.mark.parametrize("name", ["cost", "latency", "ends"])
def test_every_colour_is_the_page_s(drawn: dict[str, Pictures], name: str) -> None:
    """A fixed colour would vanish in one of the two themes."""
    painted = re.findall(r'(?:fill|stroke)="([^"]+)"', drawn[name].wide)
    assert painted
    assert all(re.fullmatch(r"none|var\(--[a-z-]+\)|url\(#\w+\)", colour) for colour in painted)


def test_text_stays_text_and_names_every_candidate_and_suite(drawn: dict[str, Pictures]) -> None:
    """Names drawn as outlines can be neither searched nor read aloud."""
    for name in ("cost", "latency"):
        svg = drawn[name].wide
        for word in ("slim-plain", "slim-constrained", "mid", "frontier", "order-extraction"):
            assert f">{word}</text>" in svg


def test_both_widths_of_all_figures_on_a_page_have_ids_of_their_own(drawn: dict[str, Pictures]) -> None:
    """A shared id would clip one figure by another's frame."""
    ids = [
        found
        for pictures in drawn.values()
        for svg in (pictures.wide, pictures.narrow)
        for found in set(re.findall(r' id="([^"]+)"', svg))
    ]
    assert len(ids) == len(set(ids))


def test_a_hostile_name_is_text_in_the_drawing(inputs: ReportInput) -> None:
    """A candidate may be called anything, formulas included."""
    bad = "$x_1$ <script>\u202e\x1b"
    samples = inputs.samples.assign(candidate=[bad if c == "mid" else c for c in inputs.samples["candidate"]])
    given = tuple(replace(f, candidate=bad) if f.candidate == "mid" else f for f in inputs.figures)
    svg = draw(build_site(replace(inputs, samples=samples, figures=given)).cost.cost_quality).wide
    assert "$x_1$ &lt;script&gt;" in svg
    assert "<script" not in svg
    assert "\u202e" not in svg


def with_cost(figures: CandidateFigures, per_success_usd: Interval | None) -> CandidateFigures:
    return replace(figures, cost=replace(figures.cost, per_success_usd=per_success_usd))


def test_infinite_and_free_costs_are_drawn_and_said(inputs: ReportInput) -> None:
    """No success is an infinite cost per success, in the plot too."""

    def costing(value: float) -> Interval:
        return Interval(estimate=value, low=value, high=math.inf, confidence=0.95, n=20, method="")

    costs = {"slim-plain": costing(math.inf), "slim-constrained": costing(0.0)}
    given = tuple(with_cost(f, costs.get(f.candidate, f.cost.per_success_usd)) for f in inputs.figures)
    figure = build_site(replace(inputs, figures=given)).cost.cost_quality
    svg = draw(figure).wide
    assert "slim-plain (no success)" in svg
    assert "slim-constrained (no cost)" in svg
    assert "∞ per 1,000 successes" in figure.alternative


def test_a_figure_without_data_is_said_not_drawn(inputs: ReportInput) -> None:
    """An empty frame looks like a result."""
    given = tuple(
        replace(with_cost(f, None), latency=replace(f.latency, end_to_end_s=None)) for f in inputs.figures
    )
    page = build_site(replace(inputs, figures=given)).cost
    assert page.cost_quality.rows == page.latency.rows == ()
    assert page.cost_quality.title == "No candidate has both a success rate and a known cost"
    assert page.latency.title == "No latency was measured"
    draw(page.cost_quality)
    draw(page.latency)


def test_every_figure_says_its_finding_its_n_and_its_words(figures: dict[str, Figure]) -> None:
    """A figure must be of use to a reader who does not see it."""
    for figure in figures.values():
        assert figure.title
        assert "n = 24 items" in figure.how_to_read
        assert "frontier" in figure.alternative
        assert all(len(row) == len(figure.columns) for row in figure.rows)


@pytest.mark.parametrize(("low", "high", "most"), [(0.001, 900.0, 5), (0.4, 11.0, 5), (3.0, 4.0, 4)])
def test_ticks_are_few_and_inside(low: float, high: float, most: int) -> None:
    """Ticks that run into each other can not be read."""
    ticks = round_ticks((low, high), most)
    assert len(ticks) <= most
    assert all(low <= tick <= high for tick in ticks)


def test_limits_hold_every_estimate_and_no_absurd_bound() -> None:
    """One endless interval must not push all marks into a corner."""
    low, high = log_limits([1.0, 4.0, math.inf, 0.0], [0.9, math.inf, 4000.0])
    assert low < 0.9
    assert 4 < high < 40


def test_a_candidate_without_a_success_is_never_called_the_cheapest(inputs: ReportInput) -> None:
    """An infinite cost per success wins nothing, even alone."""

    def title(suites: set[str]) -> str:
        endless = Interval(estimate=math.inf, low=0.1, high=math.inf, confidence=0.95, n=20, method="")
        given = tuple(with_cost(f, endless) if f.suite in suites else f for f in inputs.figures)
        return build_site(replace(inputs, figures=given)).cost.cost_quality.title

    assert title({f.suite for f in inputs.figures}) == "Of the measured candidates, none has a success"
    assert title({"support-triage"}).endswith("; no success on 1 of 3")


def test_a_stand_in_is_never_named_among_the_measured() -> None:
    """A suite that only a stand-in was asked about has no say in what the measured ones show."""

    def mark(candidate: str, success: float, simulated: bool) -> CostMark:
        rate = Interval(estimate=success, low=0.0, high=1.0, confidence=0.95, n=20, method="")
        return CostMark(
            candidate=candidate, tier="slim", simulated=simulated, success=rate, paid=rate, on_front=True
        )

    panels = [
        CostPanel(suite="both", floor=None, marks=(mark("real", 0.2, False), mark("made up", 0.9, True))),
        CostPanel(suite="made up alone", floor=None, marks=(mark("made up", 0.9, True),)),
    ]
    for finding in (cost_finding(panels), speed_finding(panels)):
        assert finding.startswith("Of the measured candidates")
        assert "made up" not in finding
        assert "real" in finding
