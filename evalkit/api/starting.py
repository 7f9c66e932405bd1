"""A new project: evalkit.yaml, a first suite, editor schemas, .gitignore; never over what is there."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from evalkit.config import PROJECT_FILE
from evalkit.errors import UnavailableError
from evalkit.suites import find_shipped_suites

FIRST_SUITE = "support-triage"
SCHEMAS = ".evalkit"
"""Folder of the JSON Schemas that editors check the project's files against."""
_SCHEMA_FILES = ("evalkit.schema.json", "gate.schema.json", "suite.schema.json")
_IGNORED = "# written by evalkit init\n/runs/\n/reports/\n*.duckdb\n*.duckdb.wal\n.env\n"


def init(folder: Path) -> dict[Path, bool]:
    """Writes a project into the folder; returns each path with whether it was written (False: it was there).

    Raises:
        UnavailableError: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        template = files("evalkit").joinpath("api/templates/evalkit.yaml").read_text(encoding="utf-8")
        return {
            folder / PROJECT_FILE: _write_new(folder / PROJECT_FILE, template),
            folder / "suites" / FIRST_SUITE: _copy_suite(folder / "suites" / FIRST_SUITE),
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
    for source in sorted((shipped / FIRST_SUITE).iterdir()):
        if source.is_file():
            text = source.read_text(encoding="utf-8")
            text = text.replace("../../evalkit/schemas/", f"../../{SCHEMAS}/")
            (target / source.name).write_text(text, encoding="utf-8")
    return True
