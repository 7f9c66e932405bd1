"""A run's folder: manifest, items and journal. It is the truth; the store is loaded from it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from evalkit.credentials import mask_manifest
from evalkit.errors import RunError, near_names
from evalkit.records import Item, Manifest, Suite, SuiteEntry, from_plain, read_item_line, to_plain
from evalkit.suites.kept import Keeper

HEAD_BYTES = 1024
"""Of a manifest, within which its id, times and sequence stand: they are written first."""

MANIFEST, ITEMS, JOURNAL, LOCK = "manifest.json", "items.jsonl", "journal.jsonl", "run.lock"
UNSCORED = "unscored.jsonl"
"""Answers that wait for their score; there only while a run goes, or after one that was killed."""


def new_run_id(now: datetime | None = None) -> str:
    """An id that sorts by time to the millisecond, such as `20261121-231502-417a3`."""
    moment = now or datetime.now(UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03d}{secrets.token_hex(1)}"


class RunFolder:
    """Paths and files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal_path = path / JOURNAL
        self.unscored_path = path / UNSCORED

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    def write_manifest(self, manifest: Manifest) -> None:
        """Replaces the manifest in one step.

        Raises:
            RunError: The disk does not take it; the one before stands.
        """
        fresh = self.path / f"{MANIFEST}.new"
        text = json.dumps(to_plain(mask_manifest(manifest)), indent=1, ensure_ascii=False) + "\n"
        with _explain_errors(fresh):
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self.path / MANIFEST)

    def read_manifest(self) -> Manifest:
        """The manifest.

        Raises:
            RunError: It is missing or damaged.
        """
        path = self.path / MANIFEST
        try:
            return mask_manifest(from_plain(Manifest, json.loads(path.read_text(encoding="utf-8"))))
        except FileNotFoundError as error:
            raise RunError("this is not a run folder: it has no manifest", where=str(path)) from error
        except (ValueError, TypeError) as error:
            raise RunError(f"the manifest is damaged: {error}", where=str(path)) from error

    def write_items(self, suites: tuple[Suite, ...], chosen: Mapping[str, Sequence[Item]]) -> None:
        """Keeps the items that are asked, in their order, and those that few-shot examples are drawn from.

        Raises:
            RunError: The disk does not take them.
        """
        path = self.path / ITEMS
        with _explain_errors(path), path.open("w", encoding="utf-8") as file:
            for suite in suites:
                for item in chain(chosen[suite.name], (i for i in suite.items if i.split != "test")):
                    line = {"suite": suite.name, "suite_version": suite.suite_version, "item": to_plain(item)}
                    file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def read_suites(self, manifest: Manifest) -> tuple[Suite, ...]:
        """The suites as the run used them, with the items that it asks.

        Their content hash is that of a part where the run is one: the manifest holds the whole suite's.

        Raises:
            RunError: The items are missing or damaged; names file and line.
        """
        items: dict[str, Keeper] = defaultdict(Keeper)
        path = self.path / ITEMS
        try:
            with path.open("rb") as file:
                for number, raw in enumerate(file, 1):
                    plain, reason = read_item_line(raw)
                    if plain is None:
                        raise RunError(
                            f"this line of the run's items is damaged: {reason}",
                            where=f"{path}:{number}",
                            hint="restore the file: what cannot be read cannot be asked",
                        )
                    items[plain["suite"]].add(from_plain(Item, plain["item"]))
        except OSError as error:
            raise RunError(f"the run's items cannot be read: {error.strerror}", where=str(path)) from error
        return tuple(_suite(entry, items[entry.name].items()) for entry in manifest.suites)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the folder for one writer; the lock goes with the process, however it ends.

        Raises:
            RunError: Another process is running it.
        """
        with (self.path / LOCK).open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                raise RunError(
                    f"this run is in progress (process {file.read().strip() or 'unknown'})",
                    where=str(self.path),
                    hint="wait for it, or stop it first",
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


@contextmanager
def _explain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"cannot be written: {error.strerror}", where=str(path)) from error


def create_run_folder(runs: Path, run_id: str) -> RunFolder:
    """A new folder for a run.

    Raises:
        RunError: It is there already, or the place cannot be written.
    """
    path = runs / run_id
    try:
        path.mkdir(parents=True)
    except FileExistsError as error:
        raise RunError("a run of that id is there already", where=str(path)) from error
    except OSError as error:
        raise RunError(f"the run folder cannot be made: {error.strerror}", where=str(path)) from error
    return RunFolder(path)


def runs_in_order(runs: Path) -> list[RunFolder]:
    """The run folders, oldest first.

    The number that each was given when it was made tells the order, since a clock can jump back. Runs of an
    older evalkit have none; they come first, by their start.
    """
    paths = (p for p in runs.glob("*") if (p / MANIFEST).exists()) if runs.is_dir() else ()
    return [RunFolder(path) for path in sorted(paths, key=_place)]


def next_sequence(runs: Path) -> int:
    """The number of the next run under `runs`: one more than the greatest there."""
    return 1 + max((_place(folder.path)[0] for folder in runs_in_order(runs)), default=0)


def _place(path: Path) -> tuple[int, str, str]:
    """Sequence, start and name, from the head of the manifest: thousands of runs are put in order by it."""
    try:
        with (path / MANIFEST).open("rb") as file:
            head = file.read(HEAD_BYTES).decode("utf-8", "replace")
    except OSError:
        head = ""
    sequence = re.search(r'"sequence": ?(\d{1,18})\b', head)
    created_at = re.search(r'"created_at": ?"([^"]*)"', head)
    return (int(sequence[1]) if sequence else 0, created_at[1] if created_at else "", path.name)


def find_run(runs: Path, name: str | None = None) -> RunFolder:
    """The run of that id (a unique part of it will do), or the latest.

    Raises:
        RunError: There is none, or several fit.
    """
    known = [folder.run_id for folder in runs_in_order(runs)]
    if not known:
        raise RunError("there is no run yet", where=str(runs), hint="make one with `evalkit run`")
    if name is None or name == "latest":
        return RunFolder(runs / known[-1])
    if Path(name, MANIFEST).exists():
        return RunFolder(Path(name))
    fitting = [k for k in known if k == name] or [k for k in known if name in k]
    if len(fitting) == 1:
        return RunFolder(runs / fitting[0])
    problem = f"no run {name!r}" if not fitting else f"{name!r} fits several runs: {', '.join(fitting[:5])}"
    raise RunError(problem, where=str(runs), hint=near_names(name, known))


def _suite(entry: SuiteEntry, items: Sequence[Item]) -> Suite:
    shared: dict[str, Any] = {
        "name": entry.name,
        "family": entry.family,
        "version": entry.suite_version.partition("+")[0],
        "description": entry.description,
        "contract": entry.contract,
        "scorer": entry.scorer,
        "prompts": entry.prompts,
        "stakes": entry.stakes,
        "card": entry.card,
        "path": entry.path,
    }
    return Suite(**shared, items=items)
