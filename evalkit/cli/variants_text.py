"""Variants of one model in words and numbers for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

import click

from evalkit.cli.comparison_text import OUTCOMES
from evalkit.cli.tables import print_rows
from evalkit.comparison import OF_THE_CANDIDATE, Change, GroupComparison, SuiteComparison, Variant, Variants
from evalkit.reporting.hostile import one_line
from evalkit.wording import count, percent_change, point_span, points, usd

COLUMNS = ("suite", "variant", "verdict", "success", "points", "95%", "time", "cost/success", "memory MiB")
MOST_SLICES = 3


def print_variants(found: Variants) -> None:
    """One table, what each variant changed, and the slices where it lost most."""
    click.echo(f"{one_line(found.base)}: variants against {one_line(found.reference)}")
    for variant in found.variants:
        for note in _notes(variant):
            click.echo(f"  {one_line(f'{variant.candidate}, {note}')}")
    rows = [_row(found, variant, part) for variant in found.variants for part in variant.comparison.suites]
    print_rows(COLUMNS, [dict(zip(COLUMNS, row, strict=True)) for row in sorted(rows)])
    for variant in found.variants:
        click.echo(f"{one_line(variant.candidate)}: {_differs(variant)}")
        for line in _slices(variant):
            click.echo(f"  {line}")


def _notes(variant: Variant) -> list[str]:
    """Each caveat once, with the suites that it holds for."""
    suites: dict[str, dict[str, None]] = {}
    for caveat in variant.comparison.caveats:
        if caveat.kind not in OF_THE_CANDIDATE:  # they only say that it is a variant
            suites.setdefault(caveat.message, {})[caveat.suite or ""] = None
    every = {part.suite for part in variant.comparison.suites}
    return [
        f"{'all suites' if '' in where or every <= where.keys() else ', '.join(where)}: {message}"
        for message, where in suites.items()
    ]


def _row(found: Variants, variant: Variant, part: SuiteComparison) -> tuple[str, ...]:
    overall = part.overall
    interval = overall.difference.interval
    return (
        part.suite,
        variant.candidate,
        OUTCOMES[overall.judgement.outcome],
        percent_change(overall.success_a.estimate, overall.success_b.estimate, interval.n),
        points(overall.difference.difference),
        point_span(interval),
        _ratio(part.service_s),
        _money(part.cost_per_success_usd),
        _memory(found.peak_memory_mib, variant.peak_memory_mib),
    )


def _ratio(change: Change) -> str:
    """The median of each item's time over that of the reference."""
    if change.change is None or math.isnan(change.change.estimate):
        return "unknown"
    return f"×{change.change.estimate:.2f} ({change.change.low:.2f} to {change.change.high:.2f})"


def _money(change: Change) -> str:
    if change.a is None or change.b is None:
        return "unknown"
    return f"{usd(change.a)} → {usd(change.b)}"


def _memory(a: float | None, b: float | None) -> str:
    if a is None or b is None:
        return "unknown"
    return f"{a:.0f} → {b:.0f}"


def _differs(variant: Variant) -> str:
    if not variant.differs:
        return "no setting differs"
    return one_line(", ".join(f"{name} {a} → {b}" for name, (a, b) in variant.differs.items()))


def _slices(variant: Variant) -> Iterator[str]:
    """The slices where most was lost: to be looked at, since some always lie lowest."""
    for part in variant.comparison.suites:
        lost = sorted(
            (s for s in part.slices if s.difference.n_pairs and s.difference.difference < 0),
            key=lambda s: s.difference.difference,
        )[:MOST_SLICES]
        if lost:
            yield one_line(f"{part.suite}, lost most in: {', '.join(map(_slice, lost))}")


def _slice(group: GroupComparison) -> str:
    p = "" if group.exploring_p is None else f", p {group.exploring_p:.2g}"
    return (
        f"{group.name} {points(group.difference.difference)} ({count(group.difference.n_pairs, 'item')}{p})"
    )
