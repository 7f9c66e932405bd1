"""JSON as a person reads it, with the places marked where an answer departs from its target."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"\.([^.\[\]]+)|\[(?:'([^']*)'|\"([^\"]*)\"|([^\]]*))\]")
_DEEPEST = 40
"""Nesting beyond this is written in one line: hostile answers nest thousands deep."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A run of text, marked or not."""

    text: str
    marked: bool = False


def marked_json(value: Any, paths: Collection[str], most: int) -> tuple[tuple[Segment, ...], int]:
    """The value as indented JSON, at most `most` characters of it, and how many were dropped.

    A path such as `$.items[0].product` marks what stands there and all below it; `$` marks the whole.
    """
    places = {_steps(path) for path in paths}
    joined: list[Segment] = []
    for piece in _write(value, (), places, 0):
        if joined and joined[-1].marked == piece.marked:
            joined[-1] = Segment(text=joined[-1].text + piece.text, marked=piece.marked)
        else:
            joined.append(piece)
    return _cut(joined, most)


def _cut(segments: list[Segment], most: int) -> tuple[tuple[Segment, ...], int]:
    kept: list[Segment] = []
    room = most
    dropped = 0
    for segment in segments:
        if room:
            kept.append(Segment(text=segment.text[:room], marked=segment.marked))
        dropped += max(0, len(segment.text) - room)
        room = max(0, room - len(segment.text))
    return tuple(kept), dropped


def _steps(path: str) -> tuple[str, ...]:
    """A JSON path as the keys and positions on the way."""
    return tuple(next(part for part in match.groups() if part is not None) for match in _STEP.finditer(path))


def _write(
    value: Any, here: tuple[str, ...], places: Collection[tuple[str, ...]], depth: int, above: bool = False
) -> Iterator[Segment]:
    marked = above or here in places
    if isinstance(value, Mapping) and value and depth < _DEEPEST:
        pairs = [(f"{json.dumps(str(key), ensure_ascii=False)}: ", str(key), v) for key, v in value.items()]
        yield from _container("{", "}", pairs, here, places, depth, marked)
    elif isinstance(value, (list, tuple)) and value and depth < _DEEPEST:
        yield from _container(
            "[", "]", [("", str(i), v) for i, v in enumerate(value)], here, places, depth, marked
        )
    else:
        yield Segment(text=_scalar(value), marked=marked)


def _container(
    opening: str,
    closing: str,
    pairs: list[tuple[str, str, Any]],
    here: tuple[str, ...],
    places: Collection[tuple[str, ...]],
    depth: int,
    marked: bool,
) -> Iterator[Segment]:
    pad = "  " * (depth + 1)
    yield Segment(text=f"{opening}\n", marked=marked)
    for position, (label, step, value) in enumerate(pairs):
        inside = (*here, step)
        yield Segment(text=pad, marked=marked)
        yield Segment(text=label, marked=marked or inside in places)
        yield from _write(value, inside, places, depth + 1, marked)
        yield Segment(text=",\n" if position < len(pairs) - 1 else "\n", marked=marked)
    yield Segment(text="  " * depth + closing, marked=marked)


def _scalar(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return "(nested too deep to show)"
