"""The verdict as Markdown: a pull request comment, or a CI summary."""

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

MARKER = "<!-- evalkit gate -->"
"""Stands in every comment, so that the next run can find it and replace it."""
MOST_FLIPS = 10
_SIGN = {"pass": "✅", "fail": "❌", "inconclusive": "❔", "not_judged": "⛔"}


def to_markdown(verdict: GateVerdict) -> str:
    """The verdict with one table for each suite × candidate, folded when it passes."""
    return "\n".join(_lines(verdict)) + "\n"


def escape(text: str, most: int = 200) -> str:
    """The text as Markdown shows it literally: no link, image, mention, table cell or HTML comes of it."""
    line = _literal(text, most)
    # A zero-width space keeps @names from being notified and bare addresses from becoming links.
    return line.replace("@", "@\u200b").replace("://", ":\u200b//").replace("www.", "www\u200b.")


def _lines(verdict: GateVerdict) -> Iterator[str]:
    yield MARKER
    yield f"## {_SIGN[verdict.outcome]} evalkit gate: {OUTCOME[verdict.outcome]}"
    yield ""
    yield f"{escape(verdict.headline)} {escape(runs_words(verdict))}; {budget_words(verdict)}."
    if brief := brief_lines(verdict):
        yield ""
        yield from (f"- {escape(line, 300)}" for line in brief)
    aside = [f"{one.candidate}: {one.reason}" for one in verdict.left_aside]
    for word, texts in (("Left aside", aside), ("Note", verdict.notes)):
        for text in texts:
            yield f"\n> {word}: {escape(text)}"
    for case in verdict.cases:
        yield ""
        yield from _case(case)


def _case(case: CaseVerdict) -> Iterator[str]:
    title = f"{_SIGN[case.outcome]} <b>{_html(case_name(case))}</b>: {_html(verdict_words(case))}"
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield "| rule | outcome | asked | found | how sure |"
    yield "|---|---|---|---|---|"
    for rule in case.rules:
        yield _row(rule)
    for rule in case.rules:
        if rule.items:
            yield f"\nCritical items that fail: {', '.join(_code(i) for i in rule.items[:MOST_FLIPS])}"
        if rule.flips:
            shown = listed([_code(flip_words(f)) for f in rule.flips], MOST_FLIPS + 1, rule.broken)
            yield f"\nBroken ({RULE[rule.rule]}): {shown}. All: {_code(flips_command(case))}"
    for note in case.notes:
        yield f"\n> {escape(note, 300)}"
    yield ""
    yield "</details>"


def _row(rule: RuleResult) -> str:
    sure = "; ".join(text for text in (rule.sure, more_words(rule)) if text)
    cells = (RULE[rule.rule], outcome_word(rule), rule.asked, rule.found, sure)
    return "| " + " | ".join(escape(cell, 300) for cell in cells) + " |"


def _code(text: str) -> str:
    """The text as code that can be copied as it is: names in code are not notified, so nothing is put in."""
    return f"<code>{_literal(text).replace('://', '&#58;//')}</code>"


def _literal(text: str, most: int = 200) -> str:
    line = safe(text, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\`*_{}[]()#+!|~":
        line = line.replace(sign, "\\" + sign)
    return line


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
