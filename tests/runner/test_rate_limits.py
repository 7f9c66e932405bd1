"""Rate limits, in virtual time: what a refusal costs, and how near a run keeps to a server's rate."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from evalkit.backends import Capabilities
from evalkit.records import Answer, Candidate, Fault, Request
from evalkit.runner.admission import LONG_HOLD_S, LONGEST_HOLD_S, Admission, Halted, Ticket, in_words
from evalkit.runner.retry import Asking, AttemptOutcome
from tests.virtual_time import virtual_time

LATENCY_S = 0.05


@dataclass(kw_only=True)
class Server:
    """A backend that answers after 45 to 55 ms, and keeps count."""

    candidate: Candidate
    capabilities: Capabilities = Capabilities()
    seed: int = 0
    asked: int = 0
    refused: int = 0
    answered_at: list[float] = field(default_factory=list)

    async def start(self) -> Mapping[str, Any]:
        return {}

    async def close(self) -> None:
        pass

    async def ask(self, request: Request) -> Answer:
        self.asked += 1
        fault = self.fault(request)
        await asyncio.sleep(LATENCY_S * (0.9 + 0.2 * self.draw("latency")))
        if fault is not None:
            self.refused += fault.kind == "rate_limited"
            raise fault
        self.answered_at.append(time.monotonic())
        return Answer(text="yes")

    def fault(self, _request: Request) -> Fault | None:
        return None

    def draw(self, what: str) -> float:
        """A number in [0, 1) by chance, the same in each run."""
        told = f"{what}/{self.seed}/{self.asked}"
        return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8]) / 2**64


@dataclass(kw_only=True)
class Mixed(Server):
    """Refuses 2% of the requests, breaks at 2% and drops 1%, by chance, whatever the load."""

    def fault(self, _request: Request) -> Fault | None:
        draw = self.draw("fault")
        if draw < 0.02:
            return Fault("rate_limited", retry_after_s=1.0)
        if draw < 0.04:
            return Fault("server_error", http_status=500)
        return Fault("connection_failed") if draw < 0.05 else None


@dataclass(kw_only=True)
class Bucket(Server):
    """Enforces a rate by a token bucket; beyond it, a 429 with whole seconds until there is a token again."""

    per_s: float
    burst: float
    tokens: float = 0.0
    filled_at: float | None = None

    def fault(self, _request: Request) -> Fault | None:
        now = time.monotonic()
        since_s = math.inf if self.filled_at is None else now - self.filled_at
        self.tokens, self.filled_at = min(self.burst, self.tokens + since_s * self.per_s), now
        if self.tokens >= 1:
            self.tokens -= 1
            return None
        return Fault("rate_limited", retry_after_s=math.ceil((1 - self.tokens) / self.per_s))


def run(server: Server, n: int) -> tuple[float, list[AttemptOutcome], Admission]:
    """Seconds, outcomes and admission of `n` items asked with the candidate's concurrency."""
    outcomes: list[AttemptOutcome] = []
    admission = Admission(server.candidate, clock=lambda: time.monotonic())

    async def work(left: Any) -> None:
        for number in left:
            request = Request(suite="s", item_id=f"i{number}", messages=({"role": "user", "content": "x"},))
            asking = Asking(backend=server, request=request, admission=admission, seed=str(number))
            outcomes.append(await asking.until_answered())

    async def whole() -> float:
        left = iter(range(n))
        await asyncio.gather(*(work(left) for _ in range(server.candidate.concurrency)))
        return time.monotonic()

    return asyncio.run(whole()), outcomes, admission


def candidate(concurrency: int = 64) -> Candidate:
    return Candidate(name="a", tier="slim", backend="scripted", concurrency=concurrency)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_chance_refusals_cost_their_own_wait_alone(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """2,000 items took 28 s when each of forty refusals stopped all 64 requests for a second."""
    server = Mixed(candidate=candidate(), seed=seed)
    with virtual_time(monkeypatch):
        took_s, outcomes, admission = run(server, 2000)
    assert server.refused > 20
    assert not [outcome for outcome in outcomes if outcome.fault]
    assert took_s < 6.0
    assert admission.held_s == 0.0


@pytest.mark.parametrize(("per_s", "burst"), [(200, 20), (600, 60)])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_server_that_enforces_a_rate_is_asked_at_that_rate(
    monkeypatch: pytest.MonkeyPatch, per_s: float, burst: float, seed: int
) -> None:
    """Within 10% of what the server gives, under 5% refused, where 64 places could ask 1,280 a second."""
    n = 2000 if per_s == 200 else 4000
    server = Bucket(candidate=candidate(), per_s=per_s, burst=burst, seed=seed)
    with virtual_time(monkeypatch):
        took_s, outcomes, _ = run(server, n)
    assert not [outcome for outcome in outcomes if outcome.fault]
    assert (n - burst) / per_s <= took_s <= 1.10 * (n - burst) / per_s
    assert server.refused < 0.05 * server.asked


def test_a_server_that_has_room_again_is_asked_as_fast_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit at one time of day must not slow the rest of a run."""

    @dataclass(kw_only=True)
    class Relieved(Bucket):
        def fault(self, request: Request) -> Fault | None:
            return super().fault(request) if time.monotonic() < 5.0 else None

    server = Relieved(candidate=candidate(), per_s=100, burst=10)
    with virtual_time(monkeypatch):
        run(server, 8000)
    last = [at for at in server.answered_at if at > server.answered_at[-1] - 2.0]
    assert len(last) / 2.0 > 1000


def test_a_wait_of_hours_is_said_and_holds_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that stands still without a word is taken for a hang."""
    said: list[tuple[str, str]] = []

    @dataclass(kw_only=True)
    class Closed(Server):
        def fault(self, _request: Request) -> Fault | None:
            return Fault("rate_limited", retry_after_s=7200.0) if time.monotonic() < 7200.0 else None

    server = Closed(candidate=candidate(4))
    with virtual_time(monkeypatch):
        door = Admission(
            server.candidate, notify=lambda *told: said.append(told), clock=lambda: time.monotonic()
        )
        monkeypatch.setattr(f"{__name__}.Admission", lambda *_args, **_more: door)
        took_s, outcomes, _ = run(server, 40)
        held_s = door.held_s
    assert 7200.0 <= took_s < 7210.0
    assert not [outcome for outcome in outcomes if outcome.fault]
    assert server.refused == 4
    assert said[0] == ("waiting 2 h", "a: waiting 2 h because the server asked: Retry-After 7200")
    assert [state for state, _ in said] == ["waiting 2 h", "running"]
    assert held_s == pytest.approx(7200.0, abs=1.0)


@pytest.mark.parametrize(
    ("asked", "held_s"),
    [
        ((LONG_HOLD_S - 1,), 0.0),
        ((LONG_HOLD_S,), LONG_HOLD_S),
        ((7200.0, 90.0), 7200.0),
        ((90.0, 7200.0, 60.0), 7200.0),
        ((math.nan, -5.0), 0.0),
        ((86_400.0,), LONGEST_HOLD_S),
    ],
)
def test_a_longer_wait_is_never_overwritten_by_a_shorter_one(asked: tuple[float, ...], held_s: float) -> None:
    """The server that asks for two hours means it, whatever another of its machines says a moment later."""
    clock = [1000.0]
    door = Admission(candidate(), clock=lambda: clock[0])
    for retry_after_s in asked:
        door.record_result(Ticket(0.0, 0, probe=False), Fault("rate_limited", retry_after_s=retry_after_s))
    assert door.held_s == 0.0  # none of it has passed yet
    clock[0] += 86_400.0
    assert door.held_s == held_s


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(45, "45 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (5400, "1 h 30 min"), (7200, "2 h")],
)
def test_a_length_of_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    """7200 s is nobody's unit."""
    assert in_words(seconds) == words


def test_a_stop_ends_the_line_of_those_who_wait_for_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget that is spent, or Ctrl-C's own stop, must not wait for a pace."""
    with virtual_time(monkeypatch):
        stop_s = 3.0
        server = Bucket(candidate=candidate(), per_s=5, burst=5)
        door = Admission(
            server.candidate, halted=lambda: time.monotonic() > stop_s, clock=lambda: time.monotonic()
        )
        monkeypatch.setattr(f"{__name__}.Admission", lambda *_args, **_more: door)

        async def work() -> None:
            request = Request(suite="s", item_id="i", messages=({"role": "user", "content": "x"},))
            with contextlib.suppress(Halted):
                while True:
                    await Asking(backend=server, request=request, admission=door, seed="s").until_answered()

        async def whole() -> float:
            await asyncio.gather(*(work() for _ in range(64)))
            return time.monotonic()

        assert asyncio.run(whole()) < stop_s + 0.5
