"""`evalkit init`: a project here."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from evalkit import api
from evalkit.errors import ExitCode


@click.command("init", epilog="Example:  evalkit init my-project && cd my-project && evalkit run")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--empty", is_flag=True, help="Without the first suite.")
def command(folder: Path, empty: bool) -> int:
    """Write a commented evalkit.yaml, a first suite and a .gitignore into FOLDER (default: here).

    Nothing that is there already is written over.
    """
    for path, written in api.init(folder, empty=empty).items():
        click.echo(f"{'wrote' if written else 'kept '} {path}")
    enter = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))} && "
    first = "models pull smollm2-135m-q4_1 && evalkit run && evalkit report"
    click.echo(f"next: {enter}evalkit {'suites new my-suite FILE' if empty else first}")
    return ExitCode.DONE
