"""Hostile text in every field: nothing runs, nothing leaves, and the page stays readable."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from tests.browser.checks import overflow, visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [360, 1280])
def test_no_hostile_text_runs_or_leaves_or_breaks_the_page(
    driver: WebDriver, hostile_report: Path, width: int
) -> None:
    """Model output is hostile text, and names and notes may be as well."""
    pages = sorted(hostile_report.rglob("*.html"))
    assert len(pages) >= 7
    for page in pages:
        problems = visit(driver, page, width=width)
        driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert problems + overflow(driver) == [], page.name


def test_invisible_characters_are_shown_as_code_points(driver: WebDriver, hostile_report: Path) -> None:
    """A reader must see that a text would be shown in another order than it is written."""
    page = next((hostile_report / "suites").iterdir())
    visit(driver, page)
    codes = driver.execute_script(
        "return Array.from(document.querySelectorAll('pre .ctl')).map(c => c.textContent)"
    )
    assert {"U+202E", "U+202C", "U+2066", "U+001B", "U+2028"} <= set(codes)
    words = driver.execute_script("return document.body.textContent")
    assert not any(character in words for character in "\u202e\u2066\x1b\x00")
