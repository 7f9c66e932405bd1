"""When a given value is an accepted one by the rules of BFCL's checker for Python (docs/tool_calls.md).

The rules are odd in places, and kept so: a suite of BFCL's data is scored to be compared with its figures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.families.tool_calls.targets import ExpectedArgument, ObjectOf

_DROPPED = re.compile(r"[ ,./\-_*^]")
_KINDS: Mapping[str | None, type] = {
    "string": str, "integer": int, "number": float, "boolean": bool, "array": list, "object": dict, None: str,
}  # fmt: skip
"""A schema's type word -> the Python type that a value must have; no word is BFCL's `any`, a text."""


def folded(text: str) -> str:
    """Return the form in which two texts are compared."""
    return _DROPPED.sub("", text).lower().replace("'", '"')


def accepts(argument: ExpectedArgument, given: Any, schema: Any) -> bool:
    """Return whether a value is right for an argument."""
    word = schema.get("type") if isinstance(schema, Mapping) else None
    wanted = _KINDS.get(word if isinstance(word, str) else None, str)
    if wanted is float and type(given) is int:
        given = float(given)
    key_kind = _kind(argument.any_of[0]) if argument.any_of else None
    as_it_is = key_kind is not None and key_kind is not wanted
    if _kind(given) is wanted:
        if wanted is list and not _items_fit(argument, given, schema):
            return False
    elif _kind(given) is key_kind:
        as_it_is = True
    else:
        return False
    if argument.optional and given in ("", []):
        return True  # the key's mark for "may be left out" counts as an empty value too
    if as_it_is:
        return any(_raw(v) == given for v in argument.any_of)
    if wanted is dict:
        return any(_same_object(v, given) for v in argument.any_of)
    if wanted is list and _items_kind(schema) is dict:
        return any(_same_objects(v, given) for v in argument.any_of)
    if wanted is str and argument.optional and not folded(given):
        return True
    return any(_fold_once(_raw(v)) == _fold_once(given) for v in argument.any_of)


def _items_fit(argument: ExpectedArgument, given: Sequence[Any], schema: Any) -> bool:
    """Whether all items have the declared type, or that of the first item of one accepted list.

    Not asked of an argument that may be left out.
    """
    kind = _items_kind(schema)
    if kind is None or argument.optional:
        return True
    return any(
        not isinstance(v, (list, tuple))
        or all(_kind(g) is kind or (len(v) > 0 and _kind(g) is _kind(v[0])) for g in given)
        for v in argument.any_of
    )


def _items_kind(schema: Any) -> type | None:
    items = schema.get("items") if isinstance(schema, Mapping) else None
    if not isinstance(items, Mapping):
        return None
    word = items.get("type")
    return _KINDS.get(word) if word is None or isinstance(word, str) else None


def _same_objects(expected: Any, given: Any) -> bool:
    if not isinstance(expected, (list, tuple)) or len(expected) != len(given):
        return False
    return all(_same_object(e, g) for e, g in zip(expected, given, strict=True))


def _same_object(expected: Any, given: Any) -> bool:
    """Each key has accepted values of its own; below the first level they must be the same as they are."""
    if not isinstance(given, Mapping):
        return False
    if isinstance(expected, ObjectOf):
        return given.keys() <= expected.fields.keys() and all(
            _is_among(given[name], field) if name in given else field.optional
            for name, field in expected.fields.items()
        )
    if not isinstance(expected, Mapping) or expected.keys() != given.keys():
        return False
    return all(_fold(v) == _fold(given[k]) for k, v in expected.items())


def _is_among(given: Any, field: ExpectedArgument) -> bool:
    if field.optional and isinstance(given, str) and not folded(given):
        return True
    return any(_fold(_raw(v)) == _fold(given) for v in field.any_of)


def _fold(value: Any) -> Any:
    return folded(value) if isinstance(value, str) else value


def _fold_once(value: Any) -> Any:
    return [_fold(v) for v in value] if isinstance(value, list) else _fold(value)


def _kind(value: Any) -> type:
    if isinstance(value, (ObjectOf, Mapping)):
        return dict
    if isinstance(value, float):
        return float
    return list if isinstance(value, tuple) else type(value)


def _raw(value: Any) -> Any:
    """The accepted value as the key writes it."""
    if isinstance(value, ObjectOf):
        return {k: [*map(_raw, f.any_of), *([""] if f.optional else [])] for k, f in value.fields.items()}
    if isinstance(value, Mapping):
        return {k: _raw(v) for k, v in value.items()}
    return [_raw(v) for v in value] if isinstance(value, (list, tuple)) else value
