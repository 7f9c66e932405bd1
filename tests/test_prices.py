"""What a call costs: by hand, by the library, and unknown where nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime

import genai_prices
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.prices import most_usd, price_answer
from evalkit.records import Candidate, Price, Usage

ON = datetime(2026, 3, 1, tzinfo=UTC)
OPENAI = "https://api.openai.com/v1"


def candidate(price: Price | None = None, **changes: object) -> Candidate:
    known = {"name": "a", "tier": "mid", "backend": "openai", "model": "gpt-4o-mini", "base_url": OPENAI}
    return Candidate(**{**known, **changes}, price=price or Price())  # type: ignore[arg-type]


def test_cached_and_reasoning_tokens_have_their_own_prices() -> None:
    """By hand: 600 fresh at $1, 400 cached at $0.25, 50 spoken at $4, 150 of reasoning at $6 a million."""
    price = Price(
        input_usd_per_mtok=1.0, cached_input_usd_per_mtok=0.25,
        output_usd_per_mtok=4.0, reasoning_usd_per_mtok=6.0,
    )  # fmt: skip
    usage = Usage(input_tokens=1000, cached_input_tokens=400, output_tokens=200, reasoning_tokens=150)
    found = price_answer(candidate(price), usage, 1.0)
    assert found.cost_usd == pytest.approx((600 * 1 + 400 * 0.25 + 50 * 4 + 150 * 6) / 1e6)
    assert found.price_id == "config"


def test_without_prices_of_their_own_cached_and_reasoning_tokens_cost_as_the_others() -> None:
    """They are parts of the totals: counted once, never on top."""
    price = Price(input_usd_per_mtok=1.0, output_usd_per_mtok=4.0)
    usage = Usage(input_tokens=1000, cached_input_tokens=400, output_tokens=200, reasoning_tokens=150)
    assert price_answer(candidate(price), usage, 1.0).cost_usd == pytest.approx((1000 + 4 * 200) / 1e6)


def test_the_librarys_price_is_that_of_the_date_with_cached_tokens_apart() -> None:
    """By hand, gpt-4o-mini: $0.15 in, $0.075 from the cache, $0.60 out, each a million."""
    usage = Usage(input_tokens=1000, cached_input_tokens=400, output_tokens=200, reasoning_tokens=100)
    found = price_answer(candidate(), usage, 1.0, at=ON)
    assert found.cost_usd == pytest.approx((600 * 0.15 + 400 * 0.075 + 200 * 0.60) / 1e6)
    assert found.price_id is not None
    assert found.price_id.startswith("genai-prices-")


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**5))
def test_the_librarys_sum_is_passed_on_unchanged(fresh: int, cached: int, output: int) -> None:
    """Tiers and odd units are the library's knowledge; we add nothing to it."""
    usage = Usage(input_tokens=fresh + cached, cached_input_tokens=cached, output_tokens=output)
    sonnet = candidate(backend="anthropic", model="claude-sonnet-4-5", base_url="https://api.anthropic.com")
    theirs = genai_prices.calc_price(
        genai_prices.Usage(input_tokens=fresh + cached, cache_read_tokens=cached, output_tokens=output),
        model_ref="claude-sonnet-4-5", provider_id="anthropic", genai_request_timestamp=ON,
    )  # fmt: skip
    assert price_answer(sonnet, usage, 1.0, at=ON).cost_usd == pytest.approx(float(theirs.total_price))


def test_a_discount_is_taken_off_token_prices_and_named() -> None:
    """A batch costs half; a sum that hides its discount cannot be checked."""
    usage = Usage(input_tokens=1000, output_tokens=200)
    declared = Price(input_usd_per_mtok=1.0, output_usd_per_mtok=4.0, discount=0.5)
    assert price_answer(candidate(declared), usage, 1.0) == pytest.approx((900 / 1e6, "config −50%"))
    whole, half = (price_answer(candidate(Price(discount=d)), usage, 1.0, at=ON) for d in (0.0, 0.5))
    assert half.cost_usd == pytest.approx((whole.cost_usd or 0) / 2)
    assert half.price_id == f"{whole.price_id} −50%"


def test_a_discount_leaves_charges_and_machine_hours_alone() -> None:
    """What a provider says it charged is what it charged, and a machine costs its hour."""
    machine = candidate(Price(machine_usd_per_hour=3.6, discount=0.5))
    assert price_answer(machine, Usage(), 2.0).cost_usd == pytest.approx(3.6 / 3600 * 2.0 / 4)
    charged = price_answer(candidate(Price(discount=0.5)), Usage(), 1.0, reported_usd=0.25)
    assert charged == (0.25, "reported")


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "no-such-model-of-anyone"},
        {"base_url": "http://127.0.0.1:8000/v1"},  # one's own server does not cost what the API does
        {"base_url": "https://gateway.example.com/v1"},
        {"backend": "llamacpp", "base_url": None},
        {"backend": "python", "base_url": None},
    ],
)
def test_an_unknown_price_is_none(changes: dict[str, object]) -> None:
    """A guess, or zero, would make a total look smaller than it is."""
    unknown = candidate(**changes)
    assert price_answer(unknown, Usage(input_tokens=10, output_tokens=5), 1.0, at=ON) == (None, None)
    assert most_usd(unknown, input_tokens=10, output_tokens=5) == (
        0 if unknown.backend == "llamacpp" else None
    )


def test_an_unknown_count_of_a_priced_token_is_none() -> None:
    """A server that does not say what it counted leaves the cost unknown."""
    price = Price(input_usd_per_mtok=1.0, output_usd_per_mtok=4.0)
    assert price_answer(candidate(price), Usage(input_tokens=10), 1.0).cost_usd is None
    assert price_answer(candidate(), Usage(output_tokens=10), 1.0, at=ON).cost_usd is None
    only_input = candidate(Price(input_usd_per_mtok=1.0))
    assert price_answer(only_input, Usage(input_tokens=10), 1.0).cost_usd == pytest.approx(10e-6)


def test_a_machines_answer_costs_its_share_of_the_hour() -> None:
    """With a measured throughput the share is exact, without one it follows from the answers in flight."""
    timed = candidate(Price(machine_usd_per_hour=7.2), concurrency=8)
    assert price_answer(timed, Usage(), 4.0).cost_usd == pytest.approx(7.2 / 3600 * 4.0 / 8)
    measured = candidate(Price(machine_usd_per_hour=7.2, machine_requests_per_s=2.5))
    assert price_answer(measured, Usage(), None) == pytest.approx((7.2 / 3600 / 2.5, "machine:7.2/h"))


@pytest.mark.parametrize(
    ("price", "most"),
    [
        (
            Price(input_usd_per_mtok=1.0, cached_input_usd_per_mtok=0.1, output_usd_per_mtok=4.0),
            10 * 1 + 5 * 4,
        ),
        (Price(output_usd_per_mtok=4.0, reasoning_usd_per_mtok=6.0), 5 * 6),
        (Price(output_usd_per_mtok=4.0, reasoning_usd_per_mtok=2.0), 5 * 4),
        (Price(usd_per_request=0.01), 0.01e6),
        (Price(machine_usd_per_hour=3600.0), 1e6 * 120 / 4),
        (Price(usd_per_request=1e308, input_usd_per_mtok=1e308, discount=0.0), None),
    ],
)
def test_the_most_that_an_attempt_can_cost(price: Price, most: float | None) -> None:
    """Nothing cached, all of the output at its dearer price, the whole time limit; nothing infinite."""
    tokens = 10 if most is not None else 10**9
    found = most_usd(candidate(price), input_tokens=tokens, output_tokens=5)
    assert found == (None if most is None else pytest.approx(most / 1e6))
