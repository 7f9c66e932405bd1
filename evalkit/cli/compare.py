"""`evalkit compare`: two candidates, runs or a baseline, item by item."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit import api
from evalkit.cli.comparison_text import comparison_text
from evalkit.cli.options import json_option, names_option, print_json, project_option
from evalkit.cli.variants_text import print_variants
from evalkit.errors import ExitCode, UsageError

_EXAMPLE = """\b
Examples:
  evalkit compare slim-plain slim-constrained
  evalkit compare baseline:slim-plain slim-plain
  evalkit compare 20261120-0900/frontier 20261121-0900/frontier
  evalkit compare slim-plain@first slim-plain   (after a rescore: what the scorer alone changed)
  evalkit compare --base smollm2 --against smollm2-q8
"""


@click.command("compare", epilog=_EXAMPLE)
@click.argument("a", required=False)
@click.argument("b", required=False)
@click.option(
    "--base", metavar="NAME", help="Instead: all variants of this base in the run, against one of them."
)
@click.option(
    "--against", metavar="CANDIDATE", help="That one. [default: named as the base is, else the first]"
)
@click.option("--run", "run", help="The run of bare candidate names. [default: the latest]")
@names_option("--suites", "Only these suites.")
@click.option("--margin", type=click.FloatRange(0, 1), help="Loss that still counts as no worse, a fraction.")
@click.option("--confidence", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True)
@json_option
@project_option
def command(
    a: str | None,
    b: str | None,
    base: str | None,
    against: str | None,
    run: str | None,
    suites: tuple[str, ...],
    margin: float | None,
    confidence: float,
    as_json: bool,
    project: Path | None,
) -> int:
    """Compare A with B: a candidate, RUN/candidate, or baseline:SLOT. Differences are B minus A.

    After a rescore, candidate@first stands for the scores that the run began with, candidate@HASH for those
    of one scorer.

    Says first what is not comparable, then for each suite the paired difference with its interval and
    verdict, the items that broke and were fixed, where both agree (also where both are wrong alike, as a
    student with its teacher), and what changed in cost and time.

    With --base, says of each variant of a model (quantization, adapter, prompt) what it costs in success and
    saves in time, money and memory, and the slices where it lost most.
    """
    if base is not None:
        if a or b:
            raise UsageError("--base compares all its variants", hint="leave A and B out")
        variants = api.compare_variants(
            base,
            reference=against,
            run=run,
            suites=suites,
            margin=margin,
            confidence=confidence,
            project=project,
        )
        print_json(variants.to_json()) if as_json else print_variants(variants)
        return ExitCode.DONE
    if not a or not b or against:
        raise UsageError("compare needs two sides, A and B, or --base", hint="see evalkit compare --help")
    found = api.compare(a, b, run=run, suites=suites, margin=margin, confidence=confidence, project=project)
    if as_json:
        print_json(found.to_json())
    else:
        click.echo(comparison_text(found))
    return ExitCode.DONE
