"""Days in a text, in six languages, worked out from the day of the message: the second reading's own parser."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_WEEKDAY_NAMES = (
    "monday montag lundi lunes lunedì maandag",
    "tuesday dienstag mardi martes martedì dinsdag",
    "wednesday mittwoch mercredi miércoles mercoledì woensdag",
    "thursday donnerstag jeudi jueves giovedì donderdag",
    "friday freitag vendredi viernes venerdì vrijdag",
    "saturday samstag samedi sábado sabato zaterdag",
    "sunday sonntag dimanche domingo domenica zondag",
)
_MONTH_NAMES = (
    "january januar janvier enero gennaio januari",
    "february februar février febrero febbraio februari",
    "march märz mars marzo maart",
    "april avril abril aprile",
    "may mai mayo maggio mei",
    "june juni juin junio giugno",
    "july juli juillet julio luglio",
    "august août agosto augustus",
    "september septembre septiembre settembre",
    "october oktober octobre octubre ottobre",
    "november novembre noviembre",
    "december dezember décembre diciembre dicembre",
)
_NUMBER_NAMES = (
    "zwei two deux dos due twee|drei three trois tres tre drie|vier four quatre cuatro quattro|fünf five cinq cinco cinque vijf"
    "|sechs six seis sei zes|sieben seven sept siete sette zeven|acht eight huit ocho otto|neun nine neuf nueve nove negen"
    "|zehn ten dix diez dieci tien|elf eleven onze once undici|zwölf twelve douze doce dodici twaalf"
)
WEEKDAYS = {w: n for n, names in enumerate(_WEEKDAY_NAMES) for w in names.split()}
MONTHS = {m: n for n, names in enumerate(_MONTH_NAMES, 1) for m in names.split()}
_NUMBERS = {w: n for n, names in enumerate(_NUMBER_NAMES.split("|"), 2) for w in names.split()}

_W = "(?P<w>" + "|".join(WEEKDAYS) + ")"
_M = "(?P<m>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_N = r"(?P<n>\d+|" + "|".join(_NUMBERS) + ")"
_D = r"(?P<d>\d{1,2})"
_ORD = r"(?:(?:the|den|dem|am|le|de|día|giorno|el|il) )?(?P<d>\d{1,2})(?:st|nd|rd|th|er|e\b|\.(?=\W|$)|(?!\d|[:.h]\d| ?h\b| ?uhr| ?[ap]m\b|:))"
_FOLLOWING = (
    "(?:next week|der nächsten woche|de la semaine prochaine|de la semana que viene|della prossima settimana"
    "|van volgende week)"
)
_MONTH_END = (
    "last day of (?:this|the) month|letzten tag des monats|dernier jour du mois|último día del mes"
    "|ultimo giorno del mese|laatste dag van de maand"
)
_IN = "(?:heute |genau |vandaag |precies )?(?:in |dans |dentro de |en |fra |tra |over )?"
_WEEKS = (
    r"(?:weeks|wochen|semaines|semanas|settimane|weken)\b"
    "(?:,? same weekday as today| from today| from now| today)?"
)


@dataclass(frozen=True)
class Found:
    """A day in a text and where it stands."""

    start: int
    end: int
    day: date


def message_day(head: str) -> date | None:
    """The day in a header line."""
    if iso := re.search(r"(\d{4})-(\d\d)-(\d\d)", head):
        return date(int(iso[1]), int(iso[2]), int(iso[3]))
    if dotted := re.search(r"(\d\d)[./](\d\d)[./](\d{4})", head):
        return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
    if named := re.search(r"(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4})", head):
        month = next(
            (
                n
                for m, n in MONTHS.items()
                if m[:3] == named[2].lower() and m in _MONTH_NAMES[n - 1].split()[0]
            ),
            0,
        )
        return date(int(named[3]), month, int(named[1])) if month else None
    return None


def days_in(text: str, received: date) -> list[Found]:
    """Every day that the text names, longest reading first, in order of place."""
    found: list[Found] = []
    taken = [False] * len(text)
    for pattern, meaning in _READINGS:
        for match in pattern.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            day = meaning(match, received)
            if day is not None:
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append(Found(match.start(), match.end(), day))
    return sorted(found, key=lambda f: f.start)


Meaning = Callable[["re.Match[str]", date], "date | None"]


def _coming(match: re.Match[str], received: date) -> date:
    ahead = (WEEKDAYS[match["w"].lower()] - received.weekday()) % 7
    return received + timedelta(days=ahead or 7)


def _coming_week(match: re.Match[str], received: date) -> date:
    return _coming(match, received) + timedelta(weeks=1)


def _following_week(match: re.Match[str], received: date) -> date:
    monday = received - timedelta(days=received.weekday())
    return monday + timedelta(weeks=1, days=WEEKDAYS[match["w"].lower()])


def _nth_weekday(match: re.Match[str], received: date) -> date | None:
    second = re.match(r"second|zweite|deuxi|segundo|tweede", match["nth"], re.I)
    groups = match.groupdict()
    if groups.get("m"):
        month = MONTHS[groups["m"].lower()]
        year = received.year + (month < received.month)
    else:
        year, month = _month_after(received)
    days = [d for d in calendar.Calendar().itermonthdates(year, month) if d.month == month]
    fitting = [d for d in days if d.weekday() == WEEKDAYS[match["w"].lower()]]
    return fitting[1 if second else 0]


def _month_after(received: date) -> tuple[int, int]:
    return (received.year + 1, 1) if received.month == 12 else (received.year, received.month + 1)


def _of_next_month(match: re.Match[str], received: date) -> date:
    return date(*_month_after(received), int(match["d"]))


def _next_such(number: int, received: date) -> date | None:
    day = received
    for _ in range(62):
        day += timedelta(days=1)
        if day.day == number:
            return day
    return None


def _numbered(match: re.Match[str], received: date) -> date | None:
    return _next_such(int(match["d"]), received) if 1 <= int(match["d"]) <= 31 else None


def _beside(shift: int) -> Meaning:
    def meaning(match: re.Match[str], received: date) -> date | None:
        anchor = _numbered(match, received)
        return anchor and anchor + timedelta(days=shift)

    return meaning


def _last_of_month(match: re.Match[str], received: date) -> date:
    return date(*_month_after(received), 1) - timedelta(days=1)


def _count(match: re.Match[str]) -> int:
    word = match["n"].lower()
    return int(word) if word.isdigit() else _NUMBERS[word]


def _ahead(unit: int) -> Meaning:
    return lambda match, received: received + timedelta(days=unit * _count(match))


def _fixed(ahead: int) -> Meaning:
    return lambda match, received: received + timedelta(days=ahead)


def _in_full(match: re.Match[str], received: date) -> date | None:
    month = match["m"]
    return _valid(int(match["y"]), int(month) if month.isdigit() else MONTHS[month.lower()], int(match["d"]))


def _of_month(match: re.Match[str], received: date) -> date | None:
    month = match["m"]
    number = int(month) if month.isdigit() else MONTHS[month.lower()]
    this = _valid(received.year, number, int(match["d"]))
    return this if this and this >= received else _valid(received.year + 1, number, int(match["d"]))


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _readings() -> Iterator[tuple[re.Pattern[str], Meaning]]:
    of = r"(?:\.|th|st|nd|rd|er|e)?(?: of| de)? "
    table: tuple[tuple[str, Meaning], ...] = (
        (rf"not this coming {_W} but the one after", _coming_week),
        (rf"no este {_W} sino el siguiente", _coming_week),
        (rf"non questo {_W} ma quello dopo", _coming_week),
        (rf"a week on {_W}", _coming_week),
        (rf"{_W} (?:week\b|in einer woche|en huit|over een week)", _coming_week),
        (rf"(?:next week on|next|nächste woche|volgende week|la semaine prochaine,) {_W}", _following_week),
        (rf"{_W} {_FOLLOWING}", _following_week),
        (rf"(?P<nth>first|second) {_W} of next month", _nth_weekday),
        (
            rf"(?P<nth>first|second|ersten|zweiten|premier|deuxième|primer|segundo|primo|secondo|eerste|tweede) {_W}"
            rf" (?:in |im |de |di |van |d')_M_".replace("_M_", _M),
            _nth_weekday,
        ),
        (
            rf"{_ORD} (?:of next month|des nächsten monats|du mois prochain|del mes que viene|del mese prossimo|van volgende maand)",
            _of_next_month,
        ),
        (rf"two days after {_ORD}", _beside(2)),
        (rf"two days before {_ORD}", _beside(-2)),
        (
            rf"(?:day after|einen tag nach|le lendemain du|día después del|giorno dopo|dag na) {_ORD}",
            _beside(1),
        ),
        (
            rf"(?:day before|einen tag vor|la veille du|día antes del|giorno prima del|dag voor) {_ORD}",
            _beside(-1),
        ),
        (_MONTH_END, _last_of_month),
        (
            rf"(?:in |dans |dentro de |en |fra |tra |over )?\b{_N} (?:days|tagen|jours|días|giorni|dagen)\b(?:' time| from now)?",
            _ahead(1),
        ),
        (rf"{_IN}\b{_N} {_WEEKS}", _ahead(7)),
        (r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)", _in_full),
        (r"(?P<d>\d\d)[./-](?P<m>\d\d)[./-](?P<y>\d{4})", _in_full),
        (rf"\b{_D}{of}{_M}(?: de)? (?P<y>\d{{4}})", _in_full),
        (rf"{_M} {_D},? (?P<y>\d{{4}})", _in_full),
        (rf"\b{_D}{of}{_M}", _of_month),
        (rf"{_M} {_D}\b", _of_month),
        (r"\b(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?!\d)", _of_month),
        (rf"{_W.replace('?P<w>', '?:')}(?:,? (?:dem|den|the|le|de))? {_ORD}", _numbered),
        (
            r"(?:\bthe |\bam |\bden |\bdem |\ble |\bdía |\bgiorno |\bde )(?P<d>\d{1,2})(?:st|nd|rd|th|er|e\b|\.(?!\d)|(?= |,|\?|$|\)))",
            _numbered,
        ),
        (
            r"(?:the )?day after tomorrow|übermorgen|après-demain|pasado mañana|dopodomani|overmorgen",
            _fixed(2),
        ),
        (r"\b(?:tomorrow|tmrw|(?<!guten )morgen|demain|domani)\b|(?<!la )\bmañana\b", _fixed(1)),
        (r"(?:\btoday\b|\bheute\b|\baujourd'hui\b|\bhoy\b|\boggi\b|\bvandaag\b)", _fixed(0)),
        (rf"\b{_W}\b", _coming),
    )
    for pattern, meaning in table:
        yield re.compile(pattern, re.I), meaning


_READINGS = tuple(_readings())
