"""The learning-curve page as data: success against training examples, and what more of them would bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.reporting.view.drawings import LearningDrawing, LearningLine, LearningPanel
from evalkit.reporting.view.figures import Figure
from evalkit.reporting.view.pages import Context, Pointer
from evalkit.wording import percent

if TYPE_CHECKING:
    from evalkit.training.curve import LearningCurve, SliceCurve, SuiteCurve


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningPage:
    """The models of one base by what they were trained on."""

    template: ClassVar[str] = "learning.html.j2"
    href: ClassVar[str] = "learning.html"
    label: ClassVar[str] = "Learning"

    figures: tuple[Figure, ...]
    """One for each base."""
    findings: tuple[tuple[str, str], ...]
    """Suite and sentence."""

    @property
    def pointers(self) -> tuple[Pointer, ...]:
        """What the front page says of it."""
        return tuple(Pointer(text=f"{f.title}.", href=self.href, anchor=f.name) for f in self.figures)


def build_learning(context: Context) -> LearningPage | None:
    """Return the page; None where no candidates say what they were trained on."""
    curves = context.inputs.curves
    if not curves:
        return None
    return LearningPage(
        figures=tuple(map(_figure, curves)),
        findings=tuple(
            (one.suite, f"{words}.")
            for curve in curves
            for one in curve.suites
            for words in (one.in_words, one.style_or_task.in_words)
        ),
    )


def _figure(curve: LearningCurve) -> Figure:
    panels = tuple(map(_panel, curve.suites))
    rows = tuple(
        (
            one.suite,
            part.name,
            p.candidate,
            p.examples,
            str(p.simulated).lower(),
            part.items,
            p.success.estimate,
            p.success.low,
            p.success.high,
        )
        for one in curve.suites
        for part in (one.whole, *one.slices)
        for p in part.points
    )
    return Figure(
        name=f"learning-{curve.base}",
        title=_finding(curve),
        how_to_read=(
            "Success rate (up is better) against training examples (log scale); bars are 95% intervals, "
            "hollow marks are simulated. The solid line joins all items, the dashed ones the slices by "
            "style; the dotted line is the untrained model, the diamond where one more model with twice the "
            "examples is expected."
        ),
        alternative="; ".join(
            f"{panel.suite}: {point[0]:,} examples {percent(point[1])}"
            for panel in panels
            for line in panel.lines[:1]
            for point in line.points
        )
        + ".",
        drawing=LearningDrawing(panels=panels),
        columns=(
            "suite",
            "slice",
            "candidate",
            "examples",
            "simulated",
            "items",
            "success",
            "success_low",
            "success_high",
        ),
        rows=rows,
    )


def _panel(one: SuiteCurve) -> LearningPanel:
    tag = one.style_or_task.other_name.partition("=")[0]
    by_style = [part for part in one.slices if part.name.partition("=")[0] == tag]
    untrained = [p.success.estimate for p in one.whole.points if not p.examples]
    fit = one.whole.fit
    return LearningPanel(
        suite=one.suite,
        lines=tuple(
            _line(part, "all items" if part is one.whole else part.name) for part in (one.whole, *by_style)
        ),
        untrained=untrained[0] if untrained else None,
        ahead=None
        if fit is None
        else (fit.next_size, fit.next_success.estimate, fit.next_success.low, fit.next_success.high),
    )


def _line(part: SliceCurve, name: str) -> LearningLine:
    trained = [p for p in part.points if p.examples]
    return LearningLine(
        name=name,
        simulated=any(p.simulated for p in trained),
        points=tuple((p.examples, p.success.estimate, p.success.low, p.success.high) for p in trained),
    )


def _finding(curve: LearningCurve) -> str:
    rises = [_rise(one) for one in curve.suites]
    return f"Trained variants of {curve.base}: {_joined(rises)}"


def _rise(one: SuiteCurve) -> str:
    first, last = one.whole.points[0], one.whole.points[-1]
    return (
        f"{percent(first.success.estimate, first.success.n)} at {first.examples:,} to "
        f"{percent(last.success.estimate, last.success.n)} at {last.examples:,} examples on {one.suite}"
    )


def _joined(words: Sequence[str]) -> str:
    more = f", and {len(words) - 3} more suites" if len(words) > 3 else ""
    return "; ".join(words[:3]) + more
