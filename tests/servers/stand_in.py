"""A stand-in for an OpenAI-compatible server: scripted answers, scripted faults, and a log of what was asked.

In a test: `async with StandIn(...) as server:`, or `with StandIn(...).in_thread() as server:` around code
that runs its own loop. As a process: `python -m tests.servers.stand_in --latency 0.05 --log asked.jsonl`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the model behind the server says."""

    text: str | None = None
    tool_calls: tuple[tuple[str, str], ...] = ()
    """Name and arguments as JSON text."""
    refusal: str | None = None
    finish_reason: str = "stop"
    logprobs: tuple[float, ...] = ()
    reasoning: str | None = None
    usage: Mapping[str, Any] | None = None
    """None counts words."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One line of the log."""

    number: int
    body: Body
    headers: Mapping[str, str]
    at: float
    fault: str | None
    peer: object = None
    """The client's end of the connection that it came over."""


Answering = Callable[[Body], Said | str]
Faulting = Callable[[Body, int], str | None]
"""Body and how often this body was asked before -> name of a fault, or None."""

FAULTS = (
    "429", "500", "503", "400", "401", "404", "quota", "redirect", "drop", "malformed", "not_object", "hang",
    "truncated", "cut", "empty", "null", "no_choices", "error_in_200", "echoed",
)  # fmt: skip
"""Every fault that can be scripted."""


def last_message(body: Body) -> str:
    """The text of the last message."""
    return str(body["messages"][-1]["content"])


def always(fault: str | None) -> Faulting:
    """The same fault for every request."""
    return lambda _body, _before: fault


def first_times(fault: str, times: int = 1) -> Faulting:
    """The fault for the first requests of each body, then none."""
    return lambda _body, before: fault if before < times else None


def seeded(rates: Mapping[str, float], seed: int = 0, *, lasting: bool = False) -> Faulting:
    """Each fault at its rate, decided by the body and, unless lasting, by how often it was asked."""

    def fault(body: Body, before: int) -> str | None:
        told = json.dumps([seed, body["messages"], 0 if lasting else before], sort_keys=True)
        draw = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8]) / 2**64
        for name, rate in rates.items():
            if draw < rate:
                return name
            draw -= rate
        return None

    return fault


@dataclass(kw_only=True)
class StandIn:
    """One server on 127.0.0.1; a free port unless one is given."""

    answer: Answering = lambda _body: "ok"
    fault: Faulting = lambda _body, _before: None
    latency_s: float = 0.0
    places: int | None = None
    """Requests that are served at once, the others wait in line; None serves all at once."""
    key: str | None = None
    model: str = "stand-in"
    owned_by: str = "tests"
    retry_after: str = "0"
    redirect_to: str = "http://127.0.0.1:9/v1"
    port: int = 0
    log_path: Path | None = None
    asked: list[Asked] = field(default_factory=list)
    listed: int = 0
    """How often the list of models was asked for."""

    async def __aenter__(self) -> StandIn:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._models)
        self._before: Counter[str] = Counter()
        self.over = asyncio.Event()
        self._place = None if self.places is None else asyncio.Semaphore(self.places)
        self._log = self.log_path.open("a") if self.log_path else None
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.over.set()
        await self._runner.cleanup()
        if self._log:
            self._log.close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @contextmanager
    def in_thread(self) -> Iterator[StandIn]:
        """Serves from a loop in a thread of its own."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        asyncio.run_coroutine_threadsafe(self.__aenter__(), loop).result(10)
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self.__aexit__(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    async def _models(self, _request: web.Request) -> web.Response:
        self.listed += 1
        return web.json_response({"object": "list", "data": [{"id": self.model, "owned_by": self.owned_by}]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        fault = self._note(request, body)
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            fault = "401"
        async with self._place or contextlib.nullcontext():
            if self.latency_s:
                await asyncio.sleep(self.latency_s)
        if fault:
            return await _misbehave(fault, request, body, self)
        said = self._said(body)
        return await _stream(request, said, self) if body.get("stream") else _whole(said, self)

    def _said(self, body: Body) -> Said:
        said = self.answer(body)
        return Said(text=said) if isinstance(said, str) else said

    def _note(self, request: web.Request, body: Body) -> str | None:
        same = json.dumps(body, sort_keys=True)
        fault = self.fault(body, self._before[same])
        self._before[same] += 1
        asked = Asked(
            number=len(self.asked), body=body, headers=dict(request.headers), at=time.time(), fault=fault,
            peer=request.transport and request.transport.get_extra_info("peername"),
        )  # fmt: skip
        self.asked.append(asked)
        if self._log:
            line = {"number": asked.number, "at": asked.at, "fault": fault, "body": body}
            self._log.write(json.dumps(line) + "\n")
            self._log.flush()
        return fault


def _usage(said: Said) -> Mapping[str, Any]:
    if said.usage is not None:
        return said.usage
    words = len((said.text or "").split()) + 3 * len(said.tool_calls)
    return {"prompt_tokens": 7, "completion_tokens": words, "total_tokens": 7 + words}


def _message(said: Said) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text}
    if said.refusal:
        message["refusal"] = said.refusal
    if said.reasoning:
        message["reasoning_content"] = said.reasoning
    if said.tool_calls:
        message["tool_calls"] = [
            {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for i, (name, arguments) in enumerate(said.tool_calls)
        ]
    return message


def _logprobs(said: Said) -> dict[str, Any]:
    return (
        {"logprobs": {"content": [{"token": "x", "logprob": p} for p in said.logprobs]}}
        if said.logprobs
        else {}
    )


def _whole(said: Said, server: StandIn) -> web.Response:
    choice = {"index": 0, "message": _message(said), "finish_reason": said.finish_reason, **_logprobs(said)}
    return web.json_response(
        {
            "object": "chat.completion",
            "model": server.model,
            "system_fingerprint": "fp_stand_in",
            "choices": [choice],
            "usage": _usage(said),
        }
    )


def _chunks(said: Said, server: StandIn) -> Iterator[dict[str, Any]]:
    """The text in two halves, each call in a head and two halves of its arguments, the end, the usage."""
    named = {"object": "chat.completion.chunk", "model": server.model, "system_fingerprint": "fp_stand_in"}

    def chunk(delta: Mapping[str, Any], reason: str | None = None, **more: Any) -> dict[str, Any]:
        return {**named, "choices": [{"index": 0, "delta": delta, "finish_reason": reason, **more}]}

    yield chunk({"role": "assistant", "content": None})
    if said.reasoning:
        yield chunk({"reasoning_content": said.reasoning})
    text = said.text or ""
    for half in (text[: len(text) // 2], text[len(text) // 2 :]):
        if half:
            yield chunk({"content": half})
    if said.refusal:
        yield chunk({"refusal": said.refusal})
    for i, (name, arguments) in enumerate(said.tool_calls):
        head = {
            "index": i,
            "id": f"call_{i}",
            "type": "function",
            "function": {"name": name, "arguments": ""},
        }
        yield chunk({"tool_calls": [head]})
        for half in (arguments[: len(arguments) // 2], arguments[len(arguments) // 2 :]):
            yield chunk({"tool_calls": [{"index": i, "function": {"arguments": half}}]})
    yield chunk({}, said.finish_reason, **_logprobs(said))
    yield {**named, "choices": [], "usage": _usage(said)}


async def _stream(request: web.Request, said: Said, server: StandIn) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for chunk in _chunks(said, server):
        await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


_STATUS = {
    "400": "the schema is not valid",
    "401": "Incorrect API key provided",
    "404": "the model does not exist",
    "429": "slow down",
    "500": "something broke",
    "503": "overloaded",
}


async def _misbehave(fault: str, request: web.Request, body: Body, server: StandIn) -> web.StreamResponse:
    if fault in _STATUS:
        said = request.headers.get("Authorization", "")
        error = {"error": {"message": f"{_STATUS[fault]} ({said})", "type": "stand_in", "code": fault}}
        headers = {"Retry-After": server.retry_after} if fault in ("429", "503") else {}
        return web.json_response(error, status=int(fault), headers=headers)
    if fault == "quota":
        error = {"error": {"message": "you exceeded your quota", "code": "insufficient_quota"}}
        return web.json_response(error, status=429)
    if fault == "redirect":
        return web.Response(status=307, headers={"Location": f"{server.redirect_to}/chat/completions"})
    if fault == "hang":
        await server.over.wait()
        return web.Response()
    if fault in ("empty", "null", "no_choices"):
        return await _empty(fault, request, body, server)
    if fault == "error_in_200":
        return web.json_response({"error": {"message": "upstream failed", "code": 502}})
    if fault in ("malformed", "not_object", "echoed"):
        return web.Response(text=_no_protocol(fault, request), content_type="application/json")
    if fault in ("truncated", "cut"):
        return await _cut_short(fault, request, body, server)
    assert fault == "drop", fault
    _abort(request)
    return web.Response()


def _no_protocol(fault: str, request: web.Request) -> str:
    """A body that is not the protocol's; `echoed` quotes the key as a debugging proxy might."""
    sent = "  ".join(["You sent:", *[request.headers.get("Authorization", "")] * 40])
    return {"malformed": '{"choices": [{"mess', "not_object": '["hello"]', "echoed": sent}[fault]


async def _empty(fault: str, request: web.Request, body: Body, server: StandIn) -> web.StreamResponse:
    if fault == "no_choices":
        return web.json_response({"object": "chat.completion", "model": server.model, "choices": []})
    said = Said(text="" if fault == "empty" else None)
    return await _stream(request, said, server) if body.get("stream") else _whole(said, server)


async def _cut_short(fault: str, request: web.Request, body: Body, server: StandIn) -> web.StreamResponse:
    """`truncated` ends in order in the middle of the answer; `cut` breaks the connection there."""
    if body.get("stream"):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        first = [json.dumps(chunk) for chunk in _chunks(server._said(body), server)][:2]
        await response.write("".join(f"data: {chunk}\n\n" for chunk in first).encode())
    else:
        whole = _whole(server._said(body), server).body
        assert isinstance(whole, bytes)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.content_length = len(whole) if fault == "cut" else len(whole) // 2
        await response.prepare(request)
        await response.write(whole[: len(whole) // 2])
    if fault == "cut":
        await asyncio.sleep(0.01)
        _abort(request)
    return response


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def main() -> None:
    """Serves until it is stopped; prints its address first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--log", type=Path, help="JSON line for each request")
    parser.add_argument("--faults", type=json.loads, default={}, help='such as {"429": 0.05, "500": 0.05}')
    parser.add_argument("--lasting", action="store_true", help="a faulted request stays faulted")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    server = StandIn(
        answer=last_message,
        fault=seeded(given.faults, given.seed, lasting=given.lasting),
        latency_s=given.latency,
        port=given.port,
        log_path=given.log,
    )
    asyncio.run(_serve(server))


async def _serve(server: StandIn) -> None:
    async with server:
        print(server.base_url, flush=True)  # noqa: T201 - whoever started it reads the address
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
