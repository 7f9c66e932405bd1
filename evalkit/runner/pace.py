"""How fast a server that refuses requests is asked: at no pace until it refuses often, then at what it takes.

Additive increase and multiplicative decrease (D. Chiu and R. Jain, "Analysis of the Increase and Decrease
Algorithms for Congestion Avoidance in Computer Networks", 1989), over requests a second. That is concurrency
by Little's law, concurrency = rate × latency, in finer steps than whole places: at 50 ms one place is 20
requests a second. The increase grows with the third power of the time since the last decrease, as in CUBIC
(RFC 9438): flat around the rate that was just refused, steep when nothing has been refused for long.

A request that is refused now and then says nothing of the rate and changes none. The constants are chosen by
simulation: `tests/runner/test_rate_limits.py` holds what they come to, `benchmarks/rate_limits.py` measures.
"""

from __future__ import annotations

from collections import deque
from itertools import dropwhile
from typing import NamedTuple

MANY, AMONG = 10, 50
"""Refusals, among that many results, that begin a pace: a fifth. At 2% by chance, one window in 10⁸."""
LEAST_RESULTS = 30
"""Results that a pace begins with at least: the order in which a first burst is answered says nothing."""
LASTING, AMONG_LASTING = 18, 300
"""The same for a server whose limit is only just exceeded: 6%. At 2%, one window in 20,000."""
AGAIN, AMONG_AGAIN = 3, 30
"""Refusals, among the results since the last change, that lower a pace."""
DECREASE = 0.92
"""What a pace is multiplied by at most when it is lowered."""
LARGEST_DECREASE = 0.5
"""What it is multiplied by at least: a few results tell the rate that was taken only roughly."""
MARGIN = 0.95
"""Of the rate that was taken while others were refused, the part that is asked next."""
LEAST_PER_S = 0.2
"""No pace is slower, in requests a second."""
LINEAR, CUBIC = 0.03, 0.004
"""A pace grows by these fractions of itself with the seconds since it changed, and with their third power."""
SEARCHING = 2.0
"""What a first pace is multiplied by in a second, until it is refused: it is a guess."""
CATCH_UP_S = 0.05
"""Turns that came late, since the machine was busy, are caught up within so many seconds."""
FORGOTTEN_AT = 4.0
"""A pace that has grown so many times without being refused is dropped."""


class _Result(NamedTuple):
    sent_s: float
    refused: bool


class Pace:
    """The pace of one candidate's requests; all times by a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._per_s: float | None = None
        self._changed_s = self._grows_from_s = 0.0
        self._free_s = 0.0
        self._searching = False
        self._in_flight = self._most_in_flight = 0
        self._recent: deque[_Result] = deque(maxlen=AMONG_LASTING)

    @property
    def is_kept(self) -> bool:
        """Whether requests wait for their turn."""
        return self._per_s is not None

    def turn_s(self, now: float) -> float:
        """When the next request may go."""
        return max(now, self._free_s) if self.is_kept else now

    def take(self, now: float) -> None:
        """Take the next turn: a request is sent."""
        self._in_flight += 1
        self._most_in_flight = max(self._most_in_flight, self._in_flight)
        per_s = self._at(now)
        if per_s is None:
            return
        idle_s = now - CATCH_UP_S - self._free_s
        if idle_s > 0:  # fewer come than may: what was not tried gives no reason to grow
            self._free_s += idle_s
            self._grows_from_s += idle_s
        self._free_s += 1.0 / per_s

    def hear(self, *, sent_s: float, refused: bool | None, now: float) -> None:
        """Learn from what came of a request that was sent at `sent_s`.

        `refused` is None where it was neither taken nor refused: the connection broke, say.
        """
        self._in_flight -= 1
        if refused is None:
            return
        if self.is_kept and sent_s < self._changed_s:
            return  # sent at the pace before: says nothing of this one
        self._recent.append(_Result(sent_s, refused))
        if not refused:
            return
        results = list(self._recent)
        if self._per_s is not None:
            lately = results[-AMONG_AGAIN:]
            if _refusals(lately) >= AGAIN:
                per_s = self._at(now) or self._per_s
                share = max(LARGEST_DECREASE, min(DECREASE, _share_taken(lately) * MARGIN))
                self._change(per_s * share, now, searching=False)
        elif len(results) >= LEAST_RESULTS and (
            _refusals(results[-AMONG:]) >= MANY or _refusals(results) >= LASTING
        ):
            asked_per_s = self._most_in_flight / max(now - sent_s, 1e-3)
            self._change(asked_per_s * _share_taken(results[-AMONG:]) * MARGIN, now, searching=True)

    def _change(self, per_s: float, now: float, *, searching: bool) -> None:
        self._searching = searching
        self._per_s, self._changed_s = max(per_s, LEAST_PER_S), now
        self._grows_from_s = now
        self._free_s = now + 1.0 / self._per_s
        self._recent.clear()

    def _at(self, now: float) -> float | None:
        """The pace now, as it has grown since it changed; None once it is dropped."""
        if self._per_s is None:
            return None
        elapsed_s = max(0.0, now - self._grows_from_s)
        growth = 1.0 + LINEAR * elapsed_s + CUBIC * elapsed_s**3
        if self._searching:
            growth = SEARCHING**elapsed_s
        if growth >= FORGOTTEN_AT:
            self._per_s = None
            self._recent.clear()
            return None
        return self._per_s * growth


def _refusals(results: list[_Result]) -> int:
    return sum(result.refused for result in results)


def _share_taken(results: list[_Result]) -> float:
    """The share of requests that were taken since the first refusal: before, the server had something saved.

    One more is counted than were taken, so that it is never nothing.
    """
    since = list(dropwhile(lambda result: not result.refused, results))
    return (len(since) - _refusals(since) + 1) / (len(since) + 1)
