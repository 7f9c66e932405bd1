"""Short ways to ask a backend one thing in a test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from evalkit.backends import Backend, Stage, open_backend
from evalkit.records import Answer, Candidate, Decoding, Request

HELLO = ({"role": "user", "content": "hello"},)
REFUND = {
    "type": "function",
    "function": {
        "name": "refund",
        "description": "Pays a charge back",
        "parameters": {
            "type": "object",
            "properties": {"amount": {"type": "number"}},
            "required": ["amount"],
            "additionalProperties": False,
        },
    },
}


def request(item_id: str = "i1", **fields: Any) -> Request:
    """A small request; `messages`, `constraint` and the rest as named."""
    return Request(
        **{"suite": "s", "item_id": item_id, "messages": HELLO, "decoding": Decoding(max_tokens=32), **fields}
    )


def candidate(backend: str, **fields: Any) -> Candidate:
    """A candidate of that backend."""
    return Candidate(**{"name": "c", "tier": "slim", "backend": backend, "timeout_s": 30.0, **fields})


def with_backend(
    asked: Candidate, use: Callable[[Backend], Awaitable[Any]], stage: Stage | None = None
) -> Any:
    """What `use` returns of a backend that is started before and closed after."""

    async def whole() -> Any:
        backend = open_backend(asked, stage or Stage())
        try:
            await backend.start()
            return await use(backend)
        finally:
            await backend.close()

    return asyncio.run(whole())


def ask(asked: Candidate, what: Request, stage: Stage | None = None) -> Answer:
    """The answer to one request."""
    answer: Answer = with_backend(asked, lambda backend: backend.ask(what), stage)
    return answer
