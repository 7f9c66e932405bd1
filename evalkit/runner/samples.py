"""From a sample's attempts to its record: cleaned, scored, summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evalkit.families import Scorer, fault_score
from evalkit.records import (
    Answer,
    Attempt,
    Candidate,
    Item,
    Request,
    Sample,
    SuiteEntry,
    ToolCall,
    Usage,
    clean_json,
    clean_text,
    content_hash,
)
from evalkit.runner.retry import Outcome


def make_sample(
    entry: SuiteEntry, candidate: Candidate, item: Item, request: Request, outcome: Outcome, score: Scorer
) -> Sample:
    """The sample that an outcome makes; a faulted one is scored as a fault, never as a wrong answer."""
    first = outcome.attempts[0]
    shared: dict[str, Any] = {
        "suite": entry.name,
        "suite_version": entry.suite_version,
        "item_id": item.id,
        "candidate": candidate.name,
        "repeat": request.repeat,
        "requested_fingerprint": candidate.requested_fingerprint,
        "prompt_hash": request.prompt_hash,
        "request_hash": request.request_hash,
        "seed": request.decoding.seed,
        "constraint_asked": request.constraint.kind,
        "usage": total_usage(outcome.attempts),
        "cost_usd": total_cost(outcome.attempts),
        "price_id": outcome.attempts[-1].price_id,
        "latency_s": first.latency_s,
        "e2e_latency_s": outcome.e2e_latency_s,
        "attempts": len(outcome.attempts),
        "load": f"concurrency={candidate.concurrency}",
        "simulated": candidate.simulated,
        "started_at": first.started_at,
    }
    if outcome.answer is None:
        assert outcome.fault is not None  # noqa: S101 - an outcome has one of the two
        return Sample(
            **shared,
            status="faulted",
            fault=outcome.fault.kind,
            score=fault_score(outcome.fault, entry.scorer_hash),
        )
    answer = clean_answer(outcome.answer)
    return Sample(
        **(shared | {"simulated": answer.simulated or candidate.simulated}),
        status="answered",
        observed_fingerprint=_observed(answer),
        constraint_enforced=answer.enforced,
        output=answer.text,
        tool_calls=answer.tool_calls,
        refusal=answer.refusal,
        finish_reason=answer.finish_reason,
        confidence=answer.confidence,
        ttft_s=first.ttft_s,
        score=replace(score(item, answer), scorer_hash=entry.scorer_hash),
    )


def total_usage(attempts: Sequence[Attempt]) -> Usage:
    """Tokens over all attempts; an attempt that brought no answer and was not billed counts none."""
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


def _observed(answer: Answer) -> str | None:
    if answer.model_reported is None and answer.system_fingerprint is None:
        return None
    return content_hash(answer.model_reported, answer.system_fingerprint)
