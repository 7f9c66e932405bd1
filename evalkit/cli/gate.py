"""`evalkit gate`: a run judged against its baselines."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit import api
from evalkit.cli.options import json_option, print_json, project_option

_EXAMPLE = """\b
Example:
  evalkit gate --junit gate.xml --markdown gate.md
"""


@click.command("gate", epilog=_EXAMPLE)
@click.option("--run", "run", help="The run to judge. [default: the latest]")
@click.option(
    "--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write Markdown for a comment."
)
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit XML.")
@click.option("--github", is_flag=True, help="Print GitHub annotations too.")
@click.option("--all-rules", is_flag=True, help="Show passed rules too.")
@json_option
@project_option
def command(
    run: str | None,
    markdown: Path | None,
    junit: Path | None,
    github: bool,
    all_rules: bool,
    as_json: bool,
    project: Path | None,
) -> int:
    """Judge a run against the accepted baselines: pass, fail or inconclusive.

    Exit codes: 0 pass, 3 a regression or a failed rule, 4 inconclusive (it says how many more items),
    1 could not judge all that it should, 2 wrong usage or policy.
    """
    verdict = api.gate(run, project=project)
    for path, form in ((markdown, "markdown"), (junit, "junit")):
        if path is not None:
            api.write_verdict(verdict, path, form)
    if as_json:
        print_json(verdict.to_json())
    else:
        click.echo(api.verdict_text(verdict, every_rule=all_rules))
    if github:
        click.echo(api.verdict_annotations(verdict), nl=False)
    return verdict.exit_code
