"""What every outlet says alike: outcomes, rules and flips in words, hostile text made safe."""

from __future__ import annotations

import re
import shlex
import unicodedata

from evalkit.comparison.pairs import Flip
from evalkit.gate.policy import RuleName
from evalkit.gate.records import CaseVerdict, GateVerdict, RuleResult

OUTCOME = {"pass": "pass", "fail": "FAIL", "inconclusive": "inconclusive", "not_judged": "NOT JUDGED"}

RULE: dict[RuleName, str] = {
    "evidence": "evidence",
    "baseline": "baseline",
    "availability": "availability",
    "no_regression": "no regression",
    "no_slide": "no slow slide",
    "critical": "critical items",
    "error_kinds": "error kinds",
    "quality_floor": "quality floor",
    "format_valid": "valid format",
    "forms": "forms of answers",
    "cost_per_success": "cost per success",
    "latency_p95": "p95 latency",
}

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")


def safe(text: str, most: int = 200) -> str:
    """One line without control characters, marks of direction or lone surrogates, cut when long.

    Ids and error kinds come from files, outputs from models: none may steer a terminal or break a format.
    """
    line = _CONTROL.sub(" ", text)
    line = "".join(c for c in line if unicodedata.category(c) != "Cf").strip()
    return line if len(line) <= most else line[: most - 1] + "…"


def case_name(case: CaseVerdict) -> str:
    """Suite and candidate."""
    return " · ".join(safe(name) for name in (case.suite, case.candidate) if name) or "the gate"


def verdict_words(case: CaseVerdict) -> str:
    """Return the outcome with what no reader may miss: a certain loss, a missed floor, a new error kind."""
    joint = ", but " if case.outcome == "pass" else "; "
    buts = verdict_buts(case)
    return OUTCOME[case.outcome] + (joint + ", ".join(buts) if buts else "")


def verdict_buts(case: CaseVerdict) -> list[str]:
    """Return what no reader of an outcome may miss, each in a few words."""
    buts = []
    if (loss := case.certain_loss) is not None:
        margin = next(r.limit for r in case.rules if r.worse_within_margin) or 0.0
        low, high = -100 * loss.high, -100 * loss.low
        buts.append(f"worse for certain by {low:.1f} to {high:.1f} points (margin {100 * margin:g})")
    buts += [_FAILED[r.rule] for r in case.advised_against]
    buts += [f"new error kind {safe(kind, 60)}" for kind in case.new_error_kinds]
    return list(dict.fromkeys(buts))


_FAILED: dict[RuleName, str] = {
    "evidence": "on evidence that is not admitted",
    "baseline": "without a baseline",
    "availability": "with too many faults",
    "no_regression": "worse than the baseline for certain",
    "no_slide": "worse than the anchor for certain",
    "critical": "with critical items that fail",
    "error_kinds": "with an error kind that grew",
    "quality_floor": "below its floor",
    "format_valid": "with too few answers in a valid form",
    "cost_per_success": "dearer than its limit",
    "latency_p95": "slower than its limit",
    "forms": "in other forms than the baseline",
}
"""What to say of an advisory rule that fails."""


def brief_lines(verdict: GateVerdict) -> list[str]:
    """Return what failed, how sure that is and the first broken items, in about ten lines."""
    lines = []
    telling = [c for c in verdict.cases if c.outcome != "pass" or c.certain_loss is not None]
    for case in telling[:MOST_TOLD]:
        lines.append(f"{OUTCOME[case.outcome]}  {case_name(case)}: {_finding(case)}")
        if case.outcome == "fail" and (named := _named_items(case)):
            lines.append(f"      {named}")
    if len(telling) > MOST_TOLD:
        rest = [f"{OUTCOME[c.outcome]} {case_name(c)}" for c in telling[MOST_TOLD:]]
        more = f" and {len(rest) - MOST_TOLD} more" if len(rest) > MOST_TOLD else ""
        lines.append(f"also  {', '.join(rest[:MOST_TOLD])}{more}")
    for rule in [r for r in verdict.together if r.outcome == "fail"][:1]:
        lines.append(f"FAIL  {safe(rule.candidate)} over its suites: {safe(rule.found)}; {safe(rule.sure)}")
    if verdict.left_aside:
        aside = ", ".join(f"{safe(one.candidate)} ({safe(one.reason)})" for one in verdict.left_aside[:5])
        more = f" and {len(verdict.left_aside) - 5} more" if len(verdict.left_aside) > 5 else ""
        lines.append(f"left aside  {aside}{more}")
    notes = list(dict.fromkeys([*verdict.notes, *(note for case in verdict.cases for note in case.notes)]))
    if notes:
        more = f" ({len(notes) - 1} more notes with every rule)" if len(notes) > 1 else ""
        lines.append(f"note  {safe(notes[0])}{more}")
    return lines


MOST_TOLD = 3
"""Pairs that are told in words; the others are named."""
_FIRST_ITEMS = 3


def _finding(case: CaseVerdict) -> str:
    """What decided a case, and what no reader may miss."""
    rule, regression = case.deciding, case.regression
    parts = []
    if case.outcome != "pass" and rule.rule != "no_regression":
        parts.append(f"{RULE[rule.rule]}: {safe(rule.found)}")
    if regression is not None and regression.interval is not None and regression.interval.n:
        found = regression.interval
        signed = (f"{100 * v:+.1f}".replace("-", "−") for v in (found.estimate, found.low, found.high))
        parts.append("{} points ({} to {})".format(*signed))
        parts.append(f"{regression.broken} broken, {regression.fixed} fixed")
    parts += verdict_buts(case)
    if case.more_items:
        parts.append(f"about {case.more_items:,} more items would decide")
    return "; ".join(parts) or safe(rule.found)


def _named_items(case: CaseVerdict) -> str:
    flips = case.regression.flips if case.regression else ()
    names = [flip_words(flip) for flip in flips[:_FIRST_ITEMS]] or [
        safe(item, 60) for item in case.deciding.items[:_FIRST_ITEMS]
    ]
    total = case.regression.broken if flips and case.regression else len(case.deciding.items)
    more = f" and {total - len(names)} more" if total > len(names) else ""
    return f"broken: {', '.join(names)}{more}" if names else ""


def outcome_word(rule: RuleResult) -> str:
    """The outcome, with a mark when it decides nothing."""
    return OUTCOME[rule.outcome] + (" (advisory)" if rule.advisory else "")


def flip_words(flip: Flip) -> str:
    """An item with what it fails with now."""
    mark = "!" if flip.critical else ""
    kind = f" ({safe(flip.error_b, 60)})" if flip.error_b else ""
    return f"{mark}{safe(flip.item_id, 60)}{kind}"


def flips_command(case: CaseVerdict) -> str:
    """The command that shows all flips of a case, quoted: a name may hold anything, and this gets pasted."""
    words = (
        "evalkit",
        "compare",
        f"baseline:{case.slot}",
        f"{case.run_id}/{case.candidate}",
        "--suites",
        case.suite,
    )
    return shlex.join(safe(word) for word in words)


def more_words(rule: RuleResult) -> str:
    """How many more items would likely decide it; empty when not known."""
    return f"about {rule.more_items} more items would decide" if rule.more_items else ""


def runs_words(verdict: GateVerdict) -> str:
    """Return the runs that were judged."""
    first, *more = verdict.runs or (verdict.run_id,)
    return f"run {safe(first)}" + (f" and {len(more)} more" if more else "")


def budget_words(verdict: GateVerdict) -> str:
    """The error budget, in words."""
    return (
        f"the chance of a false fail among all that changed is at most {100 * verdict.error_budget:g}% "
        "(Holm over its statistical rules)"
    )
