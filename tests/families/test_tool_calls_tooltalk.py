"""ToolTalk data: items with earlier turns, calls and results among them, as a suite."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tool_call_cases import candidate

from evalkit.families import get_family
from evalkit.records import Contract, Item, Suite

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared data beside the checkout is not there"),
]


def tooltalk() -> Suite:
    lines = (DATA / "tool_tooltalk_easy.jsonl").read_text("utf-8").splitlines()
    tools = json.loads((DATA / "tool_tooltalk_tools.json").read_text("utf-8"))
    return Suite(
        name="tooltalk",
        family="tool_calls",
        version="1",
        contract=Contract(tools=tuple(tools)),
        items=tuple(_item(json.loads(line)) for line in lines),
    )


def _item(row: dict[str, Any]) -> Item:
    messages = tuple(m for i, turn in enumerate(row["messages"]) for m in _openai_turns(turn, i))
    return Item(id=row["id"], messages=messages, target=row["gold"])


def _openai_turns(turn: dict[str, Any], i: int) -> list[dict[str, Any]]:
    """ToolTalk keeps calls and their results inside the turn that tells of them."""
    turns = []
    for k, made in enumerate(turn.get("calls", [])):
        name = f"call_{i}_{k}"
        function = {"name": made["name"], "arguments": json.dumps(made["arguments"])}
        calls = [{"id": name, "type": "function", "function": function}]
        turns.append({"role": "assistant", "content": None, "tool_calls": calls})
        turns.append({"role": "tool", "tool_call_id": name, "content": json.dumps(made["response"])})
    return [*turns, {"role": turn["role"], "content": turn["content"]}]


@pytest.mark.parametrize("output", ["native", "plain", "constrained"])
def test_right_answers_to_later_turns_succeed_and_earlier_turns_are_asked_with_them(output: str) -> None:
    """Half of the data is about what was said before."""
    family, of = get_family("tool_calls"), tooltalk()
    score, ask = family.scorer(of), family.prompter(of, candidate(output))
    for asked in of.items:
        assert score(asked, family.right_answer(of, asked, candidate(output))).success
        sent = [m for m in ask(asked, 0).messages if m["role"] != "system"]
        assert len(sent) == len(asked.messages)
        assert sent[-1] == asked.messages[-1]
        if output != "native":
            assert all(isinstance(m["content"], str) and m["role"] != "tool" for m in sent)


def test_the_one_fault_of_the_data_is_found() -> None:
    """Its tool CreateEvent lists the event's types as the only names an event can have."""
    found = list(get_family("tool_calls").check(tooltalk()))
    assert [p.item_id for p in found] == ["tooltalk-CreateEvent-easy-3"]
    assert "'Beatles Concert' is not one of ['meeting', 'event']" in found[0].message
