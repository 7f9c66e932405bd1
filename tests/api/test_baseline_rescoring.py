"""Baselines scored anew: the same answers under the present reading, with a reason in the log."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evalkit import api
from evalkit.baseline import load_baseline, load_log, promote
from evalkit.errors import BaselineError, UsageError

ROOT = Path(__file__).parents[2]
SUITE, SLOT = "support-triage", "slim-plain"
PROJECT = "store: e.duckdb\nsuites: [suites]\ncandidates:\n  sim: {tier: slim, backend: simulated}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("suites", "baselines"):
        shutil.copytree(ROOT / name / SUITE, tmp_path / name / SUITE)
    (tmp_path / "evalkit.yaml").write_text(PROJECT)
    return tmp_path


def misread(folder: Path) -> tuple[str, str]:
    """Accept scores that an older reading may have made: a right answer as wrong, a wrong one as right."""
    accepted = load_baseline(folder / "baselines", SUITE, SLOT).accepted
    frame = accepted.samples.copy()
    right = frame.index[frame["success"].fillna(value=False)][0]
    wrong = frame.index[~frame["success"].fillna(value=True)][0]
    frame.loc[right, "success"], frame.loc[wrong, "success"] = False, True
    promote(
        folder / "baselines", frame, accepted.manifest,
        who="x", why="before", when="2026-01-01T00:00:00+00:00", slot=SLOT, re_anchor=True,
    )  # fmt: skip
    return str(frame.loc[right, "item_id"]), str(frame.loc[wrong, "item_id"])


def test_shipped_baselines_hold_the_scores_that_the_families_give_now(tmp_path: Path) -> None:
    """A reading that changed without a new version would leave them standing, and nobody would know."""
    for name in ("suites", "baselines"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "evalkit.yaml").write_text(PROJECT)
    found = api.rescore_baselines(dry_run=True, project=tmp_path)
    assert len(found) == 12
    assert [(f.suite, f.slot) for f in found if f.changed or f.is_stale or f.written] == []


def test_answers_read_otherwise_are_named_by_item_and_written_with_the_reason(folder: Path) -> None:
    sound = load_baseline(folder / "baselines", SUITE, SLOT).accepted.summary
    right, wrong = misread(folder)
    before = load_log(folder / "baselines", SUITE, SLOT)
    (look,) = [f for f in api.rescore_baselines(dry_run=True, project=folder) if f.slot == SLOT]
    assert (look.right_now, look.wrong_now, look.changed, look.written) == ((right,), (wrong,), 2, False)
    assert load_log(folder / "baselines", SUITE, SLOT) == before
    (done,) = [f for f in api.rescore_baselines(why="read anew", who="me", project=folder) if f.written]
    assert done.slot == SLOT
    after = load_baseline(folder / "baselines", SUITE, SLOT)
    assert after.anchored
    assert (after.accepted.summary.success, after.accepted.summary.run_id) == (sound.success, sound.run_id)
    assert [(e.why, e.accepted_by) for e in load_log(folder / "baselines", SUITE, SLOT)[len(before) :]] == [
        ("read anew", "me")
    ]
    assert not any(f.written for f in api.rescore_baselines(why="again", project=folder))


def test_another_suite_or_no_reason_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="needs a reason"):
        api.rescore_baselines(project=folder)
    with pytest.raises(UsageError, match="no baseline of suite 'other'"):
        api.rescore_baselines(suites=["other"], dry_run=True, project=folder)
    file = folder / "suites" / SUITE / "suite.yaml"
    file.write_text(file.read_text().replace("version:", "scorer: {prose: false}\nversion:", 1))
    with pytest.raises(BaselineError, match="was accepted for"):
        api.rescore_baselines(dry_run=True, project=folder)
