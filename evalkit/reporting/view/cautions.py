"""What to know before trusting a report: what is simulated, partial, missing, faulted, unpriced or reused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from evalkit.records import Manifest
from evalkit.reporting.hostile import one_line
from evalkit.reporting.inputs import ReportInput
from evalkit.reporting.view.cells import CellTable
from evalkit.wording import count, listed

STALE_DAYS = 30
"""Older samples are said to be."""

CautionKind = Literal["simulated", "partial", "missing", "faulted", "unpriced", "reused", "stale", "note"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caution:
    """One thing to know before trusting the figures."""

    kind: CautionKind
    text: str


def cautions(inputs: ReportInput, cells: CellTable) -> list[Caution]:
    """What a reader must know of these results, the gravest first."""
    return [
        *_simulated(cells),
        *(caution for manifest in inputs.manifests for caution in _partial(manifest)),
        *_missing(inputs, cells),
        *_faults(cells),
        *_unpriced(cells),
        *_reused(cells),
        *_stale(inputs),
        *(Caution(kind="note", text=note) for note in inputs.notes),
    ]


def _simulated(cells: CellTable) -> list[Caution]:
    names = list(dict.fromkeys(c.candidate for c in cells.all() if c.is_simulated))
    if not names:
        return []
    verb = "is simulated: a stand-in" if len(names) == 1 else "are simulated: stand-ins"
    text = (
        f"{listed(names)} {verb} with declared accuracy, latency and price. "
        "Their figures show how a report reads, not how a model performs."
    )
    return [Caution(kind="simulated", text=text)]


def _partial(manifest: Manifest) -> list[Caution]:
    found = []
    if manifest.status in ("partial", "interrupted", "running"):
        why = f": {one_line(manifest.partial_reason)}" if manifest.partial_reason else ""
        found.append(Caution(kind="partial", text=f"Run {manifest.run_id} is {manifest.status}{why}."))
    short = [e for e in manifest.suites if e.items_planned < e.items_total]
    if short:
        parts = [f"{e.items_planned} of {e.items_total} items of {e.name}" for e in short]
        found.append(Caution(kind="partial", text=f"Only a part was asked: {listed(parts, 6)}."))
    return found


def _missing(inputs: ReportInput, cells: CellTable) -> list[Caution]:
    have = {(c.suite, c.candidate) for c in cells.all()}
    planned = {(s.name, c.candidate.name) for m in inputs.manifests for s in m.suites for c in m.candidates}
    absent = [f"{candidate} on {suite}" for suite, candidate in sorted(planned - have)]
    found = []
    if absent:
        found.append(Caution(kind="missing", text=f"No samples at all: {listed(absent)}."))
    short = [
        f"{c.candidate} has {c.items} of {most} items of {suite}"
        for suite, row in cells.by_suite.items()
        for most in [max(c.items for c in row)]
        for c in row
        if c.items < most
    ]
    if short:
        text = f"Not all were asked the same items, so their rates do not compare: {listed(short)}."
        found.append(Caution(kind="partial", text=text))
    bare = [f"{c.candidate} on {c.suite}" for c in cells.all() if c.figures is None]
    if bare:
        found.append(Caution(kind="missing", text=f"No figures: {listed(bare)}."))
    unasked = sum(c.not_asked for c in cells.all())
    if unasked:
        found.append(Caution(kind="missing", text=f"{count(unasked, 'sample')} planned and never asked."))
    return found


def _faults(cells: CellTable) -> list[Caution]:
    hit = [c for c in cells.all() if c.faulted]
    if not hit:
        return []
    faulted, samples = sum(c.faulted for c in hit), sum(c.samples for c in cells.all())
    where = listed([f"{c.candidate} on {c.suite} ({c.faulted})" for c in hit])
    text = f"{faulted:,} of {count(samples, 'sample')} brought no answer; a fault is not a mistake: {where}."
    return [Caution(kind="faulted", text=text)]


def _unpriced(cells: CellTable) -> list[Caution]:
    unknown = [c for c in cells.all() if not c.cost_per_success_usd]
    names = list(dict.fromkeys(c.candidate for c in unknown))
    if not names:
        return []
    where = count(len({c.suite for c in unknown}), "suite")
    text = f"One unknown cost makes the total unknown, so none is shown on {where}: {listed(names)}."
    return [Caution(kind="unpriced", text=text)]


def _reused(cells: CellTable) -> list[Caution]:
    reused = sum(c.reused for c in cells.all())
    if not reused:
        return []
    text = f"{count(reused, 'answer')} taken from earlier runs; they say nothing of today's latency."
    return [Caution(kind="reused", text=text)]


def _stale(inputs: ReportInput) -> list[Caution]:
    """Samples of runs that were made long before this report, or of another version than the newest run's."""
    runs = {m.run_id: m for m in inputs.manifests}
    newest = {e.name: e.suite_version for m in reversed(inputs.manifests) for e in m.suites}
    shown = inputs.samples[["suite", "candidate", "suite_version", "run_id"]].astype(object).drop_duplicates()
    old, other = [], []
    for suite, candidate, version, run_id in shown.itertuples(index=False, name=None):
        days = _days(runs[run_id].created_at, inputs.created_at) if run_id in runs else None
        if days is not None and days > STALE_DAYS:
            old.append(f"{candidate} on {suite} ({days} days)")
        if version != newest.get(suite, version):
            other.append(f"{candidate} on {suite}")
    found = []
    if old:
        found.append(Caution(kind="stale", text=f"Measured long before this report: {listed(old)}."))
    if other:
        text = f"Measured on another version of the suite than its newest run: {listed(other)}."
        found.append(Caution(kind="stale", text=text))
    return found


def _days(then: str, now: str) -> int | None:
    """Days between two times as ISO 8601; None where either is none."""
    try:
        return (datetime.fromisoformat(now) - datetime.fromisoformat(then)).days
    except (TypeError, ValueError):
        return None
