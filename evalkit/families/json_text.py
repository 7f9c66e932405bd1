"""Finds the JSON value that a model meant in its text: hostile text in, a finite value or nothing out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.records import clean_text

MAX_DEPTH = 64
"""Deepest nesting that is read; deeper values are refused, so that nobody downstream runs out of stack."""

How = Literal["json", "json_fenced", "json_in_text"]
Kinds = tuple[type, ...]

_WORK_PER_CHARACTER = 10
_FENCE = "```"
_INFO_WORD = re.compile(r"[\w+.-]{0,20}\s*")
# An opening bracket that JSON could go on from; "{name}" or "[see below]" in prose is passed over at once.
_OPENING = re.compile(r'\{(?=\s*["}])|\[(?=\s*[\[{"\]\dtfn-])')
_NUMBER_RANGE = "a number is too large"


@dataclass(frozen=True, slots=True)
class Found:
    """A JSON value, and where it stood."""

    value: Any
    how: How
    """`json`: the whole text. `json_fenced`: inside a code fence. `json_in_text`: inside prose."""


def find_json(text: str, *, kinds: Kinds = (dict, list)) -> Found | None:
    """The JSON value of an answer, or None.

    Tried in this order: the whole text, whatever value it is; the first code fence that holds one; the first
    opening bracket in the text from which a whole value can be read (nothing is torn out of a broken value).
    In fences and prose only values of `kinds` count, so that a "[1]" in a sentence need not be taken for the
    answer. Text up to a last `</think>` is reasoning; it counts only when the whole text is JSON.

    Strict JSON, except that of repeated keys the last wins: no NaN or Infinity, no number beyond a double's
    range or Python's digit limit, no nesting beyond `MAX_DEPTH`. Lone surrogates and NUL in strings become
    U+FFFD. Never evaluates anything, never raises, and takes time linear in the text.
    """
    text = clean_text(text).strip().removeprefix("\ufeff")
    whole = _read_whole(text)
    if whole is not None:
        return whole
    _, _, text = text.rpartition("</think>")
    reader = _Reader(text, kinds)
    return reader.first(_fence_starts(text), fenced=True) or reader.first(_bracket_starts(text), fenced=False)


def _read_whole(text: str) -> Found | None:
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return Found(_cleaned(text, value), "json") if _fits_depth(text, value) else None


class _Reader:
    """Reads values at given places until one is of the right kind or the work allowed is done."""

    def __init__(self, text: str, kinds: Kinds) -> None:
        self._text = text
        self._kinds = kinds
        self._work_left = _WORK_PER_CHARACTER * len(text)

    def first(self, starts: Iterator[int], *, fenced: bool) -> Found | None:
        behind = 0
        for start in starts:
            if self._work_left < 0:
                return None
            if start < behind:
                continue  # inside a broken or rejected value; a part of it is not the answer
            value, end = self._read(start)
            # The flat part is what an error costs by itself: the decoder counts the lines before it.
            self._work_left -= max(1, end - start) + len(self._text) // 100
            behind = end
            if value is None or not _fits_depth(self._text[start:end], value):
                continue
            if isinstance(value, self._kinds) and (not fenced or self._fence_closes(end)):
                return Found(_cleaned(self._text, value), "json_fenced" if fenced else "json_in_text")
        return None

    def _read(self, start: int) -> tuple[Any, int]:
        """Value and end; or None and how far the reading went."""
        try:
            value, end = _DECODER.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            return None, error.pos
        except (ValueError, RecursionError):  # a number or a nesting that is too large; place unknown
            return None, len(self._text)
        return value, end

    def _fence_closes(self, end: int) -> bool:
        """A cut answer lacks its closing fence; anything else behind the value means it is not all there."""
        rest = self._text[end : end + 100].lstrip()
        return not rest or rest.startswith(_FENCE)


def _fence_starts(text: str) -> Iterator[int]:
    at = text.find(_FENCE)
    while at >= 0:
        body = _INFO_WORD.match(text, at + len(_FENCE))
        if body and text[body.end() : body.end() + 1] in ("{", "["):
            yield body.end()
        at = text.find(_FENCE, at + len(_FENCE))


def _bracket_starts(text: str) -> Iterator[int]:
    return (found.start() for found in _OPENING.finditer(text))


def _finite(digits: str) -> float:
    number = float(digits)
    if number - number != 0.0:
        raise ValueError(_NUMBER_RANGE)
    return number


def _refuse(_constant: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)


def _fits_depth(text: str, value: Any) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return True
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        containers = [v for v in level if isinstance(v, (dict, list)) and v]
        if not containers:
            return True
        level = [child for c in containers for child in (c.values() if isinstance(c, dict) else c)]
    return False


def _cleaned(text: str, value: Any) -> Any:
    """Strings as UTF-8 and SQL can hold them: an escape can bring in what the text itself could not."""
    return _clean(value) if "\\u" in text else value


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(v) for v in value]
    if isinstance(value, dict):
        return {clean_text(k): _clean(v) for k, v in value.items()}
    return value
