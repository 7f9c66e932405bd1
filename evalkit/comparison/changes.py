"""What else changed on the same pairs: error kinds, score, format, tokens, cost and latency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evalkit.comparison.pairs import Pairs, Side
from evalkit.economics.changes import cost_per_success_change, mean_change, median_ratio
from evalkit.economics.evidence import FloatArray, item_sums
from evalkit.stats import Interval, PairedDifference, paired_difference, score_difference
from evalkit.wording import tenths

Growth = Literal["appeared", "grew", "same", "shrank", "gone"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorKindChange:
    """How often one error kind happened on each side, over the pairs."""

    kind: str
    a: int
    """Answers of the first side that failed so."""
    b: int
    share_a: float
    """Weighted share of the items (means over repeats) that failed so."""
    share_b: float
    change: Growth
    """By the number of answers."""
    difference: PairedDifference
    """Second minus first, of that share; with weights or uneven repeats it can move against the number."""

    @property
    def counts(self) -> str:
        """The answers on both sides, and the shares where these move otherwise."""
        said = f"{self.a} → {self.b} answers"
        if np.sign(self.b - self.a) == np.sign(self.difference.difference):
            return said
        return f"{said}, {tenths(self.share_a)} → {tenths(self.share_b)} of the items as they are weighted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One measure on both sides and its paired change."""

    a: float | None
    """Mean (or, of cost per success, the ratio) on the first side; None when not known."""
    b: float | None
    change: Interval | None
    """Second minus first; of latencies the median ratio second / first. None when not known."""


def error_kind_changes(pairs: Pairs, confidence: float = 0.95) -> tuple[ErrorKindChange, ...]:
    """Every error kind that either side shows, those whose share grew most first."""
    kinds = sorted(_kinds(pairs.a) | _kinds(pairs.b))
    found = [error_kind_change(pairs, kind, confidence) for kind in kinds]
    return tuple(sorted((c for c in found if c.a or c.b), key=lambda c: (-c.difference.difference, c.kind)))


def error_kind_change(pairs: Pairs, kind: str, confidence: float = 0.95) -> ErrorKindChange:
    """How one error kind changed."""
    counts_a, counts_b = _counts(pairs.a, kind)[pairs.at_a], _counts(pairs.b, kind)[pairs.at_b]
    difference = paired_difference(
        counts_a / pairs.a.table.answered[pairs.at_a],
        counts_b / pairs.b.table.answered[pairs.at_b],
        clusters=pairs.clusters,
        weights=pairs.weights,
        confidence=confidence,
    )
    a, b = int(counts_a.sum()), int(counts_b.sum())
    return ErrorKindChange(
        kind=kind,
        a=a,
        b=b,
        share_a=difference.rate_a,
        share_b=difference.rate_b,
        change=_growth(a, b),
        difference=difference,
    )


def score_change(pairs: Pairs, rng: np.random.Generator, confidence: float = 0.95) -> Change:
    """The paired change of the mean score."""
    a, b = pairs.a.table.score[pairs.at_a], pairs.b.table.score[pairs.at_b]
    known = ~(np.isnan(a) | np.isnan(b))
    if not known.any():
        return Change(a=None, b=None, change=None)
    clusters, weights = pairs.clusters, pairs.weights
    change = score_difference(
        a[known],
        b[known],
        rng=rng,
        clusters=None if clusters is None else clusters[known],
        weights=None if weights is None else weights[known],
        confidence=confidence,
    )
    return Change(a=_mean(a, weights), b=_mean(b, weights), change=change)


def format_change(pairs: Pairs, confidence: float = 0.95) -> PairedDifference:
    """The paired change of the rate of answers that fit their form."""
    return paired_difference(
        pairs.a.table.format_valid[pairs.at_a],
        pairs.b.table.format_valid[pairs.at_b],
        clusters=pairs.clusters,
        weights=pairs.weights,
        confidence=confidence,
    )


def token_change(pairs: Pairs, column: str, confidence: float = 0.95) -> Change:
    """The paired change of tokens per sample."""
    a, b = _per_sample(pairs.a, column)[pairs.at_a], _per_sample(pairs.b, column)[pairs.at_b]
    change = mean_change(a, b, clusters=pairs.clusters, weights=pairs.weights, confidence=confidence)
    return Change(a=_mean(a, pairs.weights), b=_mean(b, pairs.weights), change=change)


def cost_change(pairs: Pairs, rng: np.random.Generator, confidence: float = 0.95) -> Change:
    """The paired change of cost per success, in US dollars."""
    a, b = _cost(pairs.a, pairs.at_a), _cost(pairs.b, pairs.at_b)
    weights = pairs.weights
    change = cost_per_success_change(
        a, b, rng=rng, clusters=pairs.clusters, weights=weights, confidence=confidence
    )
    return Change(a=_cost_ratio(*a, weights), b=_cost_ratio(*b, weights), change=change)


def latency_change(pairs: Pairs, column: str, confidence: float = 0.95) -> Change:
    """Median times of both sides, and the median over items of their ratio."""
    a, b = _per_answer(pairs.a, column)[pairs.at_a], _per_answer(pairs.b, column)[pairs.at_b]
    return Change(a=_median(a), b=_median(b), change=median_ratio(a, b, confidence=confidence))


def _kinds(one: Side) -> set[str]:
    rows = one.rows
    return {str(k) for k in rows.loc[rows["answered"], "error_kind"].unique() if k is not None}


def _counts(one: Side, kind: str) -> FloatArray:
    hit = ((one.rows["error_kind"] == kind) & one.rows["answered"]).to_numpy(dtype=np.float64)
    return item_sums(one.table, hit)


def _growth(a: int, b: int) -> Growth:
    if not a or not b:
        return "appeared" if b else "gone" if a else "same"
    return "grew" if b > a else "shrank" if b < a else "same"


def _per_sample(one: Side, column: str) -> FloatArray:
    return item_sums(one.table, one.rows[column].to_numpy(dtype=np.float64)) / np.maximum(one.table.asked, 1)


def _per_answer(one: Side, column: str) -> FloatArray:
    answered = one.rows["answered"].to_numpy(dtype=bool)
    sums = item_sums(one.table, one.rows[column].to_numpy(dtype=np.float64), answered)
    return np.where(one.table.answered > 0, sums / np.maximum(one.table.answered, 1), np.nan)


def _cost(one: Side, at: np.ndarray[Any, Any]) -> tuple[FloatArray, FloatArray]:
    costs = item_sums(one.table, one.rows["cost_usd"].to_numpy(dtype=np.float64))[at]
    return costs, item_sums(one.table, one.rows["success"].to_numpy(dtype=np.float64))[at]


def _cost_ratio(costs: FloatArray, successes: FloatArray, weights: FloatArray | None) -> float | None:
    weights = np.ones(len(costs)) if weights is None else weights
    if not len(costs) or np.isnan(costs).any():
        return None
    won = float(weights @ successes)
    return float(weights @ costs) / won if won else float("inf")


def _mean(values: FloatArray, weights: FloatArray | None) -> float | None:
    known = ~np.isnan(values)
    if not known.any():
        return None
    return float(np.average(values[known], weights=None if weights is None else weights[known]))


def _median(values: FloatArray) -> float | None:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else None
