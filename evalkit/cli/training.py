"""`evalkit training`: data to tune a slim model on, and what more of it brings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from evalkit import api
from evalkit.cli.options import json_option, names_option, print_json, project_option, split_slices
from evalkit.cli.progress import end, make_observer
from evalkit.cli.run import budget
from evalkit.cli.tables import print_rows
from evalkit.errors import ExitCode, UsageError
from evalkit.records import Candidate
from evalkit.reporting.hostile import one_line
from evalkit.wording import usd

MOST_DECIMALS = 12


@click.group("training")
def command() -> None:
    """Make training data from a suite's train split, and see what more of it brings."""


_EXPORT_EXAMPLE = """\b
Examples:
  evalkit training export support-triage --to triage.jsonl --student slim-constrained
  evalkit training export order-extraction --to orders.jsonl --decimals $.total=2
  evalkit training export support-triage --to taught.jsonl --teacher frontier --max-cost 2
"""


@command.command("export", epilog=_EXPORT_EXAMPLE)
@click.argument("suite")
@click.option("--to", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The JSONL file.")
@click.option("--student", metavar="NAME", help="The candidate whose prompt and output mode are taught.")
@click.option("--prompt", default="default", show_default=True, help="Without --student: its prompt variant.")
@click.option(
    "--output",
    type=click.Choice(["plain", "native", "constrained"]),
    default="constrained",
    show_default=True,
    help="Without --student: its output mode; native writes tools and tool_calls.",
)
@click.option(
    "--teacher", metavar="NAME", help="A candidate whose right answers are taught, not the targets."
)
@click.option("--run", metavar="RUN", help="Take the teacher's answers from this run; ask nothing.")
@click.option(
    "--requests",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Requests of reviews to train on the like of a failure, JSONL.",
)
@click.option(
    "--decimals",
    multiple=True,
    callback=split_slices,
    metavar="PATH=N",
    help="Write the number at this path of the answer with N decimals, such as $.total=2.",
)
@click.option(
    "--arguments",
    type=click.Choice(["text", "object"]),
    default="text",
    show_default=True,
    help="Arguments of native calls: JSON text, as OpenAI's API has them, or objects.",
)
@click.option("--limit", type=click.IntRange(1), help="At most so many items, a fair part.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of that part.")
@click.option(
    "--max-cost", type=click.FloatRange(0), metavar="USD", help="Stop asking the teacher above this."
)
@click.option(
    "--max-time", type=click.FloatRange(0), metavar="S", help="Stop asking the teacher after so long."
)
@click.option("--quiet", is_flag=True, help="No progress.")
@json_option
@project_option
def export(
    *,
    suite: str,
    to: Path,
    student: str | None,
    prompt: str,
    output: Any,
    teacher: str | None,
    run: str | None,
    decimals: dict[str, str],
    arguments: Any,
    max_cost: float | None,
    max_time: float | None,
    quiet: bool,
    as_json: bool,
    project: Path | None,
    **more: Any,
) -> int:
    """Write the train items of SUITE as chat examples, one JSON object a line, with a manifest beside them.

    The prompt is rendered as a run sends it, the answer is the target or, with --teacher, what a candidate
    answered where the suite's scorer calls it right. A teacher is asked like in a run, into the project's
    runs/training: these answers are resumed and used again, and are never evidence. Test items are refused.
    """
    if run is not None and teacher is None:
        raise UsageError("--run holds a teacher's answers", hint="say whose with --teacher NAME")
    home = api.open_project_or_none(project)
    if student is None:
        taught = Candidate(name="student", tier="slim", backend="none", prompt=prompt, output=output)
    elif home is None:
        raise UsageError("--student is a candidate of a project", hint="use --prompt and --output here")
    else:
        (taught,) = home.choose_candidates([student])
    form = api.Form(arguments=arguments, decimals=_counts(decimals))
    observer = make_observer(quiet=quiet)
    try:
        done = api.export_training(
            suite,
            to,
            home=home,
            student=taught,
            teacher=teacher,
            run=run,
            form=form,
            observer=observer,
            stop_rule=budget(max_cost, max_time),
            **more,
        )
    finally:
        end(observer)
    if done.licence:
        click.echo(f"licence: {one_line(done.licence, 400)}", err=True)
    if as_json:
        print_json(done.manifest)
    else:
        for line in _lines(done):
            click.echo(one_line(line, 400) if line[:1] != " " else "  " + one_line(line, 400))
    return ExitCode.FAILED if done.stopped else ExitCode.DONE


@command.command("curve", epilog="Example:  evalkit training curve smollm2-135m --suites support-triage")
@click.argument("base")
@names_option("--suites", "Only these suites.")
@click.option(
    "--other-style",
    default="origin=written",
    show_default=True,
    metavar="TAG=VALUE",
    help="The slice whose items have another style than the training's.",
)
@click.option("--confidence", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True)
@json_option
@project_option
def curve(
    base: str,
    suites: tuple[str, ...],
    other_style: str,
    confidence: float,
    as_json: bool,
    project: Path | None,
) -> int:
    """Show success against training examples of the candidates of BASE that say `trained_on`.

    By suite and slice, with intervals; what a doubling of the examples brought and the next is likely to; and
    whether the task was learnt or its style alone. Each suite's latest whole runs are read; nothing is asked.
    """
    found = api.training_curve(
        base, suites=suites, other_style=other_style, confidence=confidence, project=project
    )
    if as_json:
        print_json(found.to_json())
        return ExitCode.DONE
    for one in found.suites:
        rows = list(api.curve_rows(one))
        print_rows(list(rows[0]), rows)
        click.echo(one_line(one.in_words, 400))
        click.echo(one_line(one.style_or_task.in_words, 400))
        click.echo()
    return ExitCode.DONE


def _counts(decimals: dict[str, str]) -> dict[str, int]:
    for path, count in decimals.items():
        if not path.startswith("$.") and not path.startswith("$["):
            raise UsageError(f"--decimals {path}: a path begins with $", hint="such as $.total=2")
        if not count.isdecimal() or int(count) > MOST_DECIMALS:
            raise UsageError(f"--decimals {path}: {count!r} is not a number from 0 to {MOST_DECIMALS}")
    return {path: int(count) for path, count in decimals.items()}


def _lines(done: api.Exported) -> Iterator[str]:
    facts = done.manifest
    yield f"{done.file}: {done.examples} examples of {facts['suite']} {facts['suite_version']}"
    if teacher := facts["teacher"]:
        cost = "cost unknown" if teacher["cost_usd"] is None else usd(teacher["cost_usd"])
        simulated = ", SIMULATED" if teacher["simulated"] else ""
        yield f"  taught by {teacher['candidate']}: run {teacher['run']}, {cost}{simulated}"
    if done.dropped:
        reasons = ", ".join(f"{n} {reason}" for reason, n in done.dropped.items())
        yield f"  dropped: {reasons}"
    yield from (f"  {request.words}" for request in done.requests)
    if done.stopped:
        yield f"  not whole: {done.stopped}; the same command goes on"
    yield f"  {done.manifest_file.name} holds hashes, settings and what was dropped"
