"""New, persistent and fixed failures, and requests made again, from a project's own runs and baselines."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit import api
from evalkit.reporting.sample_files import sample_files
from evalkit.reporting.view import build_site
from evalkit.reporting.view.errors import ErrorsPage
from tests.projects import SUITE, simulated, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One simulated candidate that errs, run once."""
    gate = {"allow": ["simulated"]}
    file = write_project(tmp_path, {"one": simulated(accuracy=0.4)}, n_items=20, gate=gate)
    api.run(project=file)
    return file


def errors(project: Path) -> ErrorsPage:
    page = build_site(api.report_input(api.open_project(project), None, title="x")).errors
    assert page is not None
    return page


def test_a_first_run_has_nothing_new(project: Path) -> None:
    """Everything would be new, which says nothing."""
    (row,) = errors(project).since
    assert row.against == ""
    assert row.failing == row.unknown > 0


def test_a_second_run_tells_what_is_new_and_what_was_fixed(project: Path) -> None:
    """The weekly review begins with this row."""
    (was,) = errors(project).since
    project.write_text(project.read_text().replace("accuracy: 0.4", "accuracy: 1.0"))
    api.run(project=project)
    (row,) = errors(project).since
    assert row.against.startswith("run ")
    assert (row.failing, row.new, row.fixed) == (0, 0, was.failing)
    project.write_text(project.read_text().replace("accuracy: 1.0", "accuracy: 0.0"))
    api.run(project=project)
    (row,) = errors(project).since
    assert (row.new, row.persistent, row.fixed) == (20, 0, 0)


def test_the_baseline_serves_where_there_is_no_earlier_run(project: Path, tmp_path: Path) -> None:
    """In CI each build starts with an empty store and a baseline in git."""
    api.promote("latest", suite=SUITE, candidate="one", why="first", allow=("simulated",), project=project)
    (was,) = errors(project).since
    assert was.against == "", "the shown run is the baseline itself"
    (tmp_path / "evalkit.duckdb").unlink()
    (tmp_path / "runs").rename(tmp_path / "old-runs")
    api.run(project=project)
    (row,) = errors(project).since
    assert row.against.startswith("the baseline of ")
    assert row.persistent == row.failing == was.failing


def test_requests_are_made_again_as_they_were_sent(project: Path) -> None:
    """A request beside an answer must be the one that brought it, or say that it is not."""
    site = build_site(api.report_input(api.open_project(project), None, title="x"))
    assert site.errors is not None
    words = "".join(text for _, text in sample_files(site.context, site.errors))
    assert "Answer with one label: fruit, root, leaf, out_of_scope." in words
    assert '"as_sent":true' in words
    assert '"as_sent":false' not in words
