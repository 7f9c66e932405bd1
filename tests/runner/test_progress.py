"""How far a run is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.records import Candidate, Sample, Score, Usage
from evalkit.runner.progress import CandidateCounts, wilson
from evalkit.stats import rate_interval


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_interval_is_that_of_the_statistics(successes: int, failures: int) -> None:
    """One interval, one verdict: progress must not say another than the report."""
    ours = wilson(successes, successes + failures)
    theirs = rate_interval([True] * successes + [False] * failures)
    assert ours == pytest.approx((theirs.estimate, theirs.low, theirs.high), abs=1e-9, nan_ok=True)


def sample(*, cost: float | None = 0.5, **changes: object) -> Sample:
    known: dict[str, object] = {
        "suite": "s", "suite_version": "1", "item_id": "i", "candidate": "a", "status": "answered",
        "cost_usd": cost, "usage": Usage(output_tokens=10),
        "score": Score(success=True, score=1.0, format_valid=True),
    }  # fmt: skip
    return Sample(**{**known, **changes})  # type: ignore[arg-type]


def tally(now: list[float]) -> CandidateCounts:
    candidate = Candidate(name="a", tier="slim", backend="openai")
    return CandidateCounts(candidate=candidate, planned=10, began_s=0.0, clock=lambda: now[0])


def test_an_unknown_cost_hides_the_total_and_not_what_is_known() -> None:
    """A budget is held against the known part; the total is not made smaller by what is missing."""
    counts = tally([1.0])
    for cost in (0.5, None, 0.25):
        counts.add(sample(cost=cost))
    assert counts.cost_usd is None
    assert counts.known_cost_usd == 0.75


def test_the_pace_is_that_of_what_this_process_asked() -> None:
    """Finished answers of before, and reused ones, took no time today."""
    now = [0.0]
    counts = tally(now)
    counts.add(sample(), earlier=True)
    counts.add(sample(reused_from="other"))
    assert (counts.tokens_per_s, counts.left_s) == (None, None)
    now[0] = 4.0
    counts.add(sample())
    counts.add(sample())
    assert counts.tokens_per_s == 5.0
    assert counts.left_s == 12.0
    assert counts.cost_usd == 1.5


def test_the_pace_stands_still_at_the_end() -> None:
    """A candidate that is done must not grow slower while the others go on."""
    now = [2.0]
    counts = tally(now)
    counts.add(sample())
    counts.ended_s = 2.0
    now[0] = 100.0
    assert counts.tokens_per_s == 5.0
