"""The one rule that turns an interval of a difference into pass, fail or inconclusive."""

from dataclasses import dataclass
from typing import Literal

from evalkit.stats.interval import Interval

Outcome = Literal["pass", "fail", "inconclusive"]
"""The three answers: "no evidence of a change" is not "the same"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What an interval says against a margin."""

    outcome: Outcome
    """pass, fail or inconclusive."""
    worse_within_margin: bool
    """True for a pass whose whole interval lies below 0: worse for certain, but by less than the margin."""
    reason: str
    """One sentence for a person."""


def judge(interval: Interval, margin: float) -> Judgement:
    """Judge the interval of a difference (candidate minus baseline) against ``margin``, the loss one can
    accept.

    pass when the lower bound is above -margin, else fail when the upper bound is below 0, else inconclusive.
    The order matters: a small loss known precisely passes, and says so. Assumption: the interval holds its
    confidence on each side, (1 + confidence) / 2, so that a wrong pass or a wrong fail has at most (1 -
    confidence) / 2 probability.
    """
    if not margin >= 0:
        raise ValueError(f"margin must be 0 or more, not {margin!r}")
    span = f"{_points(interval.low)} to {_points(interval.high)}"
    if interval.low > -margin:
        worse = interval.high < 0
        known = "worse, but by less than the margin" if worse else "not worse by the margin"
        return Judgement(
            outcome="pass", worse_within_margin=worse, reason=f"{known} of {100 * margin:g} points: {span}"
        )
    if interval.high < 0:
        return Judgement(outcome="fail", worse_within_margin=False, reason=f"worse for certain: {span}")
    return Judgement(
        outcome="inconclusive", worse_within_margin=False, reason=_say_undecided(interval, margin, span)
    )


def _say_undecided(interval: Interval, margin: float, span: str) -> str:
    if interval.n == 0:
        return "nothing to compare: no pair was answered by both"
    return f"neither a loss nor its absence is shown at a margin of {100 * margin:g} points: {span}"


def _points(difference: float) -> str:
    """Format a difference of rates as percentage points with its sign."""
    return f"{100 * difference:+.1f}".replace("-", "−")
