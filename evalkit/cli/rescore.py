"""`evalkit rescore`: stored answers under the present scorers and targets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit import api
from evalkit.cli.options import json_option, names_option, print_json, project_option
from evalkit.errors import ExitCode
from evalkit.reporting.hostile import one_line
from evalkit.wording import percent

if TYPE_CHECKING:
    from evalkit.api.rescoring import Rescored, RescoreReport, SuiteChange

MOST_FLIPS = 12

_EXAMPLE = """\b
Examples:
  evalkit rescore latest --suites support-triage --dry-run
  evalkit rescore 20261120-0900 && evalkit compare slim-plain@first slim-plain --run 20261120-0900
"""


@click.command("rescore", epilog=_EXAMPLE)
@click.argument("run", default="latest")
@names_option("--suites", "Only these suites.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@json_option
@project_option
def command(run: str, suites: tuple[str, ...], dry_run: bool, as_json: bool, project: Path | None) -> int:
    """Score the stored answers of RUN anew with the project's present suites; asks no model.

    For scorer options or targets that were mended since: the new scores stand beside the old ones and are
    the current ones from then on. An item whose input changed is left out, and counted.
    """
    found = api.rescore(run, suites=suites, dry_run=dry_run, project=project)
    if as_json:
        print_json(found)
    else:
        for line in _lines(found, dry_run):
            click.echo(line)
    return ExitCode.DONE


def _lines(found: RescoreReport, dry_run: bool) -> Iterator[str]:
    for change in found.suites:
        yield from _change_lines(change)
        for result in found.results:
            if result.suite == change.suite:
                yield from _result_lines(result)
    if found.left_out:
        yield f"not in the project any more, left out: {', '.join(found.left_out)}"
    if found.note:
        yield found.note
    if dry_run:
        yield "nothing was written"
    else:
        yield f"run {found.run_id}: {found.written} scores added" if found.written else "nothing changed"
    if found.written:
        result = next((r for r in found.results if r.flips), found.results[0])
        name = one_line(result.candidate)
        yield f"next: evalkit compare {name}@first {name} --run {found.run_id}"


def _change_lines(change: SuiteChange) -> Iterator[str]:
    what = ", ".join(change.changed) or "nothing"
    versions = f"{change.version_then} → {change.version_now}"
    yield f"{change.suite}: {what} changed since the run" + (f" ({versions})" if change.changed else "")
    if "contract" in change.changed:
        yield "  the answers were given under the contract of then: labels, schema or tools were other ones"
    for ids, why in (
        (change.new_inputs, "whose input changed since"),
        (change.gone, "that the suite has no more"),
    ):
        if ids:
            yield f"  {len(ids)} items left out {why}: {_listed(list(ids))}"
    if change.added:
        yield f"  {change.added} items of the suite were not asked then"


def _result_lines(result: Rescored) -> Iterator[str]:
    if result.success_before is None or result.success_after is None:
        yield f"  {one_line(result.candidate)}: no answer to score"
        return
    rates = (
        f"{percent(result.success_before, result.answers)} → {percent(result.success_after, result.answers)}"
    )
    yield (
        f"  {one_line(result.candidate)}: {rates} of {result.answers} answers, "
        f"{result.changed} scored otherwise, {len(result.flips)} flips"
    )
    for success, what in ((True, "right now"), (False, "wrong now")):
        ids = [f"{f.item_id} [{f.error_kind}]" for f in result.flips if f.success is success]
        if ids:
            yield f"    {what} ({len(ids)}): {_listed(ids)}"


def _listed(ids: list[str]) -> str:
    more = f" and {len(ids) - MOST_FLIPS} more (--json has all)" if len(ids) > MOST_FLIPS else ""
    return ", ".join(map(one_line, ids[:MOST_FLIPS])) + more
