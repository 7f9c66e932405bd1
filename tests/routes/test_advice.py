"""Claims about advice: tighten, loosen, keep or more evidence, each with its reason, numbers and money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evalkit.records import Stakes
from evalkit.routes.advice import Advice, advise
from evalkit.routes.certify import choosing_part
from evalkit.routes.policy import Policy, single
from evalkit.routes.proposal import Proposal, propose
from evalkit.routes.settings import Limits
from evalkit.routes.slices import find_slices, rules_worth_a_branch
from evalkit.routes.table import SuiteTable
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
    table: SuiteTable, current: Policy | None = None, limits: Limits | None = None
) -> tuple[Proposal, tuple[Advice, ...]]:
    proposal = propose(
        [table],
        limits={table.suite: limits or Limits()},
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
    limits = Limits(forbidden={"slim": "the suite is local_only, and it is remote"})
    _, (whole, *_) = advice_on(priced(3, planted=None), single("triage", "slim"), limits)
    assert whole.move == "tighten"
    assert "local_only" in whole.reason
    assert whole.then == single("triage", "frontier")


def test_a_route_below_its_floor_is_not_left_to_run_for_lack_of_a_certificate() -> None:
    """Nobody is good enough: a person checks until somebody is."""
    table = priced(4, planted=None, good=0.6, stakes=replace(STAKES, quality_floor=0.995))
    _, (whole, *_) = advice_on(table.only(["slim"]), single("triage", "slim"))
    assert whole.move == "tighten"
    assert whole.then is not None
    assert whole.then.reviews
    assert "below the floor" in whole.reason


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


def test_too_few_items_are_said_and_counted() -> None:
    """Twenty items certify nothing."""
    _, (whole, *_) = advice_on(priced(0, 20))
    assert whole.move == "more_evidence"
    assert whole.more_items == 40


def test_nobody_may_serve_is_said_and_no_number_is_made_up() -> None:
    """All forbidden."""
    limits = Limits(forbidden={"slim": "no", "frontier": "no"})
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
