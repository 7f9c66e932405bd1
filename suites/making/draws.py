"""Seeded choices: the same seed gives the same suite on every machine and Python version."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Draw:
    """Independent choices from one seed.

    Only `random.Random.random` is used, whose sequence Python promises to keep; that of `choice` and
    `shuffle` it does not.
    """

    def __init__(self, *seed: object) -> None:
        self._random = random.Random("/".join(map(str, seed)))

    def chance(self, share: float) -> bool:
        """True in this share of draws."""
        return self._random.random() < share

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def one(self, of: Sequence[T]) -> T:
        """One of them, all equally likely."""
        return of[self.number(0, len(of) - 1)]

    def weighted(self, of: dict[T, float]) -> T:
        """One of the keys, in proportion to its value."""
        left = self._random.random() * sum(of.values())
        for value, weight in of.items():
            left -= weight
            if left < 0:
                return value
        return next(reversed(of))

    def some(self, of: Sequence[T], count: int) -> list[T]:
        """So many different ones, in drawn order."""
        return self.shuffled(of)[:count]

    def shuffled(self, of: Sequence[T]) -> list[T]:
        """All of them in drawn order."""
        return sorted(of, key=lambda _: self._random.random())


class Deck(Generic[T]):
    """Cards dealt without repetition until all are out, then shuffled anew, so that items differ."""

    def __init__(self, draw: Draw, of: Sequence[T]) -> None:
        self._draw, self._all, self._left = draw, list(of), list[T]()

    def deal(self) -> T:
        """The next card."""
        if not self._left:
            self._left = self._draw.shuffled(self._all)
        return self._left.pop()
