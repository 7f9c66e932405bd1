"""Right and wrong answers of extraction items, as a simulated candidate says them."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evalkit.families.extraction.scoring import SuiteScorer
from evalkit.records import Answer, Item

_DRAWS = 4
"""Tries of one kind of fault: where it falls decides whether the schema bears it."""

_MOST_OTHERS = 20

_Spot = tuple[Any, str | int]
"""A container, and the key or index of a value in it."""


def write_target(item: Item) -> str:
    """The target as a model should write it."""
    return json.dumps(item.target, ensure_ascii=False)


def right_answer(item: Item) -> Answer:
    """The target as JSON text."""
    return _as_answer(item.target)


def wrong_answer(item: Item, others: Sequence[Item], score: SuiteScorer, rng: random.Random) -> Answer:
    """A target with one fault, or the target of another item; the scorer itself says that it fails.

    What fits the schema is preferred, as models answer under a constraint; where no fault fails (everything
    ignored), the answer is prose.
    """
    fallback: Answer | None = None
    for value in _faulty_values(item, others, rng):
        answer = _as_answer(value)
        judged = score(item, answer)
        if not judged.success and judged.format_valid:
            return answer
        if not judged.success and fallback is None:
            fallback = answer
    return fallback or Answer(text="I could not find this in the message.", finish_reason="stop")


def _faulty_values(item: Item, others: Sequence[Item], rng: random.Random) -> Iterator[Any]:
    for fault in rng.sample(_FAULTS, len(_FAULTS)):
        for _ in range(_DRAWS):
            yield fault(copy.deepcopy(item.target), rng)
    # An empty list bears none of these faults; what stands in another text does as an invention.
    for other in rng.sample(others, min(len(others), _MOST_OTHERS)):
        yield other.target


def _as_answer(value: Any) -> Answer:
    return Answer(text=json.dumps(value, ensure_ascii=False), finish_reason="stop")


def _change_number(target: Any, rng: random.Random) -> Any:
    def other(number: Any) -> Any:
        return number + rng.choice((1, 2, 10)) if rng.random() < 0.7 else number * 10 + 1

    return _change(target, rng, lambda v: isinstance(v, (int, float)) and not isinstance(v, bool), other)


def _change_text(target: Any, rng: random.Random) -> Any:
    def other(text: Any) -> Any:
        words = str(text).split()
        return " ".join(words[: len(words) // 2]) if len(words) > 1 else f"{text[::-1]} {rng.choice('abc')}"

    return _change(target, rng, lambda v: isinstance(v, str) and bool(v), other)


def _drop_value(target: Any, rng: random.Random) -> Any:
    return _change(target, rng, lambda v: v is not None and not isinstance(v, (dict, list)), lambda _: None)


def _drop_item(target: Any, rng: random.Random) -> Any:
    lists = [v for v in _containers(target) if isinstance(v, list) and v]
    if lists:
        chosen = rng.choice(lists)
        chosen.pop(rng.randrange(len(chosen)))
    return target


def _repeat_item(target: Any, rng: random.Random) -> Any:
    lists = [v for v in _containers(target) if isinstance(v, list) and v]
    if lists:
        chosen = rng.choice(lists)
        chosen.append(copy.deepcopy(rng.choice(chosen)))
    return target


def _invent(target: Any, rng: random.Random) -> Any:
    """A value where the target has none: in an empty field where there is one, else in a field of its own."""
    empty = [(c, k) for c, k in _spots(target) if c[k] is None]
    if empty:
        container, key = rng.choice(empty)
        container[key] = rng.choice((1, 100, "unknown", "2026-01-01"))
    elif isinstance(target, dict):
        target[rng.choice(("notes", "remarks", "reference"))] = "none given"
    return target


def _change(target: Any, rng: random.Random, fits: Callable[[Any], bool], other: Callable[[Any], Any]) -> Any:
    spots = [(container, key) for container, key in _spots(target) if fits(container[key])]
    if not spots:
        return other(target) if fits(target) else target
    container, key = rng.choice(spots)
    container[key] = other(container[key])
    return target


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _containers(inner)
    elif isinstance(value, list):
        yield value
        for inner in value:
            yield from _containers(inner)


def _spots(value: Any) -> Iterator[_Spot]:
    for container in _containers(value):
        for key in container if isinstance(container, dict) else range(len(container)):
            yield container, key


_FAULTS = (_change_number, _change_text, _drop_value, _drop_item, _invent, _repeat_item)
