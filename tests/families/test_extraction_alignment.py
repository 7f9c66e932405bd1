"""List items meet their best counterparts: exactly, on every path through the code."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.families.comparators import compile_comparator
from evalkit.families.extraction import align
from evalkit.families.extraction.align import best_assignment
from evalkit.families.extraction.compare import compare
from evalkit.families.extraction.fields import field_tree
from evalkit.families.extraction.paths import ITEM, parse_path, show_place

GAINS = st.integers(1, 6).flatmap(
    lambda columns: st.lists(
        st.lists(st.integers(0, 4), min_size=columns, max_size=columns), min_size=1, max_size=6
    )
)
RECORDS = st.lists(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), min_size=1, max_size=3), max_size=4
)


def best_total(gains: list[list[int]]) -> int:
    """The largest total gain by the definition: every way to give rows to columns is tried."""
    if len(gains) > len(gains[0]):
        gains = [list(column) for column in zip(*gains, strict=True)]
    ways = permutations(range(len(gains[0])), len(gains))
    return max(sum(row[j] for row, j in zip(gains, way, strict=True)) for way in ways)


@settings(deadline=None)
@given(GAINS)
def test_the_assignment_is_the_best_of_all(gains: list[list[int]]) -> None:
    """A greedy alignment would call right items wrong."""
    pairs = best_assignment(gains)
    assert sum(gains[i][j] for i, j in pairs) == best_total(gains)
    assert len({i for i, _ in pairs}) == len(pairs) == len({j for _, j in pairs})
    assert all(gains[i][j] > 0 for i, j in pairs)


@settings(deadline=None)
@given(GAINS)
def test_trying_and_solving_give_the_same_total(gains: list[list[int]]) -> None:
    """The quick way for short lists must not be another rule."""
    pairs = align._by_solver(align._with_positions(gains, len(gains), len(gains[0])))
    assert sum(gains[i][j] for i, j in pairs) == best_total(gains)


def test_equal_items_stay_at_their_positions() -> None:
    """Among equal totals the diff should point where a reader looks."""
    assert best_assignment([[1, 1], [1, 1]]) == [(0, 0), (1, 1)]
    assert best_assignment([[1] * 7 for _ in range(7)]) == [(k, k) for k in range(7)]
    assert best_assignment([[2, 3, 3]]) == [(0, 1)]
    assert best_assignment([]) == best_assignment([[]]) == []


@given(RECORDS, RECORDS)
def test_no_other_pairing_of_objects_gets_more_values_right(
    expected: list[dict[str, int]], got: list[dict[str, int]]
) -> None:
    """The score of a list is its best case: brute force over all pairings by the plain definition."""
    wanted = expected + [{}] * max(0, len(got) - len(expected))
    given_ = got + [{}] * max(0, len(expected) - len(got))
    best = max(
        sum(len(w.items() & g.items()) for w, g in zip(wanted, order, strict=True))
        for order in permutations(given_)
    )
    outcome = compare(field_tree([]), expected, got)
    assert len(outcome.right) == best
    values = sum(map(len, expected)) + sum(map(len, got))
    assert outcome.f1 == pytest.approx(2 * best / values if values else 1.0)


@given(RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_an_unordered_list_never_matters(expected: list[dict[str, int]], rng: object) -> None:
    """Position is no information unless the suite says `ordered`."""
    turned = rng.sample(expected, len(expected))  # type: ignore[attr-defined]
    assert not compare(field_tree([]), expected, turned).wrong


@settings(deadline=None, max_examples=25)
@given(RECORDS, RECORDS)
def test_beyond_the_limit_every_value_is_still_counted_once(
    expected: list[dict[str, int]], got: list[dict[str, int]]
) -> None:
    """The cheap pairing of huge lists may find less, but must not lose or invent a value."""
    from evalkit.families.extraction import compare as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_PAIRS", 0)
        cheap = compare(field_tree([]), expected, got)
    best = compare(field_tree([]), expected, got)
    assert len(cheap.right) <= len(best.right)
    assert len(cheap.right) + sum(len(w.missed) for w in cheap.wrong) == sum(map(len, expected))
    assert len(cheap.right) + sum(len(w.extra) for w in cheap.wrong) == sum(map(len, got))
    assert bool(cheap.wrong) == bool(best.wrong)


def test_fuzzy_items_find_their_counterparts_across_positions() -> None:
    """Alignment uses the comparators themselves, so that a near name still finds its line."""
    fields = field_tree([(parse_path("$[*].product"), compile_comparator({"fuzzy": 0.8}))])
    expected = [{"product": "nitrile gloves"}, {"product": "face masks"}, {"product": "paper cups"}]
    got = [{"product": "Paper cup"}, {"product": "nitrile glove"}, {"product": "face mask"}]
    assert not compare(fields, expected, got).wrong


def test_paths_are_read_as_they_are_shown() -> None:
    """What a diff or a figure shows can be pasted into the suite."""
    assert parse_path("$.a[*].b-c") == ("a", ITEM, "b-c")
    assert parse_path("$['odd \\'key'][\"x\\ty\"]") == ("odd 'key", "x\ty")
    fields = field_tree([]).key("a").item().key("odd key")
    assert fields.path == '$.a[*]["odd key"]'
    assert parse_path(fields.path) == ("a", ITEM, "odd key")
    assert show_place(((None, "a"), 3)) == "$.a[3]"
