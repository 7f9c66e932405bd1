"""What the project demands (the `routes:` section of evalkit.yaml) and what a suite's work allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evalkit.records import TIERS, Stakes, Tier
from evalkit.routes.policy import RoutePolicy
from evalkit.routes.table import SuiteTable

KEEP_WITHIN = 0.95
"""Share of items that must end within the latency limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteLimits:
    """The bounds of one suite's routes beyond what its stakes say."""

    forbidden: Mapping[str, str] = field(default_factory=dict)
    """Candidate -> why it may not serve the suite, such as a remote one for a `local_only` suite."""
    least_tier: Tier | None = None
    """What the suite's risk demands: no candidate of a lower tier is asked."""
    must_review: bool = False
    """What the suite's risk demands: a person checks each answer."""


def find_ruled_out(table: SuiteTable, limits: RouteLimits) -> dict[str, str]:
    """Candidate -> why no route of this suite may use it."""
    why = {}
    for row, name in enumerate(table.names):
        if name in limits.forbidden:
            why[name] = limits.forbidden[name]
        elif limits.least_tier and _rank(table.tiers[row]) < _rank(limits.least_tier):
            why[name] = f"the suite's risk demands tier {limits.least_tier} or above"
        elif not table.cost_known[row]:
            missing = int(np.isnan(table.cost_usd[row]).sum())
            why[name] = f"the cost of {missing} of {table.n_items} items is not known"
    return why


def breaches(policy: RoutePolicy, table: SuiteTable, limits: RouteLimits) -> tuple[str, ...]:
    """Why this policy may not serve the suite, one line each; empty when it may."""
    why = find_ruled_out(table, limits)
    found = [f"{name!r}: {why[name]}" for name in policy.candidates if name in why]
    if limits.must_review and not all(branch.checked for branch in policy.branches):
        found.append("the suite's risk demands that a person checks each answer")
    return tuple(found)


def _rank(tier: str) -> int:
    return TIERS.index(tier) if tier in TIERS else -1


ROUTES_FILE = "routes.yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class RiskDemand:
    """What a risk class demands of a route."""

    least_tier: Tier | None = None
    """No candidate of a lower tier is asked."""
    review: bool = False
    """A person checks each answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteSettings:
    """How routes are proposed and accepted."""

    file: str = ROUTES_FILE
    """Relative to the project's folder."""
    alpha: float = 0.05
    """The chance that any certified route truly lies below its floor, at most."""
    seed: int = 0
    """Of the split into a part that routes are chosen on and one that confirms them."""
    valid_days: int = 90
    """Days that an acceptance holds."""
    peak: float = 1.0
    """Busiest load over mean load, for machines of one's own."""
    known_tags: tuple[str, ...] | None = None
    """Tags that a service knows of an item before the call: no other decides a route. None: all of them."""
    risk: Mapping[str, RiskDemand] = field(default_factory=dict)
    """Risk class -> what it demands."""

    def limits(self, stakes: Stakes, forbidden: Mapping[str, str]) -> RouteLimits:
        """What a suite's work allows.

        Args:
            stakes: Of the suite.
            forbidden: Candidate -> why it may not serve the suite.
        """
        demand = self.risk.get(stakes.risk, RiskDemand())
        return RouteLimits(forbidden=dict(forbidden), least_tier=demand.least_tier, must_review=demand.review)


def read_settings(plain: Mapping[str, Any]) -> RouteSettings:
    """The settings from the section, whose form the project file's schema has checked."""
    given = dict(plain)
    demands: Mapping[str, Mapping[str, Any]] = given.pop("risk", None) or {}
    if given.get("known_tags") is not None:
        given["known_tags"] = tuple(given["known_tags"])
    return RouteSettings(**given, risk={name: RiskDemand(**demand) for name, demand in demands.items()})
