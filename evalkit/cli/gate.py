"""`evalkit gate`: evidence judged against its baselines."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit import api
from evalkit.cli.options import json_option, names_option, print_json, project_option

_EXAMPLE = """\b
Example:
  evalkit gate --junit gate.xml --markdown gate.md
"""


@click.command("gate", epilog=_EXAMPLE)
@names_option(
    "--run",
    "Judge these runs, such as a matrix's shards. [default: the latest whole run of each pair]",
)
@names_option("--suites", "Only these suites.")
@names_option("--candidates", "Only these candidates, in place of the policy's.")
@click.option(
    "--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write Markdown for a comment."
)
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit XML.")
@click.option("--github", is_flag=True, help="Print GitHub annotations too.")
@click.option("--all-rules", is_flag=True, help="Show passed rules too.")
@json_option
@project_option
def command(
    run: tuple[str, ...],
    suites: tuple[str, ...],
    candidates: tuple[str, ...],
    markdown: Path | None,
    junit: Path | None,
    github: bool,
    all_rules: bool,
    as_json: bool,
    project: Path | None,
) -> int:
    """Judge the evidence against the accepted baselines: pass, fail or inconclusive.

    Evidence is the latest whole run of each suite and candidate. A newer partial run is named, not judged.

    Exit codes: 0 pass, 3 a regression or a failed rule, 1 could not judge all that it should,
    4 inconclusive (it says how many more items), 2 wrong usage or policy. When several apply: 2, 3, 1, 4.
    """
    verdict = api.gate(run or None, suites=suites, candidates=candidates, project=project)
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
