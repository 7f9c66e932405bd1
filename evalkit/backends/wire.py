"""Requests to one server over aiohttp: kept connections, checked addresses where asked, bounded bodies.

No redirect is followed, no cookie is kept, and no proxy is used unless asked for: a request goes where the
address says.
"""

from __future__ import annotations

import io
import posixpath
import re
import ssl
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import aiohttp
from yarl import URL

from evalkit.backends.pinning import PinnedResolver, ascii_host
from evalkit.errors import ConfigError
from evalkit.records import Fault

KEEP_ALIVE_S = 4.0
"""How long an idle connection is kept, in seconds: less than the 5 s after which uvicorn (vLLM) and llama.cpp
close it, or a request would now and then be written to a connection that is just being closed."""
MOST_BYTES = 64 * 1024 * 1024
"""Most bytes of one answer, unpacked; beyond them the server is not serious."""
OWN_BYTES = 1024 * 1024
"""Bytes of an answer that it may hold whatever the others do."""
MOST_BYTES_TOGETHER = 256 * 1024 * 1024
"""Bytes that all answers in flight in this process may hold together beyond their own `OWN_BYTES`."""
MOST_HEAD_BYTES = 65_536
"""Most bytes of one line of an answer's head."""

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NO_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
"""Control characters but the tabulator, and bytes of a variable that are no UTF-8."""
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_SAFE = "/%:@!$&'()*+,;=~-._"
_LARGE = 1 << 20
"""Bytes of a request from which aiohttp warns that they are written at once."""


class _StaleError(Exception):
    """A kept connection holds an answer that nobody asked for; nothing was sent on it."""


class Response(Protocol):
    """An answer whose head has come."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The fields, by name in whatever case."""
        ...

    async def more(self) -> bytes:
        """Return what has come of the body since; wait for it, and return nothing at the body's end.

        Raises:
            Fault: `malformed_response`, it is larger than an answer can be.
            OSError: The connection broke.
        """
        ...


class Together:
    """What all answers in flight hold, in bytes beyond their own."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0


TOGETHER = Together(MOST_BYTES_TOGETHER)
"""The whole process's."""


class HttpAnswer:
    """aiohttp's answer, its body counted while it is read."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._together = TOGETHER
        self._size = self._shared = 0
        self._protocol = None if response.connection is None else response.connection.protocol

    async def more(self) -> bytes:
        """Return what has come of the body since."""
        try:
            chunk = await self._response.content.readany()
        except (aiohttp.ClientError, RuntimeError) as error:
            raise _translated(error) from error
        if not chunk:
            self._check_end()
        self._hold(len(chunk))
        return chunk

    def let_go(self) -> None:
        """Keep the connection when the answer was read to its end, else break it; give back what was held."""
        self._together.held -= self._shared
        self._shared = 0
        self._response.release()

    def _hold(self, size: int) -> None:
        self._size += size
        if self._size > MOST_BYTES:
            raise Fault("malformed_response", "the answer has no end")
        beyond = max(0, self._size - OWN_BYTES) - self._shared
        if beyond > 0 and self._together.held + beyond > self._together.most:
            most = self._together.most >> 20
            raise Fault("malformed_response", f"the answers in flight are larger than {most} MiB together")
        self._shared += max(0, beyond)
        self._together.held += max(0, beyond)

    def _check_end(self) -> None:
        """An answer without a length ends with its connection: one that broke is not whole."""
        error = None if self._protocol is None else self._protocol.exception()
        if isinstance(error, aiohttp.ClientOSError) and "content-length" not in self.headers:
            raise _translated(error) from error


class Wire:
    """Connections to one server.

    Args:
        base_url: Where to; a query in it goes with each request.
        headers: Sent with each request.
        connections: Most at once.
        connect_s: Time limit for a new one, in seconds.
        reuse: Whether a connection serves a second request.
        ca_file: Certificates of an own authority; None takes the system's.
        resolver: What gives the addresses of the host; None asks the system.
        trust_env: Whether proxy variables and `.netrc` are read.
    """

    name = f"aiohttp {aiohttp.__version__}"
    """For a run's manifest."""

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
        trust_env: bool = False,
    ) -> None:
        parts = urlsplit(base_url)
        check_headers(headers)
        self._base_url = base_url
        host = ascii_host(parts.hostname)
        bracketed = f"[{host}]" if ":" in host else host
        self._place = f"{parts.scheme}://{bracketed}" + (f":{parts.port}" if parts.port else "")
        self._connect_s = connect_s
        self._urls: dict[str, URL] = {}
        own_host = {} if "host" in map(str.lower, headers) else {"Host": authority(host, parts.port)}
        keeping: dict[str, Any] = {"keepalive_timeout": KEEP_ALIVE_S} if reuse else {"force_close": True}
        self._session = aiohttp.ClientSession(
            headers={**own_host, **headers},
            connector=aiohttp.TCPConnector(
                limit=connections, resolver=resolver, ssl=tls_context(ca_file) if ca_file else True, **keeping
            ),
            request_class=_Request,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_s),
            trust_env=trust_env,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=MOST_HEAD_BYTES,
            max_field_size=MOST_HEAD_BYTES,
        )

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._session.closed

    async def ask(self, method: str, path: str, data: bytes) -> HttpAnswer:
        """Send a request and wait for the head of its answer; `path` is what follows the base URL.

        Raises:
            OSError: No connection, or it broke.
        """
        url = self._urls.get(path) or self._url(path)
        while True:
            body = io.BytesIO(data) if len(data) >= _LARGE else data or None
            try:
                response = await self._session.request(method, url, data=body, allow_redirects=False)
            except _StaleError:
                continue
            except aiohttp.ConnectionTimeoutError as error:
                raise ConnectionError(f"no connection within {self._connect_s:g} s") from error
            except (aiohttp.ClientError, RuntimeError, ValueError) as error:
                raise _translated(error) from error
            return HttpAnswer(response)

    async def close(self) -> None:
        """Close every connection, whatever it is at."""
        await self._session.close()

    def _url(self, path: str) -> URL:
        # Already encoded: what the base URL says is sent as it is.
        self._urls[path] = URL(self._place + target_of(self._base_url, path), encoded=True)
        return self._urls[path]


class _Request(aiohttp.ClientRequest):
    """A request that takes no connection on which an answer is already waiting.

    A server that answers twice would from then on answer each question with the one before.
    """

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        """Write the request.

        Raises:
            _StaleError: The connection holds what nobody asked for; it is closed.
        """
        if conn.protocol is not None and conn.protocol.should_close:
            conn.close()
            raise _StaleError("an answer that nobody asked for")
        return await super().send(conn)


def _translated(error: Exception) -> ConnectionError:
    """aiohttp's error as ours: in its own words, since what it quotes may be cut in the middle of a key."""
    words = str(error)
    if isinstance(error, aiohttp.ClientResponseError):
        words = re.split(r"[:'\"\n]", error.message)[0]
    elif isinstance(error, aiohttp.ServerDisconnectedError):
        words = "the server closed the connection"
    return ConnectionError(": ".join(filter(None, (type(error).__name__, words.partition("\n")[0].strip()))))


def tls_context(ca_file: str) -> ssl.SSLContext:
    """TLS with the certificates of an own authority.

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
