"""Samples to be opened, as the texts that the errors page loads: an index, and chunks in its order.

The page may fetch nothing when it is opened from disk, so each is a script of one call with one JSON value,
in ASCII and without `<`: no character of it can end a script element or be read in another encoding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from evalkit.reporting.view.errors import ErrorsPage
from evalkit.reporting.view.listing import Listed
from evalkit.reporting.view.opened import Chunk, chunks
from evalkit.reporting.view.pages import Context

FOLDER = "data/samples/"
"""Where the files lie, from the report's folder."""

FORMAT = 1
"""Of the index and the chunks."""


def sample_files(context: Context, page: ErrorsPage) -> Iterator[tuple[str, str]]:
    """(path from the report's folder, text) of each chunk, and of the index last."""
    sizes = []
    for number, chunk in enumerate(chunks(context, page.listed), start=1):
        sizes.append(len(chunk.items))
        yield f"{FOLDER}{number}.js", f"evalkit.samples({number},{chunk_text(chunk)})\n"
    yield f"{FOLDER}index.js", f'evalkit.samples("index",{index_text(context, page, sizes)})\n'


def embedded(context: Context, page: ErrorsPage) -> tuple[dict[str, str], int]:
    """Name -> JSON text of the index and of as many chunks as one file may hold; and the items left out."""
    texts: dict[str, str] = {}
    sizes: list[int] = []
    room = context.inputs.options.most_embedded
    for number, chunk in enumerate(chunks(context, page.listed), start=1):
        text = chunk_text(chunk)
        room -= len(text)
        if room < 0:
            break
        sizes.append(len(chunk.items))
        texts[str(number)] = text
    texts["index"] = index_text(context, page, sizes)
    return texts, len(page.listed) - sum(sizes)


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
