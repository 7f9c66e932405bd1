"""One server over aiohttp: sessions, time limits, and every failure of the wire as a fault.

Redirects are not followed and proxy variables are not read unless asked for, so that a request goes where
the candidate says and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver

from evalkit.backends.chat import Assembly
from evalkit.backends.responses import MOST_BYTES, R, Reply, fault_of_response, read_stream, whole_body
from evalkit.backends.secrets import Secrets
from evalkit.errors import ConfigError
from evalkit.records import Fault, clean_text

KEEP_ALIVE_S = 4.0
"""How long an idle connection is kept, in seconds: less than the 5 s after which uvicorn (vLLM) and llama.cpp
close it, or a request would now and then be written to a connection that is just being closed."""
MESSAGE_LENGTH = 300
"""Most characters kept of a server's error message."""

_encoded = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, kw_only=True)
class Limits:
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
class Route:
    """How a server is reached, besides its address."""

    trust_env: bool = False
    """Whether proxy variables are read."""
    ca_file: str | None = None
    """Certificates of an own authority; None takes the system's."""
    resolver: AbstractResolver | None = None
    """What gives the addresses of its host; None asks the system."""


class Server:
    """The client's end of one server."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        secrets: Secrets | None = None,
        limits: Limits | None = None,
        route: Route | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._secrets = secrets or Secrets()
        self._in_flight: set[asyncio.Timeout] = set()
        self._closed = False
        self._limits = limits or Limits()
        route = route or Route()
        self._session = aiohttp.ClientSession(
            headers={"Content-Type": "application/json", **(headers or {})},
            connector=_connector(self._limits, route),
            # The whole answer's limit is a timer of `send`: a second one would cost as much as parsing it.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._limits.connect_s),
            trust_env=route.trust_env,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

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
            await self._session.close()

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a small `GET`.

        Raises:
            Fault: No answer.
        """
        try:
            async with (
                asyncio.timeout(self._limits.whole_s),
                self._session.get(self.base_url + path, allow_redirects=False) as response,
            ):
                return response.status, await response.content.read(MOST_BYTES)
        except (aiohttp.ClientError, OSError) as error:
            raise self._fault_of(error) from error

    async def send(self, path: str, body: Any, reader: R, *, method: str = "POST") -> Reply[R]:
        """One request with a JSON body; its answer goes into the reader, as a stream when it comes as one.

        Raises:
            Fault: No whole answer.
        """
        data = _encoded(body).encode()
        reply = Reply(assembly=reader)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._limits.until_first_token_s) as limit:
                self._in_flight.add(limit)
                try:
                    await self._exchange(method, self.base_url + path, data, reply, began, self._spoke(limit))
                finally:
                    self._in_flight.discard(limit)
        except Fault as fault:
            raise self._told(fault) from fault.__cause__
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            raise self._fault_of(error) from error
        reply.latency_s = time.perf_counter() - began
        return reply

    async def _exchange(
        self, method: str, url: str, data: bytes, reply: Reply[R], began: float, spoke: Callable[[], None]
    ) -> None:
        async with self._session.request(method, url, data=data, allow_redirects=False) as response:
            if not 200 <= response.status < 300:
                raise await fault_of_response(response)
            if response.content_type == "text/event-stream":
                await read_stream(response, reply, began, spoke)
            else:
                spoke()
                reply.assembly.feed(await whole_body(response))

    def _spoke(self, limit: asyncio.Timeout) -> Callable[[], None]:
        """What is called at the first token: from then on the limit is that of the whole answer."""
        if self._limits.first_token_s is None:
            return _nothing
        end = asyncio.get_running_loop().time() + self._limits.whole_s
        return lambda: limit.reschedule(end)

    def _fault_of(self, error: Exception) -> Fault:
        if self._closed:
            return Fault("connection_failed", "the backend was closed")
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return Fault("connection_failed", f"no connection within {self._limits.connect_s:g} s")
        if isinstance(error, TimeoutError):
            return Fault("timed_out", "no whole answer within the time limit")
        name = type(error).__name__
        return Fault("connection_failed", self._one_line(f"{name}: {error}" if str(error) else name))

    def _told(self, fault: Fault) -> Fault:
        return Fault(
            fault.kind,
            self._one_line(fault.message),
            retry_after_s=fault.retry_after_s,
            http_status=fault.http_status,
            usage=fault.usage,
        )

    def _one_line(self, text: str) -> str:
        line = " ".join(clean_text(self._secrets.masked(text)).split())
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


def _connector(limits: Limits, route: Route) -> aiohttp.TCPConnector:
    tls = _tls(route.ca_file)
    if limits.reuse:
        return aiohttp.TCPConnector(
            limit=limits.connections, keepalive_timeout=KEEP_ALIVE_S, ssl=tls, resolver=route.resolver
        )
    return aiohttp.TCPConnector(limit=limits.connections, force_close=True, ssl=tls, resolver=route.resolver)


def _tls(ca_file: str | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"the CA file cannot be read: {error}", where=ca_file) from error
