"""The family as the harness sees it: one thin class over the modules of this package."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

from evalkit.families.forms import form_problems, with_forms
from evalkit.families.interface import Problem, Prompter, Scorer
from evalkit.families.tool_calls.asking import make_prompter
from evalkit.families.tool_calls.checks import suite_problems
from evalkit.families.tool_calls.metrics import suite_metrics
from evalkit.families.tool_calls.rehearsal import rehearse_right, wrong_written
from evalkit.families.tool_calls.scoring import ERROR_KINDS, Cases, make_scorer, score_with
from evalkit.records import Answer, Candidate, Item, Score, Suite


class ToolCalls:
    """Tool calls: one, several, or none, compared as structures."""

    name = "tool_calls"
    version = "2"
    error_kinds: Mapping[str, str] = ERROR_KINDS

    def __init__(self) -> None:
        self._rehearsed: tuple[Suite, Cases] | None = None

    def check(self, suite: Suite) -> Iterable[Problem]:
        """Every fault of tools, scorer options, targets and prompts."""
        return (*form_problems(suite.scorer), *suite_problems(suite))

    def prompter(self, suite: Suite, candidate: Candidate) -> Prompter:
        """Requests for one candidate: native tools, a call schema, or tools and form in the prompt."""
        return make_prompter(suite, candidate)

    def scorer(self, suite: Suite) -> Scorer:
        """The suite's scorer, compiled once; it never raises.

        Raises:
            SuiteError: A target or a scorer option cannot be read.
        """
        return with_forms(make_scorer(suite), suite)

    def right_answer(self, suite: Suite, item: Item, candidate: Candidate) -> Answer:
        """The target's calls in the candidate's output mode."""
        return rehearse_right(self._cases(suite).of(item), candidate)

    def wrong_answer(self, suite: Suite, item: Item, candidate: Candidate, rng: random.Random) -> Answer:
        """The target's calls with one slip, checked by the scorer to be wrong."""
        cases = self._cases(suite)
        return wrong_written(cases.of(item), candidate, rng, score_with(cases, ""))

    def metrics(self, suite: Suite, rows: Iterable[tuple[Item, Score]]) -> dict[str, Any]:
        """Success by number of calls, tool confusion, argument errors, abstention, parser shares."""
        return suite_metrics(suite, rows)

    def _cases(self, suite: Suite) -> Cases:
        """The compiled items, kept for the suite that was asked for last: rehearsals ask item by item."""
        if self._rehearsed is None or self._rehearsed[0] is not suite:
            self._rehearsed = (suite, Cases(suite))
        return self._rehearsed[1]
