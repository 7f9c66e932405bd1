"""Families by name, imported only when used; plug-ins come by the entry point group `evalkit.families`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from evalkit.bounded.patterns import answer_budget
from evalkit.errors import SuiteError, near_names
from evalkit.families.answer_text import REASONING_MARKS, UNFINISHED, answer_part
from evalkit.families.failures import unscorable_score
from evalkit.families.forms import hold_to_forms
from evalkit.families.interface import Family, Prompter, Scorer
from evalkit.records import Answer, Candidate, Item, Score, Suite, TextReading, content_hash

_SHIPPED = {
    "classification": "evalkit.families.classification:Classification",
    "extraction": "evalkit.families.extraction:Extraction",
    "lm_eval": "evalkit.lm_eval_bridge.task:LmEvalTask",
    "tool_calls": "evalkit.families.tool_calls:ToolCalls",
}


def family_names() -> tuple[str, ...]:
    """Every family that can be named in a suite, sorted."""
    plugins = {e.name for e in entry_points(group="evalkit.families")}
    return tuple(sorted(plugins | set(_SHIPPED)))


@cache
def get_family(name: str) -> Family:
    """The family of that name.

    Raises:
        SuiteError: No such family; names the near ones.
    """
    for plugin in entry_points(group="evalkit.families", name=name):
        return plugin.load()()  # type: ignore[no-any-return]  # foreign objects enter here
    if name not in _SHIPPED:
        raise SuiteError(f"unknown family {name!r}", hint=near_names(name, family_names()))
    module, _, attribute = _SHIPPED[name].partition(":")
    return getattr(import_module(module), attribute)()  # type: ignore[no-any-return]


def compile_prompter(suite: Suite, candidate: Candidate) -> Prompter:
    """Return what makes the candidate's requests at this suite, by the settings that hold for it there.

    Raises:
        SuiteError: The family or the prompt variant is unknown, or its template does not render.
    """
    return get_family(suite.family).prompter(suite, candidate.at(suite.name))


def compile_scorer(suite: Suite) -> Scorer:
    """The suite's scorer within limits: an answer on which it fails is `unscorable`, whatever the reason.

    Raises:
        SuiteError: The family is unknown, or a target or a scorer option cannot be read.
    """
    score = get_family(suite.family).scorer(suite)

    def score_bounded(item: Item, answer: Answer) -> Score:
        try:
            with answer_budget():
                return score(item, answer)
        except Exception as error:  # noqa: BLE001 - patterns reach their limit, plug-ins raise: nothing is credited
            return unscorable_score(error)

    return score_bounded


def scorer_hash(suite: Suite) -> str:
    """Hash of all that decides a score besides the answer: scorer version, options, contract and targets."""
    family = get_family(suite.family)
    targets = ((i.id, i.target, i.alternatives, i.tools) for i in suite.items)
    return content_hash(family.name, family.version, suite.contract, suite.scorer, targets)


def scorer_for(score: Scorer, candidate: Candidate) -> Scorer:
    """Return a suite's scorer as the candidate's `reading` wants it.

    It takes off the candidate's own marks of reasoning before it reads, and holds answers to its forms.
    """
    reading = candidate.reading
    if reading == TextReading():
        return score
    forms = reading.forms
    marks = (*reading.reasoning_marks, *REASONING_MARKS)

    def score_answering_part(item: Item, answer: Answer) -> Score:
        if not answer.text:
            return hold_to_forms(score(item, answer), forms)
        part = answer_part(answer.text, marks, opened=reading.reasoning_opened)
        # Of reasoning without an end, the scorer sees just that.
        text = UNFINISHED if part.unfinished else part.text
        return hold_to_forms(score(item, replace(answer, text=text)), forms)

    return score_answering_part
