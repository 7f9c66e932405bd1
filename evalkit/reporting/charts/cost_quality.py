"""Success against cost per success, or against p95 latency: a panel for each suite, intervals both ways."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from evalkit.reporting.charts.axes import draw_span, log_limits, log_x, seconds_tick, stroke
from evalkit.reporting.charts.style import (
    INK,
    MUTED,
    SURFACE,
    label,
    plain_axis,
    settle,
    sheet,
    spread,
    tier_colour,
    tier_marker,
    to_svg,
)
from evalkit.reporting.view.drawings import CostDrawing, CostMark, CostPanel
from evalkit.wording import PER_SUCCESSES, stated, usd_per_successes

_PANEL_HEIGHT = 270
_LABEL_HEIGHT = 13
_LETTER = 6.6
"""Width of a letter of a name, in pixels, on the wide side."""

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in pixels."""


def draw(drawing: CostDrawing, *, width: int, columns: int, salt: str) -> str:
    """The SVG of these panels."""
    panels, of_money = drawing.panels, drawing.measure == "cost"
    columns = max(1, min(columns, len(panels)))
    rows = math.ceil(len(panels) / columns)
    with sheet(width, rows * _PANEL_HEIGHT, salt) as figure:
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        limits, bottom = _limits(panels), _bottom(panels)
        places = [axes for row in grid for axes in row]
        spread(figure)
        for axes, panel in zip(places, panels, strict=False):
            _panel(axes, panel, limits, bottom, _tick if of_money else seconds_tick)
        for axes in places[len(panels) :]:
            axes.set_visible(False)
        for axes in places[: len(panels)][-columns:]:
            axes.tick_params(labelbottom=True)
        paid = f"Cost of {PER_SUCCESSES:,} successes, US dollars" if of_money else "p95 latency, end to end"
        figure.supxlabel(f"{paid} (log scale)", fontsize=12, color=MUTED)
        figure.supylabel("Success rate", fontsize=12, color=MUTED)
        _name_marks(figure, places, panels)
        return to_svg(figure, salt)


def _limits(panels: Sequence[CostPanel]) -> tuple[float, float]:
    costs = [m.paid for p in panels for m in p.marks]
    most = [p.limit for p in panels if p.limit]
    return log_limits([*(c.estimate for c in costs), *most], [b for c in costs for b in (c.low, c.high)])


def _bottom(panels: Sequence[CostPanel]) -> float:
    """Where the rates begin: at zero, or at a half where nothing lies below it."""
    rates = [m.success.low for p in panels for m in p.marks] + [
        p.floor for p in panels if p.floor is not None
    ]
    return 0.5 if min(rates, default=0.0) > 0.52 else 0.0


def _panel(
    axes: Axes,
    panel: CostPanel,
    limits: tuple[float, float],
    bottom: float,
    form: Callable[[float], str],
    most_ticks: int = 5,
) -> None:
    axes.set_title(label(panel.suite, 34))
    log_x(axes, limits, form, most_ticks)
    axes.set_ylim(bottom - 0.03 * (1 - bottom), 1 + 0.13 * (1 - bottom))
    axes.yaxis.set_major_locator(FixedLocator([bottom + (1 - bottom) * k / 4 for k in range(5)]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: stated(float(value))))
    plain_axis(axes, grid="y")
    if panel.floor is not None:
        axes.axhline(panel.floor, color=MUTED, linestyle=(0, (1, 2)), linewidth=1.6, zorder=1)
        axes.annotate("floor", (0, panel.floor), (3, 3), xycoords=("axes fraction", "data"),
                      textcoords="offset points", fontsize=10.5, color=MUTED)  # fmt: skip
    if panel.limit is not None:
        axes.axvline(panel.limit, color=MUTED, linestyle=(0, (1, 2)), linewidth=1.6, zorder=1)
        axes.annotate("limit", (panel.limit, 0), (-3, 3), xycoords=("data", "axes fraction"), ha="right",
                      textcoords="offset points", fontsize=10.5, color=MUTED)  # fmt: skip
    _front(axes, panel)
    if not panel.marks:
        axes.text(0.5, 0.5, "nothing known", transform=axes.transAxes, ha="center", color=MUTED)
    for mark in panel.marks:
        _mark(axes, mark)


def _front(axes: Axes, panel: CostPanel) -> None:
    """The stepped line of those that nobody beats in both."""
    front = sorted((position(axes, m), m.success.estimate) for m in panel.marks if m.on_front)
    if len(front) > 1:
        stroke(axes, [x for x, _ in front], [y for _, y in front], color=MUTED, linewidth=1.3, alpha=0.8,
               drawstyle="steps-post", zorder=1.5)  # fmt: skip


def _mark(axes: Axes, mark: CostMark) -> None:
    colour, x = tier_colour(mark.tier), position(axes, mark)
    cost = mark.paid
    draw_span(axes, cost.low, cost.high, mark.success.estimate, colour=colour, dashed=mark.simulated)
    stroke(axes, [x, x], [mark.success.low, mark.success.high], color=colour, linewidth=1.6,
              linestyle=(0, (4, 2)) if mark.simulated else "-", zorder=2)  # fmt: skip
    stroke(axes, [x], [mark.success.estimate], marker=tier_marker(mark.tier), markersize=9, color=colour,
              markerfacecolor=SURFACE if mark.simulated else colour, markeredgewidth=2, zorder=4,
              clip_on=False)  # fmt: skip


def position(axes: Axes, mark: CostMark) -> float:
    """Where the mark stands: at the edge when its cost is zero or infinite."""
    left, right = axes.get_xlim()
    return min(max(mark.paid.estimate, left), right)


def _name_marks(figure: Figure, places: Sequence[Axes], panels: Sequence[CostPanel]) -> None:
    """Write each candidate beside its mark, where neither names nor marks are in the way."""
    settle(figure)  # the positions depend on the layout
    for axes, panel in zip(places, panels, strict=False):
        points = [
            axes.transData.transform((position(axes, mark), mark.success.estimate)) for mark in panel.marks
        ]
        frame = axes.get_window_extent()
        taken = [_box(x, y, 14, 14) for x, y in points]
        for mark, (x, y) in sorted(zip(panel.marks, points, strict=True), key=lambda pair: -pair[1][1]):
            width = _LETTER * len(_words(mark))
            dx, dy = _free_place(x, y, width, taken, (frame.x0, frame.y0, frame.x1, frame.y1))
            taken.append(_box(x + dx + math.copysign(width / 2, dx), y + dy, width, _LABEL_HEIGHT))
            axes.annotate(
                _words(mark), (position(axes, mark), mark.success.estimate), xytext=(dx, dy),
                textcoords="offset points", ha="right" if dx < 0 else "left", va="center",
                fontsize=11.5, color=INK, zorder=5,
            )  # fmt: skip


def _free_place(x: float, y: float, width: float, taken: Sequence[Box], frame: Box) -> tuple[float, float]:
    """The nearest offset at which a name of this width meets nothing; the first one when there is none."""
    offsets = [(dx, side * dy) for dy in range(11, 90, 13) for side in (1, -1) for dx in (8, -8)]
    for dx, dy in offsets:
        box = _box(x + dx + math.copysign(width / 2, dx), y + dy, width, _LABEL_HEIGHT)
        if _inside(box, frame) and not any(_meet(box, other) for other in taken):
            return dx, dy
    return offsets[0]


def _box(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _inside(box: Box, frame: Box) -> bool:
    return frame[0] <= box[0] and frame[1] <= box[1] and box[2] <= frame[2] and box[3] <= frame[3]


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _words(mark: CostMark) -> str:
    cost = mark.paid.estimate
    note = " (no success)" if math.isinf(cost) else " (no cost)" if cost == 0 else ""
    return label(mark.candidate, 24) + note


def _tick(cost_per_success: float) -> str:
    words = usd_per_successes(cost_per_success)
    return words.rstrip("0").rstrip(".") if "." in words else words
