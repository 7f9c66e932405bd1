"""A first contract read off the targets: labels, a JSON Schema draft, or the tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_OUT_OF_SCOPE = ("oos", "out_of_scope", "out-of-scope", "out of scope")
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def infer_contract(family: str, targets: Iterable[Any], tools: Iterable[Any] = ()) -> dict[str, Any]:
    """The contract keys of suite.yaml that these targets suggest; a draft for a person to read."""
    targets = [t for t in targets if t is not None]
    if family == "classification":
        return _labels(targets)
    if family == "extraction":
        return {"schema": {"$schema": _DRAFT, **infer_schema(targets)}} if targets else {}
    if family == "tool_calls":
        return _tools(targets, list(tools))
    return {}


def infer_schema(values: list[Any]) -> dict[str, Any]:
    """The narrowest plain schema that every value fits; a key is required when every object has it."""
    kinds = sorted({_kind(v) for v in values})
    if "integer" in kinds and "number" in kinds:
        kinds.remove("integer")
    schema: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    objects = [v for v in values if isinstance(v, Mapping)]
    if objects:
        keys = dict.fromkeys(k for o in objects for k in o)
        schema["additionalProperties"] = False
        schema["required"] = [k for k in keys if all(k in o for o in objects)]
        schema["properties"] = {k: infer_schema([o[k] for o in objects if k in o]) for k in keys}
    members = [m for v in values if isinstance(v, list) for m in v]
    if members:
        schema["items"] = infer_schema(members)
    return schema


def looks_like_bfcl(targets: Iterable[Any]) -> bool:
    """Whether the calls are written as `{function: {argument: [accepted values]}}`."""
    calls = [c for t in targets if isinstance(t, list) for c in t]
    return bool(calls) and all(_bfcl_call(c) for c in calls)


def _labels(targets: list[Any]) -> dict[str, Any]:
    multi = any(isinstance(t, list) for t in targets)
    words = {_word(w) for t in targets for w in (t if isinstance(t, list) else [t])}
    names = sorted(words)
    found: dict[str, Any] = {"labels": names, **({"multi_label": True} if multi else {})}
    outside = [n for n in names if n.casefold() in _OUT_OF_SCOPE]
    return {**found, "out_of_scope": outside[0]} if len(outside) == 1 else found


def _tools(targets: list[Any], tools: list[Any]) -> dict[str, Any]:
    """Nothing where items bring their own tools; else a tool for each name that is called."""
    # Its figures are to be compared with the leaderboard's, so its rules go with its form.
    bfcl = {"target_format": "bfcl", "scorer": {"profile": "bfcl"}}
    found: dict[str, Any] = bfcl if looks_like_bfcl(targets) else {}
    if any(tools):
        return found
    arguments: dict[str, list[Any]] = {}
    for call in (c for t in targets if isinstance(t, list) for c in t if isinstance(c, Mapping)):
        name = call.get("name") or call.get("tool")
        if isinstance(name, str) and isinstance(call.get("arguments"), Mapping):
            arguments.setdefault(name, []).append(call["arguments"])
    drafted = [
        {"type": "function", "function": {"name": name, "description": "", "parameters": infer_schema(given)}}
        for name, given in sorted(arguments.items())
    ]
    return {**found, "tools": drafted} if drafted else found


def _bfcl_call(call: Any) -> bool:
    if not isinstance(call, Mapping) or len(call) != 1:
        return False
    arguments = next(iter(call.values()))
    return isinstance(arguments, Mapping) and all(isinstance(v, list) for v in arguments.values())


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    for kind, word in (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (list, "array"),
    ):
        if isinstance(value, kind):
            return word
    return "object"


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
