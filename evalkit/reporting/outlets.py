"""What programs read of a report: its page data as JSON, its tables as CSV, its samples as Parquet."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from evalkit.gate import RuleResult
from evalkit.gate.wording import rule_words
from evalkit.records import clean_text
from evalkit.reporting.frames import plain_cells, tags
from evalkit.reporting.layout import data_path
from evalkit.reporting.tables import csv_text
from evalkit.reporting.view import Site
from evalkit.reporting.view.tables import tables

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 2
"""Of `data/pages.json`: raised when a key changes its meaning or goes."""

CONTENT = ("output", "tool_calls", "parsed", "diff", "refusal")
"""Columns of samples that hold what models wrote, or what was asked of them."""

_LEFT_OUT = frozenset({"drawing", "context", "listed"})
"""Fields that say again what stands elsewhere: a figure's rows, and the index of samples."""


def table_files(site: Site) -> Iterator[tuple[str, str]]:
    """(path, text) of every table's and figure's CSV."""
    for page in site.pages:
        for figure in page.figures:
            yield data_path(figure.name), csv_text(figure.columns, figure.rows)
    for table in tables(site):
        yield data_path(table.name), csv_text(table.columns, table.rows)


def pages_json(site: Site) -> str:
    """The data of every page as JSON text."""
    pages = {page.href: {"label": page.label, **_plain(page)} for page in site.pages}
    # Unindented: an indented text takes the slow encoder, and no person reads it.
    data = {"format": FORMAT, "pages": pages}
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _plain(value: Any) -> Any:
    """A record as plain JSON values: no number that JSON lacks, no character that UTF-8 lacks."""
    if dataclasses.is_dataclass(value):
        fields = (f.name for f in dataclasses.fields(value) if f.name not in _LEFT_OUT)
        plain = {name: _plain(getattr(value, name)) for name in fields}
        return plain | _plain(rule_words(value)._asdict()) if isinstance(value, RuleResult) else plain
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _plain(inside) for key, inside in value.items()}
    if isinstance(value, (tuple, list, frozenset)):
        return [_plain(inside) for inside in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    return clean_text(value) if isinstance(value, str) else value


def samples_parquet(samples: pd.DataFrame, *, with_content: bool) -> bytes:
    """The samples of a report as a Parquet file, one row a sample, as the store's flat view has them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kept = [name for name in samples.columns if with_content or name not in CONTENT]
    table = pa.table({str(name): _column(samples[name]) for name in kept})
    stream = pa.BufferOutputStream()
    pq.write_table(table, stream, compression="zstd")
    return bytes(stream.getvalue())


def _column(values: pd.Series) -> Any:
    """A column for Arrow: numbers as they are, all else as text that UTF-8 can hold."""
    import pandas as pd
    import pyarrow as pa

    if values.name == "tags":
        return pa.array([json.dumps(tags(value)) for value in values.tolist()], type=pa.string())
    if values.dtype.kind != "O" or isinstance(values.dtype, pd.StringDtype):
        return pa.array(values, from_pandas=True)
    cells = plain_cells(values)
    kinds = {type(value) for value in cells} - {type(None)}
    if kinds == {bool}:
        return pa.array(cells, type=pa.bool_())
    if kinds and kinds <= {int, float}:
        return pa.array([None if value is None else float(value) for value in cells], type=pa.float64())
    return pa.array([None if value is None else _text(value) for value in cells], type=pa.string())


def _text(value: Any) -> str:
    return clean_text(value if isinstance(value, str) else str(value))
