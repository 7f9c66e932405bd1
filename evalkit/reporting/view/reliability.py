"""The reliability curves of a suite: how often answers are right at each stated confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.reporting.view.cells import Cell
from evalkit.reporting.view.drawings import ReliabilityCurve, ReliabilityDrawing
from evalkit.reporting.view.figures import Figure
from evalkit.stats import rate_interval
from evalkit.wording import kind_words, listed, percent, point_size

MOST_CURVES = 6
"""Candidates in the picture; the CSV has them all."""


def reliability(
    suite: str, cells: Sequence[Cell], metrics: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Figure | None:
    """The figure; None where no candidate gave confidences."""
    found = [(c, metrics.get((suite, c.candidate), {}).get("calibration")) for c in cells]
    curves = tuple(
        _curve(cell, told) for cell, told in found if isinstance(told, Mapping) and told.get("bins")
    )
    if not curves:
        return None
    drawn = tuple(sorted(curves, key=lambda c: -c.error)[:MOST_CURVES])
    left = f" Drawn are the {len(drawn)} that are off most." if len(drawn) < len(curves) else ""
    made = [_source(cell.candidate, told) for cell, told in found if isinstance(told, Mapping)]
    sizes = sorted({sum(n for _, _, _, _, n in c.points) for c in curves})
    n = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    return Figure(
        name=f"reliability-{suite}",
        title=_title(curves),
        how_to_read=(
            "Share that is right (up) among the answers with about that confidence (right), in ten bins; "
            "bars are 95% intervals. On the diagonal confidence is what it says, below it the candidate is "
            f"too sure. Larger marks hold more answers. n = {n} answers a candidate.{left} {' '.join(made)}"
        ),
        alternative="; ".join(f"{c.candidate}: expected calibration error {c.error:.3f}" for c in curves)
        + ".",
        drawing=ReliabilityDrawing(curves=tuple(c for c in curves if c in drawn)),
        columns=("candidate", "simulated", "confidence", "success", "low", "high", "answers"),
        rows=tuple((c.candidate, str(c.simulated).lower(), *point) for c in curves for point in c.points),
    )


def _curve(cell: Cell, told: Mapping[str, Any]) -> ReliabilityCurve:
    points = []
    for one in told["bins"]:
        n = int(one["count"])
        right = round(float(one["success_rate"]) * n)
        rate = rate_interval([1.0] * right + [0.0] * (n - right))
        points.append((float(one["confidence"]), float(one["success_rate"]), rate.low, rate.high, n))
    return ReliabilityCurve(
        candidate=cell.candidate,
        tier=cell.tier,
        simulated=cell.is_simulated,
        error=float(told["expected_calibration_error"]),
        points=tuple(points),
    )


def _source(candidate: str, told: Mapping[str, Any]) -> str:
    """How the confidences were made, and how much probability lay outside the labels."""
    methods = [kind_words(str(m)) for m in told.get("methods") or ()]
    how = listed(methods) if methods else "as the backend gave them"
    outside = told.get("mean_mass_outside")
    rest = (
        f", {percent(float(outside), 200)} of the probability outside the labels"
        if outside is not None
        else ""
    )
    return f"{candidate}: confidences {how}{rest}."


def _title(curves: Sequence[ReliabilityCurve]) -> str:
    worst, best = (pick(curves, key=lambda c: (c.error, c.candidate)) for pick in (max, min))
    if len(curves) == 1:
        return f"{worst.candidate}'s confidence is off by {point_size(worst.error)} points on average"
    return (
        f"Confidence is off by {point_size(best.error)} points on average with {best.candidate}, "
        f"by {point_size(worst.error)} with {worst.candidate}"
    )
