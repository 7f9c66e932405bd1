"""What a policy would have given over stored samples: item by item, failed lower tiers and repeats paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from evalkit.economics.evidence import BoolArray, Codes, FloatArray
from evalkit.errors import ConfigError, near_names
from evalkit.routes.decide import text_of
from evalkit.routes.policy import REVIEW, Branch, Condition, RoutePolicy, Signal, Step
from evalkit.routes.table import SuiteTable

NOBODY = -1
"""Stands for a person among the rows of candidates."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """A policy over the items of a table. Shapes (n_items,) unless said."""

    policy: RoutePolicy
    success: FloatArray
    """1 where the item ends well, 0 where not; a person who decides or checks is taken to be right."""
    unaided: FloatArray
    """1 where a candidate's own answer is served and right, checked or not."""
    calls_usd: FloatArray
    """All calls of all steps taken; NaN where one is unknown."""
    latency_s: FloatArray
    """Sum over the steps taken; what a person takes is not in it."""
    reviewed: BoolArray
    """Whether a person decides or checks."""
    escalated: BoolArray
    """Whether the first answer was not served."""
    branch: Codes
    """Which branch served the item."""
    served_by: Codes
    """Row of the candidate whose answer is served; `NOBODY` where a person decides."""
    step_shares: tuple[tuple[float, ...], ...]
    """Of each branch, the share of its items (by weight) that reach each step; the first is 1, or 0 without
    items."""

    @property
    def counted(self) -> FloatArray:
        """(n_items,) what a quality floor is held against: success, but in a branch whose every answer is
        checked the candidates' own, or a floor would mean nothing there."""
        checked = np.array([branch.review for branch in self.policy.branches])
        return np.where(checked[self.branch], self.unaided, self.success)


def outcome(policy: RoutePolicy, table: SuiteTable) -> Replayed:
    """Replays the policy over the table; only what exists at run time decides who is asked.

    Raises:
        ConfigError: The policy names a candidate, or asks for repeats, that the table does not have.
    """
    n = table.n_items
    success, unaided, calls_usd, latency_s = (np.zeros(n) for _ in range(4))
    reviewed, escalated = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    branch_of, served_by = np.full(n, -1, dtype=np.intp), np.full(n, NOBODY, dtype=np.intp)
    shares = []
    for number, branch in enumerate(policy.branches):
        here = (branch_of < 0) & _meets(branch, table)
        branch_of[here] = number
        reach = [float(table.weight[here].sum())]
        waiting = here
        for position, step in enumerate(branch.steps):
            if position:
                reach.append(float(table.weight[waiting].sum()))
                escalated |= waiting
            if step.candidate == REVIEW:
                reviewed |= waiting
                success[waiting] = 1
                break
            row = row_of(step.candidate, table)
            costs, times, goes_on = take_step(step, row, table)
            calls_usd[waiting] += costs[waiting]
            latency_s[waiting] += times[waiting]
            kept = waiting & ~goes_on
            served_by[kept] = row
            unaided[kept] = table.success[row][kept]
            waiting = waiting & goes_on
        success[here] = np.maximum(success[here], 1.0 if branch.review else unaided[here])
        reviewed |= here & branch.review
        shares.append(tuple(r / reach[0] if reach[0] else 0.0 for r in reach))
    return Replayed(
        policy=policy,
        success=success,
        unaided=unaided,
        calls_usd=calls_usd,
        latency_s=latency_s,
        reviewed=reviewed,
        escalated=escalated,
        branch=branch_of,
        served_by=served_by,
        step_shares=tuple(shares),
    )


def holds(condition: Condition, table: SuiteTable) -> BoolArray:
    """(n_items,) whether the condition holds; an item that lacks the feature meets `is_not` alone."""
    values = table.features.get(condition.feature)
    if values is None:
        return np.full(table.n_items, condition.op == "is_not")
    if condition.op in ("is", "is_not"):
        same = _texts(values) == text_of(condition.value)
        return np.asarray(same if condition.op == "is" else ~same, dtype=bool)
    numbers = _numbers(values)
    with np.errstate(invalid="ignore"):
        at_least = numbers >= float(condition.value)
        return at_least if condition.op == "at_least" else numbers < float(condition.value)


def take_step(step: Step, row: int, table: SuiteTable) -> tuple[FloatArray, FloatArray, BoolArray]:
    """(n_items,) each: what the step's calls cost, how long they take, and whether the item goes on."""
    signal = step.escalate_on
    if signal is not None and signal.kind == "disagreement":
        repeats = table.repeats.get(signal.repeats or 0)
        if repeats is None or not repeats.complete[row]:
            raise ConfigError(
                f"{step.candidate!r} was not asked {signal.repeats} times for each item of {table.suite!r}",
                hint="run the suite with that many repeats, or use another signal",
            )
        return repeats.cost_usd[row], repeats.latency_s[row], shows(signal, row, table)
    goes_on = np.zeros(table.n_items, dtype=bool) if signal is None else shows(signal, row, table)
    return table.cost_usd[row], table.latency_s[row], goes_on


def shows(signal: Signal, row: int, table: SuiteTable) -> BoolArray:
    """(n_items,) whether the signal shows in the answers of the candidate in this `row`."""
    nothing_to_serve = ~(table.answered[row] & table.format_valid[row])
    if signal.kind == "low_confidence":
        with np.errstate(invalid="ignore"):
            sure = table.confidence[row] >= (0.0 if signal.below is None else signal.below)
        return cast(BoolArray, nothing_to_serve | ~sure)
    if signal.kind == "disagreement":
        return cast(BoolArray, nothing_to_serve | ~table.repeats[signal.repeats or 0].agree[row])
    if signal.kind == "no_call":
        return cast(BoolArray, nothing_to_serve | table.no_call[row])
    if signal.kind == "out_of_scope":
        return cast(BoolArray, nothing_to_serve | table.out_of_scope[row])
    return cast(BoolArray, nothing_to_serve)


def row_of(candidate: str, table: SuiteTable) -> int:
    """The candidate's row.

    Raises:
        ConfigError: It is not in the table; says why, or names the near ones.
    """
    if candidate in table.names:
        return table.names.index(candidate)
    why = table.left_out.get(candidate)
    raise ConfigError(
        f"no samples of candidate {candidate!r} for suite {table.suite!r}" + (f": {why}" if why else ""),
        hint="run it first" if why else near_names(candidate, table.names),
    )


def _meets(branch: Branch, table: SuiteTable) -> BoolArray:
    met = np.ones(table.n_items, dtype=bool)
    for condition in branch.when:
        met &= holds(condition, table)
    return met


def _texts(values: np.ndarray) -> np.ndarray:
    if values.dtype == object:
        return values
    return np.array([None if np.isnan(v) else text_of(v) for v in values], dtype=object)


def _numbers(values: np.ndarray) -> FloatArray:
    if values.dtype != object:
        return cast(FloatArray, values)
    return np.array([_number(v) for v in values])


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return float("nan")
