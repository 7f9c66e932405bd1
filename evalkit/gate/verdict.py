"""The verdict on a run: every rule at every suite × candidate, corrected for their number."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evalkit.baseline.records import Baseline
from evalkit.comparison.changes import error_kind_changes
from evalkit.comparison.marks import suite_entry
from evalkit.economics.evidence import groups, read_samples
from evalkit.errors import ExitCode, UsageError, near_names
from evalkit.gate.case import Case, make_case
from evalkit.gate.evidence import evidence_notes, judge_evidence
from evalkit.gate.policy import Policy
from evalkit.gate.records import SEVERITY, CaseVerdict, GateOutcome, GateVerdict, RuleResult, worst
from evalkit.gate.rules import is_identical, judge_case, over_suites
from evalkit.records import Manifest
from evalkit.stats import holm

if TYPE_CHECKING:
    import pandas as pd

EXIT_CODES = {
    "pass": ExitCode.DONE,
    "fail": ExitCode.REGRESSION,
    "inconclusive": ExitCode.INCONCLUSIVE,
    "not_judged": ExitCode.FAILED,
}


def gate(
    samples: pd.DataFrame,
    manifest: Manifest,
    baselines: Sequence[Baseline],
    policy: Policy | None = None,
    *,
    now: datetime | None = None,
    error_kinds: Collection[str] | None = None,
) -> GateVerdict:
    """Judges a run against its baselines.

    Args:
        samples: Rows of the flat view, of one run.
        manifest: That run.
        baselines: Every baseline that the run shall be held against; one whose suite or slot the run lacks
            cannot be judged, and is never passed over.
        policy: What is asked; None takes every default.
        now: For the age of baselines, with a time zone; None says nothing of their age.
        error_kinds: Those that exist, to catch a misspelt one in the policy; None checks nothing.

    Raises:
        UsageError: The policy names an error kind that does not exist.
    """
    policy = policy or Policy()
    _check_error_kinds(policy, manifest, error_kinds)
    rows = read_samples(samples)
    found: dict[tuple[str, str], pd.DataFrame] = {}
    for suite, candidate, group in groups(rows):
        if (group["answered"] | group["faulted"]).any():
            found[suite, candidate] = group
    known = {(b.suite, b.slot): b for b in baselines}
    aside = _left_aside(found, manifest, known, policy)
    cases: list[Case] = []
    verdicts: list[CaseVerdict] = []
    for (suite, candidate), group in found.items():
        if candidate in aside:
            continue
        entry = suite_entry(manifest, suite)
        limits = policy.limits(suite, entry.stakes if entry else None)
        slot = policy.slot(candidate)
        case = make_case(group, manifest, limits, slot, known.get((suite, slot)), policy.anchor)
        cases.append(case)
        verdicts.append(_judge(case, policy, now))
    verdicts += _missing(found, manifest, known, aside, policy)
    verdicts, together = _corrected(verdicts, _over_suites(cases, verdicts))
    verdicts.sort(key=lambda v: SEVERITY.index(v.outcome))
    left_aside = tuple(f"{name}: {why}" for name, why in aside.items())
    return _verdict(manifest, verdicts, together, left_aside, policy)


def _judge(case: Case, policy: Policy, now: datetime | None) -> CaseVerdict:
    evidence = judge_evidence(case, policy)
    rules: list[RuleResult] = [evidence]
    if evidence.outcome == "pass":
        if case.last is None and policy.baseline == "required":
            rules.append(_no_baseline(case))
        rules += judge_case(case)
    return CaseVerdict(
        suite=case.suite,
        candidate=case.candidate,
        slot=case.slot,
        outcome="pass",
        rules=tuple(rules),
        baseline=case.last.name if case.last else "no baseline",
        notes=evidence_notes(case, policy, now),
        critical_items=tuple(str(i) for i in case.side.table.ids[case.side.table.critical]),
        unchanged=case.last is not None and is_identical(case.last),
        new_error_kinds=tuple(_new_error_kinds(case)),
    )


def _new_error_kinds(case: Case) -> Iterator[str]:
    if case.last is None or is_identical(case.last):
        return
    for change in error_kind_changes(case.last.pairs, case.limits.confidence):
        if not change.a and change.difference.interval.low > 0:
            yield change.kind


def _over_suites(cases: Sequence[Case], verdicts: Sequence[CaseVerdict]) -> list[RuleResult]:
    """Each candidate over its suites together, as far as their evidence was admitted."""
    admitted = {(v.suite, v.candidate) for v in verdicts if v.rules[0].outcome == "pass"}
    kept = [c for c in cases if (c.suite, c.candidate) in admitted]
    names = dict.fromkeys(c.candidate for c in kept)
    found = (over_suites([c for c in kept if c.candidate == name]) for name in names)
    return [rule for rule in found if rule is not None]


def _no_baseline(case: Case) -> RuleResult:
    return RuleResult(
        rule="baseline",
        suite=case.suite,
        candidate=case.candidate,
        kind="plain",
        outcome="not_judged",
        asked=f"a baseline for {case.slot}",
        found="there is none",
        sure=f"evalkit baseline promote RUN --suite {case.suite} --candidate {case.candidate} --why TEXT",
    )


def _left_aside(
    found: Collection[tuple[str, str]], manifest: Manifest, known: Collection[tuple[str, str]], policy: Policy
) -> dict[str, str]:
    """Candidates that are not judged, and why. One that is asked for, or has a baseline, is never put aside
    for being simulated: then its evidence is refused, and that is seen."""
    simulated = {e.candidate.name for e in manifest.candidates if e.simulated}
    slots = {slot for _, slot in known}
    aside = {}
    for name in dict.fromkeys(candidate for _, candidate in found):
        if not policy.gates(name):
            aside[name] = "the policy does not ask for it"
        elif (
            name in simulated
            and "simulated" not in policy.allow
            and name not in policy.candidates
            and policy.slot(name) not in slots
        ):
            aside[name] = "it is simulated"
    return aside


def _missing(
    found: Collection[tuple[str, str]],
    manifest: Manifest,
    known: Collection[tuple[str, str]],
    aside: Collection[str],
    policy: Policy,
) -> Iterator[CaseVerdict]:
    """A case for everything that should have been judged and is not there."""
    present = {(suite, policy.slot(candidate)) for suite, candidate in found if candidate not in aside}
    planned = [
        (suite.name, entry.candidate.name) for suite in manifest.suites for entry in manifest.candidates
    ]
    for suite, candidate in planned:
        if (suite, candidate) not in found and candidate not in aside and policy.gates(candidate):
            present.add((suite, policy.slot(candidate)))
            yield _absent(
                suite, candidate, policy.slot(candidate), "the run planned it and has no sample of it"
            )
    for suite, slot in known:
        if (suite, slot) not in present and policy.asks_for_slot(slot):
            yield _absent(suite, slot, slot, "it has a baseline and the run has no sample of it")
    names = {candidate for _, candidate in found} | {candidate for _, candidate in planned}
    for candidate in policy.candidates:
        if candidate not in names:
            yield _absent("", candidate, policy.slot(candidate), "the policy asks for it, the run lacks it")
    for suite in policy.suites:
        if suite not in {s for s, _ in found} | {s for s, _ in known} | {s for s, _ in planned}:
            yield _absent(suite, "", "", "the policy asks for this suite, the run lacks it")


def _absent(suite: str, candidate: str, slot: str, why: str) -> CaseVerdict:
    rule = RuleResult(
        rule="baseline", suite=suite, candidate=candidate, kind="plain", outcome="not_judged",
        asked="samples to judge", found=why, sure="run it, or leave it out of the gate on purpose",
    )  # fmt: skip
    return CaseVerdict(suite=suite, candidate=candidate, slot=slot, outcome="not_judged", rules=(rule,))


def _corrected(
    verdicts: Sequence[CaseVerdict], together: Sequence[RuleResult]
) -> tuple[list[CaseVerdict], list[RuleResult]]:
    """Correct the fails that can stop the gate for the number of tests: one taken back is inconclusive.

    Holm's tests are those of every suite × candidate whose answers changed, and of each candidate over its
    suites. One whose answers are the baseline's byte for byte makes no test of a change; what else it is held
    to (a floor, a limit) is corrected by itself. So nothing that is unchanged can change another's verdict.
    """
    changed = [v for v in verdicts if not v.unchanged]
    rules = _adjusted([*(r for v in changed for r in v.rules), *together])
    done: dict[int, tuple[RuleResult, ...]] = {}
    for verdict in changed:
        done[id(verdict)], rules = tuple(rules[: len(verdict.rules)]), rules[len(verdict.rules) :]
    for verdict in verdicts:
        if verdict.unchanged:
            done[id(verdict)] = tuple(_adjusted(verdict.rules))
    judged = [
        replace(v, rules=done[id(v)], outcome=worst(r.outcome for r in done[id(v)] if not r.advisory))
        for v in verdicts
    ]
    return judged, rules


def _adjusted(rules: Sequence[RuleResult]) -> list[RuleResult]:
    """Holm over the statistical rules among these that can stop the gate."""
    tested = [r for r in rules if r.kind == "statistical" and r.p is not None and not r.advisory]
    adjusted = iter(holm([r.p or 0.0 for r in tested]) if tested else ())
    counted = {id(r) for r in tested}
    return [_adjust(r, float(next(adjusted)), len(tested)) if id(r) in counted else r for r in rules]


def _adjust(rule: RuleResult, p: float, tests: int) -> RuleResult:
    rule = replace(rule, p_adjusted=p, tests=tests)
    confidence = rule.interval.confidence if rule.interval else 0.95
    budget = 1 - confidence if rule.rule == "latency_p95" else (1 - confidence) / 2
    if rule.outcome == "fail" and p >= budget:
        sure = f"likely, but not certain over the gate's {tests} tests (p {p:.2g}, budget {budget:.2g})"
        return replace(rule, outcome="inconclusive", sure=sure)
    return rule


def _verdict(
    manifest: Manifest,
    cases: Sequence[CaseVerdict],
    together: Sequence[RuleResult],
    aside: tuple[str, ...],
    policy: Policy,
) -> GateVerdict:
    # Over all suites only a fail counts: what stays open there leaves each suite's own verdict as it is.
    fails = [r.outcome for r in together if r.outcome == "fail" and not r.advisory]
    outcome = worst([*(case.outcome for case in cases), *fails]) if cases else "not_judged"
    if outcome == "inconclusive" and policy.inconclusive != "stop":
        outcome = "fail" if policy.inconclusive == "fail" else "pass"
    notes = [f"the run is {manifest.status}: {manifest.partial_reason or 'no reason given'}"]
    confidence = float(policy.defaults.get("confidence", 0.95))
    return GateVerdict(
        run_id=manifest.run_id,
        outcome=outcome,
        exit_code=EXIT_CODES[outcome],
        headline=_headline(outcome, cases),
        cases=tuple(cases),
        together=tuple(together),
        left_aside=aside,
        notes=tuple(notes if manifest.status != "done" else ()),
        error_budget=(1 - confidence) / 2,
        inconclusive=policy.inconclusive,
    )


def _headline(outcome: GateOutcome, cases: Sequence[CaseVerdict]) -> str:
    if not cases:
        return "Nothing was judged: there is no pair of suite and candidate to judge."
    words = {"fail": "failed", "not_judged": "not judged", "inconclusive": "inconclusive", "pass": "passed"}
    counts = {word: sum(c.outcome == key for c in cases) for key, word in words.items()}
    told = ", ".join(f"{n} {word}" for word, n in counts.items() if n)
    lead = {
        "pass": "The gate passes",
        "fail": "The gate fails",
        "inconclusive": "The evidence does not decide",
        "not_judged": "The gate could not judge all that it should",
    }[outcome]
    return f"{lead}: of {len(cases)} suite × candidate pairs, {told}."


def _check_error_kinds(policy: Policy, manifest: Manifest, known: Collection[str] | None) -> None:
    if known is None:
        return
    given: list[tuple[str, Any]] = [("gate.error_kinds", policy.defaults.get("error_kinds", ()))]
    given += [(f"gate.risk.{k}.error_kinds", v.get("error_kinds", ())) for k, v in policy.risk.items()]
    given += [(f"gate.suites.{k}.error_kinds", v.get("error_kinds", ())) for k, v in policy.suites.items()]
    for where, kinds in given:
        for kind in kinds:
            if kind not in known:
                raise UsageError(
                    f"there is no error kind {kind!r}", where=where, hint=near_names(kind, known)
                )
