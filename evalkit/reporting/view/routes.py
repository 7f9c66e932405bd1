"""The routes page as data: routes today and proposed, certificates, advice with its evidence, governance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.reporting.hostile import slug
from evalkit.reporting.view.figures import Figure
from evalkit.reporting.view.flows import Flow, flow
from evalkit.reporting.view.pages import Context, Pointer
from evalkit.routes.wording import MOVES, YARDSTICKS, reason_beside_certificate
from evalkit.stats import Interval
from evalkit.wording import count, listed, usd

if TYPE_CHECKING:
    from evalkit.routes.advice import Advice
    from evalkit.routes.governance import GovernanceRow
    from evalkit.routes.report import RouteReport, SuiteRoutes

STATUS_WORDS = {
    "change": "change",
    "keep": "keep",
    "uncertified": "more evidence",
    "no_floor": "no floor",
    "no_candidate": "no candidate",
    "too_few": "too few items",
}
"""What a proposal's status is called on a page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AdviceRow:
    """One piece of advice with its evidence."""

    move: str
    """Of `MOVES`, in words."""
    where: str
    reason: str
    now: str
    then: str
    """Empty where nothing changes."""
    certified: bool
    n: int
    success_now: Interval | None
    success_then: Interval | None
    difference: Interval | None
    month_saving_usd: Interval | None
    more_items: int | None
    examples: tuple[tuple[str, bool], ...]
    """(item, whether the errors page opens it)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class YardstickRow:
    """What a route is held against."""

    name: str
    in_words: str
    success: Interval
    per_success_usd: Interval | None
    month_usd: float | None
    p95_s: Interval | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteFlow:
    """One suite's routes."""

    suite: str
    suite_href: str
    """Empty where the report has no page of it."""
    anchor: str
    status: str
    reason: str
    simulated: bool
    floor: float | None
    today: Flow | None
    in_force: bool
    """Whether `today` was accepted; else the highest tier alone is assumed."""
    proposed: Flow | None
    """None where nothing else is proposed."""
    certificate: str
    certified: bool
    saving_usd: float | None
    """Of the proposed route, a month."""
    saving_over: str
    breaches: tuple[str, ...]
    """Why the route in force may not serve."""
    yardsticks: tuple[YardstickRow, ...]
    advice: tuple[AdviceRow, ...]
    ruled_out: tuple[tuple[str, str], ...]
    passed_over: tuple[str, ...]
    """What of a tag no rule was made of."""

    @property
    def advised(self) -> tuple[AdviceRow, ...]:
        """The advice that says more than the certificate does."""
        return tuple(a for a in self.advice if a.then or a.examples or not self.certificate)


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteChange:
    """A change of a route and what it is worth."""

    suite: str
    anchor: str
    words: str
    usd_a_month: float
    over: str
    """What it is saved over."""
    certified: bool
    simulated: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RoutesPage:
    """The routes of all suites."""

    template: ClassVar[str] = "routes.html.j2"
    href: ClassVar[str] = "routes.html"
    label: ClassVar[str] = "Routes"
    figures: ClassVar[tuple[Figure, ...]] = ()

    headline: str
    details: tuple[str, ...]
    promise: str
    notes: tuple[str, ...]
    suites: tuple[SuiteFlow, ...]
    changes: tuple[RouteChange, ...]
    """The most valuable first; certified ones before others."""
    governance: tuple[GovernanceRow, ...]

    @property
    def pointers(self) -> tuple[Pointer, ...]:
        """What the front page says of it."""
        return () if self.changes else (Pointer(text=self.headline, href=self.href),)


def build_routes(context: Context) -> RoutesPage | None:
    """The page; None when nobody asked for routes."""
    routes = context.inputs.routes
    if routes is None or not routes.suites:
        return None
    samples = context.frames.samples
    failed = samples[~samples["success"] & (samples["status"] != "not_asked")]
    opens = frozenset(failed[["suite", "item_id"]].itertuples(index=False, name=None))
    changes = tuple(sorted(_changes(routes), key=lambda c: (not c.certified, -c.usd_a_month)))
    return RoutesPage(
        headline=_headline(routes),
        details=tuple(_details(routes)),
        promise=routes.promise,
        notes=routes.notes,
        suites=tuple(_suite(one, opens, one.suite in context.cells.by_suite) for one in routes.suites),
        changes=changes,
        governance=tuple(row for suite in routes.suites for row in suite.governance),
    )


def _suite(one: SuiteRoutes, opens: frozenset[tuple[str, str]], has_page: bool) -> SuiteFlow:
    proposal = one.proposal
    tiers = {c.candidate: c.tier for c in one.candidates}
    certificate = proposal.certificate
    changed = proposal.proposed is not None and proposal.proposed != proposal.current
    return SuiteFlow(
        suite=one.suite,
        suite_href=f"suites/{slug(one.suite)}.html" if has_page else "",
        anchor=f"route-{slug(one.suite)}",
        status=STATUS_WORDS[proposal.status],
        reason=reason_beside_certificate(proposal),
        simulated=proposal.simulated,
        floor=one.stakes.quality_floor,
        today=_today(one, tiers),
        in_force=proposal.current is not None,
        proposed=flow("Proposed", proposal.proposed, proposal.figures, tiers)
        if changed and proposal.proposed
        else None,
        certificate=certificate.in_words if certificate else "",
        certified=certificate is not None and certificate.certified,
        saving_usd=proposal.month_saving_usd,
        saving_over=proposal.saving_over or "",
        breaches=proposal.current_breaches,
        yardsticks=tuple(_yardsticks(one)),
        advice=tuple(_advice(a, opens) for a in one.advice),
        ruled_out=tuple(proposal.ruled_out.items()),
        passed_over=tuple(p.in_words for p in one.slices.passed_over),
    )


def _today(one: SuiteRoutes, tiers: dict[str, str]) -> Flow | None:
    proposal = one.proposal
    if proposal.current is not None:
        return flow("Today", proposal.current, proposal.current_figures, tiers)
    assumed = next((y for y in proposal.yardsticks if y.name in ("frontier_alone", "highest_alone")), None)
    if assumed is None or assumed.policy is None:
        return None
    return flow("Today, as assumed: no route is in force", assumed.policy, assumed.figures, tiers)


def _yardsticks(one: SuiteRoutes) -> Iterator[YardstickRow]:
    for y in one.proposal.yardsticks:
        found = y.figures
        yield YardstickRow(
            name=YARDSTICKS[y.name],
            in_words=y.in_words,
            success=found.success,
            per_success_usd=found.per_success_usd,
            month_usd=found.month_total_usd,
            p95_s=found.latency_s.p95 if found.latency_s else None,
        )


def _advice(one: Advice, opens: frozenset[tuple[str, str]]) -> AdviceRow:
    return AdviceRow(
        move=MOVES[one.move],
        where=one.in_words,
        reason=one.reason,
        now=one.now.in_words if one.now else "",
        then=one.then.in_words if one.then else "",
        certified=one.certified,
        n=one.n,
        success_now=one.success_now,
        success_then=one.success_then,
        difference=one.difference.interval if one.difference else None,
        month_saving_usd=one.month_saving_usd,
        more_items=one.more_items,
        examples=tuple((item, (one.suite, item) in opens) for item in one.examples),
    )


def _changes(routes: RouteReport) -> Iterator[RouteChange]:
    """Certified changes of whole suites, and advised ones of slices, that are worth something."""
    for one in routes.suites:
        proposal = one.proposal
        anchor = f"route-{slug(one.suite)}"
        if proposal.status == "change" and proposal.proposed and (proposal.month_saving_usd or 0) > 0:
            yield RouteChange(
                suite=one.suite, anchor=anchor, words=proposal.proposed.in_words,
                usd_a_month=proposal.month_saving_usd or 0.0, over=proposal.saving_over or "",
                certified=True, simulated=proposal.simulated,
            )  # fmt: skip
        for advice in one.advice:
            saving = advice.month_saving_usd
            if advice.move in ("tighten", "loosen") and advice.where and saving and saving.estimate > 0:
                words = f"{advice.move} when {advice.in_words}: {advice.then.in_words if advice.then else ''}"
                over = "the route in force"
                if advice.assumed and advice.now is not None:
                    over = f"{advice.now.in_words} alone"
                yield RouteChange(
                    suite=one.suite, anchor=anchor, words=words, usd_a_month=saving.estimate, over=over,
                    certified=advice.certified, simulated=proposal.simulated,
                )  # fmt: skip


def _headline(routes: RouteReport) -> str:
    changed = [s for s in routes.suites if s.proposal.status == "change"]
    lost = [s.suite for s in routes.suites if s.advice and s.advice[0].move == "none_holds"]
    if lost and not changed:
        return f"No candidate holds the floor on {listed(lost)}."
    if not changed:
        kept = [s for s in routes.suites if s.proposal.status == "keep"]
        stay = f"; {count(len(kept), 'route in force stays', 'routes in force stay')}" if kept else ""
        return f"No change of a route is certified on {count(len(routes.suites), 'suite')}{stay}."
    savings = [s.proposal.month_saving_usd for s in changed]
    known = [s for s in savings if s is not None]
    worth = _worth(sum(known)) if known and len(known) == len(savings) else ""
    which = f"{len(changed)} of {count(len(routes.suites), 'suite')}"
    sim = " (simulated answers are behind it)" if any(s.proposal.simulated for s in changed) else ""
    return f"A route is certified to change on {which}{worth}{sim}."


def _worth(usd_a_month: float) -> str:
    """A route may be certified, and cost more: the one before did not hold its floor."""
    if usd_a_month < 0:
        return f", for {usd(-usd_a_month)} a month more"
    return f", worth {usd(usd_a_month)} a month"


def _details(routes: RouteReport) -> Iterator[str]:
    yield (
        f"{routes.file} is at revision {routes.revision}."
        if routes.revision
        else "No routes are in force yet."
    )
    broken = [s.suite for s in routes.suites if s.proposal.current_breaches]
    if broken:
        yield f"The route in force may not serve its suite any more: {listed(broken)}."
    expired = [row.suite for s in routes.suites for row in s.governance if row.expired]
    if expired:
        yield f"Accepted until a day that has passed: {listed(list(dict.fromkeys(expired)))}."
    lost = [s.suite for s in routes.suites if s.advice and s.advice[0].move == "none_holds"]
    if lost:
        yield f"No candidate holds the floor: {listed(lost)}."
    waiting = [name for name in _by_status(routes.suites, "uncertified") if name not in lost]
    if waiting:
        yield f"Not certified either way, so more items are needed: {listed(waiting)}."
    yield routes.promise


def _by_status(suites: Sequence[SuiteRoutes], status: str) -> list[str]:
    return [s.suite for s in suites if s.proposal.status == status]
