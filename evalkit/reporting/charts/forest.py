"""Differences to the baseline under one another: no change, the margin, and each interval."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from evalkit.reporting.charts.axes import draw_span, stroke
from evalkit.reporting.charts.style import (
    INK,
    MUTED,
    SURFACE,
    colour,
    label,
    plain_axis,
    sheet,
    to_svg,
)
from evalkit.reporting.view.drawings import ForestRow
from evalkit.wording import points

_ROW, _NARROW_ROW, _AXIS = 26, 40, 64
_MARKS = {"pass": ("o", "--good"), "fail": ("X", "--bad"), "inconclusive": ("D", "--doubt")}
"""Outcome -> marker and colour: a grey print tells them apart by the marker."""


def draw(rows: Sequence[ForestRow], *, width: int, columns: int, salt: str) -> str:
    """The SVG of these rows, in the order given; names stand beside them, above them with one column."""
    narrow = columns == 1
    places = _places(rows)
    bottom = max(places.values(), default=0) + 1
    height = bottom * (_NARROW_ROW if narrow else _ROW) + _AXIS
    with sheet(width, height, salt) as figure:
        axes = figure.subplots()
        low, high = _limits(rows)
        axes.set_xlim(low, high)
        axes.set_ylim(bottom - 0.4, -0.6)
        plain_axis(axes, grid="x")
        axes.xaxis.set_major_locator(MaxNLocator(5 if narrow else 9, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(float(value))))
        axes.axvline(0, color=INK, linewidth=1.2, zorder=1)
        for n, row in enumerate(rows):
            _row(axes, row, places[n], narrow)
        _names(axes, rows, places, narrow)
        axes.set_xlabel(
            "Change of success, points" if narrow else "Change of success, percentage points",
            fontsize=12, color=MUTED,
        )  # fmt: skip
        return to_svg(figure, salt)


def _places(rows: Sequence[ForestRow]) -> dict[int, int]:
    """Where each row stands; a group's name takes a line of its own."""
    places, line, last = {}, 0, None
    for n, row in enumerate(rows):
        if row.group != last:
            line += 1
            last = row.group
        places[n] = line
        line += 1
    return places


def _limits(rows: Sequence[ForestRow]) -> tuple[float, float]:
    low = min([-row.margin * 1.6 for row in rows] + [row.difference.low for row in rows], default=-0.1)
    high = max([row.margin * 1.6 for row in rows] + [row.difference.high for row in rows], default=0.1)
    room = 0.03 * (high - low)
    return max(-1.05, low - room), min(1.05, high + room)


def _row(axes: Axes, row: ForestRow, y: int, narrow: bool) -> None:
    marker, variable = _MARKS[row.outcome]
    ink = colour(variable)
    axes.fill_betweenx([y - 0.5, y + 0.5], -row.margin, 0, color=MUTED, alpha=0.13, linewidth=0, zorder=0)
    stroke(axes, [-row.margin] * 2, [y - 0.5, y + 0.5], color=MUTED, linewidth=1.4, linestyle=(0, (1, 1.5)),
           zorder=1)  # fmt: skip
    draw_span(axes, row.difference.low, row.difference.high, y, colour=ink, dashed=row.simulated)
    edge = 0.6 if marker == "X" else 1.8  # a thick edge fills a cross up
    stroke(axes, [row.difference.estimate], [y], marker=marker, markersize=8.5, color=ink, linestyle="none",
           markerfacecolor=SURFACE if row.simulated else ink, markeredgewidth=edge, zorder=4)  # fmt: skip


def _names(axes: Axes, rows: Sequence[ForestRow], places: dict[int, int], narrow: bool) -> None:
    """Groups as headings, rows as the axis' labels; when narrow, both above their rows."""
    left = axes.get_xlim()[0]
    heads = [
        (places[n] - 1, row.group) for n, row in enumerate(rows) if not n or rows[n - 1].group != row.group
    ]
    if narrow:
        axes.set_yticks([])
        for y, group in heads:
            axes.text(
                left, y + 0.25, label(group, 44), fontsize=12, fontweight="bold", va="center", color=INK
            )
        for n, row in enumerate(rows):
            axes.text(
                left, places[n] - 0.36, _words(row, 40), fontsize=11, va="center", color=MUTED, zorder=5
            )
        return
    ticks = sorted([(y, label(group, 44), True) for y, group in heads]
                   + [(places[n], _words(row, 44), False) for n, row in enumerate(rows)])  # fmt: skip
    axes.set_yticks([y for y, _, _ in ticks], [words for _, words, _ in ticks])
    for text, (_, _, bold) in zip(axes.get_yticklabels(), ticks, strict=True):
        text.set(color=INK, fontweight="bold" if bold else "normal")


def _words(row: ForestRow, most: int) -> str:
    return label(row.name, most) + (" (sim.)" if row.simulated else "")


def _tick(value: float) -> str:
    return "0" if abs(value) < 1e-9 else points(value).removesuffix(".0")
