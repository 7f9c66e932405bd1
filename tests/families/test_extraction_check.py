"""Every fault of an extraction suite is found before a run, with its place and the fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.families.extraction import Extraction
from evalkit.families.interface import Problem
from evalkit.families.registry import get_family
from evalkit.records import Answer, Contract, Item, Prompt, Suite

SCHEMA = {
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "items": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        "address": {"anyOf": [{"type": "null"}, {"properties": {"city": {"type": "string"}}}]},
        "needed_by": {"type": "string", "format": "date"},
    },
    "additionalProperties": False,
    "$defs": {"line": {"properties": {"product": {"type": "string"}}, "type": "object"}},
}
GOOD = Item(id="good", input="x", target={"customer": "Acme"}, line=1)


def problems(*items: Item, schema: Any = SCHEMA, **more: Any) -> list[Problem]:
    """All that the check says of a suite."""
    suite = Suite(
        name="s",
        family="extraction",
        version="1",
        contract=Contract(schema=schema),
        items=items or (GOOD,),
        **more,
    )
    return list(Extraction().check(suite))


def test_a_sound_suite_has_no_problem() -> None:
    """A check that cries wolf is switched off."""
    comparators = {
        "$": "casefold", "$.customer": "casefold", "$.items[*].product": {"fuzzy": 0.8}, "$.items": "ordered",
        "$.address.city": "whitespace", "$.*": "exact",
    }  # fmt: skip
    assert problems(scorer={"comparators": comparators, "assert_formats": True, "refusals": ["^no"]}) == []


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("$.custmer", "customer"),
        ("$.items.product", "write [*]"),
        ("$.items[*].produkt", "product"),
        ("$.customer[*]", "no list"),
        ("$.address.town", "city"),
        ("items", "start with $"),
        ("$.items[0]", "[*]"),
        ("$.items[*]product", "steps are"),
    ],
)
def test_a_path_that_leads_nowhere_is_told_with_what_is_there(path: str, hint: str) -> None:
    """A misspelt path would leave its field under exact comparison, unsaid."""
    (problem,) = problems(scorer={"comparators": {path: "casefold"}})
    assert hint in problem.hint
    assert problem.key == f"scorer.comparators[{path}]"


def test_a_path_that_only_targets_know_is_no_fault() -> None:
    """An open schema says nothing of its fields."""
    item = Item(id="a", input="x", target={"odd key": {"x": [{"y": 1}]}})
    assert problems(item, schema={}, scorer={"comparators": {"$['odd key'].x[*].y": "number"}}) == []
    (problem,) = problems(item, schema={}, scorer={"comparators": {"$['odd key'].z": "number"}})
    assert '$["odd key"].z' in problem.message


def test_all_faults_of_the_options_come_at_once() -> None:
    """One round of corrections, not five."""
    found = problems(
        scorer={
            "comparator": {},
            "comparators": {"$.customer": "casefolt", "$.items": {"set": {"every": 1}}},
            "assert_formats": "yes",
            "refusals": ["("],
        }
    )
    assert {p.key for p in found} == {
        "scorer.comparator",
        "scorer.comparators[$.customer]",
        "scorer.comparators[$.items]",
        "scorer.assert_formats",
        "scorer.refusals",
    }
    assert all(p.hint or p.key in ("scorer.assert_formats", "scorer.refusals") for p in found)


@pytest.mark.parametrize("scorer", [{"comparators": ["x"]}, {"refusals": "no"}, {"refusals": [5]}])
def test_options_of_the_wrong_form_are_problems_not_crashes(scorer: dict[str, Any]) -> None:
    """A user's typing mistake must never end in a traceback."""
    assert len(problems(scorer=scorer)) == 1


@pytest.mark.parametrize(
    ("schema", "key"),
    [
        (None, "schema"),
        ({"type": "objekt"}, "schema/type"),
        ({"properties": {"a": {"minLength": -1}}}, "schema/properties/a/minLength"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "schema/$schema"),
    ],
)
def test_a_schema_that_is_none_is_told_with_its_place(schema: Any, key: str) -> None:
    """Everything else rests on the schema, so nothing else is checked before it is right."""
    assert [p.key for p in problems(schema=schema)] == [key]


def test_targets_and_alternatives_must_fit_the_schema() -> None:
    """An item whose target breaks the contract can never be answered rightly."""
    found = problems(
        GOOD,
        Item(id="bad", input="x", target={"customer": 5, "extra": 1}, line=2),
        Item(id="alt", input="x", target={"customer": "A"}, alternatives=({"items": {}},), line=3),
    )
    assert [(p.item_id, p.line) for p in found] == [("bad", 2), ("bad", 2), ("alt", 3)]
    assert "$.customer" in "".join(p.message for p in found)


def test_asserted_formats_hold_for_targets_too() -> None:
    """Whoever asserts ISO dates wants them in the targets first."""
    item = Item(id="a", input="x", target={"needed_by": "6 January"})
    assert problems(item) == []
    assert "date" in problems(item, scorer={"assert_formats": True})[0].message


def test_a_target_that_cannot_win_is_found() -> None:
    """A number beyond JSON in a target makes every answer to the item wrong."""
    item = Item(id="a", input="x", target={"total": float("inf")}, line=4)
    (problem,) = problems(item, schema={})
    assert (problem.item_id, problem.line) == ("a", 4)


def test_an_unresolvable_reference_is_a_problem() -> None:
    """It would fail every answer at run time."""
    assert "cannot be applied" in problems(schema={"$ref": "#/$defs/none"})[0].message


def test_prompts_are_checked_as_well() -> None:
    """A template's misspelt variable is found before it is paid for."""
    found = problems(prompts={"default": Prompt(system="{{ shema }}")})
    assert "shema" in found[0].message


def test_the_shipped_order_suite_is_sound_and_its_right_answers_succeed() -> None:
    """What ships must be scored by its own family as it was meant."""
    from evalkit.suites import load_suite

    suite = load_suite(Path(__file__).parents[2] / "suites" / "order-extraction")
    family = get_family("extraction")
    assert list(family.check(suite)) == []
    score = family.scorer(suite)
    for item in suite.items:
        as_written = "```json\n" + family.right_answer(suite, item, None).text + "\n```"  # type: ignore
        assert score(item, Answer(text=as_written)).success
