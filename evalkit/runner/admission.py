"""When a candidate may be asked: its rate limits, what the server asked to wait, a pause while it fails."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import NamedTuple

from evalkit.records import Answer, Candidate, Fault
from evalkit.runner.breaker import Breaker
from evalkit.runner.pace import Pace

LONGEST_HOLD_S = 6 * 3600.0
"""The longest Retry-After that is honoured, in seconds."""
LONG_HOLD_S = 60.0
"""From this Retry-After on, in seconds, all requests wait and it is said: it is about the key or the day."""
LOOK_EVERY_S = 0.1
"""How often a waiting worker looks whether it may go, in seconds."""
LOOK_AT_LEAST_EVERY_S = 1.0
"""The same in a wait of minutes."""

_NO_ENDPOINT = frozenset({"baseline", "simulated", "replay"})


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
    sent_s: float = 0.0
    """When it was given, by the clock of the admission."""


class PacedQueue:
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
        self._pace = Pace()
        self._turn = asyncio.Lock()
        self._name = candidate.name
        self._held_until = -math.inf
        self._held_s = 0.0
        self._said_until = -math.inf
        self._breaker = None if candidate.backend in _NO_ENDPOINT else Breaker(candidate.name)

    @property
    def given_up(self) -> str | None:
        """Why no request is sent any more; None while they are."""
        return self._breaker.given_up if self._breaker else None

    @property
    def held_s(self) -> float:
        """How long the server has asked all requests to wait so far, in seconds."""
        return self._held_s - max(0.0, self._held_until - self._clock())

    async def enter(self, tokens: Callable[[], int]) -> Ticket:
        """Waits for leave to send a request; `tokens` estimates what it takes, where a rate counts them.

        Raises:
            Halted: The run is being stopped, or the candidate was given up.
        """
        began = self._clock()
        self._check()
        probe = await self._past_breaker()
        expected = await self._in_line(tokens)
        await self._in_turn()
        probe = probe or await self._past_breaker()  # it may have opened meanwhile
        now = self._clock()
        if self._said_until <= now and self._said_until > -math.inf:
            self._said_until = -math.inf
            self._notify("running", f"{self._name}: asked again, after the wait that the server asked for")
        return Ticket(now - began, expected, probe, now)

    def record_result(
        self, ticket: Ticket, result: Answer | Fault, first_failed: float | None = None
    ) -> None:
        """Learns from what came of a request: tokens it took, a wait asked for, a failing endpoint."""
        now = self._clock()
        if self._tokens:
            usage = result.usage
            took = (usage.input_tokens or 0) + (usage.output_tokens or 0)
            if took:
                self._tokens.correct(took - ticket.tokens)
        refused = is_refusal(result)
        told = refused if refused or isinstance(result, Answer) else None
        self._pace.hear(sent_s=ticket.sent_s, refused=told, now=now)
        if self._breaker is not None:
            change = self._breaker.record_result(result, now, probe=ticket.probe, first_failed=first_failed)
            if change:
                self._notify(self._breaker.state, change)
        if isinstance(result, Fault) and refused:
            self._hold(result, now)

    def _hold(self, refusal: Fault, now: float) -> None:
        """Let all wait where it is about more than one request: the wait is long, or refusals persist."""
        asked_s = wait_to_honour_s(refusal.retry_after_s)
        persists = self._breaker is not None and not self._breaker.closed
        if asked_s is None or not (asked_s >= LONG_HOLD_S or persists):
            return
        until = now + asked_s
        if until <= self._held_until:
            return  # a longer wait that was asked for is not shortened
        longer_s = until - max(self._held_until, now)
        if self._breaker is not None and self._held_s < LONGEST_HOLD_S:
            self._breaker.excuse(longer_s)
        self._held_s += longer_s
        self._held_until = until
        if asked_s >= LONG_HOLD_S and until > self._said_until + LONG_HOLD_S and not self.given_up:
            self._said_until = until
            wait = in_words(asked_s)
            asked = f"Retry-After {refusal.retry_after_s:.0f}"
            self._notify(f"waiting {wait}", f"{self._name}: waiting {wait} because the server asked: {asked}")

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

    async def _in_turn(self) -> None:
        """Wait for a turn where a pace is kept; one waits for the clock, the others in line behind it."""
        if self._pace.is_kept:
            async with self._turn:
                while (turn_s := self._pace.turn_s(self._clock())) > self._clock():
                    await self._until(turn_s)
                self._pace.take(self._clock())
        else:
            self._pace.take(self._clock())

    async def _until(self, moment: float) -> None:
        while True:
            self._check()
            left_s = max(moment, self._held_until) - self._clock()
            if left_s <= 0:
                return
            await asyncio.sleep(min(left_s, max(LOOK_EVERY_S, min(left_s / 100, LOOK_AT_LEAST_EVERY_S))))

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


def is_refusal(result: Answer | Fault) -> bool:
    """Whether the server takes no request now: a 429, or a 503 that says when it will."""
    if not isinstance(result, Fault):
        return False
    return result.kind == "rate_limited" or (
        result.kind == "server_error" and result.retry_after_s is not None
    )


def wait_to_honour_s(retry_after_s: float | None) -> float | None:
    """The wait that a `Retry-After` is given, in seconds; None where it asks for none that makes sense."""
    if retry_after_s is None or math.isnan(retry_after_s) or retry_after_s < 0:
        return None
    return min(retry_after_s, LONGEST_HOLD_S)


def in_words(seconds: float) -> str:
    """A length of time as a person would say it: `45 s`, `10 min`, `2 h`, `1 h 30 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    return " ".join(
        [*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes or not hours else [])]
    )


def _line(per_minute: float | None) -> PacedQueue | None:
    return None if per_minute is None else PacedQueue(per_minute)
