"""What a figure shows, as the sentence that becomes its title: measured candidates before simulated ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeVar

from evalkit.reporting.view.drawings import CostMark, CostPanel, LatencyMark, LatencyPanel, OutcomeBar
from evalkit.wording import count, listed, seconds

M = TypeVar("M", CostMark, LatencyMark)


def cost_finding(panels: Sequence[CostPanel]) -> str:
    """Who gives the cheapest success and who the most; of the measured ones when any is."""
    rows = _rows(panels)
    if not rows:
        return "No candidate has both a success rate and a known cost"
    won = [[m for m in row if math.isfinite(m.paid.estimate)] for row in rows]
    won = [row for row in won if row]
    lead = _lead(m.simulated for p in panels for m in p.marks)
    if not won:
        return f"{lead[:-1]}{'n' if len(lead) > 1 else 'N'}one has a success"
    cheapest = [min(row, key=lambda m: (m.paid.estimate, m.candidate)) for row in won]
    best = [max(row, key=lambda m: (m.success.estimate, m.candidate)) for row in won]
    none = f"; no success on {len(rows) - len(won)} of {len(rows)}" if len(won) < len(rows) else ""
    if [m.candidate for m in cheapest] == [m.candidate for m in best]:
        return f"{lead}heapest per success and most often right at once: {_tally(best, len(rows))}{none}"
    most = f"most often right: {_tally(best, len(rows))}"
    return f"{lead}heapest per success: {_tally(cheapest, len(rows))}; {most}{none}"


def speed_finding(panels: Sequence[CostPanel]) -> str:
    """Whether the fastest is the most often right; of the measured ones when any is."""
    rows = _rows(panels)
    if not rows:
        return "No candidate has both a success rate and a latency"
    fastest = [min(row, key=lambda m: (m.paid.estimate, m.candidate)) for row in rows]
    best = [max(row, key=lambda m: (m.success.estimate, m.candidate)) for row in rows]
    lead = (
        "Of the measured candidates, f" if _lead(m.simulated for p in panels for m in p.marks) != "C" else "F"
    )
    if [m.candidate for m in fastest] == [m.candidate for m in best]:
        return f"{lead}astest at p95 and most often right at once: {_tally(best, len(rows))}"
    return f"{lead}astest at p95: {_tally(fastest, len(rows))}; most often right: {_tally(best, len(rows))}"


def _rows(panels: Sequence[CostPanel]) -> list[Sequence[CostMark]]:
    """The measured marks of each panel that has any; every mark where nothing is measured at all."""
    measured = [[m for m in p.marks if not m.simulated] for p in panels]
    return [row for row in measured if row] or [p.marks for p in panels if p.marks]


def _measured(marks: Sequence[M]) -> Sequence[M]:
    """The marks that are not simulated; all of them when none is measured."""
    return [m for m in marks if not m.simulated] or marks


def _lead(simulated: Iterable[bool]) -> str:
    """How a finding begins, up to its first letter: it says when it passes over simulated candidates."""
    kinds = set(simulated)
    return "Of the measured candidates, c" if kinds == {True, False} else "C"


def _tally(marks: Sequence[CostMark], suites: int) -> str:
    names: dict[str, int] = {}
    for mark in marks:
        name = f"{mark.candidate} (simulated)" if mark.simulated else mark.candidate
        names[name] = names.get(name, 0) + 1
    if suites == 1:
        return next(iter(names))
    ordered = sorted(names.items(), key=lambda p: (-p[1], p[0]))
    (first, most), *others = ordered
    return listed([f"{first} on {most} of {suites} suites", *(f"{name} on {n}" for name, n in others)], 3)


def latency_finding(panels: Sequence[LatencyPanel]) -> str:
    """How many meet their limit, and who is slowest; of the measured ones when any is."""
    every = [m for p in panels for m in p.marks]
    marks = [(p, m) for p in panels for m in p.marks if m in _measured(every)]
    if not marks:
        return "No latency was measured"
    panel, slowest = max(marks, key=lambda pm: pm[1].p95.estimate)
    sim = " (simulated)" if slowest.simulated else ""
    worst = f"the slowest p95 is {seconds(slowest.p95.estimate)}: {slowest.candidate}{sim} on {panel.suite}"
    limited = [(p, m) for p, m in marks if p.slo_s is not None]
    if not limited:
        return worst[0].upper() + worst[1:]
    within = sum(m.p95.estimate <= p.slo_s for p, m in limited if p.slo_s is not None)
    kind = "measured " if len(marks) < len(every) else ""
    share = f"Every {kind}p95 lies" if within == len(limited) else f"{within} of {len(limited)} {kind}p95 lie"
    return f"{share} within the latency limit; {worst}"


def outcome_finding(bars: Sequence[OutcomeBar]) -> str:
    """Whether it is the form or the answer that fails."""
    wrong = sum(b.outcomes.wrong for b in bars)
    malformed = sum(b.outcomes.malformed for b in bars)
    faulted = sum(b.outcomes.faulted for b in bars)
    failed = wrong + malformed + faulted
    if not failed:
        return "Every sample is right"
    largest, words = max(
        (wrong, "well-formed but wrong"), (malformed, "malformed"), (faulted, "faults, not mistakes")
    )
    return f"{largest:,} of {count(failed, 'failure')} are {words}"
