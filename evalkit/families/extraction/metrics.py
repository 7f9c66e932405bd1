"""Figures of extraction: per field, over all fields, and what each failure was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from evalkit.bounded.patterns import PatternLimit
from evalkit.families.extraction.entities import EntityCount, entity_places, list_at
from evalkit.families.extraction.grounding import Grounding
from evalkit.families.extraction.scoring import SuiteScorer
from evalkit.records import Item, Score, Suite

MOST_FIELDS = 500
"""Fields told apart; answers invent keys, and those beyond are counted together under `…`."""


@dataclass(slots=True)
class FieldTally:
    """Counts of one field's values."""

    right: int = 0
    wrong: int = 0
    """Target and answer have a value, and they differ."""
    missed: int = 0
    """The target has a value, the answer none."""
    hallucinated: int = 0
    """The answer has a value, the target none."""

    def figures(self) -> dict[str, Any]:
        """Precision, recall and F1 with their counts; None where there is nothing to divide by."""
        given, wanted = self.right + self.wrong + self.hallucinated, self.right + self.wrong + self.missed
        return {
            "precision": _share(self.right, given),
            "recall": _share(self.right, wanted),
            "f1": _share(2 * self.right, given + wanted),
            "right": self.right,
            "wrong": self.wrong,
            "missed": self.missed,
            "hallucinated": self.hallucinated,
            "target_values": wanted,
        }


@dataclass(slots=True)
class Tallies:
    """The tallies of all fields."""

    fields: dict[str, FieldTally] = field(default_factory=dict)

    def of(self, path: str) -> FieldTally:
        """The tally of a field."""
        if path not in self.fields and len(self.fields) >= MOST_FIELDS:
            path = "…"
        return self.fields.setdefault(path, FieldTally())

    def total(self) -> FieldTally:
        """All fields together."""
        sums = [(t.right, t.wrong, t.missed, t.hallucinated) for t in self.fields.values()]
        return FieldTally(*map(sum, zip(*sums, strict=True))) if sums else FieldTally()


def suite_metrics(suite: Suite, score: SuiteScorer, rows: Iterable[tuple[Item, Score]]) -> dict[str, Any]:
    """The figures over answered samples, as plain JSON values."""
    answered, exact, valid = 0, 0, 0
    tallies, grounding, entities = Tallies(), Grounding(), EntityCount()
    places = entity_places(i.target for i in suite.items)
    for item, judged in rows:
        answered += 1
        exact += judged.success
        valid += judged.format_valid
        _count(tallies, score, item, judged.parsed)
        grounding.add(score.fields, item, judged.parsed)
        for place in places:
            entities.add(list_at(item.target, place), list_at(judged.parsed, place))
    total = tallies.total()
    figures: dict[str, Any] = {
        "answered": answered,
        "exact_object_rate": _share(exact, answered),
        "format_valid_rate": _share(valid, answered),
        "micro": total.figures(),
        "macro": _macro(tallies),
        "fields": {path: tally.figures() for path, tally in sorted(tallies.fields.items())},
        "hallucinated": total.hallucinated,
        "missed": total.missed,
        "grounding": grounding.figures(),
    }
    return figures | ({"entities": entities.figures()} if places else {})


def _count(tallies: Tallies, score: SuiteScorer, item: Item, parsed: Any) -> None:
    try:
        outcome = score.outcome(item, parsed)
    except PatternLimit:
        return
    for path in outcome.right:
        tallies.of(path).right += 1
    for w in outcome.wrong:
        differs = w.missed == w.extra  # one leaf on both sides
        for path in w.missed:
            tally = tallies.of(path)
            tally.wrong, tally.missed = tally.wrong + differs, tally.missed + (not differs)
        for path in () if differs else w.extra:
            tallies.of(path).hallucinated += 1


def _macro(tallies: Tallies) -> dict[str, float | None]:
    """The mean over fields for which a target has a value; a share of nothing counts as 0."""
    asked = [f for t in tallies.fields.values() if (f := t.figures())["target_values"]]
    return {
        name: sum(f[name] or 0.0 for f in asked) / len(asked) if asked else None
        for name in ("precision", "recall", "f1")
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
