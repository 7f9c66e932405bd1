"""When a given value is an accepted one: the normalisation rules, one profile each.

docs/tool_calls.md numbers these rules; the tests name them by the same numbers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.families.comparators.numbers import same_number
from evalkit.families.tool_calls.bfcl import accepts as accepts_as_bfcl
from evalkit.families.tool_calls.targets import ExpectedArgument, ObjectOf

_ROUNDING = 1e-9
"""What binary arithmetic may leave behind where neither number is whole; whole numbers are exact."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """How values are compared."""

    accepts: Callable[[ExpectedArgument, Any, Any], bool]
    """Whether a value is right for an argument of this schema."""
    float_for_integer: bool
    """Whether `5.0` is taken where the schema asks for an integer."""
    schema_rules: bool
    """Whether the schema overrules the target: what it requires must be there though the target marks it as
    optional, and what it does not declare is never right."""
    declared_defaults: bool
    """Whether an argument left out stands for the default that the tool declares."""
    null_is_absent: bool
    """Whether null, where the schema allows it, stands for an argument left out."""


def same(expected: Any, given: Any) -> bool:
    """Return whether the given value is the expected one, by the rules of `strict`."""
    if isinstance(expected, bool) or isinstance(given, bool):
        return expected is given
    if isinstance(expected, str):
        return isinstance(given, str) and (expected == given or _text(expected) == _text(given))
    if isinstance(expected, (int, float)):
        return isinstance(given, (int, float)) and same_number(expected, given, rounding=_ROUNDING)
    if isinstance(expected, (list, tuple)):
        return _same_list(expected, given)
    if isinstance(expected, ObjectOf):
        return isinstance(given, Mapping) and _same_fields(expected, given)
    if isinstance(expected, Mapping):
        return _same_object(expected, given)
    return expected is None and given is None


def _same_list(expected: Sequence[Any], given: Any) -> bool:
    if not isinstance(given, (list, tuple)) or len(expected) != len(given):
        return False
    return all(same(e, g) for e, g in zip(expected, given, strict=True))


def _same_object(expected: Mapping[str, Any], given: Any) -> bool:
    if not isinstance(given, Mapping) or expected.keys() != given.keys():
        return False
    return all(same(v, given[k]) for k, v in expected.items())


def _same_fields(expected: ObjectOf, given: Mapping[str, Any]) -> bool:
    if not given.keys() <= expected.fields.keys():
        return False
    return all(
        any(same(v, given[name]) for v in field.any_of) if name in given else field.optional
        for name, field in expected.fields.items()
    )


def _text(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _accepts(argument: ExpectedArgument, given: Any, _schema: Any) -> bool:
    return any(same(value, given) for value in argument.any_of)


STRICT = Profile(
    accepts=_accepts,
    float_for_integer=True,
    schema_rules=False,
    declared_defaults=True,
    null_is_absent=True,
)
BFCL = Profile(
    accepts=accepts_as_bfcl,
    float_for_integer=False,
    schema_rules=True,
    declared_defaults=False,
    null_is_absent=False,
)
PROFILES = {"strict": STRICT, "bfcl": BFCL}
