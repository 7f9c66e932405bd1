"""One sample's attempts: ask, wait, ask again, until an answer or the last fault."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from evalkit.backends import Backend
from evalkit.backends.secrets import Secrets
from evalkit.prices import UNKNOWN, Priced, price_answer
from evalkit.records import Answer, Attempt, Candidate, Fault, Request, Usage
from evalkit.runner.admission import Admission, Halted, wait_to_honour_s

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
LONGEST_SPREAD_S = 1.0
"""Those that were refused together come back within so many seconds, times a quarter of their attempts."""
CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English text, where nothing has been counted yet."""

_UNBILLED = frozenset(
    {"rate_limited", "server_error", "rejected", "unauthorized", "unsupported", "recorded", "crashed"}
)
"""Faults for which nobody charges; after any other the cost is unknown unless the server said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptOutcome:
    """What came of one sample's attempts."""

    answer: Answer | None
    fault: Fault | None
    """The last fault, when there is no answer."""
    attempts: tuple[Attempt, ...]
    e2e_latency_s: float | None
    """From the first attempt's start to the end, waits included, in seconds; in an open loop from when it was
    due. None where no time is known, as of a recording without times."""


@dataclass(kw_only=True, slots=True)
class Asking:
    """One sample's attempts while they are made; whoever cancels it finds them here."""

    backend: Backend
    request: Request
    admission: Admission
    seed: str
    """Seed of the jitter between attempts."""
    due_s: float | None = None
    """Monotonic time at which it should have been sent, in an open loop: whatever kept it is waiting too."""
    secrets: Secrets = field(default_factory=Secrets)
    """What no answer and no fault may hold when it is kept, whatever the backend lets through."""
    attempts: list[Attempt] = field(default_factory=list)
    began_s: list[float] = field(default_factory=list)
    """Monotonic times at which the attempts began."""
    failed_s: float | None = None
    """Monotonic time of the first fault."""

    async def until_answered(self) -> AttemptOutcome:
        """Asks up to `candidate.max_attempts` times; never raises a fault, returns the last one instead.

        Raises:
            Halted: The run was stopped before anything was sent.
        """
        most, last = self.backend.candidate.max_attempts, None
        while True:
            try:
                if last is not None:
                    await self.admission.pause(wait_s(len(self.attempts), last.retry_after_s, self._rng()))
                result = await self._attempt()
            except Halted:
                if last is None:
                    raise
                return self._outcome(last)
            if isinstance(result, Answer) or not result.retryable or len(self.attempts) >= most:
                return self._outcome(result)
            last = result

    async def _attempt(self) -> Answer | Fault:
        ticket = await self.admission.enter(self._tokens)
        started, started_at = time.monotonic(), datetime.now(UTC)
        self.began_s.append(started)
        result = await _ask_once(self.backend, self.request, self.secrets)
        self.admission.record_result(ticket, result, self.failed_s)
        if self.failed_s is None and isinstance(result, Fault):
            self.failed_s = time.monotonic()
        elapsed_s = time.monotonic() - started
        late_s = started - self.due_s if self.due_s is not None and not self.attempts else ticket.queued_s
        self.attempts.append(self._record(result, started_at, elapsed_s, late_s))
        return result

    def _record(
        self, result: Answer | Fault, started_at: datetime, elapsed_s: float, queued_s: float
    ) -> Attempt:
        request, candidate = self.request, self.backend.candidate
        answer = result if isinstance(result, Answer) else None
        fault = result if isinstance(result, Fault) else None
        latency_s = answer.latency_s if answer else None
        if latency_s is None and self.backend.capabilities.timed:
            latency_s = elapsed_s
        priced = _price(candidate, result, latency_s, started_at)
        return Attempt(
            suite=request.suite,
            item_id=request.item_id,
            candidate=candidate.name,
            repeat=request.repeat,
            attempt=len(self.attempts) + 1,
            status="answered" if answer else "faulted",
            fault=fault.kind if fault else None,
            fault_message=fault.message[:500] if fault else None,
            http_status=fault.http_status if fault else None,
            started_at=started_at.isoformat(timespec="microseconds"),
            queued_s=queued_s,
            latency_s=latency_s,
            ttft_s=answer.ttft_s if answer else None,
            usage=result.usage,
            cost_usd=priced.cost_usd,
            price_id=priced.price_id,
        )

    def _outcome(self, result: Answer | Fault) -> AttemptOutcome:
        last_s = self.attempts[-1].latency_s
        waited_s = self.began_s[-1] - (self.began_s[0] if self.due_s is None else self.due_s)
        answered = isinstance(result, Answer)
        return AttemptOutcome(
            answer=result if isinstance(result, Answer) else None,
            fault=None if answered else result,  # type: ignore[arg-type]  # narrowed by `answered`
            attempts=tuple(self.attempts),
            e2e_latency_s=None if last_s is None else waited_s + last_s,
        )

    def _tokens(self) -> int:
        return estimate_tokens(self.request)

    def _rng(self) -> random.Random:
        return random.Random(f"{self.seed}/{len(self.attempts)}")  # noqa: S311 - jitter, not a secret


def estimate_tokens(request: Request) -> int:
    """Input tokens by the rule of thumb, before any server has counted them."""
    characters = sum(len(str(m.get("content") or "")) for m in request.messages)
    if request.tools:
        characters += len(str(request.tools))
    return max(1, characters // CHARACTERS_PER_TOKEN)


def wait_s(failed_attempts: int, retry_after_s: float | None, rng: random.Random) -> float:
    """How long to wait before asking again, in seconds.

    What the server asked for, else exponential backoff with full jitter (M. Brooker, "Exponential Backoff And
    Jitter", AWS Architecture Blog 2015): uniform between 0 and the doubled wait, at most `LONGEST_WAIT_S`.
    """
    asked_s = wait_to_honour_s(retry_after_s)
    if asked_s is not None:
        return asked_s + rng.uniform(0.0, min(asked_s, LONGEST_SPREAD_S) * failed_attempts / 4)
    return rng.uniform(0.0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0**failed_attempts))


async def _ask_once(backend: Backend, request: Request, secrets: Secrets) -> Answer | Fault:
    limit_s = backend.candidate.timeout_s
    try:
        async with asyncio.timeout(limit_s):
            return secrets.mask_answer(await backend.ask(request))
    except Fault as fault:
        # A fault of its own: that one's traceback holds the body that it was read from.
        return secrets.mask_fault(fault)
    except TimeoutError:
        return Fault("timed_out", f"no whole answer within {limit_s:g} s")
    except Exception as error:  # noqa: BLE001 - a backend's bug must cost one sample, not the run
        return secrets.mask_fault(Fault("malformed_response", f"{type(error).__name__}: {error}"))


def _price(candidate: Candidate, result: Answer | Fault, latency_s: float | None, at: datetime) -> Priced:
    if isinstance(result, Answer):
        return price_answer(candidate, result.usage, latency_s, reported_usd=result.cost_usd, at=at)
    if result.usage != Usage():
        return price_answer(candidate, result.usage, latency_s, at=at)
    if candidate.price.machine_usd_per_hour is not None:
        return price_answer(candidate, Usage(), latency_s)
    return Priced(0.0, "unbilled") if result.kind in _UNBILLED else UNKNOWN
