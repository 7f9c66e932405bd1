"""One browser and one report for all browser tests; skipped, with the reason, where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from evalkit.reporting import write_report
from evalkit.routes.report import RouteReport
from tests.browser import checks
from tests.reporting.cases import ATTACKS, hostile_input, report_input
from tests.reporting.routed import hostile_routes, made_routes, past


@pytest.fixture(scope="session")
def driver() -> Iterator[WebDriver]:
    """The browser."""
    for program in (checks.CHROMIUM, checks.CHROMEDRIVER):
        if not program.exists():
            pytest.skip(f"{program} is not installed (Debian: apt install chromium chromium-driver)")
    with checks.browser() as found:
        yield found


@pytest.fixture(scope="session")
def routes(tmp_path_factory: pytest.TempPathFactory) -> RouteReport:
    """Certified routes of a small run."""
    return made_routes(tmp_path_factory.mktemp("routed"))


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory, routes: RouteReport) -> Path:
    """The folder of a report over a plausible run with some hostile texts."""
    folder = tmp_path_factory.mktemp("report")
    inputs = replace(report_input(folder / "run-1", n_items=24), routes=routes, past=past())
    return write_report(inputs, folder / "out").parent


@pytest.fixture(scope="session")
def hostile_report(tmp_path_factory: pytest.TempPathFactory, routes: RouteReport) -> Path:
    """The folder of a report with hostile text in every field that can reach a page."""
    folder = tmp_path_factory.mktemp("hostile")
    attacked = hostile_input(folder / "run-1")
    inputs = replace(attacked, routes=hostile_routes(routes), past=past(ATTACKS[2]))
    return write_report(inputs, folder / "out").parent
