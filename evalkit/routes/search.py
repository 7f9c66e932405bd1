"""Chooses the routes of one suite that are worth a test: least total cost first, and likely to be certified.

Total cost is calls, reviews and errors (`error_cost_usd` each). All is seen on the choosing part alone; the
confirming part has no word here. Every policy of the searched families is weighed by sums over items of what
the step that serves them gives: thousands cost a few matrix products.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evalkit.economics.evidence import BoolArray, Codes, FloatArray
from evalkit.routes.cascades import (
    CALLS,
    REVIEWS,
    SUCCESS,
    WITHIN,
    Steps,
    alone_values,
    first_steps,
    punctual_values,
    three_steps,
    two_steps,
)
from evalkit.routes.certify import design_effect, least_successes
from evalkit.routes.figures import total_usd
from evalkit.routes.outcome import holds, outcome
from evalkit.routes.policy import REVIEW, Branch, Condition, RoutePolicy, Step, single
from evalkit.routes.settings import KEEP_WITHIN, RouteLimits, breaches, find_ruled_out
from evalkit.routes.table import SuiteTable, common_values

Rule = tuple[Condition, ...]
"""All conditions hold; empty: every item."""

Branches = tuple[tuple[Rule, Steps], ...]
"""A policy before it is one: rules in order, the last one empty."""

NUMBER_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Where a number is cut."""

LEAST_SHARE, LEAST_SUPPORT = 0.02, 30
"""A rule's slice holds at least this share of the items, and so many: fewer are no ground for a route."""

MOST_RULES = 200
"""Slices that are weighed, the largest: each has every pair of ways to serve."""


def slices_of(table: SuiteTable, rules: Sequence[Rule]) -> list[tuple[Rule, BoolArray]]:
    """The slices worth a branch, none twice, the largest first when there are too many."""
    least = max(LEAST_SUPPORT, LEAST_SHARE * table.n_items)
    kept: dict[bytes, tuple[Rule, BoolArray]] = {}
    for rule in [*rules, *((c,) for c in conditions(table, least))]:
        mask = np.logical_and.reduce([holds(c, table) for c in rule])
        if least <= mask.sum() <= table.n_items - least:
            kept.setdefault(min(mask.tobytes(), (~mask).tobytes()), (tuple(rule), mask))
    found = list(kept.values())
    given = [f for f in found if f[0] in rules]
    others = sorted((f for f in found if f[0] not in rules), key=lambda f: -int(f[1].sum()))
    return (given + others)[:MOST_RULES]


def conditions(table: SuiteTable, least: float = 1) -> list[Condition]:
    """Single conditions over the table's features: each text value of at least so many items, and a few
    thresholds of each number."""
    found = []
    for name, values in table.features.items():
        if values.dtype == object:
            texts = common_values(values, least)
            found += [Condition(feature=name, op="is", value=text) for text in texts]
        else:
            known = values[~np.isnan(values)].astype(np.float64)
            at = {float(f"{q:.3g}") for q in np.quantile(known, NUMBER_QUANTILES)} if len(known) else set()
            found += [Condition(feature=name, op="at_least", value=value) for value in sorted(at)]
    return found


def two_way(
    steps: list[Steps],
    values: FloatArray,
    masks: list[tuple[Rule, BoolArray]],
    weight: FloatArray,
) -> tuple[list[Branches], FloatArray]:
    """One slice goes one way, all else another: every pair of ways to serve for every slice, with sums."""
    if not masks:
        return [], np.zeros((4, 0))
    weighted = np.stack([mask for _, mask in masks]) * weight
    inside = np.einsum("rn,qkn->qrk", weighted, values, optimize=True)
    outside = (values @ weight)[:, None, :] - inside
    a, b = np.nonzero(~np.eye(len(steps), dtype=bool))
    sums = (inside[:, :, a] + outside[:, :, b]).reshape(4, -1)
    pairs = [(int(i), int(j)) for i, j in zip(a, b, strict=True)]
    return [((rule, steps[i]), ((), steps[j])) for rule, _ in masks for i, j in pairs], sums


def assignments(
    steps: list[Steps], values: FloatArray, table: SuiteTable, weight: FloatArray
) -> tuple[list[Branches], FloatArray]:
    """Each value of a tag goes its own way, the rare ones together with items that lack it: the best
    assignments at many prices of an error, with sums."""
    found: list[Branches] = []
    sums = [np.zeros((4, 0))]
    review = table.stakes.review_cost_usd or 0.0
    paid = values[CALLS] + review * values[REVIEWS]
    scale = max(float(np.median(paid.mean(axis=1))), float(table.stakes.error_cost_usd or 0.0), 1e-9)
    least = max(LEAST_SUPPORT, LEAST_SHARE * table.n_items)
    for name, column in table.features.items():
        if column.dtype != object:
            continue
        held = [(v, column == v) for v in common_values(column, least)]
        rest = ~np.logical_or.reduce([mask for _, mask in held] or [np.zeros(table.n_items, dtype=bool)])
        if len(held) + bool(rest.any()) < 3:
            continue  # two ways are weighed already
        if not rest.any():
            rest, held = held[-1][1], held[:-1]
        parts = np.stack([*(mask for _, mask in held), rest]) * weight
        by_part = np.einsum("pn,qkn->qpk", parts, values, optimize=True)
        seen = set()
        for price in scale * np.geomspace(0.1, 1_000, 24):
            objective = by_part[CALLS] + review * by_part[REVIEWS] - price * by_part[SUCCESS]
            choice = tuple(int(i) for i in np.argmin(objective, axis=1))
            if len(set(choice)) < 2 or choice in seen:
                continue
            seen.add(choice)
            found.append(_assignment(name, held, choice, steps))
            sums.append(by_part[:, range(len(choice)), choice].sum(axis=1)[:, None])
    return found, np.concatenate(sums, axis=1)


def _assignment(
    name: str, held: list[tuple[str, BoolArray]], choice: tuple[int, ...], steps: list[Steps]
) -> Branches:
    """One branch a value, but none for a value that goes the way of all else."""
    branches: list[tuple[Rule, Steps]] = [
        ((Condition(feature=name, op="is", value=value),), steps[i])
        for (value, _), i in zip(held, choice, strict=False)
        if i != choice[-1]
    ]
    return (*branches, ((), steps[choice[-1]]))


MOST_ATOMS = 28
"""Ways to serve that rules by slice are made of."""


@dataclass(slots=True)
class Pool:
    """Policies with their sums; `add` grows it, the arrays are made once it is whole."""

    suite: str
    branches: list[Branches] = field(default_factory=list)
    """Of each policy: rules with their steps, the last rule empty."""
    _sums: list[FloatArray] = field(default_factory=list)

    def add(self, branches: Sequence[Branches], sums: FloatArray) -> None:
        """Adds policies with their sums (4, n_policies)."""
        self.branches.extend(branches)
        self._sums.append(sums)

    @property
    def sums(self) -> FloatArray:
        """(4, n_policies)"""
        return np.concatenate(self._sums, axis=1) if self._sums else np.zeros((4, 0))

    @property
    def complexity(self) -> FloatArray:
        """(n_policies,) conditions and steps beyond the first of each branch."""
        extra = [sum(len(rule) + len(steps) - 1 for rule, steps in b) for b in self.branches]
        return np.array(extra, dtype=np.float64)

    def policy(self, number: int) -> RoutePolicy:
        """The policy of this number."""
        return RoutePolicy(
            suite=self.suite,
            branches=tuple(Branch(when=rule, steps=steps) for rule, steps in self.branches[number]),
        )


def build_pool(table: SuiteTable, *, rules: Sequence[Rule] = (), review: bool = True) -> Pool:
    """All policies over the table's candidates.

    Args:
        table: The choosing part, of the candidates that may serve.
        rules: Further slices that are worth a branch, each of one or two conditions.
        review: Whether a person may be the last resort, or do a slice's work.
    """
    found = Pool(suite=table.suite)
    weight = table.weight / table.weight.sum()
    steps, values = _atoms(table, weight, found, review=review and table.stakes.review_cost_usd is not None)
    if len(steps) > 1:
        found.add(*two_way(steps, values, slices_of(table, rules), weight))
        found.add(*assignments(steps, values, table, weight))
    return found


def _atoms(
    table: SuiteTable, weight: FloatArray, found: Pool, *, review: bool
) -> tuple[list[Steps], FloatArray]:
    """Adds candidates alone and cascades; gives the few that rules are made of, and their values
    (4, k, n_items)."""
    alone = alone_values(table)
    singles: list[Steps] = [(Step(candidate=name),) for name in table.names]
    steps, sums = list(singles), [alone @ weight]
    if review:
        steps.append((Step(candidate=REVIEW),))
        sums.append(np.array([[1.0], [0.0], [1.0], [1.0]]))
    firsts = {row: first_steps(table, row) for row in range(len(table.names))}
    for cascades in (two_steps, three_steps):
        more, their_sums = cascades(table, weight, alone, firsts, review)
        steps += more
        sums.append(their_sums)
    whole = np.concatenate(sums, axis=1)
    found.add([(((), s),) for s in steps], whole)
    best = _best(whole, table, len(singles) + review)
    return [steps[i] for i in best], np.stack([_values(steps[i], table) for i in best], axis=1)


def _best(sums: FloatArray, table: SuiteTable, n_plain: int) -> list[int]:
    """Candidates alone, and the cascades that are best at some price of an error."""
    paid = sums[CALLS] + sums[REVIEWS] * (table.stakes.review_cost_usd or 0.0)
    scale = max(float(np.median(paid[:n_plain])), float(table.stakes.error_cost_usd or 0.0), 1e-9)
    prices = [table.stakes.error_cost_usd or 0.0, *(scale * np.geomspace(0.1, 1_000, 24))]
    kept = dict.fromkeys(range(n_plain))
    for limit in (0.95, 0.0):
        punctual = np.where(sums[WITHIN] >= limit, 0.0, np.inf)
        for price in prices:
            kept.setdefault(int(np.argmin(paid + price * (1 - sums[SUCCESS]) + punctual)))
    return list(kept)[:MOST_ATOMS]


def _values(steps: Steps, table: SuiteTable) -> FloatArray:
    """(4, n_items) what these steps give each item."""
    found = outcome(RoutePolicy(suite=table.suite, branches=(Branch(steps=steps),)), table)
    return np.stack(
        [
            found.success,
            found.calls_usd,
            found.reviewed.astype(np.float64),
            punctual_values(found.latency_s, table),
        ]
    )


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

    policy: RoutePolicy
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
    limits: RouteLimits | None = None,
    level: float,
    n_confirming: int,
    rules: Sequence[Rule] = (),
    current: RoutePolicy | None = None,
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
    limits = limits or RouteLimits()
    why = find_ruled_out(table, limits)
    allowed = table.only([name for name in table.names if name not in why])
    if not allowed.names or not table.n_items:
        return Search(ruled_out=why)
    found = build_pool(allowed, rules=rules, review=not limits.must_review)
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
            policy=_check_policy(found.policy(i), limits),
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


def _totals(sums: FloatArray, table: SuiteTable, limits: RouteLimits) -> FloatArray:
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


def _check_policy(policy: RoutePolicy, limits: RouteLimits) -> RoutePolicy:
    if not limits.must_review:
        return policy
    return replace(policy, branches=tuple(replace(branch, review=True) for branch in policy.branches))


def _current(
    current: RoutePolicy | None, table: SuiteTable, limits: RouteLimits, level: float, n_confirming: int
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


def alone(table: SuiteTable, candidate: str, limits: RouteLimits) -> RoutePolicy:
    """The candidate alone, checked where the work demands it."""
    return single(table.suite, candidate, review=limits.must_review)
