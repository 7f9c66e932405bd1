"""Which evidence a gate refuses unless it is allowed, and what must be said of what it admits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from evalkit.comparison.caveats import OF_THE_CANDIDATE, foreign_hardware
from evalkit.gate.case import Case
from evalkit.gate.policy import Admission, Policy
from evalkit.gate.records import RuleResult

_TOLD = OF_THE_CANDIDATE | {"input_changed", "renamed", "load", "repeats"}
"""Kinds of caveats that change no admission and are told beside the verdict."""


def doubts(case: Case) -> Iterator[tuple[Admission, str]]:
    """Every doubt about the evidence, with what it is."""
    own = case.marks
    if own.simulated:
        yield "simulated", f"{own.simulated} samples are simulated"
    if own.partial:
        yield "partial", f"the run is partial: {own.partial}"
    if case.cell.newer is not None and case.cell.newer.changed:
        yield "partial", f"the candidate was changed since, and run {case.cell.newer.run_id} of it is partial"
    if own.reused:
        yield "reused", f"{own.reused} samples are taken from another run"
    yield from _of_accepted(case)


def _of_accepted(case: Case) -> Iterator[tuple[Admission, str]]:
    own = case.marks
    for against, what in ((case.last, "the baseline"), (case.anchor, "the anchor")):
        if against is None:
            continue
        if against.marks.simulated:
            yield "simulated", f"{what} is simulated"
        if against.pairs.only_a and not own.partial:
            yield "partial", f"{len(against.pairs.only_a)} items of {what} were not asked"
        if foreign_hardware(against.marks, own):
            yield "foreign_hardware", f"{what} comes from other hardware"
        if {c.kind for c in against.caveats} & {"suite_version", "scorer", "input_changed"}:
            inputs = [c.message for c in against.caveats if c.kind == "input_changed"]
            yield "stale", "; ".join((f"{what} is of another suite version or scorer", *inputs))


def judge_evidence(case: Case, policy: Policy) -> RuleResult:
    """Refuses what is doubtful and not allowed."""
    found = list(doubts(case))
    refused = [(kind, text) for kind, text in found if kind not in policy.allow]
    shown = refused or found
    kinds = ", ".join(dict.fromkeys(kind for kind, _ in refused))
    return RuleResult(
        rule="evidence",
        suite=case.suite,
        candidate=case.candidate,
        kind="plain",
        outcome="not_judged" if refused else "pass",
        asked="whole, real, asked anew, and like the baseline's",
        found="; ".join(text for _, text in shown) or "so it is",
        sure=_remedy(kinds) if refused else ("admitted by the policy" if found else "certain"),
    )


def evidence_notes(case: Case, policy: Policy, now: datetime | None) -> tuple[str, ...]:
    """What a reader of the verdict must know beside it."""
    notes = [f"admitted: {text}" for kind, text in doubts(case) if kind in policy.allow]
    if case.cell.newer is not None and not case.cell.newer.changed:
        newer = case.cell.newer
        notes.append(f"run {newer.run_id} is newer and partial ({newer.samples} samples): it was not judged")
    if case.last is None:
        return tuple(notes)
    summary = case.last.accepted.summary
    notes += [f"the baseline was accepted though {mark}" for mark in summary.marks]
    notes += [caveat.note for caveat in case.last.caveats if caveat.kind in _TOLD]
    if case.last.pairs.only_b:
        notes.append(f"{len(case.last.pairs.only_b)} items are not in the baseline and were not compared")
    age = _age_days(summary.accepted_at, now)
    if age is not None and policy.max_age_days is not None and age > policy.max_age_days:
        notes.append(f"the baseline is stale: {age} days old, more than {policy.max_age_days}")
    return tuple(notes)


def _remedy(kinds: str) -> str:
    if "stale" in kinds:
        return "promote a run of this suite version, or `gate: {allow: [stale]}` to compare shared items"
    return f"to judge it all the same: `gate: {{allow: [{kinds}]}}`"


def _age_days(accepted_at: str, now: datetime | None) -> int | None:
    if now is None:
        return None
    try:
        then = datetime.fromisoformat(accepted_at)
    except ValueError:
        return None
    return (now - (then if then.tzinfo else then.replace(tzinfo=now.tzinfo))).days
