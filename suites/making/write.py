"""Items into files: hand-written ones first, then generated ones, test before dev, one JSON object a line."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from suites.making import Item

SUITES = Path(__file__).parents[1]
KEYS = ("id", "input", "messages", "context", "target", "alternatives", "tools", "tags", "weight", "critical",
        "cluster", "split")  # fmt: skip
_LEFT_OUT = {"critical": False, "cluster": None, "alternatives": [], "messages": None, "weight": None}


def making(name: str) -> Path:
    """The folder in which the suite of this name is made."""
    return Path(__file__).parent / name.replace("-", "_")


def maker(name: str, part: str = "") -> ModuleType:
    """The suite's generator, or a part of it by name."""
    package = f"suites.making.{name.replace('-', '_')}"
    return importlib.import_module(f"{package}.{part}" if part else package)


def items_file(name: str) -> Path:
    """The suite's committed items."""
    return SUITES / name / "items.jsonl"


def read_jsonl(path: Path) -> list[Item]:
    """The objects of a file, none when there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def all_items(name: str) -> list[Item]:
    """Every item of the suite as its making gives it: written, then generated; test, then dev."""
    written = [_tagged(i, "written") for i in read_jsonl(making(name) / "written.jsonl")]
    generated = [_tagged(i, "generated") for i in maker(name).items()]
    everything = [_ordered(i) for i in (*written, *generated)]
    ids = [i["id"] for i in everything]
    if twice := {i for i in ids if ids.count(i) > 1}:
        raise ValueError(f"{name}: ids that stand twice: {sorted(twice)}")
    return sorted(everything, key=lambda i: i["split"] != "test")


def lines(items: Iterable[Item]) -> str:
    """The items as the text of `items.jsonl`."""
    return "".join(json.dumps(i, ensure_ascii=False) + "\n" for i in items)


def numbered(items: Iterable[Item], prefix: str, *, first: int, first_dev: int = 1) -> list[Item]:
    """Ids in order: `st-073`, `st-074`, …; `st-dev-009`, … for dev items. Items that have an id keep it."""
    named, test, dev = [], first, first_dev
    for item in items:
        if item.get("split", "test") == "dev":
            named.append({"id": f"{prefix}-dev-{dev:03d}", **item})
            dev += "id" not in item
        else:
            named.append({"id": f"{prefix}-{test:03d}", **item})
            test += "id" not in item
    return named


def _tagged(item: Item, origin: str) -> Item:
    return {**item, "tags": {**item.get("tags", {}), "origin": origin}}


def _ordered(item: Item) -> Item:
    item = {"split": "test", **item}
    if unknown := set(item) - set(KEYS):
        raise ValueError(f"{item.get('id')}: no such field: {sorted(unknown)}")
    return {k: item[k] for k in KEYS if k in item and (k not in _LEFT_OUT or item[k] != _LEFT_OUT[k])}
