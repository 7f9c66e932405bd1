"""Where a lower tier fails: rules of one or two conditions, found on one part of the items and confirmed on
the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from evalkit.economics.evidence import BoolArray
from evalkit.records import TIERS, clean_json, to_plain
from evalkit.routes.certify import choosing_part
from evalkit.routes.outcome import holds
from evalkit.routes.policy import Condition
from evalkit.routes.slice_search import LEAST_ITEMS, Found, least_items, search, single_conditions
from evalkit.routes.slice_tests import slice_p
from evalkit.routes.table import SuiteTable, rare_values
from evalkit.stats import Interval, holm, rate_interval

_EXAMPLES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """A rule under which one candidate does worse than elsewhere, and worse than can be accepted."""

    suite: str
    candidate: str
    conditions: tuple[Condition, ...]
    """All hold; one or two."""
    items: int
    """Items of the suite that meet them."""
    share: float
    """Their share of the suite, by weight."""
    success: Interval
    """Of the candidate on them, over the part that it was not found on."""
    rest: Interval
    """Of the candidate on the other items of that part."""
    upper: str | None
    """The candidate of the next tier up; None where there is none."""
    upper_success: Interval | None
    """Of that one on the same items of that part."""
    floor: float | None
    """The least acceptable success."""
    p: float
    """One-sided p of "no worse than elsewhere, or good enough", on that part."""
    p_adjusted: float
    """By Holm, over all slices of the suite that were brought to confirmation."""
    confirmed: bool
    """Whether it may be acted on."""
    examples: tuple[str, ...] = ()
    """Items in it that the candidate gets wrong and the next tier right, first; at most five."""

    @property
    def in_words(self) -> str:
        """Such as `language is de and input_words at least 40`."""
        return " and ".join(c.in_words for c in self.conditions)


@dataclass(frozen=True, kw_only=True, slots=True)
class PassedOver:
    """What of a tag no rule was made of: values with too few items. They go with all else."""

    feature: str
    values: int
    """Different values of the tag on the choosing part."""
    rare: int
    """Those with too few items there."""
    items: int
    """Items of the choosing part that have a rare one."""
    least: int
    """Items that a value needs on that part."""

    @property
    def in_words(self) -> str:
        """Such as `3 of 14 values of task (21 items) have fewer than 15 items each`."""
        which = f"all {self.values}" if self.rare == self.values else f"{self.rare} of {self.values}"
        return (
            f"{which} values of {self.feature} ({self.items} items) have fewer than {self.least} items each"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceSearch:
    """What a search for slices of one suite brought."""

    suite: str
    slices: tuple[Slice, ...] = ()
    """Confirmed ones, strongest first."""
    unconfirmed: tuple[Slice, ...] = ()
    """Found on the first part, and not shown on the other."""
    looked_at: int = 0
    """Rules that were tried on the first part."""
    confidence: float = 0.95
    """That none of the confirmed ones is named wrongly."""
    why_none: str = ""
    """Why nothing could be looked for."""
    passed_over: tuple[PassedOver, ...] = ()
    """Tags of which no rule was made, or not of every value."""

    def to_json(self) -> dict[str, Any]:
        """The plain form; numbers that JSON lacks as text (`inf`)."""
        plain: dict[str, Any] = clean_json(to_plain(self))
        return plain


def find_slices(
    table: SuiteTable,
    pairs: Sequence[tuple[str, str | None]] | None = None,
    *,
    seed: int = 0,
    confidence: float = 0.95,
) -> SliceSearch:
    """The slices of a suite where a candidate fails.

    The items are split in two by cluster, as for certificates. On the choosing part rules are ordered by how
    far success within them lies below that outside, among those below the floor or far below the next tier;
    the strongest is kept, its items are set aside, and the search goes on without them, so that kept rules
    do not overlap. On the other part each is tested anew (`slice_p`), with Holm over all that are brought to
    that test; the first part is free, since the second is independent of it.

    Args:
        table: The suite.
        pairs: Candidates to look at, each with that of the next tier up; None takes `tier_pairs`.
        seed: Splits the items.
        confidence: That no confirmed slice is named wrongly.
    """
    first = choosing_part(table, seed=seed)
    if min(int(first.sum()), int((~first).sum())) < 2 * LEAST_ITEMS:
        why = f"{table.n_items} items are too few to look for slices: each part needs {2 * LEAST_ITEMS}"
        return SliceSearch(suite=table.suite, confidence=confidence, why_none=why)
    pairs = tier_pairs(table.part(first)) if pairs is None else pairs
    rules = tuple(single_conditions(table, first))
    passed_over = tuple(_passed_over(table, first))
    if not rules:
        return SliceSearch(
            suite=table.suite,
            confidence=confidence,
            why_none="no feature splits the items into slices",
            passed_over=passed_over,
        )
    found = list(_found(table, first, rules, pairs))
    tested = [slice_p(table, f, ~first) for f in found]
    adjusted = holm(tested) if tested else np.zeros(0)
    slices = [
        _slice(table, f, ~first, p, float(a), confidence)
        for f, p, a in zip(found, tested, adjusted, strict=True)
    ]
    slices.sort(key=lambda s: s.p)
    return SliceSearch(
        suite=table.suite,
        slices=tuple(s for s in slices if s.confirmed),
        unconfirmed=tuple(s for s in slices if not s.confirmed),
        looked_at=len(pairs) * len(rules) * (len(rules) + 1) // 2,
        confidence=confidence,
        passed_over=passed_over,
    )


def _passed_over(table: SuiteTable, part: BoolArray) -> Iterator[PassedOver]:
    least = math.ceil(least_items(part))
    for feature, column in table.features.items():
        if column.dtype == object:
            values, rare, items = rare_values(column[part], least)
            if rare:
                yield PassedOver(feature=feature, values=values, rare=rare, items=items, least=least)


def rules_worth_a_branch(table: SuiteTable) -> tuple[tuple[Condition, ...], ...]:
    """Rules that stand out among these items, for a search of routes that confirms elsewhere.

    Args:
        table: The choosing part alone.
    """
    everything = np.ones(table.n_items, dtype=bool)
    rules = tuple(single_conditions(table, everything))
    found = _found(table, everything, rules, tier_pairs(table)) if rules else ()
    return tuple(dict.fromkeys(f.conditions for f in found))


def tier_pairs(table: SuiteTable) -> tuple[tuple[str, str | None], ...]:
    """The most successful candidate of each tier below the highest present, with that of the next tier up."""
    best: dict[str, str] = {}
    rates = dict(zip(table.names, np.average(table.success, axis=1, weights=table.weight), strict=True))
    for name, tier in zip(table.names, table.tiers, strict=True):
        if tier not in best or rates[name] > rates[best[tier]]:
            best[tier] = name
    present = [best[tier] for tier in TIERS if tier in best]
    return tuple(pairwise(present)) if len(present) > 1 else tuple((name, None) for name in present)


def _found(
    table: SuiteTable,
    part: BoolArray,
    rules: Sequence[Condition],
    pairs: Sequence[tuple[str, str | None]],
) -> Iterator[Found]:
    met = np.stack([holds(rule, table) for rule in rules])
    for candidate, upper in pairs:
        yield from search(table, part, rules, met, candidate, upper)


def _slice(
    table: SuiteTable, found: Found, part: BoolArray, p: float, adjusted: float, confidence: float
) -> Slice:
    inside = part & found.covers
    upper = None if found.upper is None else table.names[found.upper]
    return Slice(
        suite=table.suite,
        candidate=table.names[found.candidate],
        conditions=found.conditions,
        items=int(found.covers.sum()),
        share=float(table.weight[found.covers].sum() / table.weight.sum()),
        success=_rate(table, found.candidate, inside, confidence),
        rest=_rate(table, found.candidate, part & ~found.covers, confidence),
        upper=upper,
        upper_success=None if found.upper is None else _rate(table, found.upper, inside, confidence),
        floor=table.stakes.quality_floor,
        p=p,
        p_adjusted=adjusted,
        confirmed=adjusted < 1 - confidence,
        examples=_examples(table, found),
    )


def _rate(table: SuiteTable, row: int, keep: BoolArray, confidence: float) -> Interval:
    clusters, weights = table.clusters, table.weights
    return rate_interval(
        table.success[row][keep],
        clusters=None if clusters is None else clusters[keep],
        weights=None if weights is None else weights[keep],
        confidence=confidence,
    )


def _examples(table: SuiteTable, found: Found) -> tuple[str, ...]:
    wrong = found.covers & ~table.success[found.candidate]
    if found.upper is None:
        return tuple(str(i) for i in table.ids[wrong][:_EXAMPLES])
    telling = np.flatnonzero(wrong & table.success[found.upper])
    rest = np.flatnonzero(wrong & ~table.success[found.upper])
    return tuple(str(i) for i in table.ids[np.concatenate([telling, rest])[:_EXAMPLES]])
