"""From a sample's attempts to its record: cleaned, scored, summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from evalkit.families import Scorer, fault_score
from evalkit.families.classification.calibration import with_confidence
from evalkit.records import (
    Answer,
    Attempt,
    Candidate,
    Item,
    Request,
    Sample,
    Score,
    SuiteEntry,
    ToolCall,
    Usage,
    clean_json,
    clean_text,
    content_hash,
    request_hasher,
)
from evalkit.runner.retry import AttemptOutcome


class SampleMaker:
    """Makes one candidate's samples of one suite; what is the same for all of them is worked out once."""

    def __init__(
        self, entry: SuiteEntry, candidate: Candidate, score: Scorer, load: str | None = None
    ) -> None:
        self._entry = entry
        self._candidate = candidate
        self._score = score
        self._request_hash = request_hasher()
        self._fixed: dict[str, Any] = {
            "suite": entry.name,
            "suite_version": entry.suite_version,
            "candidate": candidate.name,
            "requested_fingerprint": candidate.requested_fingerprint,
        }
        self._load = load or f"concurrency={candidate.concurrency}"

    def from_outcome(self, item: Item, request: Request, outcome: AttemptOutcome) -> Sample:
        """The sample that an outcome makes; an answered one has no score yet, a faulted one is a fault."""
        first = outcome.attempts[0]
        told: dict[str, Any] = {
            **self._request_fields(item, request),
            "usage": total_usage(outcome.attempts),
            "cost_usd": total_cost(outcome.attempts),
            "price_id": outcome.attempts[-1].price_id,
            "latency_s": first.latency_s,
            "e2e_latency_s": outcome.e2e_latency_s,
            "attempts": len(outcome.attempts),
            "load": self._load,
            "started_at": first.started_at,
        }
        if outcome.answer is None:
            assert outcome.fault is not None  # noqa: S101 - an outcome has one of the two
            return Sample(
                **told,
                status="faulted",
                fault=outcome.fault.kind,
                simulated=self._candidate.simulated,
                score=fault_score(outcome.fault, self._entry.scorer_hash),
            )
        answer = clean_answer(outcome.answer)
        return Sample(
            **told,
            status="answered",
            observed_fingerprint=_observe(answer),
            constraint_enforced=answer.enforced,
            output=answer.text,
            tool_calls=answer.tool_calls,
            refusal=answer.refusal,
            finish_reason=answer.finish_reason,
            confidence=answer.confidence,
            confidence_method=answer.confidence_method,
            label_mass_outside=answer.label_mass_outside,
            label_logprobs=answer.label_logprobs,
            greedy_labels=answer.greedy_labels,
            ttft_s=first.ttft_s,
            simulated=answer.simulated or self._candidate.simulated,
            server_metrics=answer.server_metrics or None,
        )

    def from_earlier(self, item: Item, request: Request, sample: Sample, run_id: str) -> Sample:
        """The sample of an earlier run's answer, to be scored anew.

        It keeps what the answer cost when it was asked for, and none of its times: they belong to another
        day and another load.
        """
        return replace(
            sample,
            **self._request_fields(item, request),
            latency_s=None,
            e2e_latency_s=None,
            ttft_s=None,
            server_metrics=None,
            attempts=0,
            load=None,
            reused_from=run_id,
            score=None,
        )

    def score(self, item: Item, sample: Sample) -> Score:
        """The score of a sample's answer; it may take long."""
        return self._score(item, sample.answer)

    def with_score(self, sample: Sample, score: Score) -> Sample:
        """The sample with its score, and with the confidence in the label that the scorer read."""
        score = replace(score, scorer_hash=self._entry.scorer_hash)
        if sample.label_logprobs is None:
            return replace(sample, score=score)
        answer = with_confidence(sample.answer, score)
        return replace(
            sample, confidence=answer.confidence, label_mass_outside=answer.label_mass_outside, score=score
        )

    def _request_fields(self, item: Item, request: Request) -> dict[str, Any]:
        return {
            **self._fixed,
            "item_id": item.id,
            "repeat": request.repeat,
            "prompt_hash": request.prompt_hash,
            "request_hash": self._request_hash(request),
            "seed": request.decoding.seed,
            "constraint_asked": request.constraint.kind,
        }


def total_usage(attempts: Sequence[Attempt]) -> Usage:
    """Tokens over all attempts; an attempt that brought no answer and was not billed counts none."""
    if len(attempts) == 1 and attempts[0].status == "answered":
        return attempts[0].usage
    billed = [a.usage for a in attempts if a.status == "answered" or a.cost_usd != 0.0]

    def total(name: str) -> int | None:
        counts = [getattr(usage, name) for usage in billed]
        return None if not counts or any(c is None for c in counts) else sum(counts)

    return Usage(
        input_tokens=total("input_tokens"),
        cached_input_tokens=total("cached_input_tokens"),
        output_tokens=total("output_tokens"),
        reasoning_tokens=total("reasoning_tokens"),
    )


def total_cost(attempts: Sequence[Attempt]) -> float | None:
    """US dollars over all attempts; None when one is unknown."""
    costs = [a.cost_usd for a in attempts]
    return None if any(c is None for c in costs) else sum(c for c in costs if c is not None)


def clean_answer(answer: Answer) -> Answer:
    """The answer as UTF-8 and SQL can hold it, before it is scored: a rescore sees the same."""
    text = None if answer.text is None else clean_text(answer.text)
    refusal = None if answer.refusal is None else clean_text(answer.refusal)
    calls = tuple(
        ToolCall(
            name=clean_text(c.name),
            arguments=clean_json(c.arguments),
            raw=None if c.raw is None else clean_text(c.raw),
        )
        for c in answer.tool_calls
    )
    if text is answer.text and refusal is answer.refusal and not calls:
        return answer
    return replace(answer, text=text, refusal=refusal, tool_calls=calls)


def _observe(answer: Answer) -> str | None:
    if answer.model_reported is None and answer.system_fingerprint is None:
        return None
    return _fingerprint(answer.model_reported, answer.system_fingerprint)


@lru_cache(maxsize=64)
def _fingerprint(model: str | None, system: str | None) -> str:
    return content_hash(model, system)
