"""A stand-in for Anthropic's Messages API: scripted answers and faults, in its documented dialect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

ERRORS = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error",
    404: "not_found_error", 429: "rate_limit_error", 500: "api_error", 529: "overloaded_error",
}  # fmt: skip
USAGE = {
    "input_tokens": 5,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 3,
}


@dataclass(frozen=True, kw_only=True)
class Message:
    """What the model behind the server says."""

    content: tuple[Mapping[str, Any], ...] = ({"type": "text", "text": "two words"},)
    stop_reason: str = "end_turn"
    stop_details: Mapping[str, Any] | None = None
    usage: Mapping[str, Any] = field(default_factory=lambda: USAGE)


@dataclass(kw_only=True)
class MessagesStandIn:
    """One server on a free port of 127.0.0.1."""

    answer: Callable[[Mapping[str, Any]], Message] = lambda _body: Message()
    fault: int | str | None = None
    """A status, or `cut`, `error_event`, `not_json`, `hang`."""
    models_status: int = 200
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    async def __aenter__(self) -> MessagesStandIn:
        app = web.Application()
        app.router.add_post("/v1/messages", self._messages)
        app.router.add_get("/v1/models", self._models)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _models(self, _request: web.Request) -> web.Response:
        return web.json_response({"data": []}, status=self.models_status)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        self.headers.append(dict(request.headers))
        if isinstance(self.fault, int):
            return _error(self.fault, request)
        if self.fault == "not_json":
            return web.Response(text="<html>", content_type="application/json")
        if self.fault == "hang":
            await asyncio.sleep(3600)
        said = self.answer(body)
        return await self._stream(request, said) if body.get("stream") else web.json_response(_whole(said))

    async def _stream(self, request: web.Request, said: Message) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        events = list(_events(said))
        if self.fault == "cut":
            events = events[:4]
        if self.fault == "error_event":
            overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
            events = [*events[:3], overloaded]
        for event in events:
            await response.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        await response.write_eof()
        return response


def _error(status: int, request: web.Request) -> web.Response:
    told = f"no ({request.headers.get('x-api-key', '')})"
    error = {"type": "error", "error": {"type": ERRORS[status], "message": told}, "request_id": "req_1"}
    headers = {"Retry-After": "2"} if status in (429, 529) else {}
    return web.json_response(error, status=status, headers=headers)


def _whole(said: Message) -> dict[str, Any]:
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "stand-in-20261101",
        "content": list(said.content), "stop_reason": said.stop_reason, "stop_sequence": None,
        "stop_details": said.stop_details, "usage": said.usage,
    }  # fmt: skip


def _events(said: Message) -> Iterator[dict[str, Any]]:
    """Start, a ping, each block with its text or input in two halves, the end with the last usage."""
    begun = {**said.usage, "output_tokens": 1}
    start = _whole(said) | {"content": [], "stop_reason": None, "stop_details": None, "usage": begun}
    yield {"type": "message_start", "message": start}
    yield {"type": "ping"}
    for index, block in enumerate(said.content):
        hollow, deltas = _deltas(block)
        yield {"type": "content_block_start", "index": index, "content_block": hollow}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": said.stop_reason, "stop_sequence": None, "stop_details": said.stop_details}
    yield {"type": "message_delta", "delta": delta, "usage": said.usage}
    yield {"type": "message_stop"}


def _deltas(block: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if block["type"] == "tool_use":
        text = block.get("raw") or json.dumps(block["input"])
        halves = (text[: len(text) // 2], text[len(text) // 2 :])
        hollow = {k: v for k, v in block.items() if k != "raw"} | {"input": {}}
        return hollow, [{"type": "input_json_delta", "partial_json": half} for half in ("", *halves)]
    text, kind = (block.get("text"), "text") if block["type"] == "text" else (block["thinking"], "thinking")
    assert isinstance(text, str)
    halves = (text[: len(text) // 2], text[len(text) // 2 :])
    return {**block, kind: ""}, [{"type": f"{kind}_delta", kind: half} for half in halves if half]
