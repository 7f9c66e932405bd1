"""What a family is: how it checks a suite, prompts for an item and scores an answer.

A family is registered under the entry point group `evalkit.families`; the three that ship are looked up by
name in `evalkit.families.registry`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from evalkit.records import Answer, Candidate, Item, Problem, Request, Score, Suite

__all__ = ["GENERAL_ERROR_KINDS", "Family", "Problem", "Prompter", "Scorer"]

Prompter = Callable[[Item, int], Request]
"""Item and repeat -> the request, in no provider's dialect."""
Scorer = Callable[[Item, Answer], Score]
"""Item and answer -> score. Never raises, whatever the answer holds."""

GENERAL_ERROR_KINDS: Mapping[str, str] = {
    "refused": "The model declined to answer.",
    "truncated": "The answer stopped at the token limit before it was right.",
    "empty": "The answer held no text and no call.",
    "unfinished": "The text ended inside the model's reasoning, so it holds no answer.",
    "unscorable": "The suite's pattern or scorer failed on this answer or took too long: not credited.",
    "wrong_form": "The answer came in a form that is not asked for: fenced, say, where bare text is decoded.",
    "timed_out": "No whole answer came within the time limit (a fault, not a mistake).",
    "backend_error": "The request failed after its last retry (a fault, not a mistake).",
}
"""Error kinds that every family shares, with their meaning."""


class Family(Protocol):
    """One kind of work, with its own prompt contract, scorer and error kinds."""

    name: str
    version: str
    """Raised when the same answer would be scored otherwise; part of the scorer hash."""
    error_kinds: Mapping[str, str]
    """Its own error kind -> meaning; `GENERAL_ERROR_KINDS` come on top."""

    def check(self, suite: Suite) -> Iterable[Problem]:
        """Every fault of contract, scorer options, prompts and targets."""
        ...

    def prompter(self, suite: Suite, candidate: Candidate) -> Prompter:
        """Compiled once for a suite and a candidate.

        Raises:
            SuiteError: The candidate's prompt variant is unknown, or its template does not render.
        """
        ...

    def scorer(self, suite: Suite) -> Scorer:
        """Compiled once for a suite."""
        ...

    def right_answer(self, suite: Suite, item: Item, candidate: Candidate) -> Answer:
        """An answer that scores as a success, as a model would write it in the candidate's output mode."""
        ...

    def wrong_answer(self, suite: Suite, item: Item, candidate: Candidate, rng: random.Random) -> Answer:
        """A plausible answer that fails: what a simulated candidate says when it errs."""
        ...

    def metrics(self, suite: Suite, rows: Iterable[tuple[Item, Score]]) -> dict[str, Any]:
        """The family's own figures over answered samples: plain JSON values for reports."""
        ...
