"""Test items that occur in training data: a model tested on what it was trained on proves nothing.

Two measures, over words in NFKC and folded case, punctuation left out:

- **exact**: a whole text of the training data is the item's input.
- **overlap**: the share of the input's runs of `words` words (8) that stand in one row of the training data,
  or in plain text close together. Brown et al. 2020 (arXiv 2005.14165, appendix C) took runs of 13 words;
  inputs of twenty words ask for shorter ones. An input of 5 to 7 words is one run; a shorter one is compared
  whole alone, since its words meet by chance. Of a chat, each turn has its runs, and only the turns that are
  the item's own: system turns, which many items share, have none.

The runs of the items are an exact inverted index, in memory; the training data is read as a stream, so that
its size costs time alone. Only runs of words that some item has are looked up: 64-bit hashes, in batches.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from evalkit.errors import UsageError
from evalkit.records import Item, Suite
from evalkit.suites.runs import FEWEST_WORDS, RunIndex, run_hashes, split_words
from evalkit.suites.training import Text, is_structured, training_texts

WORDS = 8
"""Words of a run."""
SHARE = 0.5
"""Share of an item's runs found in one place from which it counts as found."""
_CLOSE = 20
"""In plain text, lines between two runs that may still be the same occurrence: quotes, blank lines."""
_BATCH = 200_000
"""Words that are looked up at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundItem:
    """A test item that the training data holds."""

    item_id: str
    kind: Literal["exact", "overlap"]
    share: float
    """Share of its runs that stand at this place, a fraction; 1 for exact."""
    file: str
    line: int
    """Line in the file, from 1; in Parquet and JSON the number of the row."""
    field: str
    """Where in the row it begins; empty in plain text."""
    places: int
    """Places at which it was found in all files; this is the first of those with the largest share."""
    critical: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Contamination:
    """What of a suite's test items was found in which training data."""

    suite: str
    suite_version: str
    test_items: int
    words: int
    """Words of a run."""
    share: float
    """Share from which an item counts as found."""
    compared_whole: int
    """Items too short for a run: compared with whole texts alone."""
    files: tuple[str, ...]
    texts: int
    """Texts that were read: cells, messages, lines."""
    training_words: int
    """Words of these."""
    found: tuple[FoundItem, ...]
    """In the order of the suite."""


def find_contamination(
    suite: Suite, files: Iterable[Path | str], *, words: int = WORDS, share: float = SHARE
) -> Contamination:
    """Look for the suite's test items in the training data.

    Raises:
        SuiteError: A file cannot be read whole.
        UsageError: A run or share is out of range.
    """
    if words < FEWEST_WORDS or not 0 < share <= 1:
        raise UsageError(
            f"runs of {words} words and a share of {share}",
            hint=f"a run has at least {FEWEST_WORDS} words, a share is above 0 and at most 1",
        )
    index = RunIndex([item_turns(i) for i in suite.test_items], words)
    search = _Search(index, share)
    paths = [Path(f) for f in files]
    for path in paths:
        search.read(path)
    return Contamination(
        suite=suite.name,
        suite_version=suite.suite_version,
        test_items=index.items,
        words=words,
        share=share,
        compared_whole=index.items - len(index.counts),
        files=tuple(map(str, paths)),
        texts=search.texts,
        training_words=search.words,
        found=tuple(_find_items(suite, search)),
    )


def item_turns(item: Item) -> list[list[str]]:
    """Return the words of the item's input, or of each turn of its chat."""
    said = [str(m.get("content") or "") for m in item.messages if m.get("role") != "system"]
    return [split_words(text) for text in (*said, *([] if item.input is None else [item.input]))]


def _find_items(suite: Suite, search: _Search) -> Iterator[FoundItem]:
    for number, item in enumerate(suite.test_items):
        best = search.best.get(number)
        if best is not None:
            yield FoundItem(
                item_id=item.id,
                kind="exact" if best.exact else "overlap",
                share=best.share,
                file=best.place[0],
                line=best.place[1],
                field=best.place[2],
                places=search.places[number],
                critical=item.critical,
            )


Place = tuple[str, int, str]
"""File, line, field."""


@dataclass(slots=True)
class _Occurrence:
    """Runs of one item that stand together."""

    place: Place
    last_line: int
    runs: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Best:
    exact: bool
    share: float
    place: Place


class _Search:
    """Reads training data and remembers the best place of each item."""

    def __init__(self, index: RunIndex, share: float) -> None:
        self._index, self._share = index, share
        self.best: dict[int, _Best] = {}
        self.places: dict[int, int] = {}
        self.texts = self.words = 0
        self._open: dict[int, _Occurrence] = {}

    def read(self, path: Path) -> None:
        """Looks up every text of the file."""
        rows = is_structured(path)
        close = 0 if rows else _CLOSE
        numbers: list[int] = []
        starts: list[int] = []
        places: list[Place] = []
        for text in training_texts(path):
            place = (str(path), text.line, text.field)
            starts.append(len(numbers))
            places.append(place)
            numbers += self._numbers(text, place)
            if rows:
                numbers.append(0)  # no run goes on in the next text
            if len(numbers) >= _BATCH:
                self._look_up(numbers, starts, places, close)
                # The last words may begin a run that ends in the next batch; they keep their places.
                cut = len(numbers) - self._index.longest + 1
                first = bisect_right(starts, cut) - 1
                numbers, places = numbers[cut:], places[first:]
                starts = [max(0, s - cut) for s in starts[first:]]
        self._look_up(numbers, starts, places, close)
        for item in list(self._open):
            self._close(item)

    def _numbers(self, text: Text, place: Place) -> list[int]:
        """The text's words by number, 0 for words that no item has; a whole text is compared on the way."""
        words = split_words(text.text)
        self.texts += 1
        self.words += len(words)
        if len(words) in self._index.lengths:
            for item in self._index.wholes.get(tuple(words), ()):
                # A text with runs is found again by these, and counted then.
                self._take(item, _Best(True, 1.0, place), places=int(item not in self._index.counts))
        get = self._index.numbers.get
        return [get(w, 0) for w in words]

    def _look_up(self, numbers: list[int], starts: list[int], places: list[Place], close: int) -> None:
        words = np.array(numbers, dtype=np.int64)
        known = np.concatenate(([0], np.cumsum(words == 0)))
        hits: list[tuple[int, int, int]] = []
        for length, runs in self._index.sorted.items():
            if len(words) < length:
                continue
            whole = np.flatnonzero(known[length:] == known[:-length])
            hashes = run_hashes(words, length)[whole]
            at = np.minimum(np.searchsorted(runs, hashes), len(runs) - 1)
            same = runs[at] == hashes
            hits += [
                (start, length, int(h)) for start, h in zip(whole[same].tolist(), hashes[same], strict=True)
            ]
        hits.sort()
        texts = np.searchsorted(np.array(starts), [h[0] for h in hits], side="right") - 1
        for (_, length, value), text in zip(hits, texts.tolist(), strict=True):
            for item in self._index.runs[length][value]:
                self._hit(item, value, places[text], close)

    def _hit(self, item: int, run: int, place: Place, close: int) -> None:
        open_one = self._open.get(item)
        if open_one is not None and place[1] - open_one.last_line > close:
            self._close(item)
            open_one = None
        if open_one is None:
            open_one = self._open[item] = _Occurrence(place, place[1])
        open_one.last_line = place[1]
        open_one.runs.add(run)

    def _close(self, item: int) -> None:
        """An occurrence is over: it counts when enough of the item stood there."""
        occurrence = self._open.pop(item)
        share = len(occurrence.runs) / self._index.counts[item]
        if share >= self._share:
            self._take(item, _Best(False, share, occurrence.place), places=1)

    def _take(self, item: int, new: _Best, *, places: int) -> None:
        old = self.best.get(item)
        self.places[item] = self.places.get(item, 0) + places
        if old is None or (new.exact, new.share) > (old.exact, old.share):
            self.best[item] = new
