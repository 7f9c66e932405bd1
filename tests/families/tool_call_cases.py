"""Small suites of tool calls for the tests of the family."""

from __future__ import annotations

import json
from typing import Any

from evalkit.families import get_family
from evalkit.records import Answer, Candidate, Contract, Item, Score, Suite, ToolCall


def tool(
    name: str, required: tuple[str, ...] = (), description: str = "", **properties: Any
) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {"type": "object", "properties": properties, "required": list(required)},
        },
    }


BOOK = tool(
    "book",
    ("city",),
    "Book a\n table",
    city={"type": "string"},
    seats={"type": "integer", "default": 2},
    price={"type": "number"},
    outside={"type": "boolean"},
    tags={"type": "array", "items": {"type": "string"}},
    note={"type": ["string", "null"]},
    who={"type": "object", "properties": {"first": {"type": "string"}, "age": {"type": "integer"}}},
)
CANCEL = tool("diary.cancel", ("id",), "Cancel", id={"type": "string", "enum": ["a", "b"]})
PING = tool("ping")
TOOLS = (BOOK, CANCEL, PING)


def suite(
    *items: Item, tools: tuple[dict[str, Any], ...] = TOOLS, prompts: Any = None, **scorer: Any
) -> Suite:
    return Suite(
        name="cases",
        family="tool_calls",
        version="1",
        contract=Contract(tools=tools),
        scorer=scorer,
        items=items,
        prompts=prompts or {},
    )


def item(*target: Any, alternatives: tuple[Any, ...] = (), **fields: Any) -> Item:
    named = {"id": "1", "input": "please", **fields}
    return Item(target=list(target), alternatives=alternatives, **named)


def call(name: str, /, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


def any_of(name: str, /, **arguments: Any) -> dict[str, Any]:
    return {"tool": name, "arguments": arguments}


def native(*calls: dict[str, Any]) -> Answer:
    return Answer(tool_calls=tuple(ToolCall(**c) for c in calls), finish_reason="tool_calls")


def text(said: Any) -> Answer:
    return Answer(text=said if isinstance(said, str) else json.dumps(said), finish_reason="stop")


def score(asked: Item, answer: Answer, tools: tuple[dict[str, Any], ...] = TOOLS, **scorer: Any) -> Score:
    return get_family("tool_calls").scorer(suite(asked, tools=tools, **scorer))(asked, answer)


def candidate(output: Any = "native", **fields: Any) -> Candidate:
    return Candidate(name="c", tier="slim", backend="replay", output=output, **fields)
