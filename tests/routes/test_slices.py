"""Claims about slices: a planted one is named and no other, small ones never, and clusters are heard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evalkit.records import Stakes
from evalkit.routes.certify import choosing_part
from evalkit.routes.policy import Branch, Condition, RoutePolicy, Step
from evalkit.routes.proposal import propose
from evalkit.routes.search import build_pool
from evalkit.routes.slices import find_slices, rules_worth_a_branch, tier_pairs
from evalkit.routes.table import SuiteTable

LANGUAGES = ("en", "de", "es", "fr")


def world(
    seed: int,
    n: int = 600,
    *,
    bad: float = 0.55,
    good: float = 0.93,
    planted: str | None = "language",
    stakes: Stakes | None = None,
    per_cluster: int = 1,
    **changes: Any,
) -> SuiteTable:
    """A slim model that fails in German, or in two languages of kind x, or nowhere; a frontier beside it."""
    rng = np.random.default_rng(seed)
    language = np.array(LANGUAGES, dtype=object)[rng.integers(4, size=n)]
    words = rng.integers(5, 100, n).astype(np.float64)
    noise = np.array(("x", "y", "z"), dtype=object)[rng.integers(3, size=n)]
    hard = np.zeros(n, dtype=bool)
    if planted is not None:
        hard = language == "de"
    if planted == "both":
        hard = np.isin(language, ["de", "fr"]) & (noise == "x")
    slim = rng.random(n) < np.where(hard, bad, good)
    success = np.stack([slim, rng.random(n) < 0.95])
    flags = np.ones((2, n), dtype=bool)
    plain: dict[str, Any] = {
        "suite": "triage", "suite_version": "1", "stakes": stakes or Stakes(quality_floor=0.8),
        "ids": np.array([f"i{k}" for k in range(n)], dtype=object),
        "cluster": np.arange(n) // per_cluster,
        "cluster_names": np.full(n, None, dtype=object),
        "weight": np.ones(n), "features": {"language": language, "input_words": words, "noise": noise},
        "names": ("slim", "frontier"), "tiers": ("slim", "frontier"), "fingerprints": ("f", "f"),
        "run_ids": (("r",), ("r",)), "simulated": np.array([True, True]), "success": success,
        "answered": flags, "cost_usd": np.ones((2, n)), "latency_s": np.ones((2, n)),
        "confidence": np.full((2, n), np.nan), "format_valid": flags, "no_call": ~flags,
        "out_of_scope": ~flags, **changes,
    }  # fmt: skip
    return SuiteTable(**plain)


GERMAN = Condition(feature="language", op="is", value="de")
GERMAN_UP = RoutePolicy(
    suite="triage",
    branches=(
        Branch(when=(GERMAN,), steps=(Step(candidate="frontier"),)),
        Branch(steps=(Step(candidate="slim"),)),
    ),
)
"""German to the frontier, all else to the slim model."""


def test_a_planted_slice_is_named_and_no_other() -> None:
    """Over 40 worlds: German nearly always, and hardly ever anything else."""
    named = [tuple(s.in_words for s in find_slices(world(seed)).slices) for seed in range(40)]
    assert sum("language is de" in names for names in named) >= 38
    assert sum(any("language is de" not in n for n in names) for names in named) <= 5


def test_nothing_is_named_where_nothing_is_planted() -> None:
    """Many looks at noise over 40 worlds; at most 5% of the worlds may name something."""
    named = [bool(find_slices(world(seed, planted=None, good=0.85)).slices) for seed in range(40)]
    assert sum(named) <= 6  # 2 expected at most; more than 6 has a chance of 0.3%


def test_a_suite_that_fails_everywhere_has_no_slice() -> None:
    """Then the candidate is the trouble, not a part of the work."""
    named = [bool(find_slices(world(seed, planted=None, good=0.5)).slices) for seed in range(40)]
    assert sum(named) <= 6


def test_a_slice_says_who_fails_how_often_and_shows_five_items() -> None:
    """The reader sees support, interval and the items that the next tier gets right."""
    table = world(3)
    found = find_slices(table).slices[0]
    assert (found.candidate, found.upper, found.floor) == ("slim", "frontier", 0.8)
    assert found.success.high < 0.8 < found.rest.low
    german = table.features["language"] == "de"
    assert found.items == german.sum()
    assert found.share == pytest.approx(german.mean())
    assert found.success.n < found.items, "the interval is over the part that it was not found on"
    ids = dict(zip(table.ids, range(table.n_items), strict=True))
    assert len(found.examples) == 5
    for item in found.examples:
        k = ids[item]
        assert german[k]
        assert not table.success[0][k]
        assert table.success[1][k]


def test_no_slice_of_five_items_is_advice() -> None:
    """However clearly five items fail."""
    n = 300
    rare = np.full(n, "no", dtype=object)
    rare[:5] = "yes"
    success = np.ones((2, n), dtype=bool)
    success[0, :5] = False
    table = world(0, n, success=success, features={"rare": rare})
    found = find_slices(table)
    assert (found.slices, found.unconfirmed) == ((), ())


def test_few_items_are_said_to_be_too_few() -> None:
    """Silence would read as good news."""
    found = find_slices(world(0, 40))
    assert found.slices == ()
    assert "too few" in found.why_none


def test_copies_of_one_document_confirm_nothing() -> None:
    """Eight documents with forty copies each are eight items, whatever language they are in."""
    rng = np.random.default_rng(5)
    named = 0
    for _ in range(30):
        n, size = 320, 40
        language = np.repeat(np.array(LANGUAGES * 2, dtype=object), size)
        slim = np.repeat(rng.random(n // size) < 0.7, size)
        table = world(
            0, n, per_cluster=size, success=np.stack([slim, np.ones(n, dtype=bool)]),
            features={"language": language}, cluster=np.arange(n) // size,
            cluster_names=np.array([f"c{k // size}" for k in range(n)], dtype=object),
        )  # fmt: skip
        named += bool(find_slices(table).slices)
    assert named <= 3


def test_without_a_floor_far_below_the_next_tier_will_do() -> None:
    """A slice that the frontier serves well and the slim one does not."""
    named = [find_slices(world(seed, stakes=Stakes(margin=0.1))).slices for seed in range(10)]
    assert sum(any(s.in_words == "language is de" for s in slices) for slices in named) >= 8


def test_two_conditions_are_given_where_one_does_not_tell_it() -> None:
    """German or French of kind x: each language alone is diluted by its other kinds."""
    found = [
        {
            c.feature
            for s in find_slices(world(seed, 2_000, planted="both", bad=0.3)).slices
            for c in s.conditions
        }
        for seed in range(10)
    ]
    assert sum("noise" in features for features in found) >= 8


def test_one_failing_slice_has_one_name() -> None:
    """A tag that says the same in other words, and the parts of the slice, are not further slices."""
    for seed in range(5):
        table = world(seed)
        language = table.features["language"]
        country = np.array([str(v).upper() for v in language], dtype=object)
        found = find_slices(world(seed, features={**table.features, "country": country}))
        german = [s for s in found.slices if "de" in s.in_words.lower()]
        assert len(german) == 1


def test_rules_for_a_search_come_from_the_choosing_part_alone() -> None:
    """What is found here is confirmed elsewhere."""
    rules = rules_worth_a_branch(world(1))
    assert any(rule[0].in_words == "language is de" for rule in rules)


def test_each_tier_is_held_against_the_next_one_up() -> None:
    """The best of each."""
    table = world(0)
    assert tier_pairs(table) == (("slim", "frontier"),)
    assert tier_pairs(table.only(["slim"])) == (("slim", None),)


def tasks(seed: int, values: int, n: int = 1_400, *, rare: int = 0) -> SuiteTable:
    """A tag of so many even values, the first of which the slim model fails at, and as many rare ones."""
    rng = np.random.default_rng(seed)
    task = np.array([f"t{k % values:02d}" for k in rng.permutation(n)], dtype=object)
    task[rng.permutation(n)[:rare]] = [f"rare {k}" for k in range(rare)]
    slim = rng.random(n) < np.where(task == "t00", 0.3, 0.95)
    success = np.stack([slim, rng.random(n) < 0.97])
    price = np.repeat([[0.001], [0.02]], n, axis=1)
    stakes = Stakes(quality_floor=0.88, error_cost_usd=0.05)
    return world(seed, n, success=success, features={"task": task}, cost_usd=price, stakes=stakes)


@pytest.mark.parametrize("values", [11, 12, 13, 14, 20])
def test_a_tag_of_many_values_is_looked_at_like_one_of_few(values: int) -> None:
    """Fourteen tasks told nothing where twelve told which to send up: the dearer route was certified."""
    table = tasks(1, values)
    found = find_slices(table)
    assert [s.in_words for s in found.slices] == ["task is t00"]
    assert (found.passed_over, found.why_none) == ((), "")
    (proposal,) = propose([table], find_rules=rules_worth_a_branch)
    assert proposal.proposed is not None
    assert proposal.proposed.in_words == "when task is t00: frontier; else slim"


def test_values_with_too_few_items_are_named_and_go_with_all_else() -> None:
    """On either side of the 15 items that a value needs on the part that is searched."""
    table = tasks(2, 14, rare=40)
    found = find_slices(table)
    (passed,) = found.passed_over
    assert (passed.feature, passed.least, passed.rare, passed.items) == (
        "task",
        15,
        passed.items,
        passed.items,
    )
    assert passed.values - passed.rare == 14
    assert "of task" in passed.in_words
    assert [s.in_words for s in found.slices] == ["task is t00"]
    side = choosing_part(table)
    places = np.flatnonzero(side & (table.features["task"] == "t03"))
    for n, named in [(14, True), (15, False)]:
        task = table.features["task"].copy()
        task[side] = np.where(task[side] == "t03", "t04", task[side])
        task[places[:n]] = "small"
        (more,) = find_slices(replace(table, features={"task": task})).passed_over
        assert (more.rare == passed.rare + 1) == named


def test_a_name_for_each_item_is_said_to_tell_nothing() -> None:
    """ "Nothing tells the items apart" hid that a tag was there."""
    table = world(0, features={"ticket": np.array([f"T{k}" for k in range(600)], dtype=object)})
    found = find_slices(table)
    assert found.why_none == "no feature splits the items into slices"
    assert found.passed_over[0].in_words.startswith("all ")


def test_rare_values_of_a_tag_share_a_way() -> None:
    """Two large tasks and many small ones are three ways, not two."""
    rng = np.random.default_rng(0)
    n = 900
    task = np.array([("a", "b", f"small {k}")[k % 3] for k in range(n)], dtype=object)
    success = np.stack(
        [rng.random(n) < np.where(task == "a", 0.97, 0.2), rng.random(n) < np.where(task == "b", 0.2, 0.97)]
    )
    table = world(
        0, n, success=success, features={"task": task}, cost_usd=np.repeat([[0.001], [0.02]], n, axis=1)
    )
    found = build_pool(table)
    assert any(len(branches) == 3 for branches in found.branches)
