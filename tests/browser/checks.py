"""What a real browser says of a page: each check returns the problems it found, in words."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.webdriver import WebDriver

from evalkit.reporting.html import asset

CHROMIUM, CHROMEDRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")

OUR_SCRIPTS = frozenset(map(asset, ("theme.js", "report.js", "errors.js")))

OWNED = "owned"
"""What a script of hostile text makes of the page's title, were it to run."""


@contextmanager
def browser() -> Iterator[WebDriver]:
    """A headless Chromium that tells its console and its requests."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for argument in (
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
            f"--user-data-dir={profile}",
        ):  # fmt: skip
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(CHROMEDRIVER)))
        try:
            yield driver
        finally:
            driver.quit()


def visit(driver: WebDriver, page: Path, *, width: int = 1280, theme: str = "light") -> list[str]:
    """Open a page from disk; the problems of opening it: console lines, requests, a script that ran."""
    for kind in ("browser", "performance"):
        driver.get_log(kind)  # empties it
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    features = [
        {"name": "prefers-color-scheme", "value": theme},
        {"name": "prefers-reduced-motion", "value": "reduce"},  # clicks wait for no smooth scrolling
    ]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    driver.get(page.as_uri())
    return [*console_lines(driver), *foreign_requests(driver, page), *scripts_that_ran(driver)]


def console_lines(driver: WebDriver) -> list[str]:
    """Every line on the console: errors, warnings and breaches of the content policy."""
    return [f"console: {entry['message']}" for entry in driver.get_log("browser")]


def foreign_requests(driver: WebDriver, page: Path) -> list[str]:
    """Requests of this page for anything but itself and the samples beside it."""
    found = []
    for entry in driver.get_log("performance"):
        message: dict[str, Any] = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            if message["params"].get("documentURL", "").startswith("chrome:"):
                continue  # the browser's own first tab
            url = message["params"]["request"]["url"]
            samples = re.fullmatch(re.escape(f"{page.parent}/data/samples/") + r"(\d+|index)\.js", url[7:])
            if url != "data:," and not samples and unquote(urlsplit(url).path) != str(page):
                found.append(f"request: {url}")
    return found


def scripts_that_ran(driver: WebDriver) -> list[str]:
    """Whether hostile text came to run, or to be an element."""
    found = []
    if driver.title == OWNED:
        found.append(f"script ran: the title is {driver.title!r}")
    scripts = driver.execute_script(
        "return Array.from(document.querySelectorAll('script:not([type=\"application/json\"])'))"
        ".filter(s => !/data\\/samples\\/(\\d+|index)\\.js$/.test(s.src)).map(s => s.textContent)"
    )
    strangers = [text for text in scripts if text not in OUR_SCRIPTS]
    found += [f"script: {text[:120]}" for text in strangers]
    strange = driver.execute_script(
        "return Array.from(document.querySelectorAll('*')).filter(e => "
        "e.matches('img, iframe, object, embed, base, [style], a[href^=\"javascript\"]') || "
        "Array.from(e.attributes).some(a => a.name.startsWith('on'))).map(e => e.outerHTML.slice(0, 120))"
    )
    return [*found, *(f"element: {element}" for element in strange)]


def overflow(driver: WebDriver) -> list[str]:
    """Whether the page can be scrolled sideways, and by what."""
    wide = driver.execute_script(
        "const w = document.documentElement.clientWidth;"
        "if (document.documentElement.scrollWidth <= w) return [];"
        "return Array.from(document.querySelectorAll('body *')).filter(e => "
        "e.getBoundingClientRect().right > w + 1 && !e.closest('.scroll, nav, pre'))"
        ".slice(0, 5).map(e => e.outerHTML.slice(0, 120)).concat(['the page'])"
    )
    return [f"overflow: {element}" for element in wide]
