"""What comes back over HTTP: events or a whole body into a reader, an error status into a fault."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Generic, Protocol, TypeVar

from evalkit.backends.failures import fault_of_status, words_in
from evalkit.backends.sse import EventDecoder
from evalkit.backends.wire import Response
from evalkit.records import Fault, Usage

MOST_ERROR_BYTES = 1 << 16
"""Most bytes that are read of an error's body."""
END_WITHIN_S = 1.0
"""How long a stream may stay open after its last event, in seconds."""


class Reader(Protocol):
    """Takes in an answer: each event of a stream, or a whole body at once."""

    @property
    def began(self) -> bool:
        """Whether the model has begun to speak."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the protocol has said that nothing more comes."""
        ...

    @property
    def finish_reason(self) -> str | None:
        """Why the answer ended; None while it has not."""
        ...

    @property
    def usage(self) -> Usage:
        """Tokens, as far as told."""
        ...

    def feed(self, data: bytes) -> None:
        """Takes in the data of one event, or a whole body.

        Raises:
            Fault: It is not the protocol's, or it carries the server's error.
        """
        ...


R = TypeVar("R", bound=Reader)


@dataclass(kw_only=True)
class Reply(Generic[R]):
    """What came over the wire for one request, with its times."""

    assembly: R
    latency_s: float = 0.0
    ttft_s: float | None = None


async def read_stream(response: Response, reply: Reply[R], began: float, spoke: Callable[[], None]) -> None:
    """Feeds each event as it comes, notes the time of the first token and calls `spoke` at it.

    Raises:
        Fault: The stream ends before the answer does, or has no end.
    """
    decoder, assembly = EventDecoder(), reply.assembly
    while chunk := await response.more():
        for event in decoder.feed(chunk):
            assembly.feed(event)
            if assembly.ended:
                reply.latency_s = time.perf_counter() - began  # what is left belongs to the connection
                await _read_to_end(response)
                return
            if reply.ttft_s is None and assembly.began:
                reply.ttft_s = time.perf_counter() - began
                spoke()
    for event in decoder.finish():
        assembly.feed(event)
    if assembly.finish_reason is None:
        raise Fault("connection_failed", "the stream ended before the answer did", usage=assembly.usage)


async def _read_to_end(response: Response) -> None:
    """Lets the connection be used again; a server that does not end its stream loses it."""
    with contextlib.suppress(OSError, Fault):  # a TimeoutError is an OSError
        async with asyncio.timeout(END_WITHIN_S):
            while await response.more():
                pass


async def body_of(response: Response, most: int | None = None) -> bytes:
    """Return the body, or of a longer one somewhat more than `most` bytes."""
    parts, size = [], 0
    while (most is None or size <= most) and (chunk := await response.more()):
        parts.append(chunk)  # joined once: a large body in small pieces would be copied thousands of times
        size += len(chunk)
    return b"".join(parts)


def is_stream(response: Response) -> bool:
    """Whether the answer comes as server-sent events."""
    kind = response.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "text/event-stream"


async def fault_of_response(response: Response) -> Fault:
    """The fault that a status other than success stands for, with the server's words."""
    if 300 <= response.status < 400:
        return Fault(
            "rejected", "the server redirects; set base_url to where it points", http_status=response.status
        )
    body = (await body_of(response, MOST_ERROR_BYTES))[:MOST_ERROR_BYTES]
    try:
        words = words_in(json.loads(body))
    except (ValueError, RecursionError):
        words = ""
    words = words or body.decode("utf-8", "replace")
    return fault_of_status(response.status, words, retry_after_s(response.headers))


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` asks for, in seconds from now, whether it is a number or a date."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = headers.get("retry-after")
        if value is None:
            return None
        if value.replace(".", "", 1).isdecimal():
            return float(value)
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):  # a date with an absurd zone overflows
        return None
