"""One made-up run for the tests of page data."""

from __future__ import annotations

import pytest

from evalkit.reporting import ReportInput
from tests.reporting.cases import report_input


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> ReportInput:
    """A run of three suites and four candidates, mid and frontier simulated."""
    return report_input(tmp_path_factory.mktemp("runs") / "run-1", n_items=24)
