"""The comparator of dates: many ways of writing the same calendar day."""

from __future__ import annotations

import datetime
import re
from functools import cache, lru_cache
from typing import Any

from dateutil import parser as dateutil_parser

from evalkit.families.comparators.interface import Comparator, same_json
from evalkit.families.comparators.text import folded

_LONGEST = 64
_FIRST_OF_THE_1900S = 69
# Two dates that share no part: what the text leaves open differs between the two readings.
_OPEN_A, _OPEN_B = datetime.datetime(2000, 1, 1), datetime.datetime(2004, 2, 2)
_YEAR_FIRST = re.compile(r"\d{4}\D")

_FOREIGN_MONTHS = (
    "januar jänner janvier enero gennaio januari janeiro",
    "februar février fevrier febrero febbraio februari fevereiro",
    "märz maerz mars marzo maart março",
    "avril abril aprile",
    "mai mayo maggio mei maio",
    "juni juin junio giugno junho",
    "juli juillet julio luglio julho",
    "août aout agosto augustus",
    "septembre septiembre settembre setembro",
    "oktober octobre octubre ottobre outubro okt",
    "novembre noviembre novembro",
    "dezember décembre decembre diciembre dicembre dezembro dez",
)


class _Words(dateutil_parser.parserinfo):
    """Month names of some more languages, and a fixed pivot for years of two digits."""

    MONTHS = [  # noqa: RUF012 - the library's own form
        (*english, *foreign.split())
        for english, foreign in zip(dateutil_parser.parserinfo.MONTHS, _FOREIGN_MONTHS, strict=True)
    ]
    JUMP = [*dateutil_parser.parserinfo.JUMP, "er", "the", "de", "den", "der", "le", "el", "il", "del"]  # noqa: RUF012

    def convertyear(self, year: int, century_specified: bool = False) -> int:
        """00 to 68 are 20xx, 69 to 99 are 19xx, as POSIX has it: a score must not depend on today."""
        if year >= 100 or century_specified:
            return year
        return year + (1900 if year >= _FIRST_OF_THE_1900S else 2000)


def date(dayfirst: bool = False) -> Comparator:
    """The same calendar day, however written; `dayfirst` reads 01/02/2026 as the first of February.

    A text that does not state day, month and year is compared as text without case.
    """
    if not isinstance(dayfirst, bool):
        raise ValueError(f"dayfirst is true or false, not {dayfirst!r}")

    def same_day(expected: Any, got: Any) -> bool:
        if not (isinstance(expected, str) and isinstance(got, str)):
            return same_json(expected, got)
        if expected == got:
            return True
        wanted, given = read_date(expected, dayfirst), read_date(got, dayfirst)
        if wanted is None or given is None:
            return wanted is given and folded(expected) == folded(got)
        return wanted == given

    return Comparator(name="date", same=same_day)


@lru_cache(maxsize=4096)
def read_date(text: str, dayfirst: bool = False) -> datetime.date | None:
    """The calendar day that a text states in full; None when it does not."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        return datetime.datetime.fromisoformat(text).date()
    except ValueError:
        # Where the year stands first, the day stands last, also under `dayfirst`.
        return _read_by_dateutil(text, dayfirst and not _YEAR_FIRST.match(text))


def _read_by_dateutil(text: str, dayfirst: bool) -> datetime.date | None:
    readings = set()
    for open_parts in (_OPEN_A, _OPEN_B):
        try:
            read = _parser().parse(text, default=open_parts, dayfirst=dayfirst, ignoretz=True)
        except Exception:  # noqa: BLE001 - hostile text brings out more than dateutil's own errors
            return None
        readings.add(read.date())
    return readings.pop() if len(readings) == 1 else None


@cache
def _parser() -> dateutil_parser.parser:
    return dateutil_parser.parser(info=_Words())
