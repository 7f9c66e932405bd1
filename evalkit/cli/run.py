"""`evalkit run`: candidates on suites, into the store."""

from __future__ import annotations

import time
from pathlib import Path

import click

from evalkit import api
from evalkit.cli.options import (
    command_line,
    json_option,
    names_option,
    print_json,
    project_option,
    split_slices,
)
from evalkit.cli.progress import end, make_observer
from evalkit.errors import ExitCode, UsageError
from evalkit.runner import RunResult, StopRule


@click.command("run", epilog="Example:  evalkit run --suites support-triage --tiers slim --limit 50")
@names_option("--suites", "Only these suites.")
@names_option("--candidates", "Only these candidates.")
@names_option("--tiers", "Only these tiers: slim, mid, frontier.")
@click.option("--limit", type=click.IntRange(1), help="At most so many items of each suite (a fair part).")
@click.option("--slice", "slices", multiple=True, callback=split_slices, metavar="TAG=VALUE",
              help="Only items with this tag.")  # fmt: skip
@click.option(
    "--repeats", type=click.IntRange(1), default=1, show_default=True, help="Samples for each item."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of order, part and simulation.")
@click.option(
    "--max-cost", type=click.FloatRange(0), metavar="USD", help="Stop in an orderly way above this."
)
@click.option(
    "--max-time", type=click.FloatRange(0), metavar="S", help="Stop in an orderly way after so long."
)
@click.option("--note", default="", help="Kept in the manifest.")
@click.option("--resume", "resume", is_flag=False, flag_value="latest", metavar="[RUN]",
              help="Go on with a run (the latest, or that one); asks no finished answer again.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="No progress.")
@json_option
@project_option
def command(
    suites: tuple[str, ...],
    candidates: tuple[str, ...],
    tiers: tuple[str, ...],
    limit: int | None,
    slices: dict[str, str],
    repeats: int,
    seed: int,
    max_cost: float | None,
    max_time: float | None,
    note: str,
    resume: str | None,
    quiet: bool,
    as_json: bool,
    project: Path | None,
) -> int:
    """Ask every candidate every item of every suite, and load the answers into the store.

    Each finished answer is on disk at once. A run that was stopped, by Ctrl-C or worse, goes on with
    --resume where it was.
    """
    observer = make_observer(quiet=quiet)
    rule = budget(max_cost, max_time)
    try:
        if resume is not None:
            result = api.resume(resume, project=project, observer=observer, stop_rule=rule)
        else:
            _check_tiers(tiers)
            result = api.run(
                suites, candidates, project=project, tiers=tiers, limit=limit, slices=slices, repeats=repeats,
                seed=seed, observer=observer, stop_rule=rule, note=note, command=command_line(),
            )  # fmt: skip
    finally:
        end(observer)
    if as_json:
        print_json(result.manifest)
    elif not quiet:
        print_summary(result)
    return ExitCode.FAILED if result.manifest.status == "interrupted" else ExitCode.DONE


def budget(max_cost_usd: float | None, max_time_s: float | None) -> StopRule:
    """A stop rule for a budget in US dollars and seconds. An unknown cost cannot be held to a budget."""
    began = time.monotonic()

    def rule(tallies: object) -> str | None:
        assert isinstance(tallies, dict)  # noqa: S101 - the runner's own
        if max_time_s is not None and time.monotonic() - began >= max_time_s:
            return f"stopped at the time limit of {max_time_s:g} s"
        costs = [t.cost_usd for t in tallies.values()]
        if max_cost_usd is not None and sum(c for c in costs if c is not None) >= max_cost_usd:
            return f"stopped at the budget of ${max_cost_usd:g}"
        return None

    return rule


def print_summary(result: RunResult) -> None:
    """What the run came to, and the next step."""
    manifest = result.manifest
    for tally in result.tallies.values():
        mark = " (simulated)" if tally.candidate.simulated else ""
        rate = f"{tally.successes / tally.answered:.1%} success" if tally.answered else "no answer"
        faulted = sum(tally.faults.values())
        cost = "cost unknown" if tally.cost_usd is None else f"${tally.cost_usd:.4f}"
        done = f"{tally.done}/{tally.planned} samples"
        click.echo(f"{tally.candidate.name}{mark}: {done}, {rate}, {faulted} faulted, {cost}")
    reason = f" ({manifest.partial_reason})" if manifest.partial_reason else ""
    click.echo(f"run {manifest.run_id}: {manifest.status}{reason}")
    if manifest.status == "interrupted":
        click.echo(f"go on with: evalkit run --resume {manifest.run_id}")
    else:
        click.echo("next: evalkit report")


def _check_tiers(tiers: tuple[str, ...]) -> None:
    from evalkit.errors import near_names
    from evalkit.records import TIERS

    for tier in tiers:
        if tier not in TIERS:
            raise UsageError(f"unknown tier {tier!r}", hint=near_names(tier, TIERS))
