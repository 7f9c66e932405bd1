"""What a server says of tokens and money, held to what is possible; anything else is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from evalkit.records import Usage

MOST_TOKENS = 1_000_000_000
"""Tokens of one answer: far beyond any context, and a billion such answers still add up within 64 bits."""
MOST_USD = 1_000_000.0
"""Dollars for one answer; a larger charge is a wrong unit or an attack."""


def read_count(value: Any) -> int | None:
    """Return a count of tokens, or None where the server sent anything else."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value <= MOST_TOKENS else None


def read_number(value: Any) -> float | None:
    """Return a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def read_cost(value: Any) -> float | None:
    """Return a charge in US dollars, or None where it is negative, not finite or beyond `MOST_USD`."""
    number = read_number(value)
    return number if number is not None and 0 <= number <= MOST_USD else None


def merge_counts(known: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts with later ones over earlier ones; a zero or null never replaces a count.

    Some gateways end a stream with a second usage that holds zeros only.
    """
    return {**known, **{name: v for name, v in told.items() if v or (v is not None and not known.get(name))}}


class ChatUsage:
    """Tokens and charge of one answer in the OpenAI protocol, as they are told along the way."""

    def __init__(self) -> None:
        self._told: dict[str, Any] = {}

    def take(self, usage: Any) -> None:
        """Take in one `usage` object; anything else says nothing."""
        if not isinstance(usage, dict):  # JSON has no other mapping, and an abstract one takes long to tell
            return
        inputs = _mapping(usage.get("prompt_tokens_details"))
        outputs = _mapping(usage.get("completion_tokens_details"))
        cached = inputs.get("cached_tokens")
        told = {
            "input": read_count(usage.get("prompt_tokens")),
            "cached": read_count(usage.get("prompt_cache_hit_tokens") if cached is None else cached),
            "output": read_count(usage.get("completion_tokens")),
            "reasoning": read_count(outputs.get("reasoning_tokens")),
            "total": read_count(usage.get("total_tokens")),
            "cost": read_cost(usage.get("cost")),
        }
        self._told = merge_counts(self._told, told) if self._told else told

    @property
    def cost_usd(self) -> float | None:
        """What the provider says it charged, in US dollars; None when unknown."""
        cost: float | None = self._told.get("cost")
        return cost

    def counts(self, *, spoke: bool) -> Usage:
        """Return the tokens; `spoke` says whether any output arrived.

        Zero tokens of a prompt, or of an output that did arrive, are unknown. Some servers leave reasoning
        out of `completion_tokens`, which `total_tokens` shows, and so does more reasoning than output: the
        output then includes it, since that is what is billed.
        """
        told = self._told
        prompt, reasoning = told.get("input") or None, told.get("reasoning")
        output = told.get("output")
        beyond = (told.get("total") or 0) - prompt - (output or 0) if prompt else 0
        if beyond <= 0:
            beyond = reasoning if output is not None and (reasoning or 0) > output else 0
        output = (output or 0) + beyond if beyond else output
        return Usage(
            input_tokens=prompt,
            cached_input_tokens=told.get("cached"),
            output_tokens=None if spoke and not output else output,
            reasoning_tokens=reasoning,
        )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
