"""Claims about the form of an answer: each family records it, and a decoder's wish for one form holds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from evalkit.families import GENERAL_ERROR_KINDS, get_family, scorer_for
from evalkit.families.forms import FORMS, read_recorded_form
from evalkit.records import Answer, Candidate, Contract, Item, Score, Suite, TextReading, ToolCall

CALL = json.dumps({"name": "turn_on", "arguments": {"room": "hall"}})
ORDER = json.dumps({"total": 5})
TOOLS = ({"name": "turn_on", "parameters": {"type": "object", "properties": {"room": {"type": "string"}}}},)
SCHEMA = {"type": "object", "properties": {"total": {"type": "integer"}}}
SUITES = {
    "tool_calls": Suite(
        name="t", family="tool_calls", version="1", contract=Contract(tools=TOOLS),
        items=(Item(id="1", input="?", target=[{"name": "turn_on", "arguments": {"room": "hall"}}]),),
    ),
    "extraction": Suite(
        name="e", family="extraction", version="1", contract=Contract(schema=SCHEMA),
        items=(Item(id="1", input="?", target={"total": 5}),),
    ),
    "classification": Suite(
        name="c", family="classification", version="1", contract=Contract(labels={"refund": "", "card": ""}),
        items=(Item(id="1", input="?", target="refund"),),
    ),
}  # fmt: skip


def scored(family: str, said: Answer | str, *, reading: TextReading | None = None, **options: Any) -> Score:
    suite = replace(SUITES[family], scorer=options)
    score = get_family(family).scorer(suite)
    if reading is not None:
        score = scorer_for(score, Candidate(name="x", tier="slim", backend="openai", reading=reading))
    return score(suite.items[0], Answer(text=said) if isinstance(said, str) else said)


WRITTEN = [
    ("tool_calls", CALL, "bare"),
    ("tool_calls", f"<think>hm</think>\n[{CALL}]", "bare"),
    ("tool_calls", 'turn_on(room="hall")', "bare"),
    ("tool_calls", f"```json\n{CALL}\n```", "fenced"),
    ("tool_calls", f"So:\n```json\n{CALL}\n```", "fenced"),
    ("tool_calls", '```python\nturn_on(room="hall")\n```', "fenced"),
    ("tool_calls", '`turn_on(room="hall")`', "fenced"),
    ("tool_calls", f"<tool_call>{CALL}</tool_call>", "tagged"),
    ("tool_calls", f"I will call {CALL} now.", "in_prose"),
    ("extraction", ORDER, "bare"),
    ("extraction", f"<think>hm</think>{ORDER}", "bare"),
    ("extraction", f"```json\n{ORDER}\n```", "fenced"),
    ("extraction", f"<answer>{ORDER}</answer>", "tagged"),
    ("extraction", f"The order is {ORDER}.", "in_prose"),
    ("classification", "refund", "bare"),
    ("classification", "Refund.", "bare"),
    ("classification", '{"label": "refund"}', "bare"),
    ("classification", "```\nrefund\n```", "fenced"),
    ("classification", '```json\n{"label": "refund"}\n```', "fenced"),
    ("classification", 'So: {"label": "refund"}', "in_prose"),
    ("classification", "<label>refund</label>", "tagged"),
    ("classification", "The label is refund.", "in_prose"),
]


@pytest.mark.parametrize(("family", "text", "form"), WRITTEN)
def test_each_family_records_the_form(family: str, text: str, form: str) -> None:
    """Two outputs that count alike here may be worlds apart for the decoder in production."""
    score = scored(family, text)
    assert (score.success, score.form) == (True, form)


def test_a_native_call_is_native_and_what_is_not_read_has_no_form() -> None:
    """Unknown is not bare."""
    call = ToolCall(name="turn_on", arguments={"room": "hall"})
    assert scored("tool_calls", Answer(tool_calls=(call,))).form == "native"
    assert scored("tool_calls", '{"name": "turn_on", "argum').form is None
    assert scored("extraction", "nothing").form is None
    assert scored("classification", "nothing").form is None


@pytest.mark.parametrize(("family", "text", "form"), WRITTEN)
@pytest.mark.parametrize("by", ["suite", "candidate"])
def test_a_form_that_is_not_asked_for_is_no_success(family: str, text: str, form: str, by: str) -> None:
    """985 of 1,240 right became 360 when a model began to write fences; that must show."""
    held: dict[str, Any] = {"forms": ["bare"]} if by == "suite" else {"reading": TextReading(forms=("bare",))}
    score = scored(family, text, **held)
    if form == "bare":
        assert score == replace(scored(family, text), scorer_hash=score.scorer_hash)
        return
    assert (score.success, score.error_kind, score.score, score.format_valid) == (
        False,
        "wrong_form",
        0.0,
        False,
    )
    assert (score.diff[0].expected, score.diff[0].got) == ("bare", form)
    assert score.error_kind in GENERAL_ERROR_KINDS


def test_wrong_answers_keep_what_explains_them_better() -> None:
    """A form says nothing of an answer that was cut, refused or never read."""
    assert scored("extraction", "no JSON", forms=["bare"]).error_kind == "unparseable"
    cut = Answer(text='```json\n{"total": 6}\n```', finish_reason="length")
    assert scored("extraction", cut, forms=["bare"]).error_kind == "truncated"
    assert scored("extraction", '```json\n{"total": 6}\n```', forms=["bare"]).error_kind == "wrong_form"
    assert scored("extraction", '{"total": 6}', forms=["bare"]).error_kind == "wrong_value"


def test_words_abstain_where_native_calls_are_asked_for() -> None:
    """An API says that it calls nothing by words; a decoder of bare lists wants `[]`."""
    suite = replace(SUITES["tool_calls"], items=(Item(id="1", input="?", target=[]),))
    for forms, success in (("native", True), ("bare", False)):
        score = get_family("tool_calls").scorer(replace(suite, scorer={"forms": [forms]}))
        found = score(suite.items[0], Answer(text="None of the tools fits this request."))
        assert (found.success, found.form) == (success, "in_prose")


@pytest.mark.parametrize(
    ("parser", "family", "form"),
    [
        ("native", "tool_calls", "native"),
        ("json", "tool_calls", "bare"),
        ("json", "classification", None),  # it reads fences and prose too
        ("python", "tool_calls", None),
        ("json_fenced", "extraction", "fenced"),
        ("label_exact", "classification", "bare"),
        ("label_stated", "classification", "in_prose"),
        ("a_plug_in's", "tool_calls", None),
        (None, "extraction", None),
    ],
)
def test_a_stored_parser_tells_the_form_where_it_can(
    parser: str | None, family: str, form: str | None
) -> None:
    """Runs of before have no form; a guess would be worse than none."""
    assert read_recorded_form(parser, family) == form
    assert form is None or form in FORMS


@pytest.mark.parametrize("family", sorted(SUITES))
def test_forms_are_checked(family: str) -> None:
    """A misspelt form would ask for nothing, or fail everything."""

    def messages(forms: Any) -> list[tuple[str, str | None]]:
        found = get_family(family).check(replace(SUITES[family], scorer={"forms": forms}))
        return [(p.message, p.key) for p in found]

    assert messages(["bare", "fenced"]) == []
    assert messages("bare") == [("forms is a list of forms of an answer", "scorer.forms")]
    assert messages(["beer"]) == [("there is no form 'beer'", "scorer.forms")]
