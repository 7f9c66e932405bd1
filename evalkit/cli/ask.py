"""`evalkit ask`: one item again, scored, nothing kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from evalkit import api
from evalkit.cli.options import json_option, names_option, print_json, project_option
from evalkit.errors import ExitCode
from evalkit.records import Item, Sample, to_plain
from evalkit.reporting.hostile import one_line
from evalkit.wording import seconds, usd


@click.command("ask", epilog="Example:  evalkit ask support-triage --item st-001 --candidates slim-plain")
@click.argument("suite")
@click.option("--item", required=True, metavar="ID", help="The item's id; a dev item's too.")
@names_option("--candidates", "Only these candidates.")
@click.option(
    "--repeats", type=click.IntRange(1), default=1, show_default=True, help="Answers of each candidate."
)
@project_option
@json_option
def command(
    suite: str, item: str, candidates: tuple[str, ...], repeats: int, project: Path | None, as_json: bool
) -> int:
    """Ask one item of SUITE again and score the answer.

    It is asked as a run would ask it, with the same prompt, limits and privacy, and costs what a request
    costs. Nothing is stored: no report, gate or baseline ever sees it.
    """
    asked, samples = api.ask(suite, item, candidates, project=project, repeats=repeats)
    if as_json:
        print_json({"item": to_plain(asked), "samples": [to_plain(sample) for sample in samples]})
    else:
        click.echo("\n".join(_lines(asked, samples)))
    return ExitCode.DONE


def _lines(item: Item, samples: Iterable[Sample]) -> Iterable[str]:
    yield f"target  {_short(item.target)}"
    for sample in samples:
        score = sample.score
        verdict = "right" if score and score.success else (score.error_kind if score else None) or "no score"
        again = f" (repeat {sample.repeat})" if sample.repeat else ""
        yield f"{one_line(sample.candidate)}{again}: {verdict}{_telemetry(sample)}"
        yield f"  said  {_format_answer(sample)}"
        for diff in score.diff if score else ():
            expected, got = _short(diff.expected), _short(diff.got)
            yield f"  {diff.kind} at {one_line(diff.path)}: expected {expected}, got {got}"


def _format_answer(sample: Sample) -> str:
    if sample.status != "answered":
        return f"nothing ({sample.fault})"
    if sample.tool_calls:
        return _short(
            [{"name": c.name, "arguments": c.raw if c.raw else c.arguments} for c in sample.tool_calls]
        )
    return one_line(sample.output or sample.refusal or "nothing")


def _telemetry(sample: Sample) -> str:
    told = []
    if sample.e2e_latency_s is not None:
        told.append(seconds(sample.e2e_latency_s))
    if sample.usage.output_tokens is not None:
        told.append(f"{sample.usage.output_tokens} tokens")
    if sample.cost_usd is not None:
        told.append(usd(sample.cost_usd))
    if sample.simulated:
        told.append("SIMULATED")
    return f", {', '.join(told)}" if told else ""


def _short(value: Any) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(to_plain(value), ensure_ascii=False))
