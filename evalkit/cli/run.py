"""`evalkit run`: candidates on suites, into the store."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from evalkit import api
from evalkit.cli.estimates import print_estimates
from evalkit.cli.options import (
    command_line,
    json_option,
    names_option,
    print_json,
    project_option,
    split_rates,
    split_slices,
)
from evalkit.cli.progress import cost_of, end, faults_of, harmless, make_observer, name_of, success_of
from evalkit.errors import ExitCode, UsageError
from evalkit.prices import most_usd
from evalkit.records import Candidate
from evalkit.runner import RunResult, StopRule
from evalkit.runner.admission import LONG_HOLD_S, in_words
from evalkit.runner.schedule import never_stop
from evalkit.wording import stated_usd


@click.command("run", epilog="Example:  evalkit run --suites support-triage --tiers slim --limit 50")
@names_option("--suites", "Only these suites.")
@names_option("--candidates", "Only these candidates.")
@names_option("--tiers", "Only these tiers: slim, mid, frontier.")
@click.option("--limit", type=click.IntRange(1), help="At most so many items of each suite (a fair part).")
@click.option(
    "--slice",
    "slices",
    multiple=True,
    callback=split_slices,
    metavar="TAG=VALUE",
    help="Only items with this tag.",
)
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
@click.option(
    "--reuse", is_flag=True, help="Take answers of earlier runs that fit (same candidate, request, repeat)."
)
@click.option(
    "--logprobs",
    is_flag=True,
    help="Ask for log-probabilities, which give each answer a confidence.",
)
@click.option(
    "--load",
    "rates",
    callback=split_rates,
    metavar="RPS[,RPS]",
    help="Send so many requests a second, whatever is in flight; several make a sweep.",
)
@click.option(
    "--step-requests",
    type=click.IntRange(1),
    metavar="N",
    help="Requests of each load. [default: every item once]",
)
@click.option(
    "--step-seconds",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="Seconds of each load, instead.",
)
@click.option(
    "--warm-up",
    type=click.FloatRange(0),
    metavar="S",
    help="Requests due in the first S seconds of a load keep no times. [default: a tenth]",
)
@click.option("--note", default="", help="Kept in the manifest.")
@click.option(
    "--resume",
    "resume",
    is_flag=False,
    flag_value="latest",
    metavar="[RUN]",
    help="Go on with a run (the latest, or that one); asks no finished answer again.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be asked, cost and take; ask nothing.")
@click.option("--quiet", is_flag=True, help="No progress.")
@json_option
@project_option
def command(
    *,
    max_cost: float | None,
    max_time: float | None,
    rates: tuple[float, ...],
    step_requests: int | None,
    step_seconds: float | None,
    warm_up: float | None,
    resume: str | None,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    project: Path | None,
    **asked: Any,
) -> int:
    """Ask every candidate every item of every suite, and load the answers into the store.

    Each finished answer is on disk at once. A run that was stopped, by Ctrl-C or worse, goes on with
    --resume where it was.

    With --load, latency counts from when each request was due (docs/load.md).
    """
    request = api.RunRequest(**asked, command=command_line())
    _check_tiers(request.tiers)
    sizes = (step_requests, step_seconds, warm_up)
    _check_load(rates, sizes, resume=resume, dry_run=dry_run, reuse=request.reuse)
    if dry_run:
        if resume is not None:
            raise UsageError("--dry-run says what a new run would do", hint="leave --resume out")
        estimates = api.estimate_run(request, project=project)
        print_json(estimates) if as_json else print_estimates(estimates)
        return ExitCode.DONE
    observer = make_observer(quiet=quiet)
    rule = budget(max_cost, max_time)
    if rates:
        try:
            sweep = api.sweep_loads(
                rates,
                request,
                project=project,
                step_requests=step_requests,
                step_s=step_seconds,
                warm_up_s=warm_up,
                observer=observer,
                stop_rule=rule,
            )
        finally:
            end(observer)
        return _tell_sweep(sweep, as_json=as_json, quiet=quiet)
    try:
        if resume is not None:
            result = api.resume(resume, project=project, observer=observer, stop_rule=rule)
        else:
            result = api.run_request(request, project=project, observer=observer, stop_rule=rule)
    finally:
        end(observer)
    if as_json:
        print_json(result.manifest)
    elif not quiet:
        print_summary(result)
    _say_notes([result])
    unfinished = result.manifest.status == "interrupted" or result.given_up or not result.loaded
    return ExitCode.FAILED if unfinished else ExitCode.DONE


def _say_notes(results: Iterable[RunResult]) -> None:
    """What the load could not do is said even to those who want no progress."""
    for result in results:
        for note in result.notes:
            click.echo(harmless(note), err=True)


def _tell_sweep(sweep: api.Sweep, *, as_json: bool, quiet: bool) -> int:
    if as_json:
        print_json({"runs": [r.run_id for r in sweep.runs], "loads": [f.to_json() for f in sweep.figures]})
    elif not quiet:
        from evalkit.cli.load_text import print_sweep  # brings rich and numpy, which other runs do without

        print_sweep(sweep)
    _say_notes(sweep.runs)
    return ExitCode.FAILED if sweep.unfinished else ExitCode.DONE


def _check_load(
    rates: tuple[float, ...],
    sizes: tuple[float | None, ...],
    *,
    resume: str | None,
    dry_run: bool,
    reuse: bool,
) -> None:
    if not rates:
        if any(size is not None for size in sizes):
            raise UsageError("a step's size and warm-up belong to a load", hint="say --load 1,2,4,8")
        return
    for given, name in ((resume is not None, "--resume"), (dry_run, "--dry-run"), (reuse, "--reuse")):
        if given:
            raise UsageError(f"{name} does not go with --load", hint=f"leave {name} out")


def budget(max_cost_usd: float | None, max_time_s: float | None) -> StopRule:
    """A stop rule for a budget in US dollars and seconds.

    Money is the whole run's, from before a resume too; time is this process's. An attempt of unknown cost
    counts with the most that it can cost. Without either the run goes to its end, and no request waits for
    the score of the one before.

    Raises:
        UsageError: From the rule, at its first call: no price of a candidate is known.
    """
    if max_cost_usd is None and max_time_s is None:
        return never_stop
    began = time.monotonic()
    bounded: set[str] = set()

    def rule(tallies: object) -> str | None:
        assert isinstance(tallies, dict)  # noqa: S101 - the runner's own
        if max_time_s is not None and time.monotonic() - began >= max_time_s:
            return f"stopped at the time limit of {max_time_s:g} s"
        if max_cost_usd is None:
            return None
        for name, tally in tallies.items():
            if name not in bounded:
                _check_price(tally.candidate)
                bounded.add(name)
        if sum(t.most_cost_usd for t in tallies.values()) >= max_cost_usd:
            return f"stopped at the budget of {stated_usd(max_cost_usd)}"
        return None

    return rule


def _check_price(candidate: Candidate) -> None:
    if most_usd(candidate, input_tokens=1, output_tokens=1) is None:
        raise UsageError(
            "its price is unknown, so --max-cost cannot hold it",
            where=f"candidates.{candidate.name}.price",
            hint="declare the most that it costs, such as `price: {usd_per_request: 0.01}` (docs/prices.md)",
        )


def print_summary(result: RunResult) -> None:
    """What the run came to, and the next step."""
    manifest = result.manifest
    for tally in result.tallies.values():
        reused = f", {tally.reused} reused" if tally.reused else ""
        click.echo(
            f"{name_of(tally)}: {tally.done}/{tally.planned} samples{reused}, {success_of(tally)} success, "
            f"{faults_of(tally)} faulted, {cost_of(tally)}"
        )
        if tally.held_s >= LONG_HOLD_S:
            click.echo(
                f"{name_of(tally)}: waited {in_words(tally.held_s)} because the server asked (Retry-After)"
            )
    reason = f" ({manifest.partial_reason})" if manifest.partial_reason else ""
    click.echo(f"run {manifest.run_id}: {manifest.status}{reason}")
    if manifest.status == "interrupted" or result.given_up:
        click.echo(f"go on with: evalkit run --resume {manifest.run_id}")
    else:
        click.echo("next: evalkit report")


def _check_tiers(tiers: Sequence[str]) -> None:
    from evalkit.errors import near_names
    from evalkit.records import TIERS

    for tier in tiers:
        if tier not in TIERS:
            raise UsageError(f"unknown tier {tier!r}", hint=near_names(tier, TIERS))
