"""One sample's attempts: ask, wait, ask again, until an answer or the last fault."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from evalkit.backends import Backend
from evalkit.prices import UNKNOWN, Priced, price_answer
from evalkit.records import Answer, Attempt, Candidate, Fault, Request, Usage

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0

_UNBILLED = frozenset(
    {"rate_limited", "server_error", "rejected", "unauthorized", "unsupported", "recorded", "crashed"}
)
"""Faults for which nobody charges; after any other the cost is unknown unless the server said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one sample's attempts."""

    answer: Answer | None
    fault: Fault | None
    """The last fault, when there is no answer."""
    attempts: tuple[Attempt, ...]
    e2e_latency_s: float
    """From the first attempt's start to the end, waits included, in seconds."""


async def ask_until_answered(backend: Backend, request: Request, rng: random.Random) -> Outcome:
    """Asks up to `candidate.max_attempts` times; never raises a fault, returns the last one instead."""
    candidate = backend.candidate
    began = time.monotonic()
    attempts: list[Attempt] = []
    while True:
        number = len(attempts) + 1
        result, attempt, before_s = await _attempt(backend, request, number, began)
        attempts.append(attempt)
        if isinstance(result, Answer) or not result.retryable or number >= candidate.max_attempts:
            answered = isinstance(result, Answer)
            return Outcome(
                answer=result if isinstance(result, Answer) else None,
                fault=None if answered else result,  # type: ignore[arg-type]  # narrowed by `answered`
                attempts=tuple(attempts),
                e2e_latency_s=before_s + (attempt.latency_s or 0.0),
            )
        await asyncio.sleep(wait_s(number, result.retry_after_s, rng))


def wait_s(failed_attempts: int, retry_after_s: float | None, rng: random.Random) -> float:
    """How long to wait before asking again, in seconds.

    What the server asked for, else exponential backoff with full jitter (M. Brooker, "Exponential Backoff And
    Jitter", AWS Architecture Blog 2015): uniform between 0 and the doubled wait, at most `LONGEST_WAIT_S`.
    """
    if retry_after_s is not None:
        return retry_after_s + rng.uniform(0.0, 0.1)
    return rng.uniform(0.0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0**failed_attempts))


async def _attempt(
    backend: Backend, request: Request, number: int, began: float
) -> tuple[Answer | Fault, Attempt, float]:
    """One attempt with its record, and the seconds that had passed before it began."""
    started, started_at = time.monotonic(), datetime.now(UTC)
    result = await _ask_once(backend, request)
    elapsed_s = time.monotonic() - started
    answered = isinstance(result, Answer)
    latency_s = result.latency_s if isinstance(result, Answer) and result.latency_s is not None else elapsed_s
    priced = _price(backend.candidate, result, latency_s, started_at)
    attempt = Attempt(
        suite=request.suite,
        item_id=request.item_id,
        candidate=backend.candidate.name,
        repeat=request.repeat,
        attempt=number,
        status="answered" if answered else "faulted",
        fault=result.kind if isinstance(result, Fault) else None,
        fault_message=result.message[:500] if isinstance(result, Fault) else None,
        http_status=result.http_status if isinstance(result, Fault) else None,
        started_at=started_at.isoformat(timespec="microseconds"),
        latency_s=latency_s,
        ttft_s=result.ttft_s if isinstance(result, Answer) else None,
        usage=result.usage,
        cost_usd=priced.cost_usd,
        price_id=priced.price_id,
    )
    return result, attempt, started - began


async def _ask_once(backend: Backend, request: Request) -> Answer | Fault:
    limit_s = backend.candidate.timeout_s
    try:
        async with asyncio.timeout(limit_s):
            return await backend.ask(request)
    except Fault as fault:
        return fault
    except TimeoutError:
        return Fault("timed_out", f"no whole answer within {limit_s:g} s")
    except Exception as error:  # noqa: BLE001 - a backend's bug must cost one sample, not the run
        return Fault("malformed_response", f"{type(error).__name__}: {error}")


def _price(candidate: Candidate, result: Answer | Fault, latency_s: float, at: datetime) -> Priced:
    if isinstance(result, Answer):
        return price_answer(candidate, result.usage, latency_s, reported_usd=result.cost_usd, at=at)
    if result.usage != Usage():
        return price_answer(candidate, result.usage, latency_s, at=at)
    if candidate.price.machine_usd_per_hour is not None:
        return price_answer(candidate, Usage(), latency_s)
    return Priced(0.0, "unbilled") if result.kind in _UNBILLED else UNKNOWN
