"""Median to p95 latency: a panel for each suite, a row for each candidate."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from evalkit.reporting.charts.axes import draw_span, log_limits, log_x, seconds_tick, stroke
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
from evalkit.reporting.view.drawings import LatencyMark, LatencyPanel

_ROW_HEIGHT, _FRAME_HEIGHT, _AXIS_HEIGHT = 30, 34, 46


def draw(panels: Sequence[LatencyPanel], *, width: int, columns: int, salt: str) -> str:
    """The SVG of these panels; all share their rows, so that a candidate is found at one height."""
    names = list(dict.fromkeys(m.candidate for p in panels for m in p.marks))
    columns = max(1, min(columns, len(panels)))
    rows = math.ceil(len(panels) / columns)
    height = rows * (len(names) * _ROW_HEIGHT + _FRAME_HEIGHT) + _AXIS_HEIGHT
    with sheet(width, height, salt) as figure:
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        marks = [m for p in panels for m in p.marks]
        limits = log_limits(
            [*(q.estimate for m in marks for q in (m.p50, m.p95)), *(p.slo_s for p in panels if p.slo_s)],
            [bound for m in marks for bound in (m.p95.low, m.p95.high)],
        )
        places = [axes for row in grid for axes in row]
        spread(figure)
        for axes, panel in zip(places, panels, strict=False):
            _panel(axes, panel, names, limits, most_ticks=5)
        for axes in places[len(panels) :]:
            axes.set_visible(False)
        for axes in places[: len(panels)][-columns:]:
            axes.tick_params(labelbottom=True)
        figure.supxlabel("End-to-end latency (log scale)", fontsize=12, color=MUTED)
        return to_svg(figure, salt)


def _panel(
    axes: Axes, panel: LatencyPanel, names: Sequence[str], limits: tuple[float, float], most_ticks: int
) -> None:
    axes.set_title(label(panel.suite, 34))
    log_x(axes, limits, seconds_tick, most_ticks)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), [label(name, 20) for name in names])
    axes.tick_params(axis="y", labelcolor=INK)
    plain_axis(axes, grid="x")
    if panel.slo_s is not None:
        axes.axvline(panel.slo_s, color=MUTED, linestyle=(0, (1, 2)), linewidth=1.6, zorder=1)
        axes.annotate("limit", (panel.slo_s, 1), (-3, -3), xycoords=("data", "axes fraction"), ha="right",
                      textcoords="offset points", va="top", fontsize=10.5, color=MUTED)  # fmt: skip
    for mark in panel.marks:
        _mark(axes, mark, names.index(mark.candidate))


def _mark(axes: Axes, mark: LatencyMark, y: int) -> None:
    colour = tier_colour(mark.tier)
    fill = SURFACE if mark.simulated else colour
    draw_span(axes, mark.p95.low, mark.p95.high, y, colour=colour, dashed=mark.simulated, width=1.4)
    stroke(axes, [mark.p50.estimate, mark.p95.estimate], [y, y], color=colour, linewidth=4, alpha=0.55,
              solid_capstyle="butt", zorder=3)  # fmt: skip
    stroke(axes, [mark.p50.estimate], [y], marker=tier_marker(mark.tier), markersize=5.5, color=colour,
              markerfacecolor=fill, markeredgewidth=1.5, zorder=4)  # fmt: skip
    stroke(axes, [mark.p95.estimate], [y], marker=tier_marker(mark.tier), markersize=9, color=colour,
              markerfacecolor=fill, markeredgewidth=2, zorder=5)  # fmt: skip
