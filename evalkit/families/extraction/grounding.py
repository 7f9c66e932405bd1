"""Grounding: whether the strings that a model extracted stand in the text that it was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from evalkit.families.comparators.text import folded
from evalkit.families.extraction.fields import Field
from evalkit.records import Item

_MOST_FIELDS = 500
_NOT_LITERAL = frozenset({"date", "number", "money", "boolean"})
"""Comparators of values that are put into a form of their own, so that nobody expects them word for word."""


@dataclass(slots=True)
class Grounding:
    """Counts of extracted strings, and of those that occur in the input after casefold and white space."""

    fields: dict[str, list[int]] = field(default_factory=dict)
    """Path -> strings extracted, strings that occur."""
    target: list[int] = field(default_factory=lambda: [0, 0])
    """The same of the targets' own strings: what an answer without fault would show."""

    def add(self, root: Field, item: Item, parsed: Any) -> None:
        """Counts one answer."""
        source = folded("\n".join(_texts(item)))
        for path, text in _strings(root, parsed):
            if path in self.fields or len(self.fields) < _MOST_FIELDS:
                _tick(self.fields.setdefault(path, [0, 0]), folded(text) in source)
        for _, text in _strings(root, item.target):
            _tick(self.target, folded(text) in source)

    def figures(self) -> dict[str, Any]:
        """Shares in [0, 1]; None where nothing was extracted."""
        strings, found = (sum(counts[k] for counts in self.fields.values()) for k in (0, 1))
        return {
            "strings": strings,
            "rate": found / strings if strings else None,
            "target_rate": self.target[1] / self.target[0] if self.target[0] else None,
            "fields": {path: found / strings for path, (strings, found) in sorted(self.fields.items())},
        }


def _tick(counts: list[int], occurs: bool) -> None:
    counts[0] += 1
    counts[1] += occurs


def _strings(at: Field, value: Any) -> Iterator[tuple[str, str]]:
    if at.comparator.role == "ignore":
        return
    if isinstance(value, str):
        if at.comparator.name not in _NOT_LITERAL:
            yield at.path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(at.key(key), inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _strings(at.item(), inner)


def _texts(item: Item) -> Iterator[str]:
    if item.input is not None:
        yield item.input
    for passage in item.context:
        yield str(passage.get("text", ""))
    for message in item.messages:
        content = message.get("content")
        if isinstance(content, str):
            yield content
        elif isinstance(content, (list, tuple)):
            yield from (str(part["text"]) for part in content if isinstance(part, dict) and "text" in part)
