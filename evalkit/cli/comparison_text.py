"""A comparison in words for the terminal: first what is not comparable, then what changed."""

from __future__ import annotations

import math
from collections.abc import Iterator

from evalkit.comparison import (
    Change,
    Comparison,
    Flip,
    FormChange,
    GroupComparison,
    SuiteComparison,
    agreement_words,
    find_shifted_forms,
    noise_words,
)
from evalkit.reporting.hostile import one_line
from evalkit.stats import PairedDifference
from evalkit.wording import count, percent_change, point_span, points, stated_points, tenths, usd

MOST_FLIPS = 12
MOST_SLICES = 6
OUTCOMES = {"pass": "PASS", "fail": "FAIL", "inconclusive": "OPEN"}


def comparison_text(found: Comparison) -> str:
    """The comparison as lines of plain text."""
    return "\n".join(_lines(found))


def _lines(found: Comparison) -> Iterator[str]:
    yield f"A = {one_line(found.label_a)}, B = {one_line(found.label_b)}; differences are B minus A"
    if found.caveats:
        yield ""
        yield "Not the same on both sides, or to be known:"
        for caveat in found.caveats:
            suite = f"{caveat.suite}: " if caveat.suite else ""
            sides = f" (A: {caveat.a}; B: {caveat.b})" if caveat.a or caveat.b else ""
            yield f"  {one_line(suite + caveat.message + sides)}"
    for part in found.suites:
        yield ""
        yield from _suite(part)
    if found.overall is not None and len(found.suites) > 1:
        yield ""
        if len(found.families) > 1:
            yield from (f"all of {one_line(family.name)}: {_group(family)}" for family in found.families)
        yield f"all suites: {_group(found.overall)}"


def _suite(one: SuiteComparison) -> Iterator[str]:
    yield f"{one_line(one.suite)}: {_group(one.overall)}"
    if one.identical:
        yield "  every answer is the same byte for byte"
    if one.faulted_share:
        yield f"  {tenths(one.faulted_share)} of the samples were lost to faults and are not compared"
    yield from _items(one)
    yield f"  format valid (parses and fits, right or wrong): {_valid(one.format_valid)}"
    yield from _forms(one.forms)
    changed = [k for k in one.error_kinds if k.change != "same" or k.difference.difference]
    if changed:
        yield "  errors: " + "; ".join(f"{k.kind} {k.counts} ({k.change})" for k in changed)
    for label, change, unit in (
        ("score", one.score, ""),
        ("output tokens", one.output_tokens, ""),
        ("cost per success", one.cost_per_success_usd, "$"),
        ("latency (median ratio)", one.end_to_end_s, "s"),
    ):
        if change.a is not None and change.b is not None:
            yield f"  {label}: {_change(change, unit)}"
    for part in [s for s in one.slices if s.judgement.outcome == "fail"][:MOST_SLICES]:
        yield f"  slice {one_line(part.name)} (exploring): {_group(part)}"


def _items(one: SuiteComparison) -> Iterator[str]:
    for name, flips in (("broken", one.broken), ("fixed", one.fixed)):
        if flips:
            yield f"  {name} ({len(flips)}{_by_scorer(one, flips)}): {_flips(flips)}"
    if agreed := agreement_words(one.agreement, "A", "B"):
        yield f"  agreement: {agreed}"
    for sentence in noise_words(one.noise) if one.noise else ():
        yield f"  {sentence}"


def _group(group: GroupComparison) -> str:
    difference = group.difference
    if not difference.n_pairs:
        return "no item was answered by both"
    span = point_span(difference.interval)
    n = difference.n_pairs
    rates = percent_change(group.success_a.estimate, group.success_b.estimate, n)
    size = f"{count(n, 'item')}, margin {stated_points(group.margin)}"
    mcnemar = f"McNemar p {difference.mcnemar_p:.2g}, reported only"
    verdict = OUTCOMES[group.judgement.outcome]
    return f"{verdict}  {rates}, {points(difference.difference)} points ({span}; {size}; {mcnemar})"


def _valid(change: PairedDifference) -> str:
    if not change.n_pairs:
        return "unknown"
    rates = percent_change(change.rate_a, change.rate_b, change.n_pairs)
    return f"{rates}, {points(change.difference)} points ({point_span(change.interval)})"


def _forms(changes: tuple[FormChange, ...]) -> Iterator[str]:
    if not changes:
        return
    mix = ", ".join(f"{c.form} {c.a} → {c.b}" for c in changes)
    shifted = find_shifted_forms(changes, 1 - changes[0].difference.interval.confidence)
    if not shifted:
        yield f"  forms: {mix} (no shift)"
        return
    p = min(c.p_adjusted for c in shifted)
    yield f"  forms: {mix} (SHIFTED: {', '.join(c.form for c in shifted)}; p {p:.2g} by Holm)"


def _by_scorer(one: SuiteComparison, flips: tuple[Flip, ...]) -> str:
    """How many flips the same answer made, judged by two scorers."""
    if one.marks_a.scorer_hashes == one.marks_b.scorer_hashes:
        return ""
    same = sum(f.same_answer for f in flips)
    return f", {same} of them by the scorer alone: the answer is the same" if same else ""


def _flips(flips: tuple[Flip, ...]) -> str:
    shown = [one_line(f"{f.item_id} [{f.error_b or f.error_a or ''}]") for f in flips[:MOST_FLIPS]]
    more = f" and {len(flips) - MOST_FLIPS} more (--json has all)" if len(flips) > MOST_FLIPS else ""
    return ", ".join(shown) + more


def _change(change: Change, unit: str) -> str:
    text = f"{_amount(change.a, unit)} → {_amount(change.b, unit)}"
    if change.change is None:
        return text
    low, high = (_amount(bound, unit) for bound in (change.change.low, change.change.high))
    return f"{text} ({low} to {high})"


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return "unknown"
    return usd(value) if unit == "$" else f"{_number(value)}{' ' + unit if unit else ''}"


def _number(value: float) -> str:
    return "∞" if math.isinf(value) and value > 0 else f"{value:.4g}"
