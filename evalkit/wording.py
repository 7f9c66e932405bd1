"""Format percentages, points, money, durations, counts and lists: one function each for all of evalkit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from evalkit.stats import Interval


class Bounds(Protocol):
    """Anything with two ends."""

    @property
    def low(self) -> float:
        """The lower end."""

    @property
    def high(self) -> float:
        """The upper end."""


UNKNOWN = "unknown"
DASH = "–"
PER_SUCCESSES = 1000
"""Costs are shown for this many successes: a slim model's cost of one is a row of zeros."""


def percent(fraction: float, n: int = 100) -> str:
    """A fraction as percent, with no more digits than `n` items can tell apart."""
    if math.isnan(fraction):
        return DASH
    return f"{100 * fraction:.{1 if n >= 200 else 0}f}%"


def percent_change(before: float, after: float, n: int) -> str:
    """Two rates over `n` items: `80% → 68%`."""
    return f"{percent(before, n)} → {percent(after, n)}"


def tenths(fraction: float) -> str:
    """A fraction as percent to one decimal: a bound that is held against a limit."""
    return percent(fraction, 200)


def stated(fraction: float) -> str:
    """A limit from a file as percent, with the digits that were stated: `92.5%`."""
    return f"{100 * fraction:.6g}%"


def stated_points(fraction: float) -> str:
    """A margin from a file in percentage points, with its unit: `5 points`, `1 point`."""
    value = f"{100 * fraction:.6g}"
    return f"{value} point{'' if value == '1' else 's'}"


def point_size(fraction: float) -> str:
    """The size of a difference in percentage points, without a sign: `8.1`."""
    return points(abs(fraction)).lstrip("+")


def point_span(interval: Interval) -> str:
    """The bounds of a difference of rates, in percentage points: `−16.6 to −8.5`."""
    return f"{points(interval.low)} to {points(interval.high)}"


def points(fraction: float) -> str:
    """A difference of fractions as percentage points with its sign."""
    if math.isnan(fraction):
        return DASH
    return f"{100 * fraction:+.1f}".replace("-", "−")


def significant(value: float, digits: int = 2) -> str:
    """A positive number with so many significant digits, grouped, never in exponents."""
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(decimals, 9)}f}"


def usd(value: float) -> str:
    """US dollars, `−$5.00` below zero; ∞ where no success was bought."""
    if math.isnan(value):
        return UNKNOWN
    if value < 0:
        return f"−{usd(-value)}"
    if math.isinf(value):
        return "∞"
    if value >= 1000:
        return f"${value:,.0f}"
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${significant(value)}"


def stated_usd(value: float) -> str:
    """A limit from a file in US dollars, with the digits that were stated: `$0.0125`."""
    return f"${value:,.6g}"


def signed_usd(value: float) -> str:
    """An amount saved, with its sign: `+$12` is saved, `−$12` is spent."""
    return UNKNOWN if math.isnan(value) else f"{'−' if value < 0 else '+'}{usd(abs(value))}"


def usd_per_successes(value: float) -> str:
    """A cost per success, as US dollars for `PER_SUCCESSES` of them."""
    return usd(value * PER_SUCCESSES)


def seconds(value: float) -> str:
    """A duration, in milliseconds below one second."""
    if math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞"
    if value < 0.9995:
        return f"{1000 * value:.0f} ms" if value >= 0.01 or value == 0 else f"{1000 * value:.1f} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:,.0f} s"


def span(interval: Bounds, form: Callable[[float], str]) -> str:
    """The interval's bounds, such as `62% to 80%`; an open upper end is said."""
    if math.isinf(interval.high):
        return "not bounded" if interval.low <= 0 else f"at least {form(interval.low)}"
    return f"{form(interval.low)} to {form(interval.high)}"


def percent_span(interval: Interval) -> str:
    """The bounds of a rate."""
    return span(interval, lambda value: percent(value, interval.n))


def moment(iso: str) -> str:
    """A UTC time to the minute, such as `2026-11-20 08:10 UTC`; anything else as it is."""
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return (at if at.tzinfo is None else at.astimezone(UTC)).strftime("%Y-%m-%d %H:%M UTC")


def count(n: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 item`, `20 items`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = 5, total: int | None = None) -> str:
    """Names in a sentence: `a, b and c`; the rest of `total` (or of the names) is counted beyond `most`."""
    shown, total = list(names[:most]), total or len(names)
    if total > len(shown):
        shown = [*names[: most - 1], f"{total - len(names[: most - 1]):,} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def kind_words(error_kind: str) -> str:
    """An error kind for a reader: `wrong_tool` is `wrong tool`."""
    return error_kind.replace("_", " ")
