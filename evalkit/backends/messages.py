"""Requests in Anthropic's Messages protocol: turns, tools and the form that binds an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.backends.bounds import bound_schema
from evalkit.records import Constraint, Fault, Request

DEFAULT_MAX_TOKENS = 4096
"""The protocol demands a limit; this one is sent where the candidate states none."""
WITHOUT_SAMPLING = "2026-10-21"
"""From this version of the protocol on, temperature and top_p are not taken any more."""
FORM = "answer"
"""Name of the tool that an answer's form is forced through."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """How one request's constraint is put, and how its answer is read back."""

    body: Mapping[str, Any]
    """Fields of the request body."""
    enforced: str | None
    """The kind that the server then enforces; None when not known."""
    wrapped: bool = False
    """Whether the answer stands in an object under `answer`."""
    through_tool: bool = False
    """Whether it comes as the input of a forced call."""


def messages_body(request: Request, model: str, form: Form, *, version: str, stream: bool) -> dict[str, Any]:
    """The JSON body of `POST v1/messages`; settings that are None are left out."""
    decoding = request.decoding
    system, turns = _turns(request.messages)
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": decoding.max_tokens or DEFAULT_MAX_TOKENS,
        "messages": turns,
    }
    settings: dict[str, Any] = {"system": system or None, "stop_sequences": list(decoding.stop) or None}
    if version < WITHOUT_SAMPLING:
        settings |= {"temperature": decoding.temperature, "top_p": decoding.top_p}
    body.update((name, value) for name, value in settings.items() if value is not None)
    body.update(form.body)
    if stream:
        body["stream"] = True
    body.update(decoding.extra)
    return body


def form_of(request: Request, *, through_tool: bool) -> Form:
    """The request's tools and constraint in the protocol's words.

    Raises:
        Fault: `unsupported`, a constraint that says nothing.
    """
    constraint = request.constraint
    if constraint.kind in ("none", "tools"):
        return _calls(request)
    schema, wrapped = _schema(constraint)
    kept, exact = bound_schema(schema)
    enforced = constraint.kind if exact else None
    if not through_tool:
        body = {**_tools(request), "output_config": {"format": {"type": "json_schema", "schema": kept}}}
        return Form(body=body, enforced=enforced, wrapped=wrapped)
    if request.tools:
        raise Fault("unsupported", "tools and a bound form cannot both be asked for through a forced tool")
    tool = {"name": FORM, "description": "Gives the answer.", "input_schema": schema}
    body = {"tools": [tool], "tool_choice": {"type": "tool", "name": FORM}}
    return Form(body=body, enforced=None, wrapped=wrapped, through_tool=True)


def _turns(messages: Sequence[Mapping[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """The system text, and turns that alternate: the results of one turn's calls have to stand together."""
    system: list[str] = []
    turns: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] in ("system", "developer"):
            system.append(_text_of(message.get("content")))
            continue
        role = "assistant" if message["role"] == "assistant" else "user"
        blocks = _blocks(message)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"].extend(blocks)
        else:
            turns.append({"role": role, "content": blocks})
    return "\n\n".join(filter(None, system)), turns


def _blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    text = _text_of(message.get("content"))
    if message["role"] == "tool":
        return [{"type": "tool_result", "tool_use_id": message.get("tool_call_id", ""), "content": text}]
    blocks: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    for call in message.get("tool_calls") or ():
        function = call["function"]
        arguments = function.get("arguments") or {}
        if isinstance(arguments, str):
            arguments = json.loads(arguments)
        blocks.append({"type": "tool_use", "id": call["id"], "name": function["name"], "input": arguments})
    return blocks


def _text_of(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part.get("text", "") for part in content if part.get("type") == "text")


def _calls(request: Request) -> Form:
    bound = request.constraint.kind == "tools"
    if bound and not request.tools:
        raise Fault("unsupported", "a tools constraint without tools")
    exact = bound and all(bound_schema(_parameters(tool))[1] for tool in request.tools)
    return Form(
        body=_tools(request, strict=exact), enforced=("tools" if exact else None) if bound else "none"
    )


def _tools(request: Request, *, strict: bool = False) -> dict[str, Any]:
    if not request.tools:
        return {}
    tools = [_tool(tool, strict=strict) for tool in request.tools]
    choices = {"required": "any", "auto": "auto", "none": "none"}
    choice = choices.get(request.tool_choice or "")
    return {"tools": tools, **({"tool_choice": {"type": choice}} if choice else {})}


def _tool(tool: Mapping[str, Any], *, strict: bool) -> dict[str, Any]:
    function = tool.get("function", tool)
    schema = _parameters(tool)
    described: dict[str, Any] = {
        "name": function.get("name", ""),
        "input_schema": bound_schema(schema)[0] if strict else schema,
    }
    if function.get("description"):
        described["description"] = function["description"]
    return {**described, "strict": True} if strict else described


def _parameters(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = tool.get("function", tool).get("parameters")
    return parameters if isinstance(parameters, Mapping) else {"type": "object"}


def _schema(constraint: Constraint) -> tuple[Mapping[str, Any], bool]:
    """The schema of the constraint, and whether the answer had to be wrapped: its root must be an object."""
    if constraint.kind == "choice":
        if not constraint.choices:
            raise Fault("unsupported", "a choice constraint without choices")
        return _wrapper({"type": "string", "enum": list(constraint.choices)}), True
    if constraint.schema is None:
        raise Fault("unsupported", "a json_schema constraint without a schema")
    if constraint.schema.get("type") == "object":
        return constraint.schema, False
    return _wrapper(constraint.schema), True


def _wrapper(schema: Mapping[str, Any]) -> dict[str, Any]:
    # References are to the root, so the definitions move there with it.
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    schema = {name: value for name, value in schema.items() if name != "$defs"}
    return {
        **definitions,
        "type": "object",
        "properties": {"answer": schema},
        "required": ["answer"],
        "additionalProperties": False,
    }
