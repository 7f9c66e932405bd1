"""Log axes with plain words on their ticks, and bounds that may run on beyond them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from evalkit.wording import seconds


def log_limits(estimates: Iterable[float], bounds: Iterable[float]) -> tuple[float, float]:
    """Limits that hold every estimate, and every bound that is not absurdly far from them."""
    inside = [v for v in estimates if 0 < v < math.inf]
    if not inside:
        return 0.1, 10.0
    near = [v for v in bounds if min(inside) / 5 <= v <= max(inside) * 5]
    low, high = min([*inside, *near]), max([*inside, *near])
    room = max(1.35, (high / low) ** 0.12)
    return low / room, high * room


def log_x(axes: Axes, limits: tuple[float, float], form: Callable[[float], str], most_ticks: int) -> None:
    """A log x axis with at most so many ticks at round values."""
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.xaxis.set_major_locator(FixedLocator(round_ticks(limits, most_ticks)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: form(float(value))))
    axes.xaxis.set_minor_formatter(NullFormatter())


def round_ticks(limits: tuple[float, float], most: int) -> list[float]:
    """Round values inside the limits: 1, 2, 5 a decade while they fit, else 1 and 3, else powers of ten."""
    low, high = limits
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**d for d in decades for step in steps if low <= step * 10.0**d <= high]
        if len(ticks) <= most:
            return ticks
    stride = math.ceil(len(ticks) / most)
    return ticks[::stride]


def seconds_tick(value: float) -> str:
    """A round number of seconds without needless zeros."""
    return seconds(value).replace(".00 s", " s").replace(".0 ms", " ms")


def stroke(axes: Axes, x: Sequence[float], y: Sequence[float], **style: Any) -> None:
    """A line or its markers, inside the axes' limits as they are: no scale or layout is worked out anew."""
    line = Line2D(x, y, **style)
    line.set_in_layout(False)
    axes.add_artist(line)


def draw_span(
    axes: Axes, low: float, high: float, y: float, *, colour: str, dashed: bool, width: float = 1.6
) -> None:
    """A horizontal interval; an end beyond the axis becomes an arrow head at its edge."""
    left, right = axes.get_xlim()
    start, end = max(low, left), min(high, right)
    if start >= end:
        return
    dash = (0, (4, 2)) if dashed else "-"
    stroke(axes, [start, end], [y, y], color=colour, linewidth=width, linestyle=dash, solid_capstyle="butt",
           zorder=2)  # fmt: skip
    ends = [x for x, inside in ((start, low >= left), (end, high <= right)) if inside]
    if ends:
        stroke(axes, ends, [y] * len(ends), marker="|", color=colour, linestyle="none", markersize=8,
               markeredgewidth=width, zorder=2)  # fmt: skip
    for x, beyond, head in ((left, low < left, "<"), (right, high > right, ">")):
        if beyond:
            stroke(axes, [x], [y], marker=head, color=colour, markersize=7, clip_on=False, zorder=3)
