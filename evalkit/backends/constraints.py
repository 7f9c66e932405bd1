"""What shall bind the decoding, in a server's dialect: fields to send, and how to read the answer back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.backends.dialects import Dialect
from evalkit.records import Constraint, Fault, Request, ToolCall

MOST_CALLS = 8
"""Most calls that a schema of required calls admits: without an end, a weak model repeats one for ever."""

Read = Callable[[str], tuple[str | None, tuple[ToolCall, ...]] | None]
"""The text as written -> text and calls as meant; None when it is not in the form that was asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """One constraint in one dialect."""

    body: Mapping[str, Any]
    """Fields of the request body."""
    enforced: str | None
    """The kind that the server then enforces; None when not known."""
    read: Read | None = None
    """Undoes the form in which the constraint had to be put; None when the text is the answer."""


def bind(request: Request, dialect: Dialect) -> Binding:
    """The request's tools and constraint in the server's dialect.

    Raises:
        Fault: `unsupported`, a constraint that says nothing.
    """
    constraint = request.constraint
    if constraint.kind == "choice":
        return _choice(constraint, request, dialect)
    if constraint.kind == "json_schema":
        if constraint.schema is None:
            raise Fault("unsupported", "a json_schema constraint without a schema")
        body = {
            **_tools(request, strict=False),
            **_response_format(constraint.schema, constraint.name, dialect),
        }
        return Binding(body=body, enforced=_name_enforced("json_schema", constraint.schema, dialect))
    if constraint.kind == "tools":
        return _calls(request, dialect)
    return Binding(body=_tools(request, strict=False), enforced="none")


def _choice(constraint: Constraint, request: Request, dialect: Dialect) -> Binding:
    if not constraint.choices:
        raise Fault("unsupported", "a choice constraint without choices")
    choices = list(constraint.choices)
    tools = _tools(request, strict=False)
    enforced = "choice" if "choice" in dialect.enforces else None
    if dialect.choice == "structured_outputs":
        return Binding(body={**tools, "structured_outputs": {"choice": choices}}, enforced=enforced)
    if dialect.choice == "guided_choice":
        return Binding(body={**tools, "guided_choice": choices}, enforced=enforced)
    if dialect.choice == "grammar":
        return Binding(body={"grammar": grammar_of(constraint.choices)}, enforced=enforced)
    schema = _close_object({"answer": {"type": "string", "enum": choices}})
    body = {**tools, **_response_format(schema, constraint.name, dialect)}
    return Binding(body=body, enforced=enforced, read=_read_wrapped)


def _calls(request: Request, dialect: Dialect) -> Binding:
    if not request.tools:
        raise Fault("unsupported", "a tools constraint without tools")
    if dialect.calls == "schema" and request.tool_choice != "required":
        # Whether to call is left to the model: the API's own tools, which nothing binds here.
        return Binding(body=_tools(request, strict=False), enforced="none")
    if dialect.calls == "tools":
        strict = dialect.strict == "always" or (
            dialect.strict == "if_fits" and all(fits_strict(_parameters(t)) for t in request.tools)
        )
        enforced = "tools" if strict and "tools" in dialect.enforces else None
        return Binding(body=_tools(request, strict=strict), enforced=enforced)
    schema = schema_of_calls(request.tools)
    body = {
        "tools": list(request.tools),
        # Tells our own chat template to describe the form that the schema binds; others pass it over.
        "chat_template_kwargs": {"calls_as_json": True},
        **_response_format(schema, "calls", dialect),
    }
    return Binding(body=body, enforced="tools" if "tools" in dialect.enforces else None, read=read_calls)


def schema_of_calls(tools: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    """JSON Schema of a list of one or more calls of these tools."""
    calls = [
        _close_object({"name": {"const": _function(t).get("name", "")}, "arguments": _parameters(t)})
        for t in tools
    ]
    items = calls[0] if len(calls) == 1 else {"anyOf": calls}
    return {"type": "array", "minItems": 1, "maxItems": MOST_CALLS, "items": items}


def read_calls(text: str) -> tuple[None, tuple[ToolCall, ...]] | None:
    """The calls of a text that is a JSON list of calls; None when it is not."""
    try:
        calls = json.loads(text)
        return None, tuple(ToolCall(name=c["name"], arguments=c["arguments"]) for c in calls)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def grammar_of(choices: tuple[str, ...]) -> str:
    """GBNF whose only sentences are these texts."""
    return "root ::= " + " | ".join(f'"{_gbnf_literal(c)}"' for c in choices)


def fits_strict(schema: Any) -> bool:
    """Whether a schema is in OpenAI's strict subset: each object closed, with all its properties required."""
    if isinstance(schema, list):
        return all(map(fits_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    is_object = schema.get("type") == "object" or isinstance(properties, Mapping)
    if is_object and not (
        schema.get("additionalProperties") is False
        and set(schema.get("required", ())) == set(properties or ())
    ):
        return False
    return all(fits_strict(inner) for inner in schema.values() if isinstance(inner, (Mapping, list)))


def _response_format(schema: Mapping[str, Any], name: str, dialect: Dialect) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "schema": schema}
    if _strict(schema, dialect):
        described["strict"] = True
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def _name_enforced(kind: str, schema: Mapping[str, Any], dialect: Dialect) -> str | None:
    known = kind in dialect.enforces and (dialect.name != "openai" or fits_strict(schema))
    return kind if known else None


def _strict(schema: Mapping[str, Any], dialect: Dialect) -> bool:
    return dialect.strict == "always" or (dialect.strict == "if_fits" and fits_strict(schema))


def _tools(request: Request, *, strict: bool) -> dict[str, Any]:
    if not request.tools:
        return {}
    tools = [_strictly(t) for t in request.tools] if strict else list(request.tools)
    choice = {"tool_choice": request.tool_choice} if request.tool_choice else {}
    return {"tools": tools, **choice}


def _strictly(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {**_function(tool), "strict": True}}


def _function(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    function = tool.get("function", tool)
    return function if isinstance(function, Mapping) else {}


def _parameters(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = _function(tool).get("parameters")
    return parameters if isinstance(parameters, Mapping) else {"type": "object"}


def _close_object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _read_wrapped(text: str) -> tuple[str, tuple[ToolCall, ...]] | None:
    try:
        answer = json.loads(text)["answer"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return (answer, ()) if isinstance(answer, str) else None


def _gbnf_literal(text: str) -> str:
    return "".join(_gbnf_character(c) for c in text)


def _gbnf_character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if ord(character) < 32:
        return f"\\x{ord(character):02x}"
    return character
