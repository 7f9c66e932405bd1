"""`evalkit suites`: list, validate and show suites."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit import api
from evalkit.cli.options import json_option, print_json, project_option
from evalkit.config import Project
from evalkit.errors import ConfigError, ExitCode
from evalkit.records import Candidate, Suite, to_plain


@click.group("suites")
def command() -> None:
    """List, validate and show suites."""


@command.command("list", epilog="Example:  evalkit suites list")
@json_option
@project_option
def list_suites(as_json: bool, project: Path | None) -> int:
    """List the project's suites (or the shipped ones) with family, size and version."""
    home = _project_or_none(project)
    rows = [_row(s) for s in api.load_suites(home)]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            click.echo(
                f"{row['name']}  {row['family']}  {row['test_items']} test items  {row['suite_version']}"
            )
            click.echo(f"    {row['description']}")
    return ExitCode.DONE


@command.command("validate", epilog="Example:  evalkit suites validate support-triage")
@click.argument("names", nargs=-1)
@json_option
@project_option
def validate(names: tuple[str, ...], as_json: bool, project: Path | None) -> int:
    """Report every fault of the named suites (or all), with file, line, item and the fix."""
    found = {str(p): api.validate_suite(p) for p in api.find_suite_folders(names, _project_or_none(project))}
    if as_json:
        print_json(found)
    else:
        for path, problems in found.items():
            click.echo(f"{path}: {f'{len(problems)} faults' if problems else 'sound'}")
            for problem in problems:
                hint = f" ({problem.hint})" if problem.hint else ""
                click.echo(f"  {problem.where or path}: {problem.message}{hint}")
    return ExitCode.USAGE if any(found.values()) else ExitCode.DONE


@command.command(
    "show", epilog="Example:  evalkit suites show support-triage --item st-001 --candidate slim-plain"
)
@click.argument("name")
@click.option("--item", "item_id", help="Show this item, and the request made of it.")
@click.option("--candidate", "candidate_name", help="The candidate whose request is shown.")
@json_option
@project_option
def show(
    name: str, item_id: str | None, candidate_name: str | None, as_json: bool, project: Path | None
) -> int:
    """Show a suite's contract, stakes and size, or one item with the request as it would be sent."""
    home = _project_or_none(project)
    suite = api.load_suites(home, [name])[0]
    if item_id is not None:
        candidate = _candidate(home, candidate_name)
        shown: Any = api.preview_request(suite, item_id, candidate)
    else:
        shown = {**_row(suite), "contract": to_plain(suite.contract), "scorer": to_plain(suite.scorer),
                 "prompts": to_plain(suite.prompts), "stakes": to_plain(suite.stakes)}  # fmt: skip
    if as_json:
        print_json(shown)
    else:
        import yaml

        click.echo(yaml.safe_dump(to_plain(shown), sort_keys=False, allow_unicode=True, width=100), nl=False)
    return ExitCode.DONE


def _row(suite: Suite) -> dict[str, Any]:
    return {
        "name": suite.name,
        "family": suite.family,
        "suite_version": suite.suite_version,
        "test_items": len(suite.test_items),
        "dev_items": len(suite.items) - len(suite.test_items),
        "critical_items": sum(i.critical for i in suite.test_items),
        "description": suite.description,
    }


def _project_or_none(project: Path | None) -> Project | None:
    """The project, or None where there is none: suites that ship can be looked at without one."""
    try:
        return api.open_project(project)
    except ConfigError:
        if project is not None or Path("evalkit.yaml").exists():
            raise
        return None


def _candidate(home: Project | None, name: str | None) -> Candidate:
    if home is None or (name is None and not home.candidates):
        return Candidate(name="preview", tier="slim", backend="openai")
    return home.choose_candidates([name] if name else [])[0]
