"""A pause for an endpoint that keeps failing: it spares the server, and attempts that would be spent on it.

The circuit breaker of M. Nygard, "Release It!" (2007), chapter 5: closed while requests go through, open
after several faults in a row, and closed again when one probe is answered.
"""

from __future__ import annotations

import math

from evalkit.records import Answer, Fault

OPEN_AFTER = 10
"""Faults in a row that open it."""
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
PERSISTENT_S = 1.0
"""Seconds without any answer, after which refusals count as an outage: before, they are a matter of pace."""
GIVE_UP_AFTER_S = 300.0
"""Seconds without any answer since it opened, after which the candidate is given up for this run."""

_OF_THE_ENDPOINT = frozenset(
    {"rate_limited", "server_error", "connection_failed", "timed_out", "crashed", "unauthorized"}
)
"""Faults that say something of the endpoint; any other is about one request, and shows that it answers."""
_LASTING = frozenset({"unauthorized"})
"""Faults that no waiting mends."""


class Breaker:
    """Counts one candidate's faults in a row; all times by a monotonic clock, in seconds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._in_a_row = 0
        self._opened_at: float | None = None
        self._probe_at = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._probing = False
        self._answered_at = -math.inf
        self._failing_since = math.inf
        self.given_up: str | None = None
        """Why the candidate is asked no more; None while it is."""

    @property
    def closed(self) -> bool:
        """Whether requests go through."""
        return self._opened_at is None

    @property
    def state(self) -> str:
        """`running`, `paused` or `given up`."""
        if self.given_up:
            return "given up"
        return "running" if self.closed else "paused"

    def take_probe(self, now: float) -> bool:
        """Whether this request is the one that may try the endpoint now."""
        if self._probing or now < self._probe_at:
            return False
        self._probing = True
        return True

    def record_result(
        self, result: Answer | Fault, now: float, *, probe: bool, first_failed: float | None = None
    ) -> str | None:
        """Counts what came of a request; returns a line for a person when the state changes.

        A request that failed first at `first_failed` and fails again, though others were answered since, says
        something of itself and nothing of the endpoint: at the end of a run only such requests are left.
        """
        if probe:
            self._probing = False
        if isinstance(result, Answer) or result.kind not in _OF_THE_ENDPOINT:
            self._answered_at = now
            return self._close()
        if first_failed is not None and first_failed < self._answered_at and not probe:
            return None
        self._in_a_row += 1
        self._failing_since = min(self._failing_since, now)
        if self._opened_at is not None:
            # What was in flight when it opened says nothing new; only a probe does.
            return self._still_failing(result, now) if probe else None
        return self._open(result, now) if self._is_outage(result, now) else None

    def excuse(self, seconds: float) -> None:
        """Take a wait that the server asked for out of the time after which it is given up."""
        if self._opened_at is not None:
            self._opened_at += seconds

    def _is_outage(self, fault: Fault, now: float) -> bool:
        # One burst of refusals beyond a rate is none, while the server answers what is within it.
        lasts = now - max(self._failing_since, self._answered_at) >= PERSISTENT_S
        return self._in_a_row >= OPEN_AFTER and (fault.kind != "rate_limited" or lasts)

    def _close(self) -> str | None:
        self._in_a_row, self._pause_s, self._failing_since = 0, FIRST_PAUSE_S, math.inf
        if self._opened_at is None:
            return None
        self._opened_at = None
        return f"{self._name} answers again"

    def _open(self, fault: Fault, now: float) -> str:
        self._opened_at = now
        said = f"{self._name}: {self._in_a_row} requests in a row failed ({_in_words(fault)})"
        if fault.kind in _LASTING:
            return self._give_up(said, fault)
        self._probe_at = now + self._pause_s
        return f"{said}; paused, a probe in {self._pause_s:g} s"

    def _still_failing(self, fault: Fault, now: float) -> str:
        assert self._opened_at is not None  # noqa: S101 - the caller looked
        failing_s = now - self._opened_at
        if fault.kind in _LASTING or failing_s >= GIVE_UP_AFTER_S:
            return self._give_up(f"{self._name}: no answer for {failing_s:.0f} s ({_in_words(fault)})", fault)
        self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)
        self._probe_at = now + self._pause_s
        return f"{self._name} still fails ({_in_words(fault)}); next probe in {self._pause_s:g} s"

    def _give_up(self, said: str, fault: Fault) -> str:
        self.given_up = f"{self._name} was given up: {_in_words(fault)}"
        return f"{said}; given up in this run, the others go on"


def _in_words(fault: Fault) -> str:
    return f"{fault.kind}: {fault.message}" if fault.message else fault.kind
