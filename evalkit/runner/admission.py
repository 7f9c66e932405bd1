"""When a candidate may be asked: its rate limits, what the server asked to wait, a pause while it fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from evalkit.records import Answer, Candidate, Fault
from evalkit.runner.breaker import Breaker

LONGEST_HOLD_S = 600.0
"""The longest Retry-After that is honoured, in seconds."""
LOOK_EVERY_S = 0.1
"""How often a waiting worker looks whether it may go, in seconds."""

_HOLDING = frozenset({"rate_limited", "server_error"})
"""Faults whose Retry-After is meant for every request of the candidate."""
_NO_ENDPOINT = frozenset({"simulated", "replay"})


class Halted(Exception):  # noqa: N818 - not an error: the run stops, or the candidate is given up
    """No further request of this candidate is sent."""


class Ticket(NamedTuple):
    """The leave to send one request."""

    queued_s: float
    """How long it was waited for, in seconds."""
    tokens: int
    """What the request was thought to take of the rate of tokens."""
    probe: bool
    """Whether it is the one request that tries a failing endpoint."""


class Line:
    """Work that passes at a steady rate; whoever comes takes the next free place.

    Places are spread evenly, so that no minute holds more than the rate and one request, whatever the window
    that the server counts in.
    """

    def __init__(self, per_minute: float) -> None:
        self._each_s = 60.0 / per_minute
        self._free_at = 0.0

    def take(self, amount: float, now: float) -> float:
        """Takes a place that is `amount` long; returns when it begins, by the clock of `now`."""
        begins = max(self._free_at, now)
        self._free_at = begins + amount * self._each_s
        return begins

    def correct(self, amount: float) -> None:
        """Makes up for a place that turned out longer, or shorter, by `amount`."""
        self._free_at += amount * self._each_s


class Admission:
    """Lets one candidate's requests through, one ticket each.

    Args:
        candidate: Whose; its `requests_per_minute` and `tokens_per_minute` are kept.
        halted: Whether the run is being stopped.
        notify: Told of a pause, its end and of giving up: the state in one word, and a line for a person.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        candidate: Candidate,
        *,
        halted: Callable[[], bool] = lambda: False,
        notify: Callable[[str, str], None] = lambda _state, _line: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._halted = halted
        self._notify = notify
        self._clock = clock
        self._requests = _line(candidate.requests_per_minute)
        self._tokens = _line(candidate.tokens_per_minute)
        self._held_until = 0.0
        self._breaker = None if candidate.backend in _NO_ENDPOINT else Breaker(candidate.name)

    @property
    def given_up(self) -> str | None:
        """Why no request is sent any more; None while they are."""
        return self._breaker.given_up if self._breaker else None

    async def enter(self, tokens: Callable[[], int]) -> Ticket:
        """Waits for leave to send a request; `tokens` estimates what it takes, where a rate counts them.

        Raises:
            Halted: The run is being stopped, or the candidate was given up.
        """
        began = self._clock()
        self._check()
        probe = await self._past_breaker()
        expected = await self._in_line(tokens)
        probe = probe or await self._past_breaker()  # it may have opened meanwhile
        return Ticket(self._clock() - began, expected, probe)

    def came(self, ticket: Ticket, result: Answer | Fault, first_failed: float | None = None) -> None:
        """Learns from what came of a request: tokens it took, a wait asked for, a failing endpoint."""
        now = self._clock()
        if self._tokens:
            usage = result.usage
            took = (usage.input_tokens or 0) + (usage.output_tokens or 0)
            if took:
                self._tokens.correct(took - ticket.tokens)
        if isinstance(result, Fault) and result.retry_after_s and result.kind in _HOLDING:
            self._held_until = max(self._held_until, now + min(result.retry_after_s, LONGEST_HOLD_S))
        if self._breaker is None:
            return
        change = self._breaker.came(result, now, probe=ticket.probe, first_failed=first_failed)
        if change:
            self._notify(self._breaker.state, change)

    async def pause(self, seconds: float) -> None:
        """Waits before a request is asked again; the run's stop ends the wait.

        Raises:
            Halted: The run is being stopped.
        """
        await self._until(self._clock() + seconds)

    async def _in_line(self, tokens: Callable[[], int]) -> int:
        """Waits for a place under each rate, and for what the server asked; returns the tokens expected."""
        now = begins = self._clock()
        expected = 0
        if self._requests:
            begins = self._requests.take(1, now)
        if self._tokens:
            expected = tokens()
            begins = max(begins, self._tokens.take(expected, now))
        if max(begins, self._held_until) > now:
            await self._until(begins)
        return expected

    async def _until(self, moment: float) -> None:
        while True:
            self._check()
            left_s = max(moment, self._held_until) - self._clock()
            if left_s <= 0:
                return
            await asyncio.sleep(min(left_s, LOOK_EVERY_S))

    async def _past_breaker(self) -> bool:
        """Waits until the endpoint is sound or this request may try it; returns whether it is that probe."""
        breaker = self._breaker
        while breaker is not None and not breaker.closed:
            if breaker.take_probe(self._clock()):
                return True
            await asyncio.sleep(LOOK_EVERY_S)
            self._check()
        return False

    def _check(self) -> None:
        if self._halted() or self.given_up:
            raise Halted


def _line(per_minute: float | None) -> Line | None:
    return None if per_minute is None else Line(per_minute)
