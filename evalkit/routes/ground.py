"""A piece of advice, and the numbers of one route against another on the same items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evalkit.economics import mean_change
from evalkit.economics.evidence import BoolArray, FloatArray
from evalkit.routes.figures import spent, total_usd
from evalkit.routes.limits import Limits
from evalkit.routes.outcome import Outcome, holds, outcome
from evalkit.routes.policy import Condition, Policy
from evalkit.routes.table import SuiteTable
from evalkit.stats import Interval, PairedDifference, paired_difference, rate_interval

Move = Literal["tighten", "loosen", "keep", "more_evidence"]

EXAMPLES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """One piece of advice. Differences are what is advised minus what is in force."""

    suite: str
    where: tuple[Condition, ...] = ()
    """The slice that it is about; empty: the whole suite."""
    move: Move
    """`tighten`: send work up, or have it checked. `loosen`: a lower tier will do. `more_evidence`: the items
    do not decide it."""
    reason: str
    now: Policy | None = None
    """What is in force or, with nothing in force, the frontier alone."""
    assumed: bool = False
    """Whether nothing is in force and `now` is only what is assumed."""
    then: Policy | None = None
    """What is advised; None where nothing changes."""
    certified: bool = False
    """Whether a certificate stands behind it."""
    n: int = 0
    """Items behind the numbers: those that had no part in finding it."""
    success_now: Interval | None = None
    success_then: Interval | None = None
    difference: PairedDifference | None = None
    """Of success, item by item."""
    paid_now_usd: float | None = None
    """Calls and reviews, per item; None where one is unknown."""
    paid_then_usd: float | None = None
    saving_usd: Interval | None = None
    """Per item: calls, reviews and errors in force minus those advised; None where one is unknown."""
    month_saving_usd: Interval | None = None
    """The same in a month at the volume, of the slice's share of it."""
    more_items: int | None = None
    """Further items of the suite that would likely decide it."""
    examples: tuple[str, ...] = ()
    """The items that show it best, at most five."""

    @property
    def in_words(self) -> str:
        """The slice, or `the whole suite`."""
        return " and ".join(c.in_words for c in self.where) or "the whole suite"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What advice on one suite is measured on."""

    table: SuiteTable
    confirming: BoolArray
    """(n_items,)"""
    now: Policy
    assumed: bool
    limits: Limits
    confidence: float

    def compared(self, then: Policy, keep: BoolArray, *, confidence: float | None = None) -> Advice:
        """The numbers of `then` against what is in force, on the items to keep (n_items,)."""
        part = self.table.part(keep)
        before, after = outcome(self.now, part), outcome(then, part)
        saving = mean_change(
            _total(after, part), _total(before, part), clusters=part.clusters, weights=part.weight,
            confidence=self.confidence,
        )  # fmt: skip
        return replace(
            self.unchanged(keep),
            then=then,
            success_then=_rate(after, part, self.confidence),
            difference=paired_difference(
                before.success, after.success, clusters=part.clusters, weights=part.weights,
                confidence=self.confidence if confidence is None else confidence,
            ),
            paid_then_usd=_known(mean(paid(after, part), part)),
            saving_usd=saving,
            month_saving_usd=self._month(saving, keep),
            examples=_examples(before, after, part),
        )  # fmt: skip

    def unchanged(self, keep: BoolArray) -> Advice:
        """The numbers of what is in force, on the items to keep (n_items,)."""
        part = self.table.part(keep)
        held = outcome(self.now, part)
        return Advice(
            suite=self.table.suite, move="keep", reason="", now=self.now, assumed=self.assumed,
            n=part.n_items, success_now=_rate(held, part, self.confidence),
            paid_now_usd=_known(mean(paid(held, part), part)),
        )  # fmt: skip

    def rate(self, policy: Policy, keep: BoolArray) -> Interval:
        """The success of any policy on the items to keep (n_items,)."""
        part = self.table.part(keep)
        return _rate(outcome(policy, part), part, self.confidence)

    def _month(self, saving: Interval | None, keep: BoolArray) -> Interval | None:
        volume = self.table.stakes.volume_per_month
        if saving is None or volume is None:
            return None
        weight = self.table.weight
        share = float(weight[keep].sum() / weight[self.confirming].sum())
        return _times(saving, volume * share)


def meets(table: SuiteTable, conditions: Sequence[Condition]) -> BoolArray:
    """(n_items,) whether all conditions hold."""
    met = np.ones(table.n_items, dtype=bool)
    for condition in conditions:
        met &= holds(condition, table)
    return met


def _examples(before: Outcome, after: Outcome, part: SuiteTable) -> tuple[str, ...]:
    """Items that change, the right way first; else those where most money is saved at no loss."""
    changed = after.success - before.success
    saved = np.nan_to_num(before.calls_usd - after.calls_usd)
    order = np.lexsort((-saved, -changed))
    telling = [k for k in order if changed[k] > 0 or (changed[k] == 0 and after.success[k] > 0)]
    return tuple(str(part.ids[k]) for k in telling[:EXAMPLES])


def _rate(found: Outcome, part: SuiteTable, confidence: float) -> Interval:
    return rate_interval(found.success, clusters=part.clusters, weights=part.weights, confidence=confidence)


def _total(found: Outcome, part: SuiteTable) -> FloatArray:
    return total_usd(found.success, found.calls_usd, found.reviewed.astype(np.float64), part.stakes)


def paid(found: Outcome, part: SuiteTable) -> FloatArray:
    """(n_items,) calls and reviews, in US dollars."""
    return spent(found.calls_usd, found.reviewed.astype(np.float64), part.stakes)


def mean(values: FloatArray, part: SuiteTable) -> float:
    """The weighted mean over the items; 0 without any."""
    return float(np.average(values, weights=part.weight)) if len(values) else 0.0


def _known(amount: float) -> float | None:
    return None if np.isnan(amount) else amount


def _times(interval: Interval, factor: float) -> Interval:
    return replace(
        interval, estimate=interval.estimate * factor, low=interval.low * factor, high=interval.high * factor
    )
