"""What a board asks of each decision: who acts, how often wrongly, at what cost, unchecked or not, and who
accepted it until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from evalkit.records import TIERS
from evalkit.routes.file import Route
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import REVIEW, RoutePolicy
from evalkit.routes.table import SuiteTable
from evalkit.stats import Interval, product, rate_interval


@dataclass(frozen=True, kw_only=True, slots=True)
class GovernanceRow:
    """One decision: a branch of a suite's route."""

    suite: str
    branch: int
    """From 0, as the route orders them."""
    when: str
    """The items that it is about, in words."""
    asks: str
    """Who is asked, in words."""
    in_force: bool
    """Whether it is accepted; else it is proposed."""
    risk: str
    complexity: str
    tiers: tuple[str, ...]
    """Tiers that may act, the lowest first; `review` for a person."""
    share: float
    """Of the suite's work."""
    n: int
    """Items behind the rate."""
    errors: Interval
    """Rate of wrong acts, or of none where one was due; its upper bound is the one to plan with."""
    errors_per_month: Interval | None
    """Expected wrong acts in a month at the volume; None without a volume."""
    errors_usd_per_month: Interval | None
    """What they cost; None without a volume or an error's cost."""
    unchecked: bool
    """Whether any answer is acted on with nobody looking."""
    certified: bool
    accepted_by: str | None = None
    accepted_until: date | None = None
    expired: bool = False
    simulated: bool = False
    """Whether the rate comes from made-up answers."""


def governance(
    policy: RoutePolicy,
    table: SuiteTable,
    *,
    route: Route | None = None,
    certified: bool = False,
    today: date,
    confidence: float = 0.95,
) -> tuple[GovernanceRow, ...]:
    """The rows of one suite's route.

    Args:
        policy: The route.
        table: The items that it is measured on.
        route: What was accepted of it; None for a proposal.
        certified: Whether a certificate stands behind it.
        today: What an acceptance's last day is held against.
        confidence: Of the error rate's interval.
    """
    found = outcome(policy, table)
    accepted = None if route is None else route.accepted
    used = dict(zip(table.names, table.tiers, strict=True))
    rows = []
    for number, branch in enumerate(policy.branches):
        here = found.branch == number
        part = table.part(here)
        share = float(part.weight.sum() / table.weight.sum()) if table.n_items else 0.0
        errors = rate_interval(
            1 - found.success[here], clusters=part.clusters, weights=part.weights, confidence=confidence
        )
        monthly = product(errors, table.stakes.volume_per_month, share)
        names = [step.candidate for step in branch.steps]
        rows.append(
            GovernanceRow(
                suite=table.suite,
                branch=number,
                when=" and ".join(c.in_words for c in branch.when)
                or ("everything else" if number else "everything"),
                asks=branch.in_words,
                in_force=route is not None,
                risk=_single_value(part, "risk") or table.stakes.risk,
                complexity=_single_value(part, "complexity") or table.stakes.complexity,
                tiers=_tiers(names, used, branch.review),
                share=share,
                n=part.n_items,
                errors=errors,
                errors_per_month=monthly,
                errors_usd_per_month=product(monthly, table.stakes.error_cost_usd),
                unchecked=not branch.review and names != [REVIEW],
                certified=certified,
                accepted_by=None if accepted is None else accepted.by,
                accepted_until=None if accepted is None else accepted.until,
                expired=accepted is not None and accepted.until < today,
                simulated=bool(table.simulated[[table.row(n) for n in names if n != REVIEW]].any()),
            )
        )
    return tuple(rows)


def _single_value(part: SuiteTable, feature: str) -> str | None:
    """The one value of a feature among these items; None where there are several."""
    values = part.features.get(feature)
    if values is None or values.dtype != object:
        return None
    words = set(np.unique(values.astype(str)))
    return words.pop() if len(words) == 1 else None


def _tiers(names: list[str], used: dict[str, str], review: bool) -> tuple[str, ...]:
    found = {used[name] for name in names if name in used}
    people = (REVIEW,) if review or REVIEW in names else ()
    return (*(tier for tier in TIERS if tier in found), *people)
