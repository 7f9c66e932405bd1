"""The family's figures equal their definitions, worked out by hand or by another library."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.families.extraction import Extraction
from evalkit.families.extraction.metrics import MOST_FIELDS
from evalkit.records import Answer, Contract, Item, Score, Suite


def figures(*pairs: tuple[Any, Any], inputs: tuple[str, ...] = (), **scorer: Any) -> dict[str, Any]:
    """The metrics over pairs of target and answer; a text answer is taken as it is."""
    items = tuple(
        Item(id=str(k), input=inputs[k] if inputs else "", target=target)
        for k, (target, _) in enumerate(pairs)
    )
    suite = Suite(
        name="s", family="extraction", version="1", contract=Contract(schema={}), items=items, scorer=scorer
    )
    family = Extraction()
    score = family.scorer(suite)
    rows: list[tuple[Item, Score]] = [
        (item, score(item, Answer(text=got if isinstance(got, str) else json.dumps(got))))
        for item, (_, got) in zip(items, pairs, strict=True)
    ]
    return family.metrics(suite, rows)


def test_fields_are_counted_by_what_happened_to_them() -> None:
    """Missed and hallucinated are kept apart per field: they cost a business different things."""
    found = figures(
        ({"a": 1, "b": [{"c": 1}, {"c": 2}]}, {"a": 1, "b": [{"c": 2}]}),
        ({"a": 1, "d": None}, {"a": 2, "d": 5}),
        ({"a": 1}, "no idea"),
    )
    fields = found["fields"]
    assert {k: fields["$.a"][k] for k in ("right", "wrong", "missed", "hallucinated")} == {
        "right": 1, "wrong": 1, "missed": 1, "hallucinated": 0,
    }  # fmt: skip
    assert (fields["$.a"]["precision"], fields["$.a"]["recall"]) == (1 / 2, 1 / 3)
    assert fields["$.a"]["f1"] == pytest.approx(2 * 1 / (2 + 3))
    assert (fields["$.b[*].c"]["right"], fields["$.b[*].c"]["missed"]) == (1, 1)
    assert (fields["$.d"]["hallucinated"], fields["$.d"]["recall"], fields["$.d"]["precision"]) == (
        1,
        None,
        0,
    )
    assert (found["missed"], found["hallucinated"]) == (2, 1)
    assert (found["exact_object_rate"], found["format_valid_rate"]) == (0, 2 / 3)


def test_micro_pools_values_and_macro_averages_fields() -> None:
    """A rare field must be seen in one of the two."""
    found = figures(*[({"often": 1, "rare": None}, {"often": 1})] * 9, ({"rare": 2}, {"rare": 3}))
    assert found["micro"]["precision"] == found["micro"]["recall"] == 9 / 10
    assert found["macro"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5}


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(*[st.dictionaries(st.sampled_from("abc"), st.integers(0, 1), max_size=3)] * 2), min_size=1
    )
)
def test_micro_figures_equal_scikit_learns(pairs: list[tuple[dict[str, int], dict[str, int]]]) -> None:
    """Field and value as a label of a multi-label problem: an independent implementation must agree."""
    from sklearn.metrics import precision_recall_fscore_support
    from sklearn.preprocessing import MultiLabelBinarizer

    labels = MultiLabelBinarizer(classes=[(k, v) for k in "abc" for v in (0, 1)]).fit([])
    expected, got = (labels.transform([list(pair[side].items()) for pair in pairs]) for side in (0, 1))
    theirs = precision_recall_fscore_support(expected, got, average="micro", zero_division=0.0)
    ours = figures(*pairs)["micro"]
    assert [ours[k] or 0.0 for k in ("precision", "recall", "f1")] == pytest.approx(theirs[:3])


def test_no_answers_give_no_figures() -> None:
    """Nothing measured is None, never a rate of zero."""
    suite = Suite(name="s", family="extraction", version="1", contract=Contract(schema={}))
    found = Extraction().metrics(suite, [])
    assert found["exact_object_rate"] is found["micro"]["f1"] is found["macro"]["f1"] is None
    assert found["grounding"]["rate"] is None
    assert "entities" not in found


def test_grounding_is_the_share_of_strings_that_stand_in_the_input() -> None:
    """A string that the input does not hold was made up, or changed; a date is rewritten by rule."""
    found = figures(
        ({"who": "Acme", "when": "2026-01-06"}, {"who": "ACME  Ltd", "when": "2026-01-06", "note": "urgent"}),
        inputs=("Please deliver to Acme\nLtd on 6 January.",),
        comparators={"$.when": "date"},
    )["grounding"]
    assert found == {
        "strings": 2, "rate": 0.5, "target_rate": 1.0, "fields": {"$.who": 1.0, "$.note": 0.0},
    }  # fmt: skip


def test_grounding_looks_at_messages_and_passages_too() -> None:
    """The text that was given may be a chat or its context."""
    item = Item(
        id="a",
        messages=(
            {"role": "user", "content": "It is Acme."},
            {"role": "user", "content": [{"type": "text", "text": "Or Bolt?"}]},
        ),
        context=({"id": "p", "text": "Coda"},),
        target=["acme", "bolt", "coda", "dune"],
    )
    suite = Suite(name="s", family="extraction", version="1", contract=Contract(schema={}), items=(item,))
    score = Extraction().scorer(suite)(item, Answer(text=json.dumps(item.target)))
    assert Extraction().metrics(suite, [(item, score)])["grounding"]["rate"] == 3 / 4


def entity(text: str, kind: str, start: int) -> dict[str, Any]:
    """One entity with its place."""
    return {"text": text, "type": kind, "start": start, "end": start + len(text)}


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: {"entities": e}])
def test_entities_count_when_place_and_type_are_exact(wrap: Any) -> None:
    """Strict entity F1, as in the shared tasks: a shifted or mistyped entity is both missed and invented."""
    acme, rome = entity("Acme", "org", 0), entity("Rome", "place", 10)
    found = figures(
        (wrap([acme, rome]), wrap([acme, {**rome, "start": 11}])),
        (wrap([rome]), wrap([{**rome, "type": "org"}, rome])),
        (wrap([]), wrap([])),
        (wrap([acme]), "no idea"),
    )["entities"]
    assert (found["expected"], found["given"]) == (4, 4)
    assert found["f1"] == pytest.approx(2 * 2 / 8)
    assert found["types"]["place"] == {
        "precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "expected": 2, "given": 2,
    }  # fmt: skip
    assert found["macro_f1"] == pytest.approx((1 / 2 + 2 * 1 / 4) / 2)


def test_invented_keys_cannot_blow_up_the_figures() -> None:
    """Answers are hostile: a report must not grow with their imagination."""
    found = figures(({"a": 1}, {f"k{k}": "x" for k in range(2 * MOST_FIELDS)}))
    assert len(found["fields"]) <= MOST_FIELDS + 1
    assert found["hallucinated"] == 2 * MOST_FIELDS
    assert len(found["grounding"]["fields"]) <= MOST_FIELDS
    json.dumps(found, allow_nan=False)
