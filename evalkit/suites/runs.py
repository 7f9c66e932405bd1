"""Runs of words of a suite's items as an exact inverted index: which items have which run."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST_WORDS = 5
"""Shorter inputs are compared whole alone."""
_ONE_EACH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f"
"""Scripts that are written without spaces: a letter is a word."""
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(rf"[{_ONE_EACH}]|[^\W_{_ONE_EACH}]+")

Words = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def split_words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


class RunIndex:
    """The runs of all items, by length, with whose they are."""

    def __init__(self, items: Sequence[Sequence[list[str]]], words: int) -> None:
        self.items = len(items)
        self.numbers: dict[str, int] = {}
        """Word -> its number, from 1."""
        for word in (w for turns in items for turn in turns for w in turn):
            self.numbers.setdefault(word, len(self.numbers) + 1)
        self.longest = words
        self.wholes: dict[tuple[str, ...], list[int]] = {}
        self.runs: dict[int, dict[int, list[int]]] = {}
        """Length -> hash of a run -> the items that have it."""
        self.counts: dict[int, int] = {}
        """Item -> its different runs."""
        for number, turns in enumerate(items):
            self._add(number, turns)
        self.lengths = {len(i) for i in self.wholes}
        self.sorted = {length: np.array(sorted(r), dtype=np.uint64) for length, r in self.runs.items()}

    def _add(self, number: int, turns: Sequence[list[str]]) -> None:
        if len(turns) == 1 and turns[0]:
            self.wholes.setdefault(tuple(turns[0]), []).append(number)
        found = {run for turn in turns for run in self._runs_of(turn)}
        if found:
            self.counts[number] = len(found)
        for length, value in found:
            self.runs.setdefault(length, {}).setdefault(value, []).append(number)

    def _runs_of(self, turn: list[str]) -> list[tuple[int, int]]:
        """(length, hash) of each run of the turn."""
        if len(turn) < FEWEST_WORDS:
            return []
        length = min(self.longest, len(turn))
        hashes = run_hashes(np.array([self.numbers[w] for w in turn]), length)
        return [(length, value) for value in hashes.tolist()]


def run_hashes(words: Words, length: int) -> Hashes:
    """A 64-bit hash of each run of so many word numbers, `(n_words − length + 1,)`."""
    # Each word number is spread over 64 bits first: small numbers would collide in a sum of products.
    spread = words.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    spread ^= spread >> np.uint64(29)
    spread *= np.uint64(0xBF58476D1CE4E5B9)
    spread ^= spread >> np.uint64(32)
    total = np.zeros(len(words) - length + 1, dtype=np.uint64)
    for place in range(length):  # multiply and add, overflow wanted
        total = total * np.uint64(0x100000001B3) + spread[place : place + len(total)]
    return total
