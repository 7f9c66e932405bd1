"""Reliability curves: a panel for each candidate, the diagonal drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from evalkit.reporting.charts.axes import stroke
from evalkit.reporting.charts.style import (
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
from evalkit.reporting.view.drawings import ReliabilityCurve
from evalkit.wording import percent


def draw(curves: Sequence[ReliabilityCurve], *, width: int, columns: int, salt: str) -> str:
    """The SVG of these curves."""
    columns = max(1, min(columns + 1, len(curves)))
    rows = math.ceil(len(curves) / columns)
    with sheet(width, rows * 250 + 24, salt) as figure:
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        places = [axes for row in grid for axes in row]
        spread(figure)
        for axes, curve in zip(places, curves, strict=False):
            _panel(axes, curve)
        for axes in places[len(curves) :]:
            axes.set_visible(False)
        for axes in places[: len(curves)][-columns:]:
            axes.tick_params(labelbottom=True)
        figure.supxlabel("Stated confidence", fontsize=12, color=MUTED)
        figure.supylabel("Share that is right", fontsize=12, color=MUTED)
        return to_svg(figure, salt)


def _panel(axes: Axes, curve: ReliabilityCurve) -> None:
    colour = tier_colour(curve.tier)
    axes.set_title(label(curve.candidate, 20) + (" (sim.)" if curve.simulated else ""))
    for axis, limit in ((axes.xaxis, axes.set_xlim), (axes.yaxis, axes.set_ylim)):
        limit(-0.03, 1.03)
        axis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: percent(float(value))))
    plain_axis(axes, grid="y")
    stroke(axes, [0, 1], [0, 1], color=MUTED, linewidth=1.4, linestyle=(0, (1, 2)), zorder=1)
    stroke(axes, [p[0] for p in curve.points], [p[1] for p in curve.points], color=colour, linewidth=1.4,
           linestyle=(0, (4, 2)) if curve.simulated else "-", zorder=2)  # fmt: skip
    # One artist for all bars and one for all marks: a page has a dozen such panels, and each artist costs.
    along = [x for p in curve.points for x in (p[0], p[0], math.nan)]
    bounds = [y for p in curve.points for y in (p[2], p[3], math.nan)]
    stroke(axes, along, bounds, color=colour, linewidth=1.2, zorder=2)
    whole = max(1, sum(p[4] for p in curve.points))
    marks = axes.scatter(
        [p[0] for p in curve.points], [p[1] for p in curve.points],
        s=[(4 + 9 * math.sqrt(p[4] / whole)) ** 2 for p in curve.points], marker=tier_marker(curve.tier),
        facecolor=SURFACE if curve.simulated else colour, edgecolor=colour, linewidth=1.4, zorder=4,
    )  # fmt: skip
    marks.set_in_layout(False)
