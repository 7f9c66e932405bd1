"""`evalkit routes`: which candidate may serve which work, on what evidence, and what it saves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from evalkit import api
from evalkit.cli.options import json_option, names_option, print_json, project_option
from evalkit.cli.routes_text import file_text, report_text, simulation_text
from evalkit.errors import ExitCode
from evalkit.reporting.hostile import one_line

F = TypeVar("F", bound=Callable[..., Any])


@click.group("routes")
def command() -> None:
    """Propose, compare, accept and replay routes: which tier may serve which work."""


def _numbers(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> Mapping[str, Any]:
    """`NAME.FIELD=NUMBER` as name -> field -> number."""
    found: dict[str, dict[str, float]] = {}
    for value in values:
        path, sign, number = value.partition("=")
        name, dot, field = path.rpartition(".")
        try:
            amount = float(number)
        except ValueError:
            amount = -1.0
        if not (sign and dot and name) or not 0 <= amount < float("inf"):
            raise click.BadParameter(f"{value!r} is not of the form NAME.FIELD=NUMBER", ctx, param)
        found.setdefault(name, {})[field] = int(amount) if amount.is_integer() else amount
    return found


def _what_if(function: F) -> F:
    """The options that ask what other prices and stakes would bring."""
    price = click.option(
        "--price",
        "prices",
        multiple=True,
        callback=_numbers,
        metavar="CANDIDATE.FIELD=NUMBER",
        help="What if: another price, such as mid.input_usd_per_mtok=0.2. Nothing is asked anew.",
    )
    stake = click.option(
        "--stake",
        "stakes",
        multiple=True,
        callback=_numbers,
        metavar="SUITE.FIELD=NUMBER",
        help="What if: another stake, such as triage.volume_per_month=90000.",
    )
    return price(stake(function))


_run_option = click.option(
    "--run", "run", help="Only this run. [default: of each suite and candidate the latest]"
)
_suites_option = names_option("--suites", "Only these suites. [default: all]")

_PROPOSE = """\b
Examples:
  evalkit routes propose
  evalkit routes propose --suites support-triage --stake support-triage.volume_per_month=90000
  evalkit routes propose --price mid.input_usd_per_mtok=0.2 --price mid.output_usd_per_mtok=0.8
"""


@command.command("propose", epilog=_PROPOSE)
@_run_option
@_suites_option
@_what_if
@json_option
@project_option
def propose(
    run: str | None,
    suites: tuple[str, ...],
    prices: Mapping[str, Any],
    stakes: Mapping[str, Any],
    as_json: bool,
    project: Path | None,
) -> int:
    """Search routes, certify them, and say where to tighten and where to loosen; nothing is written.

    A route is chosen on one part of the items and certified on another. Beside it stand the best single
    candidate, the frontier alone, the route in force, random mixing at the same cost, and perfect foresight.
    """
    report = api.propose_routes(run, suites=suites, prices=prices, stakes=stakes, project=project)
    if as_json:
        print_json(report.to_json())
    else:
        click.echo(report_text(report))
    return ExitCode.DONE


@command.command("diff", epilog="Example:  evalkit routes diff")
@_run_option
@_suites_option
@json_option
@project_option
def diff(run: str | None, suites: tuple[str, ...], as_json: bool, project: Path | None) -> int:
    """Show how routes.yaml would change; nothing is written."""
    found = api.diff_routes(run, suites=suites, project=project)
    if as_json:
        print_json({"diff": found.text, "suites": found.report.to_json()["suites"]})
        return ExitCode.DONE
    click.echo(found.text.rstrip("\n") or f"nothing would change in {found.report.file}")
    for one in found.report.suites:
        if one.proposal.proposed is None:
            click.echo(f"# {one_line(one.suite)}: {one_line(one.proposal.reason, 400)}")
    return ExitCode.DONE


_APPLY = """\b
Examples:
  evalkit routes apply --why "slim is as good for German, saves 400 a month; agreed 22 November"
  evalkit routes apply --suites support-triage --days 30 --why "a month on trial"
  evalkit routes apply --policy my-routes.yaml --why "review demanded by the board"
"""


@command.command("apply", epilog=_APPLY)
@click.option("--why", required=True, help="The reason, for those who read the file.")
@click.option("--who", help="Who accepts. [default: the user]")
@_run_option
@_suites_option
@click.option(
    "--policy",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Accept the routes of this file instead of what is proposed; they are not certified.",
)
@click.option("--days", type=click.IntRange(1, 3660), help="Days that it holds. [default: the project's]")
@click.option("--renew", is_flag=True, help="Accept anew also the routes that stay.")
@click.option("--allow-simulated", is_flag=True, help="Accept simulated evidence, with a mark.")
@json_option
@project_option
def apply(
    why: str,
    who: str | None,
    run: str | None,
    suites: tuple[str, ...],
    policy: Path | None,
    days: int | None,
    renew: bool,
    allow_simulated: bool,
    as_json: bool,
    project: Path | None,
) -> int:
    """Write what is proposed to routes.yaml: candidates pinned by fingerprint, evidence, who and until when.

    Exit codes: 0 written, or nothing to change; 4 nothing is certified (it says how many items are missing).
    """
    done = api.apply_routes(
        why,
        who=who,
        run=run,
        suites=suites,
        policy=policy,
        days=days,
        renew=renew,
        allow_simulated=allow_simulated,
        project=project,
    )
    if as_json:
        print_json({**done.to_json()})
    else:
        for suite in done.changed:
            click.echo(f"accepted: {one_line(suite)}")
        for suite in done.kept:
            click.echo(f"as it was: {one_line(suite)}")
        for suite, reason in done.left.items():
            click.echo(f"left: {one_line(suite)}: {one_line(reason, 400)}")
        if done.changed:
            click.echo(f"wrote {done.file} (revision {done.revision}); next: git add {done.file.name}")
    return ExitCode.INCONCLUSIVE if done.left and not done.changed else ExitCode.DONE


_SIMULATE = """\b
Examples:
  evalkit routes simulate --policy my-routes.yaml
  evalkit routes simulate --policy routes.yaml --price mid.input_usd_per_mtok=0.2
"""


@command.command("simulate", epilog=_SIMULATE)
@click.option(
    "--policy",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="A file of the form of routes.yaml; candidates need not be pinned.",
)
@_run_option
@_suites_option
@_what_if
@json_option
@project_option
def simulate(
    policy: Path,
    run: str | None,
    suites: tuple[str, ...],
    prices: Mapping[str, Any],
    stakes: Mapping[str, Any],
    as_json: bool,
    project: Path | None,
) -> int:
    """Replay a policy over stored samples: success, cost, latency and who serves what; asks no model."""
    found = api.simulate_routes(policy, run, suites=suites, prices=prices, stakes=stakes, project=project)
    if as_json:
        print_json([one.to_json() for one in found])
    else:
        click.echo(simulation_text(found))
    return ExitCode.DONE


@command.command("show", epilog="Example:  evalkit routes show")
@json_option
@project_option
def show(as_json: bool, project: Path | None) -> int:
    """Show the routes in force: who serves what, who accepted it and until when."""
    found = api.read_routes(project)
    if as_json:
        print_json(found.to_json())
    else:
        click.echo(file_text(found))
    return ExitCode.DONE
