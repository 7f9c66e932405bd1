"""A month's bill by volume: whole machines of one's own against candidates that are paid by the call."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from evalkit.reporting.charts.axes import log_x, round_ticks, stroke
from evalkit.reporting.charts.style import INK, MUTED, label, plain_axis, sheet, spread, tier_colour, to_svg
from evalkit.reporting.view.drawings import BreakEvenPanel
from evalkit.wording import significant, usd

_PANEL_HEIGHT = 250
Dash = tuple[int, tuple[float, ...]]

_STYLES: tuple[Dash, ...] = ((0, (5, 2)), (0, (1, 1.5)), (0, (7, 2, 1, 2)), (0, (3, 1, 1, 1, 1, 1)))
"""Rented candidates differ by their dashes too; machines are a solid line."""


def draw(panels: Sequence[BreakEvenPanel], *, width: int, columns: int, salt: str) -> str:
    """The SVG of these panels."""
    columns = max(1, min(columns, len(panels)))
    rows = math.ceil(len(panels) / columns)
    with sheet(width, rows * _PANEL_HEIGHT + 20, salt) as figure:
        grid = figure.subplots(rows, columns, squeeze=False)
        places = [axes for row in grid for axes in row]
        spread(figure)
        for axes, panel in zip(places, panels, strict=False):
            _panel(axes, panel)
        for axes in places[len(panels) :]:
            axes.set_visible(False)
        figure.supxlabel("Requests a month (log scale)", fontsize=12, color=MUTED)
        figure.supylabel("US dollars a month (log scale)", fontsize=12, color=MUTED)
        return to_svg(figure, salt)


def _panel(axes: Axes, panel: BreakEvenPanel) -> None:
    low, high = _volumes(panel)
    steps = [low * (high / low) ** (k / 120) for k in range(121)]
    lines: list[tuple[str, list[float], str, Dash]]
    lines = [(one.candidate, [v * one.usd_per_answer for v in steps], tier_colour(one.tier), _STYLES[n % 4])
             for n, one in enumerate(panel.rented)]  # fmt: skip
    machines = [max(1, math.ceil(v / panel.requests_per_month)) * panel.machine_usd_per_month for v in steps]
    lines.append((f"{panel.hosted}, machines", machines, tier_colour(panel.tier), (0, ())))
    ends = [bill for _, bills, _, _ in lines for bill in bills if bill > 0]
    bottom, top = min(ends, default=1) / 1.6, max(ends, default=10) * 2.2
    axes.set_title(label(panel.suite, 34))
    log_x(axes, (low, high), _count, 5)
    axes.set_yscale("log")
    axes.set_ylim(bottom, top)
    axes.yaxis.set_major_locator(FixedLocator(round_ticks((bottom, top), 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: usd(float(value)).removesuffix(".00")))
    axes.yaxis.set_minor_formatter(NullFormatter())
    plain_axis(axes, grid="y")
    for name, bills, ink, dash in lines:
        stroke(axes, steps, bills, color=ink, linewidth=1.8, linestyle=dash, zorder=3)
        axes.annotate(label(name, 22), (steps[-1], bills[-1]), (-2, 4), textcoords="offset points",
                      ha="right", va="bottom", fontsize=10.5, color=INK, zorder=5)  # fmt: skip
    if panel.volume_per_month:
        axes.axvline(panel.volume_per_month, color=MUTED, linestyle=(0, (1, 2)), linewidth=1.6, zorder=1)
        axes.annotate("volume", (panel.volume_per_month, 0), (3, 4), xycoords=("data", "axes fraction"),
                      textcoords="offset points", fontsize=10.5, color=MUTED)  # fmt: skip


def _volumes(panel: BreakEvenPanel) -> tuple[float, float]:
    """From a tenth of the least crossing or of the volume to ten times the greatest."""
    crossings = [
        panel.machine_usd_per_month / one.usd_per_answer for one in panel.rented if one.usd_per_answer
    ]
    marks = [m for m in (*crossings, panel.volume_per_month or 0) if m > 0] or [1_000.0]
    return min(marks) / 8, max(marks) * 8


def _count(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{significant(value / size, 1)}{letter}"
    return f"{value:.0f}"
