"""`evalkit sql`: query the store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from evalkit import api
from evalkit.cli.options import json_option, print_json, project_option
from evalkit.errors import ExitCode

_EXAMPLE = """\b
Example:
  evalkit sql "SELECT suite, candidate, avg(success::int) FROM samples GROUP BY ALL"
"""


@click.command("sql", epilog=_EXAMPLE)
@click.argument("query", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--max-rows", type=click.IntRange(1), default=100, show_default=True, help="Of the printed table."
)
@json_option
@project_option
def command(query: str | None, as_csv: bool, max_rows: int, as_json: bool, project: Path | None) -> int:
    """Run a read-only SQL QUERY (or standard input) over the store; the view `samples` is where to start."""
    table = api.open_store(project=project).sql(query or sys.stdin.read())
    if as_json:
        print_json(table.to_pylist())
    elif as_csv:
        click.echo(table.to_pandas().to_csv(index=False), nl=False)
    else:
        _print_table(table, max_rows)
    return ExitCode.DONE


def _print_table(table: Any, max_rows: int) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = table.slice(0, max_rows).to_pylist()
    total = table.num_rows
    shown = Table(*table.column_names, box=None, header_style="bold")
    for row in rows:
        shown.add_row(*(Text("" if v is None else str(v)) for v in row.values()))
    Console().print(shown)
    if total > len(rows):
        click.echo(f"({total} rows, the first {len(rows)} shown)", err=True)
