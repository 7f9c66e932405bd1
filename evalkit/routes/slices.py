"""Where a lower tier fails: rules of one or two conditions, found on one part of the items and confirmed on
the other by exact tests, or by tests that are robust to clusters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np

from evalkit.economics.evidence import BoolArray, FloatArray
from evalkit.records import TIERS, clean_json, to_plain
from evalkit.routes.certify import choosing_part
from evalkit.routes.outcome import holds
from evalkit.routes.policy import Condition
from evalkit.routes.table import SuiteTable, common_values, rare_values
from evalkit.stats import Interval, holm, rate_interval
from evalkit.stats.arrays import design
from evalkit.stats.interval import normal_cdf
from evalkit.stats.robust import (
    binomial_variance,
    difference_moments,
    rate_moments,
    score_statistic,
    tango_variance,
)

LEAST_ITEMS = 15
"""Items that a slice has on each part, or it is not looked at."""
LEAST_SHARE = 0.02
"""Share of the items on each part, likewise."""
MOST_FOUND = 6
"""Slices that are brought to confirmation for one candidate."""
FAR_BELOW = 0.05
"""How far below the next tier is far, where the suite states no margin; a fraction."""
CUTS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Quantiles at which a number is cut."""

_WORTH_A_SECOND = 0.7
"""How much stronger (in standard errors) two conditions must be than the better of them alone."""
_WORTH_CONFIRMING = 1.645
"""How strong a slice must stand out on the first part, in standard errors, to be brought to confirmation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceRule:
    """A rule that stands out on the part that was searched."""

    candidate: int
    """Row of the candidate that it is about."""
    upper: int | None
    """Row of the candidate of the next tier up; None where there is none."""
    conditions: tuple[Condition, ...]
    covers: BoolArray
    """(n_items,) items of the whole table that meet the conditions and no stronger rule of the candidate."""


def strongest_rules(
    table: SuiteTable,
    part: BoolArray,
    rules: Sequence[Condition],
    met: BoolArray,
    candidate: str,
    upper: str | None,
) -> Iterator[SliceRule]:
    """The strongest rules about `candidate` on `part` (n_items,), each without the items of those before it.

    Args:
        table: All items.
        part: The items that may be looked at.
        rules: The single conditions to combine.
        met: (n_rules, n_items) which items meet each.
        candidate: Whom the rules are about.
        upper: The candidate of the next tier up.
    """
    row, above = table.row(candidate), None if upper is None else table.row(upper)
    left = part.copy()
    free = np.ones(table.n_items, dtype=bool)
    for _ in range(MOST_FOUND):
        best = _strongest(table, left, rules, met, row, above)
        if best is None:
            return
        covers = np.all(met[list(best)], axis=0) & free
        yield SliceRule(candidate=row, upper=above, conditions=tuple(rules[k] for k in best), covers=covers)
        left &= ~covers
        free &= ~covers


def single_conditions(table: SuiteTable, part: BoolArray) -> Iterator[Condition]:
    """Every single condition that splits the first part well enough."""
    for feature, values in table.features.items():
        if values.dtype == object:
            words = common_values(values[part], least_items(part))
            found = [Condition(feature=feature, op="is", value=word) for word in words]
        else:
            found = list(_cuts(feature, values[part].astype(np.float64)))
        for condition in found:
            here = holds(condition, table) & part
            if enough(here, part) and enough(part & ~here, part):
                yield condition


def _cuts(feature: str, values: FloatArray) -> Iterator[Condition]:
    known = values[~np.isnan(values)]
    if not len(known):
        return
    for cut in np.unique(np.quantile(known, CUTS, method="inverted_cdf")):
        yield Condition(feature=feature, op="at_least", value=float(cut))
        yield Condition(feature=feature, op="below", value=float(cut))


def enough(here: BoolArray, part: BoolArray) -> bool:
    """Whether these items are enough of the part to be a slice."""
    return int(here.sum()) >= least_items(part)


def least_items(part: BoolArray) -> float:
    """Items that a slice needs on this part."""
    return max(LEAST_ITEMS, LEAST_SHARE * int(part.sum()))


def margin_of(table: SuiteTable) -> float:
    """How far below the next tier is far."""
    return FAR_BELOW if table.stakes.margin is None else table.stakes.margin


def _strongest(
    table: SuiteTable,
    left: BoolArray,
    rules: Sequence[Condition],
    met: BoolArray,
    row: int,
    above: int | None,
) -> tuple[int, ...] | None:
    """The rule whose success lies farthest below that outside it, in standard errors; None without any."""
    strength = _strengths(table, left, met, row, above)
    same = np.array([[a.feature == b.feature for b in rules] for a in rules])
    np.fill_diagonal(same, False)
    strength[same] = -math.inf
    alone = np.diag(strength).copy()
    both = strength - _WORTH_A_SECOND
    np.fill_diagonal(both, -math.inf)
    both[both < np.maximum(alone[:, None], alone[None, :])] = -math.inf
    one, two = int(np.argmax(alone)), divmod(int(np.argmax(both)), len(rules))
    if alone[one] >= both[two] or math.isinf(both[two]):
        return (one,) if alone[one] >= _WORTH_CONFIRMING else None
    return tuple(sorted(two)) if strength[two] >= _WORTH_CONFIRMING else None


def _strengths(table: SuiteTable, left: BoolArray, met: BoolArray, row: int, above: int | None) -> FloatArray:
    """(n_rules, n_rules) standard errors by which a pair of rules lies below the rest; the diagonal is one
    rule alone. Minus infinity where there are too few items, or where success is good enough."""
    rules = met[:, left].astype(np.float64)
    right = table.success[row][left].astype(np.float64)
    total = len(right)
    n, hits = rules @ rules.T, (rules * right) @ rules.T
    with np.errstate(divide="ignore", invalid="ignore"):
        rate, outside = hits / n, (right.sum() - hits) / (total - n)
        mean = right.mean() if total else 0.0
        spread = np.sqrt(mean * (1 - mean) * (1 / n + 1 / (total - n)))
        strength = (outside - rate) / spread
    least = max(LEAST_ITEMS, LEAST_SHARE * total)
    poor = np.zeros_like(rate, dtype=bool)
    if table.stakes.quality_floor is not None:
        poor |= rate < table.stakes.quality_floor
    if above is not None:
        better = table.success[above][left].astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            poor |= ((rules * better) @ rules.T) / n - rate > margin_of(table)
    strength[~poor | (n < least) | (total - n < least) | np.isnan(strength)] = -math.inf
    return cast(FloatArray, strength)


def slice_p(table: SuiteTable, found: SliceRule, part: BoolArray) -> float:
    """One-sided p of "as good as elsewhere, or good enough" on a `part` that the slice was not found on.

    An intersection-union test (Berger 1982): both must be rejected, each at the whole level. "Good enough" is
    the floor or the next tier by the margin; where both are stated, one of them will do, by Bonferroni.
    """
    inside, outside = part & found.covers, part & ~found.covers
    if not enough(inside, part) or not enough(outside, part):
        return 1.0
    references = []
    if table.stakes.quality_floor is not None:
        references.append(_below_floor(table, found.candidate, inside, table.stakes.quality_floor))
    if found.upper is not None:
        references.append(_below_upper(table, found.candidate, found.upper, inside, margin_of(table)))
    if not references:
        return 1.0
    poor = min(1.0, len(references) * min(references))
    return max(poor, _below_rest(table, found.candidate, inside, outside))


def _plain(table: SuiteTable) -> bool:
    return table.clusters is None and table.weights is None


def _below_floor(table: SuiteTable, row: int, inside: BoolArray, floor: float) -> float:
    """P of so few successes at a rate of `floor`: exact for plain items."""
    right = table.success[row][inside]
    if floor >= 1:
        return 0.0 if not right.all() else 1.0
    if _plain(table):
        from scipy.special import bdtr

        return float(bdtr(int(right.sum()), len(right), floor))
    items = design(len(right), table.cluster[inside], table.weight[inside])
    data = rate_moments(right.astype(np.float64)[items.order], items)
    return normal_cdf(float(score_statistic(data, np.asarray(floor), binomial_variance)))


def _below_upper(table: SuiteTable, row: int, above: int, inside: BoolArray, margin: float) -> float:
    """P of so large a loss against the next tier on the same items, if the true one were the margin."""
    difference = table.success[row][inside].astype(np.float64) - table.success[above][inside]
    items = design(len(difference), table.cluster[inside], table.weight[inside])
    data = difference_moments(difference[items.order], items)
    return normal_cdf(float(score_statistic(data, np.asarray(-margin), tango_variance)))


def _below_rest(table: SuiteTable, row: int, inside: BoolArray, outside: BoolArray) -> float:
    """P of so large a gap to the other items: Fisher's exact test for plain items, else a pooled score test
    with cluster sums."""
    right = table.success[row]
    if _plain(table):
        hits, others = int(right[inside].sum()), int(right[outside].sum())
        return fisher_p(hits, int(inside.sum()), others, int(outside.sum()))
    weight = table.weight
    both = inside | outside
    mean = float(np.average(right[both], weights=weight[both]))
    pull = np.where(inside, weight / weight[inside].sum(), -weight / weight[outside].sum())
    parts = (pull * (right - mean))[both]
    codes = np.unique(table.cluster[both], return_inverse=True)[1]
    sums = np.bincount(codes, weights=parts)
    spread = math.sqrt(float(sums @ sums))
    return normal_cdf(float(sums.sum()) / spread) if spread > 0 else 1.0


def fisher_p(hits: int, n: int, other_hits: int, m: int) -> float:
    """The chance of `hits` of n or fewer if `hits` + `other_hits` fell at random among n + m.

    Fisher's exact test, one-sided.
    """
    # From log-factorials: scipy.stats has it too, and takes seconds to import.
    from scipy.special import gammaln

    total = hits + other_hits
    k = np.arange(max(0, total - m), hits + 1)

    def log_choose(of: int, count: FloatArray) -> FloatArray:
        return np.asarray(gammaln(of + 1) - gammaln(count + 1) - gammaln(of - count + 1))

    logs = log_choose(n, k.astype(np.float64)) + log_choose(m, (total - k).astype(np.float64))
    whole = log_choose(n + m, np.asarray(float(total)))
    return min(1.0, float(np.exp(logs - whole).sum()))


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
    passed_over = tuple(_find_passed_over(table, first))
    if not rules:
        return SliceSearch(
            suite=table.suite,
            confidence=confidence,
            why_none="no feature splits the items into slices",
            passed_over=passed_over,
        )
    found = list(_find_rules(table, first, rules, pairs))
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


def _find_passed_over(table: SuiteTable, part: BoolArray) -> Iterator[PassedOver]:
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
    found = _find_rules(table, everything, rules, tier_pairs(table)) if rules else ()
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


def _find_rules(
    table: SuiteTable,
    part: BoolArray,
    rules: Sequence[Condition],
    pairs: Sequence[tuple[str, str | None]],
) -> Iterator[SliceRule]:
    met = np.stack([holds(rule, table) for rule in rules])
    for candidate, upper in pairs:
        yield from strongest_rules(table, part, rules, met, candidate, upper)


def _slice(
    table: SuiteTable, found: SliceRule, part: BoolArray, p: float, adjusted: float, confidence: float
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


def _examples(table: SuiteTable, found: SliceRule) -> tuple[str, ...]:
    wrong = found.covers & ~table.success[found.candidate]
    if found.upper is None:
        return tuple(str(i) for i in table.ids[wrong][:_EXAMPLES])
    telling = np.flatnonzero(wrong & table.success[found.upper])
    rest = np.flatnonzero(wrong & ~table.success[found.upper])
    return tuple(str(i) for i in table.ids[np.concatenate([telling, rest])[:_EXAMPLES]])
