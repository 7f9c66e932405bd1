"""The advice against the route in force: tighten, loosen, keep, or more evidence; each with its reason, its
numbers, a month's money and the items that show it best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from evalkit.economics import mean_change
from evalkit.economics.evidence import BoolArray, FloatArray
from evalkit.gate.more_items import more_items, more_items_for_rate
from evalkit.records import TIERS
from evalkit.routes.certify import Certificate, choosing_part
from evalkit.routes.figures import frontier_of, spent, total_usd
from evalkit.routes.outcome import NOBODY, Replayed, holds, outcome
from evalkit.routes.policy import REVIEW, Branch, Condition, RoutePolicy, Step, single
from evalkit.routes.proposal import Proposal
from evalkit.routes.settings import KEEP_WITHIN, RouteLimits, breaches, find_ruled_out
from evalkit.routes.slices import LEAST_ITEMS, Slice, SliceSearch, margin_of, single_conditions, tier_pairs
from evalkit.routes.table import SuiteTable
from evalkit.routes.wording import advice_reason
from evalkit.stats import Interval, PairedDifference, paired_difference, rate_interval

Move = Literal["tighten", "loosen", "keep", "more_evidence", "none_holds"]

Cause = Literal[
    "certified_better", "certified_cheaper", "certified_lower", "certified_instead", "best_found",
    "breach", "below_floor", "none_holds", "nearest", "as_proposed", "no_worse", "not_shown_no_worse",
    "slice_fails", "slice_not_relied_on", "slice_undecided",
]  # fmt: skip
"""Why a piece of advice is given; `as_proposed`: what the proposal says of itself."""

EXAMPLES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class TooSlow:
    """That nothing which was tried holds the latency limit."""

    limit_s: float
    within: float
    """Share of items within it, of the fastest."""
    least: float
    """The share that must be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """One piece of advice. Differences are what is advised minus what is in force."""

    suite: str
    where: tuple[Condition, ...] = ()
    """The slice that it is about; empty: the whole suite."""
    move: Move
    """`tighten`: send work up, or have it checked. `loosen`: a lower tier will do. `more_evidence`: the items
    do not decide it. `none_holds`: no candidate holds the floor."""
    cause: Cause
    now: RoutePolicy | None = None
    """What is in force or, with nothing in force, the highest tier alone."""
    assumed: bool = False
    """Whether nothing is in force and `now` is only what is assumed."""
    then: RoutePolicy | None = None
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
    floor: float | None = None
    margin: float | None = None
    certificate: Certificate | None = None
    """Of what is advised, or the nearest to one."""
    breaches: tuple[str, ...] = ()
    """Why what is in force may not serve."""
    found: Slice | None = None
    """The slice that it is about, as it was found."""
    success_proposed: Interval | None = None
    """Of the slice, with the route that is proposed for the whole suite."""
    tried: str | None = None
    """The candidate that was tried in place of what is in force."""
    checking_usd_month: Interval | None = None
    """What it would cost more a month if a person checked each answer."""
    slow: TooSlow | None = None
    """Where nothing that was tried is fast enough."""
    proposal: Proposal | None = field(default=None, repr=False, metadata={"plain": False})
    """Where its reason belongs to this one; the plain form has it beside the advice."""

    @property
    def reason(self) -> str:
        """Why it is given, in a sentence or two."""
        return advice_reason(self)

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
    now: RoutePolicy
    assumed: bool
    limits: RouteLimits
    confidence: float

    def compare_advice(
        self, then: RoutePolicy, keep: BoolArray, *, confidence: float | None = None
    ) -> Advice:
        """The numbers of `then` against what is in force, on the items to keep (n_items,)."""
        part = self.table.part(keep)
        before, after = outcome(self.now, part), outcome(then, part)
        saving = mean_change(
            _total(after, part), _total(before, part), clusters=part.clusters, weights=part.weight,
            confidence=self.confidence,
        )  # fmt: skip
        return replace(
            self.keep_unchanged(keep),
            then=then,
            success_then=_rate(after, part, self.confidence),
            difference=paired_difference(
                before.success, after.success, clusters=part.clusters, weights=part.weights,
                confidence=self.confidence if confidence is None else confidence,
            ),
            paid_then_usd=_none_if_nan(mean(spent_usd(after, part), part)),
            saving_usd=saving,
            month_saving_usd=self._month(saving, keep),
            examples=_examples(before, after, part),
        )  # fmt: skip

    def keep_unchanged(self, keep: BoolArray) -> Advice:
        """The numbers of what is in force, on the items to keep (n_items,)."""
        part = self.table.part(keep)
        held = outcome(self.now, part)
        return Advice(
            suite=self.table.suite, move="keep", cause="best_found", now=self.now, assumed=self.assumed,
            floor=self.table.stakes.quality_floor,
            n=part.n_items, success_now=_rate(held, part, self.confidence),
            paid_now_usd=_none_if_nan(mean(spent_usd(held, part), part)),
        )  # fmt: skip

    def rate(self, policy: RoutePolicy, keep: BoolArray) -> Interval:
        """The success of any policy on the items to keep (n_items,)."""
        part = self.table.part(keep)
        return _rate(outcome(policy, part), part, self.confidence)

    def _month(self, saving: Interval | None, keep: BoolArray) -> Interval | None:
        volume = self.table.stakes.volume_per_month
        if saving is None or volume is None:
            return None
        weight = self.table.weight
        share = float(weight[keep].sum() / weight[self.confirming].sum())
        return saving.times(volume * share)


def meets(table: SuiteTable, conditions: Sequence[Condition]) -> BoolArray:
    """(n_items,) whether all conditions hold."""
    met = np.ones(table.n_items, dtype=bool)
    for condition in conditions:
        met &= holds(condition, table)
    return met


def _examples(before: Replayed, after: Replayed, part: SuiteTable) -> tuple[str, ...]:
    """Items that change, the right way first; else those where most money is saved at no loss."""
    changed = after.success - before.success
    saved = np.nan_to_num(before.calls_usd - after.calls_usd)
    order = np.lexsort((-saved, -changed))
    telling = [k for k in order if changed[k] > 0 or (changed[k] == 0 and after.success[k] > 0)]
    return tuple(str(part.ids[k]) for k in telling[:EXAMPLES])


def _rate(found: Replayed, part: SuiteTable, confidence: float) -> Interval:
    return rate_interval(found.success, clusters=part.clusters, weights=part.weights, confidence=confidence)


def _total(found: Replayed, part: SuiteTable) -> FloatArray:
    return total_usd(found.success, found.calls_usd, found.reviewed.astype(np.float64), part.stakes)


def spent_usd(found: Replayed, part: SuiteTable) -> FloatArray:
    """(n_items,) calls and reviews, in US dollars."""
    return spent(found.calls_usd, found.reviewed.astype(np.float64), part.stakes)


def mean(values: FloatArray, part: SuiteTable) -> float:
    """The weighted mean over the items; 0 without any."""
    return float(np.average(values, weights=part.weight)) if len(values) else 0.0


def _none_if_nan(amount: float) -> float | None:
    return None if np.isnan(amount) else amount


MOSTLY = 0.5
"""Share of a slice that is most of it."""
MOST_LOOSENED = 4
"""Slices that are tested for a lower tier in one suite."""


def on_slice(ground: Ground, found: Slice, proposed: RoutePolicy | None = None) -> Advice:
    """A slice where a candidate fails: it goes up, unless the route in force sends it up already or nobody
    is shown to do better there."""
    keep = meets(ground.table, found.conditions) & ground.confirming
    before = replace(
        ground.keep_unchanged(keep), where=found.conditions, found=found, examples=found.examples,
        cause="slice_fails",
    )  # fmt: skip
    if not _relies_on(ground, found, keep) and not _is_below(before.success_now, found.floor):
        return replace(before, cause="slice_not_relied_on")
    table, why = ground.table, find_ruled_out(ground.table, ground.limits)
    highest = frontier_of(table.only([name for name in table.names if name not in why]))
    for name in dict.fromkeys((found.upper, highest, REVIEW)):
        if name is None or name in why:
            continue
        branch = Branch(
            when=found.conditions,
            steps=(Step(candidate=name),),
            review=ground.limits.must_review and name != REVIEW,
        )
        advised = replace(ground.now, branches=(branch, *ground.now.branches))
        better = ground.compare_advice(advised, keep)
        if better.difference is not None and better.difference.interval.low > 0:
            return replace(
                better, where=found.conditions, found=found, examples=found.examples, cause="slice_fails",
                move=_direction(ground, advised, keep),
                success_proposed=ground.rate(proposed, keep) if proposed and keep.any() else None,
            )  # fmt: skip
    return before


def _relies_on(ground: Ground, found: Slice, keep: BoolArray) -> bool:
    """Whether what is in force serves most of these items with that candidate, unchecked."""
    held = outcome(ground.now, ground.table)
    mine = (held.served_by == ground.table.row(found.candidate)) & ~held.reviewed
    return bool(keep.any() and np.mean(mine[keep]) >= MOSTLY)


def _is_below(rate: Interval | None, floor: float | None) -> bool:
    return rate is not None and floor is not None and rate.high < floor


def find_undecided(ground: Ground, found: Slice) -> Advice | None:
    """A slice that stood out where it was found and is not confirmed; None where no number of items helps."""
    if found.floor is None or not found.success.n or not found.success.estimate < found.floor:
        return None
    keep = meets(ground.table, found.conditions) & ground.confirming
    if not _relies_on(ground, found, keep):
        return None
    more = more_items_for_rate(found.success, found.floor)
    share = float(keep.sum() / ground.table.n_items)
    return replace(
        ground.keep_unchanged(keep),
        where=found.conditions,
        found=found,
        move="more_evidence",
        cause="slice_undecided",
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
        found = ground.compare_advice(advised, keep, confidence=confidence)
        floor = table.stakes.quality_floor
        low = None if found.success_then is None else found.success_then.low
        difference = found.difference
        if difference is None or not difference.interval.low > -margin:
            continue
        if floor is not None and (low is None or low < floor):
            continue
        if found.saving_usd is None or not found.saving_usd.estimate > 0:
            continue
        yield replace(found, where=(condition,), move="loosen", cause="no_worse", margin=margin)


def _worth_loosening(ground: Ground, side: BoolArray) -> list[tuple[Condition, str]]:
    """Tags' slices and lower candidates that look no worse and cheaper on the choosing part, the largest
    saving first."""
    table, margin = ground.table, margin_of(ground.table)
    why = find_ruled_out(table, ground.limits)
    lower = [name for name, upper in tier_pairs(table.part(side)) if name not in why and upper is not None]
    now = outcome(ground.now, table)
    spent = spent_usd(now, table)
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


def advise(
    table: SuiteTable,
    proposal: Proposal,
    slices: SliceSearch,
    *,
    limits: RouteLimits | None = None,
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
    limits = limits or RouteLimits()
    side = choosing_part(table, seed=seed)
    now = _now(table, proposal, limits)
    if now is None:
        return (Advice(suite=table.suite, move="more_evidence", cause="as_proposed", proposal=proposal),)
    ground = Ground(
        table=table, confirming=~side, now=now, assumed=now != proposal.current, limits=limits,
        confidence=confidence,
    )  # fmt: skip
    whole = _on_suite(ground, proposal)
    fails = [on_slice(ground, found, whole.then) for found in slices.slices]
    open_ones = [a for found in slices.unconfirmed if (a := find_undecided(ground, found)) is not None]
    looser = () if whole.move == "loosen" else looser_slices(ground, side)
    return (whole, *fails, *looser, *open_ones)


def _now(table: SuiteTable, proposal: Proposal, limits: RouteLimits) -> RoutePolicy | None:
    """What is in force and can be replayed, else the highest tier alone among those that may serve."""
    if proposal.current is not None and proposal.current_figures is not None:
        return proposal.current
    why = find_ruled_out(table, limits)
    frontier = frontier_of(table.only([name for name in table.names if name not in why]))
    return None if frontier is None else single(table.suite, frontier, review=limits.must_review)


def _on_suite(ground: Ground, proposal: Proposal) -> Advice:
    held = replace(ground.keep_unchanged(ground.confirming), certificate=proposal.certificate)
    if proposal.proposed is not None:
        found = ground.compare_advice(proposal.proposed, ground.confirming)
        if proposal.proposed == ground.now or (_is_same(found) and not proposal.current_breaches):
            return replace(held, cause="best_found", certified=True)
        move = _direction(ground, proposal.proposed, ground.confirming)
        return replace(
            found, move=move, cause=_why_change(proposal, found, move), certified=True,
            certificate=proposal.certificate, breaches=proposal.current_breaches,
        )  # fmt: skip
    below = held.success_now is not None and _is_below(held.success_now, held.floor)
    if proposal.current is not None and proposal.current_breaches:
        return _until_certified(ground, proposal, replace(held, cause="breach"))
    alone = [passed for passed in proposal.tested if not passed.choice.policy.reviews]
    if below and alone and all(_is_below(passed.figures.success, held.floor) for passed in alone):
        return replace(
            held, move="none_holds", cause="none_holds", checking_usd_month=_checking(ground),
            certificate=max((passed.certificate for passed in alone), key=lambda c: c.rate),
            slow=_slow(ground, proposal),
        )  # fmt: skip
    if below:
        return _until_certified(ground, proposal, replace(held, cause="below_floor"))
    if proposal.status == "no_floor":
        return _without_floor(ground, proposal)
    nearest = proposal.certificate
    uncertified = nearest is not None and not nearest.certified
    return replace(
        held,
        move="more_evidence",
        cause="nearest" if uncertified else "as_proposed",
        proposal=None if uncertified else proposal,
        more_items=proposal.missing if nearest is None else nearest.missing,
        slow=_slow(ground, proposal),
    )


def _slow(ground: Ground, proposal: Proposal) -> TooSlow | None:
    """That nothing which was tried is fast enough; None where something is."""
    limit = ground.table.stakes.latency_slo_s
    best = max((passed.choice.within for passed in proposal.tested), default=1.0)
    if limit is None or best >= KEEP_WITHIN:
        return None
    return TooSlow(limit_s=limit, within=best, least=KEEP_WITHIN)


def _is_same(found: Advice) -> bool:
    """Whether nothing changes with what is advised: neither any success nor the money."""
    if found.difference is None or found.saving_usd is None:
        return False
    span = found.difference.interval
    return span.estimate == 0 and found.success_now == found.success_then and found.saving_usd.estimate == 0


def _why_change(proposal: Proposal, found: Advice, move: Move) -> Cause:
    if proposal.current_breaches:
        return "certified_instead"
    if found.difference is not None and found.difference.interval.low > 0:
        return "certified_better"
    return "certified_cheaper" if move == "tighten" else "certified_lower"


def _checking(ground: Ground) -> Interval | None:
    """What it costs more a month that a person checks each answer; None where that is not known."""
    saved = ground.compare_advice(_add_review(ground.now), ground.confirming).month_saving_usd
    if saved is None:
        return None
    return replace(saved, estimate=-saved.estimate, low=-saved.high, high=-saved.low)


def _until_certified(ground: Ground, proposal: Proposal, held: Advice) -> Advice:
    """What is in force does not stand and nothing is certified: the nearest where it succeeds more for
    certain, else people who check, where they cure that."""
    nearest, part = proposal.certificate, ground.confirming
    missing = None if nearest is None else nearest.missing
    ways = [] if nearest is None else [nearest.policy]
    checked = _add_review(ground.now)
    if held.cause == "below_floor" or not breaches(checked, ground.table, ground.limits):
        ways.append(checked)
    for way in ways:
        found = ground.compare_advice(way, part)
        if way != ground.now and found.difference is not None and found.difference.interval.low > 0:
            return replace(
                found, move=_direction(ground, way, part), cause=held.cause, more_items=missing,
                breaches=proposal.current_breaches, certificate=nearest, slow=_slow(ground, proposal),
            )  # fmt: skip
    return replace(
        held, move="more_evidence", more_items=missing, breaches=proposal.current_breaches,
        slow=_slow(ground, proposal),
    )  # fmt: skip


def _add_review(policy: RoutePolicy) -> RoutePolicy:
    return replace(policy, branches=tuple(replace(b, review=True) for b in policy.branches))


def _without_floor(ground: Ground, proposal: Proposal) -> Advice:
    """With no floor a lower tier must be no worse than what is in force by the margin."""
    table, margin = ground.table, margin_of(ground.table)
    why = find_ruled_out(table, ground.limits)
    choosing = table.part(~ground.confirming)
    held = outcome(ground.now, choosing)
    rate, spent = mean(held.success, choosing), mean(spent_usd(held, choosing), choosing)
    cheaper = []
    for name in table.names:
        other = outcome(single(table.suite, name), choosing)
        cost = mean(spent_usd(other, choosing), choosing)
        if name not in why and cost < spent and mean(other.success, choosing) > rate - margin:
            cheaper.append((cost, name))
    for _, name in sorted(cheaper)[:1]:  # one alone is tested, so nothing is to be corrected for
        found = ground.compare_advice(single(table.suite, name), ground.confirming)
        difference = found.difference
        if difference is not None and difference.interval.low > -margin:
            return replace(
                found,
                move="loosen",
                cause="no_worse",
                margin=margin,
            )
        more = None if difference is None else more_items(difference, margin, ground.confidence)
        return replace(
            found, move="more_evidence", cause="not_shown_no_worse", margin=margin, tried=name,
            proposal=proposal, more_items=more and 2 * more,
        )  # fmt: skip
    return replace(ground.keep_unchanged(ground.confirming), cause="as_proposed", proposal=proposal)


def _direction(ground: Ground, policy: RoutePolicy, keep: BoolArray) -> Move:
    """Whether the items to keep (n_items,) are served higher up than by what is in force, or lower down."""
    return "tighten" if _height(ground, policy, keep) > _height(ground, ground.now, keep) else "loosen"


def _height(ground: Ground, policy: RoutePolicy, keep: BoolArray) -> float:
    """How high up the work is served on average: a person above every tier."""
    part = ground.table.part(keep)
    found = outcome(policy, part)
    ranks = np.array([TIERS.index(t) if t in TIERS else 0 for t in part.tiers], dtype=np.float64)
    heights = np.where(found.served_by == NOBODY, len(TIERS), ranks[found.served_by])
    heights = np.where(found.reviewed, len(TIERS), heights)
    # Between equal tiers the dearer one is the higher.
    spent = mean(spent_usd(found, part), part)
    return mean(heights, part) + (1e-6 * spent / (1 + spent) if spent == spent else 0.0)
