"""Figures as SVG: the only importer of matplotlib. Each is drawn twice, for wide and for narrow screens."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.reporting.charts import (
    bill,
    break_even,
    cost_quality,
    forest,
    latency,
    learning,
    outcomes,
    reliability,
)
from evalkit.reporting.view.drawings import (
    BillDrawing,
    BreakEvenDrawing,
    CostDrawing,
    ForestDrawing,
    LatencyDrawing,
    LearningDrawing,
    OutcomeDrawing,
    ReliabilityDrawing,
)
from evalkit.reporting.view.figures import Figure

WIDE, NARROW = 1060, 350
"""CSS pixels for which the text of a drawing has its natural size."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictures:
    """One figure in both widths, as SVG elements."""

    wide: str
    narrow: str


def draw(figure: Figure) -> Pictures:
    """Both pictures of a figure; equal figures give equal bytes."""
    return Pictures(
        wide=_draw(figure, WIDE, 3, f"{figure.name}-wide"),
        narrow=_draw(figure, NARROW, 1, f"{figure.name}-narrow"),
    )


def _draw(figure: Figure, width: int, columns: int, salt: str) -> str:
    match figure.drawing:
        case CostDrawing() as drawing:
            return cost_quality.draw(drawing, width=width, columns=columns, salt=salt)
        case LatencyDrawing(panels=rows):
            return latency.draw(rows, width=width, columns=columns, salt=salt)
        case OutcomeDrawing(bars=bars):
            return outcomes.draw(bars, width=width, columns=columns, salt=salt)
        case ForestDrawing(rows=differences):
            return forest.draw(differences, width=width, columns=columns, salt=salt)
        case BillDrawing(bars=bills):
            return bill.draw(bills, width=width, columns=columns, salt=salt)
        case BreakEvenDrawing(panels=volumes):
            return break_even.draw(volumes, width=width, columns=columns, salt=salt)
        case ReliabilityDrawing(curves=curves):
            return reliability.draw(curves, width=width, columns=columns, salt=salt)
        case LearningDrawing(panels=sizes):
            return learning.draw(sizes, width=width, columns=columns, salt=salt)
