"""The tools an item offers: definitions read once, with their schemas compiled and their defaults at hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from referencing import Registry

from evalkit.bounded.json_schema import BoundedValidator
from evalkit.bounded.patterns import PatternLimit, value_budget
from evalkit.families.tool_calls.schemas import json_schema, schema_types
from evalkit.records import Item, Suite

_WIRE_CHARACTER = re.compile(r"[^A-Za-z0-9_-]")
_WIRE_LENGTH = 64


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool, as its author defined it."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON Schema of the arguments, in JSON Schema's own type words."""
    extra: Mapping[str, Any]
    """Whatever else the definition says (`strict`), handed on as it is."""

    @property
    def wire_name(self) -> str:
        """The name as an API takes it: OpenAI's allows letters, digits, `_` and `-`, at most 64 of them."""
        return _WIRE_CHARACTER.sub("_", self.name)[:_WIRE_LENGTH]

    @cached_property
    def properties(self) -> Mapping[str, Any]:
        """Argument name -> its schema."""
        found = self.parameters.get("properties")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def required(self) -> frozenset[str]:
        """Arguments that the schema demands."""
        found = self.parameters.get("required")
        return (
            frozenset(r for r in found if isinstance(r, str))
            if isinstance(found, (list, tuple))
            else frozenset()
        )

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """Argument name -> the default that the schema declares."""
        return {
            name: schema["default"]
            for name, schema in self.properties.items()
            if isinstance(schema, Mapping) and "default" in schema
        }

    @cached_property
    def nullable(self) -> frozenset[str]:
        """Arguments whose schema allows null."""
        return frozenset(n for n, s in self.properties.items() if "null" in schema_types(s))

    @cached_property
    def validator(self) -> Any:
        """The compiled parameter schema; an empty registry, so that no reference is ever fetched."""
        return BoundedValidator(dict(self.parameters), registry=Registry())

    def fits(self, arguments: Mapping[str, Any]) -> bool:
        """Whether the arguments fit the parameter schema.

        Raises:
            PatternLimit: The schema or a pattern of it takes too long on them.
        """
        try:
            with value_budget():
                return bool(self.validator.is_valid(arguments))
        except PatternLimit:
            raise
        except Exception:  # noqa: BLE001 - a malformed schema (reported by check) makes it stumble anyhow
            return False

    def as_openai(self) -> dict[str, Any]:
        """The definition as an OpenAI-style API takes it."""
        return {
            "type": "function",
            "function": {
                "name": self.wire_name,
                "description": self.description,
                "parameters": dict(self.parameters),
                **self.extra,
            },
        }


class Toolbox:
    """The tools of one item, by name."""

    def __init__(self, definitions: Iterable[Mapping[str, Any]]) -> None:
        self.tools = tuple(read_tool(d) for d in definitions)
        self._by_wire_name = {t.wire_name: t for t in reversed(self.tools)}
        self._by_name = {t.name: t for t in reversed(self.tools)}

    def find(self, name: str) -> Tool | None:
        """The tool of that name, or the one that is sent under it."""
        return self._by_name.get(name) or self._by_wire_name.get(name)


class Toolboxes:
    """The toolbox of each item of a suite; items without tools of their own share the contract's."""

    def __init__(self, suite: Suite) -> None:
        self.shared = Toolbox(suite.contract.tools)
        self.own_each = any(i.tools is not None for i in suite.items)

    def of(self, item: Item) -> Toolbox:
        """The tools that the item offers."""
        return self.shared if item.tools is None else Toolbox(item.tools)


def read_tool(definition: Any) -> Tool:
    """A tool from `{type: function, function: {…}}` or from its inner part alone; never raises."""
    body: Any = definition if isinstance(definition, Mapping) else {}
    if isinstance(body.get("function"), Mapping):
        body = body["function"]
    parameters = body.get("parameters")
    return Tool(
        name=str(body.get("name") or ""),
        description=str(body.get("description") or ""),
        parameters=json_schema(parameters) if isinstance(parameters, Mapping) else {"type": "object"},
        extra={"strict": body["strict"]} if "strict" in body else {},
    )
