"""One sample's attempts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any

import pytest

from evalkit.backends import Capabilities
from evalkit.records import Answer, Candidate, Fault, Price, Request, Usage
from evalkit.runner import retry
from evalkit.runner.admission import Admission
from evalkit.runner.retry import Asking, AttemptOutcome, wait_s
from evalkit.runner.samples import total_cost, total_usage

CANDIDATE = Candidate(
    name="a", tier="slim", backend="scripted", max_attempts=3,
    price=Price(input_usd_per_mtok=1.0, output_usd_per_mtok=1.0),
)  # fmt: skip
REQUEST = Request(suite="s", item_id="i", messages=({"role": "user", "content": "x"},))
ANSWER = Answer(text="yes", usage=Usage(input_tokens=10, output_tokens=5))


class Scripted:
    """Says what it is told, one thing for each attempt."""

    capabilities = Capabilities()

    def __init__(self, *script: Answer | Exception, candidate: Candidate = CANDIDATE) -> None:
        self.candidate = candidate
        self.script = list(script)

    async def start(self) -> Mapping[str, Any]:
        return {}

    async def ask(self, request: Request) -> Answer:
        said = self.script.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    async def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT_S", 0.0)


def outcome(*script: Answer | Exception) -> AttemptOutcome:
    return ask(Scripted(*script))


def ask(backend: Scripted) -> AttemptOutcome:
    asking = Asking(backend=backend, request=REQUEST, admission=Admission(backend.candidate), seed="0")
    return asyncio.run(asking.until_answered())


def test_a_passing_fault_is_asked_again_and_both_attempts_are_kept() -> None:
    """Every attempt is recorded: retries cost time and money."""
    result = outcome(Fault("server_error", "broken", http_status=500), ANSWER)
    assert result.answer == ANSWER
    assert [(a.attempt, a.status, a.fault) for a in result.attempts] == [
        (1, "faulted", "server_error"),
        (2, "answered", None),
    ]


def test_a_lasting_fault_ends_after_the_last_attempt_as_a_fault() -> None:
    """A sample never disappears, and a fault is never a wrong answer."""
    result = outcome(*(Fault("connection_failed") for _ in range(3)))
    assert result.answer is None
    assert result.fault is not None
    assert result.fault.kind == "connection_failed"
    assert len(result.attempts) == 3


def test_what_asking_again_cannot_mend_is_asked_once() -> None:
    """A wrong key or a bad request would cost time at every item."""
    assert len(outcome(Fault("unauthorized")).attempts) == 1
    assert len(outcome(Fault("rejected")).attempts) == 1


def test_a_backends_own_bug_costs_one_sample_and_not_the_run() -> None:
    """One unforeseen exception must not lose thousands of paid answers."""
    result = outcome(*(KeyError("choices") for _ in range(3)))
    assert result.fault is not None
    assert result.fault.kind == "malformed_response"


def test_a_fault_that_is_waited_for_holds_no_body() -> None:
    """Its traceback would keep 64 MiB for each request that waits for its next attempt."""
    result = outcome(*[Fault("malformed_response", "not JSON")] * 3)
    assert result.fault is not None
    assert (result.fault.__traceback__, result.fault.__context__, result.fault.__cause__) == (None,) * 3


def test_a_hang_is_timed_out() -> None:
    """The limit is the candidate's own."""

    class Hanging(Scripted):
        async def ask(self, request: Request) -> Answer:
            await asyncio.sleep(60)
            raise AssertionError

    slow = Candidate(name="a", tier="slim", backend="scripted", timeout_s=0.02, max_attempts=1)
    result = ask(Hanging(candidate=slow))
    assert result.fault is not None
    assert result.fault.kind == "timed_out"


def test_the_cost_of_a_retried_sample_is_that_of_all_its_attempts() -> None:
    """An attempt that nobody bills adds nothing; one whose billing is unknown makes the total unknown."""
    unbilled = outcome(Fault("rate_limited"), ANSWER)
    assert total_cost(unbilled.attempts) == pytest.approx(15e-6)
    assert total_usage(unbilled.attempts) == ANSWER.usage
    billed = outcome(Fault("server_error", usage=Usage(input_tokens=10, output_tokens=0)), ANSWER)
    assert total_cost(billed.attempts) == pytest.approx(25e-6)
    assert total_usage(billed.attempts).input_tokens == 20
    unknown = outcome(Fault("timed_out"), ANSWER)
    assert total_cost(unknown.attempts) is None
    assert total_usage(unknown.attempts).input_tokens is None


def test_the_wait_is_what_the_server_asked() -> None:
    """Retry-After is a request to wait; a first wait of nothing waits for nothing."""
    rng = random.Random(0)
    assert 7.0 <= wait_s(1, 7.0, rng) <= 7.25
    assert 7.0 <= wait_s(4, 7.0, rng) <= 8.0  # those that were refused together must not come back together
    assert 0.0 <= wait_s(4, 0.01, rng) <= 0.02
    longest = [max(wait_s(n, None, rng) for _ in range(200)) for n in (1, 2, 3)]
    assert longest == [0.0, 0.0, 0.0]  # FIRST_WAIT_S is 0 in these tests


def test_backoff_doubles_up_to_its_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server in trouble is asked less and less often, but never forgotten."""
    monkeypatch.setattr(retry, "FIRST_WAIT_S", 1.0)
    rng = random.Random(0)
    ceilings = {n: max(wait_s(n, None, rng) for _ in range(2000)) for n in (1, 2, 3, 10)}
    assert ceilings[1] == pytest.approx(2.0, rel=0.02)
    assert ceilings[2] == pytest.approx(4.0, rel=0.02)
    assert ceilings[3] == pytest.approx(8.0, rel=0.02)
    assert ceilings[10] == pytest.approx(retry.LONGEST_WAIT_S, rel=0.02)
