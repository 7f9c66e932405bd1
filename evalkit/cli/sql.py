"""`evalkit sql`: query the store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from evalkit import api
from evalkit.cli.options import json_option, print_json, project_option
from evalkit.cli.tables import print_rows
from evalkit.errors import ExitCode
from evalkit.reporting.tables import harmless_cell

_EXAMPLE = """\b
Example:
  evalkit sql "SELECT suite, candidate, avg(success::int) FROM samples GROUP BY ALL"
"""


@click.command("sql", epilog=_EXAMPLE)
@click.argument("query", required=False)
@click.option(
    "--store",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A store's file. [default: the project's]",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--max-rows", type=click.IntRange(1), default=100, show_default=True, help="Of the printed table."
)
@json_option
@project_option
def command(
    query: str | None, store: Path | None, as_csv: bool, max_rows: int, as_json: bool, project: Path | None
) -> int:
    """Run a read-only SQL QUERY (or standard input) over the store; the view `samples` is where to start.

    In CSV a text that begins with = + - @, a tab or a carriage return gets an apostrophe in front, so that
    no spreadsheet runs what a model wrote; numbers stay as they are. --json gives every text as it is.
    """
    table = api.open_store(store, project=project).sql(query or sys.stdin.read())
    if as_json:
        print_json(table.to_pylist())
    elif as_csv:
        click.echo(_csv(table), nl=False)
    else:
        print_rows(table.column_names, table.slice(0, max_rows).to_pylist())
        if table.num_rows > max_rows:
            click.echo(f"({table.num_rows} rows, the first {max_rows} shown)", err=True)
    return ExitCode.DONE


def _csv(table: Any) -> str:
    """The table as CSV that no spreadsheet runs: models' outputs are in it."""
    frame = table.to_pandas(use_threads=False)
    frame.columns = [harmless_cell(str(name)) for name in frame.columns]
    for place, kind in enumerate(frame.dtypes):
        if kind.kind == "O":
            cells = frame.iloc[:, place].map(lambda v: harmless_cell(v) if isinstance(v, str) else v)
            frame.isetitem(place, cells)
    return str(frame.to_csv(index=False))
