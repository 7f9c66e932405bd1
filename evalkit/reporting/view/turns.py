"""What an item asks, as turns of a conversation: its context, its messages and its input."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def words_of(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(role, text) of each passage, message and input, in the order in which a reader wants them."""
    turns = []
    for passage in listed(item.get("context")):
        inside = passage if isinstance(passage, Mapping) else {"text": passage}
        turns.append((f"context {inside.get('id', '')}".strip(), words(inside.get("text"))))
    for message in listed(item.get("messages")):
        turns.append(message_words(message if isinstance(message, Mapping) else {"content": message}))
    if item.get("input") is not None:
        turns.append(("input", words(item["input"])))
    return turns


def message_words(message: Mapping[str, Any]) -> tuple[str, str]:
    """Role and text of a chat message, its calls written out."""
    content = words(message.get("content"))
    if message.get("tool_calls"):
        content = f"{content}\n{words(message['tool_calls'])}".strip()
    return str(message.get("role", "message")), content


def listed(value: Any) -> Sequence[Any]:
    """A value as a list: itself, nothing, or alone."""
    return value if isinstance(value, (list, tuple)) else () if value is None else (value,)


def words(value: Any) -> str:
    """Text as it is, anything else as JSON text."""
    return value if isinstance(value, str) else "" if value is None else json_words(value)


def json_words(value: Any) -> str:
    """A value as JSON text."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return "(nested too deep to show)"
