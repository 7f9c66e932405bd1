"""Page data of one fixed case against files that were looked at when they last changed.

`EVALKIT_WRITE_GOLD=1 pytest tests/reporting/test_gold.py` writes them anew; read the difference before it is
committed.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.reporting import ReportInput, ReportOptions
from evalkit.reporting.outlets import pages_json
from evalkit.reporting.text import markdown_summary
from evalkit.reporting.view import Site, build_site
from tests.reporting.cases import report_input
from tests.reporting.routed import past

GOLD = Path(__file__).parent / "gold"
PAGES = ("index.html", "regressions.html", "cost.html", "errors.html", "suites/order-extraction.html")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> ReportInput:
    """A run of three suites with six items each."""
    made = report_input(tmp_path_factory.mktemp("runs") / "run-1", n_items=6)
    return replace(made, past=past(), options=ReportOptions(most_failures=1, most_characters=80))


@pytest.fixture(scope="module")
def site(inputs: ReportInput) -> Site:
    return build_site(inputs)


def scrubbed(value: Any) -> Any:
    """Without the last digits, in which machines differ."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: scrubbed(inside) for key, inside in value.items()}
    return [scrubbed(inside) for inside in value] if isinstance(value, list) else value


def check(name: str, text: str) -> None:
    """The text against its gold file."""
    file = GOLD / name
    if os.environ.get("EVALKIT_WRITE_GOLD"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text("utf-8")


@pytest.mark.parametrize("href", PAGES)
def test_the_page_s_data_is_what_it_was(site: Site, href: str) -> None:
    """A figure that moves without a change of its source is found here, not in a meeting."""
    data = scrubbed(json.loads(pages_json(site))["pages"][href])
    name = href.replace("/", "-").replace(".html", ".json")
    check(name, json.dumps(data, indent=1, ensure_ascii=True) + "\n")


def test_the_summary_is_what_it_was(site: Site) -> None:
    """It is quoted in pull requests."""
    check("summary.md", markdown_summary(site.front))


def test_a_changed_answer_changes_the_gold(inputs: ReportInput) -> None:
    """A comparison that nothing can break guards nothing."""
    samples = inputs.samples.copy()
    first = samples.index[(samples["suite"] == "order-extraction") & samples["success"].astype(bool)][0]
    samples.loc[first, "success"] = False
    page = json.loads(pages_json(build_site(replace(inputs, samples=samples))))["pages"][PAGES[-1]]
    gold = json.loads((GOLD / "suites-order-extraction.json").read_text("utf-8"))
    assert scrubbed(page) != gold
