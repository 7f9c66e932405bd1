"""Every sentence of the gate, made once from the facts of its records; hostile text made safe."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from evalkit.comparison.pairs import Flip
from evalkit.gate.facts import (
    CostFacts,
    CriticalFacts,
    Doubt,
    EvidenceFacts,
    FaultFacts,
    FormFacts,
    GrowthFacts,
    LatencyFacts,
    MissingFacts,
    PairFacts,
    RateFacts,
)
from evalkit.gate.policy import RuleName
from evalkit.wording import (
    count,
    listed,
    percent,
    percent_change,
    point_size,
    point_span,
    points,
    seconds,
    span,
    stated,
    stated_points,
    stated_usd,
    tenths,
    usd,
)

if TYPE_CHECKING:
    from evalkit.gate.records import CaseVerdict, GateVerdict, RuleResult
    from evalkit.stats import Interval

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


def change_words(case: CaseVerdict) -> str:
    """Return the outcome for a table beside success rates: `no worse` and not `pass`, which 0% can have."""
    if case.outcome == "pass":
        return "no worse" if case.certain_loss is None else "worse, within the margin"
    return case.outcome.replace("_", " ")


def verdict_buts(case: CaseVerdict) -> list[str]:
    """Return what no reader of an outcome may miss, each in a few words."""
    buts = []
    if (loss := case.certain_loss) is not None:
        margin = next(r.limit for r in case.rules if r.worse_within_margin) or 0.0
        size = f"{point_size(loss.high)} to {point_size(loss.low)} points"
        buts.append(f"worse for certain by {size} (margin {stated_points(margin)})")
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
        lines.append(f"also  {listed(rest, MOST_TOLD + 1)}")
    for rule in [r for r in verdict.together if r.outcome == "fail"][:1]:
        lines.append(f"FAIL  {safe(rule.candidate)} over its suites: {safe(rule.found)}; {safe(rule.sure)}")
    if verdict.left_aside:
        aside = [f"{safe(one.candidate)} ({safe(one.reason)})" for one in verdict.left_aside]
        lines.append(f"left aside  {listed(aside, 6)}")
    notes = list(dict.fromkeys([*verdict.notes, *(note for case in verdict.cases for note in case.notes)]))
    if notes:
        more = f" ({count(len(notes) - 1, 'more note')} with every rule)" if len(notes) > 1 else ""
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
        parts.append(f"{points(found.estimate)} points ({point_span(found)})")
        parts.append(f"{regression.broken} broken, {regression.fixed} fixed")
    parts += verdict_buts(case)
    if case.more_items:
        parts.append(more_words(case.deciding))
    return "; ".join(parts) or safe(rule.found)


def _named_items(case: CaseVerdict) -> str:
    flips = case.regression.flips if case.regression else ()
    names = [flip_words(flip) for flip in flips[:_FIRST_ITEMS]] or [
        safe(item, 60) for item in case.deciding.items[:_FIRST_ITEMS]
    ]
    total = case.regression.broken if flips and case.regression else len(case.deciding.items)
    return f"broken: {listed(names, _FIRST_ITEMS + 1, total)}" if names else ""


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
    return f"about {count(rule.more_items, 'more item')} would decide" if rule.more_items else ""


def runs_words(verdict: GateVerdict) -> str:
    """Return the runs that were judged."""
    first, *more = verdict.runs or (verdict.run_id,)
    return f"run {safe(first)}" + (f" and {len(more)} more" if more else "")


def budget_words(verdict: GateVerdict) -> str:
    """The error budget, in words."""
    return (
        f"the chance of a false fail among all that changed is at most {stated(verdict.error_budget)} "
        "(Holm over its statistical rules)"
    )


def headline_words(verdict: GateVerdict) -> str:
    """The verdict in one sentence, with how many pairs had each outcome."""
    if not verdict.cases:
        return "Nothing was judged: there is no pair of suite and candidate to judge."
    counts = [(_COUNTED[outcome], n) for outcome, n in verdict.counts.items() if n]
    (first, n), *others = counts
    total = count(len(verdict.cases), "pair")
    told = ", ".join([f"{n} of {total} {first}", *(f"{n} {word}" for word, n in others)])
    return f"{_LEADS[verdict.outcome]}: {told}."


_COUNTED = {"fail": "failed", "not_judged": "not judged", "inconclusive": "inconclusive", "pass": "passed"}
_LEADS = {
    "pass": "The gate passes",
    "fail": "The gate fails",
    "inconclusive": "The evidence does not decide",
    "not_judged": "The gate could not judge all that it should",
}


class RuleWords(NamedTuple):
    """A rule's result in words."""

    asked: str
    """What the policy asks."""
    found: str
    """What the samples show."""
    sure: str
    """How sure that is, or what to do where it could not be judged."""


def rule_words(rule: RuleResult) -> RuleWords:
    """Return a rule's result in words."""
    said = _SAID[type(rule.facts)](rule, rule.facts)
    if rule.taken_back and rule.p_adjusted is not None and rule.budget is not None:
        odds = f"p {rule.p_adjusted:.2g}, budget {rule.budget:.2g}"
        return said._replace(
            sure=f"likely, but not certain over the gate's {count(rule.tests, 'test')} ({odds})"
        )
    return said


def _evidence_words(_: RuleResult, facts: EvidenceFacts) -> RuleWords:
    shown = "; ".join(map(doubt_words, facts.refused or facts.doubts))
    return RuleWords("whole, real, asked anew, and like the baseline's", shown or "so it is", _remedy(facts))


def _missing_words(rule: RuleResult, facts: MissingFacts) -> RuleWords:
    if facts.what == "baseline":
        where = f"--suite {rule.suite} --candidate {rule.candidate}"
        promote = f"evalkit baseline promote {facts.run_id} {where} --why TEXT"
        return RuleWords(f"a baseline for {facts.slot}", "there is none", promote)
    found = {
        "planned": "the run planned it and has no sample of it",
        "accepted": "it has a baseline and the run has no sample of it",
        "candidate": "it is asked for, and the run lacks it",
        "suite": "the policy asks for this suite, the run lacks it",
    }[facts.what]
    return RuleWords("samples to judge", found, "run it, or leave it out of the gate on purpose")


def _fault_words(_: RuleResult, facts: FaultFacts) -> RuleWords:
    kept = facts.share <= facts.limit
    return RuleWords(
        f"at most {stated(facts.limit)} of the samples lost to faults",
        f"{tenths(facts.share)} lost",
        "counted" if kept else "ask faulted items again with `evalkit run --resume`",
    )


def _pair_words(rule: RuleResult, facts: PairFacts) -> RuleWords:
    role = "anchor, the " if rule.rule == "no_slide" else ""
    whom, before = f"{role}{facts.against}", ""
    if facts.suites > 1:
        whom, before = "baselines", f"over {count(facts.suites, 'suite')} together "
    asked = f"{before}at most {stated_points(rule.limit or 0.0)} worse than the {whom}"
    if facts.identical:
        found = f"all {facts.n} answers are identical byte for byte"
        return RuleWords(asked, found, "certain, by identity")
    rates = percent_change(facts.rate_a, facts.rate_b, facts.n)
    noise = facts.noise_share
    of_noise = "" if noise is None else f"; {percent(noise)} of its variance is noise of repeating"
    tests = f"at {stated(facts.confidence)} confidence; McNemar p {facts.mcnemar_p:.2g}{of_noise}"
    return RuleWords(
        asked,
        f"{rates}: {rule.broken} broken, {rule.fixed} fixed of {count(facts.n, 'item')}",
        f"{_judgement_words(rule, facts)} ({tests})",
    )


def _critical_words(_: RuleResult, facts: CriticalFacts) -> RuleWords:
    mode = "all pass" if facts.mode == "must_pass" else "none breaks that passed in the baseline"
    parts = [f"{facts.passed} of {facts.asked} pass"]
    parts += [f"{facts.silent} not answered"] if facts.silent else []
    parts += [f"{facts.forgiven} failed in the baseline too"] if facts.forgiven else []
    return RuleWords(f"of {count(facts.asked, 'critical item')} {mode}", ", ".join(parts), "counted")


def _growth_words(rule: RuleResult, facts: GrowthFacts) -> RuleWords:
    asked = f"{facts.change.kind} no more often than in the baseline"
    return RuleWords(asked, facts.change.counts, _bounds(rule, lambda i: f"{point_span(i)} points"))


def _form_words(_: RuleResult, facts: FormFacts) -> RuleWords:
    asked = "answers stand in the same forms as the baseline's"
    if not facts.changes:
        unknown = "the forms of the answers are not known on both sides"
        return RuleWords(asked, unknown, "promote a run of this version")
    most = max(facts.changes, key=lambda c: abs(c.difference.difference))
    p = min(c.p_adjusted for c in facts.changes)
    lead = f"shifted: {', '.join(c.form for c in facts.shifted)}" if facts.shifted else "no shift"
    change = f"{most.form} {point_span(most.difference.interval)} points"
    return RuleWords(
        asked,
        ", ".join(f"{c.form} {c.a} → {c.b}" for c in facts.changes),
        f"{lead}; {change} (at {stated(facts.confidence)} confidence), p {p:.2g} by Holm over the forms",
    )


def _rate_words(rule: RuleResult, facts: RateFacts) -> RuleWords:
    what = "success rate" if rule.rule == "quality_floor" else "answers that fit their form"
    found = "no answers" if rule.interval is None else percent(rule.interval.estimate, facts.n)
    return RuleWords(
        f"{what} at least {stated(rule.limit or 0.0)}",
        f"{found} of {count(facts.n, 'item')}",
        _bounds(rule, lambda i: span(i, tenths)),
    )


def _cost_words(rule: RuleResult, facts: CostFacts) -> RuleWords:
    asked = f"at most {stated_usd(facts.limit_usd)} for a success"
    if rule.interval is None:
        unknown = f"the cost of {facts.unknown} of {count(facts.items, 'item')} is not known"
        return RuleWords(asked, unknown, "declare the candidate's `price:`")
    return RuleWords(asked, usd(rule.interval.estimate), _bounds(rule, lambda i: span(i, usd)))


def _latency_words(rule: RuleResult, facts: LatencyFacts) -> RuleWords:
    asked = f"p95 at most {rule.limit or 0.0:g} s, end to end"
    if not facts.answers or rule.interval is None:
        return RuleWords(asked, "no times were recorded", "")
    p95 = f"p95 {seconds(rule.interval.estimate)}"
    return RuleWords(
        asked,
        f"{p95}; {facts.over} of {count(facts.answers, 'answer')} took longer",
        f"{span(rule.interval, seconds)} (at {stated(facts.confidence)} confidence), "
        f"at {listed(facts.loads) or 'no stated load'}",
    )


_SAID: dict[type, Callable[[RuleResult, Any], RuleWords]] = {
    EvidenceFacts: _evidence_words,
    MissingFacts: _missing_words,
    FaultFacts: _fault_words,
    PairFacts: _pair_words,
    CriticalFacts: _critical_words,
    GrowthFacts: _growth_words,
    FormFacts: _form_words,
    RateFacts: _rate_words,
    CostFacts: _cost_words,
    LatencyFacts: _latency_words,
}


def _bounds(rule: RuleResult, form: Callable[[Interval], str]) -> str:
    if rule.interval is None:
        return ""
    return f"{form(rule.interval)} (at {stated(rule.interval.confidence)} confidence)"


def _judgement_words(rule: RuleResult, facts: PairFacts) -> str:
    if facts.lost:
        return "too many samples were lost to faults"
    if rule.interval is None or not rule.interval.n:
        return "nothing to compare: no pair was answered by both"
    margin, bounds = stated_points(rule.limit or 0.0), point_span(rule.interval)
    if rule.outcome == "fail":
        return f"worse for certain: {bounds}"
    if rule.worse_within_margin:
        return f"worse, but by less than the margin of {margin}: {bounds}"
    if rule.outcome == "pass":
        return f"not worse by the margin of {margin}: {bounds}"
    return f"neither a loss nor its absence is shown at a margin of {margin}: {bounds}"


def doubt_words(doubt: Doubt) -> str:
    """What is doubtful, in a few words."""
    what = {"run": "the run", "last": "the baseline", "anchor": "the anchor"}[doubt.about]
    if doubt.kind == "simulated":
        made_up = f"{count(doubt.number, 'sample')} simulated"
        return made_up if doubt.about == "run" else f"{what} is simulated"
    if doubt.kind == "reused":
        return f"{count(doubt.number, 'sample')} taken from another run"
    if doubt.kind == "foreign_hardware":
        return f"{what} comes from other hardware"
    if doubt.kind == "stale":
        return "; ".join((f"{what} is of another suite version or scorer", *doubt.inputs))
    if doubt.about != "run":
        return f"{count(doubt.number, 'item')} of {what} not asked"
    if doubt.number:
        return f"the candidate was changed since, and run {doubt.detail} of it is partial"
    return f"the run is partial: {doubt.detail}"


def _remedy(facts: EvidenceFacts) -> str:
    if not facts.refused:
        return "admitted by the policy" if facts.doubts else "certain"
    kinds = dict.fromkeys(doubt.kind for doubt in facts.refused)
    if "stale" in kinds:
        return "promote a run of this suite version, or `gate: {allow: [stale]}` to compare shared items"
    return f"to judge it all the same: `gate: {{allow: [{', '.join(kinds)}]}}`"
