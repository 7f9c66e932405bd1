"""Each comparator's rules, one claim a rule: two values say the same, or they do not."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import SuiteError
from evalkit.families.comparators import (
    Comparator,
    comparator_names,
    compile_comparator,
    has_value,
    json_type,
    registry,
    same_json,
)
from evalkit.families.comparators.interface import frozen

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(
        ["2026-01-06", "6 Jan 26", "€ 1.180,00", "(5)", "yes", "0", "\ud800", "1e400", "10" * 40]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
SPECS: list[Any] = [
    "exact", "casefold", "whitespace", "fuzzy", {"fuzzy": {"method": "token_sort"}}, "regex",
    {"regex": r"\d+"}, "number", {"number": {"relative": 0.1}}, "money", {"money": {"decimal": ","}},
    "date", {"date": True}, "boolean", "set", {"set": "casefold"}, "ordered", "span", {"span": 2}, "ignore",
]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "expected", "got", "same"),
    [
        ("exact", "A", "A", True),
        ("exact", "A", "a", False),
        ("exact", 1, 1.0, True),
        ("exact", 1, True, False),
        ("exact", 1, "1", False),
        ("exact", {"a": [1, {"b": 2}], "c": 3}, {"c": 3, "a": [1, {"b": 2}]}, True),
        ("casefold", "STRASSE  9", "Straße\n9", True),
        ("casefold", "cafe\u0301", "CAFÉ", True),
        ("casefold", "cafe", "café", False),
        ("casefold", 5, "5", False),
        ("whitespace", " Acme\u00a0 Ltd\n", "Acme Ltd", True),
        ("whitespace", "Acme Ltd", "acme ltd", False),
        ({"fuzzy": 0.85}, "nitrile gloves M", "Nitrile Glove M", True),
        ({"fuzzy": 0.85}, "nitrile gloves M", "face masks", False),
        ({"fuzzy": 0.55}, "a" * 11 + "b" * 9, "a" * 11 + "c" * 9, True),
        ({"fuzzy": {"threshold": 0.95, "method": "token_sort"}}, "gloves nitrile", "nitrile gloves", True),
        ({"fuzzy": 0.95}, "gloves nitrile", "nitrile gloves", False),
        ({"regex": r"INV-(\d+)"}, "INV-0042", "no. INV-0042 of May", True),
        ({"regex": r"INV-(\d+)"}, "INV-0042", "INV-0043", False),
        ({"regex": r"INV-(\d+)"}, "none", "none", True),
        ({"regex": r"INV-(\d+)"}, "none", "INV-1", False),
        ({"regex": r"\d+"}, "room 12", "12", True),
        ("regex", r"INV-\d{4}", "INV-0042", True),
        ("regex", r"INV-\d{4}", "INV-42", False),
        ("regex", r"INV-\d{4}", "see INV-0042", False),
        ("regex", r"INV-\d{4}", r"INV-\d{4}", True),
        ("regex", "[", "x", False),
        ("regex", "x+", "x" * 20_000, False),
        ("number", 5, 5.0, True),
        ("number", 5, "5.0", True),
        ("number", 5, " 5 ", True),
        ("number", 5, "5 EUR", False),
        ("number", 1, True, False),
        ({"number": {"absolute": 0.005}}, 0.3, 0.305, True),
        ({"number": {"absolute": 0.005}}, 0.3, 0.3051, False),
        ({"number": 0.5}, 10, 10.5, True),
        ({"number": {"relative": 0.01}}, -200, -202, True),
        ({"number": {"relative": 0.01}}, -200, -203, False),
        ({"number": {"absolute": 1, "relative": 0.1}}, 100, 109, True),
        ("number", 10**400, 10**400, True),
        ("number", 10**400, 5, False),
        ("money", "EUR 1,180.00", "1.180,00 €", True),
        ("money", "EUR 1,180.00", "$1,180.00", False),
        ("money", "EUR 1,180.00", 1180, False),
        ("money", 1180, "EUR 1'180.–", True),
        ("money", 1180, "1 180,00", True),
        ("money", 1180, "1.180", True),
        ({"money": {"decimal": "."}}, 1.18, "1.180", True),
        ("money", 0.125, "0.125", True),
        ({"money": {"decimal": ",", "absolute": 0}}, 1180, "1.180", True),
        ("money", 1.18, "1,18 usd", True),
        ("money", "20 VEB", "VEB 20", True),  # withdrawn in 2008
        ("money", "5 XCG", "XCG 5", True),  # new in 2025
        ("money", 5, "5 XAU", False),  # gold
        ("money", 5, "yum 5", False),
        ("money", 5, "5 Mio", False),
        ("money", 12, "12 mln", False),
        ("money", 12, "not 12", False),
        ("money", 12, "max 12", False),
        ("money", 1, "1 off", False),
        ("money", 5, "from 5", False),
        ("money", 5, "at least 5", False),
        ("money", 5, "5 or 6", False),
        ("money", 5, "5-6", False),
        ("money", 5, "approx. 5", False),
        ("money", 5, "5+", False),
        ("money", 5, "+5", True),
        ("money", 5, "5k", False),
        ("money", 5, "5%", False),
        ("money", 123, "1,2,3", False),
        ("money", 56, "5 6", False),
        ("money", 1234, "12 34", False),
        ("money", 6012026, "06.01.2026", False),
        ("money", 12, "12 cup", False),
        ("money", 12, "TOP 12", False),
        ("money", "TOP 12", "12 TOP", True),
        ("money", 5, "5²", False),
        ("money", 5, "-(5)", False),
        ("money", 7, "007", False),
        ("money", 0.5, ".5", True),
        ("money", 0.5, "$.50", True),
        ("money", -3, "−3", True),
        ("money", 3, "−3", False),
        ("money", 12.5, "１２．５０", True),
        ("money", 1234.5, "١٬٢٣٤٫٥٠", True),
        ("money", 12345, "١٢٫٣٤٥", False),
        ("money", "USD 27", "\\$27.00", True),
        ("money", "JPY 500", "500円", True),
        ("money", 0.99, "99¢", True),
        ("money", 99, "99¢", False),
        ("money", 1234.5, "1 234,50 €", True),
        ("money", 1234.5, "1'234.50 CHF", True),
        ("money", 100000, "₹1,00,000", True),
        ("money", "5 CAD", "$5 CAD", True),
        ("money", "USD 5", "$5 CAD", False),
        ("money", 10**40, 10**40 + 1, False),
        ("number", 0.5, ".5", True),
        ("number", -3, "−3", True),
        ("number", 3, "−3", False),
        ("number", 12.5, "１２.５", True),
        ("number", 12, "١٢", True),
        ("number", 12, "1٢", False),
        ("number", 7, "007", False),
        ("number", "007", "007", True),
        ("number", "007", 7, False),
        ("number", 5, "5²", False),
        ("number", 1234, "1,234", False),
        ("money", -5, "(5.00) $", True),
        ("money", -5, "5- USD", True),
        ("money", "US$ 12", "12 dollars", True),
        ("money", "$5 USD", "5 USD", True),
        ("money", "5 EUR USD", "5 EUR", False),
        ("money", 5, "5 apples", False),
        ("money", 5, "5.01", False),
        ("money", True, 1, False),
        ("date", "2026-01-06", "6 January 2026", True),
        ("date", "2026-01-06", "Jan 6th, 2026", True),
        ("date", "2026-01-06", "6. Januar 2026", True),
        ("date", "2026-03-01", "1er mars 2026", True),
        ("date", "2026-01-06", "2026-01-06T23:30:00-05:00", True),
        ("date", "2026-01-06", "January 2026", False),
        ("date", "2026-01-06", "6 January", False),
        ("date", "2026-02-01", "02/01/2026", False),
        ("date", "2026-01-02", "02/01/2026", False),
        ({"date": {"dayfirst": False}}, "2026-02-01", "02/01/2026", True),
        ({"date": {"dayfirst": False}}, "2026-02-01", "01/02/2026", False),
        ("date", "2026-02-13", "13/02/2026", True),
        ("date", "2026-02-13", "02/13/2026", True),
        ("date", "2026-12-12", "12.12.2026", True),
        ("date", "2026-02-03", "2026年2月3日", True),
        ("date", "2026-02-03", "２０２６年２月３日", True),
        ("date", "2026-02-03", "2026년 2월 3일", True),
        ("date", "2026-02-03", "3 février 2026", True),
        ("date", "2026-02-03", "3 de febrero de 2026", True),
        ("date", "2026-01-06", "Tuesday, 6 January 2026 at 2:30 pm", True),
        ("date", "2026-01-06", "Monday, 6 January 2026", False),
        ("date", "2026-01-06", "not 6 January 2026", False),
        ("date", "2026-01-06", "before 6 January 2026", False),
        ("date", "2026-01-06", "6-7 January 2026", False),
        ("date", "2026-01-06", "5 and 6 January 2026", False),
        ("date", "2026-01-06", "6-26 January", False),
        ("date", "2026-01-06", "-6 January 2026", False),
        ("date", "2026-01-06", "6 January 2026 -", False),
        ("money", "Fr. 98", "Fr.98", True),
        ("money", 0.98, "Fr .98", True),
        ("date", "2026-01-06", "January 6-26", False),
        ("date", "2026-01-06", "2026-01-06/10", False),
        ("date", "2026-01-06", "2026-01-06 or later", False),
        ("date", "2026-02-13", "2026-13-02", False),
        ("date", "2026-03-02", "30 Feb 2026", False),
        ({"date": {"dayfirst": True}}, "2026-02-01", "01/02/2026", True),
        ({"date": {"dayfirst": True}}, "2026-02-01", "2026-02-01T00:00", True),
        ({"date": {"dayfirst": True}}, "2026-02-01", "2026/02/01", True),
        ("date", "1975-05-04", "4 May 75", True),
        ("date", "2068-05-04", "4 May 68", True),
        ("date", "Friday", "friday", True),
        ("date", "Friday", "2026-01-02", False),
        ("date", 20260106, "20260106", False),
        ("boolean", True, "Yes", True),
        ("boolean", "n", False, True),
        ("boolean", True, 1, True),
        ("boolean", True, 0, False),
        ("boolean", True, "maybe", False),
        ({"boolean": {"true_words": ["ja"], "false_words": ["nein"]}}, False, "NEIN", True),
        ("set", ["a", "b"], ["b", "a", "a"], True),
        ("set", ["a", "b"], ["a"], False),
        ("set", [1, True], [1], False),
        ({"set": "casefold"}, ["A", "b"], ["B", "a"], True),
        ({"set": {"each": {"number": 0.5}}}, [1, 9], [9.2, 1.1], True),
        ({"set": {"each": {"number": 0.5}}}, [1, 9], [9.2], False),
        ("set", ["a"], "a", False),
        ("span", {"text": "Acme", "start": 3, "end": 7}, {"text": "Acme", "start": 3, "end": 7}, True),
        ("span", {"text": "Acme", "start": 3, "end": 7}, {"text": "Acme", "start": 4, "end": 7}, False),
        ({"span": 1}, {"text": "Acme", "start": 3, "end": 7}, {"text": "Acme", "start": 4, "end": 7}, True),
        ("span", {"text": "Acme", "start": 3, "end": 7}, {"text": "acme", "start": 3, "end": 7}, False),
        ({"span": {"text": "casefold"}}, ["Acme", 3, 7], ["ACME", 3, 7], True),
        ("span", {"text": "Acme"}, {"text": "Acme", "start": 3, "end": 7}, True),
        ("span", {"text": "Acme", "start": 3, "end": 7}, {"text": "Acme"}, False),
        ("span", {"text": "a", "type": "org"}, {"text": "a", "type": "person"}, False),
        ("span", [None, None, False], [None, None, False], True),
        ("span", ["a", 0, 1], ["a", False, 1], False),
        ("span", ["a", 2**53 + 1, 0], ["a", 2**53, 0], False),
        ("boolean", False, 1e-300, False),
        ("ignore", 1, {"any": "thing"}, True),
    ],
)  # fmt: skip
def test_each_rule_holds(spec: Any, expected: Any, got: Any, same: bool) -> None:
    """What counts as right is the user's contract; each documented rule has a case here."""
    assert compile_comparator(spec).same(expected, got) is same


@given(st.sampled_from(SPECS), JSON, JSON)
def test_shipped_comparators_never_raise_and_take_a_value_for_itself(spec: Any, a: Any, b: Any) -> None:
    """The scorer's quick way for exact answers rests on it, and one answer must not stop a run."""
    comparator = compile_comparator(spec)
    assert comparator.same(a, a)
    assert comparator.same(a, b) in (True, False)


@given(JSON, JSON)
def test_stand_ins_are_equal_exactly_for_equal_values(a: Any, b: Any) -> None:
    """Sets and unique items are decided on stand-ins instead of the values."""
    assert (frozen(a) == frozen(b)) == same_json(a, b)
    assert hash(frozen(a)) == hash(frozen(a))


def test_json_types_are_told_apart() -> None:
    """A truth is no number, and both kinds of number are one."""
    values = [None, True, 1, 1.5, "a", [1], {"a": 1}]
    assert [json_type(v) for v in values] == [
        "null", "boolean", "number", "number", "string", "array", "object",
    ]  # fmt: skip


def test_emptiness_is_no_value() -> None:
    """Null, and containers of nothing else, say nothing; an empty text says that it is empty."""
    assert not any(map(has_value, [None, [], {}, [None], {"a": {"b": [None]}}]))
    assert all(map(has_value, ["", 0, False, [0], {"a": ""}]))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("casefolt", "casefold"),
        ({"number": {"absolut": 1}}, "absolute"),
        ({"number": {"absolute": -1}}, "from 0 up"),
        ({"number": {"absolute": True}}, "from 0 up"),
        ({"fuzzy": 85}, "fraction"),
        ({"fuzzy": {"method": "best"}}, "token_sort"),
        ({"regex": "("}, "regular expression"),
        ({"regex": 5}, "is text"),
        ({"money": {"decimal": ";"}}, "decimal"),
        ({"money": -1}, "from 0 up"),
        ({"date": "first"}, "dayfirst"),
        ({"boolean": {"true_words": "ja"}}, "list of words"),
        ({"span": 0.5}, "whole number"),
        ({"set": "casfold"}, "casefold"),
        ({"exact": 1}, "no options"),
        ({"exact": {}, "date": {}}, "one name"),
        (["exact"], "one name"),
    ],
)
def test_a_wrong_declaration_says_what_would_be_right(spec: Any, words: str) -> None:
    """A misspelt comparator must be an error with its near name, never a silent exact comparison."""
    with pytest.raises(SuiteError) as raised:
        compile_comparator(spec)
    assert words in str(raised.value)


def initials(letters: int = 1) -> Any:
    """A comparator of one's own: the first letters are the same."""
    return lambda expected, got: str(expected)[:letters] == str(got)[:letters]


@pytest.fixture
def _plugged_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    entry = EntryPoint("initials", f"{__name__}:initials", "evalkit.comparators")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])

    def points(*, group: str, name: str | None = None) -> list[EntryPoint]:
        return [entry] if group == "evalkit.comparators" and name in (None, "initials") else []

    monkeypatch.setattr(registry, "entry_points", points)
    registry._factory.cache_clear()
    yield
    registry._factory.cache_clear()


@pytest.mark.usefixtures("_plugged_in")
def test_a_comparator_of_ones_own_comes_by_entry_point() -> None:
    """A plain factory in another package is enough: its parameters are the options."""
    assert "initials" in comparator_names()
    assert compile_comparator("initials").same("abc", "axe")
    two = compile_comparator({"initials": 2})
    assert isinstance(two, Comparator)
    assert not two.same("abc", "axe")
