"""Opening samples: from disk, by keyboard, with hostile text in every field, and in a one-file report."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from evalkit.reporting import site, write_single_file
from tests.browser.checks import console_lines, foreign_requests, overflow, scripts_that_ran, visit
from tests.reporting.cases import NoPictures, hostile_input

pytestmark = pytest.mark.browser


def listed(driver: WebDriver) -> list[WebElement]:
    return driver.find_elements(By.CSS_SELECTOR, ".items .failure")


def opened(driver: WebDriver, details: WebElement) -> WebElement:
    """The item's body, once its chunk is there."""
    return WebDriverWait(driver, 10).until(lambda _: details.find_element(By.CSS_SELECTOR, ".body .answers"))


def told(driver: WebDriver) -> str:
    return driver.find_element(By.CSS_SELECTOR, ".pick output").text


def test_a_sample_opens_by_keyboard_with_every_candidate_s_answer(driver: WebDriver, report: Path) -> None:
    """The error review goes from sample to sample, and not everyone has a mouse."""
    visit(driver, report / "errors.html")
    first = listed(driver)[0]
    first.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    answers = opened(driver, first).find_elements(By.CSS_SELECTOR, ".answer h3")
    assert [a.text.split()[1] for a in answers] == ["slim-plain", "slim-constrained", "mid", "frontier"]
    assert first.find_elements(By.CSS_SELECTOR, ".asked pre")
    assert console_lines(driver) == []


def test_filters_narrow_groups_and_samples_alike(driver: WebDriver, report: Path) -> None:
    """One candidate at one suite is what a person takes on."""
    visit(driver, report / "errors.html")
    every = told(driver).split()[0]
    Select(driver.find_element(By.NAME, "suite")).select_by_visible_text("order-extraction")
    Select(driver.find_element(By.CSS_SELECTOR, ".pick [name=candidate]")).select_by_visible_text("mid")
    rows = driver.find_elements(By.CSS_SELECTOR, "tr[data-group]:not([hidden])")
    words = [(r.find_elements(By.TAG_NAME, "td")[0].text, r.find_elements(By.TAG_NAME, "td")[1].text)
             for r in rows if r.is_displayed()]  # fmt: skip
    assert words
    assert all("order-extraction" in suite and "mid" in name for suite, name in words)
    some = told(driver).split()[0]
    assert 0 < int(some) < int(every)
    driver.find_element(By.CSS_SELECTOR, ".pick [name=words]").send_keys("no such words")
    assert told(driver).startswith("0 of")
    driver.find_element(By.CSS_SELECTOR, ".pick [type=reset]").click()
    WebDriverWait(driver, 5).until(lambda _: told(driver).startswith(f"{every} of"))


def test_a_group_lists_its_own_samples(driver: WebDriver, report: Path) -> None:
    """The way from a number to what is behind it is one click."""
    visit(driver, report / "errors.html")
    row = driver.find_element(By.CSS_SELECTOR, "tr[data-group]")
    items = row.find_elements(By.TAG_NAME, "td")[3].text.split()[0]
    row.find_element(By.CSS_SELECTOR, ".about-pick").send_keys(Keys.ENTER)
    assert told(driver).startswith(f"{items} of")
    assert len(listed(driver)) == int(items)


def test_the_list_turns_its_pages(driver: WebDriver, report: Path) -> None:
    """A hundred thousand samples cannot all be in the page."""
    visit(driver, report / "errors.html")
    first = listed(driver)[0].text
    driver.find_element(By.CSS_SELECTOR, ".pager [name=on]").click()
    assert listed(driver)[0].text != first
    assert "21 to" in driver.find_element(By.CSS_SELECTOR, ".pager").text


def test_a_link_to_an_item_lists_it_alone_and_opens_it(driver: WebDriver, report: Path) -> None:
    """A chat message about one failure needs an address."""
    visit(driver, report / "errors.html")
    item = listed(driver)[3].find_element(By.CSS_SELECTOR, ".id").text
    suite = listed(driver)[3].find_element(By.CSS_SELECTOR, ".badges .meta").text
    driver.execute_script("location.hash = arguments[0]", f"item={suite}/{item}")
    WebDriverWait(driver, 5).until(lambda _: len(listed(driver)) == 1)
    opened(driver, listed(driver)[0])
    assert listed(driver)[0].find_element(By.CSS_SELECTOR, ".id").text == item


def test_every_hostile_sample_opens_and_nothing_runs_or_leaves(
    driver: WebDriver, hostile_report: Path
) -> None:
    """What a model wrote is put into this page by a script, so it is tried there too."""
    page = hostile_report / "errors.html"
    visit(driver, page, width=360)
    for details in listed(driver):
        driver.execute_script("arguments[0].open = true", details)
    WebDriverWait(driver, 20).until(
        lambda _: (
            len(driver.find_elements(By.CSS_SELECTOR, ".items .body .answers")) == len(listed(driver)) > 5
        )
    )
    driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    found = [*console_lines(driver), *foreign_requests(driver, page), *scripts_that_ran(driver)]
    assert found + overflow(driver) == []
    codes = driver.execute_script(
        "return Array.from(document.querySelectorAll('.items pre .ctl')).map(c => c.textContent)"
    )
    assert {"U+202E", "U+202C", "U+2066", "U+001B", "U+2028"} <= set(codes)
    text = driver.execute_script("return document.querySelector('.items').textContent")
    assert not any(character in text for character in "\u202e\u2066\x1b\x00")


def test_the_policy_stops_what_escaping_would_let_through(driver: WebDriver, report: Path) -> None:
    """Two locks: were a text ever put in as markup, the page itself must refuse it."""
    visit(driver, report / "errors.html")
    for attack in ("document.body.innerHTML = '<p>x</p>'", "document.body.setAttribute('onclick', 'x')"):
        refused = driver.execute_script(f"try {{ {attack}; return 'taken' }} catch (e) {{ return e.name }}")
        assert refused == "TypeError", attack
    driver.execute_script("const s = document.createElement('a'); s.id = 'planted'; document.body.append(s)")
    driver.execute_script("document.getElementById('planted').href = 'javascript:document.title=\\'owned\\''")
    driver.execute_script("document.getElementById('planted').click()")
    assert driver.title != "owned"
    console_lines(driver)


def test_one_file_turns_its_pages_and_opens_its_samples(
    driver: WebDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is opened from a mail, with nothing beside it."""
    monkeypatch.setattr(site, "Drawing", NoPictures)
    page = write_single_file(hostile_input(tmp_path / "run-1"), tmp_path / "report.html")
    assert visit(driver, page) == []
    shown = "return Array.from(document.querySelectorAll('section.page:not([hidden])')).map(p => p.ariaLabel)"
    assert driver.execute_script(shown) == ["Overview"]
    driver.find_element(By.LINK_TEXT, "Errors").click()
    assert driver.execute_script(shown) == ["Errors"]
    driver.execute_script("arguments[0].open = true", listed(driver)[0])
    opened(driver, listed(driver)[0])
    for n in range(driver.execute_script("return document.querySelectorAll('.top nav a').length")):
        driver.execute_script("document.querySelectorAll('.top nav a')[arguments[0]].click()", n)
        time.sleep(0.05)
        assert overflow(driver) == []
    ids = driver.execute_script("return Array.from(document.querySelectorAll('[id]')).map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert [*console_lines(driver), *foreign_requests(driver, page), *scripts_that_ran(driver)] == []
