"""What programs read of a report: tables, page data and samples."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from evalkit.reporting import ReportInput, ReportOptions, site, write_single_file
from evalkit.reporting.outlets import CONTENT, pages_json, samples_parquet, table_files
from evalkit.reporting.view import build_site
from tests.reporting.cases import NoPictures, hostile_input


def table(inputs: ReportInput, name: str) -> list[dict[str, str]]:
    text = dict(table_files(build_site(inputs)))[f"data/{name}.csv"]
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_of_results_agrees_with_a_query_over_the_samples(inputs: ReportInput) -> None:
    """A number that cannot be had twice is a rumour."""
    samples = inputs.samples
    for row in table(inputs, "results"):
        own = samples[(samples["suite"] == row["suite"]) & (samples["candidate"] == row["candidate"])]
        answered = own[own["status"] == "answered"]
        assert int(row["samples"]) == len(own)
        assert int(row["faulted"]) == int((own["status"] == "faulted").sum())
        assert float(row["success"]) == pytest.approx(answered["success"].astype(bool).mean(), abs=1e-8)


def test_tables_hold_every_row_that_pages_cut(inputs: ReportInput) -> None:
    """A page shows the first thirty; a spreadsheet wants them all."""
    page = build_site(inputs).errors
    assert page is not None
    assert len(table(inputs, "errors")) == len(page.groups)
    broken = [r for r in table(inputs, "flips") if r["direction"] == "broken"]
    assert inputs.gate is not None
    assert len(broken) == sum(len(v.broken_items) for v in inputs.gate.cases)


def test_page_data_is_strict_json_whatever_was_answered(tmp_path: Path) -> None:
    """Infinity and a lone surrogate are what some programs choke on."""
    text = pages_json(build_site(hostile_input(tmp_path / "run-1")))
    text.encode("utf-8")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    data = json.loads(text, parse_constant=refuse)
    assert data["format"] == 2
    assert {"index.html", "cost.html", "errors.html"} <= set(data["pages"])


def test_page_data_say_what_the_pages_say(inputs: ReportInput) -> None:
    """A dashboard fed from the file must show the page's numbers."""
    made = build_site(inputs)
    pages = json.loads(pages_json(made))["pages"]
    cell = made.front.suites[0].cells[0]
    assert cell.success is not None
    shown = pages["index.html"]["suites"][0]["cells"][0]
    assert shown["candidate"] == cell.candidate
    assert shown["figures"]["success"]["estimate"] == cell.success.estimate
    assert pages["errors.html"]["finding"] == made.errors.finding if made.errors else False


def test_samples_come_back_from_parquet_as_they_were(inputs: ReportInput) -> None:
    """What the pages were made from must be there for a notebook."""
    frame = pd.read_parquet(io.BytesIO(samples_parquet(inputs.samples, with_content=True)))
    assert list(frame.columns) == list(inputs.samples.columns)
    assert frame["item_id"].tolist() == inputs.samples["item_id"].tolist()
    assert frame["success"].astype(bool).tolist() == inputs.samples["success"].astype(bool).tolist()
    assert frame["output"].dropna().tolist() == inputs.samples["output"].dropna().tolist()


def test_hostile_samples_can_be_written_and_read(tmp_path: Path) -> None:
    """Arrow refuses lone surrogates; a report must not."""
    inputs = hostile_input(tmp_path / "run-1")
    frame = pd.read_parquet(io.BytesIO(samples_parquet(inputs.samples, with_content=True)))
    assert len(frame) == len(inputs.samples)


def test_without_content_parquet_has_no_column_of_words(inputs: ReportInput) -> None:
    """The page without content must not be undone by the file beside it."""
    frame = pd.read_parquet(io.BytesIO(samples_parquet(inputs.samples, with_content=False)))
    assert not set(CONTENT) & set(frame.columns)
    assert {"item_id", "success", "error_kind"} <= set(frame.columns)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without drawings, which take most of the time."""
    monkeypatch.setattr(site, "Drawing", NoPictures)


@pytest.mark.usefixtures("quick")
def test_one_file_holds_every_page_and_names_nothing_beside_it(inputs: ReportInput, tmp_path: Path) -> None:
    """It is mailed; what it leaves at home is lost."""
    text = write_single_file(inputs, tmp_path / "report.html").read_text("utf-8")
    for page in build_site(inputs).pages:
        assert f'aria-label="{page.label}"' in text
        assert f'href="{page.href}' not in text
    assert not re.findall(r'(?:href|src)="(?!#|data:)', text)
    assert 'data-chunk="index"' in text
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.usefixtures("quick")
def test_one_file_without_content_holds_none(inputs: ReportInput, tmp_path: Path) -> None:
    """The mailed page is the one that leaves the house."""
    bare = replace(inputs, options=ReportOptions(with_content=False))
    assert "asks about" not in write_single_file(bare, tmp_path / "report.html").read_text("utf-8")


@pytest.mark.usefixtures("quick")
def test_no_file_of_a_report_without_content_holds_any(inputs: ReportInput, tmp_path: Path) -> None:
    """One forgotten outlet undoes all the others."""
    site.write_site(replace(inputs, options=ReportOptions(with_content=False)), tmp_path)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"asks about" not in path.read_bytes(), path
