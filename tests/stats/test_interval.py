"""Multiples of an interval: money from rates, months from answers."""

from __future__ import annotations

from evalkit.stats import Interval, product

RATE = Interval(estimate=0.5, low=0.25, high=1.0, confidence=0.9, n=8, method="made up")


def test_a_multiple_keeps_what_the_interval_says_of_itself() -> None:
    """A bill per month is as sure as the rate that it comes from."""
    month = Interval(estimate=6.0, low=3.0, high=12.0, confidence=0.9, n=8, method="made up")
    assert RATE.times(12) == product(RATE, 4, 3) == month
    assert product(RATE, 0) == RATE.times(0)


def test_one_unknown_factor_makes_the_product_unknown() -> None:
    """Unknown is not zero, and not one."""
    assert product(RATE, 2.0, None) is None
    assert product(None, 2.0) is None
