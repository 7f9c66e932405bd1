"""The comparator of dates: many ways of writing the same calendar day."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import Any

from evalkit.families.comparators.digits import plain_digits
from evalkit.families.comparators.interface import Comparator, same_json
from evalkit.families.comparators.text import folded

_LONGEST = 64
_FIRST_OF_THE_1900S = 69

_MONTHS = (
    "jan january januar jänner janvier enero gennaio januari janeiro",
    "feb february februar février fevrier febrero febbraio februari fevereiro",
    "mar march märz maerz mars marzo maart março",
    "apr april avril abril aprile",
    "may mai mayo maggio mei maio",
    "jun june juni juin junio giugno junho",
    "jul july juli juillet julio luglio julho",
    "aug august août aout agosto augustus",
    "sep sept september septembre septiembre settembre setembro",
    "oct october oktober octobre octubre ottobre outubro okt",
    "nov november novembre noviembre novembro",
    "dec december dezember décembre decembre diciembre dicembre dezembro dez",
)
"""English, German, French, Spanish, Italian, Dutch, Portuguese."""
_WEEKDAYS = (
    "mon monday montag lundi lunes lunedì maandag segunda-feira",
    "tue tues tuesday dienstag mardi martes martedì dinsdag terça-feira",
    "wed wednesday mittwoch mercredi miércoles mercoledì woensdag quarta-feira",
    "thu thur thurs thursday donnerstag jeudi jueves giovedì donderdag quinta-feira",
    "fri friday freitag vendredi viernes venerdì vrijdag sexta-feira",
    "sat saturday samstag sonnabend samedi sábado sabato zaterdag",
    "sun sunday sonntag dimanche domingo domenica zondag",
)
_MONTH_OF = {name: month for month, names in enumerate(_MONTHS, 1) for name in names.split()}
_WEEKDAY_OF = {name: day for day, names in enumerate(_WEEKDAYS) for name in names.split()}
_FILLERS = frozenset(("of", "the", "den", "der", "de", "del", "le", "el", "il"))

# Python's own reader takes any separator: "2026-01-06/10" would be ten o'clock.
_ISO = re.compile(r"(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4}-?W\d{2}-?\d)(?:T\S+| \d{2}:\S+)?")
_SHORT_YEAR = re.compile(r"\d{1,2}(?:st|nd|rd|th|er|\.)?[ -][^\W\d]+\.?[ -]'?\d{2}")
_CLOCK = re.compile(
    r"(?:,|\s+at|\s+um|\s+à)?[\s,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[ap]\.?m\.?|\s*uhr)?"
    r"(?:\s*(?:z|utc|gmt|[-+]\d{2}:?\d{2}))?$"
)
"""A time of day behind the date, with its zone: passed over."""
_YEAR_FIRST = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日|"
                         r"\s*년\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일)")  # fmt: skip
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.]) ?(\d{1,2})\2 ?(\d{4}|\d{2})")
_LOOSE_MARK = re.compile(r"(?:^|[\s/-])[/-]|[/-]$")
"""A hyphen or slash that joins no two parts: a sign, a range, an open end."""
_WORD = re.compile(
    r"(?P<number>\d+)(?P<ordinal>st|nd|rd|th|er|º|ª|°|\.)?(?![\w'])|(?P<name>[^\W\d]+(?:-feira)?)\.?"
)


def date(dayfirst: bool | None = None) -> Comparator:
    """The same calendar day, however written; `dayfirst` says what 02/03/2026 is, else it is not read.

    A text that does not state day, month and year is compared as text without case.
    """
    if dayfirst is not None and not isinstance(dayfirst, bool):
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
def read_date(text: str, dayfirst: bool | None = None) -> datetime.date | None:
    """Return the calendar day that a text states in full; None when it does not, or not for certain."""
    plain = plain_digits(text.strip()) if len(text) <= _LONGEST else None
    if not plain:
        return None
    if _ISO.fullmatch(plain):
        try:
            return datetime.datetime.fromisoformat(plain).date()
        except ValueError:
            return None
    plain = _CLOCK.sub("", folded(plain)).strip(" ,.")
    try:
        if (found := _YEAR_FIRST.fullmatch(plain)) is not None:
            year, month, day = (int(g) for g in found.groups() if g is not None and g.isdecimal())
            return datetime.date(year, month, day)
        if (found := _YEAR_LAST.fullmatch(plain)) is not None:
            return _by_numbers(int(found[1]), int(found[3]), _year(found[4]), dayfirst)
        return None if _LOOSE_MARK.search(plain) else _by_words(plain)
    except ValueError:  # no day of the calendar
        return None


def _year(digits: str) -> int:
    """00 to 68 are 20xx, 69 to 99 are 19xx, as POSIX has it: a score must not depend on today."""
    number = int(digits)
    if len(digits) == 4:
        return number
    return number + (1900 if number >= _FIRST_OF_THE_1900S else 2000)


def _by_numbers(first: int, second: int, year: int, dayfirst: bool | None) -> datetime.date | None:
    if dayfirst is None and first != second and first <= 12 and second <= 12:
        return None
    day, month = (first, second) if first > 12 or (dayfirst and second <= 12) else (second, first)
    return datetime.date(year, month, day)


def _by_words(text: str) -> datetime.date | None:
    """Read a date with the month's name: one day, one month, one year, perhaps the weekday, nothing else."""
    numbers: list[tuple[str, bool]] = []
    months: set[int] = set()
    weekdays: set[int] = set()
    at = 0
    while at < len(text):
        word = _WORD.match(text, at)
        if word is None:
            if text[at] not in " ,-/'":
                return None
            at += 1
            continue
        at = word.end()
        name = word["name"]
        if name is None:
            numbers.append((word["number"], bool(word["ordinal"])))
        elif name in _MONTH_OF and not months:
            months.add(_MONTH_OF[name])
        elif name in _WEEKDAY_OF:
            weekdays.add(_WEEKDAY_OF[name])
        elif name not in _FILLERS:
            return None
    if len(numbers) != 2 or not months:
        return None
    # The year is the number of four digits, or two behind the month ("6 Jan 26", but not "6-26 Jan").
    day, year = numbers if len(numbers[0][0]) <= 2 else reversed(numbers)
    if len(day[0]) > 2 or year[1] or not (len(year[0]) == 4 or _SHORT_YEAR.fullmatch(text)):
        return None
    read = datetime.date(_year(year[0]), months.pop(), int(day[0]))
    return read if weekdays <= {read.weekday()} else None
