"""An endpoint is looked at before the first item: nothing listens, no list of models, a header that tells."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import web

from evalkit.backends import Stage, open_backend
from evalkit.errors import ConfigError, UnavailableError
from tests.backends.asking import candidate
from tests.servers.stand_in import StandIn


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def started(base_url: str, **fields: object) -> None:
    async def whole() -> None:
        backend = open_backend(candidate("openai", base_url=base_url, **fields), Stage())
        try:
            await backend.start()
        finally:
            await backend.close()

    asyncio.run(whole())


def listing(status: int) -> web.Application:
    """A server whose list of models answers with that status."""

    async def models(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/v1/models", models)
    return app


def started_beside(app: web.Application) -> None:
    async def whole() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        backend = open_backend(
            candidate("openai", base_url=f"http://127.0.0.1:{runner.addresses[0][1]}/v1"), Stage()
        )
        try:
            await backend.start()
        finally:
            await backend.close()
            await runner.cleanup()

    asyncio.run(whole())


def test_a_refused_connection_is_said_at_the_start_with_host_port_and_next_step():
    """Or every item would be asked four times before anyone looks."""
    port = free_port()
    with pytest.raises(UnavailableError) as raised:
        started(f"http://127.0.0.1:{port}/v1")
    assert f"127.0.0.1:{port} cannot be reached" in raised.value.message
    assert raised.value.where == "candidates.c.base_url"
    assert "is the server running" in str(raised.value.hint)


@pytest.mark.parametrize(
    "url", ["http://a..b/v1", f"http://{'a' * 70}.b", "http://ä..b", "http://a b/v1", "http://a\0b"]
)
def test_a_host_that_can_be_none_is_said_before_anything_is_asked(url):
    """Name services take no empty label, none of more than 63 characters and no blank."""
    with pytest.raises(ConfigError, match="is no http address") as raised:
        started(url)
    assert raised.value.where == "candidates.c.base_url"


def test_a_header_that_would_be_two_is_said_with_its_place():
    """A slip in the project's file should be found there."""
    with pytest.raises(ConfigError, match="line break") as raised:
        started(
            "http://127.0.0.1:9/v1",
            harmless=("x-team",),
            options={"headers": {"x-team": "a\r\nX-Planted: 1"}},
        )
    assert raised.value.where == "candidates.c.options.headers"


def test_a_key_with_a_line_end_inside_is_said_by_its_variable(monkeypatch):
    """Its end is cut off anyway; in the middle it is two keys, and neither is told."""
    monkeypatch.setenv("TWO_KEYS", "sk-first\nsk-second")
    with pytest.raises(ConfigError, match="line break") as raised:
        started("http://127.0.0.1:9/v1", api_key_env="TWO_KEYS")
    assert raised.value.where == "candidates.c.api_key_env"
    assert "sk-" not in str(raised.value)


def test_a_name_that_does_not_resolve_is_said_at_the_start():
    """The reserved name never resolves (RFC 6761)."""
    with pytest.raises(UnavailableError, match=r"nowhere\.invalid:80 cannot be reached"):
        started("http://nowhere.invalid/v1")


@pytest.mark.parametrize("status", [404, 405, 500])
def test_a_server_without_a_list_of_models_is_good_enough(status):
    """Many gateways and small servers have none; something listens, and that is what was asked."""
    started_beside(listing(status))


def test_a_refused_key_is_said_at_the_start():
    """With the variable to look at, never its value."""
    with pytest.raises(UnavailableError, match="refuses the key") as raised:
        started_beside(listing(401))
    assert "api_key_env" in str(raised.value.hint)


@pytest.mark.parametrize("header", ["Authorization", "x-api-key", "Cookie", "X-Goog-Api-Key"])
def test_a_key_in_the_headers_of_the_project_file_is_refused(header):
    """A file is committed, copied into manifests and shown; a variable is not."""
    server = StandIn()
    with pytest.raises(ConfigError, match="keys do not stand in files") as raised:
        started(server.base_url, options={"headers": {header: "sk-planted"}})
    assert "sk-planted" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://host:port/v1", "http://[::1/v1", "http:///v1"])
def test_an_address_that_is_none_is_a_configuration_error(url):
    """Not a traceback from the parser of addresses."""
    with pytest.raises(ConfigError, match="no http address"):
        started(url)
