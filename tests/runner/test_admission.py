"""When a candidate may be asked."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.records import Answer, Candidate, Fault, Usage
from evalkit.runner import admission
from evalkit.runner.admission import Admission, Halted, PacedQueue, Ticket
from evalkit.runner.breaker import GIVE_UP_AFTER_S, OPEN_AFTER, PERSISTENT_S, Breaker

ANSWER = Answer(text="yes", usage=Usage(input_tokens=100, output_tokens=20))
DOWN = Fault("connection_failed", "refused")


class Clock:
    """Seconds that pass only by waiting."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(admission.asyncio, "sleep", self.sleep)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def candidate(**limits: float) -> Candidate:
    return Candidate(name="a", tier="slim", backend="openai", **limits)  # type: ignore[arg-type]


def enter(door: Admission, tokens: int = 100) -> Ticket:
    return asyncio.run(door.enter(lambda: tokens))


@given(st.floats(1, 6000), st.lists(st.tuples(st.floats(0.1, 50), st.floats(0, 5)), min_size=2, max_size=60))
def test_no_minute_holds_more_than_the_rate_and_one_request(
    rate: float, arrivals: list[tuple[float, float]]
) -> None:
    """A server may count in any window; the promise must hold in each of them."""
    line, now, begun = PacedQueue(rate), 0.0, []
    for amount, gap_s in arrivals:
        now += gap_s
        begun.append((line.take(amount, now), amount))
    for start, _ in begun:
        within = [amount for at, amount in begun if start <= at < start + 60]
        assert sum(within[:-1]) <= rate * (1 + 1e-9) + 1e-6


def test_requests_are_spread_over_the_minute(clock: Clock) -> None:
    """Thirty a minute is one every two seconds, not thirty at once."""
    door = Admission(candidate(requests_per_minute=30), clock=clock)
    times = []
    for _ in range(4):
        enter(door)
        times.append(clock.now)
    assert times == pytest.approx([1000, 1002, 1004, 1006])


def test_tokens_are_counted_as_the_server_counted_them(clock: Clock) -> None:
    """An estimate opens the door; what an answer really took is made up for by those behind."""
    door = Admission(candidate(tokens_per_minute=600), clock=clock)
    ticket = enter(door, tokens=10)
    door.record_result(ticket, ANSWER)  # 120 tokens, 12 s of the rate, where 10 were expected
    assert enter(door).queued_s == pytest.approx(12.0)


def test_without_limits_nobody_waits(clock: Clock) -> None:
    """A limit that nobody set must cost nothing."""
    door = Admission(candidate(), clock=clock)
    assert [enter(door).queued_s for _ in range(100)] == [0.0] * 100


def test_a_refused_request_waits_alone(clock: Clock) -> None:
    """One refusal says little of the others; a long wait, or refusals that persist, are about the key."""
    door = Admission(candidate(), clock=clock)
    door.record_result(enter(door), Fault("rate_limited", retry_after_s=7.0))
    assert enter(door).queued_s == 0.0
    door.record_result(enter(door), Fault("rate_limited", retry_after_s=admission.LONG_HOLD_S))
    assert enter(door).queued_s == pytest.approx(admission.LONG_HOLD_S)


def test_what_a_server_asks_that_refuses_all_holds_for_all(clock: Clock) -> None:
    """The others would spend their attempts against it."""
    door = Admission(candidate(), clock=clock)
    refusal = Fault("rate_limited", retry_after_s=20.0)
    for _ in range(OPEN_AFTER):
        door.record_result(Ticket(0.0, 0, probe=False), refusal)
    assert enter(door).queued_s == 0.0  # a burst within a second: a matter of pace
    clock.now += PERSISTENT_S
    door.record_result(Ticket(0.0, 0, probe=False), refusal)
    assert enter(door).queued_s == pytest.approx(20.0)


@pytest.mark.parametrize(("second_s", "waited_s"), [(539.0, 600.0), (541.0, 601.0)])
def test_a_longer_wait_that_was_asked_for_is_not_shortened(
    clock: Clock, second_s: float, waited_s: float
) -> None:
    """Of two waits, begun a minute apart, the one that ends later holds."""
    door = Admission(candidate(), clock=clock)
    first, second = enter(door), enter(door)
    began = clock.now
    door.record_result(first, Fault("rate_limited", retry_after_s=600.0))
    clock.now += 60
    door.record_result(second, Fault("rate_limited", retry_after_s=second_s))
    enter(door)
    assert clock.now - began == pytest.approx(waited_s)


def test_a_wait_that_was_asked_for_has_an_end(clock: Clock) -> None:
    """A server that says a day would hold a run for a day."""
    door = Admission(candidate(), clock=clock)
    door.record_result(enter(door), Fault("rate_limited", retry_after_s=86_400))
    assert enter(door).queued_s == pytest.approx(admission.LONGEST_HOLD_S)


def test_a_stop_ends_every_wait(clock: Clock) -> None:
    """A budget that is spent must not wait for a rate limit."""
    stopped = False
    door = Admission(candidate(requests_per_minute=0.1), clock=clock, halted=lambda: stopped)
    enter(door)
    stopped = True
    with pytest.raises(Halted):
        enter(door)


def test_faults_in_a_row_pause_a_candidate_and_one_probe_tries_it(clock: Clock) -> None:
    """An outage would otherwise spend the attempts of every sample that is left."""
    said: list[tuple[str, str]] = []
    door = Admission(candidate(), clock=clock, notify=lambda *change: said.append(change))
    for _ in range(OPEN_AFTER):
        door.record_result(Ticket(0.0, 0, probe=False), DOWN)
    assert [state for state, _ in said] == ["paused"]
    probe = enter(door)
    assert probe.probe
    assert probe.queued_s >= 2.0
    door.record_result(probe, ANSWER)
    assert [state for state, _ in said] == ["paused", "running"]
    assert not enter(door).probe


def failing(breaker: Breaker, now: float = 0.0, fault: Fault = DOWN) -> None:
    for _ in range(OPEN_AFTER):
        breaker.record_result(fault, now, probe=False)


def test_an_answer_between_faults_keeps_it_closed() -> None:
    """A server that fails now and then is asked again, not paused."""
    breaker = Breaker("a")
    for _ in range(10 * OPEN_AFTER):
        for _ in range(OPEN_AFTER - 1):
            breaker.record_result(DOWN, 0.0, probe=False)
        breaker.record_result(ANSWER, 0.0, probe=False)
    assert breaker.closed


def test_a_fault_of_one_request_says_nothing_of_the_endpoint() -> None:
    """A suite whose schema a server rejects must not silence the suites that it takes."""
    breaker = Breaker("a")
    for _ in range(5):
        failing(breaker, fault=Fault("rejected", "bad schema"))
        failing(breaker, fault=Fault("empty_response"))
    assert breaker.closed


def test_requests_that_fail_while_others_are_answered_say_nothing_of_the_endpoint() -> None:
    """At the end of a run only the failing items are left; their retries must not look like an outage."""
    breaker = Breaker("a")
    breaker.record_result(ANSWER, 100.0, probe=False, first_failed=99.0)
    for n in range(4 * OPEN_AFTER):
        breaker.record_result(DOWN, 101.0 + n, probe=False, first_failed=98.0)
    assert breaker.closed
    for n in range(OPEN_AFTER):
        breaker.record_result(DOWN, 200.0 + n, probe=False, first_failed=150.0)
    assert not breaker.closed


def test_only_one_probe_is_under_way_and_the_pauses_grow() -> None:
    """A server that comes up again must not be met by all who waited."""
    breaker, now, waits = Breaker("a"), 0.0, []
    failing(breaker)
    for _ in range(4):
        began = now
        while not breaker.take_probe(now):
            now += 0.5
        assert not breaker.take_probe(now + 100)
        waits.append(now - began)
        breaker.record_result(DOWN, now, probe=True)
    assert waits == [2.0, 4.0, 8.0, 16.0]


def test_what_was_in_flight_when_it_opened_changes_nothing_unless_it_is_an_answer() -> None:
    """Sixty-four requests fail together; that is one outage, and one answer ends it."""
    breaker = Breaker("a")
    failing(breaker)
    assert breaker.record_result(DOWN, 1.0, probe=False) is None
    assert breaker.record_result(ANSWER, 1.0, probe=False) == "a answers again"
    assert breaker.closed


def test_an_endpoint_that_stays_down_is_given_up() -> None:
    """A run that waits for ever is never read."""
    breaker, now = Breaker("a"), 0.0
    failing(breaker)
    while not breaker.given_up and now < 10 * GIVE_UP_AFTER_S:
        now += 1
        if breaker.take_probe(now):
            breaker.record_result(DOWN, now, probe=True)
    assert breaker.state == "given up"
    assert GIVE_UP_AFTER_S <= now <= GIVE_UP_AFTER_S + 61


def test_refusals_are_an_outage_once_they_last() -> None:
    """A burst beyond a rate is refused at once; that the server is up is seen by its next answer."""
    for lasts_s, closed in ((PERSISTENT_S - 0.01, True), (PERSISTENT_S, False)):
        breaker = Breaker("a")
        breaker.record_result(ANSWER, 10.0, probe=False)
        failing(breaker, 10.0, Fault("rate_limited"))
        breaker.record_result(Fault("rate_limited"), 10.0 + lasts_s, probe=False)
        assert breaker.closed is closed


def test_a_wait_that_the_server_asked_for_is_no_time_without_an_answer() -> None:
    """Two hours of an asked wait must not end in giving up at the first probe."""
    breaker = Breaker("a")
    failing(breaker)
    breaker.excuse(7200.0)
    assert breaker.take_probe(7300.0)
    assert breaker.record_result(DOWN, 7300.0, probe=True)
    assert breaker.given_up is None


def test_a_refused_key_is_given_up_at_once() -> None:
    """No waiting mends it."""
    breaker = Breaker("a")
    failing(breaker, fault=Fault("unauthorized", "bad key"))
    assert breaker.given_up == "a was given up: unauthorized: bad key"
