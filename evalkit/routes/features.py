"""What is known of an item before the call: its tags, and figures counted from input and contract."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from evalkit.records import Item, Suite
from evalkit.routes.decide import known

DERIVED: Mapping[str, str] = {
    "input_words": "words of the input, or of all that the user says in a chat",
    "turns": "messages of the user",
    "context_words": "words of the passages that come with the input",
    "tools": "tools offered",
    "labels": "labels to choose from",
    "fields": "fields that the schema asks for, nested ones counted",
    "risk": "the suite's risk class",
    "complexity": "the suite's complexity class",
}
"""Derived feature -> what it counts. A tag of the same name stands in its place."""

Value = str | float


def item_features(suite: Suite, item: Item, known_tags: Collection[str] | None = None) -> dict[str, Value]:
    """The features of one item; a service gets the same ones from `evalkit.routes.decide.known`.

    Many tags say what is only known afterwards, such as how many calls are right: with `known_tags` no other
    tag is a feature.
    """
    tools = suite.contract.tools if item.tools is None else item.tools
    counted = known(
        item.input,
        messages=item.messages,
        context=[str(passage.get("text", "")) for passage in item.context],
    )
    found: dict[str, Value] = {**counted, "risk": suite.stakes.risk, "complexity": suite.stakes.complexity}
    if tools:
        found["tools"] = float(len(tools))
    if suite.contract.labels:
        found["labels"] = float(len(suite.contract.labels))
    if suite.contract.schema is not None:
        found["fields"] = float(_fields(suite.contract.schema))
    always = ("risk", "complexity")  # the suite's own classes are known, and so are an item's
    tags = {k: v for k, v in item.tags.items() if known_tags is None or k in known_tags or k in always}
    return {**found, **tags}


def suite_features(suite: Suite, known_tags: Collection[str] | None = None) -> dict[str, dict[str, Value]]:
    """Item id -> its features, of the items that are measured."""
    return {item.id: item_features(suite, item, known_tags) for item in suite.test_items}


def _fields(schema: Any, depth: int = 0) -> int:
    """Named properties below this point; references are not followed."""
    if not isinstance(schema, Mapping) or depth > 20:
        return 0
    properties = schema.get("properties")
    inside = list(properties.values()) if isinstance(properties, Mapping) else []
    return len(inside) + sum(_fields(part, depth + 1) for part in [*inside, schema.get("items")])
