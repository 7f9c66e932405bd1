"""What changed since the last report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.reporting import ReportInput, site, write_report
from evalkit.reporting.charts import draw
from evalkit.reporting.inputs import PastCell, PastReport
from evalkit.reporting.past import FILE, past_json, read_past
from evalkit.reporting.view import build_site
from evalkit.reporting.view.since import facts
from tests.reporting.cases import NoPictures

RUNS = ("run-1",)


def past_of(inputs: ReportInput) -> PastReport:
    """What a report of these inputs leaves behind."""
    return facts(inputs.created_at, RUNS, build_site(inputs).context.cells)


def changed(inputs: ReportInput, **fields: object) -> tuple[str, ...]:
    """The lines of a report after one whose first cell was otherwise."""
    past = past_of(inputs)
    first = replace(past.cells[0], **fields)  # type: ignore[arg-type]
    front = build_site(replace(inputs, past=replace(past, cells=(first, *past.cells[1:])))).front
    assert front.since is not None
    return front.since.lines


def test_the_first_report_speaks_of_no_other(inputs: ReportInput) -> None:
    """`Nothing changed` would be a lie where nothing was before."""
    assert build_site(inputs).front.since is None


def test_an_equal_report_says_that_nothing_changed(inputs: ReportInput) -> None:
    """Silence could also mean that nobody looked."""
    front = build_site(replace(inputs, past=past_of(inputs))).front
    assert front.since is not None
    assert len(front.since.lines) == 1
    assert front.since.lines[0].startswith("Nothing changed")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"verdict": "inconclusive"}, "verdict inconclusive, now "),
        ({"floor": "met"}, "above its floor for certain, now "),
        ({"success": 0.999, "low": 0.99, "high": 1.0}, "the intervals do not meet"),
        ({"candidate": "retired"}, "Gone: retired on "),
    ],
)
def test_each_kind_of_change_is_a_line(inputs: ReportInput, fields: dict[str, object], words: str) -> None:
    """These are the four things that a weekly reader asks first."""
    judged = next(c for c in past_of(inputs).cells if c.verdict)
    if "verdict" in fields:
        past = past_of(inputs)
        cells = tuple(replace(c, verdict="inconclusive") if c == judged else c for c in past.cells)
        found = build_site(replace(inputs, past=replace(past, cells=cells))).front.since
        assert found is not None
        lines = found.lines
    else:
        lines = changed(inputs, **fields)
    assert any(words in line for line in lines)


def test_a_report_made_again_of_the_same_runs_says_the_same(
    inputs: ReportInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else making it twice would wipe out what changed."""
    monkeypatch.setattr(site, "Drawing", NoPictures)
    before = past_of(inputs)
    other = replace(before, runs=("run-0",), cells=before.cells[1:])
    (tmp_path / "data").mkdir()
    (tmp_path / FILE).write_text(past_json(other, None))
    write_report(inputs, tmp_path)
    first = (tmp_path / "index.html").read_bytes()
    assert b"New: " in first
    write_report(inputs, tmp_path)
    assert (tmp_path / "index.html").read_bytes() == first


def test_facts_come_back_as_they_were_written(inputs: ReportInput, tmp_path: Path) -> None:
    """A last digit lost would be a change next week."""
    past = past_of(inputs)
    (tmp_path / "data").mkdir()
    (tmp_path / FILE).write_text(past_json(past, None))
    assert read_past(tmp_path, ("another",)) == past


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"now": 3}', '{"now": {"created_at": 1, "runs": [], "cells": []}}',
             '{"now": {"created_at": "x", "runs": [], "cells": [{"suite": "s"}]}}', "[" * 100_000],
)  # fmt: skip
def test_a_file_that_somebody_wrote_over_is_no_report(text: str, tmp_path: Path) -> None:
    """The folder is shared; a broken file must not stop this week's report."""
    (tmp_path / "data").mkdir()
    (tmp_path / FILE).write_text(text)
    assert read_past(tmp_path, RUNS) is None


def test_names_in_the_kept_facts_stay_text(inputs: ReportInput) -> None:
    """Whoever can write the file must not get a script into the next report."""
    attack = "<script>document.title='owned'</script>"
    cell = PastCell(
        suite=attack, candidate=attack, success=0.5, low=0.4, high=0.6, n=9, floor=attack, verdict=attack
    )
    past = PastReport(created_at=attack, runs=(), cells=(cell,))
    made = build_site(replace(inputs, past=past))
    html = site.render(made, made.front, draw)
    assert attack not in html


def test_old_samples_and_old_versions_are_said(inputs: ReportInput) -> None:
    """A rate from spring under a date of autumn misleads."""
    late = build_site(replace(inputs, created_at="2027-03-01T00:00:00+00:00")).front
    assert any(c.kind == "stale" and "days" in c.text for c in late.cautions)
    samples = inputs.samples.copy()
    samples.loc[samples["suite"] == "support-triage", "suite_version"] = "0+older"
    front = build_site(replace(inputs, samples=samples)).front
    assert [c.text for c in front.cautions if c.kind == "stale"] == [
        next(c.text for c in front.cautions if "another version" in c.text)
    ]
    assert not any(c.kind == "stale" for c in build_site(inputs).front.cautions)
