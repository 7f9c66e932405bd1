"""The facts of one request: who asks for what, when, with whom, and what makes it hard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from suites.making.appointment_extraction.days import CLOSED, KINDS, Said, say_day, say_time
from suites.making.appointment_extraction.people import DOCTORS, FAMILY, FIRST_NAMED, MEN, WOMEN
from suites.making.draws import Deck, Draw

CHANNELS = {"email": 46.0, "chat": 16.0, "form": 14.0, "voicemail": 13.0, "note": 11.0}
ACTIONS = {"book": 62.0, "move": 22.0, "cancel": 16.0}
TRAPS = {
    "none": 34.0,
    "distractor": 20.0,
    "two_parties": 13.0,
    "negation": 9.0,
    "correction": 9.0,
    "two_requests": 5.0,
    "vague": 6.0,
    "injection": 4.0,
}
HALF_OPEN = 0.22
"""Share of requests with a day but no clock time."""
_KINDS = (
    *KINDS,
    "weekday",
    "weekday",
    "next_weekday",
    "weekday_week",
    "near",
    "near",
    "ordinal",
    "in_weeks",
    "month_day",
)
_FIRST, _LAST = date(2025, 11, 3), date(2026, 12, 20)


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Somebody of the practice, as patients call them."""

    said: str
    """"Dr. Okafor", "Jonas"."""
    name: str
    """Without the title."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Everything that a message says, before it is put into words."""

    received: date
    lang: str
    channel: str
    action: str
    trap: str
    name: str
    """Who is to be seen."""
    caller: str | None
    """Who writes, where that is somebody else."""
    staff: Staff | None
    lure: Staff
    """Somebody else of the practice, for sentences that distract."""
    day: Said | None
    time: Said | None
    old: Said
    """The day that a moved appointment has now; else a day that is not wanted."""
    wrong: Said
    """A time that is taken back."""

    @property
    def woman(self) -> bool:
        """Whether the patient's given name is a woman's."""
        return self.name.split()[0] in WOMEN[self.lang]

    @property
    def target(self) -> dict[str, str | None]:
        """What is right."""
        spoken = self.channel == "voicemail"
        name = self.name.lower() if spoken else self.name
        staff = self.staff.name if self.staff else None
        return {
            "action": self.action,
            "name": name,
            "with": staff.lower() if staff and spoken else staff,
            "date": self.day.value if self.day else None,
            "time": self.time.value if self.time else None,
        }


class Decks:
    """What is dealt without repetition, so that requests differ."""

    def __init__(self, draw: Draw, lang: str) -> None:
        self.given = Deck(draw, [*WOMEN[lang], *MEN[lang]])
        self.family = Deck(draw, FAMILY[lang])
        self.doctors = Deck(draw, DOCTORS)
        self.first_named = Deck(draw, FIRST_NAMED)
        self.kinds = Deck(draw, _KINDS)


def request(draw: Draw, decks: Decks, lang: str) -> Request:
    """One drawn request."""
    trap = draw.weighted(TRAPS) if lang == "en" else "none"
    received = _day_of_message(draw, new_year=draw.chance(0.14))
    other = trap == "two_parties"
    channel = draw.weighted(CHANNELS) if lang == "en" else draw.weighted({"email": 8, "chat": 2})
    day = None if trap == "vague" else _wanted_day(draw, decks, received, lang, spoken=channel == "voicemail")
    action = draw.weighted(ACTIONS) if day and trap not in ("negation", "correction") else "book"
    return Request(
        received=received,
        lang=lang,
        channel="email" if _unlikely(channel, trap, received) else channel,
        action=action,
        trap=trap,
        name=f"{decks.given.deal()} {decks.family.deal()}",
        caller=f"{decks.given.deal()} {decks.family.deal()}" if other else None,
        staff=_staff(draw, decks) if draw.chance(0.5) else None,
        lure=_staff(draw, decks),
        day=day,
        time=_time(draw, lang, day, trap),
        old=_other_day(draw, received, lang, day),
        wrong=say_time(draw, lang),
    )


def _unlikely(channel: str, trap: str, received: date) -> bool:
    """A form holds no slip of the tongue, and on Sundays nobody takes notes."""
    if channel == "form":
        return trap in ("correction", "injection")
    return channel == "note" and (received.weekday() == 6 or (received.month, received.day) in CLOSED)


def _wanted_day(draw: Draw, decks: Decks, received: date, lang: str, *, spoken: bool) -> Said:
    for _ in range(20):
        try:
            day = say_day(draw, received, lang, decks.kinds.deal())
        except ValueError:
            continue  # a month that ends on a Sunday, say: the next kind
        if not (spoken and day.value in day.text):  # nobody says 2026-03-05 aloud
            return day
    raise ValueError("no day")


def _time(draw: Draw, lang: str, day: Said | None, trap: str) -> Said | None:
    if day is None or (trap != "correction" and lang == "en" and draw.chance(HALF_OPEN)):
        return None
    return say_time(draw, lang)


def _other_day(draw: Draw, received: date, lang: str, day: Said | None) -> Said:
    for _ in range(100):
        old = say_day(
            draw, received, lang, draw.one(("weekday", "weekday", "ordinal", "weekday_ordinal", "month_day"))
        )
        if day is None or old.value != day.value:
            return old
    raise ValueError("no other day")


def _staff(draw: Draw, decks: Decks) -> Staff:
    if draw.chance(0.3):
        name = decks.first_named.deal()
        return Staff(said=name, name=name)
    name = decks.doctors.deal()
    return Staff(said=f"Dr. {name}", name=name)


def _day_of_message(draw: Draw, *, new_year: bool) -> date:
    first, last = (date(2025, 12, 15), date(2025, 12, 31)) if new_year else (_FIRST, _LAST)
    return first + timedelta(draw.number(0, (last - first).days))
