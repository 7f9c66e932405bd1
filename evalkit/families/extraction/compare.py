"""Compares an answer with a target, field by field: what is right, and every place that is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.bounded.patterns import PatternLimit
from evalkit.families.comparators import Comparator, has_value, json_type, same_json
from evalkit.families.extraction.align import best_assignment
from evalkit.families.extraction.fields import Field, leaves
from evalkit.families.extraction.paths import Place

MOST_PAIRS = 40_000
"""Most pairs of list items that are compared with each other. Beyond it, equal items are paired, and the rest
by position: an answer of that size is no near miss, and its score must not take minutes."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One place where the answer departs from the target."""

    place: Place | None
    """With the target's indexes; the answer's for what the target lacks."""
    kind: str
    """`wrong_value`, `wrong_type`, `missed_field` or `hallucinated_field`."""
    expected: Any
    got: Any
    missed: list[str]
    """Fields of the target's values that were not given rightly."""
    extra: list[str]
    """Fields of the answer's values that were not asked for, or wrong."""


class ComparedValue:
    """What came of a comparison."""

    __slots__ = ("right", "wrong")

    def __init__(self) -> None:
        self.right: list[str] = []
        """Fields of the values that are right, once for each value."""
        self.wrong: list[Wrong] = []

    @property
    def f1(self) -> float:
        """Micro F1 over leaf values; 1 when neither side holds a value."""
        right = 2 * len(self.right)
        all_values = right + sum(len(w.missed) + len(w.extra) for w in self.wrong)
        return right / all_values if all_values else 1.0

    def add(self, other: ComparedValue) -> None:
        """Takes in what came of a part."""
        self.right += other.right
        self.wrong += other.wrong


def compare(field: Field, expected: Any, got: Any, place: Place | None = None) -> ComparedValue:
    """The outcome for a value and all below it. Null, an absent key and an empty container are no value."""
    outcome = ComparedValue()
    _compare(field, expected, got, place, outcome)
    return outcome


def _compare(field: Field, expected: Any, got: Any, place: Place | None, out: ComparedValue) -> None:
    comparator = field.comparator
    role = comparator.role
    if role == "ignore" or (expected is None and got is None):
        return
    if role == "whole":
        _compare_value(field, expected, got, place, out)
    elif isinstance(expected, dict) and isinstance(got, dict):
        _compare_objects(field, expected, got, place, out)
    elif isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        if role == "order":
            _compare_by_position(field.item(), expected, got, place, out)
        else:
            _compare_by_assignment(field.item(), expected, got, place, out)
    elif isinstance(expected, _CONTAINERS) or isinstance(got, _CONTAINERS):
        _compare_unlike(field, expected, got, place, out)
    else:
        _compare_value(field, expected, got, place, out)


def _compare_objects(
    field: Field, expected: Mapping[str, Any], got: Mapping[str, Any], place: Place | None, out: ComparedValue
) -> None:
    for key, value in expected.items():
        _compare(field.key(key), value, got.get(key), (place, key), out)
    for key, value in got.items():
        if value is not None and key not in expected:
            _compare(field.key(key), None, value, (place, key), out)


def _compare_value(field: Field, expected: Any, got: Any, place: Place | None, out: ComparedValue) -> None:
    """Two values that count as one field each."""
    wanted, given = has_value(expected), has_value(got)
    if wanted and given:
        if _same(field.comparator, expected, got):
            out.right.append(field.path)
        else:
            kind = _kind_of_difference(field.comparator, expected, got)
            out.wrong.append(Wrong(place, kind, expected, got, [field.path], [field.path]))
    elif wanted:
        out.wrong.append(Wrong(place, "missed_field", expected, got, [field.path], []))
    elif given:
        out.wrong.append(Wrong(place, "hallucinated_field", expected, got, [], [field.path]))


def _compare_unlike(field: Field, expected: Any, got: Any, place: Place | None, out: ComparedValue) -> None:
    """An object or list on one side at least, and not the same kind of thing on the other."""
    missed, extra = leaves(field, expected), leaves(field, got)
    if missed or extra:
        kind = "wrong_type" if missed and extra else "missed_field" if missed else "hallucinated_field"
        out.wrong.append(Wrong(place, kind, expected, got, missed, extra))


def _compare_by_position(
    item: Field,
    expected: list[Any] | tuple[Any, ...],
    got: list[Any] | tuple[Any, ...],
    place: Place | None,
    out: ComparedValue,
) -> None:
    for at in range(max(len(expected), len(got))):
        wanted = expected[at] if at < len(expected) else None
        given = got[at] if at < len(got) else None
        _compare(item, wanted, given, (place, at), out)


def _compare_by_assignment(
    item: Field,
    expected: list[Any] | tuple[Any, ...],
    got: list[Any] | tuple[Any, ...],
    place: Place | None,
    out: ComparedValue,
) -> None:
    if len(expected) * len(got) > MOST_PAIRS:
        _compare_by_equality(item, expected, got, place, out)
        return
    if len(expected) == len(got):
        in_place = ComparedValue()
        _compare_by_position(item, expected, got, place, in_place)
        if not in_place.wrong:  # nothing can be better than everything right
            out.add(in_place)
            return
    outcomes = [[compare(item, e, g, (place, i)) for g in got] for i, e in enumerate(expected)]
    pairs = best_assignment([[len(outcome.right) for outcome in row] for row in outcomes])
    for i, j in pairs:
        out.add(outcomes[i][j])
    _compare_unpaired(item, expected, got, pairs, place, out)


def _compare_unpaired(
    item: Field,
    expected: list[Any] | tuple[Any, ...],
    got: list[Any] | tuple[Any, ...],
    pairs: list[tuple[int, int]],
    place: Place | None,
    out: ComparedValue,
) -> None:
    """Items with nothing right in common are no pair: one is missed, the other invented."""
    rows, columns = {i for i, _ in pairs}, {j for _, j in pairs}
    for i, value in enumerate(expected):
        if i not in rows:
            _compare(item, value, None, (place, i), out)
    for j, value in enumerate(got):
        if j not in columns:
            _compare(item, None, value, (place, j), out)


def _compare_by_equality(
    item: Field,
    expected: list[Any] | tuple[Any, ...],
    got: list[Any] | tuple[Any, ...],
    place: Place | None,
    out: ComparedValue,
) -> None:
    from evalkit.families.comparators.interface import frozen

    places: dict[Any, list[int]] = {}
    for j, value in reversed(list(enumerate(got))):
        places.setdefault(frozen(value), []).append(j)
    pairs = [(i, places[key].pop()) for i, key in enumerate(map(frozen, expected)) if places.get(key)]
    for i, j in pairs:
        _compare(item, expected[i], got[j], (place, i), out)
    taken_i, taken_j = {i for i, _ in pairs}, {j for _, j in pairs}
    rest_i = [i for i in range(len(expected)) if i not in taken_i]
    rest_j = [j for j in range(len(got)) if j not in taken_j]
    by_position = list(zip(rest_i, rest_j, strict=False))
    for i, j in by_position:
        _compare(item, expected[i], got[j], (place, i), out)
    _compare_unpaired(item, expected, got, pairs + by_position, place, out)


def _same(comparator: Comparator, expected: Any, got: Any) -> bool:
    try:
        return bool(comparator.same(expected, got))
    except PatternLimit:
        raise
    except Exception:  # noqa: BLE001 - a plug-in may raise anything, and one answer must not stop a run
        return same_json(expected, got)


def _kind_of_difference(comparator: Comparator, expected: Any, got: Any) -> str:
    given = json_type(got)
    alike = given == json_type(expected) or given in comparator.reads
    return "wrong_value" if alike else "wrong_type"


_CONTAINERS = (dict, list, tuple)
