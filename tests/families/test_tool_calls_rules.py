"""Each normalisation rule of docs/tool_calls.md, by its number, in both profiles."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tool_call_cases import any_of, call, item, native, score

BOTH, STRICT, BFCL, NEITHER = {"strict", "bfcl"}, {"strict"}, {"bfcl"}, set()
NFD_CAFE = "Cafe\u0301"

RULES: list[tuple[str, Any, dict[str, Any], set[str]]] = [
    ("A1", call("diary.cancel", id="a"), call("diary_cancel", id="a"), BOTH),
    ("A1", call("diary.cancel", id="a"), call("diary-cancel", id="a"), NEITHER),
    ("A2", any_of("book", city={"any_of": ["Rome"]}, price={"any_of": [9], "optional": True}),
     call("book", city="Rome"), BOTH),
    ("A2", any_of("book", city={"any_of": ["Rome"]}, price={"any_of": [9], "optional": True}),
     call("book", city="Rome", price=8), NEITHER),
    ("A3", call("book", city="Rome", seats=2), call("book", city="Rome"), STRICT),
    ("A3", call("book", city="Rome", seats=3), call("book", city="Rome"), NEITHER),
    ("A4", call("book", city="Rome"), call("book", city="Rome", seats=2), STRICT),
    ("A4", call("book", city="Rome"), call("book", city="Rome", seats=3), NEITHER),
    ("A5", call("book", city="Rome"), call("book", city="Rome", note=None), STRICT),
    ("A5", call("book", city="Rome"), call("book", city="Rome", price=None), NEITHER),
    ("A6", call("ping"), {"name": "ping", "arguments": None}, BOTH),
    ("A6", call("ping"), {"name": "ping", "arguments": None, "raw": " "}, BOTH),
    ("A7", any_of("book", city={"any_of": ["Rome"], "optional": True}), call("book"), STRICT),
    ("A7", call("book", city="Rome", unheard=1), call("book", city="Rome", unheard=1), STRICT),
    ("V1", call("book", outside=True), call("book", outside=True), BOTH),
    ("V1", call("book", outside=True), call("book", outside=1), NEITHER),
    ("V1", call("book", price=1), call("book", price=True), NEITHER),
    ("V2", call("book", price=5.0), call("book", price=5), BOTH),
    ("V2", call("book", price=5), call("book", price=5.0), BOTH),
    ("V3", call("book", price=0.3), call("book", price=0.1 + 0.2), STRICT),
    ("V3", call("book", price=0.3), call("book", price=0.3001), NEITHER),
    ("V3", call("book", seats=4915112345678), call("book", seats=4915112345679), NEITHER),
    ("V4", call("book", seats=5), call("book", seats=5.0), STRICT),
    ("V5", call("book", price=5), call("book", price="5"), NEITHER),
    ("V5", call("book", city="5"), call("book", city=5), NEITHER),
    ("V6", call("book", city="Café"), call("book", city=f" {NFD_CAFE}\n"), STRICT),
    ("V6", call("book", city="Rome"), call("book", city="Rom"), NEITHER),
    ("V7", call("book", city="New York, N.Y."), call("book", city="new-york NY"), BFCL),
    ("V7", call("book", city="it's"), call("book", city='IT"S'), BFCL),
    ("V7", call("book", tags=["A b"]), call("book", tags=["a_B"]), BFCL),
    ("V8", call("book", tags=["x", "y"]), call("book", tags=["x", "y"]), BOTH),
    ("V8", call("book", tags=["x", "y"]), call("book", tags=["y", "x"]), NEITHER),
    ("V8", call("book", tags=["x", "y"]), call("book", tags=["x"]), NEITHER),
    ("V9", call("book", who={"first": "A", "age": 3}), call("book", who={"age": 3, "first": "A"}), BOTH),
    ("V9", call("book", who={"first": "A"}), call("book", who={"first": "A", "age": 3}), NEITHER),
    ("V9", call("book", who={"first": "A", "age": 3}), call("book", who={"first": "A"}), NEITHER),
    ("V10", call("book", note=None), call("book", note=None), BOTH),
    ("V10", call("book", price=None), call("book", price=0), NEITHER),
    ("V11", call("book", city="Rome", tags=["x", 2]), call("book", city="Rome", tags=["x", 2]), STRICT),
    ("V12", any_of("book", city={"any_of": ["Rome"]}, tags={"any_of": [["x"]], "optional": True}),
     call("book", city="Rome", tags=[]), BFCL),
    ("V13", call("book", city="Rome", who={"home": {"zip": "a b"}}),
     call("book", city="Rome", who={"home": {"zip": "A-b"}}), NEITHER),
    ("V13", call("book", city="Rome", who={"home": {"zip": "ab"}}),
     call("book", city="Rome", who={"home": {"zip": "ab "}}), STRICT),
    ("V14", call("book", city="Rome", who={"age": True}), call("book", city="Rome", who={"age": 1}), BFCL),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "target", "given", "holds"), RULES)
@pytest.mark.parametrize("profile", ["strict", "bfcl"])
def test_a_value_is_accepted_exactly_where_its_rule_says(
    rule: str, target: Any, given: dict[str, Any], holds: set[str], profile: str
) -> None:
    """A team argues about a score by the number of a rule; the rule must be what the code does."""
    assert score(item(target), native(given), profile=profile).success is (profile in holds), rule


def test_every_documented_rule_has_a_case_and_every_case_a_documented_rule() -> None:
    """An undocumented rule is a surprise, an untested one a promise."""
    page = (Path(__file__).parents[2] / "docs" / "tool_calls.md").read_text("utf-8")
    assert set(re.findall(r"^\| ([AV]\d+) \|", page, re.MULTILINE)) == {rule for rule, *_ in RULES}


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ({"first": "Ann"}, True),
        ({"first": "Anna", "age": 3}, True),
        ({"age": 3}, False),
        ({"first": "B"}, False),
    ],
)
def test_the_keys_of_a_nested_bfcl_object_have_accepted_values_of_their_own(
    given: dict[str, Any], right: bool
) -> None:
    """BFCL writes them so; compared as one value, no answer could be right."""
    target = {"book": {"who": [{"first": ["Ann", "Anna"], "age": [3, ""]}]}}
    assert score(item(target), native(call("book", who=given)), target_format="bfcl").success is right


def test_an_empty_text_in_a_bfcl_target_means_optional_and_for_free_text_also_itself() -> None:
    """BFCL overloads the empty text; reading it as a value alone would fail right answers."""
    target = {"book": {"city": ["Rome", ""], "price": [9, ""]}}
    for given, right in [
        (call("book"), True),
        (call("book", city=""), True),
        (call("book", price=""), False),
        (call("book", city="Oslo"), False),
    ]:
        assert score(item(target), native(given), target_format="bfcl").success is right, given
