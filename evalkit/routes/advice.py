"""The advice against the route in force: tighten, loosen, keep, or more evidence; each with its reason, its
numbers, a month's money and the items that show it best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evalkit.gate.more_items import more_items
from evalkit.records import TIERS
from evalkit.routes.certify import Certificate, choosing_part
from evalkit.routes.ground import Advice, Ground, mean, paid
from evalkit.routes.limits import KEEP_WITHIN, Limits, ruled_out
from evalkit.routes.outcome import NOBODY, outcome
from evalkit.routes.policy import Policy, single
from evalkit.routes.proposal import FEWEST_ITEMS, Proposal
from evalkit.routes.slice_advice import looser_slices, no_worse, on_slice, undecided
from evalkit.routes.slice_search import margin_of
from evalkit.routes.slices import SliceSearch
from evalkit.routes.table import SuiteTable
from evalkit.routes.yardsticks import frontier_of


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
