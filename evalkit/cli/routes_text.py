"""Routes in words for the terminal: the advice first, then what stands beside it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from evalkit.reporting.hostile import one_line
from evalkit.routes.advice import Advice
from evalkit.routes.figures import Yardstick
from evalkit.routes.wording import MOVES, YARDSTICKS
from evalkit.stats import Interval
from evalkit.wording import DASH, count, listed, percent, point_span, seconds, stated, tenths, usd

if TYPE_CHECKING:
    from evalkit.api.routes import Simulation
    from evalkit.economics import BreakEven
    from evalkit.routes.figures import RouteFigures
    from evalkit.routes.file import RouteFile
    from evalkit.routes.governance import GovernanceRow
    from evalkit.routes.report import RouteReport, SuiteRoutes

WIDTH = 110
MOST_SLICES = 6
COLUMNS = (9, 12, 13, 13, 9, 6, 8)
"""Widths in characters."""
PER = 1000
"""Costs are shown for this many items: one item's is a row of zeros."""


def report_text(report: RouteReport) -> str:
    """The report as lines of plain text."""
    return "\n".join(_report(report))


def _report(report: RouteReport) -> Iterator[str]:
    if report.simulated:
        yield "SIMULATED: some of the answers behind this are made up."
    for note in report.notes:
        yield one_line(note, 400)
    where = (
        f"in force: {report.file}, revision {report.revision}"
        if report.revision
        else "no routes are in force"
    )
    yield where
    for one in report.suites:
        yield ""
        yield from _suite(one)
    if any(p.proposal.proposed is not None for p in report.suites):
        yield ""
        yield from _wrap(report.promise)
    if any(p.proposal.status == "change" for p in report.suites):
        yield "next: evalkit routes diff, then evalkit routes apply --why ..."


def _suite(one: SuiteRoutes) -> Iterator[str]:
    proposal = one.proposal
    parts = f"chosen on {proposal.n_choosing}, confirmed on {proposal.n_confirming}"
    floor = "no floor" if one.stakes.quality_floor is None else f"floor {stated(one.stakes.quality_floor)}"
    local = ", local only" if one.stakes.privacy == "local_only" else ""
    asks = f"{one.stakes.risk} risk, {floor}{local}"
    yield f"{one_line(one.suite)}: {count(one.items, 'item')} ({parts}); {asks}"
    for name, why in {**one.left_out, **proposal.ruled_out}.items():
        hint = " (declare its price in evalkit.yaml; 0 is legal)" if why.endswith("is not known") else ""
        yield f"  not considered: {one_line(name)}: {one_line(why)}{hint}"
    for piece in one.advice:
        yield from _advice(piece)
    if one.slices.why_none:
        yield f"  slices: {one.slices.why_none}"
    for passed in one.slices.passed_over:
        yield f"  no slices of their own: {one_line(passed.in_words)}"
    if proposal.yardsticks:
        yield ""
        yield from _table(one)
    dominated = [p for p in one.trade_offs.front.points if p.dominated_by]
    for point in dominated:
        sure = [d.by for d in point.dominated_by if d.certain]
        by = listed([one_line(d.by) for d in point.dominated_by], 3)
        yield f"  dominated: {one_line(point.candidate)} by {by}{'' if sure else ' (by the estimates alone)'}"
    for climb in one.trade_offs.climbs:
        month = ""
        shown = climb.success is not None and climb.success.interval.low > 0
        if shown and climb.month_usd_per_point is not None:
            month = f"; a point more costs {_money(climb.month_usd_per_point)} a month"
        yield f"  {one_line(climb.lower)} → {one_line(climb.upper)}: {one_line(climb.says)}{month}"
    for hosted in dict.fromkeys(row.hosted for row in one.break_even):
        against = [_volume(row) for row in one.break_even if row.hosted == hosted]
        yield f"  machines for {one_line(hosted)} cost less than {listed(against)}"
    yield from map(_decision, one.governance)


def _volume(row: BreakEven) -> str:
    volume = row.per_answer.first
    when = "at no volume" if math.isinf(volume) else f"from {volume:,.0f} requests a month"
    return f"{one_line(row.rented)} {when}"


def _decision(row: GovernanceRow) -> str:
    """One row of governance in a line."""
    errors = f"wrong in {percent(row.errors.estimate, row.n)} (up to {percent(row.errors.high, row.n)})"
    if row.errors_per_month is not None:
        errors += f", {row.errors_per_month.estimate:,.0f} a month (up to {row.errors_per_month.high:,.0f})"
    if row.errors_usd_per_month is not None:
        errors += f" at {usd(row.errors_usd_per_month.estimate)}"
    owner = "proposed"
    if row.in_force:
        owner = f"accepted by {row.accepted_by} until {row.accepted_until}" if row.accepted_by else "in force"
    owner += " (EXPIRED)" if row.expired else ""
    checked = "acts unchecked" if row.unchecked else "checked by a person"
    return f"  {one_line(row.when)} → {one_line(row.asks)}: {checked}, {errors}; {one_line(owner)}"


def _advice(piece: Advice) -> Iterator[str]:
    yield f"  {MOVES[piece.move].upper()}: {one_line(piece.in_words)}"
    if piece.then is not None:
        now = "nothing is in force; held against " if piece.assumed else "now "
        if piece.now is not None:
            yield from _wrap(f"{now}{piece.now.in_words}", "    ")
        branch = piece.then.branches[0].in_words if piece.where else piece.then.in_words
        yield from _wrap(f"then {branch}", "    ")
    yield from _wrap(piece.reason, "    ")
    yield from (f"    {line}" for line in _numbers(piece))
    if piece.more_items is not None and piece.move != "keep":
        yield f"    about {count(piece.more_items, 'more item', 'more items')} would decide it"
    if piece.examples:
        yield f"    see {', '.join(one_line(item, 40) for item in piece.examples)}"


def _numbers(piece: Advice) -> Iterator[str]:
    if piece.success_now is not None and piece.success_then is not None and piece.difference is not None:
        gap = piece.difference.interval
        yield (
            f"success {percent(piece.success_now.estimate, piece.n)} → "
            f"{percent(piece.success_then.estimate, piece.n)} "
            f"({point_span(gap)} points, {count(piece.n, 'item')})"
        )
    if piece.paid_now_usd is not None and piece.paid_then_usd is not None:
        yield f"paid {usd(PER * piece.paid_now_usd)} → {usd(PER * piece.paid_then_usd)} per {PER:,}"
    saving, many = (
        (piece.month_saving_usd, "a month")
        if piece.month_saving_usd is not None
        else (piece.saving_usd, "an item")
    )
    if saving is not None:
        verb = "saves" if saving.estimate >= 0 else "costs"
        yield f"errors included, {verb} {_money(_positive(saving))} {many}"
    elif piece.then is not None:
        yield "what it saves is not known"


def _positive(saving: Interval) -> Interval:
    """A negative saving as what it costs more."""
    if saving.estimate >= 0:
        return saving
    return Interval(
        estimate=-saving.estimate,
        low=-saving.high,
        high=-saving.low,
        confidence=saving.confidence,
        n=saving.n,
        method=saving.method,
    )


def _table(one: SuiteRoutes) -> Iterator[str]:
    """The proposed route and the yardsticks, side by side, over the confirming part."""
    proposal = one.proposal
    rows = []
    if proposal.proposed is not None and proposal.figures is not None:
        rows.append(("proposed", proposal.proposed.in_words, proposal.figures))
    rows += [_yardstick(y) for y in proposal.yardsticks]
    heads = ("success", "paid", "errors", "per success", "p95", "up", "people")
    yield f"    on the {count(proposal.n_confirming, 'item')} that confirm; US dollars per {PER:,}"
    yield " " * 22 + "".join(f"{head:>{width}}" for head, width in zip(heads, COLUMNS, strict=True))
    for label, words, shown in rows:
        yield f"    {label:<18}{_cells(shown)}  {one_line(words, 70)}"


def _yardstick(one: Yardstick) -> tuple[str, str, RouteFigures]:
    return YARDSTICKS[one.name], one.in_words, one.figures


def _cells(shown: RouteFigures) -> str:
    paid = None
    if shown.calls_usd is not None and shown.reviews_usd is not None:
        paid = PER * (shown.calls_usd.estimate + shown.reviews_usd)
    errors = None if shown.errors_usd is None else PER * shown.errors_usd
    per = None if shown.per_success_usd is None else PER * shown.per_success_usd.estimate
    p95 = DASH if shown.latency_s is None else seconds(shown.latency_s.p95.estimate)
    cells = (
        percent(shown.success.estimate, shown.n),
        _usd(paid),
        _usd(errors),
        _usd(per),
        p95,
        percent(shown.escalated_share),
        percent(shown.review_share),
    )
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, COLUMNS, strict=True))


def simulation_text(found: Sequence[Simulation]) -> str:
    """Replayed policies as lines of plain text."""
    return "\n".join(line for one in found for line in _simulation(one))


def _simulation(one: Simulation) -> Iterator[str]:
    shown = one.figures
    mark = " (SIMULATED answers)" if one.simulated else ""
    yield f"{one_line(one.suite)}: {one_line(one.policy.in_words, 300)}{mark}"
    for breach in one.breaches:
        yield f"  may not serve: {one_line(breach)}"
    rate = shown.success
    span = f"{percent(rate.low, shown.n)} to {percent(rate.high, shown.n)}"
    yield f"  success {percent(rate.estimate, shown.n)} ({span}) of {count(shown.n, 'item')}"
    per = "unknown" if shown.per_success_usd is None else _money(shown.per_success_usd)
    month = "" if shown.month_calls_usd is None else f"; {usd(shown.month_calls_usd)} of calls a month"
    yield f"  {per} per success{month}" + (f" ({shown.unknown})" if shown.unknown else "")
    if shown.latency_s is not None:
        within = "" if shown.within_limit is None else f"; {tenths(shown.within_limit)} within the limit"
        p50, p95 = shown.latency_s.p50.estimate, shown.latency_s.p95.estimate
        yield f"  p50 {seconds(p50)}, p95 {seconds(p95)}{within}"
    yield f"  {tenths(shown.escalated_share)} escalated, {tenths(shown.review_share)} seen by a person"
    for step in shown.steps:
        who = f"branch {step.branch + 1}: {one_line(step.candidate)}"
        yield f"    {who} asked for {tenths(step.asked)}, serves {tenths(step.served)}"


def file_text(found: RouteFile) -> str:
    """The routes in force as lines of plain text."""
    if not found.routes:
        return "no routes are in force"
    return "\n".join(_in_force(found))


def _in_force(found: RouteFile) -> Iterator[str]:
    yield f"revision {found.revision}"
    today = datetime.now(UTC).date()
    for suite, route in sorted(found.routes.items()):
        yield f"{one_line(suite)}: {one_line(route.policy.in_words, 300)}"
        marks = ["certified" if route.certified else "not certified"]
        marks += ["SIMULATED evidence"] if route.evidence.simulated else []
        if (held := route.accepted) is not None:
            gone = " (EXPIRED)" if held.until < today else ""
            marks.append(f"accepted by {held.by} until {held.until}{gone}: {held.why}")
        yield f"  {one_line('; '.join(marks), 300)}"
    for name, pin in sorted(found.candidates.items()):
        model = one_line(pin.model or pin.backend)
        yield f"  {one_line(name)}: {pin.tier}, {model}, fingerprint {pin.fingerprint}"


def _usd(value: float | None) -> str:
    return "unknown" if value is None else usd(value)


def _money(amount: Interval) -> str:
    """An amount with its bounds; an open end is said."""
    if math.isinf(amount.estimate):
        return f"∞ (at least {usd(amount.low)})"
    if math.isinf(amount.high):
        return f"{usd(amount.estimate)} (at least {usd(amount.low)}, not bounded above)"
    return f"{usd(amount.estimate)} ({usd(amount.low)} to {usd(amount.high)})"


def _wrap(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(one_line(text, 900), WIDTH, initial_indent=indent, subsequent_indent=indent)
