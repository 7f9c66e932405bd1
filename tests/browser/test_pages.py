"""Every page of a report in a real browser, opened from disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.browser.checks import overflow, visit

pytestmark = pytest.mark.browser

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"
"""The report that stands in the repository."""


def pages(report: Path) -> list[Path]:
    found = sorted(report.rglob("*.html"))
    assert len(found) >= 7, "a front page, cost and quality, errors, three suites and a run at least"
    return found


@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_every_page_opens_from_disk_without_a_console_line_a_request_or_overflow(
    driver: WebDriver, report: Path, width: int
) -> None:
    """A report is opened from an artifact zip, on a phone and on a projector."""
    theme = "dark" if width == 1280 else "light"
    problems = {p.name: visit(driver, p, width=width, theme=theme) + overflow(driver) for p in pages(report)}
    assert not any(problems.values()), problems


@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_the_sample_report_is_as_sound_as_one_that_is_made(driver: WebDriver, width: int) -> None:
    """It is what a newcomer opens first, with real answers of a real model in it."""
    problems = {p.name: visit(driver, p, width=width) + overflow(driver) for p in pages(SAMPLE)}
    assert not any(problems.values()), problems


def test_no_page_overflows_with_every_item_and_panel_open(driver: WebDriver, report: Path) -> None:
    """What is folded away must fit a phone too once it is opened."""
    for page in pages(report):
        visit(driver, page, width=360)
        driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert overflow(driver) == [], page.name


def test_the_checks_find_what_they_look_for(driver: WebDriver, tmp_path: Path) -> None:
    """A check that cannot fail would let every page pass."""
    page = tmp_path / "bad.html"
    page.write_text(
        "<!doctype html><html><body><p style='width:3000px'>wide</p><img src='http://127.0.0.1:9/x.png'>"
        "<script>document.title = 'owned'; console.error('said')</script></body></html>"
    )
    problems = " ".join(visit(driver, page) + overflow(driver))
    for kind in ("console:", "request:", "script ran:", "element:", "overflow:"):
        assert kind in problems


def test_the_theme_follows_the_system_and_the_switch_outranks_it(driver: WebDriver, report: Path) -> None:
    """A projector wants light where a laptop is set to dark."""

    def paper() -> str:
        return str(driver.execute_script("return getComputedStyle(document.body).backgroundColor"))

    visit(driver, report / "index.html", theme="light")
    light = paper()
    visit(driver, report / "index.html", theme="dark")
    assert paper() != light
    driver.find_element(By.ID, "theme").click()
    assert paper() == light
    assert driver.find_element(By.ID, "theme").get_attribute("aria-pressed") == "false"
    visit(driver, report / "suites" / "support-triage.html", theme="dark")
    assert paper() == light, "the choice holds on the next page"
    driver.execute_script("localStorage.clear()")


def test_paper_is_light_whatever_the_screen_is(driver: WebDriver, report: Path) -> None:
    """A handout printed from a dark screen must not be a black page."""
    visit(driver, report / "index.html", theme="dark")
    driver.find_element(By.ID, "theme").click()
    driver.find_element(By.ID, "theme").click()
    assert driver.execute_script("return document.documentElement.dataset.theme") == "dark"
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    paper = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    driver.execute_script("localStorage.clear()")
    assert paper == "rgb(255, 255, 255)"


def test_figures_take_the_colours_of_the_theme(driver: WebDriver, report: Path) -> None:
    """One drawing serves both themes, so its ink must change with the page's."""
    ink = "return getComputedStyle(document.querySelector('.chart .wide svg text')).fill"
    visit(driver, report / "cost.html", theme="light")
    light = driver.execute_script(ink)
    visit(driver, report / "cost.html", theme="dark")
    assert driver.execute_script(ink) != light
    assert "rgb(1, 2, 3)" not in light, "a stand-in colour was left in the drawing"


def test_a_narrow_screen_gets_the_narrow_drawing(driver: WebDriver, report: Path) -> None:
    """A wide figure shrunk to a phone has unreadable text."""
    drawings = "Array.from(document.querySelectorAll('.chart svg'))"
    shown = f"return {drawings}.map(s => s.getBoundingClientRect().width > 0)"
    visit(driver, report / "cost.html", width=360)
    figures = len(driver.find_elements(By.CSS_SELECTOR, ".chart .wide"))
    assert figures >= 2
    assert driver.execute_script(shown) == [False, True] * figures
    visit(driver, report / "cost.html", width=1280)
    assert driver.execute_script(shown) == [True, False] * figures


def test_a_heading_sorts_within_each_suite_by_keyboard(driver: WebDriver, report: Path) -> None:
    """Sorting must not mix suites, and must work without a mouse."""
    visit(driver, report / "index.html")
    folded = driver.find_element(By.CSS_SELECTOR, "details.every")
    folded.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    assert folded.get_attribute("open")
    headings = driver.find_elements(By.CSS_SELECTOR, ".results thead th")
    cost = next(h for h in headings if h.text.startswith("Cost"))
    cost.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    assert cost.get_attribute("aria-sort") == "ascending"
    values = driver.execute_script(
        "return Array.from(document.querySelectorAll('.results tbody')).map(b => "
        "Array.from(b.rows).slice(1).map(r => Number(r.cells[2].dataset.value)))"
    )
    assert len(values) == 3
    assert all(len(v) == 4 and v == sorted(v) for v in values)
    cost.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    assert cost.get_attribute("aria-sort") == "descending"


def test_failures_are_filtered_by_who_failed_and_by_words(driver: WebDriver, report: Path) -> None:
    """The weekly review looks at one candidate's failures at a time."""
    visit(driver, report / "suites" / "order-extraction.html")

    def shown() -> list[list[str]]:
        items = driver.find_elements(By.CSS_SELECTOR, ".failure:not([hidden])")
        return [json.loads(str(i.get_attribute("data-candidates"))) for i in items]

    every = len(shown())
    Select(driver.find_element(By.NAME, "candidate")).select_by_value("mid")
    some = shown()
    assert 0 < len(some) < every
    assert all("mid" in names for names in some)
    assert driver.find_element(By.ID, "filter-count").text == f"{len(some)} of {every} shown"
    driver.find_element(By.NAME, "words").send_keys("no such words anywhere")
    assert shown() == []
    driver.find_element(By.CSS_SELECTOR, "#filter [type=reset]").click()
    assert len(shown()) == every


def test_a_link_to_an_item_opens_it(driver: WebDriver, report: Path) -> None:
    """A verdict names broken items; the click must end at the item, opened."""
    visit(driver, report / "suites" / "support-triage.html")
    link = driver.find_element(By.CSS_SELECTOR, ".flips a")
    target = str(link.get_attribute("href")).split("#")[1]
    link.click()
    assert driver.find_element(By.ID, target).get_attribute("open") == "true"


def test_the_first_tab_stop_skips_to_the_content(driver: WebDriver, report: Path) -> None:
    """With a keyboard or a screen reader the way to the answer is one step."""
    visit(driver, report / "index.html")
    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    first = driver.switch_to.active_element
    assert first.text == "Skip to content"
    first.send_keys(Keys.ENTER)
    assert driver.execute_script("return location.hash") == "#main"


def test_every_link_leads_to_a_file_or_an_anchor_that_is_there(driver: WebDriver, report: Path) -> None:
    """A dead link in a meeting costs the trust in the figures too."""
    for page in pages(report):
        visit(driver, page)
        links = driver.execute_script(
            "return Array.from(document.querySelectorAll('a[href]')).map(a => a.getAttribute('href'))"
        )
        assert links
        for link in links:
            path, _, anchor = link.partition("#")
            assert not path or (page.parent / path).is_file(), link
            if not path:
                assert driver.find_elements(By.ID, anchor), link
