"""Claims about advice: tighten, loosen, keep or more evidence, each with its reason, numbers and money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest

from evalkit.records import Stakes
from evalkit.routes.advice import Advice, Cause, advise
from evalkit.routes.certify import choosing_part, items_for_certificate
from evalkit.routes.policy import RoutePolicy, single
from evalkit.routes.proposal import Proposal, propose
from evalkit.routes.settings import RouteLimits
from evalkit.routes.slices import find_slices, rules_worth_a_branch
from evalkit.routes.table import SuiteTable
from tests.routes.tables import table as small_table
from tests.routes.test_slices import GERMAN_UP, world

STAKES = Stakes(
    quality_floor=0.8, volume_per_month=10_000, error_cost_usd=0.001, review_cost_usd=0.5, margin=0.05
)


def priced(seed: int = 0, n: int = 800, **changes: Any) -> SuiteTable:
    """The world with a slim model at a tenth of a cent and a frontier at a cent."""
    stakes = changes.pop("stakes", STAKES)
    cost = np.stack([np.full(n, 0.001), np.full(n, 0.01)])
    return world(seed, n, stakes=stakes, cost_usd=cost, **changes)


def advice_on(
    table: SuiteTable, current: RoutePolicy | None = None, limits: RouteLimits | None = None
) -> tuple[Proposal, tuple[Advice, ...]]:
    proposal = propose(
        [table],
        limits={table.suite: limits or RouteLimits()},
        current={} if current is None else {table.suite: current},
        find_rules=rules_worth_a_branch,
    )[0]
    return proposal, advise(table, proposal, find_slices(table), limits=limits)


def test_with_nothing_in_force_the_frontier_alone_is_what_it_is_held_against() -> None:
    """The lead's question: may the slim model take this over, and what do we save?"""
    table = priced(planted=None)
    proposal, (whole, *_) = advice_on(table)
    assert (whole.move, whole.assumed, whole.certified) == ("loosen", True, True)
    assert whole.now == single("triage", "frontier")
    assert whole.then == proposal.proposed == single("triage", "slim")
    confirming = table.part(~choosing_part(table))
    saved = 0.01 - 0.001 - 0.001 * (confirming.success[1].mean() - confirming.success[0].mean())
    assert whole.saving_usd is not None
    assert whole.month_saving_usd is not None
    assert whole.saving_usd.estimate == pytest.approx(saved)
    assert whole.month_saving_usd.estimate == pytest.approx(10_000 * saved)
    assert whole.n == confirming.n_items


def test_a_failing_slice_of_what_is_in_force_is_sent_up() -> None:
    """Slim everywhere, and German fails: say so, say what it costs, show five items."""
    table = priced(1)
    _, advice = advice_on(table, single("triage", "slim"))
    german = next(a for a in advice if a.in_words == "language is de")
    assert (german.move, german.then is not None) == ("tighten", True)
    assert german.then is not None
    assert german.then.in_words == "when language is de: frontier; else slim"
    assert german.difference is not None
    assert german.difference.interval.low > 0
    assert len(german.examples) == 5
    whole = next(a for a in advice if not a.where)
    assert whole.now == single("triage", "slim")


def test_a_failing_slice_that_is_sent_up_already_is_kept() -> None:
    """Advice that was taken is not given again."""
    _, advice = advice_on(priced(1), GERMAN_UP)
    german = [a for a in advice if a.in_words == "language is de"]
    assert [a.move for a in german] == ["keep"]
    assert "does not rely on that" in german[0].reason


def test_what_cannot_be_certified_asks_for_so_many_items() -> None:
    """A floor just under what is seen, and few items."""
    table = priced(2, 200, planted=None, good=0.9, stakes=replace(STAKES, quality_floor=0.93))
    proposal, (whole, *_) = advice_on(table)
    assert proposal.proposed is None
    assert whole.move == "more_evidence"
    assert whole.more_items == (proposal.certificate.missing if proposal.certificate else None)


def test_a_route_that_may_not_serve_is_tightened_whatever_it_saves() -> None:
    """A local_only suite that is sent out must come back."""
    limits = RouteLimits(forbidden={"slim": "the suite is local_only, and it is remote"})
    _, (whole, *_) = advice_on(priced(3, planted=None), single("triage", "slim"), limits)
    assert whole.move == "tighten"
    assert "local_only" in whole.reason
    assert whole.then == single("triage", "frontier")


def test_that_no_candidate_holds_the_floor_is_what_stands_first() -> None:
    """Not "have a person check each answer" at thousands a month: that is what it would cost meanwhile."""
    table = priced(4, planted=None, good=0.6, stakes=replace(STAKES, quality_floor=0.995))
    _, (whole, *_) = advice_on(table.only(["slim"]), single("triage", "slim"))
    assert (whole.move, whole.then, whole.more_items) == ("none_holds", None, None)
    assert whole.reason.startswith(
        "No candidate holds the floor of 99.5%: the best, “slim”, succeeds in 58.8%"
    )
    assert whole.checking_usd_month is not None
    assert whole.certificate is not None
    checked = 10_000 * (STAKES.review_cost_usd or 0)
    errors = 10_000 * (STAKES.error_cost_usd or 0) * (1 - whole.certificate.rate)
    assert whole.checking_usd_month.estimate == pytest.approx(checked - errors)
    assert f"would cost ${checked - errors:,.0f} a month" in whole.reason


def test_what_is_just_above_the_floor_asks_for_evidence_and_just_below_is_said_to_fail() -> None:
    """On either side of "no candidate holds the floor": the upper bound of what was seen."""
    moves = []
    for floor in (0.6, 0.63, 0.66, 0.7, 0.8):
        stakes = replace(STAKES, quality_floor=floor, review_cost_usd=None)
        table = priced(4, planted=None, good=0.6, stakes=stakes)
        proposal, (whole, *_) = advice_on(table.only(["slim"]))
        moves.append(whole.move)
        high = max(p.figures.success.high for p in proposal.tested)
        assert (whole.move == "none_holds") == (high < floor)
    assert {"more_evidence", "none_holds"} <= set(moves)


def three(success: dict[str, float], n: int = 600, **stakes: Any) -> SuiteTable:
    """Three tiers, each right as often as given, on the same half of the items in each of two groups."""
    rng = np.random.default_rng(0)
    group = np.array(["a", "b"], dtype=object)[rng.integers(2, size=n)]
    right = {name: (rng.permutation(n) < rate * n).astype(int) for name, rate in success.items()}
    prices = {"slim": 0.001, "mid": 0.004, "frontier": 0.01}
    plain = {"quality_floor": 0.9, "volume_per_month": 1_000, "error_cost_usd": 0.01, "review_cost_usd": 0.5}
    return small_table(
        {name: right[name] for name in success},
        cost_usd={name: prices[name] for name in success},
        features={"group": list(group)},
        stakes=Stakes(**{**plain, **stakes}),
    )


def test_a_move_from_mid_down_to_slim_is_not_called_tightening() -> None:
    """Mid is in force and fails; slim succeeds more, and is not certified either."""
    table = three({"slim": 0.9, "mid": 0.5}, quality_floor=0.895, review_cost_usd=None)
    proposal, (whole, *_) = advice_on(table, single("s", "mid"))
    assert proposal.proposed is None
    assert whole.then == single("s", "slim")
    assert (whole.move, whole.cause) == ("loosen", "below_floor")
    assert "take the nearest: slim" in whole.reason
    turned = three({"slim": 0.5, "mid": 0.9}, quality_floor=0.895, review_cost_usd=None)
    _, (whole, *_) = advice_on(turned, single("s", "slim"))
    assert (whole.then, whole.move) == (single("s", "mid"), "tighten")


def test_a_slice_is_not_sent_to_a_candidate_that_does_no_better_there() -> None:
    """ "27% → 27%, saves $0.00" is no advice: then it is a person, or nobody."""
    rates = {"slim": 0.9, "frontier": 0.9}
    table = three(rates, n=800)
    failing = table.features["group"] == "a"
    success = table.success.copy()
    success[:, failing] = (np.arange(failing.sum()) % 4 == 0)[None, :]
    table = replace(table, success=success)
    _, advice = advice_on(table, single("s", "slim"))
    here = [a for a in advice if a.in_words == "group is a"]
    assert here
    for one in here:
        assert one.then is not None
        assert one.then.branches[0].steps[0].candidate == "review"
        assert one.difference is not None
        assert one.difference.interval.low > 0
        assert "Send it to a person" in one.reason
    reviewed = replace(single("s", "slim"), branches=(replace(single("s", "slim").branches[0], review=True),))
    _, advice = advice_on(table, reviewed)
    assert all(a.then is None for a in advice if a.where)


def test_advice_that_changes_neither_success_nor_money_is_to_keep() -> None:
    """Whatever the policies are called."""
    table = three({"slim": 0.97})
    proposal, _ = advice_on(table)
    same = replace(proposal, proposed=single("s", "slim"), current=None)
    (whole, *_) = advise(table, same, find_slices(table))
    assert (whole.move, whole.then) == ("keep", None)


def test_each_cause_has_its_words() -> None:
    """Facts are told once, in one place; a cause without a sentence would print an empty line."""
    table = three({"slim": 0.9, "mid": 0.95, "frontier": 0.97}, quality_floor=0.85)
    proposal, (whole, *_) = advice_on(table)
    piece = find_slices(priced(1)).slices[0]
    full = replace(
        whole, certificate=proposal.tested[0].certificate, proposal=proposal, breaches=("it is remote",),
        margin=0.05, floor=0.85, tried="slim",
    )  # fmt: skip
    told = {}
    for cause in get_args(Cause):
        about = replace(full, cause=cause, found=piece if cause.startswith("slice") else None)
        told[cause] = about.reason
        assert len(told[cause]) > 20, cause
        assert "  " not in told[cause]
    assert len(set(told.values())) == len(told)


def test_without_a_floor_a_lower_tier_must_be_no_worse() -> None:
    """Non-inferiority by the margin takes the floor's place, and nothing is certified."""
    stakes = replace(STAKES, quality_floor=None)
    equal = np.ones((2, 800), dtype=bool)
    equal[:, :30] = False
    _, (whole, *_) = advice_on(priced(5, stakes=stakes, success=equal))
    assert (whole.move, whole.certified) == ("loosen", False)
    assert whole.then == single("triage", "slim")
    worse = equal.copy()
    worse[0, 30:110] = False
    _, (kept, *_) = advice_on(priced(5, stakes=stakes, success=worse))
    assert kept.move in ("keep", "more_evidence")


def test_a_slice_that_a_lower_tier_serves_no_worse_is_loosened() -> None:
    """English needs no frontier, though the suite as a whole does."""
    table = priced(6, 3_000, bad=0.3, good=0.97, stakes=replace(STAKES, quality_floor=0.9))
    proposal = propose([table])[0]
    held = replace(proposal, proposed=single("triage", "frontier"), current=single("triage", "frontier"))
    advice = advise(table, held, find_slices(table))
    loosened = {a.in_words for a in advice if a.move == "loosen"}
    assert "language is de" not in loosened
    assert loosened & {"language is en", "language is es", "language is fr"}
    money = [a.month_saving_usd.estimate for a in advice if a.move == "loosen" and a.month_saving_usd]
    assert money
    assert all(m > 0 for m in money)


def test_an_unknown_cost_is_no_saving() -> None:
    """One unknown cost makes the total unknown, never smaller."""
    table = priced(1, planted=None)
    cost = table.cost_usd.copy()
    cost[1, :] = np.nan
    _, (whole, *_) = advice_on(replace(table, cost_usd=cost), single("triage", "frontier"))
    assert whole.then == single("triage", "slim")
    assert (whole.saving_usd, whole.month_saving_usd) == (None, None)


@pytest.mark.parametrize(("n", "rate"), [(20, 0.95), (58, 0.9), (58, 0.85)])
def test_too_few_items_are_said_and_the_number_that_is_missing_is_that_of_a_certificate(
    n: int, rate: float
) -> None:
    """Not "about 1 more item" at 59 of the 60 that a search begins with, where some 500 are needed."""
    stakes = replace(STAKES, quality_floor=0.8)
    right = np.arange(n) < round(rate * n)
    table = priced(0, n, success=np.stack([right, right]), stakes=stakes)
    proposal, (whole, *_) = advice_on(table)
    assert (proposal.status, whole.move) == ("too_few", "more_evidence")
    needed = items_for_certificate(float(right.mean()), 0.8, 0.05)
    assert needed is not None
    assert whole.more_items == proposal.missing == max(60 - n, 2 * needed - n)
    if rate == 0.85:
        assert whole.more_items > 500
    below = priced(0, n, success=np.stack([~right, ~right]), stakes=stakes)
    assert advice_on(below)[1][0].more_items is None, "more of the same would not help"


def test_nobody_may_serve_is_said_and_no_number_is_made_up() -> None:
    """All forbidden."""
    limits = RouteLimits(forbidden={"slim": "no", "frontier": "no"})
    _, advice = advice_on(priced(0), None, limits)
    assert [a.move for a in advice] == ["more_evidence"]
    assert advice[0].now is None


def test_a_latency_limit_that_nothing_holds_is_said() -> None:
    """Else the reader wonders why a good route is passed over."""
    table = priced(7, planted=None, stakes=replace(STAKES, latency_slo_s=0.5, quality_floor=0.99))
    _, (whole, *_) = advice_on(table)
    assert "within 0.5 s" in whole.reason


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_a_handful_of_items_brings_advice_and_no_fault(n: int) -> None:
    """The first look at a new suite is at a few items, of which a part may hold none at all."""
    for seed in range(6):
        _, made = advice_on(priced(seed, n=n))
        assert {one.move for one in made} <= {"more_evidence", "tighten", "keep"}
