"""The report as users call it: from a project's runs to pages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from evalkit import api
from evalkit.errors import RunError, StoreError, UsageError
from tests.commands import evalkit
from tests.projects import SUITE, item, simulated, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two simulated candidates, one run."""
    gate = {"allow": ["simulated"]}
    file = write_project(
        tmp_path, {"good": simulated(accuracy=1.0), "bad": simulated(accuracy=0.25)}, n_items=40, gate=gate
    )
    api.run(project=file)
    return file


def text(page: Path) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")))


def test_a_report_shows_every_candidate_and_says_what_is_simulated(project: Path) -> None:
    """A reader must never take a stand-in for a model."""
    front = text(api.report(project=project))
    assert "good" in front
    assert "bad" in front
    assert "SIMULATED" in front.upper()


def test_figures_of_a_page_are_those_of_the_store(project: Path) -> None:
    """A number on a page that cannot be had by a query is a rumour."""
    rows = api.open_store(project=project).sql(
        "SELECT candidate, avg(success::int) AS rate FROM samples GROUP BY ALL"
    ).to_pylist()  # fmt: skip
    rates = {r["candidate"]: r["rate"] for r in rows}
    shown = {r.candidate: r.success for r in api.summary(project=project)}
    assert shown["good"] == "100%"
    assert shown["bad"] == f"{100 * rates['bad']:.0f}%"


def test_a_failed_gate_is_on_the_page_with_its_items(project: Path) -> None:
    """The meeting opens the page, not the CI log."""
    api.promote("latest", suite=SUITE, candidate="good", why="first", allow=("simulated",), project=project)
    broken = project.parent / "evalkit.yaml"
    broken.write_text(broken.read_text().replace("accuracy: 1.0", "accuracy: 0.5"))
    api.run(project=project)
    verdict = api.gate(project=project)
    case = next(c for c in verdict.cases if c.candidate == "good")
    assert case.outcome == "fail"
    index = api.report(project=project)
    inputs = api.report_input(api.open_project(project), None, title="x")
    assert inputs.gate is not None
    (shown,) = [v for v in inputs.gate.cases if v.candidate == "good"]
    regression = case.rule("no_regression")
    assert regression is not None
    assert len(shown.broken_items) == regression.broken > 0
    assert shown.broken_items[0] in text(index.parent / "suites" / f"{SUITE}.html")


def test_no_content_leaves_inputs_and_outputs_out(project: Path) -> None:
    """Some readers may not see what customers wrote."""
    folder = api.report(project=project, with_content=False).parent
    pages = "".join(p.read_text(encoding="utf-8") for p in folder.rglob("*.html"))
    assert "plant number" not in pages


def test_a_fixed_date_makes_the_same_report_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that is kept under version control must not differ by its minute alone."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    folders = [project.parent / name for name in ("one", "two")]
    pages = [api.report(folder=folder, project=project) for folder in folders]
    assert "2023-11-14 22:13 UTC" in text(pages[0])
    once, again = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in folders)
    assert once == again
    for wrong in ("yesterday", "9" * 20):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", wrong)
        with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH is no date"):
            api.report(project=project)


def test_samples_beyond_the_bound_are_left_out_and_counted(project: Path) -> None:
    """A report for a mail says what it lacks."""
    whole = api.report(folder=project.parent / "whole", project=project).parent
    bounded = api.report(folder=project.parent / "bounded", samples_mb=0, project=project).parent
    assert list(whole.glob("data/samples/[0-9]*.js"))
    assert not list(bounded.glob("data/samples/[0-9]*.js"))
    assert "cannot be opened" in text(bounded / "errors.html")
    assert "cannot be opened" not in text(whole / "errors.html")
    for wrong in (float("nan"), float("inf"), -1.0):
        with pytest.raises(UsageError, match="most MB of samples"):
            api.report(samples_mb=wrong, project=project)


def test_a_wrong_date_is_said_by_the_command_in_one_line(project: Path) -> None:
    """In a process of its own: numpy reads the same variable while it is imported."""
    done = evalkit("report", cwd=project.parent, SOURCE_DATE_EPOCH="yesterday")
    assert done.returncode == 2
    assert done.stderr.startswith("error: SOURCE_DATE_EPOCH is no date: 'yesterday'")
    assert "Traceback" not in done.stderr


def test_a_report_of_nothing_says_what_to_do(tmp_path: Path) -> None:
    """The first thing some users type."""
    file = write_project(tmp_path, {"a": simulated()})
    with pytest.raises((StoreError, RunError), match="evalkit run"):
        api.report(project=file)


def test_calibration_is_shown_where_answers_came_with_a_confidence(tmp_path: Path) -> None:
    """A route that escalates on low confidence is only as good as what the confidence means."""
    answers = tmp_path / "answers.jsonl"
    rows = [
        {"id": item(n)["id"], "output": item(n)["target"] if n % 4 else "root", "confidence": 0.9}
        for n in range(12)
    ]
    answers.write_text("".join(json.dumps(r) + "\n" for r in rows))
    replayed = {"tier": "slim", "backend": "replay", "options": {"path": str(answers)}}
    file = write_project(tmp_path, {"replayed": replayed})
    api.run(project=file)
    metrics = api.report_input(api.open_project(file), None, title="x").family_metrics[SUITE, "replayed"]
    right = sum(r["output"] == item(n)["target"] for n, r in enumerate(rows)) / len(rows)
    assert metrics["calibration"]["expected_calibration_error"] == pytest.approx(abs(0.9 - right))
    assert metrics["calibration"]["bins"][0]["count"] == 12
