"""What is drawn, as data: marks by panel, without a word of rendering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalkit.reporting.view.cells import OutcomeCounts
from evalkit.stats import Interval, Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class CostMark:
    """One candidate in a panel of success against what is paid for it, in money or in time."""

    candidate: str
    tier: str
    simulated: bool
    success: Interval
    paid: Interval
    """Cost per success in US dollars, where the estimate may be infinite (no success) or zero (free); or p95
    latency in seconds, as the drawing says."""
    on_front: bool
    """Whether no other mark of the panel succeeds at least as often for less, or more often for as much."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CostPanel:
    """One suite's success against what is paid."""

    suite: str
    floor: float | None
    limit: float | None = None
    """The most that may be paid, in the drawing's unit."""
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
    outcomes: OutcomeCounts


@dataclass(frozen=True, kw_only=True, slots=True)
class CostDrawing:
    """Success against cost per success, or against p95 latency."""

    measure: Literal["cost", "latency"] = "cost"

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


@dataclass(frozen=True, kw_only=True, slots=True)
class BillBar:
    """A month's bill of one way to do the work, in US dollars."""

    name: str
    simulated: bool
    calls_usd: float
    reviews_usd: float
    errors_usd: float

    @property
    def total_usd(self) -> float:
        """All of it."""
        return self.calls_usd + self.reviews_usd + self.errors_usd


@dataclass(frozen=True, kw_only=True, slots=True)
class BillDrawing:
    """Bills under one another, their parts stacked."""

    bars: tuple[BillBar, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RentedLine:
    """A candidate that is paid by the call."""

    candidate: str
    tier: str
    simulated: bool
    usd_per_answer: float


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakEvenPanel:
    """One suite: machines of one's own against candidates paid by the call."""

    suite: str
    hosted: str
    tier: str
    simulated: bool
    machine_usd_per_month: float
    requests_per_month: float
    """What one machine serves."""
    rented: tuple[RentedLine, ...]
    volume_per_month: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakEvenDrawing:
    """Bills by volume."""

    panels: tuple[BreakEvenPanel, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityCurve:
    """How often one candidate is right at each confidence."""

    candidate: str
    tier: str
    simulated: bool
    error: float
    """The expected calibration error."""
    points: tuple[tuple[float, float, float, float, int], ...]
    """(mean confidence, share that is right, its bounds, answers) of each bin."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityDrawing:
    """Reliability curves beside each other."""

    curves: tuple[ReliabilityCurve, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningLine:
    """Trained models on one slice."""

    name: str
    simulated: bool
    points: tuple[tuple[int, float, float, float], ...]
    """(examples, success, its bounds) of each model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningPanel:
    """One suite; the first line is of all items."""

    suite: str
    lines: tuple[LearningLine, ...]
    untrained: float | None
    """Success of the untrained model."""
    ahead: tuple[int, float, float, float] | None
    """Twice the most examples, and where one more model is expected with its bounds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningDrawing:
    """Learning curves, a panel for each suite."""

    panels: tuple[LearningPanel, ...]


Drawing = (
    CostDrawing
    | LatencyDrawing
    | OutcomeDrawing
    | ForestDrawing
    | BillDrawing
    | BreakEvenDrawing
    | ReliabilityDrawing
    | LearningDrawing
)
