"""From run folders into the store: staged outside it, then written in one short transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from evalkit.errors import RunError, StoreBusyError
from evalkit.records import Manifest
from evalkit.store import scripts
from evalkit.store.journal import bad_entry, foreign_entry, misfit, read_manifest, readable_copy
from evalkit.store.manifest_rows import candidate_rows, run_row, suite_rows
from evalkit.store.open import CONFIG, Store

State: TypeAlias = tuple[int, int, int]
"""Size and time of the journal and time of the manifest: what tells that a folder has changed."""

MEMORY_STEPS = ("64MB", "256MB", "1GB", "4GB")
"""What loading may hold in memory, the rest goes to a temporary folder; the next step is taken when one is
too small, as outputs of a megabyte and more need it. The first is what a hundred thousand samples need."""

THREADS = 1
"""Each would hold 32 MiB to read into, and a run's journal is read in moments."""

LARGEST_BYTES = 16_777_216
"""The longest line that is read at once; when a longer one is found, it sets the measure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReport:
    """What `load_pending` did."""

    loaded: tuple[str, ...] = ()
    """Run ids that were loaded."""
    refused: tuple[RunError, ...] = ()
    """Why run folders were not: damage, or a run id that another folder has."""
    postponed: StoreBusyError | None = None
    """Set when the store was busy: what is pending stays in its folders and is loaded next time."""


def load_run(store: Store, folder: Path | str) -> Manifest:
    """Loads one run folder; what the store held of this run before is replaced.

    Raises:
        RunError: The folder is missing or damaged; names file and line.
        StoreError: The store cannot be written; nothing is lost, the folder stays the truth.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    for memory in MEMORY_STEPS:
        try:
            _load(store, folder, manifest, memory)
            break
        except duckdb.OutOfMemoryException as error:
            if memory == MEMORY_STEPS[-1]:
                raise RunError(
                    f"loading needs more memory than {memory}",
                    where=str(folder),
                    hint="are outputs that long?",
                ) from error
    return manifest


def rebuild(store: Store, runs_dir: Path | str) -> LoadReport:
    """Builds the store anew from every run folder and puts it in the old one's place in one step.

    Raises:
        StoreError: The new file cannot be written.
    """
    fresh = Store(store.path.with_name(store.path.name + ".new"), wait_s=store.wait_s)
    for leftover in (fresh.path, _log_of(fresh)):
        leftover.unlink(missing_ok=True)
    with fresh.writing():
        pass
    report = load_pending(fresh, runs_dir, unfinished=True)
    if report.postponed:
        raise report.postponed
    fresh.path.replace(store.path)
    # What a killed writer left for the old file must not be played into the new one.
    _log_of(store).unlink(missing_ok=True)
    return report


def load_pending(store: Store, runs_dir: Path | str, *, unfinished: bool = False) -> LoadReport:
    """Loads each run folder that the store lacks or that has changed since; never raises for one bad folder.

    Args:
        store: Where to; made when missing.
        runs_dir: The folder of run folders.
        unfinished: Whether to load runs too whose manifest says that they are running.

    Raises:
        StoreError: The store is not ours, newer or damaged; a busy one is told in the report instead.
    """
    runs_dir = Path(runs_dir)
    try:
        known = _known(store)
    except StoreBusyError as error:
        return LoadReport(postponed=error)
    loaded: list[str] = []
    refused: list[RunError] = []
    for folder in run_folders(runs_dir):
        if folder.name in known and known[folder.name][1] == _state(folder):
            continue
        try:
            manifest = read_manifest(folder)
            if manifest.status == "running" and not unfinished:
                continue
            _refuse_copy(manifest.run_id, folder, known, runs_dir)
            load_run(store, folder)
        except RunError as error:
            refused.append(error)
        except StoreBusyError as error:
            return LoadReport(loaded=tuple(loaded), refused=tuple(refused), postponed=error)
        else:
            known[folder.name] = (manifest.run_id, _state(folder))
            loaded.append(manifest.run_id)
    return LoadReport(loaded=tuple(loaded), refused=tuple(refused))


def run_folders(runs_dir: Path) -> list[Path]:
    """The folders under `runs_dir` that hold a manifest, by name."""
    if not runs_dir.is_dir():
        return []
    return sorted(f for f in runs_dir.iterdir() if (f / "manifest.json").is_file())


def _known(store: Store) -> dict[str, tuple[str, State]]:
    """Folder name -> run id and state, as loaded."""
    if not store.path.exists():
        return {}
    with store.reading() as connection:
        rows = connection.execute(scripts.query("known_runs")).fetchall()
    return {folder: (run_id, (size, journal, manifest)) for run_id, folder, size, journal, manifest in rows}


def _refuse_copy(run_id: str, folder: Path, known: dict[str, tuple[str, State]], runs_dir: Path) -> None:
    """Two folders of one run would replace each other for ever."""
    for other, (held, _) in known.items():
        if held == run_id and other != folder.name and (runs_dir / other / "manifest.json").exists():
            raise RunError(
                f"run id {run_id!r} is also that of the folder {other!r}",
                where=str(folder / "manifest.json"),
                hint="move one of the two away",
            )


def _state(folder: Path) -> State:
    journal, manifest = folder / "journal.jsonl", folder / "manifest.json"
    if not journal.exists():
        return (0, 0, manifest.stat().st_mtime_ns)
    found = journal.stat()
    return (found.st_size, found.st_mtime_ns, manifest.stat().st_mtime_ns)


def _log_of(store: Store) -> Path:
    """DuckDB's write-ahead log beside the file."""
    return store.path.with_name(store.path.name + ".wal")


def _load(store: Store, folder: Path, manifest: Manifest, memory: str) -> None:
    with _staging(memory) as (connection, scratch):
        state = _state(folder)
        _stage_file(connection, folder / "journal.jsonl", scripts.query("stage_journal"), scratch)
        _stage_file(connection, folder / "items.jsonl", scripts.query("stage_items"), scratch)
        _refuse_unknown(connection, folder / "journal.jsonl")
        connection.execute(scripts.query("stage_winner"))
        with store.writing(connection):
            try:
                _replace(connection, manifest, folder, state)
            except (duckdb.DataError, duckdb.IntegrityError) as error:
                raise misfit(folder, str(error)) from error


@contextmanager
def _staging(memory: str) -> Iterator[tuple[Any, Path]]:
    with tempfile.TemporaryDirectory(prefix="evalkit-load-") as scratch:
        limits = {
            "memory_limit": memory,
            "temp_directory": scratch,
            "threads": str(THREADS),
        }
        connection = duckdb.connect(":memory:", config={**CONFIG, **limits})
        try:
            yield connection, Path(scratch)
        finally:
            connection.close()


def _stage_file(connection: Any, path: Path, script: str, scratch: Path) -> None:
    """Stages a file as it is or, where DuckDB stumbles, a copy without torn tail and lone surrogates."""
    if not path.exists():
        path = scratch / path.name
        path.touch()
    try:
        connection.execute(script, {"path": str(path), "largest_bytes": LARGEST_BYTES})
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        copy = scratch / f"copy-{path.name}"
        longest = readable_copy(path, copy)
        _stage_copy(
            connection, path, script, {"path": str(copy), "largest_bytes": max(longest, LARGEST_BYTES)}
        )


def _stage_copy(connection: Any, path: Path, script: str, parameters: dict[str, Any]) -> None:
    try:
        connection.execute(script, parameters)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise foreign_entry(path, str(error)) from error


def _refuse_unknown(connection: Any, journal: Path) -> None:
    for entry, reason in connection.execute(scripts.query("bad_entry")).fetchall():
        raise bad_entry(journal, entry, reason)


def _replace(connection: Any, manifest: Manifest, folder: Path, state: State) -> None:
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
