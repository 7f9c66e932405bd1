"""Faults of a suite found before anything is run: tools, targets and what the two say of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

from evalkit.bounded.json_schema import BoundedValidator, check_schema
from evalkit.bounded.patterns import PatternLimit, value_budget
from evalkit.errors import SuiteError, near_names
from evalkit.families.interface import Problem
from evalkit.families.tool_calls.asking import prompt_faults
from evalkit.families.tool_calls.options import CallOptions, option_problems, read_options
from evalkit.families.tool_calls.parsers import parser_names
from evalkit.families.tool_calls.targets import ExpectedArgument, ExpectedCall, plain, read_target
from evalkit.families.tool_calls.tools import Tool, Toolbox, read_tool
from evalkit.records import Item, Suite

_SHAPE = '{"type": "function", "function": {"name": …, "description": …, "parameters": {JSON Schema}}}'


def suite_problems(suite: Suite) -> Iterator[Problem]:
    """Every fault of tools, scorer options, targets and prompts."""
    yield from option_problems(suite.scorer, parser_names())
    broken = list(_definition_problems(suite.contract.tools))
    yield from (Problem(message=m, hint=h, key="tools") for m, h in broken)
    shared = _Offer(Toolbox(suite.contract.tools), sound=not broken)
    options, sound = read_options(suite.scorer), not broken
    for item in suite.items:
        for message, hint in _item_faults(item, shared, options):
            sound = False
            yield Problem(message=message, hint=hint, item_id=item.id, line=item.line)
    if sound:
        yield from prompt_faults(suite)  # few-shot examples show targets, which must be readable first


@dataclass(frozen=True, slots=True)
class _Offer:
    """The tools of an item, and whether values can be held against their schemas."""

    box: Toolbox
    sound: bool


def _item_faults(item: Item, shared: _Offer, options: CallOptions) -> Iterator[tuple[str, str]]:
    offer = shared
    if item.tools is not None:
        broken = list(_definition_problems(item.tools))
        yield from broken
        offer = _Offer(Toolbox(item.tools), sound=not broken)
    if not offer.box.tools:
        yield "the item offers no tool", "declare tools: in suite.yaml, or tools in the item"
    yield from _target_faults("target", item.target, offer, options)
    for i, alternative in enumerate(item.alternatives):
        yield from _target_faults(f"alternatives[{i}]", alternative, offer, options)


def _target_faults(where: str, target: Any, offer: _Offer, options: CallOptions) -> Iterator[tuple[str, str]]:
    try:
        calls = read_target(target, options.target_format, offer.box)
    except SuiteError as error:
        yield f"{where}: {error.message}", error.hint or ""
        return
    for i, call in enumerate(calls):
        for message, hint in _call_problems(call, offer.box, options.check_values and offer.sound):
            yield f"{where}[{i}]: {message}", hint


def _call_problems(call: ExpectedCall, box: Toolbox, check_values: bool) -> Iterator[tuple[str, str]]:
    tool = box.find(call.tool)
    if tool is None:
        yield f"no tool is named {call.tool!r}", near_names(call.tool, [t.name for t in box.tools])
        return
    if not check_values:
        return
    for name in sorted(tool.required - call.arguments.keys()):
        yield f"{call.tool} requires {name!r}, which the target does not give", f"add {name!r}"
    for name, argument in call.arguments.items():
        yield from _argument_problems(name, argument, tool)


def _argument_problems(name: str, argument: ExpectedArgument, tool: Tool) -> Iterator[tuple[str, str]]:
    if name not in tool.properties:
        yield f"{tool.name} has no argument {name!r}", near_names(name, tool.properties)
        return
    for value in argument.any_of:
        fault = _value_fault(plain(value), name, tool)
        if fault:
            yield (
                f"{tool.name}.{name}: {fault}",
                "mend the value or the schema; `check_values: false` under `scorer:` lets it pass",
            )


def _value_fault(value: Any, name: str, tool: Tool) -> str | None:
    """Why a value does not fit its argument's schema, within the whole so that references lead somewhere."""
    root = {k: v for k, v in tool.parameters.items() if k in ("$defs", "definitions", "properties")}
    schema = {**root, "required": []}
    try:
        with value_budget():
            error = next(BoundedValidator(schema, registry=Registry()).iter_errors({name: value}), None)
    except (Unresolvable, ValueError, RecursionError, OverflowError, PatternLimit) as broken:
        return f"the schema cannot be applied ({broken})"
    return None if error is None else error.message


def _definition_problems(definitions: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for i, definition in enumerate(definitions):
        tool = read_tool(definition)
        where = f"tool {tool.name!r}" if tool.name else f"tool {i + 1}"
        for message, hint in _tool_faults(definition, tool):
            yield f"{where}: {message}", hint
        if tool.wire_name in seen:
            yield f"{where} and {seen[tool.wire_name]} are sent under one name", "rename one of them"
        seen[tool.wire_name] = where


def _tool_faults(definition: Any, tool: Tool) -> Iterator[tuple[str, str]]:
    if not tool.name:
        yield "a definition without a name", _SHAPE
        return
    body = definition.get("function", definition)
    if "parameters" in body and not isinstance(body["parameters"], Mapping):
        yield "parameters are no JSON Schema object", _SHAPE
    if tool.parameters.get("type", "object") != "object":
        yield "parameters describe no object", 'parameters: {"type": "object", "properties": {…}}'
    try:
        check_schema(dict(tool.parameters))
    except SchemaError as error:
        yield f"parameters are no valid JSON Schema: {error.message}", f"see {error.json_path}"
        return
    for name in sorted(tool.required - tool.properties.keys()):
        yield f"requires {name!r}, which is no property", near_names(name, tool.properties)
