"""The train split of a suite: `train.jsonl` beside its items, for training and for nothing else.

It is outside the suite's content hash, so a suite keeps its version, and stored answers their worth, while
train items are added. It is read when it is wanted: a run never opens it, except for a candidate that learns
from it on the spot (`backend: baseline`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evalkit.records import Item, Problem, Suite
from evalkit.suites.contamination import SHARE, WORDS, item_turns
from evalkit.suites.contract import read_suite_file
from evalkit.suites.duplicates import near_pairs, resemblance
from evalkit.suites.inside import HINT, is_inside
from evalkit.suites.load import read_items
from evalkit.suites.runs import FEWEST_WORDS, RunIndex, run_hashes
from evalkit.wording import percent

TRAIN_FILE = "train.jsonl"
"""The file of the train split, in the suite's folder."""
SIMILARITY = 0.8
"""Share of 4-letter pieces in common from which a train item nearly is a test item."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainSplit:
    """What reading a suite's train split brought."""

    path: Path | None = None
    """The file; None where the suite has none."""
    items: Sequence[Item] = ()
    problems: tuple[Problem, ...] = ()
    """Faults of form, then items that are, or nearly are, a test item."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NearItem:
    """An item that is, or nearly is, a test item."""

    item: Item
    test_item: Item
    likeness: str
    """How alike they are, in words."""


def train_file(suite: Suite) -> Path | None:
    """Return the suite's train file; None where there is none."""
    path = Path(suite.path) / TRAIN_FILE if suite.path else None
    return path if path and path.is_file() else None


def read_train_split(suite: Suite, *, anywhere: bool = False) -> TrainSplit:
    """Read the suite's train split with all its faults; the family's checks of targets come on top.

    Args:
        suite: The suite as it was read from its folder.
        anywhere: Whether the suite's files may lie outside of it.
    """
    path = train_file(suite)
    if path is None:
        return TrainSplit()
    if not anywhere and not is_inside(path.parent, TRAIN_FILE):
        away = Problem(message="this link leads out of the suite's folder", hint=HINT, file=str(path))
        return TrainSplit(path=path, problems=(away,))
    items, problems = read_items(path, read_suite_file(path.parent, anywhere=True).fields, "train")
    problems += _misplaced(suite, items, str(path))
    problems += [_near_problem(near, str(path)) for near in find_near_items(suite.test_items, items)]
    return TrainSplit(path=path, items=items, problems=tuple(problems))


def with_asked(suite: Suite, items: Sequence[Item]) -> Suite:
    """Return the suite that asks these items in place of its test items; its few-shot examples stay."""
    asked = {item.id for item in items}
    others = (i for i in suite.items if i.split != "test" and i.id not in asked)
    return replace(suite, items=(*(replace(item, split="test") for item in items), *others))


def find_near_items(test_items: Sequence[Item], items: Sequence[Item]) -> Iterator[NearItem]:
    """Yield each item that is, or nearly is, a test item, with the test item that is most like it.

    Three measures of the inputs: the same words; half of a test item's runs of 8 words, as
    `find_contamination` counts them; a Jaccard similarity of 0.8 of their 4-letter pieces, which finds an
    item in which a word was changed.
    """
    index = RunIndex([item_turns(item) for item in test_items], WORDS)
    texts = [" ".join(w for turn in item_turns(i) for w in turn) for i in (*test_items, *items)]
    alike: dict[int, int] = {}
    for a, b in near_pairs(texts, similarity=SIMILARITY):
        if a < len(test_items) <= b:
            alike.setdefault(b - len(test_items), a)
    for place, item in enumerate(items):
        number, share = _most_runs(index, item)
        if number is not None and share >= SHARE:
            likeness = (
                "the same text" if share > 1 else f"it holds {percent(share)} of its runs of {WORDS} words"
            )
        elif (number := alike.get(place)) is not None:
            share = resemblance(texts[number], texts[len(test_items) + place])
            likeness = f"they share {percent(share)} of their 4-letter pieces"
        else:
            continue
        yield NearItem(item=item, test_item=test_items[number], likeness=likeness)


def _most_runs(index: RunIndex, item: Item) -> tuple[int | None, float]:
    """The test item of which the item holds most runs, and their share; 2 for the same words."""
    turns = item_turns(item)
    found: dict[int, set[int]] = {}
    for turn in turns:
        if len(turns) == 1 and (same := index.wholes.get(tuple(turn))):
            return same[0], 2.0
        numbers = np.array([index.numbers.get(word, 0) for word in turn], dtype=np.int64)
        for length, runs in index.runs.items() if len(turn) >= FEWEST_WORDS else ():
            if len(turn) < length:
                continue
            for value in run_hashes(numbers, length).tolist():
                for number in runs.get(value, ()):
                    found.setdefault(number, set()).add(value)
    shares = {number: len(values) / index.counts[number] for number, values in found.items()}
    best = max(shares, key=shares.__getitem__, default=None)
    return best, 0.0 if best is None else shares[best]


def _misplaced(suite: Suite, items: Sequence[Item], file: str) -> Iterator[Problem]:
    """Items of another split, without a target, or under the id of an item of the suite."""
    known = {item.id: item.line for item in suite.items}
    for item in items:
        faults = {
            f"items of {TRAIN_FILE} are train items, not {item.split}": item.split != "train",
            "a train item has no target": item.target is None,
            f"the id {item.id!r} is that of an item in line {known.get(item.id)} of the suite's items": (
                item.id in known
            ),
        }
        for message in (m for m, wrong in faults.items() if wrong):
            yield Problem(message=message, item_id=item.id, line=item.line, file=file)


def _near_problem(near: NearItem, file: str) -> Problem:
    test = near.test_item
    place = f" in line {test.line} of the suite's items" if test.line else ""
    exactly = "is" if near.likeness == "the same text" else "nearly is"
    return Problem(
        message=f"it {exactly} the test item {test.id!r}{place}: {near.likeness}",
        hint="write another: a model that was trained on its own test proves nothing",
        item_id=near.item.id,
        line=near.item.line,
        file=file,
    )
