"""From run folders into the store: staged outside it, then written in one short transaction."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from evalkit.errors import RunError, StoreBusyError
from evalkit.records import (
    LARGEST_COUNT,
    LARGEST_SMALL,
    LeftOut,
    Manifest,
    Planned,
    SampleKey,
    describe_left_out,
)
from evalkit.store.journal import copy_items, copy_journal, misfit, read_manifest
from evalkit.store.manifest_rows import candidate_rows, left_out_rows, run_row, suite_rows
from evalkit.store.open import CONFIG, Store
from evalkit.store.scripts import read_query

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
class Loaded:
    """One run that was loaded, and what could not be."""

    manifest: Manifest
    left_out: tuple[LeftOut, ...] = ()
    """Damaged lines and values of its folder, in order."""
    missing: tuple[SampleKey, ...] = ()
    """Samples that are lost with them: a resume asks for them again."""

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.manifest.run_id

    @property
    def notes(self) -> tuple[str, ...]:
        """What to say of it, each with the next step; empty for a whole run."""
        run_id = self.run_id
        said = [f"run {run_id}: {line}" for line in describe_left_out(self.left_out)]
        if self.missing:
            suite, item_id, candidate, _ = self.missing[0]
            n = len(self.missing)
            named = f"{candidate} on {item_id!r} of {suite}" + (f" and {n - 1} more" if n > 1 else "")
            said.append(f"run {run_id} lacks {named}; `evalkit run --resume {run_id}` asks again")
        return tuple(said)


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReport:
    """What `load_pending` did."""

    loaded: tuple[str, ...] = ()
    """Run ids that were loaded."""
    notes: tuple[str, ...] = ()
    """What was left out of them."""
    refused: tuple[RunError, ...] = ()
    """Why run folders were not: damage, or a run id that another folder has."""
    postponed: StoreBusyError | None = None
    """Set when the store was busy: what is pending stays in its folders and is loaded next time."""


def load_run(store: Store, folder: Path | str) -> Loaded:
    """Loads one run folder; what the store held of this run before is replaced.

    Damaged lines and values are left out, kept in the table `left_out`, and returned.

    Raises:
        RunError: The folder or its manifest is missing or damaged; names the file.
        StoreError: The store cannot be written; nothing is lost, the folder stays the truth.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    if manifest.purpose != "measurement":
        raise RunError(
            f"this run asked train items, for {manifest.purpose}: it is no evidence", where=str(folder)
        )
    for memory in MEMORY_STEPS:
        try:
            return _load(store, folder, manifest, memory)
        except duckdb.OutOfMemoryException as error:
            if memory == MEMORY_STEPS[-1]:
                raise RunError(
                    f"loading needs more memory than {memory}",
                    where=str(folder),
                    hint="are outputs that long?",
                ) from error
    raise AssertionError("the last step returns or raises")


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
        known = _loaded_runs(store)
    except StoreBusyError as error:
        return LoadReport(postponed=error)
    loaded: list[str] = []
    notes: list[str] = []
    refused: list[RunError] = []
    for folder in run_folders(runs_dir):
        if folder.name in known and known[folder.name][1] == _state(folder):
            continue
        try:
            manifest = read_manifest(folder)
            if manifest.status == "running" and not unfinished:
                continue
            _refuse_copy(manifest.run_id, folder, known, runs_dir)
            notes += load_run(store, folder).notes
        except RunError as error:
            refused.append(error)
        except StoreBusyError as error:
            return LoadReport(
                loaded=tuple(loaded), notes=tuple(notes), refused=tuple(refused), postponed=error
            )
        else:
            known[folder.name] = (manifest.run_id, _state(folder))
            loaded.append(manifest.run_id)
    return LoadReport(loaded=tuple(loaded), notes=tuple(notes), refused=tuple(refused))


def run_folders(runs_dir: Path) -> list[Path]:
    """The folders under `runs_dir` that hold a manifest, by name."""
    if not runs_dir.is_dir():
        return []
    return sorted(f for f in runs_dir.iterdir() if (f / "manifest.json").is_file())


def _loaded_runs(store: Store) -> dict[str, tuple[str, State]]:
    """Folder name -> run id and state, as loaded."""
    if not store.path.exists():
        return {}
    with store.reading() as connection:
        rows = connection.execute(read_query("known_runs")).fetchall()
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


def _load(store: Store, folder: Path, manifest: Manifest, memory: str) -> Loaded:
    with _staging(memory) as (connection, scratch):
        state = _state(folder)
        left_out = _stage_items(connection, folder / "items.jsonl", scratch)
        left_out += _stage_journal(connection, folder, manifest, scratch, items_known=not left_out)
        connection.execute(read_query("stage_winner"))
        loaded = Loaded(
            manifest=manifest,
            left_out=tuple(left_out),
            missing=_missing(connection, manifest, left_out),
        )
        with store.writing(connection):
            try:
                return _replace(connection, loaded, folder, state)
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


def _stage_items(connection: Any, path: Path, scratch: Path) -> list[LeftOut]:
    """Stages the items as they are or, where DuckDB stumbles, a copy without the damaged lines."""
    if not path.exists():
        path = scratch / path.name
        path.touch()
    script = read_query("stage_items")
    if _reads(connection, script, path, LARGEST_BYTES) and not _first(connection, "bare_items"):
        return []
    copied = copy_items(path, scratch / "copied-items.jsonl")
    _stage_copy(connection, script, path, scratch / "copied-items.jsonl", copied.longest)
    connection.execute("DELETE FROM staged_items WHERE suite IS NULL")
    return copied.left_out


def _stage_journal(
    connection: Any, folder: Path, manifest: Manifest, scratch: Path, *, items_known: bool
) -> list[LeftOut]:
    """Stages the journal as it is or, where an entry wants a closer look, a copy without what is damaged."""
    path = folder / "journal.jsonl"
    if not path.exists():
        path = scratch / path.name
        path.touch()
    script = read_query("stage_journal")
    items_known = items_known and (folder / "items.jsonl").exists()
    limits = {
        "versions": [{"suite": e.name, "suite_version": e.suite_version} for e in manifest.suites],
        "candidates": [e.candidate.name for e in manifest.candidates],
        "repeats": manifest.repeats,
        "items_known": items_known,
    }
    if _reads(connection, script, path, LARGEST_BYTES) and not _first(connection, "suspect_entries", limits):
        return []
    planned = Planned.of(manifest, _asked_items(connection) if items_known else None)
    copied = copy_journal(path, scratch / "copied-journal.jsonl", planned)
    _stage_copy(connection, script, path, scratch / "copied-journal.jsonl", copied.longest)
    connection.execute("DELETE FROM journal WHERE kind IS NULL")
    return copied.left_out


def _reads(connection: Any, script: str, path: Path, largest_bytes: int) -> bool:
    """Whether DuckDB reads the file as it is."""
    try:
        connection.execute(script, {"path": str(path), "largest_bytes": largest_bytes})
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return False
    return True


def _stage_copy(connection: Any, script: str, path: Path, copy: Path, longest: int) -> None:
    try:
        connection.execute(script, {"path": str(copy), "largest_bytes": max(longest, LARGEST_BYTES)})
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise misfit(path, str(error)) from error


def _first(connection: Any, name: str, parameters: dict[str, Any] | None = None) -> Any:
    """The first cell of a query's result."""
    return connection.execute(read_query(name), parameters).fetchall()[0][0]


def _asked_items(connection: Any) -> dict[str, set[str]]:
    """Suite -> ids of the items that the run asks."""
    found: dict[str, set[str]] = defaultdict(set)
    for suite, item_id in connection.execute(read_query("asked_items")).fetchall():
        found[suite].add(item_id)
    return found


def _missing(connection: Any, manifest: Manifest, left_out: list[LeftOut]) -> tuple[SampleKey, ...]:
    """The samples that are lost with the lines set aside: those the lines were of, where all of them say so.

    A line that cannot be read may have been of any sample, so a run that was finished lacks what has none.
    """
    lines = [n for n in left_out if n.field is None and n.file == "journal.jsonl"]
    if not lines:
        return ()
    present = set(connection.execute("SELECT suite, item_id, candidate, repeat FROM winner").fetchall())
    if manifest.status == "done":
        candidates = [e.candidate.name for e in manifest.candidates]
        lost = [
            (suite, item_id, candidate, repeat)
            for suite, ids in _asked_items(connection).items()
            for item_id in ids
            for candidate in candidates
            for repeat in range(manifest.repeats)
        ]
    else:
        lost = [n.key for n in lines if n.key is not None]
    return tuple(sorted(set(lost) - present))


def _replace(connection: Any, loaded: Loaded, folder: Path, state: State) -> Loaded:
    """Writes the run in place of what was there; returns what was loaded, with the manifest's bad values."""
    manifest, run_id = loaded.manifest, loaded.run_id
    for table in ("runs", "candidates", "suites", "attempts", "sample_rows", "scores", "left_out"):
        connection.execute(f"DELETE FROM store.{table} WHERE run_id = ?", [run_id])  # noqa: S608 - our own names
    bad = [
        *_insert(connection, "runs", [run_row(manifest, folder.name, state)]),
        *_insert(connection, "candidates", candidate_rows(manifest)),
        *_insert(connection, "suites", suite_rows(manifest)),
    ]
    loaded = replace(loaded, left_out=(*bad, *loaded.left_out))
    connection.execute(read_query("load_items"))
    for script in ("load_attempts", "load_samples", "load_scores"):
        connection.execute(read_query(script), {"run_id": run_id})
    _insert(connection, "left_out", left_out_rows(run_id, loaded.left_out, loaded.missing))
    return loaded


def _insert(connection: Any, table: str, rows: list[dict[str, Any]]) -> list[LeftOut]:
    """Inserts the rows; a whole number that its column cannot hold becomes unknown, or the nearest it can."""
    limits = _limits(connection, table)
    bad = []
    for row in rows:
        for name in row.keys() & limits.keys():
            value, (largest, nullable) = row[name], limits[name]
            if isinstance(value, int) and not -largest - 1 <= value <= largest:
                row[name] = None if nullable else max(-largest - 1, min(value, largest))
                bad.append(LeftOut(file="manifest.json", field=name, reason="beyond what the store holds"))
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(
            f"INSERT INTO store.{table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            list(row.values()),
        )
    return bad


def _limits(connection: Any, table: str) -> dict[str, tuple[int, bool]]:
    """Column of whole numbers -> the largest that it holds, and whether it may be unknown."""
    largest = {"INTEGER": LARGEST_SMALL, "BIGINT": LARGEST_COUNT}
    rows = connection.execute(read_query("whole_columns"), {"table": table}).fetchall()
    return {name: (largest[kind], nullable) for name, kind, nullable in rows}
