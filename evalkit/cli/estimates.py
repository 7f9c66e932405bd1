"""What a run would do, in words: `evalkit run --dry-run`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from evalkit.runner import Estimate
from evalkit.wording import count, usd


def print_estimates(estimates: Sequence[Estimate]) -> None:
    """A line for each candidate and one for all; upper bounds and unknowns are said as such."""
    for estimate in estimates:
        click.echo(line_of(estimate))
    real = [e for e in estimates if not e.candidate.simulated]
    known = sum(e.cost_usd for e in real if e.cost_usd is not None)
    total = dollars(known, upper=any(e.output_is_limit for e in real))
    unknown = sum(e.cost_usd is None for e in real)
    more = f", and {count(unknown, 'candidate')} of unknown cost" if unknown else ""
    click.echo(f"together: {count(sum(e.requests for e in estimates), 'request')}, {total}{more}")
    click.echo("nothing was asked; retries come on top")


def line_of(estimate: Estimate) -> str:
    """One candidate's estimate."""
    mark = ", simulated" if estimate.candidate.simulated else ""
    parts = [
        count(estimate.items, "item"),
        count(estimate.requests, "request"),
        *([f"{estimate.reused:,} reused"] if estimate.reused else []),
        f"{estimate.input_tokens:,} tokens in ({estimate.input_basis})",
        _output(estimate),
        dollars(estimate.cost_usd, upper=estimate.output_is_limit),
        _time(estimate.seconds),
    ]
    return f"{estimate.candidate.name} ({estimate.candidate.tier}{mark}): {', '.join(parts)}"


def dollars(amount: float | None, *, upper: bool) -> str:
    """An amount, said to be the most where it is."""
    if amount is None:
        return "cost unknown"
    return f"{'at most ' if upper and amount else ''}{usd(amount)}"


def _output(estimate: Estimate) -> str:
    if estimate.output_tokens is None:
        return "tokens out unknown (no max_tokens)"
    return f"{'at most ' if estimate.output_is_limit else ''}{estimate.output_tokens:,} tokens out"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "minutes unknown (no earlier run)"
    return f"about {seconds / 60:.1f} minutes" if seconds >= 60 else f"about {seconds:.0f} seconds"
