"""Chooses the routes of one suite that are worth a test: least total cost first, and likely to be certified.

Total cost is calls, reviews and errors (`error_cost_usd` each). All is seen on the choosing part alone; the
confirming part has no word here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evalkit.economics.evidence import BoolArray, Codes, FloatArray
from evalkit.routes.cascades import CALLS, REVIEWS, SUCCESS, WITHIN
from evalkit.routes.certify import design_effect, least_successes
from evalkit.routes.figures import total_usd
from evalkit.routes.limits import KEEP_WITHIN, Limits, breaches, ruled_out
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import REVIEW, Policy, single
from evalkit.routes.pool import pool
from evalkit.routes.rules import Branches, Rule
from evalkit.routes.table import SuiteTable

PARSIMONY = 0.01
"""A condition or step more must save this share of the total cost, or the simpler route is taken."""

OPTIMISM = 0.5
"""And so many standard errors: the best of many looks better than it is, the more of them the more. What is
seen of a route's success is lowered likewise. Both vanish as items grow in number."""

MOST_OPTIMISM = 4
"""Conditions and steps that count for it at most."""

CHANCES = (0.95, 0.8, 0.6)
"""The cheapest route is brought to certification at each of these chances to be certified."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A route that is brought to certification, as the choosing part shows it."""

    policy: Policy
    success: float
    """What the floor is held against."""
    total_usd: float
    """Per item."""
    worth: float
    """The total cost with something added for each condition and step more: what routes are ordered by."""
    chance: float
    """Of being certified on the confirming part, by what the choosing part shows."""
    within: float
    """Share of items within the latency limit; 1 where none is stated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """What a search found."""

    choices: tuple[Choice, ...] = ()
    """In the order of the test: the likeliest to be certified first."""
    best_single: str | None = None
    """The candidate alone at least total cost among those that are likely to hold the floor, else the one
    that succeeds most."""
    tried: int = 0
    """Policies weighed."""
    ruled_out: dict[str, str] = field(default_factory=dict)
    """Candidate -> why no route may use it."""


def search(
    table: SuiteTable,
    *,
    limits: Limits | None = None,
    level: float,
    n_confirming: int,
    rules: Sequence[Rule] = (),
    current: Policy | None = None,
) -> Search:
    """The routes of one suite to be brought to certification.

    Args:
        table: The choosing part.
        limits: What the work allows.
        level: At which each route will be tested.
        n_confirming: Items of the confirming part.
        rules: Slices that are worth a branch, such as those where a tier is known to fail.
        current: The route in force; it is tested too where it may serve.
    """
    limits = limits or Limits()
    why = ruled_out(table, limits)
    allowed = table.only([name for name in table.names if name not in why])
    if not allowed.names or not table.n_items:
        return Search(ruled_out=why)
    found = pool(allowed, rules=rules, review=not limits.must_review)
    sums = found.sums
    total = _totals(sums, table, limits)
    flattery = _flattery(sums[SUCCESS], found.complexity, allowed)
    chance = _chances(sums[SUCCESS] - flattery, allowed, level, n_confirming)
    worth = total * (1 + PARSIMONY * found.complexity)
    worth += flattery * (allowed.stakes.error_cost_usd or 0.0)
    punctual = sums[WITHIN] >= KEEP_WITHIN
    served = np.array([_is_served(branches) for branches in found.branches])
    if not (punctual & served).any():
        punctual = sums[WITHIN] >= sums[WITHIN][served].max()
    punctual &= served
    n_single = len(allowed.names)
    numbers = _numbers(sums[SUCCESS], worth, found.complexity, chance, punctual, n_single)
    choices = [
        Choice(
            policy=_checked(found.policy(i), limits),
            success=float(sums[SUCCESS, i]),
            total_usd=float(total[i]),
            worth=float(worth[i]),
            chance=float(chance[i]),
            within=float(sums[WITHIN, i]),
        )
        for i in numbers
    ]
    choices += _current(current, table, limits, level, n_confirming)
    choices.sort(key=lambda choice: -choice.chance)
    return Search(
        choices=tuple({choice.policy: choice for choice in reversed(choices)}.values())[::-1],
        best_single=allowed.names[_best_single(sums[:, :n_single], total[:n_single], chance, punctual)],
        tried=sums.shape[1],
        ruled_out=why,
    )


def _totals(sums: FloatArray, table: SuiteTable, limits: Limits) -> FloatArray:
    """(n_policies,) total cost per item; where all is checked, checks cost the same for each and nothing
    slips."""
    stakes = table.stakes
    if limits.must_review:
        return np.asarray(sums[CALLS] + (stakes.review_cost_usd or 0.0))
    errors = (1 - sums[SUCCESS]) * (stakes.error_cost_usd or 0.0)
    return np.asarray(sums[CALLS] + sums[REVIEWS] * (stakes.review_cost_usd or 0.0) + errors)


def _flattery(success: FloatArray, complexity: FloatArray, table: SuiteTable) -> FloatArray:
    """(n_policies,) how much better than it is a route may look because it was chosen among many like it."""
    smooth = (success * table.n_items + 1) / (table.n_items + 2)
    error = np.sqrt(smooth * (1 - smooth) / table.n_items)
    return np.asarray(OPTIMISM * np.minimum(complexity, MOST_OPTIMISM) * error)


def _is_served(branches: Branches) -> bool:
    """Whether any candidate is asked: people doing all the work is no route."""
    return any(step.candidate != REVIEW for _, steps in branches for step in steps)


def _chances(success: FloatArray, table: SuiteTable, level: float, n_confirming: int) -> FloatArray:
    """(n_policies,) the chance of a certificate, by a normal approximation of both parts' errors."""
    floor = table.stakes.quality_floor
    if floor is None:
        return np.ones(len(success))
    from scipy.special import ndtr

    n, m = table.n_items, max(1, n_confirming)
    effect = max(design_effect(row.astype(np.float64), table.clusters, table.weight) for row in table.success)
    smooth = (success * n + 1) / (n + 2)
    spread = smooth * (1 - smooth) * effect
    betting = table.clusters is not None or table.weights is not None
    needed = _needed_rate(m / effect, floor, level, betting=betting)
    return np.asarray(ndtr((success - needed) / np.sqrt(spread * (1 / n + 1 / m))))


def _needed_rate(n: float, floor: float, level: float, *, betting: bool) -> float:
    """The rate that must be seen on n independent items for a certificate."""
    if betting:
        return floor + math.sqrt(2 * math.log(1 / level) * floor * (1 - floor) / n)
    return least_successes(math.ceil(n), floor, level) / math.ceil(n)


def _numbers(
    success: FloatArray,
    worth: FloatArray,
    complexity: FloatArray,
    chance: FloatArray,
    punctual: BoolArray,
    n_single: int,
) -> list[int]:
    """Which policies to test: the safest, the cheapest at several chances, of all and of candidates alone."""
    order = np.lexsort((complexity, -success, worth))
    alone = order[order < n_single]
    found = dict.fromkeys(
        _first(numbers, (chance >= least) & punctual) for numbers in (order, alone) for least in CHANCES
    )
    safest = np.lexsort((worth, complexity, -chance, ~punctual))
    found.setdefault(int(safest[0]))
    found.setdefault(int(safest[safest < n_single][0]))
    return [number for number in found if number is not None]


def _first(numbers: Codes, good: BoolArray) -> int | None:
    kept = numbers[good[numbers]]
    return int(kept[0]) if len(kept) else None


def _best_single(sums: FloatArray, total: FloatArray, chance: FloatArray, punctual: BoolArray) -> int:
    good = (chance[: len(total)] >= CHANCES[-1]) & punctual[: len(total)]
    if good.any():
        return int(np.argmin(np.where(good, total, np.inf)))
    return int(np.lexsort((total, -sums[SUCCESS]))[0])


def _checked(policy: Policy, limits: Limits) -> Policy:
    if not limits.must_review:
        return policy
    return replace(policy, branches=tuple(replace(branch, review=True) for branch in policy.branches))


def _current(
    current: Policy | None, table: SuiteTable, limits: Limits, level: float, n_confirming: int
) -> list[Choice]:
    """The route in force as a choice; none where it may not serve or cannot be replayed."""
    if current is None or breaches(current, table, limits):
        return []
    if any(name not in table.names for name in current.candidates):
        return []
    found = outcome(current, table)
    weight = table.weight / table.weight.sum()
    total = total_usd(found.success, found.calls_usd, found.reviewed.astype(np.float64), table.stakes)
    success = float(found.counted @ weight)
    limit = table.stakes.latency_slo_s
    within = 1.0 if limit is None else float(~(found.latency_s > limit) @ weight)
    chance = _chances(np.array([success]), table, level, n_confirming)
    return [
        Choice(
            policy=current,
            success=success,
            total_usd=float(total @ weight),
            worth=float(total @ weight) * (1 + PARSIMONY * current.complexity),
            chance=float(chance[0]),
            within=within,
        )
    ]


def alone(table: SuiteTable, candidate: str, limits: Limits) -> Policy:
    """The candidate alone, checked where the work demands it."""
    return single(table.suite, candidate, review=limits.must_review)
