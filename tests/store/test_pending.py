"""What is finished and not yet in the store comes into it, and one bad folder stops no other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from evalkit.errors import StoreError
from evalkit.store import Store, load_pending, rebuild
from tests.run_folders import journal_lines, write_run_folder
from tests.store.conftest import tables
from tests.store.test_open import held_by_another_program


def set_status(folder: Path, status: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "status": status}), "utf-8")


def test_each_finished_run_is_loaded_once(store: Store, folder: Path, runs_dir: Path) -> None:
    """It is called before every read, so a second call must find nothing to do."""
    write_run_folder(runs_dir / "second", n_items=3)
    write_run_folder(runs_dir / "third", n_items=3, status="interrupted")
    assert load_pending(store, runs_dir).loaded == ("first", "second", "third")
    assert load_pending(store, runs_dir).loaded == ()
    assert list(store.runs()["run_id"]) == ["first", "second", "third"]


def test_a_run_whose_journal_has_grown_is_loaded_again(store: Store, folder: Path, runs_dir: Path) -> None:
    """A resumed run is the same folder with more in it."""
    whole = (folder / "journal.jsonl").read_bytes()
    lines = whole.split(b"\n")
    (folder / "journal.jsonl").write_bytes(b"\n".join(lines[: len(lines) // 2]) + b"\n")
    load_pending(store, runs_dir)
    half = len(store.samples())
    (folder / "journal.jsonl").write_bytes(whole)
    assert load_pending(store, runs_dir).loaded == ("first",)
    assert half < len(store.samples()) == sum(e["kind"] == "sample" for e in journal_lines(folder))


def test_a_run_whose_manifest_has_changed_is_loaded_again(store: Store, folder: Path, runs_dir: Path) -> None:
    """An interrupted run that was finished without a further sample is done, and must be shown so."""
    set_status(folder, "interrupted")
    load_pending(store, runs_dir)
    set_status(folder, "done")
    load_pending(store, runs_dir)
    assert list(store.runs()["status"]) == ["done"]


def test_a_run_in_progress_waits_for_its_end(store: Store, folder: Path, runs_dir: Path) -> None:
    """Half a run beside whole ones would be compared unsaid."""
    set_status(folder, "running")
    assert load_pending(store, runs_dir).loaded == ()
    assert load_pending(store, runs_dir, unfinished=True).loaded == ("first",)


def test_a_damaged_journal_is_named_and_loaded(store: Store, folder: Path, runs_dir: Path) -> None:
    """One bad line must not take a paid run down, nor any other."""
    write_run_folder(runs_dir / "a-damaged", n_items=3)
    journal = runs_dir / "a-damaged" / "journal.jsonl"
    journal.write_text("{broken\n" + journal.read_text("utf-8"), "utf-8")
    report = load_pending(store, runs_dir)
    assert report.loaded == ("a-damaged", "first")
    assert report.refused == ()
    assert [note.partition(" is set aside")[0] for note in report.notes] == ["run a-damaged: journal.jsonl:1"]


def test_a_damaged_manifest_is_named_and_stops_no_other(store: Store, folder: Path, runs_dir: Path) -> None:
    """One bad folder must not take every report down."""
    write_run_folder(runs_dir / "a-damaged", n_items=3)
    (runs_dir / "a-damaged" / "manifest.json").write_text("{", "utf-8")
    report = load_pending(store, runs_dir)
    assert report.loaded == ("first",)
    assert [error.where for error in report.refused] == [str(runs_dir / "a-damaged" / "manifest.json")]


def test_a_copied_run_folder_is_refused(store: Store, folder: Path, runs_dir: Path) -> None:
    """Two folders of one run id would replace each other at every read."""
    shutil.copytree(folder, runs_dir / "second-copy")
    for _ in range(2):
        (error,) = load_pending(store, runs_dir).refused
        assert "'first'" in error.message
        assert error.where == str(runs_dir / "second-copy" / "manifest.json")
    assert list(store.runs()["folder"]) == ["first"]


def test_a_renamed_run_folder_is_the_same_run(store: Store, folder: Path, runs_dir: Path) -> None:
    """People tidy their run folders."""
    load_pending(store, runs_dir)
    folder.rename(runs_dir / "renamed")
    assert load_pending(store, runs_dir).refused == ()
    assert list(store.runs()["folder"]) == ["renamed"]


def test_a_busy_store_postpones_and_loses_nothing(store: Store, folder: Path, runs_dir: Path) -> None:
    """Somebody's open DuckDB shell at the end of a long run must not cost the run."""
    write_run_folder(runs_dir / "earlier", n_items=3)
    load_pending(store, runs_dir)
    write_run_folder(runs_dir / "second", n_items=3)
    with held_by_another_program(store.path):
        report = load_pending(store, runs_dir)
    assert isinstance(report.postponed, StoreError)
    assert report.loaded == ()
    assert load_pending(store, runs_dir).loaded == ("second",)


def test_a_rebuilt_store_holds_identical_tables(store: Store, folder: Path, runs_dir: Path) -> None:
    """The run folders are the truth; the file can be thrown away."""
    write_run_folder(runs_dir / "a-second", n_items=4, repeats=2)
    load_pending(store, runs_dir)
    before = tables(store)
    assert rebuild(store, runs_dir).loaded == ("a-second", "first")
    assert tables(store) == before
    store.path.unlink()
    rebuild(store, runs_dir)
    assert tables(store) == before


def test_a_rebuild_drops_what_has_no_folder_any_more(store: Store, folder: Path, runs_dir: Path) -> None:
    """Deleting a run folder deletes the run, items that nobody else has included."""
    write_run_folder(runs_dir / "second", n_items=9, seed=5)
    load_pending(store, runs_dir)
    shutil.rmtree(runs_dir / "second")
    rebuild(store, runs_dir)
    assert list(store.runs()["run_id"]) == ["first"]
    assert len(store.items()) == 3 * 6


def test_a_rebuild_takes_the_place_of_a_file_that_cannot_be_read(
    store: Store, folder: Path, runs_dir: Path
) -> None:
    """A damaged store is no loss: one step and it is back."""
    store.path.write_bytes(b"damaged" * 1000)
    log = store.path.with_name(store.path.name + ".wal")
    log.write_bytes(b"stale")
    rebuild(store, runs_dir)
    assert len(store.samples()) == sum(e["kind"] == "sample" for e in journal_lines(folder))
    assert not log.exists()


def test_a_folder_of_runs_that_is_not_there_holds_no_runs(store: Store, tmp_path: Path) -> None:
    """Before the first run there is nothing to load, and nothing is wrong."""
    assert load_pending(store, tmp_path / "none").loaded == ()
    with pytest.raises(StoreError, match="no store here yet"):
        store.samples()
