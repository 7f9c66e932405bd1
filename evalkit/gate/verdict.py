"""The verdict on a run: every rule at every suite × candidate, corrected for their number."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from evalkit.comparison.changes import error_kind_changes
from evalkit.comparison.pairs import find_changed_items
from evalkit.errors import ExitCode, UsageError, near_names
from evalkit.evidence import Evidence
from evalkit.gate.case import Case
from evalkit.gate.evidence import evidence_notes, judge_evidence
from evalkit.gate.facts import Missing, MissingFacts
from evalkit.gate.policy import Policy
from evalkit.gate.records import SEVERITY, CaseVerdict, GateVerdict, LeftAside, RuleResult, worst
from evalkit.gate.rules import judge_case, over_suites
from evalkit.records import Manifest
from evalkit.stats import holm

EXIT_CODES = {
    "pass": ExitCode.DONE,
    "fail": ExitCode.REGRESSION,
    "inconclusive": ExitCode.INCONCLUSIVE,
    "not_judged": ExitCode.FAILED,
}


def gate(
    evidence: Evidence,
    policy: Policy | None = None,
    *,
    suites: Collection[str] = (),
    candidates: Collection[str] = (),
    now: datetime | None = None,
    error_kinds: Collection[str] | None = None,
) -> GateVerdict:
    """Judge evidence against its baselines.

    Args:
        evidence: Samples, runs and baselines; a baseline whose suite or slot has no samples cannot be judged,
            and is never passed over.
        policy: What is asked; None takes every default.
        suites: Only these; none means all.
        candidates: Only these, in place of the policy's; none means the policy's.
        now: For the age of baselines, with a time zone; None says nothing of their age.
        error_kinds: Those that exist, to catch a misspelt one in the policy; None checks nothing.

    Raises:
        UsageError: The policy names an error kind that does not exist, or a suite is unknown.
    """
    policy = policy or Policy()
    if candidates:
        policy = replace(policy, candidates=tuple(candidates))
    _check_error_kinds(policy, error_kinds)
    chosen = _Chosen(evidence, policy, suites)
    cases: list[Case] = []
    verdicts: list[CaseVerdict] = []
    for cell in chosen.cells:
        limits = policy.limits(cell.suite, cell.entry.stakes if cell.entry else None)
        case = Case(cell=cell, limits=limits, with_anchor=policy.anchor)
        cases.append(case)
        verdicts.append(_judge(case, policy, now))
    verdicts += chosen.missing()
    verdicts, together = _corrected(verdicts, _over_suites(cases, verdicts))
    verdicts.sort(key=lambda v: SEVERITY.index(v.outcome))
    return _verdict(evidence.manifests, verdicts, together, chosen.aside, policy)


def _judge(case: Case, policy: Policy, now: datetime | None) -> CaseVerdict:
    evidence = judge_evidence(case, policy)
    rules: list[RuleResult] = [evidence]
    if evidence.outcome == "pass":
        if case.last is None and policy.baseline == "required":
            rules.append(_no_baseline(case))
        rules += judge_case(case)
    broken, fixed = find_changed_items(case.last.pairs) if case.last is not None else ((), ())
    return CaseVerdict(
        suite=case.suite,
        candidate=case.candidate,
        slot=case.cell.slot,
        run_id=case.cell.manifest.run_id,
        outcome="pass",
        rules=tuple(rules),
        baseline=case.last.name if case.last else "no baseline",
        notes=evidence_notes(case, policy, now),
        critical_items=tuple(str(i) for i in case.side.table.ids[case.side.table.critical]),
        broken_items=broken,
        fixed_items=fixed,
        unchanged=case.last is not None and case.last.identical,
        new_error_kinds=tuple(_new_error_kinds(case)),
    )


def _new_error_kinds(case: Case) -> Iterator[str]:
    if case.last is None or case.last.identical:
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
    run, slot = case.cell.manifest.run_id, case.cell.slot
    return RuleResult(
        rule="baseline",
        suite=case.suite,
        candidate=case.candidate,
        kind="plain",
        outcome="not_judged",
        facts=MissingFacts(what="baseline", slot=slot, run_id=run),
    )


class _Chosen:
    """What of the evidence is to be judged, what is left aside and why, and what is missing."""

    def __init__(self, evidence: Evidence, policy: Policy, suites: Collection[str]) -> None:
        self._evidence = evidence
        self._policy = policy
        self._suites = frozenset(suites)
        self._planned = [
            (suite.name, entry.candidate.name)
            for manifest in evidence.manifests
            for suite in manifest.suites
            for entry in manifest.candidates
        ]
        known = {suite for suite, _ in self._planned} | {suite for suite, _ in evidence.baselines}
        for suite in suites:
            if suite not in known:
                raise UsageError(f"there is no evidence of a suite {suite!r}", hint=near_names(suite, known))
        self._asked = [c for c in evidence.cells if c.asked and self._wants(c.suite)]
        reasons = self._reasons()
        self.aside = tuple(LeftAside(candidate=name, reason=why) for name, why in reasons.items())
        self.cells = [c for c in self._asked if c.candidate not in reasons]
        self._left = reasons

    def _wants(self, suite: str) -> bool:
        return not self._suites or suite in self._suites

    def _reasons(self) -> dict[str, str]:
        """Candidates that are not judged, and why. One that is asked for, or has a baseline, is never put
        aside for being simulated or gone: then its evidence is refused or judged, and that is seen."""
        policy, evidence = self._policy, self._evidence
        simulated = {e.candidate.name for m in evidence.manifests for e in m.candidates if e.simulated}
        floors = {
            e.candidate.name for m in evidence.manifests for e in m.candidates if e.candidate.is_cheap_floor
        }
        slots = {slot for _, slot in evidence.baselines}
        reasons = {}
        for name in dict.fromkeys(c.candidate for c in self._asked):
            known = name in policy.candidates or policy.slot(name) in slots
            if not policy.gates(name):
                reasons[name] = "not asked for"
            elif evidence.present is not None and name not in evidence.present and not known:
                reasons[name] = "not in the project any more"
            elif name in simulated and "simulated" not in policy.allow and not known:
                reasons[name] = "simulated"
            elif name in floors and not known:
                reasons[name] = "a cheap floor"
        return reasons

    def missing(self) -> Iterator[CaseVerdict]:
        """Yield a case for everything that should have been judged and is not there."""
        policy, planned = self._policy, [(s, c) for s, c in dict.fromkeys(self._planned) if self._wants(s)]
        found = {(c.suite, c.candidate) for c in self._asked}
        present = {(s, policy.slot(c)) for s, c in found if c not in self._left}
        for suite, candidate in planned:
            if (suite, candidate) not in found and candidate not in self._left and policy.gates(candidate):
                present.add((suite, policy.slot(candidate)))
                yield _absent(suite, candidate, policy.slot(candidate), "planned")
        baselines = [(suite, slot) for suite, slot in self._evidence.baselines if self._wants(suite)]
        for suite, slot in baselines:
            if (suite, slot) not in present and policy.asks_for_slot(slot):
                yield _absent(suite, slot, slot, "accepted")
        names = {candidate for _, candidate in {*found, *planned}}
        for candidate in policy.candidates:
            if candidate not in names:
                yield _absent("", candidate, policy.slot(candidate), "candidate")
        suites = {suite for suite, _ in {*found, *planned, *baselines}}
        for suite in policy.suites:
            if suite not in suites and self._wants(suite):
                yield _absent(suite, "", "", "suite")


def _absent(suite: str, candidate: str, slot: str, what: Missing) -> CaseVerdict:
    rule = RuleResult(
        rule="baseline",
        suite=suite,
        candidate=candidate,
        kind="plain",
        outcome="not_judged",
        facts=MissingFacts(what=what, slot=slot),
    )
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
        return replace(rule, outcome="inconclusive", taken_back=True, budget=budget)
    return rule


def _verdict(
    manifests: Sequence[Manifest],
    cases: Sequence[CaseVerdict],
    together: Sequence[RuleResult],
    aside: tuple[LeftAside, ...],
    policy: Policy,
) -> GateVerdict:
    # Over all suites only a fail counts: what stays open there leaves each suite's own verdict as it is.
    fails = [r.outcome for r in together if r.outcome == "fail" and not r.advisory]
    outcome = worst([*(case.outcome for case in cases), *fails]) if cases else "not_judged"
    if outcome == "inconclusive" and policy.inconclusive != "stop":
        outcome = "fail" if policy.inconclusive == "fail" else "pass"
    notes = tuple(
        f"run {m.run_id} is {m.status}: {m.partial_reason or 'no reason given'}"
        for m in manifests
        if m.status != "done"
    )
    confidence = float(policy.defaults.get("confidence", 0.95))
    return GateVerdict(
        run_id=manifests[0].run_id if manifests else "",
        runs=tuple(m.run_id for m in manifests),
        outcome=outcome,
        exit_code=EXIT_CODES[outcome],
        cases=tuple(cases),
        together=tuple(together),
        left_aside=aside,
        notes=notes,
        error_budget=(1 - confidence) / 2,
        inconclusive=policy.inconclusive,
    )


def _check_error_kinds(policy: Policy, known: Collection[str] | None) -> None:
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
