"""What must hold of the shipped suite `calendar-tools` and of the programs that make it."""

from __future__ import annotations

import ast
import json
from collections import Counter
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evalkit.api.suites import validate_suite
from suites.making import Item
from suites.making.calendar_tools import second_reading
from suites.making.check import blind, disagreements, faults
from suites.making.overlap import text_of
from suites.making.write import SUITES, all_items, making

NAME = "calendar-tools"


@cache
def _items() -> tuple[Item, ...]:
    return tuple(all_items(NAME))


def _calls(text: str) -> list[tuple[Any, ...]]:
    read = second_reading.read({"id": "x", "input": text})
    assert read is not None
    return [(c["tool"], *c["arguments"].values()) for c in read]


def test_the_committed_items_are_what_the_generator_writes_and_a_second_reading_finds() -> None:
    """A file that was mended by hand, a target that only its author believes, or copies would go unseen."""
    assert faults(NAME) == []


def test_the_suite_is_valid() -> None:
    """A shipped suite is the first thing that a newcomer validates."""
    assert validate_suite(SUITES / NAME) == []


def test_the_suite_is_large_enough_for_a_verdict() -> None:
    """250 items are what a 5-point margin needs; critical and no-call ones are what a team insists on."""
    test = [i for i in _items() if i["split"] == "test"]
    assert 250 <= len(test) <= 260
    assert len(_items()) - len(test) >= 12
    assert 10 <= sum(i.get("critical", False) for i in test) <= 20
    assert min(Counter(i["tags"]["calls"] for i in test).values()) >= 35
    assert sum(i["tags"]["lang"] != "en" for i in test) >= 10


def test_items_of_the_first_version_are_kept() -> None:
    """Results of version 1 are compared by id: an item that changes under its id makes them lie."""
    written = {i["id"]: i for i in _items() if i["tags"]["origin"] == "written"}
    assert {f"ct-{n:03d}" for n in range(1, 72)} | {f"ct-dev-{n:03d}" for n in range(1, 9)} <= set(written)
    assert written["ct-004"]["target"] == [
        {"name": "cancel_event", "arguments": {"title": "Hike", "date": "2025-12-20"}}
    ]


def test_a_wrong_target_is_found_by_the_second_reading() -> None:
    """The second derivation is worth something only if it can disagree: every planted slip is named."""
    generated = [i for i in _items() if i["tags"]["origin"] == "generated" and i["target"]]
    wrong = deepcopy(generated)
    for item in wrong:
        item["target"] = item["target"][1:] if len(item["target"]) > 1 else []
    assert len(disagreements(NAME, wrong)) == len(wrong)
    assert disagreements(NAME, generated) == []


def test_the_second_reading_imports_nothing_of_the_generator() -> None:
    """Shared tables would repeat the generator's mistakes instead of finding them."""
    tree = ast.parse((making(NAME) / "second_reading.py").read_text(encoding="utf-8"))
    names = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    names |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert names == {"__future__", "datetime", "re", "typing"}


def test_the_second_reading_sees_neither_target_nor_tags() -> None:
    """A reader that is handed the answer agrees with everything."""
    assert {k for i in _items() for k in blind(i)} == {"id", "input", "messages"}


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("Cancel the Budget review on Friday.", [("cancel_event", "Budget review", "2025-12-19")]),
        ("Cancel the Budget review on the 5th.", [("cancel_event", "Budget review", "2026-01-05")]),
        ("Put Budget review in on Monday.", []),
        ("Is Grace busy on the 12th of February?", [("find_events", "2026-02-12", "Grace")]),
        (
            "Put Audit call in for tomorrow at 9:30 until 10:15. No, make that 11:30.",
            [("create_event", "Audit call", "2025-12-18", "11:30", 45, [])],
        ),
    ],
)
def test_the_second_reading_knows_the_contract(text: str, calls: list[tuple[Any, ...]]) -> None:
    """Each rule of the prompt that the generator follows is known to the other code as well."""
    assert _calls(text) == calls


def test_the_audit_shows_items_as_they_are_with_a_judgement_each() -> None:
    """An audit of texts that have changed since, or one that nobody filled in, proves nothing."""
    parts = (SUITES / NAME / "AUDIT.md").read_text(encoding="utf-8").split("\n## ")[1:]
    by_id = {i["id"]: i for i in _items()}
    assert len(parts) == 20
    for part in parts:
        item = by_id[part.split("\n", 1)[0]]
        assert f"~~~\n{text_of(item)}\n~~~" in part
        assert f"Target: `{json.dumps(item['target'], ensure_ascii=False)}`" in part
        assert "(to be read)" not in part
        assert part.rpartition("**Judgement:**")[2].strip()


def test_the_card_counts_what_is_there() -> None:
    """A card with the figures of another version misleads whoever reads it first."""
    card = Path(SUITES / NAME / "CARD.md").read_text(encoding="utf-8")
    test = [i for i in _items() if i["split"] == "test"]
    tools = Counter(c.get("name") or c["tool"] for i in test for c in i["target"])
    assert f"{len(test)} test (17 with earlier turns), {len(_items()) - len(test)} dev" in card
    assert sum("messages" in i for i in test) == 17
    assert ", ".join(f"{n} `{tool}`" for tool, n in tools.most_common()) in card
    assert f"{sum(i.get('critical', False) for i in test)} critical" in card
