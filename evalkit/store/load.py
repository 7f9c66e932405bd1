"""From run folders into the store: staged outside it, then written in one short transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from evalkit.errors import RunError, StoreError
from evalkit.records import Manifest
from evalkit.store import scripts
from evalkit.store.journal import bad_entry, read_manifest, readable_copy
from evalkit.store.manifest_rows import candidate_rows, run_row, suite_rows
from evalkit.store.open import Store

MEMORY_LIMIT = "1GB"
"""What staging may hold in memory; the rest goes to a temporary folder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReport:
    """What `load_pending` did."""

    loaded: tuple[str, ...] = ()
    """Run ids that were loaded."""
    refused: tuple[RunError, ...] = ()
    """Why run folders were not: damage, or a run id that another folder has."""
    postponed: StoreError | None = None
    """Set when the store was busy: what is pending stays in its folders and is loaded next time."""


def load_run(store: Store, folder: Path | str) -> Manifest:
    """Loads one run folder; what the store held of this run before is replaced.

    Raises:
        RunError: The folder is missing or damaged; names file and line.
        StoreError: The store cannot be written; nothing is lost, the folder stays the truth.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    with _staging() as connection:
        state = _stage(connection, folder)
        with store.writing(connection):
            _replace(connection, manifest, folder, state)
    return manifest


def rebuild(store: Store, runs_dir: Path | str) -> LoadReport:
    """Builds the store anew from every run folder and puts it in the old one's place in one step.

    Raises:
        StoreError: The new file cannot be written.
    """
    fresh = Store(store.path.with_name(store.path.name + ".new"), wait_s=store.wait_s)
    for leftover in (fresh.path, fresh.path.with_name(fresh.path.name + ".wal")):
        leftover.unlink(missing_ok=True)
    with fresh.writing():
        pass
    report = load_pending(fresh, runs_dir, unfinished=True)
    fresh.path.replace(store.path)
    return report


def load_pending(store: Store, runs_dir: Path | str, *, unfinished: bool = False) -> LoadReport:
    """Loads each run folder that the store lacks or that has changed since; never raises for one bad folder.

    Args:
        store: Where to; made when missing.
        runs_dir: The folder of run folders.
        unfinished: Whether to load runs too whose manifest says that they are running.
    """
    known = _known(store)
    loaded: list[str] = []
    refused: list[RunError] = []
    for folder in run_folders(Path(runs_dir)):
        if known.get(folder.name) == _state(folder):
            continue
        try:
            manifest = read_manifest(folder)
            if manifest.status == "running" and not unfinished:
                continue
            loaded.append(load_run(store, folder).run_id)
        except RunError as error:
            refused.append(error)
        except StoreError as error:
            return LoadReport(loaded=tuple(loaded), refused=tuple(refused), postponed=error)
    return LoadReport(loaded=tuple(loaded), refused=tuple(refused))


def run_folders(runs_dir: Path) -> list[Path]:
    """The folders under `runs_dir` that hold a manifest, by name."""
    if not runs_dir.is_dir():
        return []
    return sorted(f for f in runs_dir.iterdir() if (f / "manifest.json").is_file())


def _known(store: Store) -> dict[str, tuple[int, int, int]]:
    if not store.path.exists():
        return {}
    with store.reading() as connection:
        rows = connection.execute(scripts.query("known_runs")).fetchall()
    return {folder: (size, journal, manifest) for folder, size, journal, manifest in rows}


def _state(folder: Path) -> tuple[int, int, int]:
    """Size and time of the journal, and time of the manifest: what tells that a folder has changed."""
    journal, manifest = folder / "journal.jsonl", folder / "manifest.json"
    if not journal.exists():
        return (0, 0, manifest.stat().st_mtime_ns)
    found = journal.stat()
    return (found.st_size, found.st_mtime_ns, manifest.stat().st_mtime_ns)


@contextmanager
def _staging() -> Iterator[Any]:
    with tempfile.TemporaryDirectory(prefix="evalkit-load-") as spill:
        connection = duckdb.connect(
            ":memory:", config={"memory_limit": MEMORY_LIMIT, "temp_directory": spill}
        )
        try:
            yield connection
        finally:
            connection.close()


def _stage(connection: Any, folder: Path) -> tuple[int, int, int]:
    state = _state(folder)
    for name, script in (("journal.jsonl", "stage_journal"), ("items.jsonl", "stage_items")):
        _stage_file(connection, folder / name, scripts.query(script))
    _refuse_unknown(connection, folder / "journal.jsonl")
    connection.execute(scripts.query("stage_winner"))
    return state


def _stage_file(connection: Any, path: Path, script: str) -> None:
    """Stages a file as it is or, where DuckDB stumbles, a copy without torn tail and lone surrogates."""
    with tempfile.TemporaryDirectory(prefix="evalkit-copy-") as spare:
        if not path.exists():
            empty = Path(spare) / path.name
            empty.touch()
            connection.execute(script, {"path": str(empty)})
            return
        try:
            connection.execute(script, {"path": str(path)})
        except duckdb.Error:
            copy = readable_copy(path, Path(spare) / path.name)
            try:
                connection.execute(script, {"path": str(copy)})
            except duckdb.Error as error:
                raise RunError(
                    str(error).splitlines()[0], where=str(path), hint="the file was changed by hand?"
                ) from error


def _refuse_unknown(connection: Any, journal: Path) -> None:
    for entry, reason in connection.execute(scripts.query("bad_entry")).fetchall():
        raise bad_entry(journal, entry, reason)


def _replace(connection: Any, manifest: Manifest, folder: Path, state: tuple[int, int, int]) -> None:
    run_id = manifest.run_id
    for table in ("runs", "candidates", "suites", "attempts", "sample_rows", "scores"):
        connection.execute(f"DELETE FROM store.{table} WHERE run_id = ?", [run_id])  # noqa: S608 - our own names
    _insert(connection, "runs", [run_row(manifest, folder.name, state)])
    _insert(connection, "candidates", candidate_rows(manifest))
    _insert(connection, "suites", suite_rows(manifest))
    connection.execute(scripts.query("load_items"))
    for script in ("load_attempts", "load_samples", "load_scores"):
        connection.execute(scripts.query(script), {"run_id": run_id})


def _insert(connection: Any, table: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(
            f"INSERT INTO store.{table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            list(row.values()),
        )
