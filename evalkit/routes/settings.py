"""The `routes:` section of evalkit.yaml: where the file is, how sure a certificate is, what risk demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evalkit.records import Stakes, Tier
from evalkit.routes.limits import Limits

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

    def limits(self, stakes: Stakes, forbidden: Mapping[str, str]) -> Limits:
        """What a suite's work allows.

        Args:
            stakes: Of the suite.
            forbidden: Candidate -> why it may not serve the suite.
        """
        demand = self.risk.get(stakes.risk, RiskDemand())
        return Limits(forbidden=dict(forbidden), least_tier=demand.least_tier, must_review=demand.review)


def read_settings(plain: Mapping[str, Any]) -> RouteSettings:
    """The settings from the section, whose form the project file's schema has checked."""
    given = dict(plain)
    demands: Mapping[str, Mapping[str, Any]] = given.pop("risk", None) or {}
    if given.get("known_tags") is not None:
        given["known_tags"] = tuple(given["known_tags"])
    return RouteSettings(**given, risk={name: RiskDemand(**demand) for name, demand in demands.items()})
