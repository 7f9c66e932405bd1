"""A new project: evalkit.yaml, a first suite, editor schemas, .gitignore; never over what is there."""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path

from evalkit.config import PROJECT_FILE
from evalkit.errors import UnavailableError
from evalkit.suites import find_shipped_suites

FIRST_SUITE = "support-triage"
FIRST_ITEMS = 12
SCHEMAS = ".evalkit"
"""Folder of the JSON Schemas that editors check the project's files against."""
_SCHEMA_FILES = ("evalkit.schema.json", "gate.schema.json", "suite.schema.json")
_IGNORED = "# written by evalkit init\n/runs/\n/reports/\n*.duckdb\n*.duckdb.wal\n.env\n"


def init(folder: Path, *, empty: bool = False) -> dict[Path, bool]:
    """Write a project into the folder; return each path with whether it was written (False: it was there).

    The first suite has a dozen items, so that trying things costs little; `empty` leaves it out.

    Raises:
        UnavailableError: The folder cannot be written.
    """
    first = folder / "suites" / FIRST_SUITE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        template = files("evalkit").joinpath("api/templates/evalkit.yaml").read_text(encoding="utf-8")
        return {
            folder / PROJECT_FILE: _write_new(folder / PROJECT_FILE, template),
            **({} if empty else {first: _copy_suite(first)}),
            **{folder / SCHEMAS / n: _copy_schema(folder / SCHEMAS / n) for n in _SCHEMA_FILES},
            folder / ".gitignore": _write_new(folder / ".gitignore", _IGNORED),
        }
    except OSError as error:
        raise UnavailableError(
            f"cannot be written: {error.strerror}",
            where=str(error.filename or folder),
            hint="choose another folder",
        ) from error


def _write_new(path: Path, text: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _copy_schema(path: Path) -> bool:
    path.parent.mkdir(exist_ok=True)
    return _write_new(path, files("evalkit").joinpath("schemas", path.name).read_text(encoding="utf-8"))


def _copy_suite(target: Path) -> bool:
    shipped = find_shipped_suites()
    if target.exists() or shipped is None:
        return False
    target.mkdir(parents=True)
    contract = (shipped / FIRST_SUITE / "suite.yaml").read_text(encoding="utf-8")
    contract = contract.replace("../../evalkit/schemas/", f"../../{SCHEMAS}/")
    (target / "suite.yaml").write_text(contract, encoding="utf-8")
    lines = (shipped / FIRST_SUITE / "items.jsonl").read_text(encoding="utf-8").splitlines()
    (target / "items.jsonl").write_text("\n".join(_few(lines)) + "\n", encoding="utf-8")
    return True


def _few(lines: list[str]) -> list[str]:
    """A dozen test items, the targets taking turns, and all items that examples are drawn from."""
    rows = [(json.loads(line), line) for line in lines]
    by_target: dict[str, list[str]] = {}
    for row, line in rows:
        if row.get("split", "test") == "test":
            by_target.setdefault(row["target"], []).append(line)
    turns = [line for turn in zip_longest(*by_target.values()) for line in turn if line is not None]
    return turns[:FIRST_ITEMS] + [line for row, line in rows if row.get("split", "test") != "test"]
