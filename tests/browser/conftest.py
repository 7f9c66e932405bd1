"""One browser and one report for all browser tests; skipped, with the reason, where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from evalkit.reporting import write_report
from tests.browser import checks
from tests.reporting.cases import hostile_input, report_input


@pytest.fixture(scope="session")
def driver() -> Iterator[WebDriver]:
    """The browser."""
    for program in (checks.CHROMIUM, checks.CHROMEDRIVER):
        if not program.exists():
            pytest.skip(f"{program} is not installed (Debian: apt install chromium chromium-driver)")
    with checks.browser() as found:
        yield found


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report over a plausible run with some hostile texts."""
    folder = tmp_path_factory.mktemp("report")
    return write_report(report_input(folder / "run-1", n_items=24), folder / "out").parent


@pytest.fixture(scope="session")
def hostile_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report with hostile text in every field that can reach a page."""
    folder = tmp_path_factory.mktemp("hostile")
    return write_report(hostile_input(folder / "run-1"), folder / "out").parent
