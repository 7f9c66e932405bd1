"""`evalkit power`: what a comparison can show, before a run or after one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit import api
from evalkit.cli.options import json_option, names_option, print_json, project_option
from evalkit.errors import ExitCode
from evalkit.reporting.hostile import one_line
from evalkit.wording import percent, point_size, stated_points, tenths

if TYPE_CHECKING:
    from evalkit.api import Power

_EXAMPLE = """\b
Examples:
  evalkit power --items 250 --discordance 0.1 --margin 0.05
  evalkit power --suites support-triage --repeats 3 --flaky 0.04
  evalkit power baseline:slim-plain slim-plain
  evalkit power baseline:slim-plain slim-plain --items 800
"""

_inner = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command("power", epilog=_EXAMPLE)
@click.argument("a", required=False)
@click.argument("b", required=False)
@click.option("--items", type=click.IntRange(min=1), help="So many items, instead of those at hand.")
@names_option("--suites", "Only these suites. [default: all]")
@click.option(
    "--discordance",
    type=click.FloatRange(0, 1),
    help="Share of items that the two sides judge differently. [default: 0.1, or as measured]",
)
@click.option("--margin", type=click.FloatRange(0, 1), help="Loss that still counts as no worse, a fraction.")
@click.option("--items-per-cluster", type=click.FloatRange(min=1), help="Items that hang together.")
@click.option(
    "--correlation",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="How alike those behave: 0 as if alone, 1 as copies.",
)
@click.option(
    "--repeats", type=click.IntRange(min=1), help="Samples for each item. [default: 1, or the run's]"
)
@click.option(
    "--flaky",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of items on which two attempts of one candidate differ: what repeats help against.",
)
@click.option("--power", type=_inner, default=0.8, show_default=True, help="The chance that it shall have.")
@click.option("--confidence", type=_inner, help="Of the interval. [default: the gate's]")
@click.option("--run", "run", help="The run of bare candidate names. [default: the latest]")
@json_option
@project_option
def command(
    a: str | None,
    b: str | None,
    items: int | None,
    suites: tuple[str, ...],
    discordance: float | None,
    margin: float | None,
    items_per_cluster: float | None,
    correlation: float,
    repeats: int | None,
    flaky: float,
    power: float,
    confidence: float | None,
    run: str | None,
    as_json: bool,
    project: Path | None,
) -> int:
    """Say how small a drop the gate can catch, and how many items it takes to show that there is none.

    Before a run: for so many --items, or for the project's suites with their clusters and weights. After one:
    give two sides A and B as `evalkit compare` takes them; discordance, clustering and noise are measured.
    """
    question = api.Question(
        items=items,
        discordance=discordance,
        margin=margin,
        items_per_cluster=items_per_cluster,
        correlation=correlation,
        repeats=repeats,
        flaky=flaky,
        power=power,
        confidence=confidence,
    )
    found = api.power(a, b, question=question, suites=suites, run=run, project=project)
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(line for one in found for line in power_lines(one)))
    return ExitCode.DONE


def power_lines(one: Power) -> Iterator[str]:
    """What one suite can show, in sentences."""
    said = one.statement
    how = "measured" if one.measured else "assumed"
    name = "" if one.about == "items" else f"{one_line(one.about)}: "
    times = f" × {said.repeats} repeats" if said.repeats > 1 else ""
    yield (
        f"{name}{said.items} items{times}; {tenths(said.discordance)} judged differently, "
        f"design effect {said.design_effect:.2g} ({how})"
    )
    chance = f"with a chance of {percent(said.power)}"
    if said.smallest_drop is None:
        yield f"  no drop, however large, fails {chance}"
    else:
        yield f"  a drop of {point_size(said.smallest_drop)} points or more fails {chance}"
    margin = f"a margin of {stated_points(said.margin)}"
    if said.items_to_pass is None:
        yield f"  no number of items lets a candidate pass {margin}"
        return
    more = f" ({said.more_items:,} more)" if said.more_items else " (there are enough)"
    yield (
        f"  one that is no worse passes {margin} with a chance of {percent(said.pass_chance)}; "
        f"{percent(said.power)} takes {said.items_to_pass:,} items{more}"
    )
