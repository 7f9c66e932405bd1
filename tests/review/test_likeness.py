"""When a group of failures is taken apart, and which tags name it: each limit from both sides."""

from __future__ import annotations

import pytest

from evalkit.review import likeness
from evalkit.review.likeness import LEAST_IN_PART, SPLIT_FROM, split_by_likeness, telling_tags

LAMPS = [f"dim kitchen lamp {w}" for w in ("alpha", "bravo", "carol", "delta", "echoes", "foxtrot", "golfer")]
DOORS = [f"locked their front door {w}" for w in ("first", "again", "twice", "third", "later")]


def parts(texts: list[str]) -> list[list[int]]:
    return [places for places, _ in split_by_likeness(texts)]


def test_inputs_of_two_kinds_are_two_things_from_eight_items_on() -> None:
    """Fewer are read one by one."""
    half = SPLIT_FROM // 2
    assert parts(LAMPS[:half] + DOORS[:half]) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert parts(LAMPS[:half] + DOORS[: half - 1]) == [list(range(SPLIT_FROM - 1))]


def test_a_part_holds_three_items_at_least() -> None:
    """Two strays are not a topic."""
    assert [len(p) for p in parts(LAMPS[:5] + DOORS[:LEAST_IN_PART])] == [5, 3]
    assert len(parts(LAMPS[:6] + DOORS[: LEAST_IN_PART - 1])) == 1


def test_a_word_on_most_of_the_texts_sets_none_apart() -> None:
    """On six of ten it still does; on seven it is passed over, and no longer names its part."""
    six, seven = split_by_likeness(LAMPS[:6] + DOORS[:4]), split_by_likeness(LAMPS + DOORS[:3])
    assert [len(places) for places, _ in six] == [6, 4]
    assert {"dim", "kitchen", "lamp"} & {word for term in six[0][1] for word in term.split()}
    assert not {"dim", "kitchen", "lamp"} & {word for _, terms in seven for t in terms for word in t.split()}


def test_inputs_that_hardly_hang_together_are_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean silhouette decides: one just above its limit splits, one just below does not."""
    texts = LAMPS[:5] + DOORS
    for value, split in ((likeness.LEAST_SILHOUETTE, True), (likeness.LEAST_SILHOUETTE - 1e-9, False)):
        monkeypatch.setattr("sklearn.metrics.silhouette_score", lambda *_a, value=value, **_k: value)
        assert (len(parts(texts)) > 1) is split


def test_a_tag_names_a_group_that_has_it_often_and_more_often_than_the_suite() -> None:
    """On 60% of its items, and 1.5 times as often as in the suite."""

    def tagged(n: int, of: int) -> list[dict[str, str]]:
        return [{"lang": "de"}] * n + [{"lang": "en"}] * (of - n)

    rare = tagged(1, 100)
    assert "lang=de" in telling_tags(tagged(6, 10), rare)
    assert "lang=de" not in telling_tags(tagged(59, 100), rare)
    assert "lang=de" in telling_tags(tagged(60, 100), tagged(399, 1000))
    assert "lang=de" not in telling_tags(tagged(60, 100), tagged(401, 1000))
