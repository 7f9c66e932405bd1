"""The advice against the route in force: tighten, loosen, keep, or more evidence; each with its reason, its
numbers, a month's money and the items that show it best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evalkit.economics import mean_change
from evalkit.economics.evidence import BoolArray, FloatArray
from evalkit.gate.more_items import more_items, more_items_for_rate
from evalkit.records import TIERS
from evalkit.routes.certify import Certificate, choosing_part
from evalkit.routes.figures import frontier_of, spent, total_usd
from evalkit.routes.outcome import NOBODY, Outcome, holds, outcome
from evalkit.routes.policy import REVIEW, Branch, Condition, Policy, Step, single
from evalkit.routes.proposal import FEWEST_ITEMS, Proposal
from evalkit.routes.settings import KEEP_WITHIN, Limits, ruled_out
from evalkit.routes.slices import LEAST_ITEMS, Slice, SliceSearch, margin_of, single_conditions, tier_pairs
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


MOSTLY = 0.5
"""Share of a slice that is most of it."""
MOST_LOOSENED = 4
"""Slices that are tested for a lower tier in one suite."""


def on_slice(ground: Ground, found: Slice, proposed: Policy | None = None) -> Advice:
    """A slice where a candidate fails: it goes up, unless the route in force sends it up already."""
    keep = meets(ground.table, found.conditions) & ground.confirming
    words = (
        f"{found.candidate} succeeds in {found.success.estimate:.0%} of it "
        f"({found.success.low:.0%} to {found.success.high:.0%}), elsewhere in {found.rest.estimate:.0%}"
    )
    before = ground.unchanged(keep)
    if not _relied_on(ground, found, keep) and not _is_below(before.success_now, found.floor):
        how = ""
        if (rate := before.success_now) is not None:
            how = f": {rate.estimate:.0%} of it ends well ({rate.low:.0%} to {rate.high:.0%})"
        return replace(
            before, where=found.conditions, examples=found.examples,
            reason=f"{words}; what is in force does not rely on that{how}.",
        )  # fmt: skip
    allowed = found.upper is not None and found.upper not in ruled_out(ground.table, ground.limits)
    up = Step(candidate=found.upper if allowed and found.upper is not None else REVIEW)
    branch = Branch(when=found.conditions, steps=(up,), review=ground.limits.must_review)
    advised = replace(ground.now, branches=(branch, *ground.now.branches))
    whom = "a person" if up.candidate == REVIEW else up.candidate
    return replace(
        ground.compared(advised, keep), where=found.conditions, move="tighten", examples=found.examples,
        reason=f"{words}. Send it to {whom}.{_with_proposed(ground, proposed, keep)}",
    )  # fmt: skip


def _with_proposed(ground: Ground, proposed: Policy | None, keep: BoolArray) -> str:
    """What becomes of the slice with the route that is proposed for the whole suite."""
    if proposed is None or not keep.any():
        return ""
    rate = ground.rate(proposed, keep)
    return f" With the route proposed for the whole suite {rate.estimate:.0%} of it ends well."


def _relied_on(ground: Ground, found: Slice, keep: BoolArray) -> bool:
    """Whether what is in force serves most of these items with that candidate, unchecked."""
    held = outcome(ground.now, ground.table)
    mine = (held.served_by == ground.table.row(found.candidate)) & ~held.reviewed
    return bool(keep.any() and np.mean(mine[keep]) >= MOSTLY)


def _is_below(rate: Interval | None, floor: float | None) -> bool:
    return rate is not None and floor is not None and rate.high < floor


def undecided(ground: Ground, found: Slice) -> Advice | None:
    """A slice that stood out where it was found and is not confirmed; None where no number of items helps."""
    if found.floor is None or not found.success.n or not found.success.estimate < found.floor:
        return None
    keep = meets(ground.table, found.conditions) & ground.confirming
    if not _relied_on(ground, found, keep):
        return None
    more = more_items_for_rate(found.success, found.floor)
    share = float(keep.sum() / ground.table.n_items)
    return replace(
        ground.unchanged(keep),
        where=found.conditions,
        move="more_evidence",
        reason=(
            f"{found.candidate} seems to fail here ({found.success.estimate:.0%} of {found.success.n} items "
            f"that it was not found on, floor {found.floor:.0%}); that is not shown."
        ),
        more_items=None if more is None else int(np.ceil(more / share)),
        examples=found.examples,
    )


def looser_slices(ground: Ground, side: BoolArray) -> Iterator[Advice]:
    """Slices that a lower tier serves no worse than what is in force, for less money.

    Found on the choosing part; each tested on the other at a confidence that is corrected for their number
    (Bonferroni). A part with too few items for one slice has none.
    """
    if side.sum() < 2 * LEAST_ITEMS:
        return
    table, margin = ground.table, margin_of(ground.table)
    chosen = _worth_loosening(ground, side)[:MOST_LOOSENED]
    confidence = 1 - (1 - ground.confidence) / max(1, len(chosen))
    for condition, name in chosen:
        keep = holds(condition, table) & ground.confirming
        branch = Branch(when=(condition,), steps=(Step(candidate=name),), review=ground.limits.must_review)
        advised = replace(ground.now, branches=(branch, *ground.now.branches))
        found = ground.compared(advised, keep, confidence=confidence)
        floor = table.stakes.quality_floor
        low = None if found.success_then is None else found.success_then.low
        difference = found.difference
        if difference is None or not difference.interval.low > -margin:
            continue
        if floor is not None and (low is None or low < floor):
            continue
        yield replace(found, where=(condition,), move="loosen", reason=no_worse(name, difference, margin))


def _worth_loosening(ground: Ground, side: BoolArray) -> list[tuple[Condition, str]]:
    """Tags' slices and lower candidates that look no worse and cheaper on the choosing part, the largest
    saving first."""
    table, margin = ground.table, margin_of(ground.table)
    why = ruled_out(table, ground.limits)
    lower = [name for name, upper in tier_pairs(table.part(side)) if name not in why and upper is not None]
    now = outcome(ground.now, table)
    spent = paid(now, table)
    found = []
    for condition in single_conditions(table, side):
        keep = holds(condition, table) & side
        if condition.op != "is" or keep.sum() < 2 * LEAST_ITEMS:
            continue
        for name in lower:
            row = table.row(name)
            gain = float(np.mean(table.success[row][keep] - now.success[keep]))
            saved = float(np.sum(spent[keep] - table.cost_usd[row][keep]))
            if gain > -margin / 2 and saved > 0 and not np.all(now.served_by[keep] == row):
                found.append((-saved, condition, name))
    found.sort(key=lambda one: (one[0], one[1].in_words, one[2]))
    once: dict[Condition, str] = {}
    for _, condition, name in found:
        once.setdefault(condition, name)
    return list(once.items())


def no_worse(name: str, difference: PairedDifference, margin: float) -> str:
    """That a candidate is no worse, in words."""
    span = difference.interval
    return (
        f"{name} is no worse by the margin of {100 * margin:g} points "
        f"({100 * span.estimate:+.1f}, {100 * span.low:+.1f} to {100 * span.high:+.1f})."
    )


def advise(
    table: SuiteTable,
    proposal: Proposal,
    slices: SliceSearch,
    *,
    limits: Limits | None = None,
    seed: int = 0,
    confidence: float = 0.95,
) -> tuple[Advice, ...]:
    """The advice for one suite: first on the whole of it, then on its slices.

    All numbers are of the confirming part: neither the route nor a slice was chosen there.

    Args:
        table: The suite, all items.
        proposal: What is proposed for it.
        slices: Where its lower tiers fail.
        limits: What its work allows.
        seed: Of the split, as for the proposal.
        confidence: Of each interval.
    """
    limits = limits or Limits()
    side = choosing_part(table, seed=seed)
    now = _now(table, proposal, limits)
    if now is None:
        nobody = Advice(suite=table.suite, move="more_evidence", reason=proposal.reason)
        return (nobody,)
    ground = Ground(
        table=table, confirming=~side, now=now, assumed=now != proposal.current, limits=limits,
        confidence=confidence,
    )  # fmt: skip
    whole = _on_suite(ground, proposal)
    fails = [on_slice(ground, found, whole.then) for found in slices.slices]
    open_ones = [a for found in slices.unconfirmed if (a := undecided(ground, found)) is not None]
    looser = () if whole.move == "loosen" else looser_slices(ground, side)
    return (whole, *fails, *looser, *open_ones)


def _now(table: SuiteTable, proposal: Proposal, limits: Limits) -> Policy | None:
    """What is in force and can be replayed, else the frontier alone among those that may serve."""
    if proposal.current is not None and proposal.current_figures is not None:
        return proposal.current
    why = ruled_out(table, limits)
    frontier = frontier_of(table.only([name for name in table.names if name not in why]))
    return None if frontier is None else single(table.suite, frontier, review=limits.must_review)


def _on_suite(ground: Ground, proposal: Proposal) -> Advice:
    if proposal.proposed is not None and proposal.proposed != ground.now:
        found = ground.compared(proposal.proposed, ground.confirming)
        higher = _height(ground, proposal.proposed) > _height(ground, ground.now)
        reason = _why_change(proposal, found, higher)
        return replace(found, move="tighten" if higher else "loosen", reason=reason, certified=True)
    if proposal.proposed is not None:
        reason = f"{_capital(_whom(ground))} is the best found. {_certified(proposal)}"
        return replace(ground.unchanged(ground.confirming), reason=reason, certified=True)
    if proposal.current is not None and proposal.current_breaches:
        return _send_up(ground, proposal, "; ".join(proposal.current_breaches))
    below = _below_floor(ground)
    if below is not None:
        return _send_up(ground, proposal, below)
    if proposal.status == "no_floor":
        return _without_floor(ground, proposal)
    nearest = proposal.certificate
    missing = None if nearest is None else nearest.missing
    if proposal.status == "too_few":
        missing = max(1, 2 * FEWEST_ITEMS - ground.table.n_items)
    reason = proposal.reason if nearest is None or nearest.certified else _nearest(nearest)
    reason = _too_slow(ground, proposal) + reason
    return replace(
        ground.unchanged(ground.confirming), move="more_evidence", reason=reason, more_items=missing
    )


def _too_slow(ground: Ground, proposal: Proposal) -> str:
    """That nothing which was tried is fast enough; empty where something is."""
    limit = ground.table.stakes.latency_slo_s
    best = max((passed.choice.within for passed in proposal.tested), default=1.0)
    if limit is None or best >= KEEP_WITHIN:
        return ""
    return f"Nothing ends {KEEP_WITHIN:.0%} of the items within {limit:g} s (the fastest {best:.0%}). "


def _nearest(found: Certificate) -> str:
    """How near the nearest route came."""
    seen = f"{found.rate:.1%} of {found.n:,} items that it was not chosen on succeed"
    bound = f"at least {found.lower_bound:.1%} do at {1 - found.level:.1%} confidence"
    return (
        f"Nothing is certified. The nearest is “{found.policy.in_words}”: {seen}, and {bound}; "
        f"the floor is {found.floor:.0%}."
    )


def _why_change(proposal: Proposal, found: Advice, higher: bool) -> str:
    breached = f"What is in force may not serve it: {'; '.join(proposal.current_breaches)}. "
    gap = None if found.difference is None else found.difference.interval
    if proposal.current_breaches:
        return breached + _certified(proposal)
    if higher and gap is not None and gap.low > 0:
        return f"More of the work succeeds for certain. {_certified(proposal)}"
    if higher:
        return f"It costs less in all, errors included. {_certified(proposal)}"
    return f"A lower tier will do for part of the work or all of it. {_certified(proposal)}"


def _certified(proposal: Proposal) -> str:
    """The certificate's numbers in a sentence; the route itself is named elsewhere."""
    found = proposal.certificate
    if found is None or not found.certified:
        return proposal.reason
    return (
        f"It holds the floor of {found.floor:.0%}: {found.rate:.1%} of {found.n:,} items that it was not "
        f"chosen on succeed, and at least {found.lower_bound:.1%} do at {1 - found.level:.1%} confidence."
    )


def _below_floor(ground: Ground) -> str | None:
    """That what is in force is shown to lie below its floor, in words; None when it is not."""
    floor, rate = ground.table.stakes.quality_floor, ground.unchanged(ground.confirming).success_now
    if floor is None or rate is None or not rate.high < floor:
        return None
    return (
        f"{_whom(ground)} succeeds in {rate.estimate:.1%} ({rate.low:.1%} to {rate.high:.1%}), "
        f"which is below the floor of {floor:.0%}"
    )


def _whom(ground: Ground) -> str:
    """What is in force or, with nothing in force, the highest tier that was measured."""
    return f"“{ground.now.in_words}” alone" if ground.assumed else "the route in force"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _send_up(ground: Ground, proposal: Proposal, why: str) -> Advice:
    """What is in force does not stand and nothing is certified: the nearest route, or a person."""
    nearest = None if proposal.certificate is None else proposal.certificate.policy
    missing = None if proposal.certificate is None else proposal.certificate.missing
    better = nearest is not None and nearest != ground.now
    if better and nearest is not None:
        found = ground.compared(nearest, ground.confirming)
        better = found.difference is not None and found.difference.interval.low > 0
    if not better:
        found = ground.compared(_reviewed(ground.now), ground.confirming)
        what = "have a person check each answer"
    else:
        what = f"take the nearest: {found.then.in_words if found.then else 'nobody'}"
    reason = f"{_capital(why)}. {_too_slow(ground, proposal)}Until a route is certified, {what}."
    return replace(found, move="tighten", reason=reason, more_items=missing)


def _reviewed(policy: Policy) -> Policy:
    return replace(policy, branches=tuple(replace(b, review=True) for b in policy.branches))


def _without_floor(ground: Ground, proposal: Proposal) -> Advice:
    """With no floor a lower tier must be no worse than what is in force by the margin."""
    table, margin = ground.table, margin_of(ground.table)
    why = ruled_out(table, ground.limits)
    choosing = table.part(~ground.confirming)
    held = outcome(ground.now, choosing)
    rate, spent = mean(held.success, choosing), mean(paid(held, choosing), choosing)
    cheaper = []
    for name in table.names:
        other = outcome(single(table.suite, name), choosing)
        cost = mean(paid(other, choosing), choosing)
        if name not in why and cost < spent and mean(other.success, choosing) > rate - margin:
            cheaper.append((cost, name))
    for _, name in sorted(cheaper)[:1]:  # one alone is tested, so nothing is to be corrected for
        found = ground.compared(single(table.suite, name), ground.confirming)
        difference = found.difference
        if difference is not None and difference.interval.low > -margin:
            return replace(
                found,
                move="loosen",
                reason=no_worse(name, difference, margin) + " There is no floor: nothing is certified.",
            )
        more = None if difference is None else more_items(difference, margin, ground.confidence)
        shown = f"that it is no worse by {100 * margin:g} points is not shown"
        reason = f"{proposal.reason} {name} costs less; {shown}."
        return replace(found, move="more_evidence", reason=reason, more_items=more and 2 * more)
    return replace(ground.unchanged(ground.confirming), reason=proposal.reason)


def _height(ground: Ground, policy: Policy | None) -> float:
    """How high up the work is served on average: a person above every tier."""
    if policy is None:
        return 0.0
    part = ground.table.part(ground.confirming)
    found = outcome(policy, part)
    ranks = np.array([TIERS.index(t) if t in TIERS else 0 for t in part.tiers], dtype=np.float64)
    heights = np.where(found.served_by == NOBODY, len(TIERS), ranks[found.served_by])
    heights = np.where(found.reviewed, len(TIERS), heights)
    # Between equal tiers the dearer one is the higher.
    spent = mean(paid(found, part), part)
    return mean(heights, part) + (1e-6 * spent / (1 + spent) if spent == spent else 0.0)
