"""Finds the JSON value that a model meant in its text: hostile text in, a finite value or nothing out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.families.answer_text import answer_part, find_statements
from evalkit.families.comparators.interface import same_json
from evalkit.families.comparators.numbers import read_float
from evalkit.families.doubt import stands_as_answer
from evalkit.records import clean_text

MAX_DEPTH = 64
"""Deepest nesting that is read; deeper values are refused, so that nobody downstream runs out of stack."""

How = Literal["json", "json_fenced", "json_tagged", "json_in_text"]
Kinds = tuple[type, ...]

_WORK_PER_CHARACTER = 10
_MOST_VALUES = 1_000
"""A text with more values than that holds no one answer."""
_MOST_PLACES = 50
"""Places of one value at which the words around it are looked at."""
_BACK = 200
"""Characters before a value that are looked at for a fence, a tag or a denial."""

# A bracket, or the braces of a box that holds nothing but a value.
_BRACKET = re.compile(r"\\boxed\s{0,10}\{\s{0,100}(?:\\text\s{0,10}\{\s{0,100})?(?=[{\[])|[{\[}\]]")
# An opening bracket that JSON could go on from; "{name}" or "[see below]" in prose is passed over at once.
_OPENING = re.compile(r'\{(?=\s*["}])|\[(?=\s*[\[{"\]\dtfn-])')
_PART = re.compile(r"""\\.|[{\[}\]"']""", re.DOTALL)
_FENCE_BEFORE = re.compile(r"```[\w+.-]{0,20}\s{0,100}\Z")
_FENCE_AFTER = re.compile(r"\s{0,100}(?:```|\Z)")
_TAG_BEFORE = re.compile(r"<([A-Za-z][\w:-]{0,40})>\s{0,100}\Z")
# What makes a value a part of something else: a key before or behind it, an operation on it.
_KEY_BEFORE = re.compile(r"[\"']\s{0,20}:\s{0,20}\Z")
_GOES_ON = re.compile(
    r"\s{0,20},\s{0,20}[\"'][^\"'\n]{0,100}[\"']\s{0,20}:|[A-Za-z0-9_(]|\.[A-Za-z_]|\[[\"'\d]"
)
_DENIED = re.compile(
    r"(?:(?:\b(?:not|never|nicht|kein\w{0,3}|pas)|n['’]t)(?: (?:be|is|sein))?[\s:*_`(\"]{1,8}"
    r"|\b(?:wrong|incorrect|invalid|ignore|falsch\w{0,2})\b[^.!?\n]{0,40}[\s:*_`(\"]{1,8}|~~|<!--\s*|<(?:s|del|strike)>\s*)\Z",
    re.IGNORECASE,
)
_DENIED_BEHIND = re.compile(
    r"[\s*_`\")]{0,5}(?:(?:this|that|which|it|das) )?(?:is|was|ist|war)"
    r"(?: wrong| incorrect| falsch|(?:n['’]t| not| nicht) (?:right|correct|true|valid|richtig|the|my|it))\b",
    re.IGNORECASE,
)
_BEFORE_STRING = ("{", "[", ",", ":")
_BEHIND_STRING = ("", "}", "]", ",", ":")
_BROKEN = object()


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A JSON value, and where it stood."""

    value: Any
    how: How
    """`json`: the whole answering part. `json_fenced`: alone in a code fence. `json_tagged`: alone between a
    tag and its end. `json_in_text`: inside prose."""


@dataclass(frozen=True, slots=True)
class _Value:
    value: Any
    start: int
    end: int


def find_json(text: str, *, kinds: Kinds = (dict, list)) -> FoundValue | None:
    """Return the JSON value of an answer, or None.

    The whole text is tried first, whatever value it is, then what follows the reasoning (`answer_part`; an
    unfinished reasoning holds no value), then every bracket in it from left to right. There only objects and
    lists count, and the value must be one of `kinds`.

    A bracket from which no whole value can be read makes all up to its matching end unreadable, or up to the
    text's end where none matches; a closing bracket too many does the same to all before it. So nothing is
    torn out of a broken or cut value.

    Equal values count as one. Different ones count as none, unless the clear final statements
    (`find_statements`, outside of the values) hold one value; a strong statement that holds none leaves
    nothing. A list of scalars is a footnote where an object is wanted, and so is `{}` before the first value.
    A denied value ("not {…}", "{…} is wrong") does not count, nor one whose words leave it in doubt
    (`stands_as_answer`) wherever it stands.

    Strict JSON, except that of repeated keys the last wins: no NaN or Infinity, no number beyond a double's
    range or Python's digit limit, no nesting beyond `MAX_DEPTH`. Lone surrogates and NUL in strings become
    U+FFFD. Never evaluates anything, never raises, and takes time linear in the text.
    """
    text = clean_text(text).strip().removeprefix("\ufeff")
    whole = _read_whole(text)
    if whole is not None:
        return whole
    answer = answer_part(text).text
    whole = _read_whole(answer) if answer != text else None
    if whole is not None:
        return whole
    values, outside = _JsonScanner(answer).read_all()
    meant = _single_out(_answers(answer, values, kinds), answer, outside)
    if meant is None or not isinstance(meant.value, kinds):
        return None
    return FoundValue(_cleaned(answer, meant.value), _form(answer, meant))


@dataclass(frozen=True, slots=True)
class PlacedValue:
    """A whole JSON object or list, and where it stands in its text."""

    value: Any
    start: int
    end: int


def find_values(text: str) -> tuple[PlacedValue, ...]:
    """Return every whole object and list of a text, left to right, by the rule of `find_json`.

    None that stands inside of something broken, nor any of a text with too many. In time linear in the text.
    """
    values, _ = _JsonScanner(text).read_all()
    return tuple(
        PlacedValue(_cleaned(text, v.value), v.start, v.end) for v in values if v.value is not _BROKEN
    )


def _read_whole(text: str) -> FoundValue | None:
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return FoundValue(_cleaned(text, value), "json") if _fits_depth(text, value) else None


class _JsonScanner:
    """Reads every value of a text, and passes over what is inside of a broken one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._work_left = _WORK_PER_CHARACTER * len(text) + 1_000

    def read_all(self) -> tuple[list[_Value], str]:
        """Return the values, and the text with them blanked, each place kept."""
        values: list[_Value] = []
        outside: list[str] = []
        at = kept_to = 0
        while (bracket := _BRACKET.search(self._text, at)) is not None:
            at = bracket.end()
            if bracket.group() in ("}", "]"):
                values.clear()  # they stood inside of something that began before the text
                continue
            found, at = self._read_boxed(bracket) if len(bracket.group()) > 1 else self._read(at - 1)
            if found is not None:  # the brackets of prose may hold a statement: \\boxed{42}
                values.append(found)
                outside += (self._text[kept_to : found.start], "\0" * (found.end - found.start))
                kept_to = found.end
            if self._work_left < 0 or len(values) > _MOST_VALUES:
                return [], ""
        return values, "".join((*outside, self._text[kept_to:]))

    def _read(self, start: int) -> tuple[_Value | None, int]:
        """Return the value that begins at a bracket, if there is one, and where what it opens ends."""
        if _OPENING.match(self._text, start):
            try:
                value, end = _DECODER.raw_decode(self._text, start)
            except json.JSONDecodeError as error:
                # The flat part is what an error costs by itself: the decoder counts the lines before it.
                self._work_left -= error.pos - start + len(self._text) // 100
            except (ValueError, RecursionError):  # a number or a nesting that is too large
                self._work_left -= len(self._text) // 10
            else:
                whole = _fits_depth(self._text[start:end], value) and not _is_part(self._text, start, end)
                return _Value(value if whole else _BROKEN, start, end), end
        return self._pass_over(start)

    def _read_boxed(self, box: re.Match[str]) -> tuple[_Value | None, int]:
        """Return the value between a box's braces, which may hold nothing else."""
        found, end = self._read(box.end())
        closing = re.compile(r"\s{0,100}\}" * box.group().count("{")).match(self._text, end)
        if found is None or closing is None:
            return self._pass_over(box.start() + box.group().index("{"))
        return found, closing.end()

    def _pass_over(self, start: int) -> tuple[_Value | None, int]:
        """Return where the bracket's matching end is, and that a broken value stands there if it looks so."""
        end = _matching_end(self._text, start)
        self._work_left -= end - start
        looks_like_json = (":" if self._text[start] == "{" else "{") in self._text[start:end]
        return (_Value(_BROKEN, start, end) if looks_like_json else None), end


def _is_part(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _BACK) : start]
    return _KEY_BEFORE.search(before) is not None or _GOES_ON.match(text, end) is not None


def _matching_end(text: str, start: int) -> int:
    """Return the end of what a bracket opens, strings read as leniently as broken JSON needs it.

    A quote opens a string where a key or value could begin, and closes it where one could end.
    """
    depth, quote = 0, ""
    for part in _PART.finditer(text, start):
        mark = part.group()
        if mark in ('"', "'"):
            if (
                not quote
                and text[max(0, part.start() - _BACK) : part.start()].rstrip()[-1:] in _BEFORE_STRING
            ):
                quote = mark
            elif mark == quote and text[part.end() : part.end() + _BACK].lstrip()[:1] in _BEHIND_STRING:
                quote = ""
        elif not quote and len(mark) == 1:
            depth += 1 if mark in "{[" else -1
            if depth == 0:
                return part.end()
    return len(text)


def _answers(text: str, values: Sequence[_Value], kinds: Kinds) -> list[_Value]:
    """Return the values that are meant as answers: without footnotes, and those that the text denies."""
    return [v for v in values if (list in kinds or not _is_footnote(v.value)) and not _is_denied(text, v)]


def _is_denied(text: str, found: _Value) -> bool:
    before = _FENCE_BEFORE.sub("\n", text[max(0, found.start - _BACK) : found.start])
    return _DENIED.search(before) is not None or _DENIED_BEHIND.match(text, found.end) is not None


def _is_footnote(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(v, (dict, list)) for v in value)


def _single_out(values: list[_Value], text: str, outside: str) -> _Value | None:
    """Return the one value that an answer holds, or that its final statements hold."""
    stated: list[_Value] = []
    for statement in find_statements(outside):
        held = [v for v in values if statement.start <= v.start < statement.end]
        if statement.strong and not held:
            return None  # settled on something else
        stated += held
    meant = stated or values
    while (
        not stated
        and len(meant) > 1
        and meant[0].value in ({}, [])
        and _form(text, meant[0]) == "json_in_text"
    ):
        meant = meant[1:]  # "nothing like {} here"
    if not meant or not all(same_json(meant[0].value, v.value) for v in meant[1:]):
        return None
    return next((v for v in meant[:_MOST_PLACES] if _stands(v, outside)), None)


def _stands(found: _Value, outside: str) -> bool:
    before = outside[max(0, found.start - _BACK) : found.start]
    # What a tag is called leads to its value as words do: <answer>, <example>.
    lead = _TAG_BEFORE.sub(r"\n\1: ", _FENCE_BEFORE.sub("", before))
    return stands_as_answer(lead, outside[found.end :])


def _form(text: str, found: _Value) -> How:
    before = text[max(0, found.start - _BACK) : found.start]
    # A cut answer lacks its closing fence; anything else behind the value means it is not all there.
    if _FENCE_BEFORE.search(before) and _FENCE_AFTER.match(text, found.end):
        return "json_fenced"
    tag = _TAG_BEFORE.search(before)
    if tag is not None and text[found.end : found.end + _BACK].lstrip().startswith(f"</{tag[1]}>"):
        return "json_tagged"
    return "json_in_text"


def _refuse(_constant: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


_DECODER = json.JSONDecoder(parse_float=read_float, parse_constant=_refuse)


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
