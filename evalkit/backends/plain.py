"""Requests and answers as plain dictionaries: what a team's own function or program takes and gives."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from evalkit.backends.usage import read_cost, read_count, read_number
from evalkit.errors import near_names
from evalkit.records import (
    LEAST_LOGPROB,
    Answer,
    Candidate,
    Fault,
    Request,
    ToolCall,
    Usage,
    clean_json,
    clean_text,
    to_plain,
)

TOKENS = tuple(field.name for field in dataclasses.fields(Usage))
TEXTS = ("text", "refusal", "finish_reason", "model_reported", "system_fingerprint", "enforced")
NUMBERS = ("ttft_s", "confidence", "label_mass_outside", "cost_usd")
FIELDS = frozenset(
    {*TEXTS, *NUMBERS, *TOKENS, "tool_calls", "usage", "confidence_method", "label_logprobs", "simulated"}
)
"""What an answer may hold; every field may be left out."""


def plain_request(request: Request, candidate: Candidate) -> dict[str, Any]:
    """The request with the candidate's model; never a target. It is the receiver's to change."""
    made: dict[str, Any] = to_plain(request)
    made.update(request_hash=request.request_hash, model=candidate.model, candidate=candidate.name)
    return made


def read_answer(given: Any, *, latency_s: float) -> Answer:
    """The answer that a text or a dictionary of answer fields stands for.

    Raises:
        Fault: `malformed_response`, it is neither, or a field is unknown or of the wrong kind; or what its
            `error` says.
    """
    if isinstance(given, str):
        return Answer(text=given, latency_s=latency_s)
    if not isinstance(given, Mapping):
        raise _malformed_fault(f"an answer is text or an object of answer fields, not {type(given).__name__}")
    if given.get("error"):
        raise Fault("server_error", str(given["error"]), usage=_usage(given))
    for name in given:
        if name not in FIELDS and name != "error":
            raise _malformed_fault(f"an answer has no field {name!r} ({near_names(str(name), FIELDS)})")
    logprobs = read_logprobs(given.get("label_logprobs"))
    answer = Answer(
        tool_calls=tuple(map(_call, _as_list(given, "tool_calls"))),
        usage=_usage(given),
        latency_s=latency_s,
        simulated=given.get("simulated") is True,
        label_logprobs=logprobs,
        confidence_method=_text(given, "confidence_method") or ("label_logprobs" if logprobs else None),
        **{name: _text(given, name) for name in TEXTS},
        **{name: _number(given, name) for name in NUMBERS},
    )
    if not answer.tool_calls and answer.text is None and answer.refusal is None:
        raise Fault("empty_response", "neither text, calls nor refusal", usage=answer.usage)
    return answer


def _text(given: Mapping[str, Any], name: str) -> Any:
    value = given.get(name)
    if value is None or isinstance(value, str):
        return value
    if name == "text" and isinstance(value, (dict, list, int, float)):
        return json.dumps(clean_json(value), ensure_ascii=False)
    raise _malformed_fault(f"{name} must be text, not {value!r:.4096}")


def _number(given: Mapping[str, Any], name: str) -> Any:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _malformed_fault(f"{name} must be a number from 0, not {value!r:.4096}")
    if name in ("confidence", "label_mass_outside"):
        if not 0 <= value <= 1:
            raise _malformed_fault(f"{name} is a fraction in [0, 1], not {value!r:.4096}")
        return float(value)
    # A paid answer is not given up for a bad figure beside it: that is unknown.
    number = read_cost(value) if name == "cost_usd" else read_number(value)
    return None if number is None or number < 0 else number


def _usage(given: Mapping[str, Any]) -> Usage:
    inner = given.get("usage")
    told = {**inner, **given} if isinstance(inner, Mapping) else given
    return Usage(**{name: _count(told.get(name), name) for name in TOKENS})


def _count(value: Any, name: str) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return read_count(value)
    raise _malformed_fault(f"{name} must be a whole number from 0, not {value!r:.4096}")


def _as_list(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name) or []
    if not isinstance(value, (list, tuple)):
        raise _malformed_fault(f"{name} must be a list, not {value!r:.4096}")
    return list(value)


def _call(call: Any) -> ToolCall:
    """`{"name", "arguments"}` or OpenAI's `{"function": {"name", "arguments": text}}`."""
    inner = call.get("function", call) if isinstance(call, Mapping) else None
    if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
        raise _malformed_fault('a tool call needs "name" and "arguments"')
    arguments = inner.get("arguments", {})
    if not isinstance(arguments, str):
        return ToolCall(name=inner["name"], arguments=clean_json(arguments))
    try:
        return ToolCall(name=inner["name"], arguments=json.loads(arguments) if arguments.strip() else {})
    except (ValueError, RecursionError):
        return ToolCall(name=inner["name"], raw=arguments)


def read_logprobs(value: Any) -> dict[str, float] | None:
    """The log-probabilities of labels, as a team's own system tells them.

    Raises:
        Fault: `malformed_response`, they are none.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(map(_is_logprob, value.values())):
        raise _malformed_fault("label_logprobs must map labels to logarithms of probabilities, none above 0")
    # JSON has no infinity.
    return {clean_text(str(label)): max(float(v), LEAST_LOGPROB) for label, v in value.items()}


def _is_logprob(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value <= 0


def _malformed_fault(message: str) -> Fault:
    return Fault("malformed_response", message)
