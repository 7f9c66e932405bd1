"""What must hold of a suite as made: the generator's own file, a second target for each item, no copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from suites.making import Item
from suites.making.overlap import MOST, near_pairs, near_share
from suites.making.write import all_items, items_file, lines, maker, making, read_jsonl

_HIDDEN = ("target", "alternatives", "tags", "critical", "cluster", "weight", "split")


def faults(name: str) -> list[str]:
    """Everything that does not hold, one line each; none when all does."""
    items = all_items(name)
    file = items_file(name)
    found = []
    if not file.exists() or file.read_text(encoding="utf-8") != lines(items):
        found.append(f"{file.name} differs from what the generator writes")
    found += disagreements(name, items)
    if (share := near_share(items)) > MOST:
        pairs = ", ".join(f"{a}~{b}" for a, b, _ in near_pairs(items))
        found.append(f"{share:.1%} of the items are near-duplicates (at most {MOST:.0%}): {pairs}")
    return found


def disagreements(name: str, items: Sequence[Item]) -> list[str]:
    """Items whose second target is missing or another one. By hand where there is one, else by code."""
    by_hand = {a["id"]: a["target"] for a in read_jsonl(making(name) / "second_annotation.jsonl")}
    reading = maker(name, "second_reading")
    agrees = getattr(reading, "agrees", _same)
    found = []
    for item in items:
        second = by_hand[item["id"]] if item["id"] in by_hand else reading.read(blind(item))
        if second is None:
            found.append(f"{item['id']}: no second target")
        elif not agrees(item["target"], second):
            found.append(f"{item['id']}: target {item['target']!r}, read a second time {second!r}")
    return found


def second_readings(name: str, items: Sequence[Item]) -> tuple[int, int]:
    """How many items were read a second time by hand, and how many by code."""
    by_hand = {a["id"] for a in read_jsonl(making(name) / "second_annotation.jsonl")}
    hands = sum(i["id"] in by_hand for i in items)
    return hands, len(items) - hands


def blind(item: Item) -> Item:
    """The item without what a second reader must not see."""
    return {k: v for k, v in item.items() if k not in _HIDDEN}


def _same(target: Any, second: Any) -> bool:
    return bool(target == second)
