"""The policy of one suite: who is asked first, on which known features, and what signal sends an answer up.

Records only. A policy uses what exists at run time: features of the item before the call, and signals of the
answer after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Op = Literal["is", "is_not", "at_least", "below"]
"""`is` and `is_not` compare text, `at_least` and `below` numbers."""

SignalKind = Literal["format_invalid", "low_confidence", "disagreement", "no_call", "out_of_scope"]

REVIEW = "review"
"""Stands where a candidate would: a person decides. Only the last step of a branch may be it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One test of a feature that is known before the call. A feature that an item lacks fails every test but
    `is_not`."""

    feature: str
    """A tag's name, or a derived feature (`input_words`, `tools`, `labels`, `fields`, `turns`, …)."""
    op: Op
    value: str | float
    """Text for `is` and `is_not`, a number for `at_least` and `below`."""

    @property
    def in_words(self) -> str:
        """Such as `language is de` or `input_words at least 40`."""
        shown = self.value if isinstance(self.value, str) else f"{self.value:g}"
        return f"{self.feature} {self.op.replace('_', ' ')} {shown}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """What an answer shows at run time that sends the item one step up.

    `format_invalid`: it does not parse or fit the contract. `low_confidence`: its confidence is under
    `below`, or was not given. `disagreement`: the candidate is asked `repeats` times, all are paid, and not
    all answers are equal. `no_call`: no tool was called. `out_of_scope`: it says that no label fits. Under
    each signal, no answer at all (a fault) escalates too, and so does an answer that does not parse: there
    is nothing to serve.
    """

    kind: SignalKind
    below: float | None = None
    """For `low_confidence`: the threshold, a fraction in [0, 1]."""
    repeats: int | None = None
    """For `disagreement`: how often the candidate is asked in all, 2 or more, at once."""

    @property
    def in_words(self) -> str:
        """Such as `confidence below 0.8`."""
        if self.kind == "low_confidence":
            return f"confidence below {self.below:g}"
        if self.kind == "disagreement":
            return f"not all of {self.repeats} answers agree"
        return {"format_invalid": "invalid format", "no_call": "no call", "out_of_scope": "out of scope"}[
            self.kind
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One candidate is asked; its answer is served unless the signal shows."""

    candidate: str
    """A candidate's name, or `REVIEW`."""
    escalate_on: Signal | None = None
    """None on the last step of a branch, and only there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """What is done with the items that meet all conditions."""

    when: tuple[Condition, ...] = ()
    """All must hold; empty: every item."""
    steps: tuple[Step, ...]
    """From the first asked to the last resort."""
    review: bool = False
    """Whether a person checks each answer of this branch before it counts."""

    @property
    def checked(self) -> bool:
        """Whether a person checks each answer, or does all the work."""
        return self.review or self.steps[0].candidate == REVIEW

    @property
    def in_words(self) -> str:
        """Such as `slim, then frontier when confidence below 0.8`."""
        text = self.steps[0].candidate
        for before, step in zip(self.steps, self.steps[1:], strict=False):
            signal = before.escalate_on.in_words if before.escalate_on else "always"
            text += f", then {step.candidate} when {signal}"
        return text + (", each answer reviewed" if self.review else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class RoutePolicy:
    """The ordered branches of one suite: the first whose conditions hold serves the item."""

    suite: str
    branches: tuple[Branch, ...]
    """The last one has no conditions."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """Every candidate that may be asked, in order of appearance; without `REVIEW`."""
        names = [step.candidate for branch in self.branches for step in branch.steps]
        return tuple(name for name in dict.fromkeys(names) if name != REVIEW)

    @property
    def single(self) -> str | None:
        """The candidate, when one serves all alone and unchecked; None otherwise."""
        if len(self.branches) != 1 or len(self.branches[0].steps) != 1 or self.branches[0].review:
            return None
        return self.branches[0].steps[0].candidate

    @property
    def complexity(self) -> int:
        """Conditions and steps beyond the first of each branch: 0 for a candidate alone."""
        return sum(len(branch.when) + len(branch.steps) - 1 for branch in self.branches)

    @property
    def reviews(self) -> bool:
        """Whether a person is asked anywhere."""
        return any(b.review or b.steps[-1].candidate == REVIEW for b in self.branches)

    @property
    def in_words(self) -> str:
        """The whole policy in one line."""
        return "; ".join(
            ("else " if len(self.branches) > 1 else "") + b.in_words
            if not b.when
            else f"when {' and '.join(c.in_words for c in b.when)}: {b.in_words}"
            for b in self.branches
        )


def single(suite: str, candidate: str, *, review: bool = False) -> RoutePolicy:
    """One candidate serves every item."""
    return RoutePolicy(suite=suite, branches=(Branch(steps=(Step(candidate=candidate),), review=review),))
