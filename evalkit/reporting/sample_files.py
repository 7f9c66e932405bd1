"""Samples to be opened, as the texts that the errors page loads: an index, and chunks in its order.

The page may fetch nothing when it is opened from disk, so each is a script of one call with one JSON value,
in ASCII and without `<`: no character of it can end a script element or be read in another encoding.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from evalkit.reporting.inputs import MOST_IN_ONE_FILE
from evalkit.reporting.view.errors import ErrorsPage
from evalkit.reporting.view.listing import Listed
from evalkit.reporting.view.opened import Chunk, chunks
from evalkit.reporting.view.pages import Context

FOLDER = "data/samples/"
"""Where the files lie, from the report's folder."""

FORMAT = 1
"""Of the index and the chunks."""


def sample_files(context: Context, page: ErrorsPage) -> Generator[tuple[str, str], None, int]:
    """(path in the report, text) of each chunk, the index last; returns how many items have no sample."""
    sizes = []
    for number, (size, text) in enumerate(
        _fitting(context, page, context.inputs.options.most_opened), start=1
    ):
        sizes.append(size)
        yield f"{FOLDER}{number}.js", f"evalkit.samples({number},{text})\n"
    yield f"{FOLDER}index.js", f'evalkit.samples("index",{index_text(context, page, sizes)})\n'
    return len(page.listed) - sum(sizes)


def embedded(context: Context, page: ErrorsPage) -> tuple[dict[str, str], int]:
    """Name -> JSON text of the index and of as many chunks as one file may hold; and the items left out."""
    most = context.inputs.options.most_opened
    fitting = list(_fitting(context, page, MOST_IN_ONE_FILE if most is None else most))
    sizes = [size for size, _ in fitting]
    texts = {str(number): text for number, (_, text) in enumerate(fitting, start=1)}
    texts["index"] = index_text(context, page, sizes)
    return texts, len(page.listed) - sum(sizes)


def _fitting(context: Context, page: ErrorsPage, most: int | None) -> Iterator[tuple[int, str]]:
    """(its items, JSON text) of each chunk, while all of them have at most so many characters."""
    taken = 0
    for chunk in chunks(context, page.listed):
        text = chunk_text(chunk)
        taken += len(text)
        if most is not None and taken > most:
            return
        yield len(chunk.items), text


def chunk_text(chunk: Chunk) -> str:
    """A chunk as JSON text."""
    return json_text({"items": chunk.items, "texts": chunk.texts})


def json_text(value: Any) -> str:
    """JSON text that can stand in a script element."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def index_text(context: Context, page: ErrorsPage, sizes: Sequence[int]) -> str:
    """The index as JSON text; `sizes` says how many items each chunk holds."""
    cells = {cell.candidate: cell for cell in context.cells.all()}
    tags = {pair: n for n, pair in enumerate(dict.fromkeys(p for item in page.listed for p in item.tags))}
    suites, candidates = list(page.suites), list(page.candidates)
    places = [(number, place) for number, size in enumerate(sizes, start=1) for place in range(size)]
    places += [(0, 0)] * (len(page.listed) - len(places))
    return json_text(
        {
            "format": FORMAT,
            "suites": suites,
            "candidates": [
                {"name": name, "tier": cells[name].tier, "simulated": cells[name].is_simulated}
                for name in candidates
            ],
            "tags": list(tags),
            "groups": [[suites.index(g.suite), candidates.index(g.candidate), g.kind] for g in page.groups],
            "items": [
                _entry(item, suites.index(item.suite), tags, *place)
                for item, place in zip(page.listed, places, strict=True)
            ],
        }
    )


def _entry(item: Listed, suite: int, tags: dict[tuple[str, str], int], chunk: int, place: int) -> list[Any]:
    own = [tags[pair] for pair in item.tags]
    return [suite, item.item_id, item.critical, item.gist, own, chunk, place, item.results]
