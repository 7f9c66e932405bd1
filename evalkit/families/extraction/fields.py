"""Fields: the places of a schema as a tree, each with the comparator that holds there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from evalkit.families.comparators import EXACT, Comparator, has_value
from evalkit.families.extraction.paths import ANY_KEY, ITEM, Step, show_step

_MOST_CHILDREN = 1_000
"""Fields kept of one object: answers invent keys, and a long run must not keep them all."""


class Declared:
    """What a suite declares at one place and below it."""

    __slots__ = ("below", "comparator")

    def __init__(self) -> None:
        self.comparator: Comparator | None = None
        self.below: dict[Step, Declared] = {}


class Field:
    """One field: its path with [*] for list items, and how values there are compared."""

    __slots__ = ("_below", "_declared", "_inherited", "comparator", "path")

    def __init__(self, path: str, declared: tuple[Declared, ...], inherited: Comparator) -> None:
        self.path = path
        here = next((d.comparator for d in declared if d.comparator is not None), None)
        self.comparator = here or inherited
        """A leaf comparator holds for all leaves below until another is declared."""
        self._inherited = here if here is not None and here.role == "leaf" else inherited
        self._declared = declared
        self._below: dict[Step, Field] = {}

    def key(self, name: str) -> Field:
        """The field of a key of the object here; a declared key goes before `.*`."""
        return self._below.get(name) or self._grow(name, (name, ANY_KEY))

    def item(self) -> Field:
        """The field of the items of the list here."""
        return self._below.get(ITEM) or self._grow(ITEM, (ITEM,))

    def _grow(self, step: Step, declared_as: tuple[Step, ...]) -> Field:
        declared = tuple(d.below[s] for s in declared_as for d in self._declared if s in d.below)
        field = Field(self.path + show_step(step), declared, self._inherited)
        if len(self._below) < _MOST_CHILDREN:
            self._below[step] = field
        return field


def field_tree(declared: Iterable[tuple[tuple[Step, ...], Comparator]]) -> Field:
    """The root field, under comparators declared by path; what is not declared compares exactly."""
    top = Declared()
    for steps, comparator in declared:
        at = top
        for step in steps:
            at = at.below.setdefault(step, Declared())
        at.comparator = comparator
    return Field("$", (top,), EXACT)


def leaves(field: Field, value: Any) -> list[str]:
    """The paths of all fields that hold a value here, once for each value; ignored ones left out."""
    found: list[str] = []
    _collect(field, value, found)
    return found


def _collect(field: Field, value: Any, found: list[str]) -> None:
    role = field.comparator.role
    if value is None or role == "ignore":
        return
    if isinstance(value, dict):
        if role == "whole":
            found.extend([field.path] if _holds_any(value.values()) else [])
            return
        for key, inner in value.items():
            _collect(field.key(key), inner, found)
    elif isinstance(value, (list, tuple)):
        if role == "whole":
            found.extend([field.path] if _holds_any(value) else [])
            return
        item = field.item()
        for inner in value:
            _collect(item, inner, found)
    else:
        found.append(field.path)


def _holds_any(values: Iterable[Any]) -> bool:
    return any(map(has_value, values))
