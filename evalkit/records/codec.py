"""Records to and from plain JSON values, and the hashes over them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

R = TypeVar("R")

_SCALARS = frozenset({str, int, float, bool, type(None)})

_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(0x10000 * plane + 0xFFFE)}{chr(0x10000 * plane + 0xFFFF)}" for plane in range(17)
)
"""Code points that Unicode never gives to a character; XML forbids two of them, and many programs all."""
_FORBIDDEN = re.compile(f"[\x00{_NONCHARACTERS}]")
_UNFIT = re.compile(f"[\x00\ud800-\udfff{_NONCHARACTERS}]")

HASH_LENGTH = 16
"""Hexadecimal digits kept of a SHA-256: 64 bits, enough to tell the items of one project apart."""


def canonical_json(value: Any) -> str:
    """JSON text that is the same for equal values: sorted keys, no spaces, UTF-8 kept as it is."""
    return _canonical(value)


def content_hash(*values: Any) -> str:
    """The first 16 hexadecimal digits of the SHA-256 over the canonical JSON of the values.

    An iterator counts as the list of what it gives, which is never held as a whole.
    """
    if not any(isinstance(value, Iterator) for value in values):
        return text_hash(_canonical(values))
    digest = hashlib.sha256()
    for piece in _pieces(iter(values)):
        digest.update(piece.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:HASH_LENGTH]


def text_hash(text: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 over the text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_LENGTH]


def _pieces(values: Iterator[Any]) -> Iterator[str]:
    """The canonical JSON of a list of the values, piece by piece."""
    opening = "["
    for value in values:
        yield opening
        if isinstance(value, Iterator):
            yield from _pieces(value)
        else:
            yield _canonical(value)
        opening = ","
    yield "]" if opening == "," else "[]"


def is_clean(text: str) -> bool:
    """Whether `clean_text` would leave the text as it is."""
    if text.isascii():
        return "\x00" not in text
    return not _UNFIT.search(text)


def clean_text(text: str) -> str:
    """The text as UTF-8, SQL and XML can hold it: lone surrogates, NUL and noncharacters become U+FFFD.

    Model output and tags are hostile text; these break JSON readers, databases and SVG further down the line.
    Other control characters are kept, as a model may be asked for them, and spelled out where they are shown.
    """
    if is_clean(text):
        return text
    text = _FORBIDDEN.sub("\ufffd", text)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Surrogate pairs that were split over two escapes come together here; lone ones are replaced.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_json(value: Any) -> Any:
    """The plain value with every text as `clean_text` leaves it, and numbers that JSON lacks as text."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(k)): clean_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def to_plain(value: Any) -> Any:
    """A record, or records inside containers, as dictionaries, lists and scalars."""
    kind: Any = type(value)
    if kind in _SCALARS:  # first, and by type: each journal line has some eighty of them
        return value
    if names := _record_fields(kind):
        return {name: v if type(v := getattr(value, name)) in _SCALARS else to_plain(v) for name in names}
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted(to_plain(v) for v in value)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):  # items kept in a file
        return [to_plain(v) for v in value]
    return value


def from_plain(kind: type[R], plain: Mapping[str, Any]) -> R:
    """A record of `kind` from what `to_plain` made of it; unknown keys are passed over.

    Raises:
        TypeError: A field without a default is missing.
    """
    hashable: Any = kind
    hints, names = _hints(hashable), _field_names(hashable)
    return kind(**{name: _revive(hints[name], plain[name]) for name in names if name in plain})


_canonical = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=to_plain
).encode


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind))


@cache
def _record_fields(kind: Any) -> tuple[str, ...]:
    """The names of a record's fields; none for any other type."""
    return tuple(f.name for f in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _revive(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [a for a in typing.get_args(hint) if a is not type(None)]
        return _revive(inner[0], value) if len(inner) == 1 else value
    if origin in (tuple, Sequence):
        inside = typing.get_args(hint)[0]
        return tuple(_revive(inside, v) for v in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        inside = typing.get_args(hint)[1]
        return {k: _revive(inside, v) for k, v in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
        return from_plain(hint, value)
    return value
