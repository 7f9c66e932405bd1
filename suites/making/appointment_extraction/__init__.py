"""How the appointment-extraction suite is made: facts, wording, and a second reading of what was written."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from suites.making import Item
from suites.making.appointment_extraction.facts import Decks, Request, request
from suites.making.appointment_extraction.tongues import TONGUES
from suites.making.appointment_extraction.wording import Phrasebook, in_words
from suites.making.draws import Draw
from suites.making.write import numbered

SIZES = {"en": 132, "de": 20, "fr": 12, "es": 12, "it": 9, "nl": 9}
"""Test items of each language, besides those written by hand."""
DEV = {"en": 6, "de": 1, "fr": 1}
FIRST, FIRST_DEV = 101, 7
"""Numbers of the first generated items; those below were written by hand."""


def items() -> list[Item]:
    """The generated items, always the same."""
    test = list(_some("test", SIZES, frozenset()))
    dev = _some("dev", DEV, {str(i["target"]["name"]).lower() for i in test})
    return numbered([*test, *dev], "ae", first=FIRST, first_dev=FIRST_DEV)


def _some(split: str, sizes: dict[str, int], taken: Collection[str]) -> Iterator[Item]:
    draw = Draw("appointment-extraction", split)
    book = Phrasebook(draw)
    for lang, size in sizes.items():
        decks = Decks(draw, lang)
        for _ in range(size):
            drawn = request(draw, decks, lang)
            while drawn.name.lower() in taken:
                drawn = request(draw, decks, lang)
            text, decided = in_words(draw, book, drawn)
            yield _item(drawn, text, decided, split)


def _item(drawn: Request, text: str, decided: dict[str, str], split: str) -> Item:
    tags = {
        "channel": drawn.channel,
        "lang": drawn.lang,
        "noise": "none",
        "trap": drawn.trap,
        "when": drawn.day.kind if drawn.day else "vague",
        "action": drawn.action,
        **decided,
    }
    if drawn.day and drawn.day.value[:4] != str(drawn.received.year):
        tags["year_end"] = "yes"
    if not any(day[:3].lower() in text.splitlines()[0].lower() for day in TONGUES[drawn.lang].weekdays):
        tags["weekday"] = "not_given"
    tags["difficulty"] = _difficulty(tags)
    return {"input": text, "target": drawn.target, "tags": tags, "split": split}


def _difficulty(tags: dict[str, str]) -> str:
    """A guess from what the item holds."""
    easy_day = tags["when"] in ("full_date", "month_day", "today", "near")
    hard = [
        tags["trap"] not in ("none", "two_requests"),
        not easy_day,
        tags["noise"] != "none",
        tags["action"] == "move",
    ]
    return ("easy", "medium", "hard", "hard", "hard")[sum(hard)]
