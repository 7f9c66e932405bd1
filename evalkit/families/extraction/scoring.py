"""Scores answers of one suite: read, checked against the schema, compared with the targets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from evalkit.families.answer_text import answer_part
from evalkit.families.comparators import same_json
from evalkit.families.extraction.compare import ComparedValue, Wrong, compare
from evalkit.families.extraction.fields import field_tree
from evalkit.families.extraction.options import read_options
from evalkit.families.extraction.paths import show_place
from evalkit.families.extraction.schema import CompiledSchema, Violation, root_kinds
from evalkit.families.failures import primary_kind
from evalkit.families.json_text import find_json
from evalkit.records import Answer, Diff, Item, Score, Suite

MOST_DIFFS = 50
LONGEST_VALUE = 500
"""Characters of a value in a diff; longer ones are shown as cut JSON text."""

_BEGINNING = 2_000
"""Characters of an answer in which a refusal is looked for."""

PRECEDENCE = (
    "unparseable",
    "schema_violation",
    "wrong_type",
    "missed_field",
    "hallucinated_field",
    "wrong_value",
)
"""The primary kind of a failure is the first of these that is there."""


class SuiteScorer:
    """The scorer of one suite, compiled once."""

    def __init__(self, suite: Suite, scorer_hash: str = "") -> None:
        options = read_options(suite.scorer)
        self.fields = field_tree(options.comparators)
        self.schema = CompiledSchema(suite.contract.schema or {}, assert_formats=options.assert_formats)
        self._kinds = root_kinds(suite.contract.schema)
        self._refusals = options.refusals
        self._hash = scorer_hash
        self._target_fits: dict[str, tuple[Any, bool]] = {}

    def __call__(self, item: Item, answer: Answer) -> Score:
        """The score of one answer; never raises."""
        found = find_json(answer.text or "", kinds=self._kinds)
        if found is None:
            return self._unparseable(item, answer)
        value = found.value
        if self._is_target(item, value):
            return Score(
                success=True,
                score=1.0,
                format_valid=True,
                parsed=value,
                parser=found.how,
                scorer_hash=self._hash,
            )
        violations = self.schema.violations(value)
        outcome = self.outcome(item, value)
        success = not violations and not outcome.wrong
        return Score(
            success=success,
            score=outcome.f1,
            format_valid=not violations,
            error_kind=None if success else primary_kind(answer, _kind(violations, outcome.wrong)),
            parsed=value,
            diff=tuple(_diffs(violations, outcome.wrong)),
            parser=found.how,
            scorer_hash=self._hash,
        )

    def outcome(self, item: Item, value: Any) -> ComparedValue:
        """The comparison with the target or alternative that the value comes nearest to."""
        outcomes = [compare(self.fields, target, value) for target in (item.target, *item.alternatives)]
        return max(outcomes, key=lambda o: (not o.wrong, o.f1))

    def _is_target(self, item: Item, value: Any) -> bool:
        """The quick way for the commonest right answer: every value is the same as itself."""
        if value != item.target or not same_json(item.target, value):
            return False
        known = self._target_fits.get(item.id)
        if known is None or known[0] is not item.target:
            known = self._target_fits[item.id] = (item.target, self.schema.fits(item.target))
        return known[1]

    def _unparseable(self, item: Item, answer: Answer) -> Score:
        text = answer.text or ""
        beginning = answer_part(text).text[:_BEGINNING]
        refused = not answer.refusal and any(p.search(beginning) for p in self._refusals)
        said_by = "refusal_field" if answer.refusal else "refusal_pattern" if refused else None
        return Score(
            success=False,
            score=0.0,
            format_valid=False,
            error_kind=primary_kind(answer, "refused" if refused else "unparseable"),
            diff=(Diff(path="$", kind="unparseable", expected=_show(item.target), got=_show(text)),),
            parser=said_by,
            scorer_hash=self._hash,
        )


def _kind(violations: tuple[Violation, ...], wrong: list[Wrong]) -> str:
    kinds = {w.kind for w in wrong} | ({"schema_violation"} if violations else set())
    return min(kinds, key=PRECEDENCE.index)


def _diffs(violations: tuple[Violation, ...], wrong: list[Wrong]) -> Iterator[Diff]:
    for violation in violations:
        yield Diff(
            path=show_place(violation.place),
            kind="schema_violation",
            expected=_show(violation.rule),
            got=_show(violation.got),
        )
    for w in wrong[: MOST_DIFFS - len(violations)]:
        yield Diff(path=show_place(w.place), kind=w.kind, expected=_show(w.expected), got=_show(w.got))


def _show(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return value if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
