"""How the order-extraction suite is made: facts, wording, and a second reading of what was written."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from suites.making import Item
from suites.making.draws import Draw
from suites.making.order_extraction.facts import Decks, Order, order
from suites.making.order_extraction.wording import Phrasebook, in_words
from suites.making.write import numbered

SIZES = {"en": 124, "de": 12, "fr": 7, "es": 7, "it": 4, "nl": 4}
"""Test items of each language, besides those written by hand."""
DEV = {"en": 8}
FIRST, FIRST_DEV = 201, 7
"""Numbers of the first generated items; those below were written by hand."""


def items() -> list[Item]:
    """The generated items, always the same."""
    draw = Draw("order-extraction")
    decks = {lang: Decks(draw, lang) for lang in SIZES}  # one for both splits: no firm stands in both
    test = list(_some(draw, decks, "test", SIZES, frozenset()))
    dev = _some(draw, decks, "dev", DEV, {str(i["target"]["customer"]).lower() for i in test})
    return numbered([*test, *dev], "oe", first=FIRST, first_dev=FIRST_DEV)


def _some(
    draw: Draw, decks: dict[str, Decks], split: str, sizes: dict[str, int], taken: Collection[str]
) -> Iterator[Item]:
    book = Phrasebook(draw)
    for lang, size in sizes.items():
        for _ in range(size):
            drawn = order(draw, decks[lang], lang)
            while drawn.customer.lower() in taken:
                drawn = order(draw, decks[lang], lang)
            text, noise = in_words(draw, book, drawn)
            yield {"input": text, "target": drawn.target, "tags": _tags(drawn, noise), "split": split}


def _tags(drawn: Order, noise: str) -> dict[str, str]:
    hard = sum((drawn.trap not in ("none", "two_requests"), noise != "none", len(drawn.lines) > 2))
    return {
        "channel": drawn.channel,
        "lang": drawn.lang,
        "noise": noise,
        "trap": drawn.trap,
        "lines": "3+" if len(drawn.lines) > 2 else str(len(drawn.lines)),
        "difficulty": ("easy" if drawn.lang == "en" else "medium", "medium", "hard", "hard")[hard],
    }
