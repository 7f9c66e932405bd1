"""Which evidence a gate refuses unless it is allowed, and what must be said of what it admits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from evalkit.comparison.caveats import OF_THE_CANDIDATE, foreign_hardware
from evalkit.evidence import Against
from evalkit.gate.case import Case
from evalkit.gate.facts import Doubt, EvidenceFacts
from evalkit.gate.policy import Policy
from evalkit.gate.records import RuleResult
from evalkit.gate.wording import doubt_words
from evalkit.wording import count

_TOLD = OF_THE_CANDIDATE | {"input_changed", "renamed", "load", "repeats"}
"""Kinds of caveats that change no admission and are told beside the verdict."""


def find_doubts(case: Case) -> Iterator[Doubt]:
    """Yield every doubt about the evidence."""
    own, newer = case.marks, case.cell.newer
    if own.simulated:
        yield Doubt(kind="simulated", number=own.simulated)
    if own.partial:
        yield Doubt(kind="partial", detail=own.partial)
    if newer is not None and newer.changed:
        yield Doubt(kind="partial", number=1, detail=newer.run_id)
    if own.reused:
        yield Doubt(kind="reused", number=own.reused)
    for against, about in ((case.last, "last"), (case.anchor, "anchor")):
        if against is not None:
            yield from _accepted_doubts(case, against, "last" if about == "last" else "anchor")


def _accepted_doubts(case: Case, against: Against, about: Literal["last", "anchor"]) -> Iterator[Doubt]:
    if against.marks.simulated:
        yield Doubt(kind="simulated", about=about)
    if against.pairs.only_a and not case.marks.partial:
        yield Doubt(kind="partial", about=about, number=len(against.pairs.only_a))
    if foreign_hardware(against.marks, case.marks):
        yield Doubt(kind="foreign_hardware", about=about)
    if {c.kind for c in against.caveats} & {"suite_version", "scorer", "input_changed"}:
        inputs = tuple(c.message for c in against.caveats if c.kind == "input_changed")
        yield Doubt(kind="stale", about=about, inputs=inputs)


def judge_evidence(case: Case, policy: Policy) -> RuleResult:
    """Refuse what is doubtful and not allowed."""
    found = tuple(find_doubts(case))
    refused = tuple(doubt for doubt in found if doubt.kind not in policy.allow)
    return RuleResult(
        rule="evidence",
        suite=case.suite,
        candidate=case.candidate,
        kind="plain",
        outcome="not_judged" if refused else "pass",
        facts=EvidenceFacts(doubts=found, refused=refused),
    )


def evidence_notes(case: Case, policy: Policy, now: datetime | None) -> tuple[str, ...]:
    """What a reader of the verdict must know beside it."""
    notes = [f"admitted: {doubt_words(doubt)}" for doubt in find_doubts(case) if doubt.kind in policy.allow]
    if case.cell.newer is not None and not case.cell.newer.changed:
        newer = case.cell.newer
        notes.append(
            f"run {newer.run_id} is newer and partial ({count(newer.samples, 'sample')}): it was not judged"
        )
    if case.last is None:
        return tuple(notes)
    summary = case.last.accepted.summary
    notes += [f"the baseline was accepted though {mark}" for mark in summary.marks]
    notes += [caveat.note for caveat in case.last.caveats if caveat.kind in _TOLD]
    if case.last.pairs.only_b:
        n = len(case.last.pairs.only_b)
        notes.append(f"{count(n, 'item')} of the run not in the baseline: not compared")
    age = _age_days(summary.accepted_at, now)
    if age is not None and policy.max_age_days is not None and age > policy.max_age_days:
        notes.append(f"the baseline is stale: {count(age, 'day')} old, more than {policy.max_age_days}")
    return tuple(notes)


def _age_days(accepted_at: str, now: datetime | None) -> int | None:
    if now is None:
        return None
    try:
        then = datetime.fromisoformat(accepted_at)
    except ValueError:
        return None
    return (now - (then if then.tzinfo else then.replace(tzinfo=now.tzinfo))).days
