"""`evalkit sql`: query the store."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evalkit import api
from evalkit.cli.options import json_option, print_json, project_option
from evalkit.cli.tables import print_rows
from evalkit.errors import ExitCode

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
    """Run a read-only SQL QUERY (or standard input) over the store; the view `samples` is where to start."""
    table = api.open_store(store, project=project).sql(query or sys.stdin.read())
    if as_json:
        print_json(table.to_pylist())
    elif as_csv:
        click.echo(table.to_pandas().to_csv(index=False), nl=False)
    else:
        print_rows(table.column_names, table.slice(0, max_rows).to_pylist())
        if table.num_rows > max_rows:
            click.echo(f"({table.num_rows} rows, the first {max_rows} shown)", err=True)
    return ExitCode.DONE
