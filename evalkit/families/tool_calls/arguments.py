"""One call against one expected call of the same tool: which arguments are right, and what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.families.tool_calls.reading import Call
from evalkit.families.tool_calls.schemas import json_type, schema_types
from evalkit.families.tool_calls.targets import ExpectedArgument, ExpectedCall
from evalkit.families.tool_calls.tools import Tool
from evalkit.families.tool_calls.values import Profile, same

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Pair:
    """An expected call held against a call of the same tool."""

    credit: float
    """(1 + right arguments) / (1 + arguments judged), a fraction in (0, 1]."""
    faults: tuple[tuple[str, str, Any, Any], ...] = ()
    """Argument, kind, expected and got of each wrong argument."""


_RIGHT = Pair(1.0)


def compare(expected: ExpectedCall, made: Call, tool: Tool | None, profile: Profile) -> Pair:
    """One call against an expected call of the same tool: (1 + right) / (1 + all that was to be judged)."""
    faults, right = [], 0
    properties: Mapping[str, Any] = tool.properties if tool else {}
    for name, argument in expected.arguments.items():
        given = name in made.arguments and not _stands_for_absent(name, argument, made, tool, profile)
        if not given:
            if argument.optional and not (profile.schema_rules and tool and name in tool.required):
                continue
            if _default_is_right(name, argument, tool, profile):
                right += 1
            else:
                faults.append((name, "missing_argument", argument.shown(), None))
        elif profile.schema_rules and tool is not None and name not in properties:
            faults.append((name, "extra_argument", None, made.arguments[name]))
        elif profile.accepts(argument, made.arguments[name], properties.get(name)):
            right += 1
        else:
            got = made.arguments[name]
            faults.append(
                (name, _value_kind(argument, got, properties.get(name), profile), argument.shown(), got)
            )
    faults.extend((n, "extra_argument", None, v) for n, v in _extra_arguments(expected, made, tool, profile))
    if not faults:
        return _RIGHT
    return Pair((1 + right) / (1 + right + len(faults)), tuple(faults))


def _stands_for_absent(
    name: str, argument: ExpectedArgument, made: Call, tool: Tool | None, profile: Profile
) -> bool:
    if made.arguments[name] is not None or None in argument.any_of:
        return False
    return profile.null_is_absent and tool is not None and name in tool.nullable


def _default_is_right(name: str, argument: ExpectedArgument, tool: Tool | None, profile: Profile) -> bool:
    if tool is None or not profile.declared_defaults or name not in tool.defaults:
        return False
    return profile.accepts(argument, tool.defaults[name], None)


def _extra_arguments(
    expected: ExpectedCall, made: Call, tool: Tool | None, profile: Profile
) -> Iterator[tuple[str, Any]]:
    for name, given in made.arguments.items():
        if name in expected.arguments:
            continue
        if tool is not None:
            if profile.null_is_absent and given is None and name in tool.nullable:
                continue
            if profile.declared_defaults and name in tool.defaults and same(tool.defaults[name], given):
                continue
        yield name, given


def _value_kind(argument: ExpectedArgument, given: Any, schema: Any, profile: Profile) -> str:
    """A wrong type is one that neither the schema nor any accepted value has."""
    kind = json_type(given)
    types = schema_types(schema) | {json_type(v) for v in argument.any_of}
    if kind == "integer" and not profile.float_for_integer and isinstance(given, float):
        kind = "number"
    fits = kind in types or (kind == "integer" and "number" in types)
    return "wrong_argument_value" if fits or not types else "wrong_argument_type"


def step(name: str) -> str:
    """An argument's name as a step of a JSON path."""
    return f".{name}" if _IDENTIFIER.fullmatch(name) else f"[{json.dumps(name, ensure_ascii=False)}]"
