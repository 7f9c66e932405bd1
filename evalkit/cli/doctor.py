"""`evalkit doctor`: what is installed, what is missing, whether the store is sound."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit import api
from evalkit.cli.options import json_option, print_json, project_option
from evalkit.errors import ConfigError, ExitCode

_COLOURS = {"ok": "green", "missing": "yellow", "broken": "red"}


@click.command("doctor", epilog="Example:  evalkit doctor")
@json_option
@project_option
def command(as_json: bool, project: Path | None) -> int:
    """Say what is installed, what each backend lacks, and whether the store is sound."""
    home = None
    try:
        home = api.open_project(project)
    except ConfigError:
        if project is not None or Path("evalkit.yaml").exists():
            raise
    findings = api.doctor(home)
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            mark = click.style(f"{finding.health:8}", fg=_COLOURS[finding.health])
            click.echo(f"{mark} {finding.subject}: {finding.detail}")
    sound = all(f.health == "ok" or f.optional for f in findings)
    return ExitCode.DONE if sound else ExitCode.FAILED
