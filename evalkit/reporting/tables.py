"""Tables as CSV text: numbers whole, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

from evalkit.reporting.hostile import shown

Value = str | int | float | None
"""What a cell of a table may hold."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """A table as CSV. Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return stream.getvalue()


def _cell(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, float):
        return "inf" if math.isinf(value) else "" if math.isnan(value) else float(f"{value:.9g}")
    if isinstance(value, str):
        text = shown(value)
        return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
    return value
