"""Proposals in worlds of known truth: the best route where it can be shown, and the reason where not."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.route_world import World
from evalkit.records import Stakes, clean_json, from_plain, to_plain
from evalkit.routes.advice import advise
from evalkit.routes.policy import Branch, RoutePolicy, Signal, Step, single
from evalkit.routes.proposal import Proposal, propose
from evalkit.routes.settings import RouteLimits
from evalkit.routes.slices import find_slices
from evalkit.routes.table import SuiteTable
from tests.routes.tables import table

PLAIN = World(success=(0.80, 0.95, 0.96), spread=0.5, floor=0.9)
TOPIC = World(success=(0.97, 0.972, 0.98), bad_slice={"topic": "contract"}, floor=0.9)
SURE = World(success=(0.90, 0.95, 0.985), spread=2.5, signal=0.95, floor=0.84)


def drawn(world: World, n: int, seed: int = 0) -> SuiteTable:
    return world.draw(n, np.random.default_rng([77, seed]))


def proposed(world: World, n: int, **options: object) -> Proposal:
    return propose([drawn(world, n)], **options)[0]  # type: ignore[arg-type]


def yardstick(found: Proposal, name: str):
    return next(y for y in found.yardsticks if y.name == name)


def test_one_candidate_is_proposed_where_one_serves_best():
    """Slim misses the floor, and frontier costs six times as much for one point."""
    found = proposed(PLAIN, 1_500)
    assert (found.status, found.proposed) == ("change", single("world", "mid"))
    assert found.certificate is not None
    assert found.certificate.certified
    assert found.reason.startswith("No route is in force. “mid” is certified")
    assert found.saving_over == "frontier"
    assert found.saving_usd is not None
    assert found.saving_usd.low > 0
    assert found.month_saving_usd == pytest.approx(100_000 * found.saving_usd.estimate)


def test_the_highest_tier_is_called_frontier_only_where_it_is_one():
    """ "Frontier alone" beside a slim model's name is a false label."""
    suite = drawn(PLAIN, 400)
    names = {y.name: y.in_words for y in propose([suite])[0].yardsticks}
    assert names["frontier_alone"] == "frontier"
    lower = {y.name: y.in_words for y in propose([suite.only(["slim", "mid"])])[0].yardsticks}
    assert lower["highest_alone"] == "mid"
    assert "frontier_alone" not in lower


def test_a_rule_is_proposed_where_the_slim_tier_fails_in_one_slice():
    """The saving of the slim tier without its planted failure."""
    found = proposed(TOPIC, 12_000)
    assert found.proposed is not None
    assert "when topic is contract: mid" in found.proposed.in_words
    assert found.proposed.in_words.endswith("else slim")
    assert found.gain_over_mixing is not None
    assert found.gain_over_mixing.low > 0


def test_a_cascade_is_proposed_where_confidence_tells_right_from_wrong():
    """The frontier is asked for what a lower tier doubts."""
    found = proposed(SURE, 3_000)
    assert found.proposed is not None
    (branch,) = found.proposed.branches
    assert [step.candidate for step in branch.steps][-1] == "frontier"
    assert {s.escalate_on.kind for s in branch.steps[:-1] if s.escalate_on} == {"low_confidence"}
    assert found.figures is not None
    assert 0 < found.figures.escalated_share < 0.5
    mixed = yardstick(found, "random_mixing").figures
    assert found.figures.success.estimate > mixed.success.estimate


def test_figures_are_of_items_that_the_route_was_not_chosen_on():
    """What chose cannot confirm."""
    suite = drawn(PLAIN, 1_000)
    (found,) = propose([suite])
    assert found.n_choosing + found.n_confirming == 1_000
    assert found.figures is not None
    assert found.figures.n == found.n_confirming
    assert found.certificate is not None
    assert found.certificate.n == found.n_confirming


def test_the_best_route_in_force_is_kept():
    """Advice to change what is right costs trust."""
    found = proposed(PLAIN, 1_500, current={"world": single("world", "mid")})
    assert (found.status, found.proposed) == ("keep", single("world", "mid"))
    assert found.saving_usd is None


def test_a_dearer_route_in_force_is_left_only_for_a_saving_that_is_shown():
    """Frontier in force: mid saves most of its cost."""
    found = proposed(PLAIN, 1_500, current={"world": single("world", "frontier")})
    assert (found.status, found.saving_over) == ("change", "the route in force")
    assert found.saving_usd is not None
    assert found.saving_usd.low > 0
    assert "It saves $" in found.reason


def test_a_route_in_force_below_its_floor_is_replaced_by_a_dearer_one():
    """Tightening is not about money."""
    found = proposed(PLAIN, 1_500, current={"world": single("world", "slim")})
    assert found.status == "change"
    assert "does not stand" in found.reason
    assert found.proposed == single("world", "mid")


def test_when_nothing_certifies_the_nearest_is_named_and_what_is_missing():
    """ "Collect 400 more items" is an answer; silence is none."""
    found = proposed(replace(PLAIN, floor=0.94), 400)
    assert (found.status, found.proposed) == ("uncertified", None)
    assert found.reason.startswith("Nearest: “")
    assert found.certificate is not None
    assert found.certificate.missing is not None
    assert f"{found.certificate.missing:,} more items" in found.reason
    assert found.tested
    assert all(t.why_not for t in found.tested)


def test_a_route_that_is_certified_and_refused_is_not_called_uncertified():
    """ "Nothing is certified" beside a certificate sends people to collect items that change nothing."""
    found = propose([drawn(PLAIN, 200, 1)])[0]
    assert found.proposed is None
    assert found.certificate is not None
    assert found.certificate.certified
    assert found.reason.startswith(found.certificate.in_words)
    assert "It is not proposed. It is not shown to beat random mixing" in found.reason
    (whole, *_) = advise(drawn(PLAIN, 200, 1), found, find_slices(drawn(PLAIN, 200, 1)))
    assert "Nothing is certified" not in whole.reason
    assert whole.reason == found.reason


def test_a_floor_that_no_candidate_reaches_is_not_certified_by_people():
    """People doing all the work is no route."""
    world = replace(PLAIN, floor=0.995, review_cost_usd=0.01)
    found = proposed(world, 800)
    assert found.proposed is None or found.proposed.candidates


def test_a_person_takes_what_the_models_doubt_where_errors_are_dear():
    """Errors at 5 dollars: a review of 20 cents for a part of the work pays."""
    world = replace(SURE, review_cost_usd=0.2, error_cost_usd=5.0)
    found = proposed(world, 2_000)
    assert found.proposed is not None
    assert found.proposed.reviews
    assert found.figures is not None
    assert 0 < found.figures.review_share < 1


def test_forbidden_candidates_are_in_no_route_and_no_yardstick_that_could_be_followed():
    """A local_only suite never routes to a remote candidate."""
    limits = {"world": RouteLimits(forbidden={"frontier": "remote", "mid": "remote"})}
    found = proposed(replace(PLAIN, floor=0.7), 800, limits=limits)
    routes = [t.choice.policy for t in found.tested] + [y.policy for y in found.yardsticks if y.policy]
    assert routes
    assert {name for route in routes for name in route.candidates} == {"slim"}
    assert found.ruled_out["mid"] == "remote"


def test_where_nobody_may_serve_it_says_why():
    """Every candidate with its reason, in one line."""
    names = {"slim": "remote", "mid": "remote", "frontier": "remote"}
    found = proposed(PLAIN, 300, limits={"world": RouteLimits(forbidden=names)})
    assert found.status == "no_candidate"
    assert "frontier: remote" in found.reason


def test_demanded_reviews_are_in_every_route_and_the_floor_is_held_by_the_answers_themselves():
    """With every answer checked a floor on what people let through would say nothing."""
    found = proposed(PLAIN, 1_500, limits={"world": RouteLimits(must_review=True)})
    assert found.tested
    assert all(b.review for t in found.tested for b in t.choice.policy.branches)
    slim = next(t for t in found.tested if t.choice.policy.candidates == ("mid",))
    assert slim.certificate.rate < 1
    assert found.proposed is not None
    assert "each answer reviewed" in found.proposed.in_words


def test_a_latency_limit_keeps_slow_routes_out():
    """Frontier alone takes two seconds at the median; nine in ten of its answers come too late."""
    world = replace(PLAIN, floor=0.7, latency_slo_s=1.0, error_cost_usd=5.0)
    found = proposed(world, 1_500)
    assert found.proposed is not None
    assert "frontier" not in found.proposed.candidates
    assert found.figures is not None
    assert found.figures.within_limit is not None
    assert found.figures.within_limit >= 0.95


def test_without_a_floor_or_with_few_items_nothing_is_proposed():
    """Both say what is missing."""
    assert proposed(PLAIN, 40).status == "too_few"
    suite = replace(drawn(PLAIN, 400), stakes=Stakes())
    (found,) = propose([suite])
    assert found.status == "no_floor"
    assert "quality_floor" in found.reason


def test_a_route_in_force_with_a_candidate_that_is_gone_does_not_stop_the_proposal():
    """Candidates leave a project before the routes file is written anew."""
    found = proposed(PLAIN, 1_500, current={"world": single("world", "retired")})
    assert found.status == "change"
    assert any("retired" in text for text in found.current_breaches)
    assert found.current_figures is None


def test_a_route_in_force_that_asks_for_repeats_nobody_made_is_told_so():
    """The last run may have had no repeats; that is no reason to crash."""
    twice = Signal(kind="disagreement", repeats=2)
    steps = (Step(candidate="slim", escalate_on=twice), Step(candidate="mid"))
    found = proposed(
        PLAIN, 1_500, current={"world": RoutePolicy(suite="world", branches=(Branch(steps=steps),))}
    )
    assert found.status == "change"
    assert any("was not asked 2 times" in text for text in found.current_breaches)


def test_more_suites_share_the_chance_of_a_false_certificate():
    """Bonferroni over suites with a floor."""
    suites = [replace(drawn(PLAIN, 300, i), suite=f"s{i}") for i in range(4)]
    suites[3] = replace(suites[3], stakes=Stakes())
    levels = {p.certificate.level for p in propose(suites) if p.certificate}
    assert levels == {0.05 / 3}


def test_the_same_items_give_the_same_proposal():
    """A lead who runs it twice must not get two routes."""
    assert proposed(SURE, 600) == proposed(SURE, 600)


def test_rules_that_are_handed_in_are_found_on_the_choosing_part_alone():
    """A slice found on the confirming part would have seen what certifies it."""
    seen: list[SuiteTable] = []

    def find(part: SuiteTable) -> list:
        seen.append(part)
        return []

    suite = drawn(PLAIN, 400)
    (found,) = propose([suite], find_rules=find)
    assert [part.n_items for part in seen] == [found.n_choosing]


def test_free_local_models_have_costs_of_zero_and_a_route_all_the_same():
    """Division by a cost of nothing is the classic crash."""
    suite = drawn(PLAIN, 1_000)
    suite.cost_usd[:] = 0
    (found,) = propose([replace(suite, stakes=replace(suite.stakes, error_cost_usd=None))])
    assert found.proposed is not None
    assert found.figures is not None
    assert found.figures.per_success_usd is not None
    assert found.figures.per_success_usd.estimate == 0


def test_one_candidate_that_always_succeeds_is_a_route():
    """No variation is no reason to crash or to doubt."""
    suite = table({"slim": [1] * 400}, stakes=Stakes(quality_floor=0.9))
    (found,) = propose([suite])
    assert found.proposed == single("s", "slim")


def test_a_proposal_survives_json():
    """The page is made from this record, without further computation."""
    found = proposed(SURE, 1_000)
    plain = to_plain(found)
    assert from_plain(RoutePolicy, plain["proposed"]) == found.proposed
    assert plain["tested"][0]["certificate"]["floor"] == 0.84
    assert json.loads(json.dumps(clean_json(plain)))["suite"] == "world"


def test_a_certified_route_in_force_is_not_left_for_a_simpler_one_that_is_not_shown_to_cost_less():
    """A cascade in force must not flip with every proposal for want of proof that it is better."""
    signal = Signal(kind="low_confidence", below=0.5)
    steps = (Step(candidate="mid", escalate_on=signal), Step(candidate="frontier"))
    cascade = RoutePolicy(suite="world", branches=(Branch(steps=steps),))
    suite = drawn(replace(PLAIN, signal=0.5), 3_000)
    (found,) = propose([suite], current={"world": cascade})
    tested = next(t for t in found.tested if t.choice.policy == cascade)
    assert tested.certificate.certified
    assert found.status == "keep" or (found.saving_usd is not None and found.saving_usd.low > 0)


@pytest.mark.parametrize(
    ("slim_usd", "status"),
    [
        ([0.00099, 0.00101], "keep"),  # as much on average, and no saving is shown
        ([0.00089, 0.00101], "change"),
        ([0.001, 0.001], "keep"),  # a saving of exactly nothing
        ([0.00099, 0.00099], "change"),
        ([0.0, 0.00196], "keep"),  # 2% less, within the noise
    ],
)
def test_a_saving_is_shown_when_its_whole_interval_lies_above_nothing(slim_usd, status):
    """Cheaper by the estimate alone is no reason to change a route that stands."""
    suite = table(
        {"slim": [1] * 800, "mid": [1] * 800},
        cost_usd={"slim": np.tile(slim_usd, 400), "mid": 0.001},
        stakes=Stakes(quality_floor=0.9),
    )
    (found,) = propose([suite], current={"s": single("s", "mid")})
    assert found.status == status
    assert found.proposed == single("s", "mid" if status == "keep" else "slim")
