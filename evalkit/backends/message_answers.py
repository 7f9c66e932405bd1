"""Answers in Anthropic's Messages protocol: whole messages, or the events of a stream, put together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.backends.failures import fault_in
from evalkit.backends.json_bodies import quote_body, read_json
from evalkit.backends.messages import Form
from evalkit.backends.usage import merge_counts, read_count
from evalkit.records import Answer, Fault, ToolCall, Usage, clean_text

FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
}
"""The protocol's stop reasons -> ours; any other (`refusal`, `pause_turn`) keeps its own word."""


_COUNTS = (
    "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens",
    "thinking_tokens",
)  # fmt: skip


class MessageAssembly:
    """One answer as it comes together: fed with each event of a stream, or once with a whole message."""

    def __init__(self) -> None:
        self.began = False
        """Whether a token has arrived: text, thinking or part of a call."""
        self.ended = False
        """Whether the stream has said that it is done."""
        self.finish_reason: str | None = None
        self._counts: dict[str, Any] = {}
        self._model: str | None = None
        self._refusal: str | None = None
        self._heard = False
        self._blocks: list[_Block] = []
        self._open: dict[int, _Block] = {}

    @property
    def usage(self) -> Usage:
        """Tokens; what was written to a cache and read from one is among the input."""
        told = self._counts
        output = told.get("output_tokens")
        parts = (told.get(f"{name}input_tokens") for name in ("", "cache_read_", "cache_creation_"))
        return Usage(
            input_tokens=None if told.get("input_tokens") is None else sum(p or 0 for p in parts) or None,
            cached_input_tokens=told.get("cache_read_input_tokens"),
            output_tokens=None if self.began and not output else output,
            reasoning_tokens=told.get("thinking_tokens"),
        )

    def feed(self, data: bytes) -> None:
        """Takes in one event, or a whole message.

        Raises:
            Fault: It is not the protocol's, or it carries the server's error.
        """
        event = read_json(data)
        if fault := fault_in(event, answers="type"):
            fault.usage = self.usage
            raise fault
        if not isinstance(event, dict):
            raise Fault("malformed_response", f"not a JSON object: {quote_body(data)}")
        try:
            self._take(event)
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            raise Fault("malformed_response", f"not the Messages protocol: {quote_body(data)}") from error

    def answer(self, form: Form, *, silence_is_fault: bool, latency_s: float, ttft_s: float | None) -> Answer:
        """The whole answer.

        Raises:
            Fault: `empty_response`, where it holds nothing and was not cut short.
        """
        texts = [block.text for block in self._blocks if block.kind == "text" and block.text]
        text = clean_text("".join(texts)) if texts else None
        made = [block.call() for block in self._blocks if block.kind == "tool_use"]
        calls = tuple(call for call in made if call.name or call.arguments or call.raw)
        finish_reason, enforced = self.finish_reason, form.enforced
        silent = not (text or "").strip() and not calls and finish_reason in (None, "stop", "tool_calls")
        if silent and made:
            raise Fault("empty_response", "a tool call without name and arguments", usage=self.usage)
        if not self._heard or (silent and silence_is_fault):
            raise Fault("empty_response", "neither text, calls nor refusal", usage=self.usage)
        if form.through_tool and calls:
            text, calls = _form_given(calls), ()
            finish_reason = "stop" if finish_reason == "tool_calls" else finish_reason
        if form.wrapped and text is not None and (inner := _unwrap(text)) is not None:
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
            self._blocks += map(_Block, event["content"])
            self.began = bool(self._blocks)
        elif kind == "message_start":
            self._begin(event["message"])
        elif kind == "content_block_start":
            # Some gateways number every block 0: the deltas are of the one that began last.
            self._open[event["index"]] = _Block(event["content_block"])
            self._blocks.append(self._open[event["index"]])
        elif kind == "content_block_delta":
            self._open[event["index"]].take(event["delta"])
            self.began = True
        elif kind == "message_delta":
            self._stop(event["delta"])
            self._count(event.get("usage"))
        elif kind == "message_stop":
            self.ended = True
        elif kind is None:
            raise ValueError("an event without a type")

    def _begin(self, message: Mapping[str, Any]) -> None:
        self._heard = True
        model = message.get("model")
        self._model = clean_text(model) if isinstance(model, str) and model else None
        self._count(message.get("usage"))
        self._stop(message)

    def _count(self, usage: Any) -> None:
        if isinstance(usage, Mapping):
            details = usage.get("output_tokens_details")
            told = {**usage, **details} if isinstance(details, Mapping) else usage
            self._counts = merge_counts(self._counts, {name: read_count(told.get(name)) for name in _COUNTS})

    def _stop(self, told: Mapping[str, Any]) -> None:
        reason = told.get("stop_reason")
        if not reason:
            return
        self.finish_reason = FINISH_REASONS.get(reason, clean_text(str(reason)))
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


def _unwrap(text: str) -> str | None:
    try:
        answer = json.loads(text)["answer"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
