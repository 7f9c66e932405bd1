"""Every policy of the searched families with its success, cost, reviews and punctuality, by sums over items.

Each of the four is a sum over items of what the step that serves them gives, so that thousands of policies
cost a few matrix products, and no policy is replayed before it is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from evalkit.economics.evidence import FloatArray
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
from evalkit.routes.outcome import outcome
from evalkit.routes.policy import REVIEW, Branch, Policy, Step
from evalkit.routes.rules import Branches, Rule, assignments, slices_of, two_way
from evalkit.routes.table import SuiteTable

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

    def policy(self, number: int) -> Policy:
        """The policy of this number."""
        return Policy(
            suite=self.suite,
            branches=tuple(Branch(when=rule, steps=steps) for rule, steps in self.branches[number]),
        )


def pool(table: SuiteTable, *, rules: Sequence[Rule] = (), review: bool = True) -> Pool:
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
    found = outcome(Policy(suite=table.suite, branches=(Branch(steps=steps),)), table)
    return np.stack(
        [
            found.success,
            found.calls_usd,
            found.reviewed.astype(np.float64),
            punctual_values(found.latency_s, table),
        ]
    )
