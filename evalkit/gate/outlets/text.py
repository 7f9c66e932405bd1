"""The verdict on one screen, as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.gate.records import CaseVerdict, GateVerdict, RuleResult
from evalkit.gate.wording import (
    OUTCOME,
    RULE,
    brief_lines,
    budget_words,
    case_name,
    flip_words,
    flips_command,
    more_words,
    outcome_word,
    runs_words,
    safe,
    verdict_words,
)
from evalkit.wording import listed

MOST_FLIPS = 5


def to_text(verdict: GateVerdict, *, every_rule: bool = True) -> str:
    """The verdict, then for each suite × candidate what was asked, what was found, how sure, and the first
    flips with the command that shows them all.

    Args:
        verdict: What to say.
        every_rule: Whether every rule is shown; False tells in ten lines what failed.
    """
    return "\n".join(_lines(verdict, every_rule)) + "\n"


def _lines(verdict: GateVerdict, every_rule: bool) -> Iterator[str]:
    yield f"gate {OUTCOME[verdict.outcome]}  {safe(verdict.headline)}"
    if not every_rule:
        yield from brief_lines(verdict)
        failed = [c for c in verdict.cases if c.outcome == "fail" and c.regression is not None]
        flips = f"; the flips: {safe(flips_command(failed[0]))}" if failed else ""
        yield f"every rule: evalkit gate --all-rules{flips}"
        return
    yield f"{runs_words(verdict)}; {budget_words(verdict)}"
    for one in verdict.left_aside:
        yield f"left aside  {safe(one.candidate)}: {safe(one.reason)}"
    for note in verdict.notes:
        yield f"note  {safe(note)}"
    for rule in verdict.together:
        found = f"{safe(rule.candidate)} over its suites: {safe(rule.found)}; {safe(rule.sure, 300)}"
        yield f"{outcome_word(rule)}  {found}"
    for case in verdict.cases:
        yield ""
        yield from _case(case)


def _case(case: CaseVerdict) -> Iterator[str]:
    yield f"{verdict_words(case)}  {case_name(case)}"
    for rule in case.rules:
        if rule.outcome == "pass":
            yield f"  {'pass':<14}{RULE[rule.rule]:<18}{safe(rule.found)}; {safe(rule.sure)}"
        else:
            yield from _stopped(rule, case)
    for note in case.notes:
        yield f"  {'note':<14}{safe(note, 300)}"


def _stopped(rule: RuleResult, case: CaseVerdict) -> Iterator[str]:
    yield f"  {outcome_word(rule):<14}{RULE[rule.rule]:<18}asked: {safe(rule.asked)}"
    indent = " " * 34
    yield f"{indent}found: {safe(rule.found)}"
    if rule.sure:
        yield f"{indent}sure:  {safe(rule.sure, 300)}"
    if rule.more_items:
        yield f"{indent}next:  {more_words(rule)}"
    if rule.items:
        yield f"{indent}items: {listed([safe(i, 60) for i in rule.items], MOST_FLIPS + 1)}"
    if rule.flips:
        yield f"{indent}broken: {listed(list(map(flip_words, rule.flips)), MOST_FLIPS + 1, rule.broken)}"
        yield f"{indent}all:   {safe(flips_command(case))}"
