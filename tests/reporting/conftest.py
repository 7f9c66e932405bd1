"""One made-up run for the tests of page data."""

from __future__ import annotations

import pytest

from evalkit.reporting import ReportInput
from evalkit.routes.report import RouteReport
from tests.reporting.cases import report_input
from tests.reporting.routed import made_routes


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> ReportInput:
    """A run of three suites and four candidates, mid and frontier simulated."""
    return report_input(tmp_path_factory.mktemp("runs") / "run-1", n_items=24)


@pytest.fixture(scope="session")
def routes(tmp_path_factory: pytest.TempPathFactory) -> RouteReport:
    """The routes of a suite whose slim model fails in German; a proposal is certified."""
    return made_routes(tmp_path_factory.mktemp("routed"))
