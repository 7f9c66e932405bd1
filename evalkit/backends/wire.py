"""Connections to one server, kept open between requests: plain or TLS, to checked addresses where asked.

No redirect is followed and no proxy is known here: a request goes where the address says.
"""

from __future__ import annotations

import asyncio
import posixpath
import re
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from aiohappyeyeballs import start_connection

from evalkit.backends.connection import Connection
from evalkit.backends.pinning import PinnedResolver, ascii_host
from evalkit.errors import ConfigError

KEEP_ALIVE_S = 4.0
"""How long an idle connection is kept, in seconds: less than the 5 s after which uvicorn (vLLM) and llama.cpp
close it, or a request would now and then be written to a connection that is just being closed."""
RESOLVED_FOR_S = 10.0
"""How long the addresses of a name are kept, in seconds: a run opens its connections all at once."""
NEXT_ADDRESS_AFTER_S = 0.25
"""When a second address is tried beside the first, in seconds (RFC 8305)."""

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NO_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
"""Control characters but the tabulator, and bytes of a variable that are no UTF-8."""
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_SAFE = "/%:@!$&'()*+,;=~-._"


class NoConnectionError(ConnectionError):
    """No connection came about within the time for it."""


class Response(Protocol):
    """An answer whose head has come."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """By name in small letters."""
        ...

    async def more(self) -> bytes:
        """What has come of the body since; waits for it, and gives nothing at the body's end.

        Raises:
            OSError: The connection broke.
        """
        ...

    def let_go(self) -> None:
        """It is not read further; its connection is kept when all of it was."""
        ...


class Wire(Protocol):
    """What carries requests to one server."""

    name: str
    """For a run's manifest."""

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        ...

    async def ask(self, method: str, path: str, data: bytes) -> Response:
        """Sends a request and waits for the head of its answer; `path` is what follows the base URL.

        Raises:
            OSError: No connection, or it broke.
        """
        ...

    async def close(self) -> None:
        """Closes every connection, whatever it is at."""
        ...


class Direct:
    """A wire over own connections.

    Args:
        base_url: Where to; a query in it goes with each request.
        headers: Sent with each request.
        connections: Most at once.
        connect_s: Time limit for a new one, in seconds.
        reuse: Whether a connection serves a second request.
        ca_file: Certificates of an own authority; None takes the system's.
        resolver: What gives the addresses of the host; None asks the system.
    """

    name = "HTTP/1.1"

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        connections: int,
        connect_s: float,
        reuse: bool = True,
        ca_file: str | None = None,
        resolver: PinnedResolver | None = None,
    ) -> None:
        parts = urlsplit(base_url)
        check_headers(headers)
        self.closed = False
        self._base_url = base_url
        self._host = ascii_host(parts.hostname)
        self._port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        tls = (
            tls_context(ca_file) if ca_file or parts.scheme == "https" else None
        )  # a wrong file is told anyway
        self._tls = tls if parts.scheme == "https" else None
        closing = {} if reuse else {"Connection": "close"}
        host = {} if "host" in map(str.lower, headers) else {"Host": authority(self._host, parts.port)}
        self._fields = _fields({**host, **headers, **closing})
        self._connect_s = connect_s
        self._reuse = reuse
        self._resolver = resolver
        self._resolved: tuple[float, list[Any]] = (0.0, [])
        self._resolving = asyncio.Lock()
        self._places = asyncio.Semaphore(connections)
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._heads: dict[tuple[str, str], bytes] = {}

    async def ask(self, method: str, path: str, data: bytes) -> Response:
        """Sends a request and waits for the head of its answer."""
        await self._places.acquire()
        connection = None
        try:
            if self.closed:
                raise ConnectionError("the connections were closed")
            connection = self._kept() or await self._connected()
            head = self._heads.get((method, path)) or self._head(method, path)
            length = b"Content-Length: %d\r\n" % len(data) if data or method != "GET" else b""
            await connection.ask(b"%b%b\r\n%b" % (head, length, data))
        except BaseException:
            self._places.release()
            if connection:
                connection.abort()
            raise
        return connection

    async def close(self) -> None:
        """Breaks every connection and waits until the loop has let go of them."""
        self.closed = True
        self._idle.clear()
        ending = list(self._all)
        for connection in ending:
            connection.abort()
        await asyncio.gather(*(c.ended.wait() for c in ending))

    def _take_back(self, connection: Connection) -> None:
        self._places.release()
        if connection.is_free and self._reuse and not self.closed:
            connection.idle_since = time.monotonic()
            self._idle.append(connection)
        else:
            connection.abort()

    def _kept(self) -> Connection | None:
        """The connection that was used last, so that surplus ones grow old; none that is too old."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_free and time.monotonic() - connection.idle_since < KEEP_ALIVE_S:
                return connection
            connection.abort()
        return None

    async def _connected(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_s):
                sock = await start_connection(
                    await self._addresses(), happy_eyeballs_delay=NEXT_ADDRESS_AFTER_S, interleave=1
                )
                _, connection = await loop.create_connection(
                    lambda: Connection(self._take_back, self._all.discard),
                    sock=sock,
                    ssl=self._tls,
                    server_hostname=self._host.rstrip(".") if self._tls else None,
                )
        except TimeoutError as error:
            raise NoConnectionError(f"no connection within {self._connect_s:g} s") from error
        self._all.add(connection)
        if self.closed:  # meanwhile
            connection.abort()
            raise ConnectionError("the connections were closed")
        return connection

    async def _addresses(self) -> list[Any]:
        """Of the host, as the loop wants them; a name is asked for once while it is fresh."""
        if self._resolver is not None:
            return self._resolver.addresses(self._host, self._port)
        async with self._resolving:
            until, found = self._resolved
            if time.monotonic() >= until:
                loop = asyncio.get_running_loop()
                found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                self._resolved = (time.monotonic() + RESOLVED_FOR_S, found)
            return found

    def _head(self, method: str, path: str) -> bytes:
        head = f"{method} {target_of(self._base_url, path)} HTTP/1.1\r\n".encode() + self._fields
        self._heads[method, path] = head
        return head


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """TLS with the system's certificates, or those of an own authority.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"the CA file cannot be read: {error}", where=ca_file) from error
    context.set_alpn_protocols(["http/1.1"])
    return context


def target_of(base_url: str, path: str) -> str:
    """What a request asks its host for: the base URL's path, then this one, then the base URL's query."""
    parts = urlsplit(base_url)
    path_there = parts.path.rstrip("/") + path
    if "/../" in path_there:  # an endpoint beside `/v1`: servers know a path in its normal form alone
        path_there = posixpath.normpath(path_there)
    query = f"?{quote(parts.query, safe=_SAFE + '?')}" if parts.query else ""
    return (quote(path_there, safe=_SAFE) or "/") + query


def authority(host: str, port: int | None) -> str:
    """Host and port as they stand in an address; the zone of an IPv6 address is this machine's own matter."""
    bracketed = f"[{host.partition('%')[0]}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"


def check_headers(headers: Mapping[str, str], *, where: str | None = None) -> None:
    """Looks whether each can stand in a request's head, and leaves to the client where the request ends.

    Raises:
        ConfigError: One cannot. Its value may be a key, so that it is not told.
    """
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{name!r} is no name of a header", where=where)
        if name.lower() in _FRAMING:
            hint = "leave it out; it says where a request ends, and the client does that"
            raise ConfigError(f"the header {name!r} cannot be set", where=where, hint=hint)
        if _NO_VALUE.search(value):
            message = f"the value of the header {name!r} holds a line break or another control character"
            raise ConfigError(message, where=where, hint="look at its end")


def _fields(headers: Mapping[str, str]) -> bytes:
    """The lines of a request's head."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
