"""`evalkit demo`: the whole line on a real slim model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from evalkit import api
from evalkit.cli.options import command_line, json_option, print_json
from evalkit.cli.progress import end, make_observer
from evalkit.cli.tables import print_summary_rows
from evalkit.errors import ExitCode
from evalkit.gate import GateVerdict
from evalkit.gate.wording import OUTCOME
from evalkit.reporting.hostile import one_line


@click.command("demo", epilog="Example:  evalkit demo --full --dir my-demo")
@click.option("--full", is_flag=True, help="All six suites, all items, and a second quantization.")
@click.option(
    "--items", type=click.IntRange(1), default=20, show_default=True, help="Size of the part of each suite."
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default="evalkit-demo",
    show_default=True,
    help="Gets the store, the runs and the report.",
)
@click.option(
    "--project",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Its mid and frontier replace the stand-ins. [default: ./evalkit.yaml]",
)
@click.option("--quiet", is_flag=True, help="No progress.")
@json_option
def command(full: bool, items: int, folder: Path, project: Path | None, quiet: bool, as_json: bool) -> int:
    """Run one suite of each family over three tiers, judge the slim candidates and write a report.

    The slim tier is a real language model on this machine. The mid and frontier tiers are simulated until
    you name endpoints of your own in evalkit.yaml. Prints the gate's verdict and exits 0 whatever it is.
    """
    observer = make_observer(quiet=quiet)
    try:
        result = api.demo(
            folder,
            full=full,
            items=items,
            own_project=project,
            observer=observer,
            command=command_line(),
        )
    finally:
        end(observer)
    if as_json:
        print_json({"run_id": result.run.run_id, "verdict": result.verdict, "report": result.report.as_uri()})
        return ExitCode.DONE
    print_summary_rows(result.summary)
    click.echo()
    for line in verdict_lines(result.verdict):
        click.echo(line)
    click.echo()
    click.echo(f"store:  {result.project.store}")
    click.echo(f"report: {result.report.resolve().as_uri()}")
    return ExitCode.DONE


def verdict_lines(verdict: GateVerdict) -> Iterator[str]:
    """The verdict in a line, and one for each suite × candidate; `evalkit gate` says it all."""
    yield f"gate: {OUTCOME[verdict.outcome]}. {verdict.headline}"
    for case in verdict.cases:
        rule = next((r for r in case.rules if r.stops), None) or case.rule("no_regression")
        found = f": {one_line(rule.found)}" if rule else ""
        yield f"  {OUTCOME[case.outcome]:<13} {case.candidate} at {case.suite}{found}"
    for one in verdict.left_aside:
        yield f"  left aside    {one_line(one.candidate)}: {one_line(one.reason)}"
