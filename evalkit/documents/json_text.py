"""JSON as people and programs write it into files: read whole, or refused with what is wrong and where."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from evalkit.records import clean_text, is_clean

MOST_NESTED = 100
"""Lists and objects inside each other. Python's own limit is some hundreds, by version and platform, and ends
in an error without a place; no item or schema of a person's comes near."""


def parse_json(text: str) -> Any:
    """The value of a JSON text, its texts as `clean_text` leaves them.

    Raises:
        json.JSONDecodeError: It is not JSON; says where.
        ValueError: It holds NaN, a number that is too large, or nests deeper than `MOST_NESTED`.
    """
    value = _decode(text)
    if text.count("[") + text.count("{") > MOST_NESTED:
        check_depth(value)
    # Lone surrogates, NUL and noncharacters come into JSON by escapes too.
    return _clean(value) if "\\u" in text or not is_clean(text) else value


def check_depth(value: Any) -> None:
    """Raise ValueError when lists and objects nest deeper than `MOST_NESTED`."""
    level, depth = [value], 0
    while level := [inside for outer in level for inside in _inside(outer)]:
        depth += 1
        if depth > MOST_NESTED:
            raise ValueError(_TOO_DEEP)


_TOO_DEEP = f"it nests more than {MOST_NESTED} lists and objects"


def _inside(value: Any) -> Iterator[Any]:
    """What a list or object holds; one placeholder for an empty one, which is a level all the same."""
    if isinstance(value, dict):
        yield from value.values() or (None,)
    elif isinstance(value, list):
        yield from value or (None,)


def _decode(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        if "integer string conversion" in str(error):
            raise ValueError("a whole number of more than 4300 digits") from error
        raise


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"the number {digits[:40]} is too large")
    return value


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(k): _clean(v) for k, v in value.items()}
    return [_clean(v) for v in value] if isinstance(value, list) else value
