"""Claims about trade-offs: who is on the front, who dominates whom, and what one more success costs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.economics import figures
from evalkit.economics.evidence import read_samples
from evalkit.economics.pareto import Point, climb, front, trade_offs
from evalkit.stats import Interval
from tests.economics.frames import make_samples


def exactly(value: float | None) -> Interval | None:
    if value is None:
        return None
    return Interval(estimate=value, low=value, high=value, confidence=0.95, n=100, method="test")


def point(name: str, success: float | None, cost: float | None, p95: float | None, **more: Any) -> Point:
    return Point(
        candidate=name, tier="slim", success=exactly(success), cost_per_success_usd=exactly(cost),
        latency_p95_s=exactly(p95), **more,
    )  # fmt: skip


def test_a_candidate_that_is_no_better_anywhere_is_named_with_who_beats_it() -> None:
    """The lead's first cut: what nobody should buy."""
    found = front([point("a", 0.9, 1.0, 2.0), point("b", 0.8, 1.5, 2.0), point("c", 0.95, 3.0, 4.0)])
    assert found.on_front == ("a", "c")
    assert [d.by for d in found.points[1].dominated_by] == ["a"]


@pytest.mark.parametrize(
    ("worse", "better"),
    [((0.899, 1.0, 1.0), (0.901, 1.0, 1.0)), ((0.9, 1.01, 1.0), (0.9, 0.99, 1.0)),
     ((0.9, 1.0, 1.01), (0.9, 1.0, 0.99))],
)  # fmt: skip
def test_each_measure_alone_decides_where_the_others_are_equal(
    worse: tuple[float, ...], better: tuple[float, ...]
) -> None:
    """Success, cost and latency, each a little to either side."""
    kept = point("a", 0.9, 1.0, 1.0)
    assert front([kept, point("b", *worse)]).on_front == ("a",)
    assert front([kept, point("b", *better)]).on_front == ("b",)


def test_the_fastest_stays_on_the_front_whatever_else_it_is() -> None:
    """Dearer and worse, and yet the only one that is in time."""
    assert front([point("a", 0.9, 1.0, 1.0), point("b", 0.8, 2.0, 0.99)]).on_front == ("a", "b")
    assert front([point("a", 0.9, 1.0, 1.0), point("b", 0.8, 2.0, 1.0)]).on_front == ("a",)


def test_equals_do_not_dominate_each_other() -> None:
    """Two names for one thing both stay."""
    assert front([point("a", 0.9, 1.0, 2.0), point("b", 0.9, 1.0, 2.0)]).on_front == ("a", "b")


def test_an_unknown_cost_neither_dominates_nor_is_dominated() -> None:
    """What is not known is not better, and nobody is thrown out on a guess."""
    found = front([point("a", 0.9, None, 1.0), point("b", 0.8, 1.0, 2.0)])
    assert found.on_front == ("a", "b")


def test_a_measure_that_nobody_has_leaves_the_comparison_and_is_named() -> None:
    """Local models without a price still have success and time."""
    found = front([point("a", 0.9, None, 1.0), point("b", 0.8, None, 2.0)])
    assert found.on_front == ("a",)
    assert found.unknown == ("cost_per_success_usd",)


def test_no_success_is_infinitely_dear_and_dominated() -> None:
    """Infinity is a value: cheap answers that are never right lose to dear ones that are."""
    found = front([point("a", 0.9, 1.0, 1.0), point("b", 0.0, math.inf, 1.0)])
    assert found.on_front == ("a",)
    assert '"inf"' not in str(found.points[0])


def test_a_domination_within_the_noise_is_not_called_certain() -> None:
    """Estimates alone order nearly equal candidates by chance."""
    wide = Interval(estimate=0.9, low=0.8, high=0.95, confidence=0.95, n=100, method="test")
    loose = Point(candidate="a", tier="slim", success=wide, cost_per_success_usd=exactly(1.0),
                  latency_p95_s=exactly(1.0))  # fmt: skip
    found = front([loose, point("b", 0.85, 1.5, 2.0), point("c", 0.5, 1.5, 2.0)])
    assert [(d.by, d.certain) for d in found.points[1].dominated_by] == [("a", False)]
    assert ("a", True) in [(d.by, d.certain) for d in found.points[2].dominated_by]


measure = st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0, math.inf]))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), measure, measure), min_size=1, max_size=7))
def test_every_front_has_somebody_and_domination_goes_one_way(rows: list[tuple[Any, Any, Any]]) -> None:
    """Otherwise a lead could be told to buy nothing, or that each of two is worse than the other."""
    found = front([point(str(k), *row) for k, row in enumerate(rows)])
    assert found.on_front
    pairs = {(p.candidate, d.by) for p in found.points for d in p.dominated_by}
    assert not any((b, a) in pairs for a, b in pairs)


def frame(seed: int = 0, n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    hard = rng.random(n)
    return pd.concat(
        [
            make_samples(hard < 0.6, candidate="slim", tier="slim", cost_usd=0.001),
            make_samples(hard < 0.9, candidate="frontier", tier="frontier", cost_usd=0.011),
        ],
        ignore_index=True,
    )


def test_the_price_of_one_more_success_is_extra_cost_over_extra_successes() -> None:
    """The closed form, at constant costs, with the bounds of the paired difference."""
    rows = read_samples(frame())
    found = climb(rows, "slim", "frontier", volume_per_month=10_000)
    assert found.success is not None
    assert found.usd_per_more_success is not None
    assert found.month_usd_per_point is not None
    gain = found.success
    assert found.usd_per_more_success.estimate == pytest.approx(0.01 / gain.difference)
    assert found.usd_per_more_success.low == pytest.approx(0.01 / gain.interval.high)
    assert found.usd_per_more_success.high == pytest.approx(0.01 / gain.interval.low)
    # One point of 10,000 requests is 100 successes.
    assert found.month_usd_per_point.estimate == pytest.approx(100 * 0.01 / gain.difference)


def test_a_gain_that_is_not_shown_has_no_highest_price() -> None:
    """Dearer and no better for certain: one more success may cost anything."""
    rows = read_samples(
        pd.concat(
            [
                make_samples([True] * 30 + [False] * 10, candidate="a"),
                make_samples([True] * 29 + [False] + [True] * 2 + [False] * 8, candidate="b", cost_usd=0.01),
            ],
            ignore_index=True,
        )
    )
    found = climb(rows, "a", "b")
    assert found.usd_per_more_success is not None
    assert math.isinf(found.usd_per_more_success.high)
    assert "not shown" in found.says


def test_one_unknown_cost_makes_the_price_unknown() -> None:
    """Never a smaller number."""
    samples = frame()
    samples.loc[3, "cost_usd"] = np.nan
    found = climb(read_samples(samples), "slim", "frontier")
    assert (found.cost_usd, found.usd_per_more_success) == (None, None)
    assert "not known" in found.says


def test_the_same_is_said_within_a_base() -> None:
    """A quantization is judged against its own model's other variants."""
    samples = pd.concat(
        [frame(), make_samples([True] * 100 + [False] * 300, candidate="slim-q4", cost_usd=0.002)],
        ignore_index=True,
    )
    rows = read_samples(samples)
    found = trade_offs(rows, figures(rows), bases={"slim": "m", "slim-q4": "m", "frontier": None})
    assert [f.base for f in found.bases] == ["m"]
    assert found.bases[0].on_front == ("slim",)
    assert [(c.lower, c.upper) for c in found.climbs] == [("slim", "frontier")]
    assert found.to_json()["front"]["points"][0]["candidate"] == "slim"
