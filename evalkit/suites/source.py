"""Rows of someone else's data for a new suite: a file, or a folder that Hugging Face `datasets` saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.documents import parse_json
from evalkit.errors import SuiteError
from evalkit.records import Problem
from evalkit.suites.formats import NOT_JSON_HINT, Row, class_names, plain_row, read_rows
from evalkit.suites.load import problem_error

_SPLITS = ("train", "test", "validation", "dev")


def source_rows(source: Path) -> list[Mapping[str, Any]]:
    """Every row of the source; of a folder with parts for several splits, each row says its split.

    Raises:
        SuiteError: It is not there, cannot be read, or has no row.
    """
    if source.is_dir():
        rows: list[Mapping[str, Any]] = list(_folder_rows(source))
    elif source.is_file():
        read = list(read_rows(source))
        problems = [r for r in read if isinstance(r, Problem)]
        if problems:
            raise problem_error(problems)
        rows = _with_lists([r for r in read if isinstance(r, Row)])
    else:
        raise SuiteError("there is no such file or folder", where=str(source), hint="check the path")
    if not rows:
        raise SuiteError(
            "it has no row to make an item of",
            where=str(source),
            hint="a .jsonl, .json, .csv or .parquet file, or a folder that `datasets` saved",
        )
    return rows


def _with_lists(rows: list[Row]) -> list[Mapping[str, Any]]:
    """Rows of text with the columns read as JSON in which every cell is a list or an object."""
    structured = {
        name
        for name in (rows[0].data if rows and rows[0].textual else ())
        if all(_structure(r.data[name]) is not None for r in rows if r.data[name])
    }
    return [{k: _structure(v) if k in structured else v for k, v in r.data.items()} for r in rows]


def _structure(cell: str) -> Any:
    """The list or object that a cell holds; None when it holds neither."""
    if cell.lstrip()[:1] not in ("[", "{"):
        return None
    try:
        return parse_json(cell)
    except ValueError:
        return None


def _folder_rows(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted([*folder.rglob("*.arrow"), *folder.rglob("*.parquet")]):
        if path.name.startswith("cache-"):  # intermediate results of `datasets`
            continue
        split = _split_of(path.relative_to(folder))
        rows = _arrow_rows(path) if path.suffix == ".arrow" else _parquet_rows(path)
        for row in rows:
            yield {**({"split": split} if split else {}), **row}


def _split_of(path: Path) -> str | None:
    words = (*path.parts[:-1], path.name.split("-")[0].split(".")[0])
    return next((w for w in words if w in _SPLITS), None)


def _arrow_rows(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow.ipc
    import pyarrow.lib

    number = 0
    try:
        with pyarrow.memory_map(str(path)) as file, pyarrow.ipc.open_stream(file) as stream:
            names = class_names(stream.schema.metadata)
            for batch in stream:
                for row in batch.to_pylist():
                    number += 1
                    yield plain_row(row, names)
    except ValueError as error:  # Arrow's own errors of values are ValueErrors too
        if not isinstance(error, pyarrow.lib.ArrowException):
            raise SuiteError(str(error), where=f"{path}, row {number}", hint=NOT_JSON_HINT) from error
        raise SuiteError(f"not a file that `datasets` saved: {error}", where=str(path)) from error
    except pyarrow.lib.ArrowException as error:
        raise SuiteError(f"not a file that `datasets` saved: {error}", where=str(path)) from error


def _parquet_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    for row in read_rows(path):
        if isinstance(row, Problem):
            raise problem_error([row])
        yield row.data
