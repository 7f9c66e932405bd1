"""Tables as CSV text: numbers whole, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import math
import re
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


_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def harmless_cell(text: str) -> str:
    """The text as a cell that no spreadsheet runs: what begins as a formula does gets an apostrophe in front.

    A text that is a number, such as `-5`, is none.
    """
    runs = text.startswith(("=", "+", "-", "@", "\t", "\r")) and not _NUMBER.fullmatch(text)
    return f"'{text}" if runs else text


def _cell(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, float):
        return "inf" if math.isinf(value) else "" if math.isnan(value) else float(f"{value:.9g}")
    if isinstance(value, str):
        return harmless_cell(shown(value))
    return value
