"""The OpenAI chat protocol without the network: requests as bodies, answers from messages or their chunks."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from evalkit.backends.constraints import Binding
from evalkit.backends.dialects import Dialect
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
        self.usage = Usage()
        self._heard = False
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, _Call] = {}
        self._logprob: float | None = None
        self._model: str | None = None
        self._system_fingerprint: str | None = None
        self._cost_usd: float | None = None
        self._server_metrics: dict[str, float] = {}

    def feed(self, data: bytes) -> None:
        """Takes in one JSON object of the protocol, or the mark that ends a stream.

        Raises:
            Fault: It is not the protocol's, or it carries the server's error.
        """
        if data == b"[DONE]":
            self.ended = True
            return
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Fault("malformed_response", f"not JSON: {_short(data)}") from error
        if not isinstance(chunk, dict):
            raise Fault("malformed_response", f"not a JSON object: {_short(data)}")
        if chunk.get("error"):
            raise _error_inside(chunk["error"])
        try:
            self._take(chunk)
        except (TypeError, AttributeError, KeyError, IndexError, ValueError) as error:
            raise Fault("malformed_response", f"not the chat protocol: {_short(data)}") from error

    def answer(self, binding: Binding, dialect: Dialect, *, latency_s: float, ttft_s: float | None) -> Answer:
        """The whole answer.

        Raises:
            Fault: `empty_response`, where silence is the server's failing in this dialect.
        """
        text = clean_text("".join(self._text)) if self._text else None
        refusal = "".join(self._refusal) or None
        calls = tuple(call.finished() for _, call in sorted(self._calls.items()))
        if not self._heard or (dialect.silence_is_fault and self._is_silence(text, refusal)):
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
            cost_usd=self._cost_usd,
            server_metrics=self._server_metrics,
        )

    def _is_silence(self, text: str | None, refusal: str | None) -> bool:
        # A cut-off or withheld answer is the model's or the provider's word, not a failing.
        spoken = bool((text or "").strip() or refusal or self._calls)
        return not spoken and self.finish_reason in (None, "stop", "tool_calls")

    def _take(self, chunk: dict[str, Any]) -> None:
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):
                self._take_choice(choice)
        if usage := chunk.get("usage"):
            self.usage = _usage(usage)
            self._cost_usd = _number(usage.get("cost"))
        for names, told in ((TIMINGS, chunk.get("timings")), (METRICS, chunk.get("metrics"))):
            if told:
                self._server_metrics |= _in_seconds(told, names)
        if self._model is None:
            self._model = _text_or_none(chunk.get("model"))
            self._system_fingerprint = _text_or_none(chunk.get("system_fingerprint"))

    def _take_choice(self, choice: dict[str, Any]) -> None:
        self._heard = True
        message = choice.get("delta") or choice.get("message") or {}
        if content := message.get("content"):
            self._text.append(content if isinstance(content, str) else _joined(content))
            self.began = True
        elif message.get("reasoning_content") or message.get("reasoning"):
            self.began = True
        if refusal := message.get("refusal"):
            self._refusal.append(str(refusal))
        for position, call in enumerate(message.get("tool_calls") or ()):
            self.began = True
            index = call.get("index")
            self._calls.setdefault(position if index is None else index, _Call()).take(
                call.get("function") or {}
            )
        if reason := choice.get("finish_reason"):
            self.finish_reason = str(reason)
        if logprobs := choice.get("logprobs"):
            tokens = (_logprob_of(token) for token in logprobs.get("content") or ())
            self._logprob = sum(tokens, self._logprob or 0.0)


def _logprob_of(token: Mapping[str, Any]) -> float:
    """NaN where a token's log-probability is not told or is above 0, so that the answer has no confidence."""
    told = token.get("logprob")
    if not isinstance(told, (int, float)) or isinstance(told, bool) or probability_of(told) is None:
        return math.nan
    return max(float(LEAST_LOGPROB), told)


class _Call:
    """One tool call as its fragments arrive."""

    def __init__(self) -> None:
        self._name = ""
        self._arguments: list[str] = []
        self._object: Mapping[str, Any] | None = None

    def take(self, function: Mapping[str, Any]) -> None:
        self._name += function.get("name") or ""
        arguments = function.get("arguments")
        if isinstance(arguments, Mapping):  # Ollama and some gateways send an object
            self._object = arguments
        elif arguments:
            self._arguments.append(arguments)

    def finished(self) -> ToolCall:
        if self._object is not None:
            return ToolCall(name=self._name, arguments=self._object)
        raw = "".join(self._arguments)
        try:
            return ToolCall(name=self._name, arguments=json.loads(raw) if raw.strip() else {})
        except (ValueError, RecursionError):
            return ToolCall(name=self._name, raw=raw)


def _in_seconds(told: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, float]:
    numbers = {ours: _number(told.get(theirs)) for theirs, ours in names.items()}
    return {ours: number / 1000 for ours, number in numbers.items() if number is not None}


def _usage(usage: Mapping[str, Any]) -> Usage:
    inputs = usage.get("prompt_tokens_details") or {}
    outputs = usage.get("completion_tokens_details") or {}
    cached = inputs.get("cached_tokens")
    return Usage(
        input_tokens=count(usage.get("prompt_tokens")),
        cached_input_tokens=count(usage.get("prompt_cache_hit_tokens") if cached is None else cached),
        output_tokens=count(usage.get("completion_tokens")),
        reasoning_tokens=count(outputs.get("reasoning_tokens")),
    )


def _error_inside(error: Any) -> Fault:
    """The fault of an error that came under status 200, as gateways and streams send it."""
    code = error.get("code") if isinstance(error, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return fault_of_status(code if isinstance(code, int) else 500, str(message))


def fault_of_status(status: int, message: str, retry_after_s: float | None = None) -> Fault:
    """The fault that an HTTP status stands for."""
    kind: Any = next((kind for fits, kind in _KINDS if fits(status)), "rejected")
    if status == 429 and "insufficient_quota" in message:
        kind = "rejected"  # no waiting fills an account
    return Fault(kind, message, retry_after_s=retry_after_s, http_status=status)


_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (lambda status: status == 429, "rate_limited"),
    (lambda status: status in (401, 403), "unauthorized"),
    (lambda status: status == 408, "timed_out"),
    (lambda status: status >= 500, "server_error"),
)


def _joined(parts: Any) -> str:
    return "".join(part["text"] for part in parts if part.get("type") == "text")


def count(value: Any) -> int | None:
    """A count of tokens, None where the server sent something else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _short(data: bytes) -> str:
    # Cut to its final length only after keys are masked: half a key would not be found.
    return repr(data[:4096].decode("utf-8", "replace"))
