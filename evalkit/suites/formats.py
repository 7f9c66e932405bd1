"""Rows of an items file: JSONL, JSON, CSV or Parquet, plain or gzipped, each with its line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NamedTuple

from evalkit.documents import parse_json
from evalkit.errors import near_names
from evalkit.records import Problem, clean_text

MOST_IN_CELL = 10_000_000
"""Characters of one cell of a CSV file: twenty books. More is mostly a double quote that was left open."""

NOT_JSON_HINT = "leave the cell empty where the value is not known"


class Row(NamedTuple):
    """One row as it was read."""

    line: int
    """Line in the file, from 1; in Parquet and JSON the number of the row."""
    data: Mapping[str, Any]
    textual: bool
    """Whether every value is text, as in CSV."""


def read_rows(path: Path) -> Iterator[Row | Problem]:
    """Every row of the file in order; a row that cannot be read is a problem in its place."""
    kinds = [s for s in path.suffixes if s != ".gz"]
    reader = _READERS.get(kinds[-1].lower() if kinds else "")
    if reader is None:
        yield Problem(
            message=f"items cannot be read from {path.name!r}",
            hint=near_names(path.suffix, _READERS),
            file=str(path),
        )
        return
    try:
        yield from reader(path)
    except (OSError, EOFError) as error:
        yield Problem(message=f"cannot be read: {error}", file=str(path))


def _jsonl(path: Path) -> Iterator[Row | Problem]:
    with _open(path) as file:
        for line, raw in enumerate(file, start=1):
            try:
                text = raw.decode("utf-8-sig" if line == 1 else "utf-8")
                if not text.strip():
                    continue
                data = parse_json(text.rstrip())  # else a line cut short is told as the next one
            except ValueError as error:  # decoding errors are ValueErrors too
                yield _json_problem(error, path, line)
                continue
            if isinstance(data, dict):
                yield Row(line, data, False)
            else:
                yield Problem(
                    message=f"an item is a JSON object, and this is {type(data).__name__}",
                    hint="one object a line",
                    file=str(path),
                    line=line,
                )


def _json(path: Path) -> Iterator[Row | Problem]:
    try:
        with _open(path) as file:
            data = parse_json(file.read().decode("utf-8-sig"))
    except ValueError as error:
        yield _json_problem(error, path, 1)
        return
    if not isinstance(data, list) or not all(isinstance(d, dict) for d in data):
        yield Problem(
            message="a .json items file holds a list of objects", hint="or use .jsonl", file=str(path)
        )
        return
    for number, row in enumerate(data, start=1):
        yield Row(number, row, False)


def _csv(path: Path) -> Iterator[Row | Problem]:
    csv.field_size_limit(max(csv.field_size_limit(), MOST_IN_CELL))  # one for the whole process; never less
    with _open(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        line = 0
        try:
            header = next(reader, [])
            yield from _twice(header, path)
            line = reader.line_num
            for cells in reader:
                start, line = line + 1, reader.line_num
                if not cells:
                    continue
                if len(cells) == len(header):
                    yield Row(start, dict(zip(header, map(clean_text, cells), strict=True)), True)
                else:
                    yield Problem(
                        message=f"{len(cells)} cells under {len(header)} columns",
                        hint="quote cells that hold commas or line breaks",
                        file=str(path),
                        line=start,
                    )
        except UnicodeDecodeError as error:
            yield Problem(
                message=f"not valid CSV: {error}", hint="save as UTF-8", file=str(path), line=line + 1
            )
        except csv.Error as error:
            yield _csv_problem(error, path, line + 1)


def _csv_problem(error: csv.Error, path: Path, line: int) -> Problem:
    if "field limit" in str(error):
        message = f"a cell of more than {MOST_IN_CELL:,} characters"
        hint = "is a double quote left open? else split the text, or use .jsonl"
        return Problem(message=message, hint=hint, file=str(path), line=line)
    hint = "quote cells that hold commas or line breaks, and double the quotes inside"
    return Problem(message=f"not valid CSV: {error}", hint=hint, file=str(path), line=line)


def _twice(header: list[str], path: Path) -> Iterator[Problem]:
    for name in sorted({n for n in header if header.count(n) > 1}):
        yield Problem(message=f"the column {name!r} stands twice", hint="rename one", file=str(path), line=1)


def _parquet(path: Path) -> Iterator[Row | Problem]:
    import pyarrow.lib
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = class_names(file.schema_arrow.metadata)
            number = 0
            # In one thread: see `from_parquet` of the baselines.
            for batch in file.iter_batches(batch_size=4096, use_threads=False):
                for data in batch.to_pylist():
                    number += 1
                    try:
                        yield Row(number, plain_row(data, names), False)
                    except ValueError as error:
                        yield Problem(message=str(error), hint=NOT_JSON_HINT, file=str(path), line=number)
    except pyarrow.lib.ArrowException as error:
        yield Problem(message=f"not valid Parquet: {error}", file=str(path))


def class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Column -> names of its class labels, as Hugging Face `datasets` notes them in a file's schema."""
    try:
        features = json.loads((metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        found = {
            column: feature.get("names") for column, feature in features.items() if isinstance(feature, dict)
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {column: names for column, names in found.items() if isinstance(names, list)}


def plain_row(data: Mapping[str, Any], names: Mapping[str, list[str]]) -> dict[str, Any]:
    """A columnar row as JSON would hold it: class numbers by name, dates as text.

    A cell of NaN is an empty one, as pandas writes what is missing.

    Raises:
        ValueError: JSON cannot hold a value; names the column.
    """
    row = {}
    for column, value in data.items():
        try:
            row[column] = None if value != value else _plain(value)
        except ValueError as error:
            raise ValueError(f"the column {column!r} holds {error}") from error
    for column, known in names.items():
        value = row.get(column)
        if isinstance(value, int) and 0 <= value < len(known):
            row[column] = known[value]
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {clean_text(str(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return clean_text(value.decode("utf-8", "replace"))
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value}, which JSON lacks")
    return clean_text(value) if isinstance(value, str) else value


_READERS: Mapping[str, Callable[[Path], Iterator[Row | Problem]]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
}
STRUCTURED = frozenset(_READERS)
"""Suffixes of the files that hold rows."""


def _open(path: Path) -> IO[bytes]:
    opener: Any = gzip.open if path.suffix == ".gz" else Path.open
    return opener(path, "rb")  # type: ignore[no-any-return]  # both give bytes by line


def _json_problem(error: ValueError, path: Path, line: int) -> Problem:
    if isinstance(error, json.JSONDecodeError):
        return Problem(
            message=f"not valid JSON: {error.msg}",
            hint="one JSON object a line, text in double quotes",
            file=str(path),
            line=line + error.lineno - 1,
            column=error.colno,
        )
    hint = "save it as UTF-8 JSON" if isinstance(error, UnicodeDecodeError) else ""
    return Problem(message=f"not valid JSON: {error}", hint=hint, file=str(path), line=line)
