"""A family's own figures as tables, whatever its names for them are.

`Family.metrics` gives plain JSON values. What is shown follows their shape, so that a plug-in family is
shown too: numbers become rows of one comparison; a `confusion` becomes a matrix; a mapping of mappings
(labels, fields, tools, arguments) becomes a table for each candidate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.reporting.wording import DASH, kind_words, significant

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
    keys = list(dict.fromkeys(key for values in found.values() for key in values))
    return FamilyView(
        candidates=names,
        numbers=tuple(
            NumberRow(name=kind_words(key), values=tuple(_number(found[n].get(key)) for n in names))
            for key in keys
            if any(_is_number(found[n].get(key)) for n in names)
        ),
        matrices=tuple(m for n in names for m in [_matrix(n, found[n].get("confusion"))] if m),
        breakdowns=tuple(
            table
            for key in keys
            if key != "confusion"
            for n in names
            for table in [_breakdown(kind_words(key), n, found[n].get(key))]
            if table
        ),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return DASH
    if isinstance(value, float) and math.isfinite(value) and not value.is_integer():
        return f"{value:.3f}" if abs(value) < 10 else significant(value, 3)
    if _is_number(value):
        return f"{value:,.0f}" if isinstance(value, int) else f"{value:.3f}"
    return str(value)


def _matrix(candidate: str, confusion: Any) -> Matrix | None:
    """A matrix from `{labels, matrix}` or from `{target: {answer: count}}`."""
    if not isinstance(confusion, Mapping) or not confusion:
        return None
    if "matrix" in confusion:
        return _square(candidate, confusion)
    rows = {
        str(t): {str(a): int(n) for a, n in r.items()} for t, r in confusion.items() if isinstance(r, Mapping)
    }
    seen = {a for r in rows.values() for a in r}
    answers = (*[t for t in rows if t in seen], *sorted(seen - set(rows)))
    if not rows or len(rows) > MOST_LABELS:
        return None
    return Matrix(
        candidate=candidate,
        targets=tuple(rows),
        answers=tuple(dict.fromkeys((*rows, *answers))),
        counts=tuple(tuple(r.get(a, 0) for a in dict.fromkeys((*rows, *answers))) for r in rows.values()),
    )


def _square(candidate: str, confusion: Mapping[str, Any]) -> Matrix | None:
    labels = [str(label) for label in confusion.get("labels", ())]
    answers = [str(label) for label in confusion.get("answers", labels)]
    counts = tuple(tuple(int(n) for n in row) for row in confusion["matrix"])
    fits = len(counts) == len(labels) and all(len(row) == len(answers) for row in counts)
    if not fits or not labels or len(labels) > MOST_LABELS:
        return None
    return Matrix(candidate=candidate, targets=tuple(labels), answers=tuple(answers), counts=counts)


def _breakdown(name: str, candidate: str, values: Any) -> Breakdown | None:
    if not isinstance(values, Mapping) or not values:
        return None
    if all(isinstance(v, Mapping) for v in values.values()):
        columns = list(dict.fromkeys(str(c) for v in values.values() for c in v))
        rows = tuple((str(k), tuple(_number(v.get(c)) for c in columns)) for k, v in values.items())
        return Breakdown(name=name, candidate=candidate, columns=tuple(map(kind_words, columns)), rows=rows)
    if all(_is_number(v) or v is None for v in values.values()):
        rows = tuple((str(k), (_number(v),)) for k, v in values.items())
        return Breakdown(name=name, candidate=candidate, columns=("value",), rows=rows)
    return None
