"""Reads labels out of an answer's text; the rule that matched is kept with what it found.

The rules, from the strictest on; the first that applies decides:

- `label_exact`: the whole text is a label.
- `json`: the text holds JSON: a label, a list of them, or an object with one under a usual or its only key.
- `label_normalised`: it is a label when letter case, punctuation and white space are passed over.
- `alias`: the whole text is a declared alias (as it stands before `json`, else passed over likewise).
- `label_list`: (several labels asked for) the text is labels between commas, semicolons or line breaks.
- `label_line`: one line is a label and nothing else, and no other line is another label.
- `label_stated`: the text says "label: …" or "the answer is …", always with the same one.
- `label_in_text`: exactly one label occurs in the text as a whole phrase, negated ones left out.

An answer that names two labels where one was asked for is credited with neither.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.families.classification.options import Options
from evalkit.families.json_text import find_json

READ_AT_MOST = 20_000
"""Characters of an answer that are looked through for a label in prose."""

_NO_WORD = re.compile(r"[\W_]+")
_SEPARATOR = re.compile(r"[,;\n|]|\band\b")
_STATED = re.compile(
    r"\b(?:labels?|category|categories|class|classification|intents?|queue|answer|decision|verdict)\b"
    r"[\"'*_` ]{0,4}(?:is|are|:|=|->|→)(.{0,300})",
    re.IGNORECASE,
)
_JSON_KEYS = (
    "label",
    "labels",
    "answer",
    "category",
    "class",
    "classification",
    "intent",
    "intents",
    "prediction",
)
_NEGATIONS = frozenset(
    {"not", "no", "never", "neither", "nor", "cannot", "without", "nicht", "kein", "keine"}
    | {"isn", "aren", "wasn", "doesn", "don"}  # what is left of "isn't" without its punctuation
)
_REACH = 3
"""How many words before a label a negation still speaks of it ("isn't a refund")."""
_EVERYDAY = frozenset(
    {"yes", "no", "maybe", "true", "false", "none", "other", "unknown", "a", "b", "c", "d", "e", "i", "o"}
)
"""Labels that are ordinary words: a sentence that holds one says nothing."""
_NOTHING = frozenset({"none", "no labels", "no label", "empty", "nothing"})
"""How an empty set of labels is written in words."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says."""

    labels: tuple[str, ...]
    """Labels of the set, each once, in the order named."""
    unknown: tuple[str, ...]
    """What stood in a label's place and is none."""
    rule: str | None
    """The rule that read it; None when no rule did."""


NOTHING_READ = Reading((), (), None)


class LabelReader:
    """Reads answers of one suite."""

    def __init__(self, labels: Iterable[str], options: Options) -> None:
        self._exact = {label: label for label in labels}
        self._options = options
        self._aliases = {a: label for label, texts in options.aliases.items() for a in texts}
        self._normalised = _unambiguous((normalised(n), n) for n in self._exact)
        self._spoken = _unambiguous((normalised(a), label) for a, label in self._aliases.items())
        self._phrases = {**self._spoken, **self._normalised}
        self._lengths = _lengths_by_first_word(self._phrases)

    def one(self, text: str, *, whole: bool = True) -> Reading:
        """The one label that the text names.

        Args:
            text: The answer, reasoning left out.
            whole: Whether the answer was finished; of a cut one only a label that stands alone is taken.
        """
        found = self._exactly(text) or self._from_json(text, kinds=(dict,)) or self._nearly(text)
        if found is None and whole and self._prose:
            found = self._line(text) or self._stated(text) or self._in_text(text)
        return found or NOTHING_READ

    def several(self, text: str, *, whole: bool = True) -> Reading:
        """The set of labels that the text names; an empty one where it says that there are none."""
        found = self._exactly(text) or self._from_json(text, kinds=(dict, list))
        found = found or self._nearly(text) or self._list(text)
        if found is None and whole and self._prose:
            found = self._stated(text) or self._in_text(text)
        return found or NOTHING_READ

    @property
    def _prose(self) -> bool:
        return self._options.prose and self._options.normalise

    def _direct(self, text: str) -> Reading | None:
        return self._exactly(text) or self._nearly(text)

    def _exactly(self, text: str) -> Reading | None:
        text = text.strip()
        if text in self._exact:
            return Reading((text,), (), "label_exact")
        return Reading((self._aliases[text],), (), "alias") if text in self._aliases else None

    def _nearly(self, text: str) -> Reading | None:
        if not self._options.normalise or len(text) > READ_AT_MOST:
            return None
        spoken = normalised(text)
        if spoken in self._normalised:
            return Reading((self._normalised[spoken],), (), "label_normalised")
        return Reading((self._spoken[spoken],), (), "alias") if spoken in self._spoken else None

    def _from_json(self, text: str, *, kinds: tuple[type, ...]) -> Reading | None:
        if not any(mark in text for mark in '[{"'):
            return None
        found = find_json(text, kinds=kinds)
        if found is None:
            return None
        # "[1]" in a sentence is a footnote, not a list of labels.
        if found.how == "json_in_text" and isinstance(found.value, list) and not _are_texts(found.value):
            return None
        texts, usual = _label_texts(found.value)
        reading = None if texts is None else self._all(texts, "json")
        return reading if reading is None or usual or not reading.unknown else None

    def _list(self, text: str) -> Reading | None:
        if not self._options.normalise or len(text) > READ_AT_MOST:
            return None
        if normalised(text) in _NOTHING:
            return Reading((), (), "label_list")
        parts = [p for p in _SEPARATOR.split(text) if p.strip()]
        reading = self._all(parts, "label_list")
        return None if reading.unknown or not parts else reading

    def _all(self, texts: Iterable[str], rule: str) -> Reading:
        labels: list[str] = []
        unknown: list[str] = []
        for text in texts:
            direct = self._direct(text)
            if direct is None:
                unknown.append(text)
            else:
                labels.extend(direct.labels)
        return Reading(tuple(dict.fromkeys(labels)), tuple(dict.fromkeys(unknown)), rule)

    def _line(self, text: str) -> Reading | None:
        lines = text[:READ_AT_MOST].splitlines()
        if len(lines) < 2:
            return None  # the whole text was tried before
        found = [d for d in map(self._direct, lines) if d is not None]
        return _named((n for d in found for n in d.labels), "label_line") if found else None

    def _stated(self, text: str) -> Reading | None:
        said = [m.group(1) for m in _STATED.finditer(text[:READ_AT_MOST])]
        return _named((n for rest in said for n in self._mentions(rest, everyday=True)), "label_stated")

    def _in_text(self, text: str) -> Reading | None:
        return _named(self._mentions(text[:READ_AT_MOST], everyday=False), "label_in_text")

    def _mentions(self, text: str, *, everyday: bool) -> Iterator[str]:
        """Labels that the text names, the longest phrase at each place, negated ones left out."""
        words = normalised(text).split()
        at = 0
        while at < len(words):
            length, label = self._phrase_at(words, at)
            says = everyday or length > 1 or words[at] not in _EVERYDAY
            if label is not None and says and _NEGATIONS.isdisjoint(words[max(0, at - _REACH) : at]):
                yield label
            at += length

    def _phrase_at(self, words: list[str], at: int) -> tuple[int, str | None]:
        """How many words the longest label here has, and which it is; one word and none otherwise."""
        for length in self._lengths.get(words[at], ()):
            label = self._phrases.get(" ".join(words[at : at + length]))
            if label is not None:
                return length, label
        return 1, None


def normalised(text: str) -> str:
    """Letter case, punctuation and white space passed over: `Card_Arrival.` is `card arrival`."""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def without_reasoning(text: str) -> str:
    """The text behind the last `</think>`; nothing when the reasoning never ended."""
    if "<think>" not in text and "</think>" not in text:
        return text
    _, closed, rest = text.rpartition("</think>")
    return rest if closed and "<think>" not in rest else ""


def _named(labels: Iterable[str], rule: str) -> Reading | None:
    found = tuple(dict.fromkeys(labels))
    return Reading(found, (), rule) if found else None


def _label_texts(value: Any) -> tuple[list[str] | None, bool]:
    """The texts in a label's place of a JSON answer, None where there is none; and whether it is sure."""
    if isinstance(value, Mapping):
        lowered = {str(k).casefold(): v for k, v in value.items()}
        usual = [lowered[k] for k in _JSON_KEYS if k in lowered]
        values = usual or list(value.values())
        place = values[0] if usual or len(values) == 1 else None
        return (None if isinstance(place, Mapping) else _label_texts(place)[0]), bool(usual)
    if isinstance(value, list):
        return [_word(v) for v in value], True
    return (None if value is None else [_word(value)]), True


def _are_texts(values: list[Any]) -> bool:
    return all(isinstance(v, str) for v in values)


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)[:200]


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Text -> label, without texts that would mean two labels, and without empty ones."""
    found: dict[str, set[str]] = {}
    for text, label in pairs:
        found.setdefault(text, set()).add(label)
    return {text: next(iter(labels)) for text, labels in found.items() if text and len(labels) == 1}


def _lengths_by_first_word(phrases: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """First word -> how many words the phrases have that begin with it, longest first."""
    found: dict[str, set[int]] = {}
    for words in (p.split() for p in phrases):
        found.setdefault(words[0], set()).add(len(words))
    return {first: tuple(sorted(lengths, reverse=True)) for first, lengths in found.items()}
