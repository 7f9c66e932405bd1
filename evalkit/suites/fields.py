"""Field mapping: foreign column names read onto the names of an item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ITEM_FIELDS = (
    "id", "input", "messages", "context", "target", "alternatives", "tools",
    "tags", "weight", "critical", "cluster", "split",
)  # fmt: skip
"""What an item may hold, by its own names."""

ABSENT: Any = object()
"""Marks a path that leads nowhere, which is not the same as null."""


def at_path(data: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, such as `meta.labels.0`; a column of that very name comes first."""
    if path in data:
        return data[path]
    found: Any = data
    for step in path.split("."):
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, (list, tuple)) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return ABSENT
    return found


def field_mapper(fields: Mapping[str, str]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What reads a foreign row as an item's fields.

    Fields of our own names that the mapping does not speak of are taken as they are; every other column is
    left behind. `tags.NAME` puts a column into a tag.
    """
    plain = [(ours, path) for ours, path in fields.items() if not ours.startswith("tags.")]
    tags = [(ours.removeprefix("tags."), path) for ours, path in fields.items() if ours.startswith("tags.")]
    own = [name for name in ITEM_FIELDS if name not in fields]

    def mapped(data: Mapping[str, Any]) -> dict[str, Any]:
        row = {name: data[name] for name in own if name in data}
        for ours, path in plain:
            value = at_path(data, path)
            if value is not ABSENT:
                row[ours] = value
        found = {name: value for name, path in tags if (value := at_path(data, path)) not in (ABSENT, None)}
        if found:
            row["tags"] = {**(row.get("tags") or {}), **found}
        return row

    return mapped
