"""The scorer options of an extraction suite, read from `scorer:` with every fault named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.bounded.patterns import Pattern, compile_pattern
from evalkit.errors import SuiteError, near_names
from evalkit.families.comparators import Comparator, compile_comparator
from evalkit.families.extraction.paths import Step, parse_path
from evalkit.families.failures import DEFAULT_REFUSALS

_KNOWN = ("assert_formats", "comparators", "refusals", "forms")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractionOptions:
    """How a suite wants its answers scored."""

    comparators: tuple[tuple[tuple[Step, ...], Comparator], ...] = ()
    """Declared path and the comparator that holds there."""
    assert_formats: bool = False
    """Whether `format` in the schema is asserted; the standard makes it an annotation."""
    refusals: tuple[Pattern, ...] = ()
    """How an answer without JSON begins when it refuses; case does not matter."""


def read_options(scorer: Mapping[str, Any]) -> ExtractionOptions:
    """The options of a suite.

    Raises:
        SuiteError: The first fault; `option_faults` gives all.
    """
    fault = next(option_faults(scorer), None)
    if fault is not None:
        raise fault
    return ExtractionOptions(
        comparators=tuple(
            (parse_path(path), compile_comparator(spec))
            for path, spec in (scorer.get("comparators") or {}).items()
        ),
        assert_formats=bool(scorer.get("assert_formats", False)),
        refusals=tuple(
            compile_pattern(p, ignore_case=True) for p in scorer.get("refusals", DEFAULT_REFUSALS)
        ),
    )


def option_faults(scorer: Mapping[str, Any]) -> Iterator[SuiteError]:
    """Every fault of the options; `where` is the key in suite.yaml."""
    for key in scorer:
        if key not in _KNOWN:
            yield SuiteError(
                f"extraction has no scorer option {key!r}",
                where=f"scorer.{key}",
                hint=near_names(key, _KNOWN),
            )
    if not isinstance(scorer.get("assert_formats", False), bool):
        yield SuiteError("assert_formats is true or false", where="scorer.assert_formats")
    yield from _comparator_faults(scorer.get("comparators") or {})
    yield from _pattern_faults(scorer.get("refusals", ()))


def sound_options(scorer: Mapping[str, Any]) -> dict[str, Any]:
    """The options without those that have a fault."""
    faulty = {fault.where for fault in option_faults(scorer)}
    sound = {key: value for key, value in scorer.items() if f"scorer.{key}" not in faulty}
    if isinstance(sound.get("comparators"), Mapping):
        sound["comparators"] = {
            path: spec
            for path, spec in sound["comparators"].items()
            if f"scorer.comparators[{path}]" not in faulty
        }
    return sound


def _comparator_faults(comparators: Any) -> Iterator[SuiteError]:
    if not isinstance(comparators, Mapping):
        yield SuiteError(
            "comparators are a mapping from JSON path to comparator",
            where="scorer.comparators",
            hint='for example "$.customer": casefold',
        )
        return
    for path, spec in comparators.items():
        for check in (lambda path=path: parse_path(str(path)), lambda spec=spec: compile_comparator(spec)):
            try:
                check()
            except SuiteError as error:
                yield SuiteError(error.message, where=f"scorer.comparators[{path}]", hint=error.hint)


def _pattern_faults(patterns: Any) -> Iterator[SuiteError]:
    where = "scorer.refusals"
    if not isinstance(patterns, (list, tuple)):
        yield SuiteError("refusals is a list of regular expressions", where=where)
        return
    for pattern in patterns:
        try:
            compile_pattern(pattern, ignore_case=True)
        except ValueError as error:
            yield SuiteError(str(error), where=where)
