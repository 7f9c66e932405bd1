"""Where a suite's items are while it is worked with: a few in memory, many in a temporary file.

A run asks its items in random order and needs each for a moment. Held as objects, a hundred thousand take
more memory than all else in a run; in a file they take one offset each.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import weakref
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import IO, Any, overload

from evalkit.records import Item

MOST_IN_MEMORY = 5_000
"""Items of one suite that are held as objects: about 5 MiB, and quicker than a file."""

_NAMES = tuple(field.name for field in fields(Item))
_values = attrgetter(*_NAMES)


class Keeper:
    """Takes in the items of one suite, in order, and gives them back as a sequence."""

    def __init__(self, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self._most = most_in_memory
        self._held: list[Item] = []
        self._file: _ItemFile | None = None

    def add(self, item: Item) -> None:
        """Takes in one item."""
        if self._file is not None:
            self._file.append(item)
            return
        self._held.append(item)
        if len(self._held) > self._most:
            self._file = _ItemFile()
            for held in self._held:
                self._file.append(held)
            self._held.clear()

    def items(self) -> Sequence[Item]:
        """All that was taken in; nothing is added after this."""
        if self._file is None:
            return tuple(self._held)
        self._file.flush()
        return self._file


class _ItemFile(Sequence[Item]):
    """Items in a temporary file without a name, which is gone when they are."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the last reference
        self._starts = array("Q", [0])
        weakref.finalize(self, self._file.close)

    def append(self, item: Item) -> None:
        data = pickle.dumps(_values(item), pickle.HIGHEST_PROTOCOL)
        self._file.write(data)
        self._starts.append(self._starts[-1] + len(data))

    def flush(self) -> None:
        self._file.flush()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[Item]:
        return map(self._read, range(len(self)))

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        if isinstance(place, slice):
            return tuple(map(self._read, range(*place.indices(len(self)))))
        return self._read(range(len(self))[place])

    def _read(self, place: int) -> Item:
        start, end = self._starts[place], self._starts[place + 1]
        data = os.pread(self._file.fileno(), end - start, start)
        values: tuple[Any, ...] = pickle.loads(data)  # noqa: S301 - our own, and nobody else can open the file
        return Item(**dict(zip(_NAMES, values, strict=True)))
