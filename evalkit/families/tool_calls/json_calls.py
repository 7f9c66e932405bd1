"""JSON values in a model's text, all of them, and the calls that they spell."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from evalkit.families.comparators.numbers import read_float
from evalkit.families.json_text import MAX_DEPTH
from evalkit.records import ToolCall, clean_text

_NAME_KEYS = ("name", "tool", "function")
_ARGUMENT_KEYS = ("arguments", "parameters", "args")
_BESIDE_A_NAME = frozenset({*_NAME_KEYS, "id", "type", "call_id", "index"})
_BETWEEN = re.compile(r"[\s,;]*")
CALL_KEY = re.compile(r"""["'](?:name|tool|function|arguments|parameters|args|tool_calls)["']\s*:""")
"""A key of a call as models write it: its mark is an attempt at a call, whole or not."""

_MOST_VALUES = 1000
"""JSON values in one text beyond which it is noise."""
_MOST_BITS = 1024


class BrokenCallsError(Exception):
    """The text is in a parser's form, and the calls in it cannot be read whole."""


def _refuse(_constant: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


_DECODER = json.JSONDecoder(parse_float=read_float, parse_constant=_refuse)


def json_sequence(text: str) -> list[Any] | None:
    """The JSON values that the text is, one after the other with nothing but spaces and commas between.

    None when it is anything else; reading one value and passing over the next would drop a call.

    Raises:
        BrokenCallsError: There are too many values to be an answer.
    """
    values, at = [], _BETWEEN.match(text, 0).end()  # type: ignore[union-attr]  # matches anywhere
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, (dict, list)):
            return None
        values.append(value)
        if len(values) > _MOST_VALUES:
            raise BrokenCallsError("too many values")
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
    return values or None


def calls_in(value: Any) -> list[ToolCall] | None:
    """The calls that a JSON value spells, None when it is none; an empty array is the word for no call."""
    if isinstance(value, list):
        calls = [_call(v) for v in value]
        return None if None in calls else [c for c in calls if c is not None]
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("tool_calls"), list):
        return calls_in(value["tool_calls"])
    call = _call(value)
    return None if call is None else [call]


def holds_a_call(value: Any) -> bool:
    """Return whether a JSON value that is no call has one inside, with its arguments: `{"result": {…}}`."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if any(isinstance(v, dict) and not v.keys().isdisjoint(_ARGUMENT_KEYS) and _call(v) for v in level):
            return True
        containers = [v for v in level if isinstance(v, (dict, list))]
        level = [child for c in containers for child in (c.values() if isinstance(c, dict) else c)]
    return False


def _call(value: Any) -> ToolCall | None:
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("function"), dict):
        return _call(value["function"])
    name = next((value[k] for k in _NAME_KEYS if isinstance(value.get(k), str)), None)
    key = next((k for k in _ARGUMENT_KEYS if k in value), None)
    if name is None or (key is None and not value.keys() <= _BESIDE_A_NAME):
        return None
    return _with_arguments(name, value[key] if key else None)


def _with_arguments(name: str, arguments: Any) -> ToolCall:
    """Arguments may be an object, its JSON text, or nothing at all for none."""
    if isinstance(arguments, str) and arguments.strip():
        try:
            arguments = _DECODER.decode(arguments)
        except (ValueError, RecursionError):
            return ToolCall(name=name, raw=arguments)
    return ToolCall(name=name, arguments={} if arguments in (None, "") else arguments)


class UnreadableError(Exception):
    """A value that no record should hold: nested too deeply, not finite, or not JSON at all."""


def settle_value(value: Any, depth: int = MAX_DEPTH) -> Any:
    """The value as any JSON reader and database can hold it.

    Raises:
        UnreadableError: It is nested deeper than `MAX_DEPTH`, not finite, or not JSON.
    """
    if isinstance(value, str):
        return value if value.isascii() and "\x00" not in value else clean_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if value.bit_length() > _MOST_BITS:
            raise UnreadableError("a number beyond a double's range")
        return value
    if isinstance(value, float):
        if value - value != 0.0:
            raise UnreadableError("a number that is not finite")
        return value
    if depth == 0:
        raise UnreadableError("a value nested too deeply")
    if isinstance(value, Mapping):
        return {clean_text(str(k)): settle_value(v, depth - 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [settle_value(v, depth - 1) for v in value]
    raise UnreadableError(f"a value of type {type(value).__name__}, which is no JSON")
