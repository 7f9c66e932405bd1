"""WCAG 2.2 AA as far as axe-core can tell; skipped, with the reason, where it cannot be had."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from tests.browser.checks import visit
from tests.browser.test_pages import SAMPLE
from tests.npm import unpacked

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of axe-core's script, from the package index."""
    return (unpacked("axe-core@4") / "axe.min.js").read_text(encoding="utf-8")


def violations(driver: WebDriver, axe: str) -> list[str]:
    """The rules that the page breaks, each with its first element."""
    driver.execute_script("document.querySelectorAll('details').forEach((d, i) => { d.open = i < 9 })")
    driver.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})  # the policy stops any other way in
    driver.set_script_timeout(120)
    found = driver.execute_async_script(
        "axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']}).then(r => "
        "arguments[1](JSON.stringify(r.violations.map(v => [v.id, v.help, v.nodes.length, v.nodes[0].html, "
        "v.nodes[0].any.concat(v.nodes[0].all).map(c => c.message)]))), e => arguments[1](String(e)))",
        RULES,
    )
    return [f"{rule}: {text} ({n}): {html} {why}" for rule, text, n, html, why in json.loads(found)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_accessibility(
    driver: WebDriver, report: Path, axe: str, theme: str
) -> None:
    """Some readers of the report use a keyboard, a screen reader or strong contrast."""
    # One page of each kind: axe takes seconds for each.
    for name in (
        "index.html",
        "regressions.html",
        "cost.html",
        "routes.html",
        "errors.html",
        "suites/support-triage.html",
        "suites/order-extraction.html",
        "runs/run-1.html",
    ):
        page = report / name
        visit(driver, page, theme=theme)
        assert violations(driver, axe) == [], page.name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_sample_report_breaks_none_either(driver: WebDriver, axe: str, theme: str) -> None:
    """Its long tables and real texts are not those of the other tests."""
    for page in sorted(SAMPLE.rglob("*.html")):
        visit(driver, page, theme=theme)
        assert violations(driver, axe) == [], page.name


def test_the_rules_find_a_bad_page(driver: WebDriver, axe: str, tmp_path: Path) -> None:
    """A checker that was not loaded rightly would find nothing anywhere."""
    page = tmp_path / "bad.html"
    page.write_text("<!doctype html><html><body><p style='color:#ccc'>pale</p><input></body></html>")
    visit(driver, page)
    found = " ".join(violations(driver, axe))
    assert "color-contrast" in found
    assert "label" in found
