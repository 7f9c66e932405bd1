"""Answers made up on purpose, as a model would write them: one that is right, one plausibly wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from evalkit.families.interface import Scorer
from evalkit.families.tool_calls.schemas import schema_types
from evalkit.families.tool_calls.scoring import CompiledItem
from evalkit.families.tool_calls.targets import plain
from evalkit.families.tool_calls.tools import Tool, Toolbox
from evalkit.records import Answer, Candidate, ToolCall

ABSTENTION = "None of the tools fits this request."
"""How a model that is given tools says that it calls none."""
_BROKEN = '<tool_call>{"name": '
_TRIES = 12

Calls = list[dict[str, Any]]


def right_calls(case: CompiledItem) -> Calls:
    """The target's calls with their first accepted values, optional arguments left out."""
    return [
        {
            "name": call.tool,
            "arguments": {
                n: plain(a.any_of[0])
                for n, a in call.arguments.items()
                if a.any_of and (not a.optional or _is_required(n, call.tool, case.toolbox))
            },
        }
        for call in case.acceptable[0]
    ]


def _is_required(argument: str, tool: str, toolbox: Toolbox) -> bool:
    """Whether the schema requires it, though the target marks it as optional."""
    found = toolbox.find(tool)
    return found is not None and argument in found.required


def written(calls: Calls, candidate: Candidate, toolbox: Toolbox) -> Answer:
    """The calls as a model writes them in the candidate's output mode."""
    if candidate.output != "native":
        return Answer(text=json.dumps(calls, ensure_ascii=False), finish_reason="stop")
    if not calls:
        return Answer(text=ABSTENTION, finish_reason="stop")
    made = tuple(ToolCall(name=_wire(c["name"], toolbox), arguments=c["arguments"]) for c in calls)
    return Answer(tool_calls=made, finish_reason="tool_calls")


def wrong_written(case: CompiledItem, candidate: Candidate, rng: random.Random, score: Scorer) -> Answer:
    """An answer that the scorer fails: one slip from the right one, tried until it really is wrong."""
    for _ in range(_TRIES):
        slip = rng.choice(_SLIPS)
        calls = slip(right_calls(case), case.toolbox, rng)
        answer = written(calls, candidate, case.toolbox)
        if not score(case.item, answer).success:
            return answer
    return Answer(text=_BROKEN, finish_reason="stop")


def _no_call(_calls: Calls, _box: Toolbox, _rng: random.Random) -> Calls:
    return []


def _one_call_less(calls: Calls, _box: Toolbox, rng: random.Random) -> Calls:
    gone = rng.randrange(len(calls)) if calls else -1
    return [c for i, c in enumerate(calls) if i != gone]


def _one_call_more(calls: Calls, box: Toolbox, rng: random.Random) -> Calls:
    if not box.tools:
        return calls
    tool = rng.choice(box.tools)
    return [*calls, {"name": tool.name, "arguments": _plausible_arguments(tool, rng)}]


def _other_tool(calls: Calls, box: Toolbox, rng: random.Random) -> Calls:
    if not calls or len(box.tools) < 2:
        return _one_call_more(calls, box, rng)
    i = rng.randrange(len(calls))
    tool = rng.choice([t for t in box.tools if t.name != calls[i]["name"]])
    return _replace_argument(calls, i, {"name": tool.name, "arguments": _plausible_arguments(tool, rng)})


def _one_argument_less(calls: Calls, _box: Toolbox, rng: random.Random) -> Calls:
    return _with_arguments(
        calls, rng, lambda arguments, name: {n: v for n, v in arguments.items() if n != name}
    )


def _one_value_off(calls: Calls, _box: Toolbox, rng: random.Random) -> Calls:
    return _with_arguments(
        calls, rng, lambda arguments, name: {**arguments, name: _off(arguments[name], rng)}
    )


_SLIPS = (
    _one_value_off,
    _one_value_off,
    _one_argument_less,
    _other_tool,
    _one_call_more,
    _one_call_less,
    _no_call,
)
"""Slips, the commoner ones more often."""


def _with_arguments(
    calls: Calls, rng: random.Random, change: Callable[[dict[str, Any], str], dict[str, Any]]
) -> Calls:
    able = [i for i, c in enumerate(calls) if c["arguments"]]
    if not able:
        return calls
    i = rng.choice(able)
    arguments = calls[i]["arguments"]
    return _replace_argument(
        calls, i, {**calls[i], "arguments": change(arguments, rng.choice(sorted(arguments)))}
    )


def _replace_argument(calls: Calls, i: int, call: dict[str, Any]) -> Calls:
    return [*calls[:i], call, *calls[i + 1 :]]


def _off(value: Any, rng: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + rng.choice((1, 2, 10))
    if isinstance(value, str):
        words = value.split()
        return " ".join(words[:-1]) if len(words) > 1 else f"{value} {rng.randrange(2, 10)}"
    if isinstance(value, list):
        return value[:-1] if value else [rng.randrange(10)]
    return None


def _plausible_arguments(tool: Tool, rng: random.Random) -> dict[str, Any]:
    return {n: _plausible(tool.properties.get(n), rng) for n in sorted(tool.required)}


def _plausible(schema: Any, rng: random.Random) -> Any:
    """A value that the schema's type allows; further conditions may not hold, as a model's may not."""
    if isinstance(schema, Mapping):
        for known in ("enum", "examples"):
            if isinstance(schema.get(known), (list, tuple)) and schema[known]:
                return rng.choice(schema[known])
        if "default" in schema:
            return schema["default"]
    types = schema_types(schema)
    if "integer" in types or "number" in types:
        return rng.randrange(1, 100)
    if "boolean" in types:
        return rng.random() < 0.5
    if "array" in types:
        return []
    return {} if "object" in types else "unknown"


def _wire(name: str, toolbox: Toolbox) -> str:
    tool = toolbox.find(name)
    return tool.wire_name if tool else name


def rehearse_right(case: CompiledItem, candidate: Candidate) -> Answer:
    """The right answer of an item."""
    return written(right_calls(case), candidate, case.toolbox)
