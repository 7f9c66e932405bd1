"""What a run will ask."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import RunError
from evalkit.records import Candidate, Item, Suite
from evalkit.runner.plan import make_plan, stratified_part
from evalkit.suites import load_suite
from tests.projects import write_suite

CANDIDATES = (
    Candidate(name="a", tier="slim", backend="simulated"),
    Candidate(name="b", tier="mid", backend="simulated"),
)


def labelled(*counts: int) -> list[Item]:
    return [
        Item(id=f"{label}-{n}", input="x", target=str(label))
        for label, c in enumerate(counts)
        for n in range(c)
    ]


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return load_suite(write_suite(tmp_path, n_items=20))


def test_every_item_candidate_and_repeat_is_planned_once(suite: Suite) -> None:
    """A sample that is missing or doubled would bend every rate."""
    plan = make_plan([suite], CANDIDATES, repeats=3)
    keys = [t.key for c in CANDIDATES for t in plan.tasks(c)]
    assert len(keys) == len(set(keys)) == plan.samples_planned == 20 * 2 * 3


def test_the_order_follows_the_seed_alone(suite: Suite) -> None:
    """A run that is stopped early and one that is repeated must have asked the same part."""
    one, same, other = (make_plan([suite], CANDIDATES, seed=s).items[suite.name] for s in (1, 1, 2))
    assert one == same
    assert one != other


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(1, 60), st.integers(0, 99))
def test_a_part_holds_each_label_in_its_share(counts: list[int], limit: int, seed: int) -> None:
    """A part that misses a label by chance would say nothing about it: shares are kept nearly."""
    items = labelled(*counts)
    part = stratified_part(items, limit, random.Random(seed))
    assert len(part) == len({i.id for i in part}) == min(limit, len(items))
    share = len(part) / len(items)
    for label, count in Counter(i.target for i in items).items():
        assert abs(sum(i.target == label for i in part) - count * share) < 1 + len(counts) * count / len(
            items
        )


def test_a_part_is_marked_and_a_whole_is_not(suite: Suite) -> None:
    """A partial run never passes a gate unsaid, so the plan must know that it is one."""
    assert make_plan([suite], CANDIDATES, limit=5).partial_reason == "at most 5 items of each suite"
    assert make_plan([suite], CANDIDATES, slices={"parity": "1"}).partial_reason == "parity=1"
    assert make_plan([suite], CANDIDATES, limit=500).partial_reason is None


def test_a_slice_takes_only_its_items(suite: Suite) -> None:
    """`--slice` is how a team looks at one kind of item."""
    taken = make_plan([suite], CANDIDATES, slices={"parity": "1"}).items[suite.name]
    assert len(taken) == 10
    assert {i.tags["parity"] for i in taken} == {"1"}


def test_nothing_to_ask_is_an_error(suite: Suite) -> None:
    """A run over nothing would look like a run without failures."""
    with pytest.raises(RunError, match="nothing to ask"):
        make_plan([suite], CANDIDATES, slices={"parity": "7"})
