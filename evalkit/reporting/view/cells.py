"""The record of one candidate at one suite, as every table shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from evalkit.economics import CandidateFigures, Quantiles
from evalkit.records import TIERS, Stakes
from evalkit.reporting.frames import Frames, total
from evalkit.reporting.inputs import ReportInput
from evalkit.stats import Interval

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.gate import CaseVerdict

FLOOR = "floor"
"""What a report says for a cheap floor's tier."""

Standing = Literal["met", "missed", "open", "unset"]
"""How a figure stands to its limit: the whole interval inside, outside, or neither; or there is no limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One candidate at one suite."""

    suite: str
    candidate: str
    tier: str
    """Its tier; `floor` for a cheap floor, whatever tier it was declared in."""
    items: int
    """Items with a sample."""
    samples: int
    answered: int
    faulted: int
    not_asked: int
    retried: int
    """Samples that took more than one attempt."""
    reused: int
    simulated: int
    """Samples that are made up."""
    figures: CandidateFigures | None
    """None when nobody computed them."""
    cost_usd: float | None
    """Of all samples together; None when one is unknown."""
    outcomes: OutcomeCounts
    error_kinds: Mapping[str, int]
    """Error kind -> samples, most frequent first."""
    verdict: CaseVerdict | None
    floor: Standing
    """Success against the suite's quality floor."""
    slo: Standing
    """p95 latency against the suite's limit."""

    @property
    def is_cheap_floor(self) -> bool:
        """Whether it takes no language model, and is what a model has to beat."""
        return self.tier == FLOOR

    @property
    def is_simulated(self) -> bool:
        """Whether any of its answers is made up; then all its figures are to be read as such."""
        return self.simulated > 0

    @property
    def success(self) -> Interval | None:
        """Success rate, when there is one."""
        return self.figures.success if self.figures and self.figures.success.n else None

    @property
    def cost_per_success_usd(self) -> Interval | None:
        """US dollars for one success; infinite at none; None when a cost is unknown."""
        return self.figures.cost.per_success_usd if self.figures else None

    @property
    def latency_s(self) -> Quantiles | None:
        """End-to-end seconds; None where nothing was measured."""
        return self.figures.latency.end_to_end_s if self.figures else None

    @property
    def ttft_s(self) -> Quantiles | None:
        """Seconds to the first token, where answers were streamed."""
        return self.figures.latency.ttft_s if self.figures else None

    @property
    def format_valid(self) -> Interval | None:
        """Rate of answers that fit their form, right or wrong; None without answers."""
        return self.figures.format_valid if self.figures and self.figures.format_valid.n else None

    @property
    def mean_score(self) -> float | None:
        """Weighted mean score in [0, 1]; None without answers."""
        return self.figures.mean_score if self.figures else None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeCounts:
    """How many samples ended in which way."""

    right: int = 0
    wrong: int = 0
    """The form fits, the answer does not."""
    malformed: int = 0
    """The answer does not fit its form."""
    faulted: int = 0
    """No answer came: a fault, not a mistake."""

    @property
    def asked(self) -> int:
        """All of them together."""
        return self.right + self.wrong + self.malformed + self.faulted


@dataclass(frozen=True, kw_only=True, slots=True)
class CellTable:
    """All cells of a report, by suite, each suite's from the slimmest tier up."""

    by_suite: Mapping[str, tuple[Cell, ...]] = field(default_factory=dict)

    def all(self) -> tuple[Cell, ...]:
        """Every cell."""
        return tuple(cell for cells in self.by_suite.values() for cell in cells)

    @property
    def models(self) -> CellTable:
        """The table without cheap floors: nobody mends what they get wrong, and nothing is cheaper."""
        return CellTable(
            by_suite={
                suite: tuple(cell for cell in cells if not cell.is_cheap_floor)
                for suite, cells in self.by_suite.items()
            }
        )


_COLUMNS = (
    "candidate", "tier", "item_id", "status", "answered", "success", "format_valid", "score", "error_kind",
    "simulated", "attempts", "reused_from", "cost_usd",
)  # fmt: skip
"""What a cell counts."""


def build_cells(inputs: ReportInput, frames: Frames, stakes: Mapping[str, Stakes]) -> CellTable:
    """One cell for every suite and candidate that has samples; within a tier in the run's own order."""
    order = list(dict.fromkeys(e.candidate.name for m in inputs.manifests for e in m.candidates))
    cheap = {e.candidate.name for m in inputs.manifests for e in m.candidates if e.candidate.is_cheap_floor}
    figures = {(f.suite, f.candidate): f for f in inputs.figures}
    verdicts = {(v.suite, v.candidate): v for v in (inputs.gate.cases if inputs.gate else ())}
    by_suite: dict[str, tuple[Cell, ...]] = {}
    for suite in frames.suites():
        cells = [
            _cell(
                suite,
                str(name),
                group,
                figures.get((suite, str(name))),
                verdicts.get((suite, str(name))),
                stakes.get(suite),
                tier=FLOOR if name in cheap else str(group["tier"].iloc[0]),
            )
            for name, group in frames.of(suite, _COLUMNS).groupby("candidate", sort=False)
        ]
        by_suite[suite] = tuple(sorted(cells, key=lambda c: (tier_rank(c.tier), *_place(order, c.candidate))))
    return CellTable(by_suite=by_suite)


def tier_rank(tier: str) -> int:
    """Where a tier stands, from the cheap floors and the slimmest up; a foreign one comes last."""
    order = (FLOOR, *TIERS)
    return order.index(tier) if tier in order else len(order)


def _place(order: list[str], candidate: str) -> tuple[int, str]:
    return (order.index(candidate) if candidate in order else len(order), candidate)


def standing(interval: Interval | None, limit: float | None, *, at_least: bool) -> Standing:
    """How an interval stands to a limit."""
    if limit is None or interval is None or not interval.n:
        return "unset"
    if at_least:
        return "met" if interval.low >= limit else "missed" if interval.high < limit else "open"
    return "met" if interval.high <= limit else "missed" if interval.low > limit else "open"


def _cell(
    suite: str,
    candidate: str,
    group: pd.DataFrame,
    figures: CandidateFigures | None,
    verdict: CaseVerdict | None,
    stakes: Stakes | None,
    *,
    tier: str,
) -> Cell:
    answered = group[group["answered"]]
    return Cell(
        suite=suite,
        candidate=candidate,
        tier=tier,
        items=int(group["item_id"].nunique()),
        samples=len(group),
        answered=len(answered),
        faulted=int((group["status"] == "faulted").sum()),
        not_asked=int((group["status"] == "not_asked").sum()),
        retried=int((group["attempts"].fillna(1).astype(float) > 1).sum()),
        reused=int(group["reused_from"].notna().sum()),
        simulated=int(group["simulated"].sum()),
        figures=figures,
        cost_usd=total(group.loc[group["status"] != "not_asked", "cost_usd"]),
        outcomes=_outcomes(group, answered),
        error_kinds=_error_kinds(group),
        verdict=verdict,
        floor=standing(
            figures.success if figures else None, stakes.quality_floor if stakes else None, at_least=True
        ),
        slo=standing(
            figures.latency.end_to_end_s.p95 if figures and figures.latency.end_to_end_s else None,
            stakes.latency_slo_s if stakes else None,
            at_least=False,
        ),
    )


def _outcomes(group: pd.DataFrame, answered: pd.DataFrame) -> OutcomeCounts:
    right = int(answered["success"].sum())
    malformed = int((~answered["success"] & ~answered["format_valid"]).sum())
    return OutcomeCounts(
        right=right,
        wrong=len(answered) - right - malformed,
        malformed=malformed,
        faulted=int((group["status"] == "faulted").sum()),
    )


def _error_kinds(group: pd.DataFrame) -> dict[str, int]:
    failed = group[~group["success"] & (group["status"] != "not_asked")]
    kinds = failed["error_kind"].replace("", "unknown").value_counts()
    return {str(kind): int(n) for kind, n in sorted(kinds.items(), key=lambda p: (-int(p[1]), str(p[0])))}
