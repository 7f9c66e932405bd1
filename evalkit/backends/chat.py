"""The OpenAI chat protocol without the network: requests as bodies, answers from messages or their chunks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from evalkit.backends.constraints import Binding
from evalkit.backends.dialects import Dialect
from evalkit.backends.failures import fault_in
from evalkit.backends.json_bodies import quote_body, read_json
from evalkit.backends.streamed_calls import CallAssembly
from evalkit.backends.usage import ChatUsage, read_number
from evalkit.records import LEAST_LOGPROB, Answer, Fault, Request, ToolCall, Usage, clean_text, probability_of

TIMINGS = {"prompt_ms": "prefill_s", "predicted_ms": "decode_s"}
"""llama.cpp's timings, in milliseconds -> our server metrics, in seconds."""
METRICS = {
    "queue_time_ms": "queue_s",
    "time_to_first_token_ms": "ttft_s",
    "generation_time_ms": "decode_s",
    "mean_itl_ms": "inter_token_s",
}
"""vLLM's metrics of one request, in milliseconds -> our server metrics, in seconds."""


def chat_body(
    request: Request, model: str, dialect: Dialect, binding: Binding, *, stream: bool
) -> dict[str, Any]:
    """The JSON body of `POST chat/completions`; settings that are None are left out."""
    decoding = request.decoding
    settings: dict[str, Any] = {
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        dialect.max_tokens_field: decoding.max_tokens,
        dialect.seed_field: decoding.seed,
        "stop": list(decoding.stop) or None,
        "logprobs": request.want_logprobs or None,
    }
    body: dict[str, Any] = {"model": model, "messages": list(request.messages)}
    body.update((name, value) for name, value in settings.items() if value is not None)
    body.update(binding.body)
    if stream:
        body["stream"] = True
        if dialect.include_usage:
            body["stream_options"] = {"include_usage": True}
    body.update(decoding.extra)
    return body


class Assembly:
    """One answer as it comes together: fed with each chunk of a stream, or once with a whole body."""

    def __init__(self) -> None:
        self.began = False
        """Whether a token has arrived: text, reasoning or part of a call."""
        self.ended = False
        """Whether the stream has said that it is done."""
        self.finish_reason: str | None = None
        self._heard = False
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._calls = CallAssembly()
        self._usage = ChatUsage()
        self._logprob: float | None = None
        self._model: str | None = None
        self._system_fingerprint: str | None = None
        self._server_metrics: dict[str, float] = {}

    @property
    def usage(self) -> Usage:
        """Tokens, as far as told."""
        return self._usage.counts(spoke=self.began)

    def feed(self, data: bytes) -> None:
        """Takes in one JSON object of the protocol, or the mark that ends a stream.

        Raises:
            Fault: It is not the protocol's, or it carries the server's error.
        """
        if data == b"[DONE]":
            self.ended = True
            return
        chunk = read_json(data)
        if fault := fault_in(chunk, answers="choices"):
            raise self._count_fault(fault)
        if not isinstance(chunk, dict):
            raise Fault("malformed_response", f"not a JSON object: {quote_body(data)}")
        try:
            self._take(chunk)
        except (TypeError, AttributeError, KeyError, IndexError, ValueError, OverflowError) as error:
            raise Fault("malformed_response", f"not the chat protocol: {quote_body(data)}") from error

    def answer(self, binding: Binding, dialect: Dialect, *, latency_s: float, ttft_s: float | None) -> Answer:
        """The whole answer.

        Raises:
            Fault: `empty_response`, where silence is the server's failing in this dialect.
        """
        text = clean_text("".join(self._text)) if self._text else None
        refusal = "".join(self._refusal) or None
        calls = self._calls.finished()
        silent = self._is_silence(text, refusal, calls)
        if silent and self._calls:
            raise Fault("empty_response", "a tool call without name and arguments", usage=self.usage)
        if not self._heard or (silent and dialect.silence_is_fault):
            raise Fault("empty_response", "neither text, calls nor refusal", usage=self.usage)
        confidence = probability_of(self._logprob)
        enforced = binding.enforced
        if binding.read and text is not None and not calls:
            meant = binding.read(text)
            if meant is None:
                enforced = "none" if self.finish_reason == "stop" else enforced
            else:
                text, calls = meant
        return Answer(
            text=text,
            tool_calls=calls,
            refusal=refusal,
            finish_reason=self.finish_reason,
            usage=self.usage,
            latency_s=latency_s,
            ttft_s=ttft_s,
            model_reported=self._model,
            system_fingerprint=self._system_fingerprint,
            enforced=enforced,
            confidence=confidence,
            confidence_method=None if confidence is None else "answer_tokens",
            cost_usd=self._usage.cost_usd,
            server_metrics=self._server_metrics,
        )

    def _count_fault(self, fault: Fault) -> Fault:
        fault.usage = self.usage
        return fault

    def _is_silence(self, text: str | None, refusal: str | None, calls: tuple[ToolCall, ...]) -> bool:
        # A cut-off or withheld answer is the model's or the provider's word, not a failing.
        spoken = bool((text or "").strip() or refusal or calls)
        return not spoken and self.finish_reason in (None, "stop", "tool_calls")

    def _take(self, chunk: dict[str, Any]) -> None:
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):
                self._take_choice(choice)
        if usage := chunk.get("usage"):
            self._usage.take(usage)
        for names, told in ((TIMINGS, chunk.get("timings")), (METRICS, chunk.get("metrics"))):
            if told:
                self._server_metrics |= _in_seconds(told, names)
        if self._model is None:
            self._model = _text_or_none(chunk.get("model"))
            self._system_fingerprint = _text_or_none(chunk.get("system_fingerprint"))

    def _take_choice(self, choice: dict[str, Any]) -> None:
        self._heard = True
        if choice.get("error") and (fault := fault_in(choice, answers="error")):  # as OpenRouter sends it
            raise self._count_fault(fault)
        delta = choice.get("delta")
        message = delta or choice.get("message") or {}
        if content := message.get("content"):
            self._text.append(content if isinstance(content, str) else _join_parts(content))
            self.began = True
        elif message.get("reasoning_content") or message.get("reasoning"):
            self.began = True
        if refusal := message.get("refusal"):
            self._refusal.append(str(refusal))
        if calls := message.get("tool_calls"):
            self.began = True
            self._calls.take_fragments(calls) if delta else self._calls.take_whole(calls)
        if reason := choice.get("finish_reason"):
            self.finish_reason = clean_text(str(reason))
        if logprobs := choice.get("logprobs"):
            tokens = (_logprob_of(token) for token in logprobs.get("content") or ())
            self._logprob = sum(tokens, self._logprob or 0.0)


def _logprob_of(token: Mapping[str, Any]) -> float:
    """NaN where a token's log-probability is not told or is above 0, so that the answer has no confidence."""
    told = token.get("logprob")
    if not isinstance(told, (int, float)) or isinstance(told, bool) or probability_of(told) is None:
        return math.nan
    return max(float(LEAST_LOGPROB), told)


def _in_seconds(told: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, float]:
    numbers = {ours: read_number(told.get(theirs)) for theirs, ours in names.items()}
    return {ours: number / 1000 for ours, number in numbers.items() if number is not None}


def _join_parts(parts: Any) -> str:
    return "".join(part["text"] for part in parts if part.get("type") == "text")


def _text_or_none(value: Any) -> str | None:
    return clean_text(value) if isinstance(value, str) and value else None
