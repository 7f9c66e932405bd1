"""The cost-and-quality page as data: what success costs, how long it takes, and what a month comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.reporting.view.bills import SuiteBill, bill_figure, suite_bills
from evalkit.reporting.view.decisions import Decision, build_decisions
from evalkit.reporting.view.figures import Figure, cost_quality, latency, speed_quality
from evalkit.reporting.view.pages import Context, Pointer
from evalkit.reporting.view.sides import SidePair, VariantTable, side_pairs, variant_tables
from evalkit.reporting.view.volumes import VolumeRow, volume_figure, volume_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class CostPage:
    """Cost, quality and latency of every suite."""

    template: ClassVar[str] = "cost.html.j2"
    href: ClassVar[str] = "cost.html"
    label: ClassVar[str] = "Cost and quality"

    decisions: tuple[Decision, ...]
    """Of each suite the cheapest way that holds the floor."""
    cost_quality: Figure
    speed_quality: Figure
    latency: Figure
    sides: tuple[SidePair, ...]
    """Slim against frontier."""
    bill: Figure | None
    bills: tuple[SuiteBill, ...]
    """Empty where nobody asked for routes."""
    break_even: Figure | None
    volumes: tuple[VolumeRow, ...]
    variants: tuple[VariantTable, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Its figures, in order."""
        found = (self.cost_quality, self.bill, self.break_even, self.speed_quality, self.latency)
        return tuple(figure for figure in found if figure is not None)

    @property
    def pointers(self) -> tuple[Pointer, ...]:
        """What the front page says of it."""
        told = (self.cost_quality, self.bill, self.latency)
        return tuple(Pointer(text=f"{f.title}.", href=self.href, anchor=f.name) for f in told if f)


def build_cost(context: Context) -> CostPage:
    """The page of all suites."""
    routes = context.inputs.routes
    suites = [
        (name, context.entries[name].stakes if name in context.entries else None, row)
        for name, row in context.cells.models.by_suite.items()
    ]
    bills = suite_bills(routes) if routes else ()
    return CostPage(
        decisions=build_decisions(context, None),
        cost_quality=cost_quality(suites),
        speed_quality=speed_quality(suites),
        latency=latency(suites),
        sides=side_pairs([(name, cells) for name, _, cells in suites], routes),
        bill=bill_figure(bills),
        bills=bills,
        break_even=volume_figure(routes) if routes else None,
        volumes=volume_rows(routes) if routes else (),
        variants=variant_tables(routes) if routes else (),
    )
