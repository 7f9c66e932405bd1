"""`evalkit report`: the static HTML report."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from evalkit import api
from evalkit.cli.options import project_option
from evalkit.errors import ExitCode


@click.command("report", epilog="Example:  evalkit report --out reports/week-47")
@click.option("--run", "run", help="Report one run. [default: the latest of each suite and candidate]")
@click.option("--out", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.")
@click.option("--title", default="Evaluation report", show_default=True, help="Title of the front page.")
@click.option("--no-content", is_flag=True, help="Leave inputs, targets and outputs out.")
@click.option("--single-file", is_flag=True, help="One page, report.html, that can be mailed.")
@click.option(
    "--samples-mb",
    type=click.FloatRange(min=0, max=100_000),
    metavar="MB",
    help="Most MB of samples to open, the most costly first. [default: all; 8 in one file]",
)
@click.option("--open", "in_browser", is_flag=True, help="Show it in the browser.")
@project_option
def command(
    run: str | None,
    folder: Path | None,
    title: str,
    no_content: bool,
    single_file: bool,
    samples_mb: float | None,
    in_browser: bool,
    project: Path | None,
) -> int:
    """Write the report as static pages that open from disk, and print the front page's address."""
    index = api.report(
        run,
        folder=folder,
        title=title,
        with_content=not no_content,
        single_file=single_file,
        samples_mb=samples_mb,
        project=project,
    )
    address = index.resolve().as_uri()
    click.echo(address)
    if in_browser and not webbrowser.open(address):
        click.echo("no browser was found: open the address above", err=True)
    return ExitCode.DONE
