"""Items in memory or in a file: nobody but memory may notice."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pytest

from evalkit.records import Candidate, Item, Suite
from evalkit.runner.plan import make_plan
from evalkit.suites.kept import Keeper


def kept(items: Iterable[Item], most_in_memory: int) -> Sequence[Item]:
    keeper = Keeper(most_in_memory)
    for item in items:
        keeper.add(item)
    return keeper.items()


def tickets(n: int) -> Iterator[Item]:
    for number in range(n):
        yield Item(
            id=f"t-{number}", input=f"é {number} \U0001f9ea", target=["a", "b"][number % 2],
            messages=({"role": "user", "content": "hello"},), tools=({"name": "f", "strict": True},),
            alternatives=(["b"], None), tags={"part": str(number % 3)}, weight=0.5, critical=number == 4,
            cluster="c", split="dev" if number % 5 == 0 else "test", line=number + 1,
        )  # fmt: skip


@pytest.mark.parametrize("n", [0, 1, 3, 4, 20])
def test_items_come_back_as_they_went_in_from_memory_and_from_a_file(n: int) -> None:
    """An item that changes on its way would be scored against another target."""
    items = kept(tickets(n), most_in_memory=3)
    assert isinstance(items, tuple) == (n <= 3)
    assert list(items) == [items[place] for place in range(n)] == list(tickets(n))
    assert items[1:3] == tuple(tickets(n))[1:3]
    with pytest.raises(IndexError):
        items[n]


def test_a_suite_in_a_file_is_the_suite_in_memory() -> None:
    """Version, plan and order may not depend on how many items there are."""
    small = Suite(name="s", family="classification", version="1", items=tuple(tickets(30)))
    large = replace(small, items=kept(tickets(30), most_in_memory=3))
    assert large.suite_version == small.suite_version
    assert list(large.test_items) == list(small.test_items)
    asked = [Candidate(name="a", tier="slim", backend="simulated")]
    for limit, slices in ((None, None), (7, None), (None, {"part": "1"})):
        plans = [make_plan([s], asked, limit=limit, slices=slices, seed=3) for s in (small, large)]
        assert list(plans[0].items["s"]) == list(plans[1].items["s"])
        assert [t.key for t in plans[0].tasks(asked[0])] == [t.key for t in plans[1].tasks(asked[0])]


def test_many_items_take_an_offset_each() -> None:
    """A hundred thousand items as objects take more memory than all else in a run."""
    tracemalloc.start()
    try:
        items = kept(tickets(5_000), most_in_memory=10)
        plan = make_plan(
            [Suite(name="s", family="classification", version="1", items=items)],
            [Candidate(name="a", tier="slim", backend="simulated")],
        )
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(plan.items["s"]) == 4_000
    assert held < 5_000 * 50
