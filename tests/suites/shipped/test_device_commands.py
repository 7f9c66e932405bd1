"""What must hold of the shipped suite `device-commands` and of the programs that make it."""

from __future__ import annotations

import ast
import json
from collections import Counter
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest

from evalkit.api.suites import validate_suite
from evalkit.families import get_family
from evalkit.records import Candidate
from evalkit.suites import load_suite
from suites.making import Item
from suites.making.check import blind, disagreements, faults
from suites.making.device_commands import second_reading
from suites.making.write import SUITES, all_items, making

NAME = "device-commands"
FAHRENHEIT = "Warm the kitchen to 62.6 Fahrenheit."


@cache
def _items() -> tuple[Item, ...]:
    return tuple(all_items(NAME))


def _calls(text: str) -> list[tuple[Any, ...]]:
    read = second_reading.read({"id": "x", "input": text})
    assert read is not None
    return [(c["name"], *c["arguments"].values()) for c in read]


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
    assert names == {"__future__", "re", "typing"}


def test_the_second_reading_sees_neither_target_nor_tags() -> None:
    """A reader that is handed the answer agrees with everything."""
    assert {k for i in _items() for k in blind(i)} == {"id", "input"}


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("Kitchen lights to 40%. Correction: Lights in the office to 45%.", [("set_light", "office", 45)]),
        ("Heat the store to 26 degrees.", []),
        ("Close the blinds in the lobby tomorrow morning.", []),
        (FAHRENHEIT, [("set_heating", "kitchen", 17.0)]),
        (
            "Lights off in the office, but don't touch the fan in the kitchen.",
            [("set_light", "office", 0)],
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
        assert f"~~~\n{item['input']}\n~~~" in part
        assert f"Target: `{json.dumps(item['target'], ensure_ascii=False)}`" in part
        assert "(to be read)" not in part
        assert part.rpartition("**Judgement:**")[2].strip()


def test_the_card_counts_what_is_there() -> None:
    """A card with the figures of another version misleads whoever reads it first."""
    card = Path(SUITES / NAME / "CARD.md").read_text(encoding="utf-8")
    test = [i for i in _items() if i["split"] == "test"]
    tools = Counter(c.get("name") or c["tool"] for i in test for c in i["target"])
    assert f"{len(test)} test, {len(_items()) - len(test)} dev" in card
    assert ", ".join(f"{n} `{tool}`" for tool, n in tools.most_common()) in card
    assert f"{sum(i.get('critical', False) for i in test)} critical" in card


def test_right_answers_succeed_in_every_output_mode() -> None:
    """A suite whose own targets fail under the grammar or the text form could be passed by nobody."""
    family, suite = get_family("tool_calls"), load_suite(SUITES / NAME)
    score = family.scorer(suite)
    modes: tuple[Literal["native", "plain", "constrained"], ...] = ("native", "plain", "constrained")
    for output in modes:
        asked = Candidate(name="c", tier="slim", backend="replay", output=output)
        wrong = [i.id for i in suite.items[::5] if not score(i, family.right_answer(suite, i, asked)).success]
        assert wrong == []
