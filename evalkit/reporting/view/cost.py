"""The cost-and-quality page as data: what success costs and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.reporting.view.figures import Figure, cost_quality, latency
from evalkit.reporting.view.pages import Context, Pointer


@dataclass(frozen=True, kw_only=True, slots=True)
class CostPage:
    """Cost, quality and latency of every suite."""

    template: ClassVar[str] = "cost.html.j2"
    href: ClassVar[str] = "cost.html"
    label: ClassVar[str] = "Cost and quality"

    cost_quality: Figure
    latency: Figure

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Its figures, in order."""
        return (self.cost_quality, self.latency)

    @property
    def pointers(self) -> tuple[Pointer, ...]:
        """What the front page says of it."""
        return tuple(Pointer(text=f"{f.title}.", href=self.href, anchor=f.name) for f in self.figures)


def build_cost(context: Context) -> CostPage:
    """The page of all suites."""
    suites = [
        (name, context.entries[name].stakes if name in context.entries else None, row)
        for name, row in context.cells.by_suite.items()
    ]
    return CostPage(cost_quality=cost_quality(suites), latency=latency(suites))
