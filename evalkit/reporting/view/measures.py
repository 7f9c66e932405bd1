"""What else changed beside success: form, score, tokens, cost and time, before and now, in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.stats import Interval
from evalkit.wording import DASH, UNKNOWN, percent, points, seconds, significant, usd_per_successes

if TYPE_CHECKING:
    from evalkit.comparison import Change, SuiteComparison


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One measure on both sides, as it is to be printed."""

    name: str
    before: str
    now: str
    change: str
    """With its 95% interval."""


def measures(found: SuiteComparison) -> tuple[Measure, ...]:
    """Every measure that is known on either side."""
    return tuple(m for m in _all(found) if (m.before, m.now) != (DASH, DASH))


def _all(found: SuiteComparison) -> Iterator[Measure]:
    valid = found.format_valid
    yield Measure(
        name="well-formed answers",
        before=percent(valid.rate_a, valid.n_pairs),
        now=percent(valid.rate_b, valid.n_pairs),
        change=_spread(valid.interval, lambda v: f"{points(v)} points") if valid.n_pairs else DASH,
    )
    yield _measure("mean score", found.score, lambda v: f"{v:.3f}", lambda v: _signed(v, f"{abs(v):.3f}"))
    yield _measure("cost of 1,000 successes", found.cost_per_success_usd, usd_per_successes,
                   lambda v: _signed(v, usd_per_successes(abs(v))))  # fmt: skip
    for name, tokens in (("input tokens", found.input_tokens), ("output tokens", found.output_tokens)):
        yield _measure(f"{name} a sample", tokens, _number, lambda v: _signed(v, _number(abs(v))))
    for name, times in (
        ("service time", found.service_s),
        ("end-to-end time", found.end_to_end_s),
        ("first token", found.ttft_s),
    ):
        yield _measure(f"{name}, median", times, seconds, lambda v: f"× {v:.2f}" if math.isfinite(v) else "∞")


def _measure(name: str, one: Change, form: Callable[[float], str], change: Callable[[float], str]) -> Measure:
    return Measure(
        name=name,
        before=DASH if one.a is None else form(one.a),
        now=DASH if one.b is None else form(one.b),
        change=UNKNOWN if one.change is None or not one.change.n else _spread(one.change, change),
    )


def _spread(interval: Interval, form: Callable[[float], str]) -> str:
    bounds = (
        f"{form(interval.low)} to {form(interval.high)}" if math.isfinite(interval.high) else "not bounded"
    )
    return f"{form(interval.estimate)} ({bounds})"


def _signed(value: float, words: str) -> str:
    return f"{'−' if value < 0 else '+'}{words}"


def _number(value: float) -> str:
    return significant(value, 3) if value else "0"
