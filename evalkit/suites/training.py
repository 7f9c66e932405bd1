"""The texts of training data as a stream: of rows of JSONL, JSON, CSV and Parquet, else of lines."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.errors import SuiteError
from evalkit.records import Problem
from evalkit.suites.formats import STRUCTURED, read_rows
from evalkit.suites.load import problem_error


class Text(NamedTuple):
    """One text of a training file."""

    line: int
    """Line in the file, from 1; in Parquet and JSON the number of the row."""
    field: str
    """Where in the row it stands, such as `messages.1.content`; empty for a line of plain text."""
    text: str


def is_structured(path: Path) -> bool:
    """Whether the file holds rows; else it is read as lines that flow into one another."""
    kinds = [s for s in path.suffixes if s != ".gz"]
    return bool(kinds) and kinds[-1].lower() in STRUCTURED


def training_texts(path: Path) -> Iterator[Text]:
    """Every text of the file in order, read as it is asked for.

    Raises:
        SuiteError: The file is not there, cannot be read, or has a row that cannot: what was not read
            cannot be declared clean.
    """
    if path.is_dir() or not path.exists():
        what = "is a folder" if path.is_dir() else "is not there"
        raise SuiteError(f"the training data {what}", where=str(path), hint="name its files")
    return _row_texts(path) if is_structured(path) else _lines(path)


def _row_texts(path: Path) -> Iterator[Text]:
    for row in read_rows(path):
        if isinstance(row, Problem):
            raise problem_error([row])
        for field, text in _texts(row.data, ""):
            yield Text(row.line, field, text)


def _texts(value: Any, field: str) -> Iterator[tuple[str, str]]:
    """Each text inside a value, with the path to it."""
    if isinstance(value, str):
        yield field, value
        return
    members: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        members = value.items()
    elif isinstance(value, (list, tuple)):
        members = enumerate(value)
    for key, member in members:
        yield from _texts(member, f"{field}.{key}" if field else str(key))


def _lines(path: Path) -> Iterator[Text]:
    opener: Any = gzip.open if path.suffix == ".gz" else Path.open
    try:
        with opener(path, "rb") as file:
            for number, raw in enumerate(file, start=1):
                if b"\0" in raw:
                    raise SuiteError(
                        "this is no text",
                        where=f"{path}:{number}",
                        hint="JSONL, JSON, CSV, Parquet or plain text",
                    )
                yield Text(number, "", raw.decode("utf-8", "replace"))
    except (OSError, EOFError) as error:
        raise SuiteError(f"cannot be read: {error}", where=str(path)) from error
