"""Comparators of what is more than a scalar: sets, ordered lists, spans of text; and the one that ignores."""

from __future__ import annotations

from typing import Any

from evalkit.families.comparators.interface import Comparator, Same, frozen, json_type, same_json
from evalkit.families.comparators.numbers import same_number
from evalkit.families.comparators.registry import EXACT, compile_comparator

MOST_PAIRS = 40_000
"""Most pairs of elements that are compared one by one; a larger answer to a smaller target is no match."""

_OFFSETS = ("start", "end")


def set_of(each: Any = "exact") -> Comparator:
    """Lists with the same elements, whatever their order and number; the list counts as one field.

    `each` is the comparator of the elements: every element of one side needs its like on the other.
    """
    element = compile_comparator(each)

    def same_elements(expected: Any, got: Any) -> bool:
        if not (isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple))):
            return same_json(expected, got)
        wanted, given = set(map(frozen, expected)), set(map(frozen, got))
        if element is EXACT or wanted == given:
            return wanted == given
        if len(expected) * len(got) > MOST_PAIRS:
            return False
        return all(any(element.same(e, g) for g in got) for e in expected) and all(
            any(element.same(e, g) for e in expected) for g in got
        )

    return Comparator(name="set", same=same_elements, role="whole")


def ordered() -> Comparator:
    """The list at its path is compared position by position; its elements keep their own comparators."""
    return Comparator(name="ordered", same=same_json, role="order")


def ignore() -> Comparator:
    """Whatever stands at its path, or nothing, is neither compared nor counted."""
    return Comparator(name="ignore", same=_anything, role="ignore")


def span(slack: int = 0, text: Any = "exact") -> Comparator:
    """A piece of text with its place: `{text, start, end, …}` or `[text, start, end]`, as one field.

    Offsets may differ by `slack` characters each; `text` is the comparator of the text. What the target
    leaves out (text or offsets) is not looked at; any other key of it must be equal.
    """
    if isinstance(slack, bool) or not isinstance(slack, int) or slack < 0:
        raise ValueError(f"slack is a whole number of characters from 0 up, not {slack!r}")
    same_text = compile_comparator(text).same

    def same_place(expected: Any, got: Any) -> bool:
        wanted, given = _span(expected), _span(got)
        if wanted is None or given is None:
            return same_json(expected, got)
        return all(
            value is None or _agree(key, value, given.get(key), slack, same_text)
            for key, value in wanted.items()
        )

    return Comparator(name="span", same=same_place, role="whole", reads=frozenset({"object", "array"}))


def _anything(_expected: Any, _got: Any) -> bool:
    return True


def _span(value: Any) -> dict[str, Any] | None:
    if isinstance(value, dict):
        return value
    if isinstance(value, (list, tuple)) and len(value) == 3:
        return dict(zip(("text", *_OFFSETS), value, strict=True))
    return None


def _agree(key: str, wanted: Any, given: Any, slack: int, same_text: Same) -> bool:
    if key == "text":
        return given is not None and same_text(wanted, given)
    if key in _OFFSETS and json_type(wanted) == json_type(given) == "number":
        return same_number(wanted, given, absolute=slack)
    return same_json(wanted, given)
