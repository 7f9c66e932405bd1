"""Samples to be opened, as the texts that the errors page loads: an index, and chunks in its order.

The page may fetch nothing when it is opened from disk, so each is a script of one call with one JSON value,
in ASCII and without `<`: no character of it can end a script element or be read in another encoding.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from evalkit.reporting.inputs import MOST_IN_ONE_FILE
from evalkit.reporting.view.errors import ErrorsPage
from evalkit.reporting.view.listing import Listed
from evalkit.reporting.view.opened import Chunk, chunks
from evalkit.reporting.view.pages import Context

FOLDER = "data/samples/"
"""Where the files lie, from the report's folder."""

Places = Mapping[tuple[str, str], tuple[int, int]]
"""Suite and item -> the number of its chunk, and its place in it."""

FORMAT = 1
"""Of the index and the chunks."""


def sample_files(context: Context, page: ErrorsPage) -> Generator[tuple[str, str], None, int]:
    """(path in the report, text) of each chunk, the index last; returns how many items have no sample."""
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for number, chunk, text in _fitting(context, page, context.inputs.options.most_opened):
        places |= chunk.places(number)
        yield f"{FOLDER}{number}.js", f"evalkit.samples({number},{text})\n"
    yield f"{FOLDER}index.js", f'evalkit.samples("index",{index_text(context, page, places)})\n'
    return len(page.listed) - len(places)


def embedded(context: Context, page: ErrorsPage) -> tuple[dict[str, str], int]:
    """Name -> JSON text of the index and of as many chunks as one file may hold; and the items left out."""
    most = context.inputs.options.most_opened
    places: dict[tuple[str, str], tuple[int, int]] = {}
    texts: dict[str, str] = {}
    limit = MOST_IN_ONE_FILE if most is None else most
    for number, chunk, text in _fitting(context, page, limit):
        places |= chunk.places(number)
        texts[str(number)] = text
    texts["index"] = index_text(context, page, places)
    return texts, len(page.listed) - len(places)


def _fitting(context: Context, page: ErrorsPage, most: int | None) -> Iterator[tuple[int, Chunk, str]]:
    """Each chunk with number and text while all have at most so many characters; what pages link to first."""
    linked, taken = _linked(context), 0
    listed = sorted(page.listed, key=lambda item: (item.suite, item.item_id) not in linked)
    for number, chunk in enumerate(chunks(context, listed), start=1):
        text = chunk_text(chunk)
        taken += len(text)
        if most is not None and taken > most:
            return
        yield number, chunk, text


def _linked(context: Context) -> set[tuple[str, str]]:
    """The items that other pages link to: what broke and was fixed, and the examples of advice on routes."""
    inputs = context.inputs
    cases = inputs.gate.cases if inputs.gate else ()
    linked = {(c.suite, item) for c in cases for item in (*c.broken_items, *c.fixed_items)}
    linked |= {(one.found.suite, flip.item_id) for one in inputs.comparisons for flip in one.found.flips}
    advice = inputs.routes.suites if inputs.routes else ()
    return linked | {(one.suite, item) for one in advice for piece in one.advice for item in piece.examples}


def chunk_text(chunk: Chunk) -> str:
    """A chunk as JSON text."""
    return json_text({"items": chunk.items, "texts": chunk.texts})


def json_text(value: Any) -> str:
    """JSON text that can stand in a script element."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def index_text(context: Context, page: ErrorsPage, places: Places) -> str:
    """The index as JSON text; `places` says in which chunk, and where in it, an item is."""
    cells = {cell.candidate: cell for cell in context.cells.all()}
    tags = {pair: n for n, pair in enumerate(dict.fromkeys(p for item in page.listed for p in item.tags))}
    suites, candidates = list(page.suites), list(page.candidates)
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
                _entry(item, suites.index(item.suite), tags, *places.get((item.suite, item.item_id), (0, 0)))
                for item in page.listed
            ],
        }
    )


def _entry(item: Listed, suite: int, tags: dict[tuple[str, str], int], chunk: int, place: int) -> list[Any]:
    own = [tags[pair] for pair in item.tags]
    return [suite, item.item_id, item.critical, item.gist, own, chunk, place, item.results]
