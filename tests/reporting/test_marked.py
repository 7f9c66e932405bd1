"""JSON with its differences marked."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evalkit.reporting.view.marked import marked_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=5), inside, max_size=4),
    max_leaves=12,
)


def marks(value: Any, *paths: str) -> list[str]:
    pieces, _ = marked_json(value, paths, 10_000)
    return [piece.text for piece in pieces if piece.marked]


@given(VALUES)
def test_the_text_is_the_value(value: Any) -> None:
    """Marking must not change what was answered."""
    pieces, dropped = marked_json(value, ("$.a", "$[0]"), 10**6)
    assert json.loads("".join(p.text for p in pieces)) == value
    assert dropped == 0


def test_a_path_marks_its_place_alone() -> None:
    """The eye must fall on the wrong field, not on the whole object."""
    value = {"items": [{"product": "oak", "quantity": 3}], "total": None}
    assert marks(value, "$.items[0].quantity") == ['"quantity": 3']
    assert marks(value, "$.total") == ['"total": null']
    assert marks(value, "$.missing") == []


def test_the_whole_is_marked_by_a_dollar() -> None:
    """A wrong label is wrong as a whole."""
    assert marks("refund", "$") == ['"refund"']


def test_quoted_keys_are_found() -> None:
    """Keys with dots and blanks are written in brackets."""
    assert marks({"a.b c": 1}, "$['a.b c']") == ['"a.b c": 1']


@given(VALUES, st.integers(min_value=0, max_value=30))
def test_a_cut_keeps_the_start_and_counts_the_rest(value: Any, most: int) -> None:
    """A megabyte of JSON is cut, and says so."""
    whole = "".join(p.text for p in marked_json(value, (), 10**6)[0])
    pieces, dropped = marked_json(value, (), most)
    assert "".join(p.text for p in pieces) == whole[:most]
    assert dropped == max(0, len(whole) - most)


def test_nesting_without_end_is_no_crash() -> None:
    """Models that loop nest thousands deep."""
    deep: Any = "core"
    for _ in range(5000):
        deep = [deep]
    pieces, _ = marked_json(deep, (), 10_000)
    assert "nested too deep" in "".join(p.text for p in pieces)
