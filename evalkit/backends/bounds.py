"""JSON Schemas cut down to what Anthropic's structured output takes, and whether anything was lost by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KEPT = frozenset(
    {
        "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "allOf",
        "$ref", "$defs", "title", "description",
    }
)  # fmt: skip
_SILENT = frozenset(
    {"$schema", "$id", "$comment", "examples", "default", "deprecated", "readOnly", "writeOnly"}
)
"""Left out without loss: they say nothing about which answers fit."""
_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)


def bound_schema(schema: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The schema as the API takes it, and whether every answer that fits it fits the one that was given.

    Limits on numbers, lengths and counts are not taken, and objects have to be closed: limits are dropped,
    open objects closed, and the answer is then not called enforced.
    """
    kept: dict[str, Any] = {}
    exact = True
    for name, value in schema.items():
        if name in ("properties", "$defs") and isinstance(value, Mapping):
            inner = {key: _bound_value(part) for key, part in value.items()}
            kept[name] = {key: part for key, (part, _) in inner.items()}
            exact &= all(whole for _, whole in inner.values())
        elif name in ("items", "anyOf", "allOf"):
            kept[name], whole = _bound_value(value)
            exact &= whole
        elif name in _KEPT or (name == "format" and value in _FORMATS):
            kept[name] = value
        elif name == "oneOf":
            kept["anyOf"], _ = _bound_value(value)
            exact = False
        elif name not in _SILENT:
            exact = False
    if schema.get("type") == "object" or "properties" in schema:
        exact &= schema.get("additionalProperties") is False
        kept["additionalProperties"] = False
    return kept, exact


def _bound_value(value: Any) -> tuple[Any, bool]:
    if isinstance(value, Mapping):
        return bound_schema(value)
    if isinstance(value, list):
        parts = [_bound_value(part) for part in value]
        return [part for part, _ in parts], all(whole for _, whole in parts)
    return value, True
