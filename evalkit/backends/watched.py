"""A server of our own, watched: brought up, started again when it has died, closed in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from evalkit.errors import UnavailableError
from evalkit.records import Fault

MOST_RESTARTS = 5
"""Restarts in one run; a server that dies more often is broken, not unlucky."""


class Life(Protocol):
    """What is watched."""

    def is_running(self) -> bool:
        """Whether it lives."""
        ...

    async def is_dead(self) -> bool:
        """Whether it has died, or does so in a moment."""
        ...

    def last_words(self) -> str:
        """How it ended, in one line."""
        ...

    def peak_memory_b(self) -> int | None:
        """The most memory that it held, in bytes; None when not known."""
        ...

    async def stop(self) -> None:
        """Ends it; the connections of its clients are closed already."""
        ...


class Client(Protocol):
    """The client's end of it."""

    async def close(self) -> None:
        """Closes every connection."""
        ...


L = TypeVar("L", bound=Life)
C = TypeVar("C", bound=Client)


class Watched(Generic[L, C]):
    """One server and its client, for the length of a run."""

    def __init__(self, launch: Callable[[], Awaitable[tuple[L, C]]], on_restart: Callable[[], None]) -> None:
        self._launch = launch
        self._on_restart = on_restart
        self._up: tuple[L, C] | None = None
        self.restarts = 0
        """How often it was started again."""
        self._restarting: asyncio.Task[None] | None = None

    async def start(self) -> L:
        """Brings it up for the first time.

        Raises:
            UnavailableError: It does not come up; says why.
        """
        self._up = await self._launch()
        return self._up[0]

    async def up(self) -> tuple[L, C]:
        """The living server and its client; one that has died is started again first.

        Raises:
            Fault: `connection_failed`, not started; `crashed`, it does not come up again or dies too often.
        """
        if self._up is None:
            raise Fault("connection_failed", "the backend is not started")
        if not self._up[0].is_running():
            if self._restarting is None or self._restarting.done():
                self._restarting = asyncio.create_task(self._start_again())
            # One restart for all who wait: a request whose time is up must not take it along.
            await asyncio.shield(self._restarting)
        return self._up

    async def fault_of(self, fault: Fault, life: Life) -> Fault:
        """The fault of a request: `crashed`, where a failed connection was the server's death."""
        if fault.kind == "connection_failed" and await life.is_dead():
            return Fault("crashed", f"the local server died: {life.last_words()}")
        return fault

    def peak_memory_b(self) -> int | None:
        """The most memory that the living server has held, in bytes; None when not known."""
        return None if self._up is None else self._up[0].peak_memory_b()

    async def close(self) -> None:
        """Closes the connections, then ends the server: in this order, since some hang otherwise."""
        if self._restarting is not None:
            self._restarting.cancel()
            await asyncio.wait([self._restarting])
        up, self._up = self._up, None
        if up is not None:
            await _end(up)

    async def _start_again(self) -> None:
        if self.restarts >= MOST_RESTARTS:
            raise Fault("crashed", f"the local server died {self.restarts + 1} times: given up")
        self.restarts += 1
        self._on_restart()
        assert self._up is not None  # noqa: S101 - the caller has looked
        dead = self._up
        try:
            self._up = await self._launch()
        except UnavailableError as error:
            raise Fault("crashed", error.message) from error
        finally:
            await _end(dead)


async def _end(up: tuple[Life, Client]) -> None:
    await up[1].close()
    await up[0].stop()
