"""Integers are the same only to their last digit, whatever way they are written."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.families.comparators import compile_comparator, same_number
from evalkit.families.comparators.numbers import ExactFloat, number_key, read_float


@pytest.mark.parametrize(
    ("expected", "given_", "same"),
    [
        (4915112345678, 4915112349999, False),
        (4915112345678, 4915112345678.0, True),
        (9007199254740993, 9007199254740992, False),
        (9007199254740993, 9007199254740992.0, False),
        (9007199254740993, read_float("9007199254740993.0"), True),
        (9007199254740992, read_float("9007199254740993.0"), False),
        (9007199254740994, read_float("9007199254740993.5"), False),
        (12, read_float("12.000000000000000000001"), False),
        (12, read_float("12.000"), True),
        (0, read_float("1e-400"), False),
        (10**23, 1e23, True),
        (10**23 + 1, 1e23, False),
        (0.3, 0.1 + 0.2, False),
        (0.1, read_float("0.1000000000000000055511151231257827"), True),
        (12.5, Decimal("12.50"), True),
        (0, -0.0, True),
    ],
)
def test_integers_are_exact_and_fractions_are_doubles(expected: Any, given_: Any, same: bool) -> None:
    assert same_number(expected, given_) is same
    assert same_number(given_, expected) is same


def test_a_tolerance_holds_where_it_is_declared_and_rounding_only_between_fractions() -> None:
    assert same_number(10, 11, absolute=1)
    assert not same_number(10, 11.01, absolute=1)
    assert same_number(0.3, 0.305, absolute=0.005)
    assert not same_number(0.3, 0.3051, absolute=0.005)
    assert same_number(-200, -202, relative=0.01)
    assert not same_number(-200, -203, relative=0.01)
    assert same_number(0.3, 0.1 + 0.2, rounding=1e-12)
    assert not same_number(0.3, 0.3 + 1e-11, rounding=1e-12)
    assert not same_number(5, 5.0000000000001, rounding=1e-12)
    assert not same_number(5.0000000000001, 5, rounding=1e-12)
    assert not same_number(4915112345678, 4915112345679, rounding=1e-9)


@pytest.mark.parametrize("digits", ["1e309", "-1e999", "1e-99999999999999999999999999"])
def test_what_no_double_holds_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="a number is too"):
        read_float(digits)


def test_only_a_float_that_passes_for_another_integer_keeps_its_digits() -> None:
    assert type(read_float("0.1000000000000000055")) is float
    assert type(read_float("9007199254740992.0")) is float
    kept = read_float("9007199254740993.0")
    for again in (kept, copy.deepcopy(kept), pickle.loads(pickle.dumps(kept))):  # noqa: S301 - our own
        assert isinstance(again, ExactFloat)
        assert again.exact == 9007199254740993
        assert json.dumps(again) == "9007199254740992.0"


@given(st.integers(), st.integers())
def test_the_key_of_integers_is_the_integer_as_text_as_well(a: int, b: int) -> None:
    assert same_number(a, b) is (a == b)
    assert number_key(Decimal(a)) == a
    if abs(a) < 10**300:
        assert number_key(read_float(f"{a}.0")) == a


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_number_that_it_shows(number: float) -> None:
    assert number_key(number) == number_key(Decimal(repr(number))) == number_key(read_float(repr(number)))


def test_a_huge_exponent_costs_nothing() -> None:
    assert number_key(Decimal("1e999999")) == Decimal("1e999999")


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        (4915112345678, "4915112345678", True),
        (4915112345678, "4915112349999", False),
        (9007199254740993, "9007199254740992", False),
        ("9007199254740993", "9007199254740993.0", True),
        ("9007199254740993", 9007199254740992.0, False),
    ],
)
def test_numbers_as_text_are_exact_too(expected: Any, got: Any, same: bool) -> None:
    assert compile_comparator("number").same(expected, got) is same
