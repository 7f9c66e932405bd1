"""The lead's table: of each suite the cheapest way that holds the floor, what it saves, how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.reporting.hostile import slug
from evalkit.reporting.view.bills import BillRow, suite_bills
from evalkit.reporting.view.cells import Cell
from evalkit.reporting.view.errors import ErrorsPage
from evalkit.reporting.view.pages import Context
from evalkit.stats import Interval

if TYPE_CHECKING:
    from evalkit.gate import GateOutcome
    from evalkit.routes.report import SuiteRoutes


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What a lead can decide on one suite."""

    suite: str
    href: str
    """The suite's page."""
    route_anchor: str
    """On the routes page; empty where nobody asked for routes."""
    floor: float | None
    way: str
    """The cheapest candidate or route that holds the floor; the best measured where none does."""
    holds: bool
    """Whether it holds the floor for certain; False: `way` is only the best measured."""
    how_sure: str
    """`certified`, `measured`, or empty."""
    success: Interval | None
    saves_usd: float | None
    """A month, against the frontier alone; None where an amount or the volume is not known."""
    difference: float | None
    """Success of the way less that of the frontier, a fraction; None without a frontier."""
    frontier_simulated: bool
    upgrade: GateOutcome | None
    """The worst verdict on the suite; None where nothing was judged."""
    upgrade_anchor: str
    """Of the case that has it on the regressions page."""
    new_failures: int | None
    """Items that fail now and were right before, of all measured candidates; None without earlier ones."""


def build_decisions(context: Context, errors: ErrorsPage | None) -> tuple[Decision, ...]:
    """One row for each suite, in the report's order."""
    routes = {s.suite: s for s in context.inputs.routes.suites} if context.inputs.routes else {}
    bills = {b.suite: b.rows for b in suite_bills(context.inputs.routes)} if context.inputs.routes else {}
    return tuple(
        _decision(context, suite, cells, routes.get(suite), bills.get(suite, ()), errors)
        for suite, cells in context.cells.by_suite.items()
    )


def _decision(
    context: Context,
    suite: str,
    cells: Sequence[Cell],
    routes: SuiteRoutes | None,
    rows: Sequence[BillRow],
    errors: ErrorsPage | None,
) -> Decision:
    floor = context.stakes(suite).quality_floor
    way, sure = _cheapest_that_holds(rows, routes, floor)
    frontier = _frontier(rows)
    best = None if way else _best_measured(cells)
    success = way.success if way else best.success if best else None
    verdicts = [c for c in (context.inputs.gate.cases if context.inputs.gate else ()) if c.suite == suite]
    since = errors.since if errors else ()
    compared = [r for r in since if r.suite == suite and r.against and not r.simulated]
    return Decision(
        suite=suite,
        href=f"suites/{slug(suite)}.html",
        route_anchor=f"route-{slug(suite)}" if routes else "",
        floor=floor,
        way=way.way if way else best.candidate if best else "",
        holds=way is not None,
        how_sure=sure,
        success=success,
        saves_usd=_saving(way, frontier),
        difference=success.estimate - frontier.success.estimate if success and frontier else None,
        frontier_simulated=frontier is not None and frontier.simulated,
        upgrade=verdicts[0].outcome if verdicts else None,
        upgrade_anchor=f"case-{slug(f'{suite} {verdicts[0].candidate}')}" if verdicts else "",
        new_failures=sum(r.new for r in compared) if compared else None,
    )


def _cheapest_that_holds(
    rows: Sequence[BillRow], routes: SuiteRoutes | None, floor: float | None
) -> tuple[BillRow | None, str]:
    """The cheapest way, on measured answers, that is above the floor for certain, and how sure that is.

    A route counts by its certificate, a candidate alone by its whole interval.
    """
    if floor is None or routes is None:
        return None, ""
    certificate = routes.proposal.certificate
    certified = certificate is not None and certificate.certified
    holding = [
        (row, "certified" if row.kind == "proposed route" else "measured")
        for row in rows
        if not row.simulated
        and (certified if row.kind == "proposed route" else row.success.n > 0 and row.success.low >= floor)
    ]
    if not holding:
        return None, ""
    return min(holding, key=lambda one: (one[0].total_usd is None, one[0].total_usd or 0.0, one[0].way))


def _frontier(rows: Sequence[BillRow]) -> BillRow | None:
    """The most successful frontier candidate alone; a measured one before a simulated one."""
    own = [row for row in rows if row.kind == "frontier" and row.success.n]
    return max(own, key=lambda row: (not row.simulated, row.success.estimate), default=None)


def _best_measured(cells: Sequence[Cell]) -> Cell | None:
    own = [c for c in cells if c.success and not c.is_simulated and not c.is_cheap_floor]
    return max(own, key=lambda c: (c.success.estimate if c.success else 0.0, c.candidate), default=None)


def _saving(way: BillRow | None, frontier: BillRow | None) -> float | None:
    if way is None or frontier is None or way.total_usd is None or frontier.total_usd is None:
        return None
    return frontier.total_usd - way.total_usd
