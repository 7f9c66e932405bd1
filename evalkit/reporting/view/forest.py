"""The interval plots of the regressions page: every comparison, and the slices that stand out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.reporting.view.drawings import ForestDrawing, ForestRow
from evalkit.reporting.view.figures import Figure
from evalkit.wording import count, listed, points

MOST_SLICES = 18
"""Slices in the picture; the table on the page and the CSV have them all."""

_HOW = (
    "Candidate minus baseline on the same items, in percentage points (right is better); bars are 95% "
    "intervals. The shaded band is the margin, the loss that still counts as no worse: ● holds, since its "
    "interval stays right of the band's edge; ✖ is worse for certain; ◆ may be worse. "
    "Hollow marks are simulated."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """One row with what its title and its table need beside the picture."""

    row: ForestRow
    suite: str
    candidate: str
    stands_out: bool = False
    """Of slices: whether it differs even when all slices that were looked at are considered."""


def cases_figure(held: Sequence[Held]) -> Figure:
    """Every suite and candidate against its baseline."""
    return _figure(
        "regressions-by-suite", _cases_title([h.row for h in held]), held, f"{_HOW} {_sizes(held)}."
    )


def slices_figure(held: Sequence[Held]) -> Figure | None:
    """The slices that lost most, those that stand out first; None where none lost anything."""
    lost = [h for h in held if h.row.difference.estimate < 0]
    if not lost:
        return None
    kept = sorted(lost, key=lambda h: (not h.stands_out, h.row.difference.estimate, h.row.difference.high))
    shown = sorted(kept[:MOST_SLICES], key=lambda h: (h.row.group, h.row.difference.estimate))
    left = len(held) > len(shown)
    note = f" Drawn are the {len(shown)} that lost most, of {count(len(held), 'slice')}." if left else ""
    return _figure("regressions-by-slice", _slices_title(held), shown, f"{_HOW} {_sizes(shown)}.{note}")


def _figure(name: str, title: str, held: Sequence[Held], how: str) -> Figure:
    rows = tuple(h.row for h in held)
    return Figure(
        name=name,
        title=title,
        how_to_read=how,
        alternative="; ".join(
            f"{r.group}, {r.name}: {points(r.difference.estimate)} points "
            f"({points(r.difference.low)} to {points(r.difference.high)}), {r.outcome}"
            for r in rows
        )
        + ".",
        drawing=ForestDrawing(rows=rows),
        columns=(
            "suite", "candidate", "row", "simulated", "items", "difference", "low", "high", "margin",
            "outcome",
        ),
        rows=tuple(
            (h.suite, h.candidate, h.row.name, str(h.row.simulated).lower(), h.row.difference.n,
             h.row.difference.estimate, h.row.difference.low, h.row.difference.high, h.row.margin,
             h.row.outcome)
            for h in held
        ),
    )  # fmt: skip


def _cases_title(rows: Sequence[ForestRow]) -> str:
    worse = [r for r in rows if r.outcome == "fail"]
    open_ = [r for r in rows if r.outcome == "inconclusive"]
    # Not "inconclusive": that is a verdict of the gate, which has further rules.
    rest = f"; {len(open_)} may be worse" if open_ else ""
    if worse:
        names = listed([f"{r.name} on {r.group}" for r in worse], 3)
        return f"Worse for certain: {names} ({len(worse)} of {count(len(rows), 'comparison')}){rest}"
    if open_:
        return f"None of {count(len(rows), 'comparison')} is worse for certain{rest}"
    return (
        f"No comparison of {len(rows)} lost more than its margin" if len(rows) > 1 else "The comparison holds"
    )


def _slices_title(held: Sequence[Held]) -> str:
    worst = min(held, key=lambda h: (not h.stands_out, h.row.difference.estimate)).row
    down = [h for h in held if h.stands_out and h.row.difference.estimate < 0]
    if not down:
        return f"No slice of {len(held)} stands out as worse, once all that were looked at are considered"
    return (
        f"{count(len(down), 'slice')} of {len(held)} {'stands' if len(down) == 1 else 'stand'} out as worse; "
        f"the furthest is {worst.name} of {worst.group}, {points(worst.difference.estimate)} points"
    )


def _sizes(held: Sequence[Held]) -> str:
    sizes = sorted({h.row.difference.n for h in held})
    if not sizes:
        return "No items"
    return f"n = {sizes[0]:,} items" if len(sizes) == 1 else f"n = {sizes[0]:,} to {sizes[-1]:,} items a row"
