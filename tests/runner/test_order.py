"""Runs are in the order in which they were made, whatever the clock said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import evalkit.runner.manifest as manifests
import evalkit.runner.run as running
from evalkit.config import load_project
from evalkit.runner import RunFolder, RunResult, find_run, make_plan, start_run
from evalkit.runner.folder import HEAD_BYTES, new_run_id, next_sequence, runs_in_order
from evalkit.store import Store, load_pending
from evalkit.suites import load_suite
from tests.projects import simulated, write_project


def run_at(folder: Path, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> RunResult:
    """A run that the clock dates so."""
    project = load_project(write_project(folder, {"a": simulated(latency_s=0.0)}, n_items=2))
    plan = make_plan([load_suite(project.suites[0] / "plants")], list(project.candidates.values()))
    monkeypatch.setattr(running, "new_run_id", lambda: new_run_id(moment))
    monkeypatch.setattr(manifests, "utc_now", lambda: moment.isoformat(timespec="seconds"))
    return start_run(plan, project.runs)


def test_a_clock_that_jumps_back_makes_no_older_run_the_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gate would judge the run before, and `--resume` go on with it."""
    first = run_at(tmp_path, datetime(2027, 1, 1, 12, tzinfo=UTC), monkeypatch)
    second = run_at(tmp_path, datetime(2026, 12, 31, 9, tzinfo=UTC), monkeypatch)
    third = run_at(tmp_path, datetime(2026, 12, 31, 8, tzinfo=UTC), monkeypatch)
    made = [first.run_id, second.run_id, third.run_id]
    assert sorted(made) != made
    runs = tmp_path / "runs"
    assert [f.run_id for f in runs_in_order(runs)] == made
    assert find_run(runs).run_id == third.run_id
    store = Store(tmp_path / "store.duckdb")
    load_pending(store, runs)
    assert list(store.runs()["run_id"]) == made
    assert set(store.samples(latest=True)["run_id"]) == {third.run_id}
    assert list(dict.fromkeys(store.samples()["run_id"])) == made
    earlier = store.earlier_samples([("plants", "a", third.run_id)])
    assert set(earlier["run_id"]) == {second.run_id}
    assert store.earlier_samples([("plants", "a", first.run_id)]).empty


def write_manifest(runs: Path, name: str, **values: object) -> None:
    (runs / name).mkdir(parents=True)
    plain = {"run_id": name, "created_at": "2026-01-01T00:00:00+00:00", "finished_at": None, **values}
    (runs / name / "manifest.json").write_text(json.dumps(plain, indent=1), "utf-8")


def test_runs_of_an_older_evalkit_come_first_by_their_start(tmp_path: Path) -> None:
    """They have no number; what was made since is later than all of them."""
    write_manifest(tmp_path, "b", created_at="2026-03-01T00:00:00+00:00")
    write_manifest(tmp_path, "a", created_at="2026-02-01T00:00:00+00:00")
    write_manifest(tmp_path, "c", created_at="2020-01-01T00:00:00+00:00", sequence=1)
    write_manifest(tmp_path, "d", created_at="2026-01-01T00:00:00+00:00", sequence=None)
    assert [f.run_id for f in runs_in_order(tmp_path)] == ["d", "a", "b", "c"]
    assert next_sequence(tmp_path) == 2
    assert next_sequence(tmp_path / "nowhere") == 1


def test_a_manifest_that_cannot_be_read_is_in_nobodys_way(tmp_path: Path) -> None:
    """It is named by whoever reads it; the order of the others stays."""
    write_manifest(tmp_path, "a", sequence=7)
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "manifest.json").write_bytes(b"\xff\x00{")
    assert [f.run_id for f in runs_in_order(tmp_path)] == ["z", "a"]
    assert next_sequence(tmp_path) == 8


def test_a_note_cannot_give_a_place(tmp_path: Path) -> None:
    """Only the manifest's own key counts."""
    write_manifest(tmp_path, "a", note='"sequence": 99', sequence=3)
    write_manifest(tmp_path, "b", note='"sequence": 99')
    assert [f.run_id for f in runs_in_order(tmp_path)] == ["b", "a"]


def test_the_place_stands_in_the_head_of_a_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the head is read, so that a thousand runs are in order at once."""
    made = run_at(tmp_path, datetime(2026, 12, 31, tzinfo=UTC), monkeypatch)
    text = (made.folder / "manifest.json").read_text("utf-8")
    assert text.index('"sequence": 1') < HEAD_BYTES / 2
    assert RunFolder(made.folder).read_manifest().sequence == 1
