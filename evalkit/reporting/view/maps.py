"""Heat maps of two families: precision and recall by field, and errors by tool and argument."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.wording import kind_words

MOST_ROWS = 60
"""Rows of a map; the family's tables have them all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldCell:
    """One field of one candidate; shares are of the target's values."""

    precision: float | None
    recall: float | None
    missed: int
    hallucinated: int
    values: int
    """Values that the targets have."""

    def lost(self, share: float | None) -> float:
        """How dark a share is: by the root of what is lacking, or all good fields would look alike."""
        return 0.0 if share is None else math.sqrt(max(0.0, 1.0 - share))

    def part(self, n: int) -> float:
        """How dark a count is."""
        return math.sqrt(min(1.0, n / self.values)) if self.values else float(n > 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldMap:
    """Fields by candidate, the worst first."""

    candidates: tuple[str, ...]
    rows: tuple[tuple[str, tuple[FieldCell | None, ...]], ...]
    finding: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ArgumentMap:
    """Errors of arguments by candidate, the most frequent first."""

    candidates: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[tuple[tuple[str, int], ...], ...]], ...]
    """(tool, argument, by candidate (error kind in words, samples))."""
    most: int
    """The largest sum of a cell."""
    finding: str


Metrics = Mapping[tuple[str, str], Mapping[str, Any]]
"""(suite, candidate) -> the family's own figures."""


def field_map(metrics: Metrics, suite: str, candidates: Sequence[str]) -> FieldMap | None:
    """The map of fields; None where the family tells of none."""
    found = {c: _fields(metrics.get((suite, c), {}).get("fields")) for c in candidates}
    names = tuple(c for c in candidates if found[c])
    if not names:
        return None
    paths = dict.fromkeys(path for c in names for path in found[c])
    rows = [(path, tuple(found[c].get(path) for c in names)) for path in paths]
    rows.sort(key=lambda row: (_worst(row[1]), row[0]))
    return FieldMap(candidates=names, rows=tuple(rows[:MOST_ROWS]), finding=_field_finding(rows, names))


def _fields(values: Any) -> dict[str, FieldCell]:
    """Fields that have all four figures, whatever else a plug-in's own `fields` may be."""
    if not isinstance(values, Mapping):
        return {}
    needed = ("precision", "recall", "missed", "hallucinated", "target_values")
    return {
        str(path): FieldCell(
            precision=_share(one["precision"]),
            recall=_share(one["recall"]),
            missed=int(one["missed"]),
            hallucinated=int(one["hallucinated"]),
            values=int(one["target_values"]),
        )
        for path, one in values.items()
        if isinstance(one, Mapping) and all(name in one for name in needed)
    }


def _share(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _worst(cells: Sequence[FieldCell | None]) -> float:
    shares = [s for cell in cells if cell for s in (cell.precision, cell.recall) if s is not None]
    return min(shares, default=1.0)


def _field_finding(rows: Sequence[tuple[str, tuple[FieldCell | None, ...]]], names: Sequence[str]) -> str:
    cells = [(path, name, cell) for path, row in rows for name, cell in zip(names, row, strict=True) if cell]
    path, name, _ = min(cells, key=lambda c: (_worst((c[2],)), c[0]))
    missed, made_up = sum(c.missed for _, _, c in cells), sum(c.hallucinated for _, _, c in cells)
    kinds = f"{missed:,} values are missed and {made_up:,} made up, over all candidates"
    return f"Weakest: {path} by {name}; {kinds}."


def argument_map(metrics: Metrics, suite: str, candidates: Sequence[str]) -> ArgumentMap | None:
    """The map of arguments; None where the family tells of no error."""
    found = {c: metrics.get((suite, c), {}).get("argument_errors") for c in candidates}
    names = tuple(c for c in candidates if isinstance(found[c], Mapping))
    counts: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for name in names:
        for (tool, argument), kinds in _arguments(found[name]):
            counts.setdefault((tool, argument), {})[name] = kinds
    if not counts:
        return None
    order = sorted(counts, key=lambda k: (-sum(sum(v.values()) for v in counts[k].values()), k))
    rows = tuple(
        (*key, tuple(tuple(counts[key].get(name, {}).items()) for name in names)) for key in order[:MOST_ROWS]
    )
    tool, argument = order[0]
    first = sum(sum(v.values()) for v in counts[order[0]].values())
    every = sum(sum(v.values()) for one in counts.values() for v in one.values())
    return ArgumentMap(
        candidates=names,
        rows=rows,
        most=max(sum(v.values()) for one in counts.values() for v in one.values()),
        finding=f"Most often wrong: {argument} of {tool}, {first:,} of {every:,} errors of arguments.",
    )


def _arguments(values: Any) -> list[tuple[tuple[str, str], dict[str, int]]]:
    return [
        ((str(tool), str(argument)), {kind_words(str(kind)): int(n) for kind, n in kinds.items()})
        for tool, arguments in values.items()
        if isinstance(arguments, Mapping)
        for argument, kinds in arguments.items()
        if isinstance(kinds, Mapping) and kinds
    ]
