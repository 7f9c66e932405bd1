"""One server over HTTP: time limits, and every failure of the wire as a fault.

Redirects are not followed and proxy variables are not read unless asked for, so that a request goes where
the candidate says and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from evalkit.backends.chat import Assembly
from evalkit.backends.pinning import PinnedResolver
from evalkit.backends.responses import (
    R,
    Reply,
    body_of,
    fault_of_response,
    is_stream,
    read_stream,
)
from evalkit.backends.secrets import Secrets
from evalkit.backends.wire import Wire
from evalkit.records import Fault, clean_text

MESSAGE_LENGTH = 300
"""Most characters kept of a server's error message."""

T = TypeVar("T")

_encoded = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, kw_only=True)
class ConnectionLimits:
    """Time limits and connections of one server."""

    whole_s: float = 120.0
    """For one whole answer, in seconds."""
    connect_s: float = 10.0
    """For a new connection, in seconds."""
    first_token_s: float | None = None
    """For the first byte of an answer's body, in seconds; None leaves it to `whole_s`."""
    connections: int = 4
    """Most connections at once."""
    reuse: bool = True
    """Whether a connection serves a second request."""

    @property
    def until_first_token_s(self) -> float:
        """For an answer that has not begun, in seconds."""
        return self.whole_s if self.first_token_s is None else min(self.first_token_s, self.whole_s)


@dataclass(frozen=True, kw_only=True)
class Transport:
    """How a server is reached, besides its address."""

    trust_env: bool = False
    """Whether proxy variables are read."""
    ca_file: str | None = None
    """Certificates of an own authority; None takes the system's."""
    resolver: PinnedResolver | None = None
    """What gives the addresses of its host; None asks the system."""


class Server:
    """The client's end of one server."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        secrets: Secrets | None = None,
        limits: ConnectionLimits | None = None,
        route: Transport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._secrets = secrets or Secrets()
        self._in_flight: set[asyncio.Timeout] = set()
        self._closed = False
        self._limits = limits or ConnectionLimits()
        route = route or Transport()
        self._wire = Wire(
            self.base_url,
            _headers(headers or {}),
            connections=self._limits.connections,
            connect_s=self._limits.connect_s,
            reuse=self._limits.reuse,
            ca_file=route.ca_file,
            resolver=route.resolver,
            trust_env=route.trust_env,
        )

    @property
    def client(self) -> str:
        """What speaks to the server, for a run's manifest."""
        return self._wire.name

    async def close(self) -> None:
        """Ends what is in flight as faults and closes every connection, whatever the requests are at."""
        self._closed = True
        try:
            for limit in self._in_flight:
                # A closed session alone leaves its requests waiting for their time limit; one whose time is
                # up already, or that was cancelled and is on its way out, ends by itself.
                with contextlib.suppress(RuntimeError):
                    limit.reschedule(0.0)
        finally:
            await self._wire.close()

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a small `GET`.

        Raises:
            Fault: No answer.
        """

        async def read(_limit: asyncio.Timeout) -> tuple[int, bytes]:
            response = await self._wire.ask("GET", path, b"")
            try:
                return response.status, await body_of(response)
            finally:
                response.let_go()

        return await self._within(self._limits.whole_s, read)

    async def send(self, path: str, body: Any, reader: R, *, method: str = "POST") -> Reply[R]:
        """One request with a JSON body; its answer goes into the reader, as a stream when it comes as one.

        Raises:
            Fault: No whole answer.
        """
        data = _encoded(body).encode()
        reply = Reply(assembly=reader)
        began = time.perf_counter()
        try:
            await self._within(
                self._limits.until_first_token_s,
                lambda limit: self._exchange(method, path, data, reply, began, self._spoke(limit)),
            )
        except Fault:
            if not reply.latency_s:  # else the answer is whole, and the limit struck behind it
                raise
        reply.latency_s = reply.latency_s or time.perf_counter() - began
        return reply

    async def _within(self, limit_s: float, ask: Callable[[asyncio.Timeout], Awaitable[T]]) -> T:
        """Ask within the time limit; raise what goes wrong as a fault with keys masked."""
        try:
            async with asyncio.timeout(limit_s) as limit:
                self._in_flight.add(limit)
                try:
                    return await ask(limit)
                finally:
                    self._in_flight.discard(limit)
        except Fault as fault:
            raise self._mask_fault(fault) from fault.__cause__
        except OSError as error:  # a TimeoutError is one
            raise self._fault_of(error) from error

    async def _exchange(
        self, method: str, path: str, data: bytes, reply: Reply[R], began: float, spoke: Callable[[], None]
    ) -> None:
        response = await self._wire.ask(method, path, data)
        try:
            if not 200 <= response.status < 300:
                raise await fault_of_response(response)
            if is_stream(response):
                await read_stream(response, reply, began, spoke)
            else:
                spoke()
                reply.assembly.feed(await body_of(response))
        finally:
            response.let_go()

    def _spoke(self, limit: asyncio.Timeout) -> Callable[[], None]:
        """What is called at the first token: from then on the limit is that of the whole answer."""
        if self._limits.first_token_s is None:
            return _nothing
        end = asyncio.get_running_loop().time() + self._limits.whole_s
        return lambda: limit.reschedule(end)

    def _fault_of(self, error: Exception) -> Fault:
        if self._closed:
            return Fault("connection_failed", "the backend was closed")
        if isinstance(error, TimeoutError):
            return Fault("timed_out", "no whole answer within the time limit")
        return Fault("connection_failed", self._one_line(str(error) or type(error).__name__))

    def _mask_fault(self, fault: Fault) -> Fault:
        return Fault(
            fault.kind,
            self._one_line(fault.message),
            retry_after_s=fault.retry_after_s,
            http_status=fault.http_status,
            usage=fault.usage,
        )

    def _one_line(self, text: str) -> str:
        line = " ".join(clean_text(self._secrets.mask(text)).split())
        return line if len(line) <= MESSAGE_LENGTH else line[: MESSAGE_LENGTH - 1] + "…"


class ChatServer(Server):
    """A server that speaks the OpenAI protocol."""

    async def chat(self, body: Mapping[str, Any]) -> Reply[Assembly]:
        """One `POST chat/completions`, streamed when the body says so.

        Raises:
            Fault: No whole answer.
        """
        return await self.send("/chat/completions", body, Assembly())


def _nothing() -> None:
    """For where the first token changes no limit."""


def _headers(own: Mapping[str, str]) -> dict[str, str]:
    """What goes with each request: the candidate's own replace ours, whatever the case of their names."""
    from evalkit import __version__

    ours = {
        "User-Agent": f"evalkit/{__version__}",
        "Accept": "*/*",
        # Packing would delay a stream's tokens, and change the latency that is measured.
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
    }
    replaced = {name.lower() for name in own}
    return {**{name: value for name, value in ours.items() if name.lower() not in replaced}, **own}
