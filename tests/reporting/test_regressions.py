"""The regressions page as data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.reporting import Compared, ReportInput
from evalkit.reporting.charts import draw
from evalkit.reporting.view import build_site
from evalkit.reporting.view.drawings import ForestDrawing
from evalkit.reporting.view.regressions import RegressionsPage
from evalkit.reporting.view.tables import tables
from tests.reporting.cases import case_verdict, gate_verdict


@pytest.fixture(scope="module")
def page(inputs: ReportInput) -> RegressionsPage:
    found = build_site(inputs).regressions
    assert found is not None
    return found


def one_case(inputs: ReportInput, compared: Compared) -> RegressionsPage:
    """The page of one comparison."""
    found = build_site(replace(inputs, comparisons=(compared,))).regressions
    assert found is not None
    return found


def test_without_a_baseline_there_is_no_page(inputs: ReportInput) -> None:
    """An empty page would look like a clean bill."""
    assert build_site(replace(inputs, comparisons=())).regressions is None


def test_every_comparison_is_drawn_with_its_own_margin(inputs: ReportInput, page: RegressionsPage) -> None:
    """A picture that leaves one out, or draws another margin, tells of another gate."""
    drawing = page.forest.drawing
    assert isinstance(drawing, ForestDrawing)
    found = {(r.group, r.name): (r.difference, r.margin) for r in drawing.rows}
    assert found == {
        (c.found.suite, c.found.candidate_b): (c.found.overall.difference.interval, c.found.overall.margin)
        for c in inputs.comparisons
    }


def test_flips_are_those_of_the_comparison_critical_ones_first(page: RegressionsPage) -> None:
    """These are the items that the meeting opens."""
    for case in page.cases:
        assert len(case.broken) == 3
        assert len(case.fixed) == 1
        critical = [flip.critical for flip in case.broken]
        assert critical == sorted(critical, reverse=True)


def test_what_differs_on_both_sides_is_said_once_for_all_comparisons(page: RegressionsPage) -> None:
    """Twelve lines on one other machine hide the thirteenth line."""
    kinds = [caveat.kind for caveat in page.caveats]
    assert len(kinds) == len(set(kinds))
    simulated = next(c for c in page.caveats if c.kind == "hardware")
    assert len(simulated.where) == len(page.cases)
    assert "Other" in simulated.before


def test_the_gate_s_word_on_the_difference_stands_before_the_interval_s_own(inputs: ReportInput) -> None:
    """The gate corrects for all it judged; a picture that contradicts it ends in an argument."""
    compared = inputs.comparisons[0]
    assert inputs.gate is not None
    verdict = case_verdict(compared.found.suite, compared.found.candidate_b, "fail")
    judged = replace(inputs, gate=gate_verdict(verdict))
    assert one_case(inputs, compared).cases[0].outcome == compared.found.overall.judgement.outcome != "fail"
    assert one_case(judged, compared).cases[0].outcome == "fail"


def test_the_title_names_who_is_worse_and_never_a_comparison_that_holds(inputs: ReportInput) -> None:
    """The title is all that a hurried reader takes away."""
    page = build_site(replace(inputs, gate=None)).regressions
    assert page is not None
    worse = [c for c in page.cases if c.outcome == "fail"]
    if not worse:
        assert page.forest.title.startswith("None of")
    for case in page.cases:
        assert (f"{case.candidate} on {case.suite}" in page.forest.title) == (case in worse[:3])


def test_the_slices_table_begins_with_what_fell_most(page: RegressionsPage) -> None:
    """A list by name buries the slice that matters."""
    for case in page.cases:
        changes = [s.difference.estimate for s in case.slices if s.difference.n]
        assert changes == sorted(changes)


def test_the_figures_are_drawn_for_both_widths(page: RegressionsPage) -> None:
    """A phone in the meeting shows the same rows as the projector."""
    for figure in page.figures:
        pictures = draw(figure)
        for picture in (pictures.wide, pictures.narrow):
            assert picture.count("var(--muted)") > len(figure.rows)
            assert picture.startswith("<svg")


def test_the_csv_has_the_suites_and_every_slice(inputs: ReportInput, page: RegressionsPage) -> None:
    """The page shows a part of them; the file has them all."""
    table = next(t for t in tables(build_site(inputs)) if t.name == "regressions")
    assert len(table.rows) == sum(1 + len(case.slices) for case in page.cases)


def test_outputs_do_not_reach_the_page_s_data(inputs: ReportInput, page: RegressionsPage) -> None:
    """A report without content must not carry it in a record that is written out as JSON."""
    compared = inputs.comparisons[0].found
    assert any(flip.output_b for flip in compared.flips)
    assert "as it was" not in repr(page)
