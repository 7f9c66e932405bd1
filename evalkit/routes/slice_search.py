"""Searches rules of one or two conditions under which a candidate does worse than elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from evalkit.economics.evidence import BoolArray, FloatArray
from evalkit.routes.outcome import holds
from evalkit.routes.policy import Condition
from evalkit.routes.table import SuiteTable, common_values

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
class Found:
    """A rule that stands out on the part that was searched."""

    candidate: int
    """Row of the candidate that it is about."""
    upper: int | None
    """Row of the candidate of the next tier up; None where there is none."""
    conditions: tuple[Condition, ...]
    covers: BoolArray
    """(n_items,) items of the whole table that meet the conditions and no stronger rule of the candidate."""


def search(
    table: SuiteTable,
    part: BoolArray,
    rules: Sequence[Condition],
    met: BoolArray,
    candidate: str,
    upper: str | None,
) -> Iterator[Found]:
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
        yield Found(candidate=row, upper=above, conditions=tuple(rules[k] for k in best), covers=covers)
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
