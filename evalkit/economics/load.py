"""What a server bears: throughput and latency at each load, the knee, the highest load within the limit.

The knee is where the throughput stops following the offered load. An open loop has two asymptotes: what
comes out is what goes in, until it is all that the server can do (P. Denning, J. Buzen, "The Operational
Analysis of Queueing Network Models", ACM Computing Surveys 10(3), 1978, section 6); the knee is where they
meet. It is therefore the most that came out in any step, once a step was offered more than came out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from evalkit.economics.cost import machines_needed
from evalkit.economics.evidence import BoolArray, FloatArray, ObjectArray
from evalkit.economics.latency import LimitFigures, Quantiles, against_limit, quantiles
from evalkit.records import Attempt, Sample, Stakes, clean_json, to_plain

FELL_BEHIND = 0.05
"""Share of a step's requests by which its queue must grow before it was offered more than can be served."""
LEAST_SPAN = 10.0
"""A step must last so many times the fastest answer, or its queue may still be filling."""
MOST_FAULTED = 0.01
"""Faulted share above which a step is within no limit: refused requests are quick."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadStep:
    """One step as it was seen, one entry a request. Shapes (n_requests,)."""

    rate_per_s: float
    """The offered load, as asked for."""
    suite: ObjectArray
    due_s: FloatArray
    """When it was due, in seconds since any one moment."""
    ended_s: FloatArray
    """When it was answered or given up, since the same moment."""
    answered: BoolArray
    timed: BoolArray
    """Whether its times count: answered, or timed out; other faults leave the times."""
    measured: BoolArray
    """False in the warm-up."""
    service_s: FloatArray
    """Of its first attempt."""
    late_s: FloatArray
    """From when it was due to when it was sent."""
    ttft_s: FloatArray
    output_tokens: FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class StepFigures:
    """The figures of one step, its warm-up left out."""

    rate_per_s: float
    """The offered load, as asked for."""
    requests: int
    faulted: int
    span_s: float
    """From the first measured arrival to the last."""
    offered_per_s: float
    """Requests that came in that span, a second."""
    achieved_per_s: float
    """Answers that were finished in that span, a second."""
    in_flight: tuple[int, int]
    """Requests that were in flight at its begin and at its end."""
    kept_up: bool | None
    """Whether the server kept up with what came; None where the step is too short to tell."""
    output_tokens_per_s: float | None
    """Of the answers finished in that span; None when a count is unknown."""
    service_s: Quantiles | None
    """From sending to the last byte, of first attempts."""
    end_to_end_s: Quantiles | None
    """From when a request was due to its answer: waiting and retries included."""
    ttft_s: Quantiles | None
    inter_token_s: Quantiles | None
    """Time between two tokens after the first, the mean of each answer."""
    late_s: Quantiles | None
    """How late requests were sent: a rate limit, or a client that cannot keep up."""
    limits: Mapping[str, LimitFigures] = field(default_factory=dict)
    """Suite -> end-to-end times against its `latency_slo_s`."""

    @property
    def within_limit(self) -> bool | None:
        """Whether it kept up within every limit; None without a limit or where that is open."""
        if not self.limits:
            return None
        if self.kept_up is False or self.faulted > MOST_FAULTED * self.requests:
            return False
        found = {limit.p95 for limit in self.limits.values()}
        if "missed" in found:
            return False
        return True if found == {"met"} and self.kept_up else None


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadFigures:
    """What one candidate bears."""

    candidate: str
    steps: tuple[StepFigures, ...]
    """By offered load."""
    knee_per_s: float | None
    """The most that it serves, in requests a second; None where no step was offered more."""
    kept_up_at_per_s: float | None
    """The highest offered load that it kept up with."""
    fell_behind_at_per_s: float | None
    """The lowest that it did not keep up with."""
    within_limit_at_per_s: float | None
    """The highest offered load whose p95 is within every suite's limit; None without limit or such a step."""
    volume_per_month: int | None
    """Of all its suites; None when one does not say."""
    machines_at_knee: int | None
    """Machines that serve this volume, coming evenly, each at its knee."""
    machines_within_limit: int | None
    """Machines that serve it within the limit."""

    def to_json(self) -> dict[str, Any]:
        """The plain form; numbers that JSON lacks as text (`inf`)."""
        plain: dict[str, Any] = clean_json(to_plain(self))
        return plain


def load_figures(candidate: str, steps: Sequence[LoadStep], stakes: Mapping[str, Stakes]) -> LoadFigures:
    """The figures of a sweep; `stakes` are those of each suite that was asked."""
    fastest_s = min(
        (float(np.nanmin(s.service_s[s.answered])) for s in steps if s.answered.any()), default=0.0
    )
    limits = {name: s.latency_slo_s for name, s in stakes.items() if s.latency_slo_s is not None}
    found = tuple(sorted((step_figures(s, limits, fastest_s) for s in steps), key=lambda f: f.rate_per_s))
    kept = [f.rate_per_s for f in found if f.kept_up]
    behind = [f.rate_per_s for f in found if f.kept_up is False]
    knee = max(f.achieved_per_s for f in found) if behind else None
    within = _highest_within(found)
    volume = _volume(stakes)
    return LoadFigures(
        candidate=candidate,
        steps=found,
        knee_per_s=knee,
        kept_up_at_per_s=max(kept, default=None),
        fell_behind_at_per_s=min(behind, default=None),
        within_limit_at_per_s=within,
        volume_per_month=volume,
        machines_at_knee=_machines(volume, knee),
        machines_within_limit=_machines(volume, within),
    )


def step_figures(step: LoadStep, limits: Mapping[str, float], fastest_s: float) -> StepFigures:
    """The figures of one step; `fastest_s` is the fastest answer of the whole sweep."""
    measured, counted = step.measured, step.measured & step.timed
    due = np.sort(step.due_s[measured])
    begin, end = (float(due[0]), float(due[-1])) if len(due) else (0.0, 0.0)
    span_s = end - begin
    within = (step.ended_s > begin) & (step.ended_s <= end)
    came = max(0, len(due) - 1)
    in_flight = _in_flight(step, begin), _in_flight(step, end)
    tokens = step.output_tokens[within & step.answered]
    e2e = step.ended_s - step.due_s
    times = {suite: e2e[counted & (step.suite == suite)] for suite in limits}
    against = {suite: against_limit(times[suite], limits[suite]) for suite in limits}
    return StepFigures(
        rate_per_s=step.rate_per_s,
        requests=len(due),
        faulted=int((measured & ~step.answered).sum()),
        span_s=span_s,
        offered_per_s=came / span_s if span_s else math.nan,
        achieved_per_s=float((within & step.answered).sum()) / span_s if span_s else math.nan,
        in_flight=in_flight,
        kept_up=None if span_s < LEAST_SPAN * fastest_s or not came else _keeps_up(came, in_flight),
        output_tokens_per_s=None if np.isnan(tokens).any() or not span_s else float(tokens.sum()) / span_s,
        service_s=quantiles(step.service_s[counted]),
        end_to_end_s=quantiles(e2e[counted]),
        ttft_s=quantiles(step.ttft_s[counted]),
        inter_token_s=quantiles(_inter_token(step)[counted]),
        late_s=quantiles(np.maximum(step.late_s[measured], 0.0)),
        limits={suite: figures for suite, figures in against.items() if figures is not None},
    )


def read_step(rate_per_s: float, samples: Iterable[Sample], attempts: Iterable[Attempt]) -> LoadStep:
    """A step from the journal of its run, of one candidate.

    The attempts have the times: a sample of the warm-up keeps none, and yet takes its place in the queue.
    """
    tried: dict[tuple[str, str, str, int], list[Attempt]] = {}
    for attempt in attempts:
        key = (attempt.suite, attempt.item_id, attempt.candidate, attempt.repeat)
        tried.setdefault(key, []).append(attempt)
    rows = [(s, tried[s.key]) for s in samples if tried.get(s.key) and s.reused_from is None]
    began = [_seconds(s.started_at) for s, _ in rows]
    ended = [_seconds(a[-1].started_at) + (a[-1].latency_s or 0.0) for _, a in rows]
    start = min(began, default=0.0)
    answered = np.array([s.status == "answered" for s, _ in rows], dtype=bool)
    return LoadStep(
        rate_per_s=rate_per_s,
        suite=np.array([s.suite for s, _ in rows], dtype=object),
        due_s=np.array(began, dtype=np.float64) - start,
        ended_s=np.array(ended, dtype=np.float64) - start,
        answered=answered,
        timed=answered | np.array([s.fault == "timed_out" for s, _ in rows], dtype=bool),
        measured=np.array([s.e2e_latency_s is not None for s, _ in rows], dtype=bool),
        service_s=_numbers(a[0].latency_s for _, a in rows),
        late_s=_numbers(a[0].queued_s for _, a in rows),
        ttft_s=_numbers(a[0].ttft_s for _, a in rows),
        output_tokens=_numbers(s.usage.output_tokens for s, _ in rows),
    )


def _in_flight(step: LoadStep, moment: float) -> int:
    return int(((step.due_s <= moment) & (step.ended_s > moment)).sum())


def _keeps_up(came: int, in_flight: tuple[int, int]) -> bool:
    """Whether the queue did not grow by more than a small share, nor by more than its own chance variation:
    about the root of its length, as of any count of independent arrivals."""
    growth = in_flight[1] - in_flight[0]
    return growth <= max(FELL_BEHIND * came, 2.0 * math.sqrt(sum(in_flight)))


def _inter_token(step: LoadStep) -> FloatArray:
    gaps = step.output_tokens - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gaps > 0, (step.service_s - step.ttft_s) / gaps, np.nan)


def _highest_within(found: Sequence[StepFigures]) -> float | None:
    """The highest load within the limit, below the first that is not."""
    highest = None
    for step in found:
        if step.within_limit is False:
            break
        highest = step.rate_per_s if step.within_limit else highest
    return highest


def _volume(stakes: Mapping[str, Stakes]) -> int | None:
    volumes = [s.volume_per_month for s in stakes.values()]
    return None if not volumes or any(v is None for v in volumes) else sum(v or 0 for v in volumes)


def _machines(volume: int | None, rate_per_s: float | None) -> int | None:
    return machines_needed(volume, rate_per_s) if volume is not None and rate_per_s else None


def _numbers(values: Iterable[float | None]) -> FloatArray:
    return np.array([math.nan if v is None else v for v in values], dtype=np.float64)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
