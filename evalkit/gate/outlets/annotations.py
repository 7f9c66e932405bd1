"""The verdict as GitHub workflow commands, which annotate a run."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.gate.records import CaseVerdict, GateVerdict, RuleResult
from evalkit.gate.wording import RULE, case_name, flip_words, more_words, safe, verdict_words

MOST_FLIPS = 5


def to_annotations(verdict: GateVerdict) -> str:
    """One line for each rule that did not pass: an error when it stops the gate, else a warning; and a notice
    with the verdict."""
    return "\n".join(_lines(verdict)) + "\n"


def _lines(verdict: GateVerdict) -> Iterator[str]:
    yield _command("notice", f"evalkit gate: {verdict.outcome}", verdict.headline)
    for rule in verdict.together:
        if rule.outcome == "fail":
            yield _command(_level(rule, verdict), f"{rule.candidate} over its suites: fail", _message(rule))
    for case in verdict.cases:
        if case.certain_loss is not None:
            yield _command("warning", case_name(case), verdict_words(case))
        for rule in case.rules:
            if rule.outcome != "pass":
                yield _command(_level(rule, verdict), _title(case, rule), _message(rule))


def _level(rule: RuleResult, verdict: GateVerdict) -> str:
    tolerated = rule.outcome == "inconclusive" and verdict.inconclusive == "warn"
    return "warning" if rule.advisory or tolerated else "error"


def _title(case: CaseVerdict, rule: RuleResult) -> str:
    return f"{case_name(case)}: {RULE[rule.rule]} {rule.outcome}"


def _message(rule: RuleResult) -> str:
    broken = ", ".join(flip_words(f) for f in rule.flips[:MOST_FLIPS])
    parts = [f"asked {rule.asked}", f"found {rule.found}", rule.sure, more_words(rule)]
    parts += [f"broken: {broken}"] if broken else []
    return "; ".join(part for part in parts if part)


def _command(level: str, title: str, message: str) -> str:
    title = _encoded(safe(title)).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={title}::{_encoded(safe(message, 1000))}"


def _encoded(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
