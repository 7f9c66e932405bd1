"""The verdict on one suite: which certified route is proposed, what it saves, and the reason in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from evalkit.routes.certify import Certificate
from evalkit.routes.limits import Limits
from evalkit.routes.outcome import Outcome, outcome
from evalkit.routes.proposed import Passed, Proposal, Status
from evalkit.routes.search import Search, alone
from evalkit.routes.table import SuiteTable
from evalkit.routes.weighing import Seen, per_thousand
from evalkit.routes.yardsticks import Yardstick, best_mix, frontier_of, mixing, oracle, oracle_usd
from evalkit.stats import Interval


def decided(
    blank: Proposal,
    found: Search,
    outcomes: Sequence[Outcome],
    certificates: Sequence[Certificate],
    choosing: SuiteTable,
    confirming: SuiteTable,
    limits: Limits,
) -> Proposal:
    """The proposal for one suite, from what was brought to certification and how it did there.

    Args:
        blank: What is known before any search.
        found: What was brought to certification.
        outcomes: Of each of them, on the confirming part.
        certificates: Of each of them.
        choosing: The choosing part.
        confirming: The confirming part.
        limits: What the work allows.
    """
    allowed = [name for name in confirming.names if name not in blank.ruled_out]
    seen = Seen(
        table=confirming.only(allowed),
        choosing=choosing.only(allowed),
        whole=confirming,
        found=found,
        outcomes=outcomes,
        certificates=certificates,
    )
    refusals = {i: seen.why_not(i) for i in seen.by_worth}
    best = next((i for i, why in refusals.items() if why is None), None)
    chosen, status, reason = _verdict(blank, seen, refusals, best)
    shown = chosen if chosen is not None else _nearest(seen, refusals)
    saving, over = (None, None) if chosen is None else _saving(blank, seen, chosen, limits)
    volume = confirming.stakes.volume_per_month
    return replace(
        blank,
        status=status,
        reason=reason,
        tried=found.tried,
        proposed=None if chosen is None else outcomes[chosen].policy,
        figures=None if chosen is None else seen.figures(outcomes[chosen].policy),
        certificate=certificates[shown],
        tested=_tested(seen, refusals, chosen),
        saving_usd=saving,
        saving_over=over,
        month_saving_usd=None if saving is None or volume is None else saving.estimate * volume,
        gain_over_mixing=seen.gain(shown),
        oracle_usd=None if chosen is None else _oracle_usd(seen, chosen),
        yardsticks=_yardsticks(blank, seen, shown, limits),
    )


def _verdict(
    blank: Proposal, seen: Seen, refusals: Mapping[int, str | None], best: int | None
) -> tuple[int | None, Status, str]:
    """Which route is proposed, and why."""
    if best is None:
        nearest = _nearest(seen, refusals)
        words = seen.certificates[nearest].in_words
        if seen.certificates[nearest].certified:
            return None, "uncertified", f"{words} It is not proposed. {refusals[nearest]}"
        return None, "uncertified", f"Nearest: {words}"
    words = seen.certificates[best].in_words
    if blank.current is None:
        return best, "change", f"No route is in force. {words}"
    now = next((i for i, o in enumerate(seen.outcomes) if o.policy == blank.current), None)
    falls = "It was not tested." if now is None else seen.falls(now)
    if now is None or falls is not None:
        why = f"{'; '.join(blank.current_breaches)}." if blank.current_breaches else falls
        return best, "change", f"The route in force does not stand: {why} {words}"
    if now == best:
        return now, "keep", f"The route in force is the best found. {words}"
    saving = seen.saving(seen.outcomes[now], seen.outcomes[best])
    if saving is None or not saving.low > 0:
        return now, "keep", f"No other route is shown to cost less. {seen.certificates[now].in_words}"
    return (
        best,
        "change",
        f"It saves {per_thousand(saving)} over the route in force, errors included. {words}",
    )


def _nearest(seen: Seen, refusals: Mapping[int, str | None]) -> int:
    """Of routes that may not be proposed the first that is certified all the same; else the one that lacks
    the fewest items, else the one that succeeds most."""
    certified = (i for i in refusals if seen.certificates[i].certified)
    return next(
        certified,
        min(
            range(len(seen.certificates)),
            key=lambda i: (
                seen.certificates[i].missing is None,
                seen.certificates[i].missing or 0,
                -seen.certificates[i].rate,
            ),
        ),
    )


def _saving(blank: Proposal, seen: Seen, chosen: int, limits: Limits) -> tuple[Interval | None, str | None]:
    """What the route saves, and over what: the route in force, else the best single one, else the
    frontier."""
    mine = seen.outcomes[chosen]
    if blank.current is not None and blank.current_figures is not None:
        if blank.current == mine.policy:
            return None, None
        return seen.saving(outcome(blank.current, seen.whole), mine), "the route in force"
    for name in (seen.found.best_single, frontier_of(seen.table)):
        policy = None if name is None else alone(seen.table, name, limits)
        if policy is not None and policy != mine.policy:
            return seen.saving(outcome(policy, seen.table), mine), policy.in_words
    return None, None


def _tested(seen: Seen, refusals: Mapping[int, str | None], chosen: int | None) -> tuple[Passed, ...]:
    return tuple(
        Passed(
            choice=choice,
            certificate=seen.certificates[i],
            figures=seen.figures(choice.policy),
            why_not=None if i == chosen else refusals[i] or "Another route is worth more.",
        )
        for i, choice in enumerate(seen.found.choices)
    )


def _oracle_usd(seen: Seen, chosen: int) -> float:
    found = seen.outcomes[chosen]
    return oracle_usd(seen.table, float(np.average(found.unaided, weights=seen.table.weight)))


def _yardsticks(blank: Proposal, seen: Seen, shown: int, limits: Limits) -> tuple[Yardstick, ...]:
    table = seen.table
    found = []
    if seen.found.best_single is not None:
        found.append(seen.yardstick("best_single", alone(table, seen.found.best_single, limits)))
    frontier = frontier_of(table)
    if frontier is not None:
        found.append(seen.yardstick("frontier_alone", alone(table, frontier, limits)))
    if blank.current is not None and blank.current_figures is not None:
        found.append(seen.yardstick("current", blank.current))
    route = seen.outcomes[shown]
    if route.policy.single is None:
        found.append(mixing(best_mix(route, table), route, table))
    found.append(oracle(table))
    return tuple(found)
