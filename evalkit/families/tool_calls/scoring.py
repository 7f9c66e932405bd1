"""Answers to scores: the calls are read, held against every acceptable list, and the failure is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evalkit.families.failures import general_failure, primary_kind
from evalkit.families.interface import Scorer
from evalkit.families.registry import scorer_hash
from evalkit.families.tool_calls.matching import CallMatch, judge
from evalkit.families.tool_calls.options import read_options
from evalkit.families.tool_calls.parsers import call_parsers
from evalkit.families.tool_calls.reading import Call, CallReading, read_answer
from evalkit.families.tool_calls.targets import ExpectedCall, read_target
from evalkit.families.tool_calls.tools import Toolbox, Toolboxes
from evalkit.families.tool_calls.values import PROFILES
from evalkit.records import Answer, Diff, Item, Score, Suite, clean_text

ERROR_KINDS = {
    "unparseable": "An attempt at a call, or noise, that cannot be read; never an abstention.",
    "unwanted_call": "A call was made where none is right.",
    "unknown_tool": "A tool was called that is not offered.",
    "wrong_tool": "An offered tool was called in place of the right one.",
    "missing_call": "A right call was not made.",
    "extra_call": "A call was made beside all the right ones.",
    "wrong_order": "The right calls in the wrong order, where the suite says that order matters.",
    "missing_argument": "A required argument was left out.",
    "extra_argument": "An argument was given that is not right in this call.",
    "wrong_argument_type": "An argument's value has a type that its schema does not allow.",
    "wrong_argument_value": "An argument's value is none of the accepted ones.",
}
"""Error kind -> meaning, in the order of precedence: a failure bears the first that it shows."""

_PRECEDENCE = {kind: rank for rank, kind in enumerate(ERROR_KINDS)}
_SHOWN = 200
"""Characters of an unreadable answer that its diff shows."""


@dataclass(frozen=True, slots=True)
class CompiledItem:
    """One item, compiled: what it offers and what is right."""

    item: Item
    toolbox: Toolbox
    acceptable: tuple[tuple[ExpectedCall, ...], ...]
    """The target and its alternatives."""


class Cases:
    """The compiled items of a suite, each made when it is first asked for."""

    def __init__(self, suite: Suite) -> None:
        self.options = read_options(suite.scorer)
        self._toolboxes = Toolboxes(suite)
        self._cases: dict[str, CompiledItem] = {}

    def of(self, item: Item) -> CompiledItem:
        """The compiled item.

        Raises:
            SuiteError: Its target is not of the suite's form.
        """
        case = self._cases.get(item.id)
        if case is None or case.item is not item:
            toolbox = self._toolboxes.of(item)
            targets = (item.target, *item.alternatives)
            lists = tuple(read_target(t, self.options.target_format, toolbox) for t in targets)
            case = self._cases[item.id] = CompiledItem(item, toolbox, lists)
        return case

    def judge(self, case: CompiledItem, calls: tuple[Call, ...]) -> CallMatch:
        """The calls against the acceptable list that they fit best; the target wins ties."""
        profile = PROFILES[self.options.profile]
        best: CallMatch | None = None
        for expected in case.acceptable:
            judgement = judge(expected, calls, case.toolbox, profile, ordered=self.options.ordered)
            if not judgement.diffs:
                return judgement
            if best is None or judgement.score > best.score:
                best = judgement
        assert best is not None  # noqa: S101 - a case has a target
        return best


def make_scorer(suite: Suite) -> Scorer:
    """The suite's scorer, compiled once."""
    cases = Cases(suite)
    # A target that cannot be read is said here, not in the middle of a run.
    sizes = [len(calls) for item in suite.items for calls in cases.of(item).acceptable]
    if max(sizes, default=0) > 1:
        # It pairs several calls; imported between two answers, its second would show in their latencies.
        import scipy.optimize  # noqa: F401
    return score_with(cases, scorer_hash(suite))


def score_with(cases: Cases, hash_: str) -> Scorer:
    """The scorer over compiled items; `hash_` goes into each score."""
    parsers = call_parsers(cases.options.parsers)

    def score(item: Item, answer: Answer) -> Score:
        case = cases.of(item)
        general = general_failure(answer)
        if general == "empty" or (general == "refused" and not answer.tool_calls):
            return _failed_score(general, general, hash_)
        reading = read_answer(answer, parsers, case.toolbox)
        if reading.calls is None:
            return _unreadable(answer, reading, hash_)
        if general and reading.parser == "prose":
            return _failed_score(general, general, hash_)  # words cut short are no decision against a call
        return _judge(answer, reading, reading.calls, case, cases, hash_)

    return score


def _judge(
    answer: Answer,
    reading: CallReading,
    calls: tuple[Call, ...],
    case: CompiledItem,
    cases: Cases,
    hash_: str,
) -> Score:
    judgement = cases.judge(case, calls)
    success = not judgement.diffs
    return Score(
        success=success,
        score=judgement.score,
        format_valid=fits_tools(calls, case.toolbox),
        error_kind=None if success else primary_kind(answer, first_kind(judgement.diffs)),
        parsed=[c.shown() for c in calls],
        diff=judgement.diffs,
        parser=reading.parser,
        form=reading.form,
        scorer_hash=hash_,
    )


def fits_tools(calls: Iterable[Call], toolbox: Toolbox) -> bool:
    """Whether each call names an offered tool and its arguments fit that tool's schema."""
    return all((tool := toolbox.find(c.name)) is not None and tool.fits(c.arguments) for c in calls)


def first_kind(diffs: Iterable[Diff]) -> str:
    """The kind that stands first in the order of precedence."""
    return min((d.kind for d in diffs), key=_PRECEDENCE.__getitem__)


def _failed_score(kind: str, place: str, hash_: str) -> Score:
    return Score(
        success=False,
        score=0.0,
        format_valid=False,
        error_kind=kind,
        diff=(Diff(path="$", kind=place),),
        scorer_hash=hash_,
    )


def _unreadable(answer: Answer, reading: CallReading, hash_: str) -> Score:
    got = next((c.raw for c in answer.tool_calls if c.raw), None) or answer.text or ""
    return Score(
        success=False,
        score=0.0,
        format_valid=False,
        error_kind=primary_kind(answer, "unparseable"),
        diff=(
            Diff(
                path=reading.path, kind="unparseable", expected=reading.problem, got=clean_text(got[:_SHOWN])
            ),
        ),
        parser=reading.parser,
        scorer_hash=hash_,
    )
