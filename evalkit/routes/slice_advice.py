"""Advice on slices: one that fails goes up, one that a lower tier serves no worse goes down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from evalkit.economics.evidence import BoolArray
from evalkit.gate.more_items import more_items_for_rate
from evalkit.routes.ground import Advice, Ground, meets, paid
from evalkit.routes.limits import ruled_out
from evalkit.routes.outcome import holds, outcome
from evalkit.routes.policy import REVIEW, Branch, Condition, Policy, Step
from evalkit.routes.slice_search import LEAST_ITEMS, margin_of, single_conditions
from evalkit.routes.slices import Slice, tier_pairs
from evalkit.stats import Interval, PairedDifference

MOSTLY = 0.5
"""Share of a slice that is most of it."""
MOST_LOOSENED = 4
"""Slices that are tested for a lower tier in one suite."""


def on_slice(ground: Ground, found: Slice, proposed: Policy | None = None) -> Advice:
    """A slice where a candidate fails: it goes up, unless the route in force sends it up already."""
    keep = meets(ground.table, found.conditions) & ground.confirming
    words = (
        f"{found.candidate} succeeds in {found.success.estimate:.0%} of it "
        f"({found.success.low:.0%} to {found.success.high:.0%}), elsewhere in {found.rest.estimate:.0%}"
    )
    before = ground.unchanged(keep)
    if not _relied_on(ground, found, keep) and not _is_below(before.success_now, found.floor):
        how = ""
        if (rate := before.success_now) is not None:
            how = f": {rate.estimate:.0%} of it ends well ({rate.low:.0%} to {rate.high:.0%})"
        return replace(
            before, where=found.conditions, examples=found.examples,
            reason=f"{words}; what is in force does not rely on that{how}.",
        )  # fmt: skip
    allowed = found.upper is not None and found.upper not in ruled_out(ground.table, ground.limits)
    up = Step(candidate=found.upper if allowed and found.upper is not None else REVIEW)
    branch = Branch(when=found.conditions, steps=(up,), review=ground.limits.must_review)
    advised = replace(ground.now, branches=(branch, *ground.now.branches))
    whom = "a person" if up.candidate == REVIEW else up.candidate
    return replace(
        ground.compared(advised, keep), where=found.conditions, move="tighten", examples=found.examples,
        reason=f"{words}. Send it to {whom}.{_with_proposed(ground, proposed, keep)}",
    )  # fmt: skip


def _with_proposed(ground: Ground, proposed: Policy | None, keep: BoolArray) -> str:
    """What becomes of the slice with the route that is proposed for the whole suite."""
    if proposed is None or not keep.any():
        return ""
    rate = ground.rate(proposed, keep)
    return f" With the route proposed for the whole suite {rate.estimate:.0%} of it ends well."


def _relied_on(ground: Ground, found: Slice, keep: BoolArray) -> bool:
    """Whether what is in force serves most of these items with that candidate, unchecked."""
    held = outcome(ground.now, ground.table)
    mine = (held.served_by == ground.table.row(found.candidate)) & ~held.reviewed
    return bool(keep.any() and np.mean(mine[keep]) >= MOSTLY)


def _is_below(rate: Interval | None, floor: float | None) -> bool:
    return rate is not None and floor is not None and rate.high < floor


def undecided(ground: Ground, found: Slice) -> Advice | None:
    """A slice that stood out where it was found and is not confirmed; None where no number of items helps."""
    if found.floor is None or not found.success.n or not found.success.estimate < found.floor:
        return None
    keep = meets(ground.table, found.conditions) & ground.confirming
    if not _relied_on(ground, found, keep):
        return None
    more = more_items_for_rate(found.success, found.floor)
    share = float(keep.sum() / ground.table.n_items)
    return replace(
        ground.unchanged(keep),
        where=found.conditions,
        move="more_evidence",
        reason=(
            f"{found.candidate} seems to fail here ({found.success.estimate:.0%} of {found.success.n} items "
            f"that it was not found on, floor {found.floor:.0%}); that is not shown."
        ),
        more_items=None if more is None else int(np.ceil(more / share)),
        examples=found.examples,
    )


def looser_slices(ground: Ground, side: BoolArray) -> Iterator[Advice]:
    """Slices that a lower tier serves no worse than what is in force, for less money.

    Found on the choosing part; each tested on the other at a confidence that is corrected for their number
    (Bonferroni). A part with too few items for one slice has none.
    """
    if side.sum() < 2 * LEAST_ITEMS:
        return
    table, margin = ground.table, margin_of(ground.table)
    chosen = _worth_loosening(ground, side)[:MOST_LOOSENED]
    confidence = 1 - (1 - ground.confidence) / max(1, len(chosen))
    for condition, name in chosen:
        keep = holds(condition, table) & ground.confirming
        branch = Branch(when=(condition,), steps=(Step(candidate=name),), review=ground.limits.must_review)
        advised = replace(ground.now, branches=(branch, *ground.now.branches))
        found = ground.compared(advised, keep, confidence=confidence)
        floor = table.stakes.quality_floor
        low = None if found.success_then is None else found.success_then.low
        difference = found.difference
        if difference is None or not difference.interval.low > -margin:
            continue
        if floor is not None and (low is None or low < floor):
            continue
        yield replace(found, where=(condition,), move="loosen", reason=no_worse(name, difference, margin))


def _worth_loosening(ground: Ground, side: BoolArray) -> list[tuple[Condition, str]]:
    """Tags' slices and lower candidates that look no worse and cheaper on the choosing part, the largest
    saving first."""
    table, margin = ground.table, margin_of(ground.table)
    why = ruled_out(table, ground.limits)
    lower = [name for name, upper in tier_pairs(table.part(side)) if name not in why and upper is not None]
    now = outcome(ground.now, table)
    spent = paid(now, table)
    found = []
    for condition in single_conditions(table, side):
        keep = holds(condition, table) & side
        if condition.op != "is" or keep.sum() < 2 * LEAST_ITEMS:
            continue
        for name in lower:
            row = table.row(name)
            gain = float(np.mean(table.success[row][keep] - now.success[keep]))
            saved = float(np.sum(spent[keep] - table.cost_usd[row][keep]))
            if gain > -margin / 2 and saved > 0 and not np.all(now.served_by[keep] == row):
                found.append((-saved, condition, name))
    found.sort(key=lambda one: (one[0], one[1].in_words, one[2]))
    once: dict[Condition, str] = {}
    for _, condition, name in found:
        once.setdefault(condition, name)
    return list(once.items())


def no_worse(name: str, difference: PairedDifference, margin: float) -> str:
    """That a candidate is no worse, in words."""
    span = difference.interval
    return (
        f"{name} is no worse by the margin of {100 * margin:g} points "
        f"({100 * span.estimate:+.1f}, {100 * span.low:+.1f} to {100 * span.high:+.1f})."
    )
