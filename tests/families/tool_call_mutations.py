"""Right answers to BFCL rows, and answers spoilt in one known way. Imports nothing of evalkit, so that its
idea of right and wrong is its own.

`python tests/families/test_tool_calls_bfcl.py` prints the table of docs/tool_calls.md.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable
from typing import Any

Calls = list[dict[str, Any]]
Row = dict[str, Any]

FORMS = ("native", "json", "tags", "fenced", "python", "in_text")


def right_calls(row: Row, rng: random.Random) -> Calls:
    """Calls with values drawn from the accepted ones, optional arguments given or not by chance."""
    return [
        {"name": name, "arguments": _arguments(arguments, rng)}
        for call in row["gold"]
        for name, arguments in call.items()
    ]


def _arguments(arguments: dict[str, list[Any]], rng: random.Random) -> dict[str, Any]:
    given = {}
    for name, values in arguments.items():
        real = [v for v in values if v != ""]
        if not real or ("" in values and rng.random() < 0.5):
            continue
        given[name] = _nested(rng.choice(real), rng)
    return given


def _nested(value: Any, rng: random.Random) -> Any:
    """BFCL writes the keys of an object with accepted values of their own."""
    if isinstance(value, dict) and value and all(isinstance(v, list) for v in value.values()):
        return _arguments(value, rng)
    if isinstance(value, list):
        return [_nested(v, rng) for v in value]
    return value


# --- one slip each: new calls, or None where the row has no room for it


def drop_required_argument(row: Row, calls: Calls, rng: random.Random) -> Calls | None:
    places = [
        (i, name)
        for i, call in enumerate(row["gold"])
        for name, values in _gold_arguments(call).items()
        if "" not in values and not _default_is_accepted(row, call, name, values)
    ]
    if not places:
        return None
    i, name = rng.choice(places)
    del calls[i]["arguments"][name]
    return calls


def swap_value(row: Row, calls: Calls, rng: random.Random) -> Calls | None:
    places = [(i, n) for i, c in enumerate(calls) for n in c["arguments"]]
    rng.shuffle(places)
    for i, name in places:
        accepted = _gold_arguments(row["gold"][i])[name]
        other = _other_value(calls[i]["arguments"][name], _schema(row, calls[i]["name"], name), accepted, rng)
        if other is not None:
            calls[i]["arguments"][name] = other
            return calls
    return None


def swap_type(row: Row, calls: Calls, rng: random.Random) -> Calls | None:
    places = [
        (i, n)
        for i, c in enumerate(calls)
        for n in c["arguments"]
        if _schema(row, c["name"], n).get("type") not in (None, "any")
    ]
    if not places:
        return None
    i, name = rng.choice(places)
    value = calls[i]["arguments"][name]
    wants_text = _schema(row, calls[i]["name"], name)["type"] == "string"
    calls[i]["arguments"][name] = 4711 if wants_text else json.dumps(value)
    return calls


def add_argument(_row: Row, calls: Calls, rng: random.Random) -> Calls | None:
    if not calls:
        return None
    rng.choice(calls)["arguments"]["zz_never_declared"] = "anything"
    return calls


def wrong_tool(row: Row, calls: Calls, rng: random.Random) -> Calls | None:
    others = sorted({t["name"] for t in row["tools"]} - {c["name"] for c in calls})
    if not others or not calls:
        return None
    rng.choice(calls)["name"] = rng.choice(others)
    return calls


def unknown_tool(_row: Row, calls: Calls, rng: random.Random) -> Calls | None:
    if not calls:
        return None
    rng.choice(calls)["name"] = "zz_made_up_tool"
    return calls


def extra_call(row: Row, calls: Calls, rng: random.Random) -> Calls | None:
    if not calls:
        return None
    tool = rng.choice(row["tools"])
    more = copy.deepcopy(rng.choice(calls)) if rng.random() < 0.5 else {"name": tool["name"], "arguments": {}}
    calls.insert(rng.randrange(len(calls) + 1), more)
    return calls


def missing_call(_row: Row, calls: Calls, rng: random.Random) -> Calls | None:
    if not calls:
        return None
    calls.pop(rng.randrange(len(calls)))
    return calls


def unwanted_call(row: Row, calls: Calls, rng: random.Random) -> Calls | None:
    if calls:
        return None
    tool = rng.choice(row["tools"])
    required = tool["parameters"].get("required", [])
    return [{"name": tool["name"], "arguments": dict.fromkeys(required, "something")}]


SLIPS: dict[str, tuple[Callable[[Row, Calls, random.Random], Calls | None], str]] = {
    "drop a required argument": (drop_required_argument, "missing_argument"),
    "swap a value for one not accepted": (swap_value, "wrong_argument_value"),
    "swap a value for one of another type": (swap_type, "wrong_argument_type"),
    "add an argument nobody declared": (add_argument, "extra_argument"),
    "call another offered tool": (wrong_tool, "wrong_tool"),
    "call a tool that is not offered": (unknown_tool, "unknown_tool"),
    "make a call too many": (extra_call, "extra_call"),
    "leave a call out": (missing_call, "missing_call"),
    "call on a no-call item": (unwanted_call, "unwanted_call"),
}
"""Slip -> the function that makes it, and the error kind that names it."""

GARBAGE = "answer with garbage text"


def garbage(calls: Calls, row: Row, rng: random.Random) -> str:
    """Text that is no answer: calls broken off or bent, foreign markup, noise."""
    whole = json.dumps(calls or [{"name": row["tools"][0]["name"], "arguments": {"x": "y"}}])
    name = row["tools"][0]["name"]
    return rng.choice(
        [
            whole[: rng.randrange(len(whole) // 2, len(whole) - 1)],
            whole.replace('"', "'").replace(":", "=>"),
            "<tool_call>\n" + whole[:-3] + "\n</tool_call>",
            "```json\n" + whole[:-2] + "\n```",
            f"Sure, here you are: {name}(x=",
            f"{name}(x=open('/etc/passwd'))",
            "<|python_tag|>" + whole[2:],
            "".join(rng.choice("{}[]<>|#@$%^&*~\\/\"'_=+0x?!;: ") for _ in range(40)),
            "".join(chr(rng.randrange(33, 127)) for _ in range(60)),
            "\ufffd\ufffd \ufffd\ufffd\ufffd",
            '{"answer": 42}',
        ]
    )


# --- how the calls are written


def write(calls: Calls, form: str) -> dict[str, Any]:
    """The calls in one of FORMS, as `{"tool_calls"}` or `{"text"}`; python falls back to json."""
    if form == "native" and calls:
        return {"tool_calls": calls}
    if form == "tags" and calls:
        return {"text": "\n".join(f"<tool_call>\n{json.dumps(c)}\n</tool_call>" for c in calls)}
    if form == "fenced":
        return {"text": f"Here you are:\n```json\n{json.dumps(calls, indent=2)}\n```"}
    if form == "in_text" and calls:
        return {"text": f"I will do this: {json.dumps(calls)} as you asked."}
    if form == "python" and calls and all(_spells_in_python(c) for c in calls):
        return {"text": "[" + ", ".join(map(_python, calls)) + "]"}
    return {"text": json.dumps(calls)}


def _spells_in_python(call: dict[str, Any]) -> bool:
    import keyword

    words = [*call["name"].split("."), *call["arguments"]]
    return all(w.isidentifier() and not keyword.iskeyword(w) for w in words)


def _python(call: dict[str, Any]) -> str:
    return f"{call['name']}({', '.join(f'{n}={v!r}' for n, v in call['arguments'].items())})"


# --- what BFCL accepts, loosely: a mutant must be wrong beyond doubt


def _other_value(value: Any, schema: dict[str, Any], accepted: list[Any], rng: random.Random) -> Any:
    for candidate in _candidates(value, schema, rng):
        if all(_loose(candidate) != _loose(a) for a in accepted if a != ""):
            return candidate
    return None


def _candidates(value: Any, schema: dict[str, Any], rng: random.Random) -> list[Any]:
    if isinstance(schema.get("enum"), list):
        return [v for v in rng.sample(schema["enum"], len(schema["enum"])) if type(v) is type(value)]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value + 97, value - 1234]
    if isinstance(value, str):
        return [f"{value} zzyx", "zzyx"]
    if isinstance(value, list):
        return [[*value, value[0]], [*value, *value, value[0]]] if value else []
    if isinstance(value, dict) and value:
        first = sorted(value)[0]
        return [{**value, first: v} for v in _candidates(value[first], {}, rng)]
    return []


def _loose(value: Any) -> str:
    return re.sub(r"[^a-z0-9\[\]{}:]", "", json.dumps(_first(value)).lower().replace(".0", ""))


def _first(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _first(v[0]) if isinstance(v, list) and v else _first(v) for k, v in value.items()}
    return value


def _gold_arguments(call: dict[str, dict[str, list[Any]]]) -> dict[str, list[Any]]:
    return next(iter(call.values()))


def _schema(row: Row, tool: str, argument: str) -> dict[str, Any]:
    tools = {t["name"]: t for t in row["tools"]}
    return tools[tool]["parameters"]["properties"].get(argument, {}) if tool in tools else {}


def _default_is_accepted(row: Row, call: dict[str, Any], name: str, values: list[Any]) -> bool:
    schema = _schema(row, next(iter(call)), name)
    return "default" in schema and any(_loose(schema["default"]) == _loose(v) for v in values)
