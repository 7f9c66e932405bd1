"""Connections: kept, given up, secured, and held to where they may go."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
import socket
import ssl
import struct
import subprocess
import time
import tracemalloc
import zlib
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
from evalkit.backends.http import ConnectionLimits, Server, Transport
from evalkit.backends.pinning import PinnedResolver
from evalkit.backends.templated import Whole
from evalkit.backends.wire import Together, Wire
from evalkit.errors import ConfigError
from evalkit.records import Fault

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue"
Answering = Callable[[int, bytes], bytes | list[bytes] | None]
"""Number of the request on its connection, from 0, and its head -> what is written, perhaps in pieces; None
closes."""
After = Callable[[asyncio.StreamWriter], Awaitable[bool]]
"""What the server does behind an answer, and whether it then closes the connection."""


class Raw:
    """A server that says exactly what a test wants, and counts."""

    def __init__(self, answer: Answering = lambda _number, _head: OK, *, after: After | None = None) -> None:
        self.answer = answer
        self.after = after
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
                for piece in [said] if isinstance(said, bytes) else said:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                if self.after and await self.after(writer):
                    break
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

    whole(raw, many, limits=ConnectionLimits(connections=2))
    assert raw.connections <= 2
    assert len(raw.heads) == 12


@pytest.mark.parametrize("reuse", [True, False])
def test_a_connection_that_may_not_be_used_again_is_not(reuse: bool) -> None:
    """Some servers break on the second request, and say so or are known for it."""
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    raw = Raw(lambda _number, _head: closing if reuse else OK)
    whole(raw, lambda client: sent(client, 3), limits=ConnectionLimits(reuse=reuse))
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

    async def close(_writer: asyncio.StreamWriter) -> bool:
        return True

    raw = Raw(after=close)

    async def twice(client: Server) -> list[Any]:
        first = await sent(client)
        await asyncio.sleep(0.05)
        return first + await sent(client)

    assert whole(raw, twice) == [True, True]
    assert raw.connections == 2


@pytest.mark.parametrize(
    ("said", "match"),
    [
        (None, "closed the connection"),
        (OK[:-2], None),
        (b"220 mail.example ESMTP\r\n\r\n", "Bad status line$"),
        (b"HTTP/1.1 200 OK sk-" + b"k" * 70_000, "more than 65536 bytes"),
        (OK.replace(b"4", b"four"), "Content-Length"),
        (OK.replace(b"OK", b"OK\r\nTransfer-Encoding: chunked"), "Content-Length"),
    ],
)
def test_an_answer_that_is_none_is_a_fault_of_the_connection(said: bytes | None, match: str | None) -> None:
    """Whatever listens there, the sample is asked again, and the connection is not."""
    raw = Raw(lambda _number, _head: said)
    with pytest.raises(Fault, match=match) as raised:
        whole(raw, sent, limits=ConnectionLimits(whole_s=0.5))
    assert raised.value.kind == ("timed_out" if match is None else "connection_failed")


@pytest.mark.parametrize("framing", [b"", b"Content-Length: 9\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_a_reset_is_not_the_end_of_an_answer(framing: bytes) -> None:
    """One without a length ends with its connection in order; half of it could still be read as one."""

    async def reset(writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(0.05)
        here = writer.get_extra_info("socket")
        here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return True

    part = b"4\r\ntrue\r\n" if b"chunked" in framing else b"true"
    raw = Raw(lambda _number, _head: b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n" + part, after=reset)
    with pytest.raises(Fault) as raised:
        whole(raw, sent)
    assert raised.value.kind == "connection_failed"


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    """HTTP/1.0 servers and some streams end so."""

    async def close(_writer: asyncio.StreamWriter) -> bool:
        return True

    raw = Raw(lambda _number, _head: b"HTTP/1.0 200 OK\r\n\r\ntrue", after=close)
    assert whole(raw, lambda client: sent(client, 2)) == [True, True]


def test_closing_is_not_the_end_of_an_answer_without_a_length() -> None:
    """A body that we broke off ourselves is no answer either."""
    raw = Raw(lambda _number, _head: b"HTTP/1.1 200 OK\r\n\r\nhalf")

    async def get_while_closing(client: Server) -> None:
        asked = asyncio.create_task(client.get("/x"))
        while not raw.heads:  # noqa: ASYNC110 - the server counts, and has no event to wait for
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.05)
        await client.close()
        await asked

    with pytest.raises(Fault, match="the backend was closed"):
        whole(raw, get_while_closing)


def test_whoever_waits_for_a_place_opens_nothing_after_the_close() -> None:
    """A closed backend connects to nobody."""
    raw = Raw(lambda _number, _head: b"HTTP/1.1 200 OK\r\n\r\n")  # an answer that goes on

    async def three(client: Server) -> list[Any]:
        asked = [asyncio.create_task(client.get("/x")) for _ in range(3)]
        while not raw.heads:  # noqa: ASYNC110 - the server counts, and has no event to wait for
            await asyncio.sleep(0.002)
        await client.close()
        return await asyncio.gather(*asked, return_exceptions=True)

    outcomes = whole(raw, three, limits=ConnectionLimits(connections=1))
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

    assert whole(raw, cancelled, limits=ConnectionLimits(connections=1)) == [True, True]
    assert raw.connections == 4


FALSE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse"


@pytest.mark.parametrize("after", [FALSE, b"\r\n"])
def test_an_answer_that_nobody_asked_for_goes_to_nobody(after: bytes) -> None:
    """A server that answers twice would from then on answer each question with the one before."""
    raw = Raw(lambda _number, _head: OK + after)
    assert whole(raw, lambda client: sent(client, 3)) == [True] * 3
    assert raw.connections == (3 if after == FALSE else 1)


def test_an_answer_that_comes_while_nothing_is_asked_goes_to_nobody() -> None:
    """A gateway may time out and answer, and then pass on the late answer too."""

    async def late(writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(0.02)
        writer.write(FALSE)
        return False

    raw = Raw(after=late)

    async def apart(client: Server) -> list[Any]:
        found = []
        for _ in range(3):
            found += await sent(client)
            await asyncio.sleep(0.1)
        return found

    assert whole(raw, apart) == [True] * 3
    assert raw.connections == 3
    assert len(raw.heads) == 3


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

    async def close(_writer: asyncio.StreamWriter) -> bool:
        return framing == "end"

    server = Raw(lambda _number, _head: [raw[a:b] for a, b in pairwise(at)], after=close)
    said = whole(server, lambda client: client.send("/x", {}, Assembly())).assembly
    assert ("".join(said._text), said.finish_reason, said.ended) == ("naïve 漢字 😀\u2028", "stop", True)


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
    limits = ConnectionLimits(whole_s=0.7)
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
        await Server(base_url, headers=headers, route=Transport(trust_env=proxied)).close()

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
        asyncio.run(PinnedResolver("gpu.internal", ["10.0.0.1"]).resolve("example.com", 80))


@pytest.mark.parametrize("names", ["gpu.internal", "GPU.Internal."])
def test_a_pinned_host_is_asked_at_the_checked_addresses_alone(names: str) -> None:
    """The name does not even resolve here: no name service is asked, and the second address serves too."""
    raw = Raw()

    async def run() -> list[Any]:
        async with raw.serving():
            route = Transport(resolver=PinnedResolver("gpu.internal", ["127.0.0.9", "127.0.0.1"]))
            client = Server(f"http://{names}:{raw.port}/v1", route=route)
            try:
                return await sent(client, 2)
            finally:
                await client.close()

    assert asyncio.run(run()) == [True, True]
    assert f"Host: {names.lower()}:{raw.port}".encode() in raw.heads[0]


@pytest.mark.parametrize(
    ("url", "target", "host", "connects"),
    [
        (
            "http://127.0.0.1:9/v1?api-version=1&x=%20y",
            "/v1/x?api-version=1&x=%20y",
            "127.0.0.1:9",
            "127.0.0.1",
        ),
        ("http://[::1]:9", "/x", "[::1]:9", "::1"),
        ("http://[fe80::1%eth0]:9", "/x", "[fe80::1]:9", "fe80::1%eth0"),
        ("http://bücher.example/ä", "/%C3%A4/x", "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_an_address_becomes_target_and_host(url: str, target: str, host: str, connects: str) -> None:
    """As the server knows itself; the zone of an address is ours."""

    async def made() -> tuple[str, str, str | None]:
        wire = Wire(url, {}, connections=1, connect_s=1.0)
        asked = wire._url("/x")
        await wire.close()
        return asked.raw_path_qs, wire._session.headers["Host"], asked.raw_host

    assert asyncio.run(made()) == (target, host, connects)


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
            route = Transport(ca_file=str(certificate) if trusted else None)
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
            client = Server("http://models.invalid/v1?api-version=1", route=Transport(trust_env=True))
            try:
                return await sent(client)
            finally:
                await client.close()

    assert asyncio.run(run()) == [True]
    assert raw.heads[0].startswith(b"POST http://models.invalid/v1/x?api-version=1 HTTP/1.1\r\n")


def zeros(size: int, *, packed: bool, framing: str) -> bytes:
    """An answer whose body is a JSON text of so many bytes."""
    body = b'"' + b"0" * (size - 2) + b'"'
    head = b"HTTP/1.1 200 OK\r\n" + b"Content-Encoding: gzip\r\n" * packed
    body = gzip.compress(body, 1) if packed else body
    if framing == "length":
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    return head + b"Transfer-Encoding: chunked\r\n\r\n%X\r\n%b\r\n0\r\n\r\n" % (len(body), body)


@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("beyond", [0, 1])
def test_an_answer_is_as_large_as_one_can_be_and_no_larger(
    packed: bool, framing: str, beyond: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unpacked: a megabyte of zeros fits a kilobyte."""
    most = 3_000_000
    monkeypatch.setattr(wires, "MOST_BYTES", most)
    raw = Raw(lambda _number, _head: zeros(most + beyond, packed=packed, framing=framing))
    if beyond:
        with pytest.raises(Fault, match="no end") as raised:
            whole(raw, sent)
        assert raised.value.kind == "malformed_response"
    else:
        (text,) = whole(raw, sent)
        assert len(text) == most - 2


def test_a_packed_bomb_takes_no_memory() -> None:
    """A gibibyte of zeros in a megabyte: what is unpacked before it is refused stays small."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1024)) + packer.flush()
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    raw = Raw(lambda _number, _head: head + body)
    tracemalloc.start()
    try:
        with pytest.raises(Fault, match="no end"):
            whole(raw, sent)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * wires.MOST_BYTES


def test_a_head_is_bounded() -> None:
    """A server that never ends its head is not waited for."""
    raw = Raw(lambda _number, _head: OK.replace(b"\r\n\r\n", b"\r\nX: " + b"a" * 60_000 + b"\r\n\r\n"))
    assert whole(raw, sent) == [True]
    raw = Raw(lambda _number, _head: OK.replace(b"\r\n\r\n", b"\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"))
    with pytest.raises(Fault, match="more than 65536 bytes"):
        whole(raw, sent)


def held_together(monkeypatch: pytest.MonkeyPatch, most: int, sizes: list[int]) -> list[Any]:
    """What comes of answers of these sizes that are all in flight until the last byte of the last."""
    together = Together(most)
    monkeypatch.setattr(wires, "TOGETHER", together)
    monkeypatch.setattr(wires, "OWN_BYTES", 1_000)
    free = asyncio.Event()

    async def wait(_writer: asyncio.StreamWriter) -> bool:
        await free.wait()
        return True

    left = list(sizes)

    def answer(_number: int, _head: bytes) -> bytes:
        size = left.pop()
        return b"HTTP/1.1 200 OK\r\n\r\n" + b'"' + b"0" * (size - 2) + b'"'

    async def all_at_once(client: Server) -> list[Any]:
        asked = [asyncio.create_task(sent(client)) for _ in sizes]
        await asyncio.sleep(0.2)
        free.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    found = whole(Raw(answer, after=wait), all_at_once, limits=ConnectionLimits(connections=99))
    assert together.held == 0  # given back, whatever came of them
    return list(found)


def test_answers_in_flight_hold_no_more_than_their_share_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """64 MiB each are 2 GiB for 32: a server that sends such must not take the machine's memory."""
    found = held_together(monkeypatch, 8_000, [5_000, 5_000])
    assert [type(f) for f in found] == [list, list]
    found = held_together(monkeypatch, 7_999, [5_000, 5_000])
    (fault,) = [f for f in found if isinstance(f, Fault)]
    assert fault.kind == "malformed_response"
    assert "together" in fault.message


def test_a_small_answer_does_not_suffer_from_large_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another server sends costs no paid answer of a common size."""
    found = held_together(monkeypatch, 4_000, [5_000, 1_000, 1_000, 900])
    assert [type(f) for f in found] == [list] * 4


def test_the_limits_on_memory_are_those_that_the_documents_name() -> None:
    """32 answers in flight of 8 MiB fit; together at most 256 MiB and one MiB each."""
    assert (wires.MOST_BYTES >> 20, wires.OWN_BYTES >> 20, wires.MOST_BYTES_TOGETHER >> 20) == (64, 1, 256)
    assert wires.TOGETHER.most == wires.MOST_BYTES_TOGETHER


def test_no_cookie_is_kept() -> None:
    """What one answer set would go with the next request, and change what it is answered."""
    raw = Raw(lambda _number, _head: OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n\r\n"))
    whole(raw, lambda client: sent(client, 2))
    assert not any(b"cookie" in head.lower() for head in raw.heads)


def test_a_large_request_is_sent_whole() -> None:
    """Images and long documents; the length says where it ends."""
    raw = Raw()
    text = "a" * (2 << 20)
    whole(raw, lambda client: client.send("/x", {"a": text}, Whole()))
    assert b"Content-Length: %d\r\n" % (len(text) + 8) in raw.heads[0]
