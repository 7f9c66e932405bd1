"""What a server bears, from the times of its requests."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.economics import LoadStep, StepFigures, load_figures, machines_needed, read_step
from evalkit.economics.load import MOST_FAULTED, step_figures
from evalkit.records import Attempt, Sample, Stakes, Usage


def queue(
    rate: float, places: int, takes_s: float, *, n: int = 400, seed: int = 0, warm_up: int = 40
) -> LoadStep:
    """Poisson arrivals at a server of `places`, each request taking the same time: simulated exactly."""
    rng = np.random.default_rng(seed)
    due = np.sort(rng.random(n) * n / rate)
    free = [0.0] * places
    ended = np.zeros(n)
    for k, moment in enumerate(due):
        ended[k] = max(moment, heapq.heappop(free)) + takes_s
        heapq.heappush(free, ended[k])
    return LoadStep(
        rate_per_s=rate,
        suite=np.full(n, "s", dtype=object),
        due_s=due,
        ended_s=ended,
        answered=np.ones(n, dtype=bool),
        timed=np.ones(n, dtype=bool),
        measured=np.arange(n) >= warm_up,
        service_s=ended - due,
        late_s=np.zeros(n),
        ttft_s=ended - due - 0.5 * takes_s,
        output_tokens=np.full(n, 11.0),
    )


def figures_of(step: LoadStep, limit_s: float | None = None) -> StepFigures:
    return step_figures(step, {} if limit_s is None else {"s": limit_s}, float(step.service_s.min()))


@settings(max_examples=40, deadline=None)
@given(places=st.integers(1, 32), takes_s=st.floats(0.005, 5.0), seed=st.integers(0, 10_000))
def test_the_knee_is_the_service_rate(places: int, takes_s: float, seed: int) -> None:
    """Places over service time is all that can come out; nobody who buys machines wants it 10% off."""
    capacity = places / takes_s
    # A step must last long beside one answer: with many places, more requests.
    n = max(400, 20 * places)
    steps = [queue(f * capacity, places, takes_s, n=n, seed=seed) for f in (0.5, 1.4, 2.0)]
    found = load_figures("slim", steps, {})
    assert found.knee_per_s == pytest.approx(capacity, rel=0.1)


def test_a_load_well_below_the_knee_is_kept_up_with_and_one_beyond_it_is_not() -> None:
    """Chance makes a queue longer now and then: in less than one step of a hundred that looks too much."""
    rng = np.random.default_rng(5)
    draws = [(int(rng.integers(1, 17)), rng.uniform(0.05, 0.7), rng.uniform(1.3, 3.0)) for _ in range(400)]
    below = [_drawn(p, f, k) for k, (p, f, _) in enumerate(draws)]
    beyond = [_drawn(p, f, k) for k, (p, _, f) in enumerate(draws)]
    assert sum(step.kept_up is not True for step in below) <= 3
    assert all(step.kept_up is False for step in beyond if step.kept_up is not None)


def test_without_a_step_beyond_it_the_knee_is_unknown() -> None:
    """The most that was tried is no knee: the server may bear ten times that."""
    found = load_figures("slim", [queue(1.0, 4, 1.0), queue(2.0, 4, 1.0)], {"s": Stakes(volume_per_month=9)})
    assert found.knee_per_s is None
    assert found.machines_at_knee is None
    assert found.kept_up_at_per_s == 2.0


def test_a_step_that_is_short_beside_one_answer_tells_nothing() -> None:
    """While the first answers are still out, any load looks like too much."""
    assert figures_of(queue(8.0, 64, 5.0, n=100, warm_up=0)).kept_up is None


def test_the_highest_load_within_the_limit_lies_below_the_first_that_misses_it() -> None:
    """A later step that is within it by luck does not make the one before it good."""
    steps = [queue(rate, 4, 1.0, seed=3) for rate in (1.0, 2.0, 3.0, 6.0)]
    found = load_figures("slim", steps, {"s": Stakes(latency_slo_s=2.5, volume_per_month=10**7)})
    assert [s.within_limit for s in found.steps] == [True, True, True, False]
    assert found.within_limit_at_per_s == 3.0
    assert found.machines_within_limit == machines_needed(10**7, 3.0)
    tight = load_figures("slim", steps, {"s": Stakes(latency_slo_s=1.2)})
    assert tight.within_limit_at_per_s == 1.0
    assert tight.machines_within_limit is None, "no volume, no machines"


def test_too_few_requests_leave_the_limit_open() -> None:
    """58 values bound no p95, however quick they all were."""
    few = figures_of(queue(1.0, 4, 1.0, n=58, warm_up=0), limit_s=100.0)
    assert few.within_limit is None
    assert figures_of(queue(1.0, 4, 1.0, n=59, warm_up=0), limit_s=100.0).within_limit is True


def test_a_server_that_refuses_is_within_no_limit() -> None:
    """A refusal is quick, and helps nobody."""
    step = queue(1.0, 4, 1.0, n=200, warm_up=0)
    refused = np.zeros(200, dtype=bool)
    refused[: int(200 * MOST_FAULTED) + 1] = True
    step.answered[refused] = step.timed[refused] = False
    found = figures_of(step, limit_s=100.0)
    assert found.faulted == 3
    assert found.within_limit is False
    assert found.end_to_end_s is not None
    assert found.end_to_end_s.n == 197


def test_the_warm_up_leaves_the_times_and_stays_in_the_queue() -> None:
    """Its answers come out in the measured span: without them an overloaded server would look slower."""
    step = queue(8.0, 4, 1.0)
    found = figures_of(step)
    assert found.requests == 360
    assert found.end_to_end_s is not None
    assert found.end_to_end_s.n == 360
    assert found.achieved_per_s == pytest.approx(4.0, rel=0.05)
    assert found.in_flight[0] > 10


def test_time_between_tokens_leaves_out_the_wait_for_the_first() -> None:
    """A reader's impression of speed is of what follows the first word."""
    found = figures_of(queue(1.0, 4, 1.0))
    assert found.inter_token_s is not None
    assert found.inter_token_s.p50.estimate == pytest.approx(0.05)
    assert found.output_tokens_per_s == pytest.approx(11 * found.achieved_per_s)


def test_a_volume_that_one_suite_does_not_say_is_unknown() -> None:
    """An unknown amount makes the total unknown, never smaller."""
    steps = [queue(1.0, 4, 1.0), queue(8.0, 4, 1.0)]
    known = {"a": Stakes(volume_per_month=10), "b": Stakes(volume_per_month=20)}
    assert load_figures("slim", steps, known).volume_per_month == 30
    assert load_figures("slim", steps, {**known, "c": Stakes()}).volume_per_month is None


def test_a_step_is_read_from_attempts_and_samples() -> None:
    """A sample of the warm-up keeps no times, its attempts do; a retry's end is the last attempt's."""
    samples = [_sample("warm", 0.0, None), _sample("twice", 1.0, 2.5)]
    attempts = [
        _attempt("warm", 0.0, 4.0), _attempt("twice", 1.2, 0.3), _attempt("twice", 3.0, 0.5, number=2)
    ]  # fmt: skip
    step = read_step(1.0, samples, attempts)
    assert step.due_s.tolist() == [0.0, 1.0]
    assert step.ended_s.tolist() == pytest.approx([4.0, 3.5])
    assert step.measured.tolist() == [False, True]
    assert step.service_s.tolist() == [4.0, 0.3]


def test_figures_without_requests_are_plain_json() -> None:
    """A step that was stopped at once must not break the rest."""
    found = load_figures("slim", [read_step(2.0, [], [])], {})
    assert found.steps[0].requests == 0
    assert found.steps[0].kept_up is None
    assert math.isnan(found.steps[0].achieved_per_s)
    assert found.to_json()["knee_per_s"] is None


def _at(seconds: float) -> str:
    return f"2026-11-22T10:00:{seconds:09.6f}+00:00"


def _sample(item: str, due_s: float, e2e_s: float | None) -> Sample:
    return Sample(
        suite="s", suite_version="1", item_id=item, candidate="slim", status="answered",
        e2e_latency_s=e2e_s, started_at=_at(due_s), usage=Usage(output_tokens=5),
    )  # fmt: skip


def _attempt(item: str, at_s: float, latency_s: float, number: int = 1) -> Attempt:
    return Attempt(
        suite="s", item_id=item, candidate="slim", repeat=0, attempt=number, status="answered",
        started_at=_at(at_s), latency_s=latency_s,
    )  # fmt: skip


def _drawn(places: int, share: float, seed: int) -> StepFigures:
    return figures_of(queue(share * places, places, 1.0, n=max(200, 20 * places), seed=seed))
