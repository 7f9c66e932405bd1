"""What a run would ask, cost and take, before anything is asked; what is not known stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from evalkit.families import compile_prompter
from evalkit.prices import price_answer
from evalkit.records import Candidate, Request, Usage
from evalkit.runner.plan import Plan
from evalkit.runner.retry import CHARACTERS_PER_TOKEN, estimate_tokens
from evalkit.runner.reuse import Earlier
from evalkit.runner.serving import add_seed

RULE_OF_THUMB = f"{CHARACTERS_PER_TOKEN} characters a token"
COUNTED = "as counted in earlier runs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """Means over what one candidate has answered of one suite in earlier runs; None where it is not known."""

    input_tokens: float | None = None
    output_tokens: float | None = None
    latency_s: float | None = None


History = Mapping[tuple[str, str], Past]
"""Requested fingerprint and suite -> what is known of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What one candidate would be asked. Retries come on top."""

    candidate: Candidate
    items: int
    requests: int
    """One for each item and repeat, reused answers taken off."""
    reused: int
    input_tokens: int
    input_basis: str
    """Where the count comes from."""
    output_tokens: int | None
    """None where neither earlier runs nor `max_tokens` say."""
    output_is_limit: bool
    """Whether that is the most there can be (`max_tokens`), not what is to be expected."""
    cost_usd: float | None
    """None when a price or a count is unknown; the most there can be where the output is."""
    seconds: float | None
    """None when nothing is known of its latency."""


def estimate(
    plan: Plan, history: History | None = None, earlier: Earlier | None = None
) -> tuple[Estimate, ...]:
    """One estimate for each of the plan's candidates."""
    return tuple(_of_candidate(plan, c, history or {}, earlier) for c in plan.candidates)


@dataclass(kw_only=True, slots=True)
class _Sum:
    """What comes together over one candidate's tasks."""

    requests: int = 0
    reused: int = 0
    input_tokens: float = 0.0
    output_tokens: float | None = 0.0
    cost_usd: float | None = 0.0
    busy_s: float | None = 0.0
    guessed: bool = False
    limited: bool = False

    def add(self, candidate: Candidate, request: Request, past: Past | None) -> None:
        """Counts one request."""
        usage, latency_s = self._usage(request, past), past.latency_s if past else None
        priced = price_answer(candidate, usage, latency_s, at=datetime.now(UTC))
        self.requests += 1
        self.input_tokens += usage.input_tokens or 0
        self.output_tokens = _plus(self.output_tokens, usage.output_tokens)
        self.cost_usd = _plus(self.cost_usd, priced.cost_usd)
        self.busy_s = _plus(self.busy_s, latency_s)

    def _usage(self, request: Request, past: Past | None) -> Usage:
        counted_in = past.input_tokens if past else None
        counted_out = past.output_tokens if past else None
        self.guessed = self.guessed or counted_in is None
        self.limited = self.limited or counted_out is None
        output = request.decoding.max_tokens if counted_out is None else round(counted_out)
        tokens = estimate_tokens(request) if counted_in is None else round(counted_in)
        return Usage(input_tokens=tokens, output_tokens=output)


def _of_candidate(plan: Plan, candidate: Candidate, history: History, earlier: Earlier | None) -> Estimate:
    at = {s.name: candidate.at(s.name) for s in plan.suites}
    fingerprints = {name: c.requested_fingerprint for name, c in at.items()}
    prompters = {s.name: compile_prompter(s, candidate) for s in plan.suites}
    total = _Sum()
    for task in plan.tasks(candidate):
        request = add_seed(prompters[task.suite](task.item, task.repeat))
        fingerprint = fingerprints[task.suite]
        if earlier and earlier.find(fingerprint, request):
            total.reused += 1
        else:
            total.add(at[task.suite], request, history.get((fingerprint, task.suite)))
    return Estimate(
        candidate=candidate,
        items=sum(map(len, plan.items.values())),
        requests=total.requests,
        reused=total.reused,
        input_tokens=round(total.input_tokens),
        input_basis=RULE_OF_THUMB if total.guessed else COUNTED,
        output_tokens=None if total.output_tokens is None else round(total.output_tokens),
        output_is_limit=total.limited and total.requests > 0,
        cost_usd=total.cost_usd,
        seconds=_seconds(candidate, total),
    )


def _seconds(candidate: Candidate, total: _Sum) -> float | None:
    """The time at full concurrency, and at least what the rate limits need."""
    if total.busy_s is None:
        return None
    limits = [total.busy_s / max(1, candidate.concurrency)]
    if candidate.requests_per_minute:
        limits.append(60 * total.requests / candidate.requests_per_minute)
    if candidate.tokens_per_minute:
        limits.append(60 * (total.input_tokens + (total.output_tokens or 0.0)) / candidate.tokens_per_minute)
    return max(limits)


def _plus(total: float | None, more: float | None) -> float | None:
    return None if total is None or more is None else total + more
