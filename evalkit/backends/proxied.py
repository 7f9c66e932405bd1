"""A wire through the proxies that the environment names, over aiohttp, which knows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import aiohttp

from evalkit.backends.pinning import ascii_host
from evalkit.backends.wire import (
    NoConnectionError,
    Response,
    authority,
    check_headers,
    target_of,
    tls_context,
)


class Proxied:
    """A wire that reads proxy variables, as a company's machines may want it."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        connections: int,
        connect_s: float,
        reuse: bool = True,
        ca_file: str | None = None,
    ) -> None:
        check_headers(headers)
        self.name = f"aiohttp {aiohttp.__version__}"
        self._base_url = base_url
        parts = urlsplit(base_url)
        self._place = f"{parts.scheme}://{authority(ascii_host(parts.hostname), parts.port)}"
        self._connect_s = connect_s
        tls = True if ca_file is None else tls_context(ca_file)
        self._session = aiohttp.ClientSession(
            headers=headers,
            connector=aiohttp.TCPConnector(limit=connections, force_close=not reuse, ssl=tls),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_s),
            trust_env=True,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._session.closed

    async def ask(self, method: str, path: str, data: bytes) -> Response:
        """Sends a request and waits for the head of its answer."""
        with self._told():
            response = await self._session.request(
                method,
                self._place + target_of(self._base_url, path),
                data=data or None,
                allow_redirects=False,
            )
        return _Answer(response)

    async def close(self) -> None:
        """Closes every connection."""
        await self._session.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except aiohttp.ConnectionTimeoutError as error:
            raise NoConnectionError(f"no connection within {self._connect_s:g} s") from error
        except aiohttp.ClientError as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error


class _Answer:
    """aiohttp's answer as ours."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}

    def let_go(self) -> None:
        """Keeps the connection when the answer was read to its end, else breaks it."""
        self._response.release()

    async def more(self) -> bytes:
        """What has come of the body since."""
        try:
            return await self._response.content.readany()
        except aiohttp.ClientError as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error
