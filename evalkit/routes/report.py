"""All that is said of a project's routes, as one tree of records: proposals, slices, advice, trade-offs and
governance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from evalkit.economics import BreakEven, CandidateFigures, TradeOffs, break_even, trade_offs
from evalkit.economics.figures import requests_per_s
from evalkit.records import Candidate, Stakes, clean_json
from evalkit.routes.advice import Advice, advise
from evalkit.routes.certify import choosing_part
from evalkit.routes.figures import RouteFigures, route_figures
from evalkit.routes.file import Route, RouteEvidence, RouteFile
from evalkit.routes.governance import GovernanceRow, governance
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import single
from evalkit.routes.proposal import Proposal, propose
from evalkit.routes.settings import RouteLimits, RouteSettings
from evalkit.routes.slices import SliceSearch, find_slices, rules_worth_a_branch
from evalkit.routes.table import DERIVED, SuiteTable
from evalkit.routes.wording import promise, with_words

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteEvidence:
    """What one suite's routes are judged by."""

    table: SuiteTable
    rows: pd.DataFrame
    """Rows of `read_samples` of the suite."""
    figures: tuple[CandidateFigures, ...]
    candidates: Mapping[str, Candidate]
    """As they were measured."""
    description: str = ""
    forbidden: Mapping[str, str] | None = None
    """Candidate -> why it may not serve the suite."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteRoutes:
    """All that is said of one suite's routes."""

    suite: str
    suite_version: str
    family: str
    description: str
    stakes: Stakes
    items: int
    """Items that every candidate was asked."""
    items_left_out: int
    left_out: Mapping[str, str]
    """Candidate -> why it is not considered."""
    candidates: tuple[CandidateFigures, ...]
    """Success, cost and latency of each alone, over all its items."""
    alone: Mapping[str, RouteFigures]
    """Candidate -> its figures over the items that confirm, to be held against a route's."""
    proposal: Proposal
    """The route in force, the one proposed, the yardsticks, the certificate and its words."""
    slices: SliceSearch
    advice: tuple[Advice, ...]
    """On the whole suite first."""
    governance: tuple[GovernanceRow, ...]
    """Of the route in force, then of the proposed one where that is another."""
    trade_offs: TradeOffs
    break_even: tuple[BreakEven, ...]
    """Each self-hosted candidate against each that is paid by the call."""
    evidence: RouteEvidence
    """What routes.yaml will say that the proposed route was judged by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteReport:
    """The routes of a project."""

    created_at: str
    """UTC, ISO 8601."""
    file: str
    """Where routes.yaml is or would be."""
    revision: int
    """Of the file in force; 0 without one."""
    run_ids: tuple[str, ...]
    alpha: float
    promise: str
    """What a certificate promises, in words."""
    suites: tuple[SuiteRoutes, ...]
    simulated: bool
    """Whether any answer behind it is made up."""
    notes: tuple[str, ...] = ()
    """What a reader must know first."""

    @property
    def advice(self) -> tuple[Advice, ...]:
        """All advice, suite by suite."""
        return tuple(one for suite in self.suites for one in suite.advice)

    def suite(self, name: str) -> SuiteRoutes:
        """One suite's part.

        Raises:
            KeyError: It is not in the report.
        """
        return {one.suite: one for one in self.suites}[name]

    def to_json(self) -> dict[str, Any]:
        """The plain form, with every text in words that the records make; numbers that JSON lacks as text
        (`inf`), days as ISO 8601."""
        plain: dict[str, Any] = clean_json(with_words(self))
        return plain


def route_report(
    evidence: Sequence[SuiteEvidence],
    *,
    settings: RouteSettings,
    in_force: RouteFile,
    file: str,
    created_at: str,
    today: date,
    notes: Sequence[str] = (),
) -> RouteReport:
    """Searches, certifies and advises for all suites.

    Args:
        evidence: Of each suite.
        settings: How sure, and what risk demands.
        in_force: The accepted routes.
        file: Where they are.
        created_at: Of the report, UTC, ISO 8601.
        today: What an acceptance's last day is held against.
        notes: What a reader must know first.
    """
    limits = {e.table.suite: settings.limits(e.table.stakes, e.forbidden or {}) for e in evidence}
    proposals = propose(
        [e.table for e in evidence],
        limits=limits,
        current={suite: route.policy for suite, route in in_force.routes.items()},
        find_rules=rules_worth_a_branch,
        alpha=settings.alpha,
        seed=settings.seed,
    )
    suites = tuple(
        _suite(e, p, limits[e.table.suite], settings, in_force.routes.get(e.table.suite), today)
        for e, p in zip(evidence, proposals, strict=True)
    )
    return RouteReport(
        created_at=created_at,
        file=file,
        revision=in_force.revision,
        run_ids=tuple(sorted({r for e in evidence for ids in e.table.run_ids for r in ids}, reverse=True)),
        alpha=settings.alpha,
        promise=promise(settings.alpha),
        suites=suites,
        simulated=any(bool(e.table.simulated.any()) for e in evidence),
        notes=(*notes, *_tags_taken_as_known(suites, settings)),
    )


def _tags_taken_as_known(suites: Sequence[SuiteRoutes], settings: RouteSettings) -> Iterator[str]:
    """A tag may say what only the answer's judge knows; a route by it would not work in a service."""
    if settings.known_tags is not None:
        return
    proposed = [one.proposal.proposed for one in suites if one.proposal.proposed]
    asked = {c.feature for policy in proposed for branch in policy.branches for c in branch.when}
    if tags := sorted(asked - set(DERIVED)):
        yield (
            f"A proposed route goes by {', '.join(tags)}: does the service know that before the call? "
            "`known_tags` under `routes:` in evalkit.yaml names the tags that it knows."
        )


def _suite(
    evidence: SuiteEvidence,
    proposal: Proposal,
    limits: RouteLimits,
    settings: RouteSettings,
    route: Route | None,
    today: date,
) -> SuiteRoutes:
    table = evidence.table
    slices = find_slices(table, seed=settings.seed)
    return SuiteRoutes(
        suite=table.suite,
        suite_version=table.suite_version,
        family=evidence.figures[0].family if evidence.figures else "",
        description=evidence.description,
        stakes=table.stakes,
        items=table.n_items,
        items_left_out=table.items_left_out,
        left_out=table.left_out,
        candidates=evidence.figures,
        alone=_alone(table, settings.seed),
        proposal=proposal,
        slices=slices,
        advice=advise(table, proposal, slices, limits=limits, seed=settings.seed),
        governance=tuple(_governance(table, proposal, settings, route, today)),
        trade_offs=trade_offs(
            evidence.rows,
            evidence.figures,
            bases={name: one.base for name, one in evidence.candidates.items()},
            volume_per_month=table.stakes.volume_per_month,
        ),
        break_even=tuple(_break_evens(evidence, settings.peak)),
        evidence=_evidence(table, proposal),
    )


def _alone(table: SuiteTable, seed: int) -> dict[str, RouteFigures]:
    part = table.part(~choosing_part(table, seed=seed))
    ways = {name: outcome(single(table.suite, name), part) for name in table.names}
    return {name: route_figures(way, part) for name, way in ways.items()}


def _governance(
    table: SuiteTable, proposal: Proposal, settings: RouteSettings, route: Route | None, today: date
) -> Iterator[GovernanceRow]:
    part = table.part(~choosing_part(table, seed=settings.seed))
    if route is not None and proposal.current_figures is not None:
        yield from governance(route.policy, part, route=route, certified=route.certified, today=today)
    if proposal.proposed is not None and proposal.proposed != proposal.current:
        yield from governance(proposal.proposed, part, certified=True, today=today)


def _break_evens(evidence: SuiteEvidence, peak: float) -> Iterator[BreakEven]:
    hourly = {n for n, c in evidence.candidates.items() if c.price.machine_usd_per_hour is not None}
    for hosted in (f for f in evidence.figures if f.candidate in hourly):
        candidate = evidence.candidates[hosted.candidate]
        group = evidence.rows[evidence.rows["candidate"] == hosted.candidate]
        speed = requests_per_s(group, candidate, hosted.latency)
        for rented in (f for f in evidence.figures if f.candidate not in hourly):
            found = break_even(
                hosted,
                rented,
                candidate,
                requests_per_s=speed,
                peak=peak,
                volume_per_month=evidence.table.stakes.volume_per_month,
            )
            if found is not None:
                yield found


def _evidence(table: SuiteTable, proposal: Proposal) -> RouteEvidence:
    figures, certificate = proposal.figures, proposal.certificate
    names = () if proposal.proposed is None else proposal.proposed.candidates
    runs = sorted({run for name in names for run in table.run_ids[table.row(name)]})
    if figures is None:
        return RouteEvidence(suite_version=table.suite_version)
    certified = certificate is not None and certificate.certified
    return RouteEvidence(
        runs=tuple(runs),
        suite_version=table.suite_version,
        items=table.n_items,
        success=figures.success.estimate,
        success_at_least=certificate.lower_bound if certified and certificate is not None else None,
        confidence=1 - certificate.level if certified and certificate is not None else None,
        usd_per_success=figures.per_success_usd.estimate if figures.per_success_usd else None,
        latency_p95_s=figures.latency_s.p95.estimate if figures.latency_s else None,
        simulated=bool(table.simulated[[table.row(name) for name in names]].any()),
    ).round_evidence()
