"""What is drawn, as data: marks by panel, without a word of rendering."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.reporting.view.cells import Outcomes
from evalkit.stats import Interval, Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class CostMark:
    """One candidate in a cost-quality panel."""

    candidate: str
    tier: str
    simulated: bool
    success: Interval
    cost_per_success_usd: Interval
    """The estimate may be infinite (no success) or zero (free)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CostPanel:
    """One suite's cost and quality."""

    suite: str
    floor: float | None
    marks: tuple[CostMark, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LatencyMark:
    """One candidate in a latency panel; in seconds."""

    candidate: str
    tier: str
    simulated: bool
    p50: Interval
    p95: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class LatencyPanel:
    """One suite's latency."""

    suite: str
    slo_s: float | None
    marks: tuple[LatencyMark, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeBar:
    """How one candidate's samples ended."""

    candidate: str
    tier: str
    simulated: bool
    outcomes: Outcomes


@dataclass(frozen=True, kw_only=True, slots=True)
class CostDrawing:
    """Success against cost per success."""

    panels: tuple[CostPanel, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LatencyDrawing:
    """Median to p95 latency."""

    panels: tuple[LatencyPanel, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeDrawing:
    """How samples ended."""

    bars: tuple[OutcomeBar, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ForestRow:
    """One paired difference with its margin."""

    group: str
    """Rows of one group stand together under its name."""
    name: str
    simulated: bool
    difference: Interval
    """Candidate minus baseline, fractions in [-1, 1]."""
    margin: float
    outcome: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class ForestDrawing:
    """Differences under one another, with no change and the margins drawn."""

    rows: tuple[ForestRow, ...]


Drawing = CostDrawing | LatencyDrawing | OutcomeDrawing | ForestDrawing
