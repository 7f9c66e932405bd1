"""Connections: kept, given up, secured, and held to where they may go."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.backends import responses
from evalkit.backends import wire as wires
from evalkit.backends.chat import Assembly
from evalkit.backends.connection import Connection
from evalkit.backends.http import Limits, Route, Server
from evalkit.backends.pinning import PinnedResolver
from evalkit.backends.responses import Reply, read_stream
from evalkit.backends.templated import Whole
from evalkit.backends.wire import Direct
from evalkit.errors import ConfigError
from evalkit.records import Fault

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue"
Answering = Callable[[int, bytes], bytes | None]
"""Number of the request on its connection, from 0, and its head -> what is written; None closes."""


class Raw:
    """A server that says exactly what a test wants, and counts."""

    def __init__(self, answer: Answering = lambda _number, _head: OK) -> None:
        self.answer = answer
        self.connections = 0
        self.heads: list[bytes] = []
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @asynccontextmanager
    async def serving(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Raw]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = 0
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                await reader.readexactly(length)
                self.heads.append(head)
                said = self.answer(number, head)
                if said is None:
                    break
                writer.write(said)
                number += 1
        except (OSError, EOFError):
            pass
        finally:
            writer.close()


async def sent(server: Server, times: int = 1) -> list[Any]:
    return [(await server.send("/x", {"a": 1}, Whole())).assembly.value for _ in range(times)]


def whole(raw: Raw, use: Callable[[Server], Awaitable[Any]], **fields: Any) -> Any:
    """What a use of a client of this server gives; the client is closed after it."""

    async def run() -> Any:
        async with raw.serving():
            client = Server(raw.base_url, **fields)
            try:
                return await use(client)
            finally:
                await client.close()

    return asyncio.run(run())


def test_requests_one_after_the_other_share_a_connection() -> None:
    """A new one for each costs more than the request."""
    raw = Raw()
    assert whole(raw, lambda client: sent(client, 3)) == [True, True, True]
    assert raw.connections == 1


def test_no_more_connections_are_open_than_the_limit_says() -> None:
    """A small local server has as many slots as it has."""
    raw = Raw()

    async def many(client: Server) -> None:
        await asyncio.gather(*(sent(client, 2) for _ in range(6)))

    whole(raw, many, limits=Limits(connections=2))
    assert raw.connections <= 2
    assert len(raw.heads) == 12


@pytest.mark.parametrize("reuse", [True, False])
def test_a_connection_that_may_not_be_used_again_is_not(reuse: bool) -> None:
    """Some servers break on the second request, and say so or are known for it."""
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    raw = Raw(lambda _number, _head: closing if reuse else OK)
    whole(raw, lambda client: sent(client, 3), limits=Limits(reuse=reuse))
    assert raw.connections == 3
    assert reuse or all(b"Connection: close" in head for head in raw.heads)


def test_an_idle_connection_grows_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server closes it after a while, perhaps just as the next request is written."""
    monkeypatch.setattr(wires, "KEEP_ALIVE_S", 0.0)
    raw = Raw()
    whole(raw, lambda client: sent(client, 2))
    assert raw.connections == 2


def test_a_connection_that_the_server_closed_is_not_asked_again() -> None:
    """It went while it was idle: the next request takes a new one, and no answer is lost."""
    raw = Raw(lambda number, _head: OK if number == 0 else None)

    async def twice(client: Server) -> list[Any]:
        first = await sent(client)
        wire: Any = client._wire
        (connection,) = wire._all
        connection._transport.write_eof()  # the server closes in its turn
        await asyncio.wait_for(connection.ended.wait(), 5)
        return first + await sent(client)

    assert whole(raw, twice) == [True, True]
    assert raw.connections == 2


@pytest.mark.parametrize(
    ("said", "match"),
    [
        (None, "closed the connection"),
        (OK[:-2], None),
        (b"220 mail.example ESMTP\r\n\r\n", "no status line"),
        (OK.replace(b"4", b"four"), "a length that is none"),
    ],
)
def test_an_answer_that_is_none_is_a_fault_of_the_connection(said: bytes | None, match: str | None) -> None:
    """Whatever listens there, the sample is asked again, and the connection is not."""
    raw = Raw(lambda _number, _head: said)
    with pytest.raises(Fault, match=match) as raised:
        whole(raw, sent, limits=Limits(whole_s=0.5))
    assert raised.value.kind == ("timed_out" if match is None else "connection_failed")


def test_a_connection_whose_end_was_seen_is_not_asked_again() -> None:
    """It is lost one turn of the loop later: a request written in between would be lost with it."""
    raw = Raw()

    async def twice(client: Server) -> list[Any]:
        first = await sent(client)
        wire: Any = client._wire
        (connection,) = wire._all
        connection._transport.close()  # what asyncio does when it reads the end; nothing has run since
        return first + await sent(client)

    assert whole(raw, twice) == [True, True]
    assert raw.connections == 2


def test_a_reset_is_not_the_end_of_an_answer_without_a_length() -> None:
    """Such an answer ends with its connection in order; half of it could still be read as one."""

    async def run() -> None:
        connection = Connection(lambda _c: None, lambda _c: None)
        here, there = socket.socketpair()
        await asyncio.get_running_loop().create_connection(lambda: connection, sock=here)
        with there:
            asked = asyncio.create_task(connection.ask(b"request"))
            there.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
            await asked
            assert await connection.more() == b"half"
            connection.connection_lost(ConnectionResetError("reset"))
            with pytest.raises(ConnectionResetError):
                await connection.more()
            connection.abort()

    asyncio.run(run())


def test_closing_is_not_the_end_of_an_answer_without_a_length() -> None:
    """A body that we broke off ourselves is no answer either."""

    async def get_while_closing(client: Server) -> None:
        asked = asyncio.create_task(client.get("/x"))
        wire: Any = client._wire
        while not any(c.status for c in wire._all):  # noqa: ASYNC110 - the head has no event to wait for
            await asyncio.sleep(0.002)
        await client.close()
        await asked

    with pytest.raises(Fault, match="the backend was closed"):
        whole(Raw(lambda _number, _head: b"HTTP/1.1 200 OK\r\n\r\nhalf"), get_while_closing)


def test_whoever_waits_for_a_place_opens_nothing_after_the_close() -> None:
    """A closed backend connects to nobody."""
    raw = Raw(lambda _number, _head: b"HTTP/1.1 200 OK\r\n\r\n")  # an answer that goes on

    async def three(client: Server) -> list[Any]:
        asked = [asyncio.create_task(client.get("/x")) for _ in range(3)]
        while not raw.heads:  # noqa: ASYNC110 - the server counts, and has no event to wait for
            await asyncio.sleep(0.002)
        await client.close()
        return await asyncio.gather(*asked, return_exceptions=True)

    outcomes = whole(raw, three, limits=Limits(connections=1))
    assert [str(o) for o in outcomes] == ["the backend was closed"] * 3
    assert raw.connections == 1


def test_a_request_that_is_broken_off_takes_its_connection_along() -> None:
    """The rest of its answer would be the next one's; and its place is free again."""
    raw = Raw(lambda number, head: OK[:-2] if b"/slow" in head else OK)

    async def cancelled(client: Server) -> list[Any]:
        for _ in range(3):
            asked = asyncio.create_task(client.send("/slow", {}, Whole()))
            count = len(raw.heads)
            while len(raw.heads) == count:  # noqa: ASYNC110 - the server counts
                await asyncio.sleep(0.002)
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
        return await sent(client, 2)

    assert whole(raw, cancelled, limits=Limits(connections=1)) == [True, True]
    assert raw.connections == 4


@pytest.mark.parametrize("after", [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse", b"\r\n"])
def test_an_answer_that_nobody_asked_for_goes_to_nobody(after: bytes) -> None:
    """A server that answers twice would from then on answer each question with the one before."""
    raw = Raw(lambda _number, _head: OK + after)
    assert whole(raw, lambda client: sent(client, 3)) == [True] * 3
    assert raw.connections == 3


EVENTS = [
    {"model": "m", "choices": [{"index": 0, "delta": {"role": "assistant"}}]},
    {"choices": [{"index": 0, "delta": {"content": "naïve 漢字 "}}]},
    {"choices": [{"index": 0, "delta": {"content": "😀\u2028"}, "finish_reason": "stop"}]},
]


@given(
    packed=st.booleans(),
    framing=st.sampled_from(["length", "chunks", "end"]),
    line_end=st.sampled_from([b"\n", b"\r\n"]),
    cuts=st.lists(st.integers(0, 600), max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_a_stream_says_the_same_however_it_is_framed_and_cut(
    packed: bool, framing: str, line_end: bytes, cuts: list[int]
) -> None:
    """In the middle of a character, an event, a chunk or a packed block: no text is lost or garbled."""
    lines = [json.dumps(event, ensure_ascii=False).encode() for event in EVENTS] + [b"[DONE]"]
    body = b"".join(b"data: " + line + 2 * line_end for line in lines)
    body = gzip.compress(body) if packed else body
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + b"Content-Encoding: gzip\r\n" * packed
    raw = {
        "length": head + b"Content-Length: %d\r\n\r\n" % len(body) + body,
        "chunks": head
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"%X\r\n%b\r\n" % (len(p), p) for p in (body[:41], body[41:]))
        + b"0\r\n\r\n",
        "end": head + b"\r\n" + body,
    }[framing]
    at = [0, *sorted(min(c, len(raw)) for c in cuts), len(raw)]
    said = asyncio.run(streamed([raw[a:b] for a, b in pairwise(at)], ends=framing == "end"))
    assert (said._text, said.finish_reason, said.ended) == (["naïve 漢字 ", "😀\u2028"], "stop", True)


class Silent(asyncio.Transport):
    """Sends nothing anywhere."""

    def write(self, data: Any) -> None:
        pass


async def streamed(pieces: list[bytes], *, ends: bool) -> Assembly:
    """What a connection's reader makes of an answer in these pieces, one a turn of the loop."""
    connection = Connection(lambda _c: None, lambda _c: None)
    connection.connection_made(Silent())
    reply = Reply(assembly=Assembly())

    async def read() -> None:
        await connection.ask(b"")
        await read_stream(connection, reply, 0.0, lambda: None)

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    for piece in pieces:
        connection.data_received(piece)
        await asyncio.sleep(0)
    if ends:
        connection.connection_lost(None)
    await reading
    return reply.assembly


def test_a_stream_that_stays_open_behind_its_end_does_not_count_as_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Latency is measured up to the model's end; waiting for the server's costs the connection only."""
    monkeypatch.setattr(responses, "END_WITHIN_S", 0.2)
    raw = staying_open()
    began = time.perf_counter()
    reply = whole(raw, lambda client: client.send("/x", {}, Assembly()))
    assert 0 < reply.latency_s <= time.perf_counter() - began - 0.19


def test_a_time_limit_behind_the_end_of_a_stream_loses_no_answer() -> None:
    """It was paid for, and it is whole."""
    limits = Limits(whole_s=0.7)
    reply = whole(staying_open(), lambda client: client.send("/x", {}, Assembly()), limits=limits)
    assert reply.assembly.finish_reason == "stop"


def staying_open() -> Raw:
    """A server that does not end its streams."""
    said = b"data: %b\n\ndata: [DONE]\n\n" % json.dumps(EVENTS[2]).encode()
    return Raw(
        lambda _n, _h: (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n" + said
        )
    )


def test_a_request_is_what_http_asks_for() -> None:
    """Servers and gateways are strict about the head."""
    raw = Raw()
    whole(raw, sent, headers={"x-own": "1", "content-TYPE": "application/own"})
    (head,) = raw.heads
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /v1/x HTTP/1.1"
    assert f"Host: 127.0.0.1:{raw.port}" in lines
    assert "Content-Length: 7" in lines
    assert "x-own: 1" in lines
    assert [n for n in lines if n.lower().startswith("content-type")] == ["content-TYPE: application/own"]


@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize("value", ["key\r\nX-Planted: 1", "key\n", "k\0y", "key\udcff"])
def test_a_header_cannot_end_its_line(value: str, proxied: bool) -> None:
    """A key with a line end would be half a request; it is not told."""
    with pytest.raises(ConfigError, match="line break") as raised:
        opened("http://127.0.0.1:1", {"Authorization": value}, proxied)
    assert "key" not in str(raised.value)


@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize("name", ["", "X: 1\r\nY", "x own", "Content-length", "transfer-encoding"])
def test_a_header_leaves_the_rest_of_the_request_alone(name: str, proxied: bool) -> None:
    """A length of its own, and a gateway in between would read another request than was sent."""
    with pytest.raises(ConfigError, match=r"no name of a header|cannot be set"):
        opened("http://127.0.0.1:1", {name: "1"}, proxied)


def opened(base_url: str, headers: dict[str, str], proxied: bool) -> None:
    async def run() -> None:
        await Server(base_url, headers=headers, route=Route(trust_env=proxied)).close()

    asyncio.run(run())


def test_a_host_header_of_the_users_is_the_only_one() -> None:
    """Two of them are a bad request."""
    raw = Raw()
    whole(raw, sent, headers={"host": "gpu.internal"})
    assert raw.heads[0].lower().count(b"\r\nhost:") == 1
    assert b"host: gpu.internal\r\n" in raw.heads[0]


def test_a_pinned_host_is_not_another() -> None:
    """The addresses were checked for one name."""
    with pytest.raises(OSError, match="not the host"):
        PinnedResolver("gpu.internal", ["10.0.0.1"]).addresses("example.com", 80)


@pytest.mark.parametrize(
    ("url", "target", "host"),
    [
        ("http://127.0.0.1:9/v1?api-version=1&x=%20y", b"/v1/x?api-version=1&x=%20y", b"127.0.0.1:9"),
        ("http://[::1]:9", b"/x", b"[::1]:9"),
        ("http://[fe80::1%eth0]:9", b"/x", b"[fe80::1]:9"),
        ("http://bücher.example/ä", b"/%C3%A4/x", b"xn--bcher-kva.example"),
    ],
)
def test_an_address_becomes_target_and_host(url: str, target: bytes, host: bytes) -> None:
    """As the server knows itself."""

    async def head() -> bytes:
        return Direct(url, {}, connections=1, connect_s=1.0)._head("POST", "/x")

    assert asyncio.run(head()) == b"POST %b HTTP/1.1\r\nHost: %b\r\n" % (target, host)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, of no known authority."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=stand-in", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path,
         "-out", f"{path}.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.mark.parametrize(
    ("host", "trusted", "match"),
    [
        ("127.0.0.1", True, None),
        ("127.0.0.1", False, "CERTIFICATE_VERIFY_FAILED"),
        ("localhost", True, "CERTIFICATE_VERIFY_FAILED"),
    ],
)
def test_a_server_must_prove_its_name(certificate: Path, host: str, trusted: bool, match: str | None) -> None:
    """Keys and inputs go to nobody else: an unknown authority and another name are refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    raw = Raw()

    async def run() -> list[Any]:
        async with raw.serving(context):
            route = Route(ca_file=str(certificate) if trusted else None)
            client = Server(f"https://{host}:{raw.port}", route=route)
            try:
                return await sent(client, 2)
            finally:
                await client.close()

    if match is None:
        assert asyncio.run(run()) == [True, True]
        assert raw.connections == 1
    else:
        with pytest.raises(Fault, match=match):
            asyncio.run(run())
        assert not raw.heads


def test_a_proxy_that_is_asked_for_carries_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Corporate machines reach nothing without one; the host need not even resolve here."""
    raw = Raw()

    async def run() -> list[Any]:
        async with raw.serving():
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{raw.port}")
            monkeypatch.delenv("no_proxy", raising=False)
            client = Server("http://models.invalid/v1?api-version=1", route=Route(trust_env=True))
            try:
                return await sent(client)
            finally:
                await client.close()

    assert asyncio.run(run()) == [True]
    assert raw.heads[0].startswith(b"POST http://models.invalid/v1/x?api-version=1 HTTP/1.1\r\n")
