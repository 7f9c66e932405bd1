"""The one search for where a condition begins to hold, against plain counting."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.stats import bracket, least_enough


@given(first=st.integers(1, 3000), high=st.integers(1, 50))
def test_the_first_number_that_is_enough_is_found_from_wherever_doubling_begins(
    first: int, high: int
) -> None:
    """One item fewer would not be enough, one more would be advice for nothing."""
    assert least_enough(lambda n: n >= first, high=high) == first


@pytest.mark.parametrize(("first", "found"), [(64, 64), (65, None)])
def test_a_search_is_given_up_above_the_most(first: int, found: int | None) -> None:
    """The last number of the doubling that is tried is the largest that does not exceed it."""
    assert least_enough(lambda n: n >= first, most=100) == found


@given(first=st.integers(1, 100_000))
def test_a_coarse_search_is_too_large_by_its_part_at_most(first: int) -> None:
    """A test that is dear to play is played less often; it never ends below."""
    found = least_enough(lambda n: n >= first, within=50)
    assert found is not None
    assert first <= found <= max(first, first / (1 - 1 / 50) + 1)


def test_a_bracket_closes_on_where_a_condition_begins() -> None:
    """Both ends are told: which one is safe is the caller's to know."""
    low, high = bracket(lambda x: x * x >= 2, 0.0, 2.0, steps=40)
    assert low < math.sqrt(2) <= high
    assert high - low == pytest.approx(2.0**-39)
