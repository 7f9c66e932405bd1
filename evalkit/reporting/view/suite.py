"""A suite's page as data: what is asked, how the candidates did, where they fail, and each failure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.records import Contract, Stakes, SuiteEntry
from evalkit.reporting.frames import Frames
from evalkit.reporting.hostile import Cut, cut, one_line, slug
from evalkit.reporting.inputs import ReportInput
from evalkit.reporting.view.cells import Cell
from evalkit.reporting.view.failures import FailureList, build_failures
from evalkit.reporting.view.family import FamilyView, build_family
from evalkit.reporting.view.figures import Figure, outcome_bars
from evalkit.reporting.view.front import suite_finding
from evalkit.reporting.view.maps import ArgumentMap, FieldMap, argument_map, field_map
from evalkit.reporting.view.outcomes import FAULT_KINDS
from evalkit.reporting.view.reliability import reliability
from evalkit.reporting.view.slices import Slices, build_slices
from evalkit.wording import seconds, stated, stated_points, usd

if TYPE_CHECKING:
    from evalkit.gate import CaseVerdict


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorRow:
    """One error kind, by candidate."""

    kind: str
    meaning: str
    fault: bool
    """Whether it is a fault rather than a mistake."""
    counts: tuple[int, ...]
    """Samples by candidate, in the page's order."""
    shares: tuple[float, ...]
    """The same as shares of all asked, in [0, 1]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractView:
    """The contract for a reader; one of the three is filled, by family."""

    labels: tuple[tuple[str, str], ...] = ()
    schema: str = ""
    tools: tuple[tuple[str, str, str], ...] = ()
    """(name, description, parameters as JSON text)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SuitePage:
    """One suite."""

    template: ClassVar[str] = "suite.html.j2"

    name: str
    href: str
    family: str
    version: str
    description: str
    items: int
    critical: int
    finding: str
    stakes: tuple[tuple[str, str], ...]
    contract: ContractView
    prompts: tuple[tuple[str, str, Cut], ...]
    """(variant, hash, template)."""
    card: Cut
    floor: float | None
    slo_s: float | None
    cells: tuple[Cell, ...]
    verdicts: tuple[CaseVerdict, ...]
    outcomes: Figure
    errors: tuple[ErrorRow, ...]
    slices: Slices
    family_view: FamilyView
    fields: FieldMap | None
    arguments: ArgumentMap | None
    reliability: Figure | None
    failures: FailureList

    @property
    def label(self) -> str:
        """Its name in the navigation."""
        return one_line(self.name, 40)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Its figures, in order."""
        return (self.outcomes,) if self.reliability is None else (self.outcomes, self.reliability)

    @property
    def simulated(self) -> frozenset[str]:
        """Its candidates with a simulated answer."""
        return frozenset(cell.candidate for cell in self.cells if cell.is_simulated)

    @property
    def candidates(self) -> tuple[str, ...]:
        """Its candidates, from the slimmest tier up."""
        return tuple(cell.candidate for cell in self.cells)


_COLUMNS = ("candidate", "item_id", "family", "suite_version", "critical", "tags", "answered", "success")


def build_suite(
    inputs: ReportInput, frames: Frames, cells: Sequence[Cell], entry: SuiteEntry | None, name: str
) -> SuitePage:
    """The page of one suite; `entry` is None when no manifest tells of it."""
    samples = frames.of(name, _COLUMNS)
    candidates = tuple(cell.candidate for cell in cells)
    stakes = entry.stakes if entry else Stakes()
    items = samples.drop_duplicates("item_id")
    verdicts = inputs.gate.cases if inputs.gate else ()
    most = inputs.options.most_characters
    return SuitePage(
        name=name,
        href=f"suites/{slug(name)}.html",
        family=entry.family if entry else str(samples["family"].iloc[0]),
        version=entry.suite_version if entry else str(samples["suite_version"].iloc[0]),
        description=entry.description if entry else "",
        items=len(items),
        critical=int(items["critical"].sum()),
        finding=suite_finding(cells, stakes.quality_floor),
        stakes=tuple(_stakes(stakes)) if entry else (),
        contract=_contract(entry.contract) if entry else ContractView(),
        prompts=_prompts(entry, most) if entry else (),
        card=cut(entry.card.strip() if entry else "", most),
        floor=stakes.quality_floor,
        slo_s=stakes.latency_slo_s,
        cells=tuple(cells),
        verdicts=tuple(v for v in verdicts if v.suite == name),
        outcomes=outcome_bars(name, cells),
        errors=_errors(cells, inputs.error_kinds),
        slices=build_slices(samples, candidates),
        family_view=build_family(inputs.family_metrics, name, candidates),
        fields=field_map(inputs.family_metrics, name, candidates),
        arguments=argument_map(inputs.family_metrics, name, candidates),
        reliability=reliability(name, cells, inputs.family_metrics),
        failures=build_failures(frames, name, candidates, inputs.options),
    )


def _errors(cells: Sequence[Cell], meanings: Mapping[str, str]) -> tuple[ErrorRow, ...]:
    totals: dict[str, int] = {}
    for cell in cells:
        for kind, n in cell.error_kinds.items():
            totals[kind] = totals.get(kind, 0) + n
    rows = []
    for kind in sorted(totals, key=lambda k: (-totals[k], k)):
        counts = tuple(cell.error_kinds.get(kind, 0) for cell in cells)
        asked = [max(1, cell.outcomes.asked) for cell in cells]
        rows.append(
            ErrorRow(
                kind=kind,
                meaning=meanings.get(kind, ""),
                fault=kind in FAULT_KINDS,
                counts=counts,
                shares=tuple(n / whole for n, whole in zip(counts, asked, strict=True)),
            )
        )
    return tuple(rows)


def _contract(contract: Contract) -> ContractView:
    return ContractView(
        labels=tuple((str(k), str(v)) for k, v in contract.labels.items()),
        schema=_json(contract.schema) if contract.schema else "",
        tools=tuple(_tool(tool) for tool in contract.tools),
    )


def _tool(tool: Mapping[str, object]) -> tuple[str, str, str]:
    inside = tool.get("function", tool)
    function = inside if isinstance(inside, Mapping) else {}
    return (
        str(function.get("name", "")),
        str(function.get("description", "")),
        _json(function.get("parameters", {})),
    )


def _prompts(entry: SuiteEntry, most: int) -> tuple[tuple[str, str, Cut], ...]:
    return tuple(
        (name, prompt.hash, cut(f"{prompt.system}\n\n{prompt.user}".strip(), most))
        for name, prompt in entry.prompts.items()
    )


def _stakes(stakes: Stakes) -> list[tuple[str, str]]:
    """The stakes in words; an amount that is not known says so."""
    unset = "not set"
    return [
        ("Risk", stakes.risk),
        ("Complexity", stakes.complexity),
        ("Privacy", "local only" if stakes.privacy == "local_only" else "any endpoint"),
        ("Volume", f"{stakes.volume_per_month:,} a month" if stakes.volume_per_month else unset),
        ("Quality floor", stated(stakes.quality_floor) if stakes.quality_floor is not None else unset),
        ("Margin", stated_points(stakes.margin) if stakes.margin is not None else "the gate's"),
        ("Latency limit", seconds(stakes.latency_slo_s) if stakes.latency_slo_s is not None else unset),
        ("A wrong answer costs", usd(stakes.error_cost_usd) if stakes.error_cost_usd is not None else unset),
        ("A review costs", usd(stakes.review_cost_usd) if stakes.review_cost_usd is not None else unset),
    ]


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
