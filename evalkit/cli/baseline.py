"""`evalkit baseline`: accepted samples."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from evalkit import api
from evalkit.baseline import Mark, load_log, load_summary, verify
from evalkit.cli.options import json_option, names_option, print_json, project_option
from evalkit.documents import dump_yaml
from evalkit.errors import ExitCode
from evalkit.records import to_plain
from evalkit.reporting.hostile import one_line
from evalkit.wording import DASH, count, percent


@click.group("baseline")
def command() -> None:
    """Promote accepted samples to a baseline, and look at baselines."""


_EXAMPLE = """\b
Examples:
  evalkit baseline promote latest --why "first evidence, read with the team"
  evalkit baseline promote latest --suite support-triage --candidate slim-plain --why "prompt v2 reviewed"
"""


@command.command("promote", epilog=_EXAMPLE)
@click.argument("run")
@names_option("--suites", "Only these suites. [default: all of the run]")
@names_option("--candidates", "Only these candidates. [default: all of the run]")
@click.option("--why", required=True, help="The reason, for those who read the log.")
@click.option("--who", help="Who accepts. [default: the user]")
@click.option("--slot", help="The slot that one candidate fills. [default: its name]")
@click.option("--allow-partial", is_flag=True, help="Accept a part of a suite, with a mark.")
@click.option("--allow-simulated", is_flag=True, help="Accept simulated answers, with a mark.")
@click.option("--allow-failed", is_flag=True, help="Accept what the gate failed, with a mark.")
@click.option("--re-anchor", is_flag=True, help="Make these samples the fixed anchor too.")
@json_option
@project_option
def promote(
    run: str,
    suites: tuple[str, ...],
    candidates: tuple[str, ...],
    why: str,
    who: str | None,
    slot: str | None,
    allow_partial: bool,
    allow_simulated: bool,
    allow_failed: bool,
    re_anchor: bool,
    as_json: bool,
    project: Path | None,
) -> int:
    """Accept the samples of RUN (an id, a unique part of it, or `latest`) as baselines.

    Each pair of suite and candidate is accepted by itself: one that is partial, simulated or
    failed, and was not allowed, is named and left as it was, and the exit code is 1.
    """
    flags = {"partial": allow_partial, "simulated": allow_simulated, "failed": allow_failed}
    allow = [cast("Mark", mark) for mark, given in flags.items() if given]
    promotions = api.promote_all(
        run,
        suites=suites,
        candidates=candidates,
        why=why,
        who=who,
        slot=slot,
        allow=allow,
        re_anchor=re_anchor,
        project=project,
    )
    refused = [one for one in promotions if one.accepted is None]
    if as_json:
        print_json(promotions)
    else:
        for one in promotions:
            click.echo(_promotion_line(one))
        if len(refused) < len(promotions):
            click.echo("next: git add baselines")
    return ExitCode.FAILED if refused else ExitCode.DONE


def _promotion_line(one: api.Promotion) -> str:
    if one.accepted is None:
        return f"refused  {one.suite} × {one.candidate}: {one.refusal}"
    summary = one.accepted
    rate = DASH if summary.success is None else percent(summary.success, summary.items)
    items = count(summary.items, "item")
    return f"accepted {summary.suite} × {summary.slot}: {rate} of {items}, run {summary.run_id}"


@command.command("show", epilog="Example:  evalkit baseline show support-triage slim-plain")
@click.argument("suite")
@click.argument("slot")
@json_option
@project_option
def show(suite: str, slot: str, as_json: bool, project: Path | None) -> int:
    """Show what a baseline says of itself."""
    summary = load_summary(api.open_project(project).baselines, suite, slot)
    if as_json:
        print_json(summary)
    else:
        click.echo(dump_yaml(to_plain(summary)), nl=False)
    return ExitCode.DONE


@command.command("list", epilog="Example:  evalkit baseline list")
@json_option
@project_option
def list_all(as_json: bool, project: Path | None) -> int:
    """List every baseline: suite, slot, success and age."""
    folder = api.open_project(project).baselines
    summaries = [load_summary(folder, n.suite, n.slot) for n in api.baselines(project)]
    if as_json:
        print_json(summaries)
        return ExitCode.DONE
    for one in summaries:
        rate = "–" if one.success is None else percent(one.success, one.items)
        marks = f"  ({', '.join(one.marks)})" if one.marks else ""
        click.echo(f"{one.suite} × {one.slot}  {rate} of {one.items} items  {one.accepted_at[:10]}{marks}")
    return ExitCode.DONE


@command.command("log", epilog="Example:  evalkit baseline log support-triage slim-plain")
@click.argument("suite")
@click.argument("slot")
@json_option
@project_option
def log(suite: str, slot: str, as_json: bool, project: Path | None) -> int:
    """Show who accepted what, when and why."""
    entries = load_log(api.open_project(project).baselines, suite, slot)
    if as_json:
        print_json(entries)
        return ExitCode.DONE
    for entry in entries:
        click.echo("  ".join(str(v) for v in to_plain(entry).values() if v not in (None, [], "")))
    return ExitCode.DONE


@command.command("verify", epilog="Example:  evalkit baseline verify")
@project_option
def verify_all(project: Path | None) -> int:
    """Check every baseline's files against their hashes."""
    home = api.open_project(project)
    faults = verify(home.baselines)
    for fault in faults:
        click.echo(str(fault))
    if not faults:
        click.echo(f"{len(api.baselines(home))} baselines, all sound")
    return ExitCode.FAILED if faults else ExitCode.DONE


@command.command(
    "rescore", epilog='Example:  evalkit baseline rescore --why "families read quotes as version 3 does"'
)
@names_option("--suites", "Only baselines of these suites.")
@click.option("--why", default="", help="The reason, for those who read the log.")
@click.option("--who", help="Who accepts. [default: the user]")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@json_option
@project_option
def rescore(
    suites: tuple[str, ...], why: str, who: str | None, dry_run: bool, as_json: bool, project: Path | None
) -> int:
    """Score the stored answers of baselines anew, as the families read them now; asks no model."""
    found = api.rescore_baselines(suites=suites, why=why, who=who, dry_run=dry_run, project=project)
    if as_json:
        print_json(found)
        return ExitCode.DONE
    for one in found:
        stale = ", scored by another version of the family" if one.is_stale else ""
        click.echo(
            f"{one.suite} × {one.slot}: {one.changed} of {one.answers} answers scored otherwise,"
            f" {len(one.right_now)} right now, {len(one.wrong_now)} wrong now{stale}"
        )
        for what, items in (("right now", one.right_now), ("wrong now", one.wrong_now)):
            if items:
                click.echo(f"  {what}: {', '.join(map(one_line, items[:12]))}{', …' * (len(items) > 12)}")
    written = sum(one.written for one in found)
    click.echo(
        "nothing was written"
        if dry_run or not written
        else f"{written} baselines written; next: git add baselines"
    )
    return ExitCode.DONE
