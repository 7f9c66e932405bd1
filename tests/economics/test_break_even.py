"""Claims about break-even: whole machines against a price by the call."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.economics import figures
from evalkit.economics.break_even import break_even, crossing
from evalkit.records import Candidate, Price
from tests.economics.frames import make_samples


def test_one_machine_pays_from_its_price_over_the_price_of_a_call() -> None:
    """$100 a month against a cent a call: 10,000 calls, when the machine can serve them."""
    found = crossing(100, 1_000_000, 0.01)
    assert (found.first, found.always, found.machines) == (10_000, 10_000, 1)


def test_a_machine_that_is_dearer_even_when_full_never_pays() -> None:
    """A cent a call and 5,000 calls at most: $50 of API for $100 of machine."""
    found = crossing(100, 5_000, 0.01)
    assert (found.first, found.always, found.machines) == (math.inf, math.inf, None)


def test_the_second_machine_can_lose_what_the_first_won() -> None:
    """Full at 12,000: the second machine is only paid for from 20,000 on, and the sixth at once."""
    found = crossing(100, 12_000, 0.01)
    assert found.first == 10_000
    assert found.always == 50_000


@settings(deadline=None, max_examples=200)
@given(st.floats(1, 500), st.integers(100, 20_000), st.floats(0.001, 0.1))
def test_both_volumes_agree_with_the_bills(month: float, capacity: int, price: float) -> None:
    """Against the two bills themselves, at volumes around the answer."""
    found = crossing(month, capacity, price)

    def hosted_is_cheaper(volume: float) -> bool:
        return max(1, math.ceil(volume / capacity)) * month <= price * volume * (1 + 1e-9)

    volumes = [capacity * k / 4 for k in range(1, 400)]
    below = [v for v in volumes if v < found.first * (1 - 1e-9)]
    beyond = [v for v in volumes if v >= found.always * (1 + 1e-9)]
    assert not any(hosted_is_cheaper(v) for v in below if v <= capacity)
    assert all(hosted_is_cheaper(v) for v in beyond)
    if math.isfinite(found.first):
        assert hosted_is_cheaper(found.first)


def test_a_hosted_model_that_succeeds_less_has_to_be_cheaper_for_it() -> None:
    """Per success the weaker model breaks even later than per answer."""
    ours = figures(make_samples([True] * 60 + [False] * 40, candidate="own"))[0]
    theirs = figures(make_samples([True] * 90 + [False] * 10, candidate="api", cost_usd=0.01))[0]
    candidate = Candidate(
        name="own", tier="slim", backend="vllm",
        price=Price(machine_usd_per_hour=1.0, machine_requests_per_s=5.0),
    )  # fmt: skip
    found = break_even(ours, theirs, candidate, volume_per_month=80_000)
    assert found is not None
    assert found.per_success is not None
    assert found.per_answer.first == pytest.approx(73_000)
    assert found.per_success.first == pytest.approx(73_000 * 0.9 / 0.6)
    assert found.cheaper_now == "api"
    assert found.first.low <= found.first.estimate <= found.first.high


def test_without_a_throughput_nothing_is_said() -> None:
    """A machine of unknown speed has no break-even."""
    one = figures(make_samples([True] * 10))[0]
    candidate = Candidate(name="own", tier="slim", backend="vllm", price=Price(machine_usd_per_hour=1.0))
    assert break_even(one, one, candidate) is None


def test_a_load_that_peaks_needs_more_machines() -> None:
    """Three times the mean in the busiest hour: a machine serves a third of its month."""
    one = figures(make_samples([True] * 10, cost_usd=0.01))[0]
    price = Price(machine_usd_per_hour=1.0, machine_requests_per_s=0.1)
    candidate = Candidate(name="own", tier="slim", backend="vllm", price=price)
    steady, peaked = break_even(one, one, candidate), break_even(one, one, candidate, peak=3.0)
    assert steady is not None
    assert peaked is not None
    assert peaked.requests_per_month == pytest.approx(steady.requests_per_month / 3)
