"""Answers in Anthropic's Messages protocol: whole messages, or the events of a stream, put together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.backends.chat import count, fault_of_status
from evalkit.backends.messages import Form
from evalkit.records import Answer, Fault, ToolCall, Usage, clean_text

FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
}
"""The protocol's stop reasons -> ours; any other (`refusal`, `pause_turn`) keeps its own word."""

_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""An error that comes in the midst of a stream has a type alone -> the status that it stands for."""


class MessageAssembly:
    """One answer as it comes together: fed with each event of a stream, or once with a whole message."""

    def __init__(self) -> None:
        self.began = False
        """Whether a token has arrived: text, thinking or part of a call."""
        self.ended = False
        """Whether the stream has said that it is done."""
        self.finish_reason: str | None = None
        self._said: dict[str, Any] = {}
        self._model: str | None = None
        self._refusal: str | None = None
        self._heard = False
        self._blocks: dict[int, _Block] = {}

    @property
    def usage(self) -> Usage:
        """Tokens; what was written to a cache and read from one is among the input."""
        said = self._said
        fresh, cached = count(said.get("input_tokens")), count(said.get("cache_read_input_tokens"))
        written = count(said.get("cache_creation_input_tokens"))
        details = said.get("output_tokens_details") or {}
        return Usage(
            input_tokens=None if fresh is None else fresh + (cached or 0) + (written or 0),
            cached_input_tokens=cached,
            output_tokens=count(said.get("output_tokens")),
            reasoning_tokens=count(details.get("thinking_tokens")),
        )

    def feed(self, data: bytes) -> None:
        """Takes in one event, or a whole message.

        Raises:
            Fault: It is not the protocol's, or it carries the server's error.
        """
        try:
            event = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Fault("malformed_response", f"not JSON: {_short(data)}") from error
        if not isinstance(event, dict):
            raise Fault("malformed_response", f"not a JSON object: {_short(data)}")
        if event.get("type") == "error":
            raise _error_inside(event.get("error"))
        try:
            self._take(event)
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            raise Fault("malformed_response", f"not the Messages protocol: {_short(data)}") from error

    def answer(self, form: Form, *, silence_is_fault: bool, latency_s: float, ttft_s: float | None) -> Answer:
        """The whole answer.

        Raises:
            Fault: `empty_response`, where it holds nothing and was not cut short.
        """
        blocks = [block for _, block in sorted(self._blocks.items())]
        texts = [block.text for block in blocks if block.kind == "text" and block.text]
        text = clean_text("".join(texts)) if texts else None
        calls = tuple(block.call() for block in blocks if block.kind == "tool_use")
        finish_reason, enforced = self.finish_reason, form.enforced
        silent = not (text or "").strip() and not calls and finish_reason in (None, "stop", "tool_calls")
        if not self._heard or (silent and silence_is_fault):
            raise Fault("empty_response", "neither text, calls nor refusal", usage=self.usage)
        if form.through_tool and calls:
            text, calls = _form_given(calls), ()
            finish_reason = "stop" if finish_reason == "tool_calls" else finish_reason
        if form.wrapped and text is not None and (inner := _unwrapped(text)) is not None:
            text = inner
        elif form.wrapped and finish_reason == "stop":
            enforced = "none"
        return Answer(
            text=text,
            tool_calls=calls,
            refusal=self._refusal,
            finish_reason=finish_reason,
            usage=self.usage,
            latency_s=latency_s,
            ttft_s=ttft_s,
            model_reported=self._model,
            enforced=enforced,
        )

    def _take(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        if kind == "message":
            self._begin(event)
            for index, block in enumerate(event["content"]):
                self._blocks[index] = _Block(block)
                self.began = True
        elif kind == "message_start":
            self._begin(event["message"])
        elif kind == "content_block_start":
            self._blocks[event["index"]] = _Block(event["content_block"])
        elif kind == "content_block_delta":
            self._blocks[event["index"]].take(event["delta"])
            self.began = True
        elif kind == "message_delta":
            self._stop(event["delta"])
            self._said |= {k: v for k, v in (event.get("usage") or {}).items() if v is not None}
        elif kind == "message_stop":
            self.ended = True
        elif kind is None:
            raise ValueError("an event without a type")

    def _begin(self, message: Mapping[str, Any]) -> None:
        self._heard = True
        model = message.get("model")
        self._model = model if isinstance(model, str) and model else None
        self._said = dict(message.get("usage") or {})
        self._stop(message)

    def _stop(self, told: Mapping[str, Any]) -> None:
        reason = told.get("stop_reason")
        if not reason:
            return
        self.finish_reason = FINISH_REASONS.get(reason, str(reason))
        if reason == "refusal":
            details = told.get("stop_details") or {}
            why = details.get("explanation") or details.get("category")
            self._refusal = clean_text(str(why)) if why else "refused"


class _Block:
    """One block of content as it arrives."""

    def __init__(self, block: Mapping[str, Any]) -> None:
        self.kind = block["type"]
        self.text = block.get("text") or ""
        self._name = block.get("name") or ""
        self._input = block.get("input")
        self._json: list[str] = []

    def take(self, delta: Mapping[str, Any]) -> None:
        if delta["type"] == "text_delta":
            self.text += delta["text"]
        elif delta["type"] == "input_json_delta":
            self._json.append(delta["partial_json"])

    def call(self) -> ToolCall:
        raw = "".join(self._json)
        if not raw.strip():
            return ToolCall(name=self._name, arguments=self._input if self._input is not None else {})
        try:
            return ToolCall(name=self._name, arguments=json.loads(raw))
        except (ValueError, RecursionError):
            return ToolCall(name=self._name, raw=raw)


def _form_given(calls: Sequence[ToolCall]) -> str:
    first = calls[0]
    return first.raw if first.raw is not None else json.dumps(first.arguments, ensure_ascii=False)


def _unwrapped(text: str) -> str | None:
    try:
        answer = json.loads(text)["answer"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)


def _error_inside(error: Any) -> Fault:
    kind = error.get("type") if isinstance(error, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return fault_of_status(_STATUS.get(str(kind), 500), f"{message} ({kind})" if kind else str(message))


def _short(data: bytes) -> str:
    # Cut to its final length only after keys are masked: half a key would not be found.
    return repr(data[:4096].decode("utf-8", "replace"))
