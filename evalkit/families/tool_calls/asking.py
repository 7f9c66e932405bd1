"""How an item is asked: tools through the API, or as lines of the prompt, with or without a call schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from evalkit.errors import SuiteError
from evalkit.families.interface import Problem, Prompter
from evalkit.families.prompts import Messages, prompt_problems, prompting
from evalkit.families.tool_calls.rehearsal import ABSTENTION, right_calls
from evalkit.families.tool_calls.schemas import inline_refs
from evalkit.families.tool_calls.scoring import Cases
from evalkit.families.tool_calls.tools import Tool, Toolbox, Toolboxes
from evalkit.records import Candidate, Constraint, Item, Request, Suite, canonical_json, content_hash

FORM = (
    "Answer with a JSON array of calls and nothing else:\n"
    '[{"name": TOOL, "arguments": {ARGUMENT: VALUE}}]\n'
    "Answer [] when no tool fits."
)
"""The form of a call written as text, as the prompt asks for it."""

_LEAST_CALLS = 4
_DONE = '{"ok": true}'
"""What a tool says in an example: nothing that an answer could be read from."""
_CLOSED = "Done."


def make_prompter(suite: Suite, candidate: Candidate) -> Prompter:
    """What makes the requests of one candidate.

    Raises:
        SuiteError: The candidate's prompt variant is unknown, its template does not render, or it leaves the
            tools out and the candidate's output mode sends them to the API.
    """
    boxes = Toolboxes(suite)
    native = candidate.output == "native"
    prompt, messages = prompting(
        suite,
        candidate,
        variables=_variables(boxes),
        show=_calls_writer(suite) if native else _answer_writer(suite),
        suffix="" if native else _suffix(boxes),
    )
    if native and not prompt.append:
        raise SuiteError(
            f"the prompt variant {candidate.prompt!r} leaves the tools out (`append: false`), and the output "
            "mode `native` sends them to the API",
            where=f"suite {suite.name!r}, candidates.{candidate.name}",
            hint="set `output: constrained` or `output: plain`",
        )
    constraint = _constraint(suite, candidate, boxes)

    def request(item: Item, repeat: int) -> Request:
        box = boxes.of(item)
        asked = messages(item)
        return Request(
            suite=suite.name,
            item_id=item.id,
            messages=_wire_names(asked, box) if native else _as_text(asked),
            tools=tuple(t.as_openai() for t in box.tools) if native else (),
            tool_choice="auto" if native and box.tools else None,
            constraint=constraint(box),
            decoding=candidate.decoding,
            prompt_hash=prompt.hash,
            repeat=repeat,
        )

    return request


def prompt_faults(suite: Suite) -> Iterator[Problem]:
    """Every fault of the suite's prompts."""
    return prompt_problems(suite, variables=_variables(Toolboxes(suite)), show=_answer_writer(suite))


def tool_line(tool: Tool) -> str:
    """A tool as one line: `name(arg: type, other?: type) — description`."""
    arguments = ", ".join(_argument(n, s, tool) for n, s in tool.properties.items())
    description = " ".join(tool.description.split())
    return f"{tool.name}({arguments})" + (f" — {description}" if description else "")


def call_schema(box: Toolbox, most_calls: int) -> dict[str, Any]:
    """The JSON Schema of an answer: an array of calls of these tools, empty for none, without references."""
    calls = [
        {
            "type": "object",
            "properties": {"name": {"const": t.name}, "arguments": inline_refs(t.parameters)},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for t in box.tools
    ]
    items = {"anyOf": calls} if len(calls) != 1 else calls[0]
    return {"type": "array", "items": items if calls else False, "maxItems": most_calls if calls else 0}


def _constraint(suite: Suite, candidate: Candidate, boxes: Toolboxes) -> Callable[[Toolbox], Constraint]:
    if candidate.output == "plain":
        return lambda _box: Constraint()
    if candidate.output == "native":
        return lambda box: Constraint(kind="tools" if box.tools else "none")
    # A weak model under a grammar without an end repeats calls up to the token limit.
    longest = max(
        (len(t) for i in suite.items for t in (i.target, *i.alternatives) if _is_list(t)), default=0
    )
    most_calls = max(_LEAST_CALLS, longest)
    shared = Constraint(kind="json_schema", schema=call_schema(boxes.shared, most_calls), name="calls")

    def constraint(box: Toolbox) -> Constraint:
        if box is boxes.shared:
            return shared
        return Constraint(kind="json_schema", schema=call_schema(box, most_calls), name="calls")

    return constraint


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _variables(boxes: Toolboxes) -> Mapping[str, Any] | Callable[[Item], Mapping[str, Any]]:
    """`tools`: name, description, parameters and the one line of each."""
    shared = {"tools": _for_templates(boxes.shared)}
    if not boxes.own_each:
        return shared
    return lambda item: shared if item.tools is None else {"tools": _for_templates(boxes.of(item))}


def _for_templates(box: Toolbox) -> list[dict[str, Any]]:
    return [
        {
            "name": t.name,
            "description": t.description,
            "parameters": t.parameters,
            "line": tool_line(t),
        }
        for t in box.tools
    ]


def _answer_writer(suite: Suite) -> Callable[[Item], str]:
    cases = Cases(suite)
    return lambda item: canonical_calls(right_calls(cases.of(item)))


def _calls_writer(suite: Suite) -> Callable[[Item], Messages | str]:
    """An example as an API's own turns: calls, their results, and a word that closes it, as protocols ask."""
    cases = Cases(suite)

    def shown(item: Item) -> Messages | str:
        calls = right_calls(cases.of(item))
        if not calls:
            return ABSTENTION
        # Nine letters and digits: one API takes no other ids.
        ids = [content_hash(item.id, n)[:9] for n in range(len(calls))]
        return (
            {"role": "assistant", "content": None, "tool_calls": list(map(_native_call, calls, ids))},
            *({"role": "tool", "tool_call_id": i, "content": _DONE} for i in ids),
            {"role": "assistant", "content": _CLOSED},
        )

    return shown


def _native_call(call: Mapping[str, Any], call_id: str) -> dict[str, Any]:
    arguments = json.dumps(call["arguments"], ensure_ascii=False)
    return {"id": call_id, "type": "function", "function": {"name": call["name"], "arguments": arguments}}


def canonical_calls(calls: list[dict[str, Any]]) -> str:
    """Calls as the text that the prompt asks for."""
    return json.dumps(calls, ensure_ascii=False)


def _suffix(boxes: Toolboxes) -> str | Callable[[Item], str]:
    shared = _tools_as_text(boxes.shared)
    if not boxes.own_each:
        return shared
    return lambda item: shared if item.tools is None else _tools_as_text(boxes.of(item))


def _tools_as_text(box: Toolbox) -> str:
    lines = "\n".join(tool_line(t) for t in box.tools)
    return f"Tools:\n{lines}\n\n{FORM}" if lines else FORM


def _argument(name: str, schema: Any, tool: Tool) -> str:
    mark = "" if name in tool.required else "?"
    default = f" = {canonical_json(tool.defaults[name])}" if name in tool.defaults else ""
    return f"{name}{mark}: {_type(schema)}{default}"


def _type(schema: Any) -> str:
    """A schema in a few characters: the words of a constant list, else the format or the type."""
    if not isinstance(schema, Mapping):
        return "any"
    constants = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    if isinstance(constants, (list, tuple)):
        return "|".join(canonical_json(c) for c in constants)
    parts = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(parts, (list, tuple)):
        return "|".join(_type(p) for p in parts)
    kind = schema.get("type", "any")
    if isinstance(kind, (list, tuple)):
        return "|".join(map(str, kind))
    if kind == "array":
        return f"{_type(schema['items'])}[]" if "items" in schema else "array"
    if kind == "object" and isinstance(schema.get("properties"), Mapping):
        return "{" + ", ".join(f"{n}: {_type(s)}" for n, s in schema["properties"].items()) + "}"
    return str(schema.get("format", kind)) if kind == "string" else str(kind)


def _wire_names(messages: Messages, box: Toolbox) -> Messages:
    """Earlier calls under the names that the API is given."""
    return tuple(
        {**m, "tool_calls": [_wire_call(c, box) for c in m["tool_calls"]]} if m.get("tool_calls") else m
        for m in messages
    )


def _wire_call(call: Any, box: Toolbox) -> Any:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return call
    tool = box.find(str(function.get("name")))
    return call if tool is None else {**call, "function": {**function, "name": tool.wire_name}}


def _as_text(messages: Messages) -> Messages:
    """Earlier calls and their results as text: a server that is given no tools knows no such turns."""
    names: dict[str, str] = {}
    return tuple(_text_turn(m, names) for m in messages)


def _text_turn(message: Mapping[str, Any], names: dict[str, str]) -> Mapping[str, Any]:
    if message.get("tool_calls"):
        calls = [_text_call(c, names) for c in message["tool_calls"]]
        said = [str(message["content"])] if message.get("content") else []
        return {
            "role": message.get("role", "assistant"),
            "content": "\n".join([*said, canonical_calls(calls)]),
        }
    if message.get("role") == "tool":
        name = message.get("name") or names.get(str(message.get("tool_call_id")), "the call")
        return {"role": "user", "content": f"Result of {name}: {message.get('content') or ''}"}
    return message


def _text_call(call: Any, names: dict[str, str]) -> dict[str, Any]:
    function = call.get("function", call) if isinstance(call, Mapping) else {}
    name, arguments = str(function.get("name", "")), function.get("arguments", {})
    if isinstance(call, Mapping) and "id" in call:
        names[str(call["id"])] = name
    if isinstance(arguments, str):
        with suppress(ValueError, RecursionError):  # else shown as it was sent
            arguments = json.loads(arguments)
    return {"name": name, "arguments": arguments}
