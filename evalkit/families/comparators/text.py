"""Comparators of text: exact, casefold, whitespace, fuzzy, regex. What is no text compares exactly."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Literal

from rapidfuzz import fuzz

from evalkit.bounded.patterns import Pattern, compile_pattern
from evalkit.families.comparators.interface import Comparator, Same, same_json
from evalkit.families.comparators.registry import EXACT

LONGEST_MATCHED = 10_000
"""Characters: longer text is not given to a regular expression, whose time may grow faster than the text."""

_RATIOS: Mapping[str, Callable[..., float]] = {
    "ratio": fuzz.ratio,
    "token_sort": fuzz.token_sort_ratio,
}


def exact() -> Comparator:
    """Equal JSON values."""
    return EXACT


def casefold() -> Comparator:
    """Equal text but for case and white space."""
    return Comparator(name="casefold", same=_by(folded))


def whitespace() -> Comparator:
    """Equal text but for the amount and kind of white space."""
    return Comparator(name="whitespace", same=_by(normalize_spaces))


def fuzzy(threshold: float = 0.9, method: Literal["ratio", "token_sort"] = "ratio") -> Comparator:
    """Similar enough text, a ratio in [0, 1], after casefold and white space.

    `ratio` is rapidfuzz's normalised indel similarity: 1 − (insertions + deletions) / (both lengths).
    `token_sort` is the same over the words in alphabetical order.
    """
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 < threshold <= 1:
        raise ValueError(f"the threshold is a fraction above 0 and up to 1, not {threshold!r}")
    if method not in _RATIOS:
        raise ValueError(f"the method is one of {', '.join(_RATIOS)}, not {method!r}")
    ratio, percent = _RATIOS[method], threshold * 100 - 1e-9  # 0.55 * 100 is more than 55

    def alike(expected: str, got: str) -> bool:
        expected, got = folded(expected), folded(got)
        return expected == got or ratio(expected, got, score_cutoff=percent) >= percent

    return Comparator(name="fuzzy", same=_of_text(alike))


def regex(pattern: str | None = None) -> Comparator:
    """With a pattern: the parts that it captures are equal. Without: the target is the pattern.

    The captured part is the groups that matched, or the whole match where the pattern has no group, of the
    first place found; a value in which nothing is found is compared exactly.
    As a pattern, the target must match the whole answer; an answer that is the pattern's own text counts too.
    """
    if pattern is None:
        return Comparator(name="regex", same=_of_text(_matches_target))
    if not isinstance(pattern, str):
        raise ValueError(f"the pattern is text, not {pattern!r}")
    compiled = compile_pattern(pattern)
    return Comparator(name="regex", same=_by(lambda text: _capture(compiled, text)))


def normalize_spaces(text: str) -> str:
    """White space runs made one space, ends cut off, composed characters in one form (NFC)."""
    return " ".join(_compose(text).split())


def folded(text: str) -> str:
    """`spaced`, without case."""
    return _compose(" ".join(_compose(text).casefold().split()))


def _compose(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _by(key: Callable[[str], Any]) -> Same:
    return _of_text(lambda expected, got: expected == got or key(expected) == key(got))


def _of_text(same: Callable[[str, str], bool]) -> Same:
    def either(expected: Any, got: Any) -> bool:
        if isinstance(expected, str) and isinstance(got, str):
            return bool(same(expected, got))
        return same_json(expected, got)

    return either


def _capture(pattern: Pattern, text: str) -> Any:
    if len(text) > LONGEST_MATCHED:
        return text
    found = pattern.search(text)
    if found is None:
        return text
    groups = tuple(g for g in found.groups() if g is not None)
    return groups or (found.group(),)


def _matches_target(expected: str, got: str) -> bool:
    if expected == got:
        return True
    if len(got) > LONGEST_MATCHED:
        return False
    try:
        return compile_pattern(expected).fullmatch(got) is not None
    except ValueError:
        return False  # `check` tells the author; scoring goes on
