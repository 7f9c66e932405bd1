"""The proposal of routes for all suites: split, searched, certified and judged, one suite after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from evalkit.errors import ConfigError
from evalkit.routes.certify import certify, choosing_part
from evalkit.routes.figures import RouteFigures, route_figures
from evalkit.routes.limits import Limits, breaches, ruled_out
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import Policy
from evalkit.routes.proposed import Passed, Proposal, Status
from evalkit.routes.rules import Rule
from evalkit.routes.search import search
from evalkit.routes.table import SuiteTable
from evalkit.routes.verdict import decided

__all__ = ["Passed", "Proposal", "propose"]

FEWEST_ITEMS = 30
"""With fewer in either part nothing is searched: any route would be an accident."""


def propose(
    tables: Sequence[SuiteTable],
    *,
    limits: Mapping[str, Limits] | None = None,
    current: Mapping[str, Policy] | None = None,
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
        _one(
            table,
            limits.get(table.suite, Limits()),
            current.get(table.suite),
            find_rules,
            alpha=alpha,
            suites=suites,
            share=share,
            seed=seed,
        )
        for table in tables
    )


def _one(
    table: SuiteTable,
    limits: Limits,
    current: Policy | None,
    find_rules: Callable[[SuiteTable], Sequence[Rule]] | None,
    *,
    alpha: float,
    suites: int,
    share: float,
    seed: int,
) -> Proposal:
    side = choosing_part(table, share=share, seed=seed)
    choosing, confirming = table.part(side), table.part(~side)
    blank = _blank(table, choosing, confirming, limits, current)
    if blank.status != "uncertified":
        return blank
    found = search(
        choosing,
        # An unknown cost may lie in one part alone: who may serve is settled on the whole.
        limits=replace(limits, forbidden=blank.ruled_out),
        level=alpha / max(1, suites),
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
    return decided(blank, found, outcomes, certificates, choosing, confirming, limits)


def _blank(
    table: SuiteTable, choosing: SuiteTable, confirming: SuiteTable, limits: Limits, current: Policy | None
) -> Proposal:
    """What is known before any search; status `uncertified` when there is something to search."""
    why = ruled_out(table, limits)
    fewest = min(int((part.weight > 0).sum()) for part in (choosing, confirming))
    status: Status = "uncertified"
    reason = ""
    if len(why) == len(table.names):
        status = "no_candidate"
        reason = "No candidate may serve it: " + "; ".join(f"{n}: {w}" for n, w in why.items()) + "."
    elif table.stakes.quality_floor is None:
        status = "no_floor"
        reason = "Its stakes state no quality_floor, so there is nothing to hold a route to."
    elif fewest < FEWEST_ITEMS:
        status = "too_few"
        reason = (
            f"{table.n_items} items are too few to choose on one part and confirm on another: at least "
            f"{FEWEST_ITEMS} in each."
        )
    figures, broken = _current(current, confirming, limits)
    return Proposal(
        suite=table.suite,
        suite_version=table.suite_version,
        status=status,
        reason=reason,
        n_choosing=choosing.n_items,
        n_confirming=confirming.n_items,
        current=current,
        current_figures=figures,
        current_breaches=broken,
        ruled_out=why,
        simulated=bool(table.simulated.any()),
    )


def _current(
    current: Policy | None, confirming: SuiteTable, limits: Limits
) -> tuple[RouteFigures | None, tuple[str, ...]]:
    if current is None:
        return None, ()
    broken = breaches(current, confirming, limits)
    try:
        return route_figures(outcome(current, confirming), confirming), broken
    except ConfigError as error:
        return None, (*broken, str(error))
