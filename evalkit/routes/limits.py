"""What a suite's work allows: who may serve it, which tier at least, and whether a person must check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from evalkit.records import TIERS, Tier
from evalkit.routes.policy import Policy
from evalkit.routes.table import SuiteTable

KEEP_WITHIN = 0.95
"""Share of items that must end within the latency limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The bounds of one suite's routes beyond what its stakes say."""

    forbidden: Mapping[str, str] = field(default_factory=dict)
    """Candidate -> why it may not serve the suite, such as a remote one for a `local_only` suite."""
    least_tier: Tier | None = None
    """What the suite's risk demands: no candidate of a lower tier is asked."""
    must_review: bool = False
    """What the suite's risk demands: a person checks each answer."""


def ruled_out(table: SuiteTable, limits: Limits) -> dict[str, str]:
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


def breaches(policy: Policy, table: SuiteTable, limits: Limits) -> tuple[str, ...]:
    """Why this policy may not serve the suite, one line each; empty when it may."""
    why = ruled_out(table, limits)
    found = [f"{name!r}: {why[name]}" for name in policy.candidates if name in why]
    if limits.must_review and not all(branch.checked for branch in policy.branches):
        found.append("the suite's risk demands that a person checks each answer")
    return tuple(found)


def _rank(tier: str) -> int:
    return TIERS.index(tier) if tier in TIERS else -1
