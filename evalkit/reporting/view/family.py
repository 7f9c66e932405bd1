"""A family's own figures as tables, whatever its names for them are.

`Family.metrics` gives plain JSON values. What is shown follows their shape, so that a plug-in family is
shown too: numbers, alone or in a mapping, become rows of one comparison; a figure named `…confusion` becomes
a matrix; a mapping of mappings (labels, fields, tools, arguments) or a list of them becomes a table for each
candidate. What has another shape is passed over.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.wording import DASH, kind_words, significant

MOST_LABELS = 24
"""A matrix with more labels is not drawn; its largest confusions are listed instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberRow:
    """One figure, by candidate."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """Targets against answers of one candidate."""

    name: str
    candidate: str
    targets: tuple[str, ...]
    answers: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """A row for each target."""

    def share(self, row: int, column: int) -> float:
        """A cell's share of its target's row, in [0, 1]: how dark it is."""
        whole = sum(self.counts[row])
        return self.counts[row][column] / whole if whole else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Breakdown:
    """A figure of one candidate by label, field, tool or argument."""

    name: str
    candidate: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyView:
    """All of a family's figures at one suite."""

    candidates: tuple[str, ...] = ()
    numbers: tuple[NumberRow, ...] = ()
    matrices: tuple[Matrix, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()


def build_family(
    metrics: Mapping[tuple[str, str], Mapping[str, Any]], suite: str, candidates: Sequence[str]
) -> FamilyView:
    """The family's figures at one suite."""
    found = {name: metrics[suite, name] for name in candidates if metrics.get((suite, name))}
    names = tuple(found)
    numbers = {name: _numbers(values) for name, values in found.items()}
    rows = dict.fromkeys(row for name in names for row in numbers[name])
    keys = list(dict.fromkeys(key for values in found.values() for key in values))
    pairs = [(key, name) for key in keys for name in names]
    return FamilyView(
        candidates=names,
        numbers=tuple(
            NumberRow(name=row, values=tuple(_number(numbers[n].get(row)) for n in names)) for row in rows
        ),
        matrices=tuple(
            m for k, n in pairs if _is_confusion(k) for m in [_matrix(k, n, found[n].get(k))] if m
        ),
        breakdowns=tuple(
            table
            for key, name in pairs
            if not _is_confusion(key)
            for table in _breakdowns(kind_words(key), name, found[name].get(key))
        ),
    )


def _is_confusion(key: str) -> bool:
    return key.endswith("confusion")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numbers(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Every number, alone or one level down, by its name in words; unknown ones beside known ones too."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{kind_words(str(key))}"
        if _is_number(value) or (value is None and not _is_confusion(key)):
            found[name] = value
        elif isinstance(value, Mapping) and not prefix and any(map(_is_number, value.values())):
            found |= _numbers(value, f"{name}: ")
    return found


def _number(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return DASH
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 or math.isinf(value) else significant(value, 3)
    return f"{value:,}" if _is_number(value) else str(value)


def _matrix(key: str, candidate: str, confusion: Any) -> Matrix | None:
    """A matrix from `{labels, counts}` or from `{target: {answer: count}}`."""
    if not isinstance(confusion, Mapping) or not confusion:
        return None
    counts = confusion.get("counts", confusion.get("matrix"))
    targets, answers, rows = (
        _nested(confusion) if counts is None else _square(confusion.get("labels", ()), counts)
    )
    if not targets or len(targets) > MOST_LABELS or len(answers) > 2 * MOST_LABELS:
        return None
    return Matrix(name=kind_words(key), candidate=candidate, targets=targets, answers=answers, counts=rows)


Counts = tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[int, ...], ...]]


def _nested(confusion: Mapping[str, Any]) -> Counts:
    rows = {str(t): r for t, r in confusion.items() if isinstance(r, Mapping)}
    answers = tuple(dict.fromkeys([*rows, *sorted(str(a) for r in rows.values() for a in r)]))
    return tuple(rows), answers, tuple(tuple(int(r.get(a, 0)) for a in answers) for r in rows.values())


def _square(labels: Sequence[Any], counts: Sequence[Sequence[Any]]) -> Counts:
    names = tuple(str(label) for label in labels)
    rows = tuple(tuple(int(n) for n in row) for row in counts)
    fits = len(rows) == len(names) and all(len(row) == len(names) for row in rows)
    return (names, names, rows) if fits else ((), (), ())


def _breakdowns(name: str, candidate: str, values: Any) -> Iterator[Breakdown]:
    """The tables in a figure: a mapping of mappings, one or two levels deep, or a list of mappings."""
    if isinstance(values, Mapping) and values and not all(isinstance(v, Mapping) for v in values.values()):
        for key, inside in values.items():
            if isinstance(inside, Mapping) and inside and all(map(_is_number, inside.values())):
                columns = {str(k): {kind_words(str(key)): v} for k, v in inside.items()}
                yield _table(f"{name}: {kind_words(str(key))}", candidate, columns)
    elif isinstance(values, Mapping) and values:
        if any(isinstance(v, Mapping) for inside in values.values() for v in inside.values()):
            values = {
                f"{outer}, {inner}": v
                for outer, inside in values.items()
                for inner, v in inside.items()
                if isinstance(v, Mapping)
            }
        yield _table(name, candidate, {str(k): v for k, v in values.items()})
    elif isinstance(values, list) and values and all(isinstance(v, Mapping) for v in values):
        yield _table(name, candidate, {str(k): v for k, v in enumerate(values, start=1)})


def _table(name: str, candidate: str, rows: Mapping[str, Mapping[str, Any]]) -> Breakdown:
    columns = list(dict.fromkeys(str(c) for row in rows.values() for c in row))
    return Breakdown(
        name=name,
        candidate=candidate,
        columns=tuple(map(kind_words, columns)),
        rows=tuple((label, tuple(_number(row.get(c)) for c in columns)) for label, row in rows.items()),
    )
