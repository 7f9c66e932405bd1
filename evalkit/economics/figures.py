"""All figures of one candidate at one suite, in one record: success, availability, cost, latency, tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.economics.cost import CostFigures, cost_figures
from evalkit.economics.evidence import ItemTable, groups, item_sums, item_table, read_samples
from evalkit.economics.latency import LatencyFigures, latency_figures
from evalkit.records import Candidate, Manifest, Stakes, clean_json, to_plain
from evalkit.stats import Interval, rate_interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenFigures:
    """Tokens of all samples together; None when one is unknown."""

    input_tokens: int | None
    cached_input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidateFigures:
    """The evidence on one candidate at one suite."""

    suite: str
    suite_version: str
    family: str
    candidate: str
    tier: str
    items: int
    """Items with a sample that was asked."""
    samples: int
    """Samples that were asked."""
    answered: int
    faulted: int
    not_asked: int
    retried: int
    """Samples that took more than one attempt."""
    success: Interval
    """Success rate over answered items, repeats averaged, with clusters and weights where there are any."""
    availability: Interval
    """Share of samples that brought an answer."""
    format_valid: Interval
    """Rate of answers that fit their form, right or wrong."""
    mean_score: float | None
    """Weighted mean score in [0, 1] over answered items; None without any."""
    cost: CostFigures
    latency: LatencyFigures
    tokens: TokenFigures
    error_kinds: Mapping[str, int]
    """Error kind -> answered samples, most frequent first."""
    fault_kinds: Mapping[str, int]
    """Error kind -> faulted samples."""
    critical: int
    """Critical items that were answered."""
    critical_failed: tuple[str, ...]
    """Of these, those that failed at least once."""
    simulated: int
    """Samples that are made up."""
    reused: int
    """Samples taken from another run."""

    @property
    def is_simulated(self) -> bool:
        """Whether any sample is made up; then every figure is to be read as such."""
        return self.simulated > 0

    @property
    def faulted_share(self) -> float:
        """Share of samples that brought no answer; 0 without samples."""
        return self.faulted / self.samples if self.samples else 0.0

    def to_json(self) -> dict[str, Any]:
        """The plain form; numbers that JSON lacks as text (`inf`)."""
        plain: dict[str, Any] = clean_json(to_plain(self))
        return plain


def figures(
    samples: pd.DataFrame,
    *,
    manifests: Sequence[Manifest] = (),
    confidence: float = 0.95,
) -> tuple[CandidateFigures, ...]:
    """One record for each suite × candidate in the samples, in order of appearance.

    Args:
        samples: Rows of the flat view.
        manifests: The runs they come from, newest first: stakes, prices and time limits.
        confidence: Of each interval.
    """
    stakes, candidates = _stakes(manifests), _candidates(manifests)
    return tuple(
        candidate_figures(
            group, stakes=stakes.get(suite), candidate=candidates.get(candidate), confidence=confidence
        )
        for suite, candidate, group in groups(read_samples(samples))
    )


def candidate_figures(
    group: pd.DataFrame,
    *,
    stakes: Stakes | None = None,
    candidate: Candidate | None = None,
    table: ItemTable | None = None,
    confidence: float = 0.95,
) -> CandidateFigures:
    """The figures of `group`, rows of `read_samples` of one suite and candidate."""
    table = item_table(group) if table is None else table
    replied = table.answered > 0
    success = _rate(table, table.success, confidence)
    answered, faulted = int(group["answered"].sum()), int(group["faulted"].sum())
    seen = group["answered"] | group["faulted"]
    latency = latency_figures(
        group,
        timeout_s=None if candidate is None else candidate.timeout_s,
        limit_s=None if stakes is None else stakes.latency_slo_s,
        confidence=confidence,
    )
    return CandidateFigures(
        suite=_first(group, "suite"),
        suite_version=_first(group, "suite_version"),
        family=_first(group, "family"),
        candidate=_first(group, "candidate"),
        tier=_first(group, "tier"),
        items=int((table.asked > 0).sum()),
        samples=answered + faulted,
        answered=answered,
        faulted=faulted,
        not_asked=len(group) - answered - faulted,
        retried=int((group["attempts"] > 1).sum()),
        success=success,
        availability=_availability(table, confidence),
        format_valid=_rate(table, table.format_valid, confidence),
        mean_score=_mean(table.score[replied], table.weight[replied]),
        cost=_cost(group[seen], table, success, stakes, candidate, latency, confidence),
        latency=latency,
        tokens=_tokens(group[seen]),
        error_kinds=_kinds(group[group["answered"] & ~group["success"]]),
        fault_kinds=_kinds(group[group["faulted"]]),
        critical=int((table.critical & replied).sum()),
        critical_failed=tuple(str(i) for i in table.ids[table.critical & replied & (table.success < 1)]),
        simulated=int(group["simulated"].sum()),
        reused=int(group["reused_from"].notna().sum()),
    )


def error_rate(success: Interval) -> Interval:
    """The rate of wrong answers that a success rate leaves."""
    return Interval(
        estimate=1 - success.estimate,
        low=1 - success.high,
        high=1 - success.low,
        confidence=success.confidence,
        n=success.n,
        method=success.method,
    )


def _rate(table: ItemTable, values: np.ndarray, confidence: float) -> Interval:
    kept = ~np.isnan(values)
    clusters, weights = table.clusters, table.weights
    return rate_interval(
        values[kept],
        clusters=None if clusters is None else clusters[kept],
        weights=None if weights is None else weights[kept],
        confidence=confidence,
    )


def _availability(table: ItemTable, confidence: float) -> Interval:
    asked = table.asked > 0
    shares = table.answered[asked] / table.asked[asked]
    return rate_interval(shares, confidence=confidence)


def _cost(
    seen: pd.DataFrame,
    table: ItemTable,
    success: Interval,
    stakes: Stakes | None,
    candidate: Candidate | None,
    latency: LatencyFigures,
    confidence: float,
) -> CostFigures:
    table = table if len(table.codes) == len(seen) else item_table(seen)
    return cost_figures(
        table,
        item_sums(table, seen["cost_usd"].to_numpy(dtype=np.float64)),
        item_sums(table, seen["success"].to_numpy(dtype=np.float64)),
        error_rate=error_rate(success) if success.n else None,
        stakes=stakes,
        price=None if candidate is None else candidate.price,
        requests_per_s=requests_per_s(seen, candidate, latency),
        confidence=confidence,
    )


def requests_per_s(seen: pd.DataFrame, candidate: Candidate | None, latency: LatencyFigures) -> float | None:
    """Requests a second that this run saw: those in flight over the mean service time (Little's law).

    Unknown at a stated rate: its slots need not have been busy.
    """
    if candidate is None or latency.service_s is None or len(latency.loads) > 1:
        return None
    if any(load.startswith("rate=") for load in latency.loads):
        return None
    mean = float(np.nanmean(seen["latency_s"].to_numpy(dtype=np.float64)))
    return candidate.concurrency / mean if mean > 0 else None


def _tokens(seen: pd.DataFrame) -> TokenFigures:
    def total(name: str) -> int | None:
        values = seen[name].to_numpy(dtype=np.float64)
        return None if not len(values) or np.isnan(values).any() else int(values.sum())

    return TokenFigures(
        input_tokens=total("input_tokens"),
        cached_input_tokens=total("cached_input_tokens"),
        output_tokens=total("output_tokens"),
        reasoning_tokens=total("reasoning_tokens"),
    )


def _kinds(failed: pd.DataFrame) -> dict[str, int]:
    counts = failed["error_kind"].fillna("unknown").value_counts()
    return {str(k): int(n) for k, n in sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))}


def _mean(values: np.ndarray, weights: np.ndarray) -> float | None:
    known = ~np.isnan(values)
    if not known.any() or not weights[known].sum():
        return None
    return float(np.average(values[known], weights=weights[known]))


def _first(group: pd.DataFrame, name: str) -> str:
    value = group[name].iloc[0] if len(group) else None
    return "" if value is None else str(value)


def _stakes(manifests: Sequence[Manifest]) -> dict[str, Stakes]:
    return {entry.name: entry.stakes for manifest in reversed(manifests) for entry in manifest.suites}


def _candidates(manifests: Sequence[Manifest]) -> dict[str, Candidate]:
    return {
        entry.candidate.name: entry.candidate
        for manifest in reversed(manifests)
        for entry in manifest.candidates
    }
