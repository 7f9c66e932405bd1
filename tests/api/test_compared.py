"""What the report's pages on regressions, routes and changes are given, from a project's runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit import api
from evalkit.reporting import ReportInput
from evalkit.reporting.view import build_site
from tests.projects import SUITE, simulated, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three simulated candidates, one run, a baseline for one of them."""
    candidates = {
        "good": simulated(accuracy=1.0, seed=1), "bad": simulated(accuracy=0.25, seed=2),
        "other": simulated(accuracy=0.5, seed=3),
    }  # fmt: skip
    file = write_project(tmp_path, candidates, n_items=40, gate={"allow": ["simulated"]})
    api.run(project=file)
    api.promote("latest", suite=SUITE, candidate="good", why="first", allow=("simulated",), project=file)
    return file


def given(project: Path) -> ReportInput:
    """What the report is made from."""
    return api.report_input(api.open_project(project), None, title="x")


def test_only_what_has_a_baseline_is_compared_and_with_the_gate_s_margin(project: Path) -> None:
    """The page must judge by the margin that the build was judged by."""
    assert given(project).comparisons == ()  # the run that was accepted is not held against itself
    api.run(project=project)
    (compared,) = given(project).comparisons
    assert (compared.found.suite, compared.found.candidate_b) == (SUITE, "good")
    assert compared.found.identical
    assert compared.found.overall.margin == 0.05
    assert compared.against.startswith("baseline of ")
    margin = project.read_text().replace("allow:", "margin: 0.02\n  allow:")
    project.write_text(margin)
    (again,) = given(project).comparisons
    assert again.found.overall.margin == 0.02


def test_a_wrong_routes_file_is_said_on_the_page_and_stops_no_report(project: Path) -> None:
    """The report is what people open to find out what is wrong."""
    assert given(project).routes is not None
    (project.parent / "routes.yaml").write_text("form: 1\nrouts: {}\n")
    inputs = given(project)
    assert inputs.routes is None
    assert any("Nothing is said of routes" in note and "routs" in note for note in inputs.notes)
    assert api.report(project=project).is_file()


def test_cases_that_were_not_judged_for_one_reason_stand_in_one_sentence(project: Path) -> None:
    """A dozen candidates without a baseline would push the answer off the screen."""
    page = build_site(given(project)).front
    told = [note for note in page.notes if note.startswith("Not judged")]
    assert told == ["Not judged (baseline: there is none): bad on plants and other on plants."]


def test_the_next_report_into_a_folder_says_what_changed(project: Path) -> None:
    """The first question of a weekly meeting."""
    front = api.report(project=project)
    assert "Since the report of" not in front.read_text("utf-8")
    project.write_text(project.read_text().replace("accuracy: 0.25", "accuracy: 0.9"))
    api.run(project=project)
    page = api.report(project=project).read_text("utf-8")
    assert "Since the report of" in page
    assert "bad on plants: success" in page


def test_the_table_alone_is_made_without_comparisons_and_routes(project: Path) -> None:
    """The command line prints it after each run."""
    home = api.open_project(project)
    inputs = api.report_input(home, None, title="x", table_only=True)
    assert inputs.comparisons == ()
    assert inputs.routes is None
    assert {row.candidate for row in api.summary(project=project)} == {"good", "bad", "other"}
