"""How long answers take: quantiles of service and end-to-end time, time to first token, tokens per second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from evalkit.economics.evidence import BoolArray, FloatArray
from evalkit.stats import Interval, quantile_interval, rate_interval

if TYPE_CHECKING:
    import pandas as pd

QUANTILES: Mapping[str, float] = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantiles:
    """The quantiles of one measure, each with bounds that hold on their own; infinite where nothing bounds
    them."""

    n: int
    """Values behind them."""
    p50: Interval
    p90: Interval
    p95: Interval
    p99: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitFigures:
    """How times stand against a limit."""

    limit_s: float
    within: Interval
    """Share of the answers that came within it."""
    p95: Literal["met", "missed", "open"]
    """`met`: the upper bound of p95 is within the limit; `missed`: the lower bound is beyond it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LatencyFigures:
    """Times of one candidate at one suite, by the client's clock; None where nothing was measured."""

    service_s: Quantiles | None
    """Of first attempts: first byte sent to last byte read, in seconds."""
    end_to_end_s: Quantiles | None
    """Retries and waits between them included, in seconds."""
    ttft_s: Quantiles | None
    """Time to the first token, in seconds, where answers were streamed."""
    output_tokens_per_s: Quantiles | None
    """Output tokens over service time, of answers that took one attempt."""
    timed_out: int
    """Samples that ran into the time limit; they count as at least the limit."""
    loads: tuple[str, ...]
    """The stated loads; more than one cannot be put into one figure honestly."""
    limit: LimitFigures | None = None
    """End-to-end times held against the suite's `latency_slo_s`; None without one."""


def latency_figures(
    group: pd.DataFrame,
    *,
    timeout_s: float | None = None,
    limit_s: float | None = None,
    confidence: float = 0.95,
) -> LatencyFigures:
    """The times of `group`, rows of `read_samples` of one suite and candidate, held against `limit_s`.

    A sample that ended in a time-out counts as at least `timeout_s` (infinite, when no limit is known);
    other faults belong to availability and leave the times.
    """
    answered = group["answered"].to_numpy(dtype=bool)
    service = times(group, "latency_s", timeout_s=timeout_s)
    end_to_end = times(group, "e2e_latency_s", timeout_s=timeout_s)
    ttft = group["ttft_s"].to_numpy(dtype=np.float64)[answered]
    return LatencyFigures(
        service_s=quantiles(service, confidence),
        end_to_end_s=quantiles(end_to_end, confidence),
        ttft_s=quantiles(ttft, confidence),
        output_tokens_per_s=quantiles(_speeds(group, answered), confidence),
        timed_out=int(_find_timeouts(group).sum()),
        loads=tuple(sorted({str(v) for v in group["load"].unique() if v is not None})),
        limit=None if limit_s is None else against_limit(end_to_end, limit_s, confidence),
    )


def against_limit(values: FloatArray, limit_s: float, confidence: float = 0.95) -> LimitFigures | None:
    """How end-to-end times (n,) stand against a limit, NaN left out; None without any."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    p95 = quantile_interval(known, 0.95, confidence=confidence)
    open_or_missed: Literal["missed", "open"] = "missed" if p95.low > limit_s else "open"
    return LimitFigures(
        limit_s=limit_s,
        within=rate_interval(known <= limit_s, confidence=confidence),
        p95="met" if p95.high <= limit_s else open_or_missed,
    )


def quantiles(values: FloatArray, confidence: float = 0.95) -> Quantiles | None:
    """The quantiles of values (n,), NaN left out; None without any."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    found = {name: quantile_interval(known, q, confidence=confidence) for name, q in QUANTILES.items()}
    return Quantiles(n=len(known), **found)


def times(group: pd.DataFrame, column: str, *, timeout_s: float | None = None) -> FloatArray:
    """The values of `latency_s` or `e2e_latency_s` that count, time-outs as at least the limit; NaN where
    none was taken."""
    timed_out = _find_timeouts(group)
    values = group[column].to_numpy(dtype=np.float64)
    # fmax: the limit counts also where no time was taken.
    at_least = np.fmax(values, np.inf if timeout_s is None else timeout_s)
    counted = timed_out | group["answered"].to_numpy(dtype=bool)
    kept: FloatArray = np.where(timed_out, at_least, values)[counted]
    return kept


def _find_timeouts(group: pd.DataFrame) -> BoolArray:
    return ((group["error_kind"] == "timed_out") & group["faulted"]).to_numpy(dtype=bool)


def _speeds(group: pd.DataFrame, answered: BoolArray) -> FloatArray:
    once = answered & (group["attempts"].to_numpy(dtype=np.float64) <= 1)
    tokens = group["output_tokens"].to_numpy(dtype=np.float64)[once]
    seconds = group["latency_s"].to_numpy(dtype=np.float64)[once]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(seconds > 0, tokens / seconds, np.nan)
