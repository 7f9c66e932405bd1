"""Claims about what is known of an item before the call."""

from __future__ import annotations

from evalkit.records import Contract, Item, Stakes, Suite
from evalkit.routes.decide import known
from evalkit.routes.table import DERIVED, item_features, suite_features

SCHEMA = {
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {}, "count": {}}}},
    },
}


def suite(**changes: object) -> Suite:
    plain = {"name": "s", "family": "extraction", "version": "1", **changes}
    return Suite(**plain)  # type: ignore[arg-type]


def test_fields_count_nested_ones() -> None:
    """A schema of two fields, one of them a list of rows of two, asks for four."""
    one = suite(contract=Contract(schema=SCHEMA))
    assert item_features(one, Item(id="a", input="x"))["fields"] == 4


def test_an_items_own_tools_are_counted() -> None:
    """The choice that it gets is its own."""
    one = suite(contract=Contract(tools=({}, {}, {})))
    assert item_features(one, Item(id="a", input="x"))["tools"] == 3
    assert item_features(one, Item(id="a", input="x", tools=({},)))["tools"] == 1


def test_tags_and_stakes_are_features_and_a_tag_wins() -> None:
    """The team knows better than a count how hard an item is."""
    one = suite(stakes=Stakes(risk="high"), contract=Contract(labels={"a": "", "b": ""}))
    found = item_features(one, Item(id="a", input="one two", tags={"language": "de", "complexity": "high"}))
    assert found["language"] == "de"
    assert (found["risk"], found["complexity"], found["labels"]) == ("high", "high", 2)
    assert set(found) - {"language"} <= set(DERIVED)


def test_a_tag_that_the_service_does_not_know_is_no_feature() -> None:
    """How many calls are right is known to the judge alone: a route by it could not be followed."""
    item = Item(id="a", input="x", tags={"language": "de", "calls": "none"})
    one = suite(items=(item,))
    assert {"language", "calls"} <= set(item_features(one, item))
    assert "calls" not in suite_features(one, ["language"])["a"]
    assert suite_features(one, ["language"])["a"]["language"] == "de"
    assert set(suite_features(one, [])["a"]) <= set(DERIVED)


def test_a_service_counts_as_the_evaluation_does() -> None:
    """Otherwise a rule by length would mean two things."""
    item = Item(
        id="a",
        messages=({"role": "user", "content": "a b"}, {"role": "user", "content": "c"}),
        context=({"id": "p", "text": "x y z"},),
    )
    found = item_features(suite(), item)
    there = known(messages=item.messages, context=["x y z"])
    assert {name: found[name] for name in there} == there
    assert there["input_words"] == 3


def test_only_items_that_are_measured_have_features() -> None:
    """Examples for the prompt are never routed."""
    items = (Item(id="a", input="x"), Item(id="b", input="y", split="train"))
    assert list(suite_features(suite(items=items))) == ["a"]
