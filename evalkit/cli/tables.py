"""Tables on the terminal; foreign text can neither form markup nor move the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalkit.reporting.hostile import one_line
from evalkit.reporting.text import SUMMARY_HEADINGS, SummaryRow

MOST_CHARACTERS = 60
WIDE = 160
"""Columns that are assumed where the output is no terminal."""


def print_summary_rows(rows: Iterable[SummaryRow]) -> None:
    """The front page's table, suites apart."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in SUMMARY_HEADINGS:
        table.add_column(heading, no_wrap=heading not in ("Candidate", "Vs baseline"))
    last = None
    for row in rows:
        if last is not None and row.suite != last:
            table.add_section()
        name = f"{row.candidate} (SIMULATED)" if row.simulated else row.candidate
        suite = "" if row.suite == last else row.suite
        cells = (suite, row.tier, name, row.success, row.interval, row.cost, row.p95, row.ttft, row.verdict)
        table.add_row(*map(_cell, cells))
        last = row.suite
    _console().print(table)


def print_rows(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows of a query, one line each, long values cut."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(Text(one_line(name)), no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(_cell("" if v is None else str(v)) for v in row.values()))
    _console().print(table)


def _cell(value: str) -> Text:
    text = one_line(value)
    return Text(text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…")


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)
