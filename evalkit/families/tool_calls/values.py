"""When a given value is an accepted one: the normalisation rules, one profile each.

docs/tool_calls.md numbers these rules; the tests name them by the same numbers.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.families.tool_calls.targets import ObjectOf

_REL_TOLERANCE = 1e-9
_BFCL_DROPPED = re.compile(r"[ ,./\-_*^]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """How values are compared."""

    text: Callable[[str], str]
    """The form in which two texts are compared."""
    number: Callable[[float, float], bool]
    """Whether a given number is the expected one."""
    float_for_integer: bool
    """Whether `5.0` is taken where the schema asks for an integer."""
    declared_defaults: bool
    """Whether an argument left out stands for the default that the tool declares."""
    null_is_absent: bool
    """Whether null, where the schema allows it, stands for an argument left out."""

    def same(self, expected: Any, given: Any) -> bool:
        """Whether the given value is the expected one."""
        if isinstance(expected, bool) or isinstance(given, bool):
            return expected is given
        if isinstance(expected, str):
            return isinstance(given, str) and (expected == given or self.text(expected) == self.text(given))
        if isinstance(expected, (int, float)):
            return isinstance(given, (int, float)) and self.number(expected, given)
        if isinstance(expected, (list, tuple)):
            return self._same_list(expected, given)
        if isinstance(expected, ObjectOf):
            return isinstance(given, Mapping) and self._same_fields(expected, given)
        if isinstance(expected, Mapping):
            return self._same_object(expected, given)
        return expected is None and given is None

    def _same_list(self, expected: Any, given: Any) -> bool:
        if not isinstance(given, (list, tuple)) or len(expected) != len(given):
            return False
        return all(self.same(e, g) for e, g in zip(expected, given, strict=True))

    def _same_object(self, expected: Mapping[str, Any], given: Any) -> bool:
        if not isinstance(given, Mapping) or expected.keys() != given.keys():
            return False
        return all(self.same(v, given[k]) for k, v in expected.items())

    def _same_fields(self, expected: ObjectOf, given: Mapping[str, Any]) -> bool:
        if not given.keys() <= expected.fields.keys():
            return False
        return all(
            any(self.same(v, given[name]) for v in field.any_of) if name in given else field.optional
            for name, field in expected.fields.items()
        )


def _strict_text(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _strict_number(expected: float, given: float) -> bool:
    if expected == given:
        return True
    try:
        return math.isclose(expected, given, rel_tol=_REL_TOLERANCE)
    except OverflowError:  # an integer beyond a double's range equals only itself
        return False


def _bfcl_text(text: str) -> str:
    return _BFCL_DROPPED.sub("", text).lower().replace("'", '"')


def _equal_number(expected: float, given: float) -> bool:
    return expected == given


STRICT = Profile(
    text=_strict_text,
    number=_strict_number,
    float_for_integer=True,
    declared_defaults=True,
    null_is_absent=True,
)
BFCL = Profile(
    text=_bfcl_text,
    number=_equal_number,
    float_for_integer=False,
    declared_defaults=False,
    null_is_absent=False,
)
PROFILES = {"strict": STRICT, "bfcl": BFCL}
