"""Numbers as a reader sees them."""

from __future__ import annotations

import math

import pytest

from evalkit import wording
from evalkit.stats import Interval


def interval(estimate: float, low: float, high: float, n: int = 100) -> Interval:
    return Interval(estimate=estimate, low=low, high=high, confidence=0.95, n=n, method="")


@pytest.mark.parametrize(
    ("cost", "words"),
    [(0.000034, "$0.034"), (0.0, "$0.00"), (1.5, "$1,500"), (math.inf, "∞"), (math.nan, "unknown")],
)
def test_a_cost_is_shown_for_a_thousand_successes(cost: float, words: str) -> None:
    """A slim model's cost of one success is a row of zeros, and infinity is a legal answer."""
    assert wording.usd_per_successes(cost) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0042, "4.2 ms"), (0.42, "420 ms"), (0.9999, "1.00 s"), (4.256, "4.26 s"), (125.0, "125 s"),
     (math.inf, "∞")],
)  # fmt: skip
def test_a_duration_has_its_unit(value: float, words: str) -> None:
    """A latency without a unit is a number."""
    assert wording.seconds(value) == words


def test_an_open_upper_end_is_said_in_words() -> None:
    """A p95 that nothing bounds must not look like a precise one."""
    assert wording.span(interval(2, 1, math.inf), wording.seconds) == "at least 1.00 s"
    assert wording.span(interval(2, 0, math.inf), wording.seconds) == "not bounded"
    assert wording.span(interval(2, 1, 3), wording.seconds) == "1.00 s to 3.00 s"


def test_percent_has_no_more_digits_than_the_items_can_tell_apart() -> None:
    """65.0% of 20 items claims a precision that is not there."""
    assert wording.percent(0.65, 20) == "65%"
    assert wording.percent(0.6543, 1000) == "65.4%"


def test_a_list_counts_what_it_leaves_out() -> None:
    """A sentence names a few and counts the rest."""
    assert wording.listed([]) == ""
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.listed(list("abcdefg"), 3) == "a, b and 5 more"


def test_a_moment_is_in_utc_and_a_foreign_text_is_left() -> None:
    """Teams in two time zones read one report."""
    assert wording.moment("2026-11-20T09:10:00+01:00") == "2026-11-20 08:10 UTC"
    assert wording.moment("yesterday") == "yesterday"
