"""`evalkit init`: a project here."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit import api
from evalkit.errors import ExitCode


@click.command("init", epilog="Example:  evalkit init my-project && cd my-project && evalkit run --limit 10")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
def command(folder: Path) -> int:
    """Write a commented evalkit.yaml, a first suite and a .gitignore into FOLDER (default: here).

    Nothing that is there already is written over.
    """
    for path, written in api.init(folder).items():
        click.echo(f"{'wrote' if written else 'kept '} {path}")
    click.echo("next: evalkit models pull smollm2-135m-q4_1 && evalkit run --limit 10 && evalkit report")
    return ExitCode.DONE
