"""What a comparator is, and the plain facts about JSON values that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.families.comparators.numbers import number_key

Same = Callable[[Any, Any], bool]
"""Expected and got -> whether they say the same. Both hold a value: no value is the caller's matter."""

Role = Literal[
    "leaf",  # compares two scalars; declared on an object or list it holds for all leaves below
    "whole",  # compares whatever stands at its path, lists and objects included, as one field
    "order",  # compares nothing itself: the list at its path is compared position by position
    "ignore",  # whatever stands at its path is neither compared nor counted
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparator:
    """A compiled comparator.

    `same` must find every value the same as itself, must not depend on anything but its arguments, and should
    not raise; where a plug-in's does, the values count as different.
    """

    name: str
    same: Same
    role: Role = "leaf"
    reads: frozenset[str] = frozenset()
    """JSON types that it can read beside the expected value's own; any other type is a `wrong_type`."""


def json_type(value: Any) -> str:
    """The JSON type of a value; integers are numbers."""
    if isinstance(value, bool):
        return "boolean"
    for kind, name in _TYPES:
        if isinstance(value, kind):
            return name
    return "null"


def has_value(value: Any) -> bool:
    """Whether there is anything to compare: null, and containers of nothing but null, hold no value."""
    if isinstance(value, dict):
        return any(has_value(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_value(v) for v in value)
    return value is not None


def same_json(expected: Any, got: Any) -> bool:
    """Equality of JSON values: 1 and 1.0 are the same number, integers are exact, true is no number."""
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and len(expected) == len(got)
            and all(key in got and same_json(value, got[key]) for key, value in expected.items())
        )
    if isinstance(expected, (list, tuple)):
        return (
            isinstance(got, (list, tuple))
            and len(expected) == len(got)
            and all(map(same_json, expected, got))
        )
    if json_type(expected) == json_type(got) == "number":
        return number_key(expected) == number_key(got)
    return bool(expected == got) and isinstance(expected, bool) == isinstance(got, bool)


def frozen(value: Any) -> Hashable:
    """A hashable stand-in: equal exactly for values that are `same_json`."""
    if isinstance(value, dict):
        return ("object", frozenset((key, frozen(v)) for key, v in value.items()))
    if isinstance(value, (list, tuple)):
        return ("array", tuple(map(frozen, value)))
    if isinstance(value, bool):
        return ("boolean", value)
    hashable: Hashable = number_key(value) if isinstance(value, (int, float)) else value
    return hashable


_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "string"),
    ((int, float), "number"),
    (dict, "object"),
    ((list, tuple), "array"),
)
