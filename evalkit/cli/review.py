"""`evalkit review`: the agenda, decisions, merging, minutes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit import api
from evalkit.cli.options import json_option, names_option, print_json, project_option
from evalkit.errors import ExitCode
from evalkit.reporting.hostile import one_line
from evalkit.review.records import ACTIONS, CAUSES

if TYPE_CHECKING:
    from evalkit.records import Problem

_DATE = click.DateTime(["%Y-%m-%d"])


@click.group("review", invoke_without_command=True, epilog="Example:  evalkit review --suite support-triage")
@names_option("--suites", "Only these suites.")
@names_option("--candidates", "Only these candidates.")
@click.option("--simulated", is_flag=True, help="Talk about made-up answers too.")
@click.option("--all", "every", is_flag=True, help="Show every group.")
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@json_option
@project_option
@click.pass_context
def command(
    ctx: click.Context,
    suites: tuple[str, ...],
    candidates: tuple[str, ...],
    simulated: bool,
    every: bool,
    markdown: bool,
    as_json: bool,
    project: Path | None,
) -> int:
    """Show the agenda: failures first seen, regressions, what came back, and what became of every decision.

    Decisions are kept in git, in `reviews/*.jsonl`. Exit code 1 when a line of them cannot be read.
    """
    ctx.obj = {"suites": suites, "candidates": candidates, "with_simulated": simulated, "project": project}
    if ctx.invoked_subcommand:
        return ExitCode.DONE
    from evalkit.review.wording import agenda_lines, agenda_markdown, agreement_lines

    agenda = api.review(**ctx.obj)
    if as_json:
        print_json({"agenda": agenda, "due": agenda.due, "agreement": api.people_agreement(project)})
    elif markdown:
        click.echo(agenda_markdown(agenda), nl=False)
    else:
        for line in agenda_lines(agenda, **({"most": None} if every else {})):
            click.echo(line)
        for line in agreement_lines(api.people_agreement(project)):
            click.echo(f"agreement: {line}")
    return _complain(agenda.problems)


_EXAMPLE = """\b
Examples:
  evalkit review decide 1 --cause prompt --action fix_prompt --owner ana --due 2026-12-08
  evalkit review decide support-triage/st-014 --cause label_wrong --action fix_label --owner ben
  evalkit review --suite support-triage decide 2.1 --cause model --action train_on_like
"""


@command.command("decide", epilog=_EXAMPLE)
@click.argument("about")
@click.option("--cause", type=click.Choice(CAUSES), required=True, help="Why it fails.")
@click.option("--action", type=click.Choice(ACTIONS), default="none", show_default=True, help="What is done.")
@click.option("--owner", default="", help="Who does it.")
@click.option("--due", type=_DATE, help="Until when.")
@click.option("--note", default="", help="For those who were not there.")
@click.option("--who", help="Who decides. [default: the user]")
@click.pass_obj
def decide(
    shared: dict[str, Any],
    about: str,
    cause: Any,
    action: Any,
    owner: str,
    due: datetime | None,
    note: str,
    who: str | None,
) -> int:
    """Record a decision about ABOUT: a number or key of the agenda, or an item's id.

    Numbers are those of the agenda with the same --suites, --candidates and --simulated, which
    come before `decide`.
    A decision that stands is changed by deciding again; no line is ever rewritten.
    """
    made = api.decide(
        about,
        cause=cause,
        action=action,
        owner=owner,
        due=due.date() if due else None,
        note=note,
        who=who,
        **shared,
    )
    items = len(made.about.members)
    click.echo(f"decided: {one_line(made.about.name)} ({items} item{'s' * (items != 1)}), {cause}, {action}")
    click.echo("next: git add reviews")
    return ExitCode.DONE


@command.command("import", epilog="Example:  evalkit review import ben.jsonl --keep theirs")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--keep", type=click.Choice(["mine", "theirs"]), help="Which side of each conflict holds.")
@click.pass_obj
def import_file(shared: dict[str, Any], file: Path, keep: Any) -> int:
    """Add the decisions of FILE; the same again adds nothing.

    Where two people decided otherwise about the same thing, the conflict is shown, nothing is added and the
    exit code is 1, unless --keep says which one holds. Both judgements stay in the files.
    """
    from evalkit.review.wording import agreement_lines, conflict_words

    found = api.import_review(file, keep=keep, project=shared["project"])
    merge = found.merge
    for conflict in merge.conflicts:
        click.echo(conflict_words(conflict))
    for line in agreement_lines(found.agreement):
        click.echo(f"agreement: {line}")
    click.echo(f"{len(merge.added)} lines added, {merge.known} known already")
    unsettled = bool(merge.conflicts) and keep is None
    if unsettled:
        click.echo("next: say --keep mine or --keep theirs")
    return ExitCode.FAILED if unsettled else _complain(found.problems)


@command.command("minutes", epilog="Example:  evalkit review minutes --day 2026-12-01")
@click.option("--day", type=_DATE, help="The meeting's day. [default: today]")
@click.pass_obj
def minutes(shared: dict[str, Any], day: datetime | None) -> int:
    """Write `reviews/YYYY-MM-DD.md`: decided, owners, due, moved since last time."""
    click.echo(f"wrote {api.write_minutes(day.date() if day else None, project=shared['project'])}")
    return ExitCode.DONE


@command.command("requests", epilog="Example:  evalkit review requests > requests.jsonl")
@click.pass_obj
def requests(shared: dict[str, Any]) -> int:
    """Print the decisions to train on the like, for `evalkit training export --requests`."""
    click.echo(api.training_requests(shared["project"]), nl=False)
    return ExitCode.DONE


def _complain(problems: Iterable[Problem]) -> int:
    """Name each line that cannot be read; the others were."""
    problems = list(problems)
    for problem in problems:
        click.echo(f"error: {problem.where}: {problem.message}; this line is left out", err=True)
    return ExitCode.FAILED if problems else ExitCode.DONE
