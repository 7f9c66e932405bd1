"""Closing in the middle of things: Ctrl-C, time limits and a second close leave nothing open."""

from __future__ import annotations

import asyncio
import gc

import pytest

from evalkit.backends.http import ChatServer, ConnectionLimits
from evalkit.records import Fault
from tests.servers.stand_in import StandIn, always

BODY = {"model": "m", "messages": [{"role": "user", "content": "hello"}], "stream": True}
TURNS = pytest.mark.parametrize("turns", range(5))
"""Turns of the loop between the two events: the state of a request differs in each."""


async def asked(server: StandIn, number: int) -> tuple[ChatServer, list[asyncio.Task[object]]]:
    """A client with requests in flight, each with the server for certain."""
    client = ChatServer(server.base_url, limits=ConnectionLimits(connections=number, first_token_s=30.0))
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(client.chat(BODY)) for _ in range(number)]
    async with asyncio.timeout(5):
        while len(server.asked) < number:  # noqa: ASYNC110 - the server counts, and has no event to wait for
            await asyncio.sleep(0.002)
    return client, tasks


async def turn(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def ended(client: ChatServer, tasks: list[asyncio.Task[object]]) -> list[object]:
    """How each request ended, at once; nothing may be left open."""
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert client._wire.closed
    assert not client._in_flight
    return list(outcomes)


@TURNS
@pytest.mark.parametrize("number", [1, 5])
def test_a_cancelled_request_does_not_keep_the_session_from_closing(turns, number):
    """Ctrl-C cancels what is in flight and closes; an unclosed session would be reported at exit."""

    async def whole() -> list[object]:
        async with StandIn(fault=always("hang")) as server:
            client, tasks = await asked(server, number)
            for task in tasks:
                task.cancel()
            await turn(turns)
            await client.close()
            return await ended(client, tasks)

    outcomes = asyncio.run(whole())
    gc.collect()  # an unclosed session would speak up here
    assert {type(o) for o in outcomes} <= {asyncio.CancelledError, Fault}
    assert len(outcomes) == number


@TURNS
def test_a_second_close_while_the_first_ends_the_requests_is_harmless(turns):
    """A request whose time is just up cannot be given another limit: the close went on to fail there."""

    async def whole() -> list[object]:
        async with StandIn(fault=always("hang")) as server:
            client, tasks = await asked(server, 3)
            first = asyncio.create_task(client.close())
            await turn(turns)
            await client.close()
            await first
            return await ended(client, tasks)

    outcomes = asyncio.run(whole())
    assert [(type(o), str(o)) for o in outcomes] == [(Fault, "the backend was closed")] * 3


def test_a_close_at_the_moment_of_the_time_limit_is_harmless():
    """The limit has struck, the request has not heard of it yet."""

    async def whole() -> list[object]:
        async with StandIn(fault=always("hang")) as server:
            client, tasks = await asked(server, 2)
            for limit in client._in_flight:
                limit._on_timeout()  # type: ignore[attr-defined]  # the moment itself
            await client.close()
            return await ended(client, tasks)

    assert {type(o) for o in asyncio.run(whole())} == {Fault}
