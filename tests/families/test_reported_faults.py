"""Faults that other evaluation tools' users reported: a wrong answer credited, a right one unread."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evalkit.families import get_family
from evalkit.records import Answer, Contract, Item, Suite, ToolCall

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "n": {"type": "number"}},
    "additionalProperties": False,
}
BONN = {"city": "Bonn", "n": 3}
SAID = '{"city":"Bonn","n":3}'
OTHER = '{"city":"Köln","n":1}'


@pytest.mark.parametrize(
    ("text", "credited", "kind"),
    [
        (f"<think>A first try: {SAID}. But wait, the mail says", False, "truncated"),
        (f"<think>Perhaps ```json\n{SAID}\n``` or else", False, "unfinished"),
        (f'{{"status": None, "order": {SAID}}}', False, "unparseable"),
        (f"{{result: {SAID}}}", False, "unparseable"),
        (f'{{"note": "he said "ok"", "order": {SAID}}}', False, "unparseable"),
        (f'{{"orders": [{OTHER},, {SAID}]}}', False, "unparseable"),
        (
            f"```json\n{OTHER}\n```\nWait, that is wrong. Final:\n```json\n{SAID}\n```",
            True,
            None,
        ),
        (f"{SAID}\n{OTHER}", False, "unparseable"),
        (f"I found nothing like {{}} so: {SAID}", True, None),
        (f"[THINK]{OTHER}[/THINK]{SAID}", True, None),
        (f"<thinking>{OTHER}</thinking>{SAID}", True, None),
    ],
)
def test_extraction(text: str, credited: bool, kind: str | None) -> None:
    """Unfinished reasoning, pieces of broken JSON and one of several values are no answers."""
    finish = "length" if kind == "truncated" else "stop"
    answer = Answer(text=text, finish_reason=finish)
    score = _scored("extraction", Contract(schema=CITY), BONN, answer)
    assert (score.success, score.error_kind) == (credited, kind)


def test_a_mark_of_reasoning_within_a_value_is_text() -> None:
    """A value may hold whatever the text of the item holds."""
    target = {"city": "a </think> b", "n": 3}
    answer = Answer(text=f"```json\n{json.dumps(target)}\n```", finish_reason="stop")
    assert _scored("extraction", Contract(schema=CITY), target, answer).success


@pytest.mark.parametrize(
    ("value", "target"),
    [("5 Mio", 5), ("12 mln", 12), ("not 12", 12), ("max 12", 12), ("1 off", 1)],
)
def test_money(value: str, target: int) -> None:
    """Three letters beside a number are no currency."""
    answer = Answer(text=json.dumps({"v": value}), finish_reason="stop")
    options = {"comparators": {"$.v": "money"}}
    score = _scored("extraction", Contract(schema={"type": "object"}), {"v": target}, answer, options)
    assert (score.success, score.error_kind) == (False, "wrong_value")


@pytest.mark.parametrize(
    ("labels", "target", "text", "credited"),
    [
        (("ดี", "แย่"), "ดี", "ไม่ดี", False),
        (("ดี", "แย่"), "แย่", "แย่มาก", False),
        (("-1", "0"), "-1", "1", False),
        (("-1", "0"), "-1", "Label: 1", False),
        (("-1", "0"), "-1", "+1", False),
        (("spam", "ham"), "spam", "non-spam", False),
        (("spam", "ham"), "spam", "The mail is non-spam.", False),
        (("yes", "no"), "no", "No, it does not.", True),
        (("yes", "no"), "yes", "Yes, the contract covers it; there is no exclusion.", True),
        (("yes", "no"), "no", "$\\boxed{no}$", True),
    ],
)
def test_classification(labels: tuple[str, ...], target: str, text: str, credited: bool) -> None:
    """Marks and signs tell labels apart, a denied one is not said, and a yes or no may be explained."""
    contract = Contract(labels=dict.fromkeys(labels, ""))
    score = _scored("classification", contract, target, Answer(text=text, finish_reason="stop"))
    assert score.success is credited
    assert score.error_kind == (None if credited else "out_of_label_set")


@pytest.mark.parametrize(("target", "kind"), [(["red"], None), (["red", "green", "blue"], "missed_label")])
def test_a_map_of_truth_values(target: list[str], kind: str | None) -> None:
    """What a map calls false is not said."""
    contract = Contract(labels=dict.fromkeys(("red", "green", "blue"), ""), multi_label=True)
    answer = Answer(text='{"red": true, "green": false, "blue": false}', finish_reason="stop")
    score = _scored("classification", contract, target, answer)
    assert (score.success, score.error_kind) == (kind is None, kind)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"account": 4915112345678}, {"account": 4915112349999}),
        ({"account": 1234567890}, {"account": 1234567891}),
        ({"account": 1, "at": 1770076800}, {"account": 1, "at": 1770076801}),
        ({"account": 370400440532013000}, {"account": 370400440899999999}),
    ],
)
def test_whole_numbers_of_a_call(wanted: dict[str, int], said: dict[str, int]) -> None:
    """A transfer goes to one account."""
    integer = {"type": "integer"}
    parameters = {
        "type": "object",
        "properties": {"account": integer, "at": integer},
        "required": ["account"],
    }
    tool = {
        "type": "function",
        "function": {"name": "transfer", "description": "x", "parameters": parameters},
    }
    answer = Answer(
        tool_calls=(ToolCall(name="transfer", arguments=said),),
        finish_reason="tool_calls",
    )
    target = [{"name": "transfer", "arguments": wanted}]
    score = _scored("tool_calls", Contract(tools=(tool,)), target, answer)
    assert (score.success, score.error_kind) == (False, "wrong_argument_value")


def _scored(
    family: str,
    contract: Contract,
    target: Any,
    answer: Answer,
    options: dict[str, Any] | None = None,
) -> Any:
    suite = Suite(
        name="s",
        family=family,
        version="1",
        contract=contract,
        scorer=options or {},
    )
    return get_family(family).scorer(suite)(Item(id="1", input="text", target=target), answer)
