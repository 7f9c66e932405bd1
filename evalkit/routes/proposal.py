"""The proposal of routes for all suites: split, searched, certified and judged, one suite after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from evalkit.economics import mean_change
from evalkit.economics.evidence import FloatArray
from evalkit.errors import ConfigError
from evalkit.records import TIERS
from evalkit.routes.certify import Certificate, certify, choosing_part, missing_items
from evalkit.routes.figures import (
    RouteFigures,
    Yardstick,
    YardstickName,
    best_mix,
    frontier_of,
    gain_over_mixing,
    late_share,
    mixing,
    oracle,
    oracle_usd,
    route_figures,
    total_usd,
)
from evalkit.routes.outcome import Replayed, outcome
from evalkit.routes.policy import RoutePolicy
from evalkit.routes.search import Choice, Rule, Search, alone, search
from evalkit.routes.settings import KEEP_WITHIN, RouteLimits, breaches, find_ruled_out
from evalkit.routes.table import SuiteTable
from evalkit.routes.wording import objection_words, proposal_reason
from evalkit.stats import Interval

Status = Literal["change", "keep", "uncertified", "no_floor", "no_candidate", "too_few"]


Because = Literal[
    "first", "in_force_falls", "in_force_best", "not_shown", "cheaper", "refused", "nearest",
    "no_floor", "no_candidate", "too_few",
]  # fmt: skip
"""`first`: no route is in force. `in_force_falls`: that one may not serve. `in_force_best`: it is the best
found. `not_shown`: no other is shown to cost less. `cheaper`: the proposed one is. `refused`: one is
certified, and something speaks against it. `nearest`: none is certified."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """What speaks against a route."""

    kind: Literal[
        "not_certified", "not_tested", "too_slow", "no_better_than_mixing", "no_cheaper", "worth_less"
    ]
    certificate: Certificate | None = None
    within: float | None = None
    """Share of items within the limit."""
    least: float | None = None
    """The share that must be."""
    limit_s: float | None = None
    difference: Interval | None = None
    """Success gained over mixing, or US dollars saved per item over `simpler`."""
    simpler: RoutePolicy | None = None

    @property
    def in_words(self) -> str:
        """The objection as a sentence."""
        return objection_words(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Passed:
    """A route that was brought to certification, and why it is not the one proposed."""

    choice: Choice
    certificate: Certificate
    figures: RouteFigures
    """On the confirming part."""
    why_not: Objection | None
    """None for the proposed one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """What is proposed for one suite. Figures are those of the confirming part; amounts are US dollars."""

    suite: str
    suite_version: str
    status: Status
    """`change`: another route than the one in force; `keep`: the route in force stays, or, with none in
    force, `change` names the first. The others propose nothing, and `because` says why."""
    because: Because
    objection: Objection | None = None
    """Against the route in force, or against the one that is certified and refused."""
    fewest: int = 0
    """Items that each part needs for a search."""
    missing: int | None = None
    """Further items of the suite for a certificate, where they are too few for a search; if the best
    candidate's rate is the truth. None when no number would do."""
    n_choosing: int
    n_confirming: int
    tried: int = 0
    """Policies weighed on the choosing part."""
    current: RoutePolicy | None = None
    current_figures: RouteFigures | None = None
    current_breaches: tuple[str, ...] = ()
    """Why the route in force may not serve the suite."""
    proposed: RoutePolicy | None = None
    figures: RouteFigures | None = None
    certificate: Certificate | None = None
    """Of the proposed route; where there is none, of one certified and refused, else of the nearest."""
    tested: tuple[Passed, ...] = ()
    """All routes brought to certification, in the order of the test."""
    saving_usd: Interval | None = None
    """Total cost per item that the proposed route saves over `saving_over`; None where it is the same."""
    saving_over: str | None = None
    """`the route in force`, or the best single candidate or the frontier by name."""
    month_saving_usd: float | None = None
    gain_over_mixing: Interval | None = None
    """Success above random mixing at the same cost; None for a candidate alone."""
    oracle_usd: float | None = None
    """The least that perfect foresight pays per item for the proposed success; no route is below it."""
    yardsticks: tuple[Yardstick, ...] = ()
    ruled_out: Mapping[str, str] = field(default_factory=dict)
    """Candidate -> why no route of this suite may use it."""
    simulated: bool = False
    """Whether any of the answers is made up."""

    @property
    def reason(self) -> str:
        """Why this is proposed, or nothing is."""
        return proposal_reason(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the confirming part shows of the routes that were brought to it."""

    table: SuiteTable
    """The confirming part, of the candidates that may serve."""
    choosing: SuiteTable
    """The choosing part, likewise."""
    whole: SuiteTable
    """The confirming part of all candidates: the route in force may use others."""
    found: Search
    outcomes: Sequence[Replayed]
    certificates: Sequence[Certificate]
    known: dict[RoutePolicy, RouteFigures] = field(default_factory=dict)
    """Figures that were computed already: the same route is often tested, proposed and a yardstick."""

    def figures(self, policy: RoutePolicy) -> RouteFigures:
        """The figures of any route on the confirming part."""
        if policy not in self.known:
            self.known[policy] = route_figures(outcome(policy, self.whole), self.whole)
        return self.known[policy]

    def yardstick(self, name: YardstickName, policy: RoutePolicy) -> Yardstick:
        """A route of its own as a yardstick."""
        return Yardstick(name=name, in_words=policy.in_words, policy=policy, figures=self.figures(policy))

    @property
    def by_worth(self) -> list[int]:
        """The choices, the best by total cost on the choosing part first."""
        return sorted(range(len(self.outcomes)), key=lambda i: self.found.choices[i].worth)

    @property
    def fallback(self) -> int | None:
        """The best certified candidate alone; None where none is."""
        for i in self.by_worth:
            if self.certificates[i].certified and _plain(self.found.choices[i].policy):
                return i
        return None

    def saving(self, over: Replayed, by: Replayed) -> Interval | None:
        """Total cost per item that one route saves over another, on the same items; None where a cost is not
        known."""
        alike = bool((over.reviewed == by.reviewed).all())  # reviews of the same items cancel, at any price
        before, after = self._total(over, alike), self._total(by, alike)
        if np.isnan(before).any() or np.isnan(after).any():
            return None
        return mean_change(after, before, clusters=self.table.clusters, weights=self.table.weight)

    def _total(self, found: Replayed, without_reviews: bool) -> FloatArray:
        reviewed = np.zeros(self.table.n_items) if without_reviews else found.reviewed.astype(np.float64)
        return total_usd(found.success, found.calls_usd, reviewed, self.table.stakes)

    def gain(self, number: int) -> Interval | None:
        """Success above random mixing at the same cost; None for a candidate alone."""
        found = self.outcomes[number]
        if _plain(found.policy):
            return None
        mix = best_mix(outcome(found.policy, self.choosing), self.choosing)
        return gain_over_mixing(mix, found, self.table)

    def falls(self, number: int) -> Objection | None:
        """Why a route may not serve; None when it is certified and in time."""
        certificate = self.certificates[number]
        if not certificate.certified:
            return Objection(kind="not_certified", certificate=certificate)
        within = 1 - late_share(self.outcomes[number].latency_s, self.table)
        if within >= KEEP_WITHIN:
            return None
        limit_s = self.table.stakes.latency_slo_s
        return Objection(kind="too_slow", within=within, least=KEEP_WITHIN, limit_s=limit_s)

    def why_not(self, number: int) -> Objection | None:
        """Why a route is not proposed, for all that it costs little; None when nothing speaks against it."""
        found = self.outcomes[number]
        if (falls := self.falls(number)) is not None:
            return falls
        if (gain := self.gain(number)) is not None and not gain.low > 0:
            return Objection(kind="no_better_than_mixing", difference=gain)
        if self.fallback is not None and not _plain(found.policy):
            saving = self.saving(self.outcomes[self.fallback], found)
            if saving is not None and not saving.low > 0:
                simpler = self.found.choices[self.fallback].policy
                return Objection(kind="no_cheaper", difference=saving, simpler=simpler)
        return None


def _plain(policy: RoutePolicy) -> bool:
    """One candidate for all, checked or not."""
    return len(policy.branches) == 1 and len(policy.branches[0].steps) == 1


def judge_suite(
    blank: Proposal,
    found: Search,
    outcomes: Sequence[Replayed],
    certificates: Sequence[Certificate],
    choosing: SuiteTable,
    confirming: SuiteTable,
    limits: RouteLimits,
) -> Proposal:
    """The proposal for one suite, from what was brought to certification and how it did there.

    Args:
        blank: What is known before any search.
        found: What was brought to certification.
        outcomes: Of each of them, on the confirming part.
        certificates: Of each of them.
        choosing: The choosing part.
        confirming: The confirming part.
        limits: What the work allows.
    """
    allowed = [name for name in confirming.names if name not in blank.ruled_out]
    seen = Seen(
        table=confirming.only(allowed),
        choosing=choosing.only(allowed),
        whole=confirming,
        found=found,
        outcomes=outcomes,
        certificates=certificates,
    )
    refusals = {i: seen.why_not(i) for i in seen.by_worth}
    best = next((i for i, why in refusals.items() if why is None), None)
    chosen, status, because, objection = _verdict(blank, seen, refusals, best)
    shown = chosen if chosen is not None else _nearest(seen, refusals)
    saving, over = (None, None) if chosen is None else _saving(blank, seen, chosen, limits)
    volume = confirming.stakes.volume_per_month
    return replace(
        blank,
        status=status,
        because=because,
        objection=objection,
        tried=found.tried,
        proposed=None if chosen is None else outcomes[chosen].policy,
        figures=None if chosen is None else seen.figures(outcomes[chosen].policy),
        certificate=certificates[shown],
        tested=_test_policies(seen, refusals, chosen),
        saving_usd=saving,
        saving_over=over,
        month_saving_usd=None if saving is None or volume is None else saving.estimate * volume,
        gain_over_mixing=seen.gain(shown),
        oracle_usd=None if chosen is None else _oracle_usd(seen, chosen),
        yardsticks=_yardsticks(blank, seen, shown, limits),
    )


def _verdict(
    blank: Proposal, seen: Seen, refusals: Mapping[int, Objection | None], best: int | None
) -> tuple[int | None, Status, Because, Objection | None]:
    """Which route is proposed, and why."""
    if best is None:
        nearest = _nearest(seen, refusals)
        refused = seen.certificates[nearest].certified
        return None, "uncertified", "refused" if refused else "nearest", refusals[nearest]
    if blank.current is None:
        return best, "change", "first", None
    now = next((i for i, o in enumerate(seen.outcomes) if o.policy == blank.current), None)
    falls = Objection(kind="not_tested") if now is None else seen.falls(now)
    if now is None or falls is not None:
        return best, "change", "in_force_falls", falls
    if now == best:
        return now, "keep", "in_force_best", None
    saving = seen.saving(seen.outcomes[now], seen.outcomes[best])
    if saving is None or not saving.low > 0:
        return now, "keep", "not_shown", None
    return best, "change", "cheaper", None


def _nearest(seen: Seen, refusals: Mapping[int, Objection | None]) -> int:
    """Of routes that may not be proposed the first that is certified all the same; else the one that lacks
    the fewest items, else the one that succeeds most."""
    certified = (i for i in refusals if seen.certificates[i].certified)
    return next(
        certified,
        min(
            range(len(seen.certificates)),
            key=lambda i: (
                seen.certificates[i].missing is None,
                seen.certificates[i].missing or 0,
                -seen.certificates[i].rate,
            ),
        ),
    )


def _saving(
    blank: Proposal, seen: Seen, chosen: int, limits: RouteLimits
) -> tuple[Interval | None, str | None]:
    """What the route saves, and over what: the route in force, else the best single one, else the
    frontier."""
    mine = seen.outcomes[chosen]
    if blank.current is not None and blank.current_figures is not None:
        if blank.current == mine.policy:
            return None, None
        return seen.saving(outcome(blank.current, seen.whole), mine), "the route in force"
    for name in (seen.found.best_single, frontier_of(seen.table)):
        policy = None if name is None else alone(seen.table, name, limits)
        if policy is not None and policy != mine.policy:
            return seen.saving(outcome(policy, seen.table), mine), policy.in_words
    return None, None


def _test_policies(
    seen: Seen, refusals: Mapping[int, Objection | None], chosen: int | None
) -> tuple[Passed, ...]:
    return tuple(
        Passed(
            choice=choice,
            certificate=seen.certificates[i],
            figures=seen.figures(choice.policy),
            why_not=None if i == chosen else refusals[i] or Objection(kind="worth_less"),
        )
        for i, choice in enumerate(seen.found.choices)
    )


def _oracle_usd(seen: Seen, chosen: int) -> float:
    found = seen.outcomes[chosen]
    return oracle_usd(seen.table, float(np.average(found.unaided, weights=seen.table.weight)))


def _yardsticks(blank: Proposal, seen: Seen, shown: int, limits: RouteLimits) -> tuple[Yardstick, ...]:
    table = seen.table
    found = []
    if seen.found.best_single is not None:
        found.append(seen.yardstick("best_single", alone(table, seen.found.best_single, limits)))
    highest = frontier_of(table)
    if highest is not None:
        is_frontier = table.tiers[table.row(highest)] == TIERS[-1]
        name: YardstickName = "frontier_alone" if is_frontier else "highest_alone"
        found.append(seen.yardstick(name, alone(table, highest, limits)))
    if blank.current is not None and blank.current_figures is not None:
        found.append(seen.yardstick("current", blank.current))
    route = seen.outcomes[shown]
    if route.policy.single is None:
        found.append(mixing(best_mix(route, table), route, table))
    found.append(oracle(table))
    return tuple(found)


FEWEST_ITEMS = 30
"""With fewer in either part nothing is searched: any route would be an accident."""


def propose(
    tables: Sequence[SuiteTable],
    *,
    limits: Mapping[str, RouteLimits] | None = None,
    current: Mapping[str, RoutePolicy] | None = None,
    find_rules: Callable[[SuiteTable], Sequence[Rule]] | None = None,
    alpha: float = 0.05,
    share: float = 0.5,
    seed: int = 0,
) -> tuple[Proposal, ...]:
    """Proposes a route for each suite.

    Args:
        tables: One of each suite.
        limits: Suite -> what its work allows.
        current: Suite -> the route in force.
        find_rules: Finds slices that are worth a branch, on the choosing part.
        alpha: The chance that any certified route truly lies below its floor, at most, over all suites.
        share: The share of items that chooses.
        seed: Of the split.
    """
    limits, current = limits or {}, current or {}
    suites = sum(table.stakes.quality_floor is not None for table in tables)
    return tuple(
        _propose_one(
            table,
            limits.get(table.suite, RouteLimits()),
            current.get(table.suite),
            find_rules,
            alpha=alpha,
            suites=suites,
            share=share,
            seed=seed,
        )
        for table in tables
    )


def _propose_one(
    table: SuiteTable,
    limits: RouteLimits,
    current: RoutePolicy | None,
    find_rules: Callable[[SuiteTable], Sequence[Rule]] | None,
    *,
    alpha: float,
    suites: int,
    share: float,
    seed: int,
) -> Proposal:
    side = choosing_part(table, share=share, seed=seed)
    choosing, confirming = table.part(side), table.part(~side)
    level = alpha / max(1, suites)
    blank = _begin(table, choosing, confirming, limits, current, level=level, share=share)
    if blank.status != "uncertified":
        return blank
    found = search(
        choosing,
        # An unknown cost may lie in one part alone: who may serve is settled on the whole.
        limits=replace(limits, forbidden=blank.ruled_out),
        level=level,
        n_confirming=confirming.n_items,
        rules=() if find_rules is None else find_rules(choosing),
        current=None if blank.current_figures is None else current,
    )
    outcomes = [outcome(choice.policy, confirming) for choice in found.choices]
    certificates = certify(
        [(o.policy, o.counted) for o in outcomes],
        confirming,
        alpha=alpha,
        suites=suites,
        share=share,
        seed=seed,
    )
    return judge_suite(blank, found, outcomes, certificates, choosing, confirming, limits)


def _begin(
    table: SuiteTable,
    choosing: SuiteTable,
    confirming: SuiteTable,
    limits: RouteLimits,
    current: RoutePolicy | None,
    *,
    level: float,
    share: float,
) -> Proposal:
    """What is known before any search; status `uncertified` when there is something to search."""
    why = find_ruled_out(table, limits)
    fewest = min(int((part.weight > 0).sum()) for part in (choosing, confirming))
    status: Status = "uncertified"
    because: Because = "nearest"
    missing = None
    if len(why) == len(table.names):
        status = because = "no_candidate"
    elif table.stakes.quality_floor is None:
        status = because = "no_floor"
    elif fewest < FEWEST_ITEMS:
        status = because = "too_few"
        missing = _missing(table.only([name for name in table.names if name not in why]), level, share)
    figures, broken = _current(current, confirming, limits)
    return Proposal(
        suite=table.suite,
        suite_version=table.suite_version,
        status=status,
        because=because,
        fewest=FEWEST_ITEMS,
        missing=missing,
        n_choosing=choosing.n_items,
        n_confirming=confirming.n_items,
        current=current,
        current_figures=figures,
        current_breaches=broken,
        ruled_out=why,
        simulated=bool(table.simulated.any()),
    )


def _missing(table: SuiteTable, level: float, share: float) -> int | None:
    """Items that the suite lacks until the best candidate is likely to be certified, and a search begins."""
    rates = table.success @ table.weight
    success = table.success[int(np.argmax(rates))].astype(np.float64) if table.n_items else np.zeros(0)
    n_confirming = round((1 - share) * table.n_items)
    found = missing_items(success, table, level, share=share, n_confirming=n_confirming)
    return None if found is None else max(found, 2 * FEWEST_ITEMS - table.n_items)


def _current(
    current: RoutePolicy | None, confirming: SuiteTable, limits: RouteLimits
) -> tuple[RouteFigures | None, tuple[str, ...]]:
    if current is None:
        return None, ()
    broken = breaches(current, confirming, limits)
    try:
        return route_figures(outcome(current, confirming), confirming), broken
    except ConfigError as error:
        return None, (*broken, str(error))
