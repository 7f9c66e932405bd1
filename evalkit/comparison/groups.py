"""The difference of success of one group of pairs: a suite, a slice, a family, or all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evalkit.comparison.pairs import Pairs
from evalkit.economics.evidence import BoolArray, Codes, FloatArray, some_clusters, tags_of
from evalkit.stats import (
    Interval,
    Judgement,
    PairedDifference,
    benjamini_hochberg,
    judge,
    paired_difference,
    rate_interval,
)

Scope = Literal["suite", "slice", "family", "overall"]


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupComparison:
    """Success of both sides on the pairs of one group."""

    scope: Scope
    name: str
    """The suite, `tag=value`, the family, or `overall`."""
    success_a: Interval
    success_b: Interval
    difference: PairedDifference
    """Second minus first."""
    margin: float
    judgement: Judgement
    exploring_p: float | None = None
    """Of slices: two-sided p of a difference, adjusted for the slices looked at (Benjamini and Hochberg).
    It points to where to look, it decides nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PairedSuccesses:
    """Paired successes with how they hang together. Shapes (n_pairs,)."""

    a: FloatArray
    b: FloatArray
    clusters: Codes | None
    weights: FloatArray | None

    def __getitem__(self, keep: BoolArray) -> PairedSuccesses:
        return PairedSuccesses(
            a=self.a[keep],
            b=self.b[keep],
            clusters=None if self.clusters is None else self.clusters[keep],
            weights=None if self.weights is None else self.weights[keep],
        )


def outcomes(pairs: Pairs) -> PairedSuccesses:
    """The outcomes of one suite's pairs."""
    return PairedSuccesses(
        a=pairs.success_a, b=pairs.success_b, clusters=pairs.clusters, weights=pairs.weights
    )


def pool_successes(parts: Sequence[Pairs]) -> PairedSuccesses:
    """The outcomes of several suites together; clusters of different suites never meet."""
    numbers, next_number = [], 0
    for pairs in parts:
        own = pairs.b.table.cluster[pairs.at_b]
        numbers.append(own + next_number)
        next_number += int(pairs.b.table.cluster.max(initial=0)) + 1
    weights = [pairs.b.table.weight[pairs.at_b] for pairs in parts]
    return PairedSuccesses(
        a=np.concatenate([p.success_a for p in parts]),
        b=np.concatenate([p.success_b for p in parts]),
        clusters=some_clusters(np.concatenate(numbers)),
        weights=np.concatenate(weights),
    )


def compare_group(
    scope: Scope, name: str, group: PairedSuccesses, *, margin: float, confidence: float
) -> GroupComparison:
    """Compares one group."""
    difference = _difference(group, confidence)
    return GroupComparison(
        scope=scope,
        name=name,
        success_a=_rate(group, group.a, confidence),
        success_b=_rate(group, group.b, confidence),
        difference=difference,
        margin=margin,
        judgement=judge(difference.interval, margin),
    )


def compare_slices(pairs: Pairs, *, margin: float, confidence: float) -> tuple[GroupComparison, ...]:
    """Each `tag=value` of the suite's items, in order of tag and value, with p-values for exploring."""
    whole = outcomes(pairs)
    found, p_values = [], []
    for name, keep in slices(pairs):
        group = whole[keep]
        found.append(compare_group("slice", name, group, margin=margin, confidence=confidence))
        swapped = PairedSuccesses(a=group.b, b=group.a, clusters=group.clusters, weights=group.weights)
        mirrored = _difference(swapped, confidence)
        p_values.append(min(1.0, 2 * min(found[-1].difference.fail_p, mirrored.fail_p)))
    adjusted = benjamini_hochberg(p_values) if p_values else ()
    return tuple(replace(g, exploring_p=float(p)) for g, p in zip(found, adjusted, strict=True))


def slices(pairs: Pairs) -> Iterable[tuple[str, BoolArray]]:
    """Name and membership (n_pairs,) of each tag's values."""
    cells = pairs.b.rows["tags"].to_numpy(dtype=object)[pairs.b.table.first[pairs.at_b]]
    members: dict[tuple[str, str], list[int]] = {}
    for k, cell in enumerate(cells):
        for tag, value in tags_of(cell).items():
            members.setdefault((tag, value), []).append(k)
    for tag, value in sorted(members):
        keep = np.zeros(len(pairs), dtype=bool)
        keep[members[tag, value]] = True
        yield f"{tag}={value}", keep


def _difference(group: PairedSuccesses, confidence: float) -> PairedDifference:
    return paired_difference(
        group.a, group.b, clusters=group.clusters, weights=group.weights, confidence=confidence
    )


def _rate(group: PairedSuccesses, values: FloatArray, confidence: float) -> Interval:
    return rate_interval(values, clusters=group.clusters, weights=group.weights, confidence=confidence)
