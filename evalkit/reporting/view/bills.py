"""What a month's work costs: each candidate alone and each route, suite by suite and all suites together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.records import TIERS
from evalkit.reporting.view.drawings import BillBar, BillDrawing
from evalkit.reporting.view.figures import Figure
from evalkit.stats import Interval
from evalkit.wording import count, listed, usd

if TYPE_CHECKING:
    from evalkit.routes.figures import RouteFigures
    from evalkit.routes.report import RouteReport, SuiteRoutes


@dataclass(frozen=True, kw_only=True, slots=True)
class BillRow:
    """One way to do a suite's work for a month, in US dollars; None where an amount is not known."""

    suite: str
    way: str
    """The candidate, or the route in words."""
    kind: str
    """The candidate's tier, `route in force` or `proposed route`."""
    simulated: bool
    success: Interval
    calls_usd: float | None
    machines: int | None
    """Whole machines in `calls_usd`, where they are one's own."""
    reviews_usd: float | None
    errors_usd: float | None
    """What wrong answers cost; None without `error_cost_usd`."""

    @property
    def total_usd(self) -> float | None:
        """All that is known to be paid or lost; None where calls or reviews are not known."""
        if self.calls_usd is None or self.reviews_usd is None:
            return None
        return self.calls_usd + self.reviews_usd + (self.errors_usd or 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteBill:
    """All ways to do one suite's work."""

    suite: str
    volume_per_month: int | None
    rows: tuple[BillRow, ...]


def suite_bills(routes: RouteReport) -> tuple[SuiteBill, ...]:
    """Every suite's ways, candidates first."""
    return tuple(
        SuiteBill(suite=s.suite, volume_per_month=s.stakes.volume_per_month, rows=tuple(_rows(s)))
        for s in routes.suites
    )


def _rows(suite: SuiteRoutes) -> Iterator[BillRow]:
    """Candidates and routes over the same items: those that no route was chosen on."""
    by_tier = sorted(suite.candidates, key=lambda c: TIERS.index(c.tier) if c.tier in TIERS else len(TIERS))
    for one in by_tier:
        yield _row(suite, one.tier, one.candidate, one.candidate, suite.alone[one.candidate])
    proposal = suite.proposal
    for kind, policy, found in (
        ("route in force", proposal.current, proposal.current_figures),
        ("proposed route", proposal.proposed, proposal.figures),
    ):
        if (
            policy is not None
            and found is not None
            and (kind == "route in force" or policy != proposal.current)
        ):
            yield _row(suite, kind, policy.in_words, policy.single, found)


def _row(suite: SuiteRoutes, kind: str, way: str, candidate: str | None, found: RouteFigures) -> BillRow:
    """The bill of a way; where one `candidate` does it all on machines of one's own, of whole machines."""
    volume, price = suite.stakes.volume_per_month, suite.stakes.error_cost_usd
    calls, machines, simulated = found.month_calls_usd, None, suite.proposal.simulated
    for one in suite.candidates:
        if one.candidate == candidate:
            simulated, machines = one.is_simulated, one.cost.machines
            if machines is not None and one.cost.month_usd is not None:
                calls = one.cost.month_usd.estimate
    return BillRow(
        suite=suite.suite, way=way, kind=kind, simulated=simulated, success=found.success, calls_usd=calls,
        machines=machines,
        reviews_usd=None if found.reviews_usd is None or volume is None else found.reviews_usd * volume,
        errors_usd=None if found.month_errors is None or price is None else found.month_errors * price,
    )  # fmt: skip


def bill_figure(bills: Sequence[SuiteBill]) -> Figure | None:
    """All suites together, by tier and by route; None where no way is known for all of them."""
    told = [bill for bill in bills if any(row.total_usd is not None for row in bill.rows)]
    silent = [bill.suite for bill in bills if bill not in told]
    bars = tuple(bar for bar in _bars(told) if bar is not None)
    if len(bars) < 2:
        return None
    note = f" Without {listed(silent)}, where no bill is known." if silent else ""
    volume = sum(bill.volume_per_month or 0 for bill in told)
    return Figure(
        name="bill",
        title=_title(bars),
        how_to_read=(
            "US dollars a month at the suites' volumes: calls (whole machines where they are one's own), "
            "people's reviews, and what wrong answers cost by the suites' error_cost_usd. A tier's bar has "
            "everywhere its candidate that is most often right; a route's bar has the frontier where a suite "
            f"has no such route. n = {count(len(told), 'suite')}, {volume:,} requests a month.{note}"
        ),
        alternative="; ".join(f"{b.name}: {usd(b.total_usd)} a month" for b in bars) + ".",
        drawing=BillDrawing(bars=bars),
        columns=("way", "simulated", "calls_usd", "reviews_usd", "errors_usd", "total_usd"),
        rows=tuple(
            (b.name, str(b.simulated).lower(), b.calls_usd, b.reviews_usd, b.errors_usd, b.total_usd)
            for b in bars
        ),
    )


def _bars(bills: Sequence[SuiteBill]) -> Iterator[BillBar | None]:
    for tier in TIERS:
        yield _sum(f"{tier} alone", [_best(bill, tier) for bill in bills])
    for kind, name in (("route in force", "routes in force"), ("proposed route", "proposed routes")):
        if any(row.kind == kind for bill in bills for row in bill.rows):
            yield _sum(name, [_routed(bill, kind) for bill in bills])


def _routed(bill: SuiteBill, kind: str) -> BillRow | None:
    """The suite's route; the frontier where it has none. What is not proposed anew stays in force."""
    kinds = (kind, "route in force") if kind == "proposed route" else (kind,)
    routes = [row for wanted in kinds for row in bill.rows if row.kind == wanted]
    return routes[0] if routes else _best(bill, TIERS[-1])


def _best(bill: SuiteBill, tier: str) -> BillRow | None:
    rows = [row for row in bill.rows if row.kind == tier and row.success.n]
    return max(rows, key=lambda row: row.success.estimate, default=None)


def _sum(name: str, rows: Sequence[BillRow | None]) -> BillBar | None:
    known = [row for row in rows if row is not None and row.total_usd is not None]
    if not known or len(known) < len(rows):
        return None
    return BillBar(
        name=name,
        simulated=any(row.simulated for row in known),
        calls_usd=sum(row.calls_usd or 0.0 for row in known),
        reviews_usd=sum(row.reviews_usd or 0.0 for row in known),
        errors_usd=sum(row.errors_usd or 0.0 for row in known),
    )


def _title(bars: Sequence[BillBar]) -> str:
    best = min(bars, key=lambda b: b.total_usd)
    dearest = max(bars, key=lambda b: b.total_usd)
    sim = " (simulated)" if best.simulated else ""
    return (
        f"With errors counted, {best.name}{sim} would cost least: {usd(best.total_usd)} a month; "
        f"{dearest.name} would cost {usd(dearest.total_usd)}"
    )
