"""Success against cost per success: a panel for each suite, with intervals both ways."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from evalkit.reporting.charts.axes import draw_span, log_limits, log_x
from evalkit.reporting.charts.style import (
    INK,
    MUTED,
    SURFACE,
    label,
    plain_axis,
    sheet,
    spread,
    tier_colour,
    tier_marker,
    to_svg,
)
from evalkit.reporting.view.figures import CostMark, CostPanel
from evalkit.reporting.wording import PER_SUCCESSES, usd_per_successes

_PANEL_HEIGHT = 270
_LABEL_HEIGHT = 15


def draw(panels: Sequence[CostPanel], *, width: int, columns: int, salt: str) -> str:
    """The SVG of these panels."""
    columns = max(1, min(columns, len(panels)))
    rows = math.ceil(len(panels) / columns)
    with sheet(width, rows * _PANEL_HEIGHT, salt) as figure:
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        limits = _limits(panels)
        places = [axes for row in grid for axes in row]
        spread(figure)
        for axes, panel in zip(places, panels, strict=False):
            _panel(axes, panel, limits, most_ticks=5)
        for axes in places[len(panels) :]:
            axes.set_visible(False)
        for axes in places[: len(panels)][-columns:]:
            axes.tick_params(labelbottom=True)
        figure.supxlabel(
            f"Cost of {PER_SUCCESSES:,} successes, US dollars (log scale)", fontsize=12, color=MUTED
        )
        figure.supylabel("Success rate", fontsize=12, color=MUTED)
        _name_marks(figure, places, panels)
        return to_svg(figure, salt)


def _limits(panels: Sequence[CostPanel]) -> tuple[float, float]:
    costs = [m.cost_per_success_usd for p in panels for m in p.marks]
    return log_limits([c.estimate for c in costs], [b for c in costs for b in (c.low, c.high)])


def _panel(axes: Axes, panel: CostPanel, limits: tuple[float, float], most_ticks: int) -> None:
    axes.set_title(label(panel.suite, 34))
    log_x(axes, limits, _tick, most_ticks)
    axes.set_ylim(-0.02, 1.04)
    axes.yaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}%"))
    plain_axis(axes, grid="y")
    if panel.floor is not None:
        axes.axhline(panel.floor, color=MUTED, linestyle=(0, (1, 2)), linewidth=1.6, zorder=1)
        axes.annotate("floor", (0, panel.floor), (3, 3), xycoords=("axes fraction", "data"),
                      textcoords="offset points", fontsize=10.5, color=MUTED)  # fmt: skip
    if not panel.marks:
        axes.text(0.5, 0.5, "no cost known", transform=axes.transAxes, ha="center", color=MUTED)
    for mark in panel.marks:
        _mark(axes, mark)


def _mark(axes: Axes, mark: CostMark) -> None:
    colour, x = tier_colour(mark.tier), position(axes, mark)
    cost = mark.cost_per_success_usd
    draw_span(axes, cost.low, cost.high, mark.success.estimate, colour=colour, dashed=mark.simulated)
    axes.plot([x, x], [mark.success.low, mark.success.high], color=colour, linewidth=1.6,
              linestyle=(0, (4, 2)) if mark.simulated else "-", zorder=2)  # fmt: skip
    axes.plot([x], [mark.success.estimate], marker=tier_marker(mark.tier), markersize=9, color=colour,
              markerfacecolor=SURFACE if mark.simulated else colour, markeredgewidth=2, zorder=4,
              clip_on=False)  # fmt: skip


def position(axes: Axes, mark: CostMark) -> float:
    """Where the mark stands: at the edge when its cost is zero or infinite."""
    left, right = axes.get_xlim()
    return min(max(mark.cost_per_success_usd.estimate, left), right)


def _name_marks(figure: Figure, places: Sequence[Axes], panels: Sequence[CostPanel]) -> None:
    """Write each candidate beside its mark, moved up or down where names would meet."""
    figure.draw_without_rendering()  # settles the layout, which the positions depend on
    figure.set_layout_engine("none")
    for axes, panel in zip(places, panels, strict=False):
        middle = math.sqrt(math.prod(axes.get_xlim()))
        taken: list[tuple[float, bool]] = []
        for mark in sorted(panel.marks, key=lambda m: -m.success.estimate):
            x = position(axes, mark)
            leftward = x > middle
            natural = axes.transData.transform((x, mark.success.estimate))[1] + 10
            wanted = natural
            while any(side == leftward and abs(wanted - y) < _LABEL_HEIGHT for y, side in taken):
                wanted -= _LABEL_HEIGHT / 3
            taken.append((wanted, leftward))
            axes.annotate(
                _words(mark), (x, mark.success.estimate),
                xytext=(-9 if leftward else 9, wanted - natural + 10), textcoords="offset points",
                ha="right" if leftward else "left", va="center", fontsize=11.5, color=INK, zorder=5,
            )  # fmt: skip


def _words(mark: CostMark) -> str:
    cost = mark.cost_per_success_usd.estimate
    note = " (no success)" if math.isinf(cost) else " (no cost)" if cost == 0 else ""
    return label(mark.candidate, 24) + note


def _tick(cost_per_success: float) -> str:
    words = usd_per_successes(cost_per_success)
    return words.rstrip("0").rstrip(".") if "." in words else words
