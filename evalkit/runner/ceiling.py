"""The most that one attempt can cost, for a budget that must hold while a cost is unknown."""

from __future__ import annotations

import json

from evalkit.prices import most_usd
from evalkit.records import Candidate, Request

MOST_OUTPUT_TOKENS = 131_072
"""Output of a request without `max_tokens`: no hosted model writes more in one answer."""
TEMPLATE_TOKENS = 64
"""What a chat template puts around one message, at most."""


def most_of_attempt(candidate: Candidate, request: Request) -> float | None:
    """Return the most US dollars that one attempt at a request can cost; None where no price is known.

    A token of the input is at least one byte of what is sent, and the output holds `max_tokens` at most.
    """
    sent = (request.messages, request.tools, request.constraint.schema, request.constraint.choices)
    size = len(json.dumps(sent, ensure_ascii=False, default=str).encode("utf-8", "replace"))
    output = request.decoding.max_tokens
    return most_usd(
        candidate,
        input_tokens=size + TEMPLATE_TOKENS * (len(request.messages) + 1),
        output_tokens=MOST_OUTPUT_TOKENS if output is None else output,
    )
