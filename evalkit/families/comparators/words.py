"""The comparator of booleans: true and false as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from evalkit.families.comparators.interface import Comparator, same_json
from evalkit.families.comparators.numbers import number_key
from evalkit.families.comparators.text import folded

_TRUE = ("true", "t", "yes", "y", "on", "1", "checked")
_FALSE = ("false", "f", "no", "n", "off", "0", "unchecked")


def boolean(true_words: Iterable[str] = (), false_words: Iterable[str] = ()) -> Comparator:
    """The same truth: true, false, 1, 0 and their words, without case; further words may be declared."""
    truth = {folded(word): True for word in (*_TRUE, *_words("true_words", true_words))}
    truth |= {folded(word): False for word in (*_FALSE, *_words("false_words", false_words))}

    def same_truth(expected: Any, got: Any) -> bool:
        wanted, given = _read(expected, truth), _read(got, truth)
        if wanted is None or given is None:
            return same_json(expected, got)
        return wanted is given

    return Comparator(name="boolean", same=same_truth, reads=frozenset({"boolean", "string", "number"}))


def _words(option: str, words: Iterable[str]) -> tuple[str, ...]:
    if isinstance(words, str) or not all(isinstance(w, str) for w in words):
        raise ValueError(f"{option} is a list of words")
    return tuple(words)


def _read(value: Any, truth: dict[str, bool]) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return truth.get(folded(value))
    number = number_key(value) if isinstance(value, (int, float)) else None
    return bool(number) if number in (0, 1) else None
