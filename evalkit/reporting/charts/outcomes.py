"""How each candidate's samples ended: one bar each, form and rightness kept apart."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from evalkit.reporting.charts.style import INK, SURFACE, colour, label, plain_axis, sheet, to_svg
from evalkit.reporting.view.drawings import OutcomeBar
from evalkit.wording import percent

_PARTS = (
    ("right", "right", "--right", "--on-right", None),
    ("wrong", "well-formed, wrong", "--wrong", "--on-other", None),
    ("malformed", "malformed", "--malformed", "--on-other", "///"),
    ("faulted", "fault, no answer", "--faulted", "--on-other", "xx"),  # dots would be a hundred kB of curves
)
"""Field, words, fill, ink upon it, hatch: grey prints tell the parts apart by lightness and hatch."""


def draw(bars: Sequence[OutcomeBar], *, width: int, columns: int, salt: str) -> str:
    """The SVG of these bars; with one column the legend takes two rows."""
    with sheet(width, 34 * len(bars) + (76 if columns > 1 else 96), salt) as figure:
        axes = figure.subplots()
        for y, bar in enumerate(bars):
            _bar(axes, bar, y)
        axes.set_ylim(len(bars) - 0.45, -0.55)
        axes.set_xlim(0, 1)
        axes.set_yticks(
            range(len(bars)), [label(b.candidate, 20) + (" (sim.)" if b.simulated else "") for b in bars]
        )
        axes.tick_params(axis="y", labelcolor=INK)
        axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(float(value))))
        plain_axis(axes, grid="x")
        figure.legend(loc="outside upper left", ncols=4 if columns > 1 else 2, frameon=False, fontsize=11.5,
                      handlelength=1.2, columnspacing=1.6, labelcolor=INK)  # fmt: skip
        return to_svg(figure, salt)


def _bar(axes: Axes, bar: OutcomeBar, y: int) -> None:
    start, asked = 0.0, max(1, bar.outcomes.asked)
    for name, words, fill, ink, hatch in _PARTS:
        n = int(getattr(bar.outcomes, name))
        if not n and y:  # the first bar's parts stand in the legend, whatever they are
            continue
        axes.barh(y, n / asked, left=start, height=0.66, color=colour(fill), edgecolor=SURFACE, linewidth=1.2,
                  hatch=hatch, label=words if y == 0 else None)  # fmt: skip
        if n / asked >= 0.05:
            paper = {
                "facecolor": colour(fill),
                "edgecolor": "none",
                "pad": 1.5,
            }  # keeps the hatch off the number
            axes.text(start + n / asked / 2, y, f"{n:,}", ha="center", va="center", fontsize=11.5,
                      color=colour(ink), bbox=paper)  # fmt: skip
        start += n / asked
