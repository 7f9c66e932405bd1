"""Every pattern that a suite brings, tried on texts that it may explode on, before an answer does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.bounded.patterns import compile_pattern, show_pattern
from evalkit.errors import SuiteError
from evalkit.families.extraction.paths import ANY_KEY, ITEM, Step, parse_path
from evalkit.families.interface import Problem
from evalkit.records import Suite

MOST_REPORTED = 20
"""Patterns that are reported: each costs the time of a probe, and a suite with more needs another look."""

_MOST_DEPTH = 50
_HINT = "repeat no group that repeats itself, begin with ^, and say which characters may follow: [^,]* for .*"


@dataclass(frozen=True, slots=True)
class _Place:
    """A pattern and where it is."""

    pattern: str
    what: str
    key: str | None = None
    item_id: str | None = None
    line: int | None = None


def pattern_problems(suite: Suite) -> Iterator[Problem]:
    """Each pattern of the suite on which a text of 10,000 characters would reach the time limit of a match.

    Patterns that are not valid are left to the family's own check.
    """
    explodes: dict[str, bool] = {}
    reported = 0
    for place in _patterns(suite):
        if place.pattern not in explodes:
            explodes[place.pattern] = _explodes(place.pattern)
        if explodes[place.pattern] and reported < MOST_REPORTED:
            reported += 1
            shown = show_pattern(place.pattern)
            yield Problem(
                message=f"{place.what}: the pattern {shown} takes too long on some texts",
                hint=_HINT,
                key=place.key,
                item_id=place.item_id,
                line=place.line,
            )
        if reported >= MOST_REPORTED:
            return


def _explodes(pattern: str) -> bool:
    try:
        return compile_pattern(pattern).explodes_on() is not None
    except ValueError:
        return False


def _patterns(suite: Suite) -> Iterator[_Place]:
    refusals = suite.scorer.get("refusals")
    for number, pattern in enumerate(refusals if isinstance(refusals, (list, tuple)) else ()):
        if isinstance(pattern, str):
            yield _Place(pattern, "refusals", key=f"scorer.refusals.{number}")
    for path, pattern in _of_schema(suite.contract.schema, ""):
        yield _Place(pattern, f"the schema at {path}", key=f"schema{path}")
    for number, tool in enumerate(suite.contract.tools):
        for path, pattern in _of_schema(tool, ""):
            yield _Place(pattern, f"tool {number + 1} at {path}", key="tools")
    for item in suite.items:
        for number, tool in enumerate(item.tools or ()):
            for path, pattern in _of_schema(tool, ""):
                yield _Place(pattern, f"tool {number + 1} at {path}", item_id=item.id, line=item.line)
    yield from _of_comparators(suite)


def _of_schema(schema: Any, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Path and text of each pattern at any depth; `pattern` may also be the name of a property."""
    if depth > _MOST_DEPTH:
        return
    if isinstance(schema, Mapping):
        if isinstance(schema.get("pattern"), str):
            yield f"{path}/pattern", schema["pattern"]
        named = schema.get("patternProperties")
        for pattern in named if isinstance(named, Mapping) else ():
            yield f"{path}/patternProperties", str(pattern)
        for key, inner in schema.items():
            yield from _of_schema(inner, f"{path}/{key}", depth + 1)
    elif isinstance(schema, (list, tuple)):
        for number, inner in enumerate(schema):
            yield from _of_schema(inner, f"{path}/{number}", depth + 1)


def _of_comparators(suite: Suite) -> Iterator[_Place]:
    declared = suite.scorer.get("comparators")
    for path, spec in declared.items() if isinstance(declared, Mapping) else ():
        for pattern in _of_spec(spec):
            if pattern is not None:
                yield _Place(pattern, f"the comparator of {path}", key=f"scorer.comparators[{path}]")
            else:
                yield from _of_targets(suite, str(path))


def _of_spec(spec: Any) -> Iterator[str | None]:
    """The pattern of each `regex` in a comparator or in a `set` of them; None where targets are it."""
    if spec == "regex":
        yield None
    elif isinstance(spec, Mapping):
        for name, options in spec.items():
            if name != "regex":
                yield from _of_spec(options)
                continue
            pattern = options.get("pattern") if isinstance(options, Mapping) else options
            yield pattern if isinstance(pattern, str) else None


def _of_targets(suite: Suite, path: str) -> Iterator[_Place]:
    try:
        steps = parse_path(path)
    except SuiteError:
        return
    for item in suite.items:
        for target in (item.target, *item.alternatives):
            for text in _texts(target, steps):
                yield _Place(text, f"the target at {path}", item_id=item.id, line=item.line)


def _texts(value: Any, steps: tuple[Step, ...]) -> Iterator[str]:
    """The texts at a place and below it: a leaf's comparator holds for all leaves below."""
    if isinstance(value, str) and not steps:
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not steps or steps[0] in (key, ANY_KEY):
                yield from _texts(inner, steps[1:])
    elif isinstance(value, (list, tuple)) and (not steps or steps[0] is ITEM):
        for inner in value:
            yield from _texts(inner, steps[1:])
