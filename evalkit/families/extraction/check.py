"""Finds every fault of an extraction suite before anything is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from evalkit.bounded.patterns import PatternLimit
from evalkit.errors import near_names
from evalkit.families.extraction.answers import right_answer
from evalkit.families.extraction.options import option_faults, read_options, sound_options
from evalkit.families.extraction.paths import ANY_KEY, ITEM, Step, show_place, show_step
from evalkit.families.extraction.schema import schema_fault, subschemas
from evalkit.families.extraction.scoring import SuiteScorer
from evalkit.families.interface import Problem
from evalkit.records import Item, Suite


def suite_problems(suite: Suite, compiled: Callable[[Suite], SuiteScorer]) -> Iterator[Problem]:
    """Faults of the schema and the scorer options, then, under a valid schema, those of paths and targets.

    A wrong option hides nothing: paths and targets are looked at without it.
    """
    broken = list(_schema_problems(suite))
    yield from broken
    yield from _option_problems(suite)
    if not broken:
        sound = replace(suite, scorer=sound_options(suite.scorer))
        yield from _path_problems(sound)
        score = compiled(sound)
        for item in suite.items:
            yield from _target_problems(item, score)


def _schema_problems(suite: Suite) -> Iterator[Problem]:
    if suite.contract.schema is None:
        yield Problem(
            message="an extraction suite needs a JSON Schema",
            hint="add `schema:` to suite.yaml; `{type: object}` is the loosest one",
            key="schema",
        )
        return
    fault = schema_fault(suite.contract.schema)
    if fault:
        place, message = fault
        yield Problem(
            message=f"the schema is not valid: {message}",
            hint="JSON Schema draft 2020-12",
            key=f"schema/{place}" if place else "schema",
        )


def _option_problems(suite: Suite) -> Iterator[Problem]:
    for fault in option_faults(suite.scorer):
        yield Problem(message=fault.message, hint=fault.hint or "", key=fault.where)


def _path_problems(suite: Suite) -> Iterator[Problem]:
    """Declared paths that lead nowhere: neither the schema nor any target has such a field."""
    targets = [target for item in suite.items for target in (item.target, *item.alternatives)]
    for steps, _ in read_options(suite.scorer).comparators:
        unknown = _unknown_step(suite.contract.schema, steps)
        if unknown is not None and not any(_leads_somewhere(target, steps) for target in targets):
            path = "$" + "".join(map(show_step, steps))
            step, hint = unknown
            yield Problem(
                message=f"no field is at {path}: {show_step(step)} is unknown there",
                hint=hint,
                key=f"scorer.comparators[{path}]",
            )


def _unknown_step(root: Any, steps: tuple[Step, ...]) -> tuple[Step, str] | None:
    """The first step that the schema does not know, with a hint at what it knows there."""
    here: list[Any] = [root]
    for step in steps:
        applied = [s for schema in here for s in subschemas(root, schema)]
        here = [inner for s in applied for inner in _inside(s, step)]
        if not here:
            return step, _hint(step, applied)
    return None


def _hint(step: Step, applied: list[Mapping[str, Any]]) -> str:
    if step is ITEM:
        return "the schema has no list there"
    if any("items" in s for s in applied):
        return "the schema has a list there: write [*] before the key"
    return near_names(str(step), {name for s in applied for name in s.get("properties") or {}})


def _inside(schema: Mapping[str, Any], step: Step) -> Iterator[Any]:
    if step is ITEM:
        yield from (schema[key] for key in ("items", "contains", "unevaluatedItems") if key in schema)
        yield from schema.get("prefixItems") or ()
        return
    properties = schema.get("properties") or {}
    if step is ANY_KEY:
        yield from properties.values()
    elif step in properties:
        yield properties[step]
        return
    yield from (schema.get("patternProperties") or {}).values()
    for key in ("additionalProperties", "unevaluatedProperties"):
        if isinstance(schema.get(key), Mapping):
            yield schema[key]


def _leads_somewhere(value: Any, steps: tuple[Step, ...]) -> bool:
    if not steps:
        return True
    step, rest = steps[0], steps[1:]
    if step is ITEM:
        return isinstance(value, (list, tuple)) and any(_leads_somewhere(v, rest) for v in value)
    if not isinstance(value, Mapping):
        return False
    if step is ANY_KEY:
        return any(_leads_somewhere(v, rest) for v in value.values())
    return step in value and _leads_somewhere(value[step], rest)


def _target_problems(item: Item, score: SuiteScorer) -> Iterator[Problem]:
    try:
        yield from _unfit_targets(item, score)
    except PatternLimit as limit:
        hint = "see `evalkit suites validate`"
        yield Problem(message=f"the item's own target: {limit}", hint=hint, item_id=item.id, line=item.line)


def _unfit_targets(item: Item, score: SuiteScorer) -> Iterator[Problem]:
    broken = False
    for name, target in [("target", item.target), *(("alternative", a) for a in item.alternatives)]:
        for violation in score.schema.violations(target):
            broken = True
            yield Problem(
                message=f"the {name} does not fit the schema at {show_place(violation.place)}: "
                f"{_short(violation.message)}",
                hint="correct the item or the schema; no answer could be right",
                item_id=item.id,
                line=item.line,
            )
    if not broken and not score(item, right_answer(item)).success:
        yield Problem(
            message="the item's own target does not score as a success",
            hint="a comparator must find every value the same as itself, and numbers must be finite",
            item_id=item.id,
            line=item.line,
        )


def _short(message: str) -> str:
    return message if len(message) <= 200 else message[:200] + "…"
