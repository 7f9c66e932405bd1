"""Machines of one's own against candidates paid by the call, by volume."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.reporting.view.drawings import BreakEvenDrawing, BreakEvenPanel, RentedLine
from evalkit.reporting.view.figures import Figure
from evalkit.wording import count, listed, usd

if TYPE_CHECKING:
    from evalkit.economics import BreakEven, CandidateFigures
    from evalkit.routes.report import RouteReport, SuiteRoutes


@dataclass(frozen=True, kw_only=True, slots=True)
class VolumeRow:
    """One break-even."""

    suite: str
    hosted: str
    rented: str
    machine_usd_per_month: float
    requests_per_month: float
    from_requests: float
    """From here on machines cost less an answer; infinite when never."""
    from_low: float
    from_high: float
    always_from: float
    from_successes: float | None
    """The same with each side's bill over its own successes."""
    volume_per_month: int | None
    cheaper_now: str | None


def volume_rows(routes: RouteReport) -> tuple[VolumeRow, ...]:
    """Every break-even of every suite."""
    return tuple(_row(one) for suite in routes.suites for one in suite.break_even)


def _row(one: BreakEven) -> VolumeRow:
    return VolumeRow(
        suite=one.suite,
        hosted=one.hosted,
        rented=one.rented,
        machine_usd_per_month=one.machine_usd_per_month,
        requests_per_month=one.requests_per_month,
        from_requests=one.per_answer.first,
        from_low=one.first.low,
        from_high=one.first.high,
        always_from=one.per_answer.always,
        from_successes=one.per_success.first if one.per_success else None,
        volume_per_month=one.volume_per_month,
        cheaper_now=one.cheaper_now,
    )


def volume_figure(routes: RouteReport) -> Figure | None:
    """Bills by volume, a panel for each suite; None without machines of one's own."""
    panels = tuple(panel for suite in routes.suites for panel in _panels(suite))
    if not panels:
        return None
    return Figure(
        name="break-even",
        title=_title(panels, [one for suite in routes.suites for one in suite.break_even]),
        how_to_read=(
            "A month's bill of calls against requests a month (both log scale): the solid line is whole "
            "machines for the self-hosted candidate that is most often right, each step one more machine; "
            "dashed lines are candidates paid by the call. Where a dashed line crosses the solid one, "
            "machines begin to cost less. The dotted line is the suite's volume. "
            f"n = {count(len(panels), 'suite')}."
        ),
        alternative="; ".join(
            f"{r.suite}: machines for {r.hosted} cost less than {r.rented} "
            + (f"from {r.from_requests:,.0f} requests a month" if math.isfinite(r.from_requests) else "never")
            for r in volume_rows(routes)
        )
        + ".",
        drawing=BreakEvenDrawing(panels=panels),
        columns=(
            "suite", "hosted", "rented", "machine_usd_per_month", "machine_requests_per_month",
            "first_cheaper_requests", "first_low", "first_high", "always_cheaper_requests",
            "first_cheaper_per_success_requests", "volume_per_month", "cheaper_now",
        ),
        rows=tuple(
            (r.suite, r.hosted, r.rented, r.machine_usd_per_month, r.requests_per_month, r.from_requests,
             r.from_low, r.from_high, r.always_from, r.from_successes, r.volume_per_month, r.cheaper_now)
            for r in volume_rows(routes)
        ),
    )  # fmt: skip


def _panels(suite: SuiteRoutes) -> Iterator[BreakEvenPanel]:
    figures = {one.candidate: one for one in suite.candidates}
    hosted = {one.hosted for one in suite.break_even}
    if not hosted:
        return
    best = max((figures[name] for name in hosted), key=lambda f: (f.success.estimate, f.candidate))
    own = [one for one in suite.break_even if one.hosted == best.candidate]
    yield BreakEvenPanel(
        suite=suite.suite,
        hosted=best.candidate,
        tier=best.tier,
        simulated=best.is_simulated,
        machine_usd_per_month=own[0].machine_usd_per_month,
        requests_per_month=own[0].requests_per_month,
        rented=tuple(line for one in own for line in _line(figures[one.rented])),
        volume_per_month=suite.stakes.volume_per_month,
    )


def _line(one: CandidateFigures) -> Iterator[RentedLine]:
    price = one.cost.per_attempt_usd
    if price is not None and price.estimate > 0:
        yield RentedLine(
            candidate=one.candidate, tier=one.tier, simulated=one.is_simulated, usd_per_answer=price.estimate
        )


def _title(panels: Sequence[BreakEvenPanel], found: Sequence[BreakEven]) -> str:
    cheaper: dict[str, list[str]] = {}
    for panel in panels:
        own = [one for one in found if one.suite == panel.suite and one.hosted == panel.hosted]
        decided = [one for one in own if one.cheaper_now is not None]
        if decided and all(one.cheaper_now == panel.hosted for one in decided):
            cheaper.setdefault(panel.hosted, []).append(panel.suite)
    if cheaper:
        words = [f"{name} on {len(on)} of {count(len(panels), 'suite')}" for name, on in cheaper.items()]
        return f"At today's volume machines of one's own cost least for a success: {listed(words)}"
    dearest = max(panels, key=lambda p: p.machine_usd_per_month)
    return (
        "At today's volume no machine of one's own costs least for a success; one costs up to "
        f"{usd(dearest.machine_usd_per_month)} a month"
    )
