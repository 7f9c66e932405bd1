"""Requests to train on the like of a failure, as a review writes them down.

A request is honoured with train items, or with new inputs that it brings; never with the test item that it is
about, nor with one that nearly is any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.errors import SuiteError, near_names
from evalkit.records import Item, Problem, Suite
from evalkit.suites.formats import Row, read_rows
from evalkit.suites.items import read_item
from evalkit.suites.load import problem_error
from evalkit.suites.train_split import find_near_items

_KEYS = frozenset({"suite", "item_id", "tags", "items", "note"})


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingRequest:
    """What one decision of a review asks for."""

    suite: str
    item_id: str = ""
    """The test item that was talked about; it is never taught."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """What the like of it is: train items with all of these tags."""
    items: tuple[Item, ...] = ()
    """New inputs with their targets, written for this request."""
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Honoured:
    """What one request came to."""

    request: TrainingRequest
    train_items: int
    """Train items that are like it."""
    new_items: tuple[Item, ...]
    """New inputs of the request that may be taught."""
    refused: Mapping[str, str]
    """Id of each new input that may not be taught -> why."""

    @property
    def words(self) -> str:
        """The outcome in one line."""
        about = self.request.item_id or ", ".join(f"{t}={v}" for t, v in self.request.tags.items())
        found = self.train_items + len(self.new_items)
        refused = "".join(f"; {item} refused: {why}" for item, why in self.refused.items())
        met = f"{self.train_items} train items, {len(self.new_items)} new" if found else "NOT MET: write some"
        return f"more like {about or 'its inputs'}: {met}{refused}"


def read_requests(path: Path) -> tuple[TrainingRequest, ...]:
    """Read requests from JSONL: `suite`, and any of `item_id`, `tags`, `items` (as in train.jsonl), `note`.

    Raises:
        SuiteError: The file is not there, or a line of it is wrong; names the line.
    """
    if not path.is_file():
        raise SuiteError("the file of requests is not there", where=str(path))
    return tuple(_read_request(row, path) for row in read_rows(path))


def honour_request(request: TrainingRequest, suite: Suite, train_items: Sequence[Item]) -> Honoured:
    """Find what a request may be answered with: train items by its tags, and its own inputs."""
    tags = request.tags.items()
    near = {n.item.id: n for n in find_near_items(suite.test_items, request.items)}
    taken = {item.id for item in (*suite.items, *train_items)}
    refused = {
        item.id: f"{near[item.id].likeness} as test item {near[item.id].test_item.id}"
        if item.id in near
        else "its id is taken"
        for item in request.items
        if item.id in near or item.id in taken
    }
    return Honoured(
        request=request,
        train_items=sum(tags <= item.tags.items() for item in train_items) if tags else 0,
        new_items=tuple(item for item in request.items if item.id not in refused),
        refused=refused,
    )


def _read_request(row: Row | Problem, path: Path) -> TrainingRequest:
    if isinstance(row, Problem):
        raise problem_error([row])
    where, data = f"{path}:{row.line}", row.data
    for name in data.keys() - _KEYS:
        raise SuiteError(f"unknown key {name!r} in a request", where=where, hint=near_names(name, _KEYS))
    texts = {name: data.get(name, "") for name in ("suite", "item_id", "note")}
    if not texts["suite"] or not all(isinstance(text, str) for text in texts.values()):
        raise SuiteError("a request names its suite as text", where=where, hint='{"suite": "…", "tags": {…}}')
    tags, given = data.get("tags", {}), data.get("items", [])
    if not isinstance(tags, Mapping) or not isinstance(given, list):
        raise SuiteError("a request's tags are a mapping, and its items a list", where=where)
    return TrainingRequest(
        **texts, tags=tags, items=tuple(_read_new_item(item, row.line, str(path)) for item in given)
    )


def _read_new_item(plain: Any, line: int, file: str) -> Item:
    data = plain if isinstance(plain, Mapping) else {}
    item, faults = read_item({**data, "split": "train"}, line=line, file=file)
    if item is None or faults or item.target is None:
        no_target = Problem(message="a new item has no target", line=line, file=file)
        raise problem_error(faults or [no_target])
    return item
