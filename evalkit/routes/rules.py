"""Static rules and their sums: one slice goes one way and all else another, or each value of a tag its
own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.economics.evidence import BoolArray, FloatArray
from evalkit.routes.cascades import CALLS, REVIEWS, SUCCESS, Steps
from evalkit.routes.outcome import holds
from evalkit.routes.policy import Condition
from evalkit.routes.table import SuiteTable, common_values

Rule = tuple[Condition, ...]
"""All conditions hold; empty: every item."""

Branches = tuple[tuple[Rule, Steps], ...]
"""A policy before it is one: rules in order, the last one empty."""

NUMBER_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Where a number is cut."""

LEAST_SHARE, LEAST_SUPPORT = 0.02, 30
"""A rule's slice holds at least this share of the items, and so many: fewer are no ground for a route."""

MOST_RULES = 200
"""Slices that are weighed, the largest: each has every pair of ways to serve."""


def slices_of(table: SuiteTable, rules: Sequence[Rule]) -> list[tuple[Rule, BoolArray]]:
    """The slices worth a branch, none twice, the largest first when there are too many."""
    least = max(LEAST_SUPPORT, LEAST_SHARE * table.n_items)
    kept: dict[bytes, tuple[Rule, BoolArray]] = {}
    for rule in [*rules, *((c,) for c in conditions(table, least))]:
        mask = np.logical_and.reduce([holds(c, table) for c in rule])
        if least <= mask.sum() <= table.n_items - least:
            kept.setdefault(min(mask.tobytes(), (~mask).tobytes()), (tuple(rule), mask))
    found = list(kept.values())
    given = [f for f in found if f[0] in rules]
    others = sorted((f for f in found if f[0] not in rules), key=lambda f: -int(f[1].sum()))
    return (given + others)[:MOST_RULES]


def conditions(table: SuiteTable, least: float = 1) -> list[Condition]:
    """Single conditions over the table's features: each text value of at least so many items, and a few
    thresholds of each number."""
    found = []
    for name, values in table.features.items():
        if values.dtype == object:
            texts = common_values(values, least)
            found += [Condition(feature=name, op="is", value=text) for text in texts]
        else:
            known = values[~np.isnan(values)].astype(np.float64)
            at = {float(f"{q:.3g}") for q in np.quantile(known, NUMBER_QUANTILES)} if len(known) else set()
            found += [Condition(feature=name, op="at_least", value=value) for value in sorted(at)]
    return found


def two_way(
    steps: list[Steps],
    values: FloatArray,
    masks: list[tuple[Rule, BoolArray]],
    weight: FloatArray,
) -> tuple[list[Branches], FloatArray]:
    """One slice goes one way, all else another: every pair of ways to serve for every slice, with sums."""
    if not masks:
        return [], np.zeros((4, 0))
    weighted = np.stack([mask for _, mask in masks]) * weight
    inside = np.einsum("rn,qkn->qrk", weighted, values, optimize=True)
    outside = (values @ weight)[:, None, :] - inside
    a, b = np.nonzero(~np.eye(len(steps), dtype=bool))
    sums = (inside[:, :, a] + outside[:, :, b]).reshape(4, -1)
    pairs = [(int(i), int(j)) for i, j in zip(a, b, strict=True)]
    return [((rule, steps[i]), ((), steps[j])) for rule, _ in masks for i, j in pairs], sums


def assignments(
    steps: list[Steps], values: FloatArray, table: SuiteTable, weight: FloatArray
) -> tuple[list[Branches], FloatArray]:
    """Each value of a tag goes its own way, the rare ones together with items that lack it: the best
    assignments at many prices of an error, with sums."""
    found: list[Branches] = []
    sums = [np.zeros((4, 0))]
    review = table.stakes.review_cost_usd or 0.0
    paid = values[CALLS] + review * values[REVIEWS]
    scale = max(float(np.median(paid.mean(axis=1))), float(table.stakes.error_cost_usd or 0.0), 1e-9)
    least = max(LEAST_SUPPORT, LEAST_SHARE * table.n_items)
    for name, column in table.features.items():
        if column.dtype != object:
            continue
        held = [(v, column == v) for v in common_values(column, least)]
        rest = ~np.logical_or.reduce([mask for _, mask in held] or [np.zeros(table.n_items, dtype=bool)])
        if len(held) + bool(rest.any()) < 3:
            continue  # two ways are weighed already
        if not rest.any():
            rest, held = held[-1][1], held[:-1]
        parts = np.stack([*(mask for _, mask in held), rest]) * weight
        by_part = np.einsum("pn,qkn->qpk", parts, values, optimize=True)
        seen = set()
        for price in scale * np.geomspace(0.1, 1_000, 24):
            objective = by_part[CALLS] + review * by_part[REVIEWS] - price * by_part[SUCCESS]
            choice = tuple(int(i) for i in np.argmin(objective, axis=1))
            if len(set(choice)) < 2 or choice in seen:
                continue
            seen.add(choice)
            found.append(_assignment(name, held, choice, steps))
            sums.append(by_part[:, range(len(choice)), choice].sum(axis=1)[:, None])
    return found, np.concatenate(sums, axis=1)


def _assignment(
    name: str, held: list[tuple[str, BoolArray]], choice: tuple[int, ...], steps: list[Steps]
) -> Branches:
    """One branch a value, but none for a value that goes the way of all else."""
    branches: list[tuple[Rule, Steps]] = [
        ((Condition(feature=name, op="is", value=value),), steps[i])
        for (value, _), i in zip(held, choice, strict=False)
        if i != choice[-1]
    ]
    return (*branches, ((), steps[choice[-1]]))
