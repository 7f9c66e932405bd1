"""One connection to a server, over asyncio: bytes out, an answer in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from evalkit.backends.http1 import Decompressor, ResponseParser, decompressor

MOST_BYTES = 64 * 1024 * 1024
"""Most bytes of one answer; beyond them the server is not serious."""


class Connection(asyncio.Protocol):
    """One connection, with one request at a time; it is that request's answer too.

    Args:
        take_back: Told when its answer is let go of.
        forget: Told when it has ended.
    """

    def __init__(self, take_back: Callable[[Connection], None], forget: Callable[[Connection], None]) -> None:
        self.idle_since = 0.0
        self.ended = asyncio.Event()
        self._take_back = take_back
        self._forget = forget
        self._transport: asyncio.Transport | None = None
        self._answer = ResponseParser()
        self._answer.complete = self._answer.reusable = True  # nothing was asked
        self._unpack: Decompressor | None = None
        self._error: OSError | None = None
        self._news: asyncio.Future[None] | None = None

    @property
    def status(self) -> int:
        """The answer's status."""
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's fields."""
        return self._answer.headers

    @property
    def is_free(self) -> bool:
        """Whether it can serve another request."""
        # One whose end has been seen is closing before it is lost: a request on it would be lost too.
        closing = self._transport is None or self._transport.is_closing()
        return self._answer.complete and self._answer.reusable and self._error is None and not closing

    async def ask(self, request: bytes) -> None:
        """Sends a request; returns with the head of its answer."""
        assert self._transport is not None  # noqa: S101 - it is connected
        self._answer = ResponseParser()
        self._transport.write(request)
        while not self._answer.status:
            await self._heard()
        self._unpack = decompressor(self._answer.headers, MOST_BYTES)

    async def more(self) -> bytes:
        """What has come of the body since."""
        while True:
            data = self._answer.take()
            if data and self._unpack:
                data = self._unpack(data)
            if data or self._answer.complete:
                return data
            await self._heard()

    def let_go(self) -> None:
        """The answer is not read further."""
        self._take_back(self)

    def abort(self) -> None:
        """Breaks it off; its answer is not whole by that."""
        self._error = self._error or ConnectionAbortedError("the connection was broken off")
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of TCP
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Reads on in the answer; whoever waits for it is told."""
        try:
            self._answer.feed(data)
        except OSError as error:
            self._error = error
            self.abort()
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        """An answer without a length ends so, where the server ended it in order; any other breaks."""
        if exc is None and self._error is None:
            self._answer.end()
        self._error = self._error or (
            exc if isinstance(exc, OSError) else ConnectionResetError("the server closed the connection")
        )
        self._tell()
        self.ended.set()
        self._forget(self)

    async def _heard(self) -> None:
        """Waits for the next bytes.

        Raises:
            OSError: None will come.
        """
        if self._error is not None:
            raise self._error
        self._news = asyncio.get_running_loop().create_future()
        await self._news

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
