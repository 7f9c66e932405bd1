"""A quick stand-in for an OpenAI-compatible server, in plain asyncio, so that the client is what is measured.

Prints its address, then serves until it is killed. `GET /v1/stats` says when it was asked first and when it
answered last (seconds since the epoch), and how many requests came, were answered, were refused and were open
at once; `DELETE /v1/stats` sets it back. `--latency` is the time before each answer. `--mixed` refuses 2% of
all requests by chance (429, Retry-After: 1), breaks at 2% (500), drops 1%; `--rate` enforces one by a token
bucket that holds `--burst`.

Usage: python benchmarks/peers/server.py [--latency 0.05] [--mixed] [--rate 200 --burst 20]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import re
import time
from dataclasses import asdict, dataclass

LABELS = ("billing", "delivery", "returns", "technical")
_TICKET = re.compile(rb"ticket (\d+)")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def label_of(number: int) -> str:
    """The right label of a ticket; every tenth is answered wrongly by the server."""
    return LABELS[number * 7919 % len(LABELS)]


@dataclass
class Stats:
    """What was asked of the server."""

    requests: int = 0
    answered: int = 0
    refused: int = 0
    first_at: float | None = None
    last_at: float | None = None
    open_now: int = 0
    open_most: int = 0


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection, one request at a time."""

    stats = Stats()
    latency_s = 0.0
    mixed: random.Random | None = None
    bucket: Bucket | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing is read yet."""
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        """Serves a request once it is whole."""
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end]
        length = _LENGTH.search(head)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self.buffer) < whole:
            return
        body, self.buffer = self.buffer[end + 4 : whole], self.buffer[whole:]
        self._serve(head.split(b"\r\n", 1)[0], body)

    def _serve(self, line: bytes, body: bytes) -> None:
        if b"/chat/completions" in line:
            self._chat(body)
        elif b"/stats" in line:
            self._write(json.dumps(asdict(self.stats)).encode())
            if line.startswith(b"DELETE"):
                Connection.stats = Stats()
        else:
            self._write(b'{"object":"list","data":[{"id":"stand-in","owned_by":"benchmarks"}]}')

    def _chat(self, body: bytes) -> None:
        stats = self.stats
        stats.requests += 1
        stats.open_now += 1
        stats.open_most = max(stats.open_most, stats.open_now)
        stats.first_at = stats.first_at or time.time()
        if self.latency_s:
            asyncio.get_running_loop().call_later(self.latency_s, self._answer, body)
        else:
            self._answer(body)

    def _answer(self, body: bytes) -> None:
        self.stats.open_now -= 1
        if self.mixed or self.bucket:
            draw = self.mixed.random() if self.mixed else 1.0
            wait_s = self.bucket.refuses_s() if self.bucket else 0.0
            if draw < 0.02 or wait_s:
                self.stats.refused += 1
                self._write(_error(429), status=b"429 Too Many Requests", wait_s=math.ceil(wait_s) or 1)
                return
            if draw < 0.04:
                self._write(_error(500), status=b"500 Internal Server Error")
                return
            if draw < 0.05:
                self.transport.abort()
                return
        self.stats.answered += 1
        self.stats.last_at = time.time()
        found = _TICKET.findall(body)
        number = int(found[-1]) if found else 0
        said = label_of(number + (number % 10 == 0))
        if b'"stream":true' in body or b'"stream": true' in body:
            self._write(_streamed(said), b"text/event-stream")
        else:
            self._write(_whole(said))

    def _write(
        self,
        body: bytes,
        kind: bytes = b"application/json",
        *,
        status: bytes = b"200 OK",
        wait_s: int | None = None,
    ) -> None:
        if self.transport.is_closing():
            return
        asked = b"" if wait_s is None else b"Retry-After: %d\r\n" % wait_s
        head = b"HTTP/1.1 %b\r\nContent-Type: %b\r\n%bContent-Length: %d\r\n\r\n"
        self.transport.write(head % (status, kind, asked, len(body)) + body)


class Bucket:
    """Tokens that come at a rate; a request takes one."""

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s, self._burst = per_s, burst
        self._tokens, self._filled_at = burst, time.monotonic()

    def refuses_s(self) -> float:
        """0 for a request that is let through, else the seconds until there is a token again."""
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_s)
        self._filled_at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self._per_s
        self._tokens -= 1
        return 0.0


def _error(status: int) -> bytes:
    return json.dumps({"error": {"message": "not now", "code": status}}).encode()


def _whole(said: str) -> bytes:
    message = {"role": "assistant", "content": said}
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "stand-in",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 90, "completion_tokens": 2, "total_tokens": 92},
        }
    ).encode()


def _streamed(said: str) -> bytes:
    named = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "stand-in"}
    chunks = [
        {**named, "choices": [{"index": 0, "delta": {"role": "assistant", "content": said}}]},
        {**named, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {**named, "choices": [], "usage": {"prompt_tokens": 90, "completion_tokens": 2, "total_tokens": 92}},
    ]
    return b"".join(b"data: %b\n\n" % json.dumps(c).encode() for c in chunks) + b"data: [DONE]\n\n"


async def serve(given: argparse.Namespace) -> None:
    """Serves on a free port of 127.0.0.1."""
    Connection.latency_s = given.latency
    Connection.mixed = random.Random(0) if given.mixed else None
    Connection.bucket = Bucket(given.rate, given.burst) if given.rate else None
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--mixed", action="store_true")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--burst", type=float, default=20.0)
    asyncio.run(serve(parser.parse_args()))
