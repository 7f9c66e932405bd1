"""`models check`: one tiny request tells what a candidate can do, or what to do next."""

from __future__ import annotations

import asyncio

from evalkit.backends import Stage, open_backend
from evalkit.backends.check import check
from tests.backends.asking import candidate
from tests.servers.stand_in import StandIn, always


def checked(server, **fields):
    async def whole():
        async with server:
            made = candidate("openai", model="stand-in", base_url=server.base_url, **fields)
            return await check(open_backend(made, Stage()))

    return asyncio.run(whole())


def test_a_working_candidate_says_who_answered_and_how_fast():
    """One request, no more."""
    server = StandIn(answer=lambda _: "Blue")
    found = checked(server)
    assert found.ok
    assert "Blue" in found.detail
    assert found.model_reported == "stand-in"
    assert found.latency_s is not None
    assert len(server.asked) == 1


def test_a_fault_is_told_in_one_line():
    """The kind and the server's words."""
    found = checked(StandIn(fault=always("404")))
    assert not found.ok
    assert found.detail.startswith("rejected: the model does not exist")


def test_a_missing_key_is_told_with_the_next_step(monkeypatch):
    """Nothing raises: a list of candidates is checked one after the other."""
    monkeypatch.delenv("NOT_SET", raising=False)
    found = checked(StandIn(), api_key_env="NOT_SET")
    assert not found.ok
    assert "export NOT_SET=" in found.detail


def test_a_simulated_candidate_is_said_to_be_one():
    """A project with stand-ins passes its check, and nobody takes them for models."""
    found = asyncio.run(check(open_backend(candidate("simulated"), Stage())))
    assert found.ok
    assert found.detail.startswith("simulated")
