"""One suite × candidate as the gate sees it: its samples, its baseline, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evalkit.baseline.records import Accepted, Baseline
from evalkit.comparison.caveats import Caveat, caveats
from evalkit.comparison.marks import Marks, marks
from evalkit.comparison.pairs import Pairs, Side, pair, side
from evalkit.economics.evidence import read_samples
from evalkit.gate.policy import Limits
from evalkit.records import Candidate, Manifest

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """A run's samples paired with accepted ones."""

    accepted: Accepted
    pairs: Pairs
    marks: Marks
    """Of the accepted samples."""
    caveats: tuple[Caveat, ...]

    @property
    def name(self) -> str:
        """What it is, in words."""
        summary = self.accepted.summary
        return f"baseline of {summary.accepted_at[:10]} ({summary.candidate}, run {summary.run_id})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """All that the rules look at. Nothing in it changes."""

    suite: str
    candidate: str
    slot: str
    limits: Limits
    side: Side
    marks: Marks
    setting: Candidate | None
    """The candidate as the run used it; None when the manifest does not know it."""
    last: Against | None = None
    """Against the last accepted; None without a baseline."""
    anchor: Against | None = None
    """Against the anchor; None when that is the last accepted itself, or not asked."""


def make_case(
    rows: pd.DataFrame, manifest: Manifest, limits: Limits, slot: str, baseline: Baseline | None, anchor: bool
) -> Case:
    """The case of `rows`, those of `read_samples` of one suite and one candidate."""
    name = str(rows["candidate"].iloc[0])
    settings = {entry.candidate.name: entry.candidate for entry in manifest.candidates}
    case = Case(
        suite=str(rows["suite"].iloc[0]),
        candidate=name,
        slot=slot,
        limits=limits,
        side=side(rows),
        marks=marks(rows, manifest),
        setting=settings.get(name),
    )
    if baseline is None:
        return case
    return replace(
        case,
        last=_against(case, baseline.accepted),
        anchor=_against(case, baseline.anchor) if anchor and not _same_answers(baseline) else None,
    )


def _same_answers(baseline: Baseline) -> bool:
    """Whether the anchor's answers are those last accepted: to test them again would count one test twice."""
    if baseline.anchored:
        return True
    first, last = (side(read_samples(a.samples)) for a in (baseline.anchor, baseline.accepted))
    pairs = pair(first, last)
    return pairs.identical and not pairs.only_a and not pairs.only_b


def _against(case: Case, accepted: Accepted) -> Against:
    rows = read_samples(accepted.samples)
    pairs = pair(side(rows), case.side)
    before = marks(rows, accepted.manifest)
    return Against(
        accepted=accepted,
        pairs=pairs,
        marks=before,
        caveats=caveats(case.suite, before, case.marks, pairs.only_a, pairs.only_b),
    )
