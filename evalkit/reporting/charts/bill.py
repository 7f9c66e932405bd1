"""A month's bill of each way to do all the work: calls, reviews and what errors cost, stacked."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.ticker import FuncFormatter, MaxNLocator

from evalkit.reporting.charts.style import INK, MUTED, SURFACE, colour, label, plain_axis, sheet, to_svg
from evalkit.reporting.view.drawings import BillBar
from evalkit.wording import usd

_PARTS = (
    ("calls_usd", "calls", "--right", None),
    ("reviews_usd", "reviews", "--faulted", "xx"),  # dots would be a hundred kB of curves
    ("errors_usd", "what errors cost", "--wrong", "///"),
)
"""Field, words, fill, hatch: a grey print tells the parts apart by lightness and hatch."""


def draw(bars: Sequence[BillBar], *, width: int, columns: int, salt: str) -> str:
    """The SVG of these bars; with one column the names stand above them."""
    narrow = columns == 1
    with sheet(width, (52 if narrow else 38) * len(bars) + 96, salt) as figure:
        axes = figure.subplots()
        most = max([bar.total_usd for bar in bars], default=1.0) or 1.0
        for y, bar in enumerate(bars):
            start = 0.0
            for field, words, fill, hatch in _PARTS:
                part = float(getattr(bar, field))
                axes.barh(y, part, left=start, height=0.5 if narrow else 0.62, color=colour(fill),
                          edgecolor=SURFACE, linewidth=1.0, hatch=hatch,
                          label=words if y == 0 else None)  # fmt: skip
                start += part
            axes.text(start + 0.012 * most, y, usd(bar.total_usd), va="center", fontsize=11.5, color=INK)
        names = [label(bar.name, 40) + (" (sim.)" if bar.simulated else "") for bar in bars]
        if narrow:
            axes.set_yticks([])
            for y, name in enumerate(names):
                axes.text(0, y - 0.4, name, fontsize=11, va="center", color=MUTED)
        else:
            axes.set_yticks(range(len(bars)), names)
            axes.tick_params(axis="y", labelcolor=INK)
        axes.set_ylim(len(bars) - 0.4, -0.7)
        axes.set_xlim(0, most * (1.3 if narrow else 1.14))
        axes.xaxis.set_major_locator(MaxNLocator(3 if narrow else 6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: usd(float(value)).removesuffix(".00")))
        plain_axis(axes, grid="x")
        axes.set_xlabel("US dollars a month", fontsize=12, color=MUTED)
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=11.5, handlelength=1.2,
                      columnspacing=1.6, labelcolor=INK)  # fmt: skip
        return to_svg(figure, salt)
