"""Strict entity F1 for targets that are lists of `{text, type, start, end}`: place and type must be exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

_PARTS = frozenset({"text", "type", "start", "end"})
Entity = tuple[str, str, str]
"""Type, start and end, as text: answers hold anything there."""


@dataclass(slots=True)
class EntityCount:
    """True positives, expected and given entities by type."""

    right: Counter[str] = field(default_factory=Counter)
    expected: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)

    def add(self, wanted: list[Any], given: list[Any]) -> None:
        """Counts one pair of lists; an entity that is repeated counts as often as it stands there."""
        expected, got = Counter(_entities(wanted)), Counter(_entities(given))
        self.right.update(_by_type(expected & got))
        self.expected.update(_by_type(expected))
        self.given.update(_by_type(got))

    def figures(self) -> dict[str, Any]:
        """Micro over all entities, each type of the targets, and their plain mean."""
        types = {kind: self._of([kind]) for kind in sorted(self.expected)}
        macro = sum(f["f1"] or 0.0 for f in types.values()) / len(types) if types else None
        return {**self._of(sorted(self.expected | self.given)), "macro_f1": macro, "types": types}

    def _of(self, kinds: list[str]) -> dict[str, Any]:
        right, expected, given = (sum(c[k] for k in kinds) for c in (self.right, self.expected, self.given))
        return {
            "precision": right / given if given else None,
            "recall": right / expected if expected else None,
            "f1": 2 * right / (expected + given) if expected + given else None,
            "expected": expected,
            "given": given,
        }


def entity_places(targets: Iterable[Any]) -> tuple[str | None, ...]:
    """Where the targets hold lists of entities: the root (None), or keys of a root object."""
    found: dict[str | None, bool] = {}
    for target in targets:
        for place, value in target.items() if isinstance(target, dict) else [(None, target)]:
            if isinstance(value, list) and value:
                found[place] = found.get(place, True) and all(map(_is_entity, value))
    return tuple(place for place, holds in found.items() if holds)


def list_at(value: Any, place: str | None) -> list[Any]:
    """The list at a place; an empty one where there is none."""
    if place is not None:
        value = value.get(place) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _is_entity(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() >= _PARTS


def _entities(values: list[Any]) -> Iterator[Entity]:
    for value in values:
        if isinstance(value, dict):
            kind = value.get("type")
            yield (kind if isinstance(kind, str) else "…", repr(value.get("start")), repr(value.get("end")))


def _by_type(entities: Counter[Entity]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (kind, _, _), n in entities.items():
        counts[kind] += n
    return counts
