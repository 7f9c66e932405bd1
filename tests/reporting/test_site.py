"""The files of a report."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evalkit.reporting import ReportInput, site, write_report
from evalkit.reporting.tables import csv_text
from evalkit.reporting.text import markdown_summary, summary_rows
from evalkit.reporting.view import build_site
from tests.reporting.cases import NoPictures


@pytest.fixture(scope="module")
def report(inputs: ReportInput, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(inputs, tmp_path_factory.mktemp("site") / "out").parent


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_the_report_has_its_pages_and_its_data(report: Path) -> None:
    """A link to a suite's page can be written down beforehand."""
    assert files(report) == {
        "index.html", "cost.html", "summary.md", "suites/support-triage.html", "suites/order-extraction.html",
        "suites/calendar-tools.html", "runs/run-1.html", "data/cost-quality.csv", "data/latency.csv",
        "data/outcomes-support-triage.csv", "data/outcomes-order-extraction.csv",
        "data/outcomes-calendar-tools.csv", "data/files.json", "errors.html", "data/samples/index.js",
        "data/samples/1.js", "data/samples.parquet", "data/pages.json", "data/results.csv",
        "data/error-kinds.csv", "data/slices.csv", "data/family-figures.csv", "data/confusions.csv",
        "data/errors.csv", "data/changes.csv", "data/rules.csv", "data/flips.csv", "data/run-candidates.csv",
        "data/run-suites.csv", "data/faults.csv", "regressions.html", "data/regressions-by-suite.csv",
        "data/regressions-by-slice.csv", "data/regressions.csv", "data/regression-flips.csv",
        "data/error-kind-changes.csv", "data/caveats.csv", "data/speed-quality.csv",
        "data/last.json", "data/fields.csv", "data/reliability-support-triage.csv",
    }  # fmt: skip


def test_equal_inputs_make_equal_files(inputs: ReportInput, report: Path, tmp_path: Path) -> None:
    """A report in version control should differ only where its results do."""
    again = write_report(inputs, tmp_path / "out").parent
    for name in files(report):
        assert (again / name).read_bytes() == (report / name).read_bytes(), name


def test_a_killed_write_leaves_the_old_page_whole(
    inputs: ReportInput, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader may have the page open while the next report is written."""
    before = {name: (report / name).read_bytes() for name in files(report)}

    def die(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(site, "Drawing", NoPictures)
    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        write_report(replace(inputs, title="Another"), report)
    assert {name: (report / name).read_bytes() for name in files(report)} == before


def test_a_new_report_removes_the_pages_it_no_longer_has_and_nothing_else(
    inputs: ReportInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stale page beside fresh ones misleads; a user's own file is not ours to delete."""
    monkeypatch.setattr(site, "Drawing", NoPictures)
    write_report(inputs, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    fewer = inputs.samples[inputs.samples["suite"] != "calendar-tools"]
    write_report(replace(inputs, samples=fewer), tmp_path)
    assert not (tmp_path / "suites" / "calendar-tools.html").exists()
    assert (tmp_path / "suites" / "support-triage.html").exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("listed", ['["../precious.txt"]', '["/etc/hostname"]', "{}", "not json"])
def test_a_forged_list_of_files_deletes_nothing_outside(
    inputs: ReportInput, tmp_path: Path, listed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list lies in a folder that others may write to."""
    monkeypatch.setattr(site, "files", lambda *_: ())
    monkeypatch.setattr(site, "render", lambda *_: "new")
    precious, folder = tmp_path / "precious.txt", tmp_path / "out"
    precious.write_text("kept")
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "files.json").write_text(listed)
    write_report(inputs, folder)
    assert precious.read_text() == "kept"
    assert Path("/etc/hostname").exists() or "hostname" not in listed


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    """A candidate named =HYPERLINK(…) would call home from a colleague's desk."""
    text = csv_text(
        ["name", "x"], [["=1+1", -1.5], ["@x", float("inf")], ["plain, with comma", float("nan")]]
    )
    rows = list(csv.reader(text.splitlines()))
    assert rows == [["name", "x"], ["'=1+1", "-1.5"], ["'@x", "inf"], ["plain, with comma", ""]]


def test_the_csv_holds_the_figures_it_claims(inputs: ReportInput, report: Path) -> None:
    """The data one click away must be the data that was drawn."""
    rows = list(csv.DictReader((report / "data" / "cost-quality.csv").read_text("utf-8").splitlines()))
    by_key = {(f.suite, f.candidate): f for f in inputs.figures}
    assert len(rows) == len(by_key)
    for row in rows:
        figures = by_key[row["suite"], row["candidate"]]
        assert float(row["success"]) == pytest.approx(figures.success.estimate)
        assert figures.cost.per_success_usd is not None
        assert float(row["cost_per_success_usd"]) == pytest.approx(figures.cost.per_success_usd.estimate)


class Tags(HTMLParser):
    """Checks that a page's tags close in order, and keeps its ids."""

    VOID = frozenset({"meta", "link", "input", "br", "path", "use", "rect", "circle"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_pages_are_well_formed_and_their_ids_are_unique(report: Path) -> None:
    """A browser repairs a broken page in its own way."""
    for page in report.rglob("*.html"):
        tags = Tags()
        tags.feed(page.read_text("utf-8"))
        assert tags.open == [], page.name
        assert len(tags.ids) == len(set(tags.ids)), page.name


def test_every_simulated_row_is_marked_on_the_page(report: Path) -> None:
    """Simulated is said in every cell that is."""
    table = (
        (report / "index.html").read_text("utf-8").split('class="sortable results"')[1].split("</table>")[0]
    )
    rows = re.findall(r'<tr class="simulated">.*?</tr>', table, re.DOTALL)
    assert len(rows) == 6
    for row in rows:
        assert '<span class="badge sim">Simulated</span>' in row
        assert row.count("sim.</span>") == 4


def test_the_markdown_summary_says_the_verdict_and_every_cell(inputs: ReportInput) -> None:
    """A pull request shows this before anyone opens the page."""
    front = build_site(inputs).front
    text = markdown_summary(front)
    assert text.startswith(
        "## The gate fails: 1 of 3 pairs failed, 1 inconclusive, 1 passed.\n\n"
        "- slim-constrained on support-triage: FAIL, −20.0 points"
    )
    assert text.count("(SIMULATED)") == 6
    assert len(summary_rows(front)) == 12


def test_names_cannot_form_markdown_or_html(inputs: ReportInput) -> None:
    """A pull request comment is a page too."""
    text = markdown_summary(replace(build_site(inputs).front, headline="<b>|x|</b> [a](javascript:b) `c`"))
    assert text.splitlines()[0] == r"## &lt;b\>\|x\|&lt;/b\> \[a\](javascript:b) \`c\`"


def test_the_front_page_stays_small(report: Path) -> None:
    """It is mailed and opened on phones."""
    assert (report / "index.html").stat().st_size < 300_000
