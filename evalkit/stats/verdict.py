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
    if interval.low > -margin:
        return Judgement(outcome="pass", worse_within_margin=interval.high < 0)
    outcome: Outcome = "fail" if interval.high < 0 else "inconclusive"
    return Judgement(outcome=outcome, worse_within_margin=False)
