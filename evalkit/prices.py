"""What a call costs: declared prices, machine-hours, else the price library by model and date.

An unknown price is None and stays None in every sum over it; it never becomes a smaller total.
"""

from __future__ import annotations

import math
from datetime import datetime
from functools import cache
from typing import NamedTuple

from evalkit.records import Candidate, Price, Usage
from evalkit.wording import stated

_PER_MILLION = 1e-6
_SECONDS_PER_HOUR = 3600.0

LOCAL_BACKENDS = frozenset({"baseline", "llamacpp", "lm_eval", "vllm", "vllm_batch"})
"""Served by this machine: never looked up in a price list of rented APIs."""
_OWN_SYSTEMS = frozenset({"command", "http", "python"})
"""A team's own system: only its declared prices and reported charges count, whatever model it names."""


_FREE_BACKENDS = frozenset({"baseline", "llamacpp", "replay", "simulated", "vllm", "vllm_batch"})
"""Nobody bills for them; what the machine costs is counted where it is declared."""


class Priced(NamedTuple):
    """A cost with its source."""

    cost_usd: float | None
    """US dollars; None when unknown."""
    price_id: str | None
    """Where the price came from: `config`, `machine:…/h`, `genai-prices-…`, `reported`; None when unknown.
    A discount stands behind it, such as `config −50%`."""


UNKNOWN = Priced(None, None)


def price_answer(
    candidate: Candidate,
    usage: Usage,
    latency_s: float | None,
    *,
    reported_usd: float | None = None,
    at: datetime | None = None,
) -> Priced:
    """What one attempt cost.

    In this order: the charge that came with the answer, the candidate's machine-hours, its declared token
    prices, the library's price for its model on that date. `latency_s` is the service time, in seconds.
    A cost that is not a finite number from 0 is unknown.
    """
    priced = _price_with(candidate, usage, latency_s, reported_usd, at)
    possible = priced.cost_usd is None or 0 <= priced.cost_usd < math.inf
    return priced if possible else UNKNOWN


def _price_with(
    candidate: Candidate,
    usage: Usage,
    latency_s: float | None,
    reported_usd: float | None,
    at: datetime | None,
) -> Priced:
    if reported_usd is not None:
        return Priced(reported_usd, "reported")
    price = candidate.price
    if price.machine_usd_per_hour is not None:
        return _machine_share(price, latency_s, candidate.concurrency)
    if _declares_tokens(price):
        return _apply_discount(Priced(_token_cost(price, usage), "config"), price)
    if candidate.backend in LOCAL_BACKENDS | _OWN_SYSTEMS or not candidate.model:
        return UNKNOWN
    return _apply_discount(_library_cost(candidate.model, candidate.base_url, usage, at), price)


def most_usd(candidate: Candidate, *, input_tokens: int, output_tokens: int) -> float | None:
    """Return the most that one attempt with so many tokens can cost; None where no price is known.

    All of the output counts as reasoning where that is dearer, none of the input as cached. Backends that
    nobody sends a bill for cost nothing.
    """
    usages = (
        Usage(input_tokens=input_tokens, output_tokens=output_tokens, reasoning_tokens=reasoning)
        for reasoning in (0, output_tokens)
    )
    costs = [price_answer(candidate, usage, candidate.timeout_s).cost_usd for usage in usages]
    known = [cost for cost in costs if cost is not None]
    return max(known) if known else (0.0 if candidate.backend in _FREE_BACKENDS else None)


def _declares_tokens(price: Price) -> bool:
    return any(
        p is not None for p in (price.input_usd_per_mtok, price.output_usd_per_mtok, price.usd_per_request)
    )


def _apply_discount(priced: Priced, price: Price) -> Priced:
    if priced.cost_usd is None or not price.discount:
        return priced
    return Priced(priced.cost_usd * (1 - price.discount), f"{priced.price_id} −{stated(price.discount)}")


def _machine_share(price: Price, latency_s: float | None, concurrency: int) -> Priced:
    """One machine's price for the time that an answer holds it.

    With a measured throughput that is one answer's share of a second; without one, the service time divided
    by the answers in flight, which is exact when the machine is kept busy.
    """
    assert price.machine_usd_per_hour is not None  # noqa: S101 - the caller looked
    per_second = price.machine_usd_per_hour / _SECONDS_PER_HOUR
    label = f"machine:{price.machine_usd_per_hour:g}/h"
    if price.machine_requests_per_s:
        return Priced(per_second / price.machine_requests_per_s, label)
    if latency_s is None:
        return UNKNOWN
    return Priced(per_second * latency_s / max(1, concurrency), label)


def _token_cost(price: Price, usage: Usage) -> float | None:
    """Tokens times their prices; None when a token count that has a price is unknown."""
    total = price.usd_per_request or 0.0
    cached, reasoning = usage.cached_input_tokens or 0, usage.reasoning_tokens or 0
    if price.input_usd_per_mtok is not None:
        if usage.input_tokens is None:
            return None
        cached_price = price.cached_input_usd_per_mtok
        cached_price = price.input_usd_per_mtok if cached_price is None else cached_price
        fresh = max(0, usage.input_tokens - cached)
        total += (fresh * price.input_usd_per_mtok + cached * cached_price) * _PER_MILLION
    if price.output_usd_per_mtok is not None:
        if usage.output_tokens is None:
            return None
        reasoning_price = price.reasoning_usd_per_mtok
        reasoning_price = price.output_usd_per_mtok if reasoning_price is None else reasoning_price
        spoken = max(0, usage.output_tokens - reasoning)
        total += (spoken * price.output_usd_per_mtok + reasoning * reasoning_price) * _PER_MILLION
    return total


def _library_cost(model: str, base_url: str | None, usage: Usage, at: datetime | None) -> Priced:
    if usage.input_tokens is None or usage.output_tokens is None:
        return UNKNOWN
    import genai_prices

    known = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cached_input_tokens,
        output_tokens=usage.output_tokens,
    )
    try:
        found = genai_prices.calc_price(
            known, model_ref=model, provider_api_url=base_url, genai_request_timestamp=at
        )
    except LookupError:
        return UNKNOWN
    return Priced(float(found.total_price), _snapshot_id())


@cache
def _snapshot_id() -> str:
    """The price list's version: the library ships its snapshot with each release."""
    from importlib.metadata import version

    return f"genai-prices-{version('genai-prices')}"
