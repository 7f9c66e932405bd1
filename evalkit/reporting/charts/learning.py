"""Success against training examples: a panel for each suite, a line for all items and each style."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from evalkit.reporting.charts.axes import log_limits, log_x, stroke
from evalkit.reporting.charts.style import (
    INK,
    MUTED,
    SURFACE,
    label,
    plain_axis,
    sheet,
    spread,
    tier_colour,
    to_svg,
)
from evalkit.reporting.view.drawings import LearningLine, LearningPanel
from evalkit.wording import percent

_DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (7, 2, 1, 2)))
_MARKS = ("o", "s", "^", "v")


def draw(panels: Sequence[LearningPanel], *, width: int, columns: int, salt: str) -> str:
    """The SVG of these panels."""
    columns = max(1, min(columns, len(panels)))
    rows = math.ceil(len(panels) / columns)
    with sheet(width, rows * 270 + 24, salt) as figure:
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        places = [axes for row in grid for axes in row]
        spread(figure)
        for axes, panel in zip(places, panels, strict=False):
            _panel(axes, panel)
        for axes in places[len(panels) :]:
            axes.set_visible(False)
        figure.supxlabel("Training examples (log scale)", fontsize=12, color=MUTED)
        figure.supylabel("Success", fontsize=12, color=MUTED)
        return to_svg(figure, salt)


def _panel(axes: Axes, panel: LearningPanel) -> None:
    sizes = [point[0] for line in panel.lines for point in line.points]
    sizes += [panel.ahead[0]] if panel.ahead else []
    axes.set_title(label(panel.suite, 34))
    log_x(axes, log_limits(sizes, ()), lambda value: f"{value:,.0f}", 5)
    axes.set_ylim(-0.03, 1.03)
    axes.yaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(float(value))))
    plain_axis(axes, grid="y")
    if panel.untrained is not None:
        axes.axhline(panel.untrained, color=MUTED, linestyle=(0, (1, 2)), linewidth=1.4, zorder=1)
    for n, line in enumerate(panel.lines):
        _line(axes, line, n, room=panel.ahead is not None)
    if panel.ahead is not None:
        size, estimate, low, high = panel.ahead
        stroke(axes, [size, size], [low, high], color=MUTED, linewidth=1.2, zorder=2)
        stroke(
            axes,
            [size],
            [estimate],
            marker="D",
            color=MUTED,
            markersize=7,
            markerfacecolor=SURFACE,
            linestyle="none",
            zorder=3,
        )


def _line(axes: Axes, line: LearningLine, n: int, *, room: bool) -> None:
    colour = tier_colour("slim") if n == 0 else INK
    along, rates = [p[0] for p in line.points], [p[1] for p in line.points]
    stroke(
        axes, along, rates, color=colour, linewidth=1.8 if n == 0 else 1.2, linestyle=_DASHES[n % 4], zorder=3
    )
    stroke(
        axes,
        along,
        rates,
        color=colour,
        marker=_MARKS[n % 4],
        markersize=6,
        linestyle="none",
        zorder=4,
        markerfacecolor=SURFACE if line.simulated else colour,
    )
    for size, _, low, high in line.points if n == 0 else ():
        stroke(axes, [size, size], [low, high], color=colour, linewidth=1.2, zorder=2)
    if line.points:
        # To the right where the expected model leaves room, else above the line.
        place: dict[str, Any] = (
            {"xytext": (8, 0), "ha": "left", "va": "center"} if room else {"xytext": (-4, 5), "ha": "right"}
        )
        end = (along[-1], rates[-1])
        text = label(line.name, 22)
        axes.annotate(text, end, textcoords="offset points", fontsize=10.5, color=INK, zorder=5, **place)
