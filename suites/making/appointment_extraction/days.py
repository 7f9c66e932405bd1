"""Days and clock times as people say them, in English and five more languages, each with what it means."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from suites.making.appointment_extraction.tongues import TONGUES, Tongue
from suites.making.draws import Draw

OPENS, CLOSES = 8, 19
"""Hours of the practice: a clock time without am or pm is the one in between."""

CLOSED = {(1, 1), (5, 1), (12, 25), (12, 26)}
"""Months and days on which nobody would come."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """A day or a clock time in words."""

    text: str
    """With its preposition: "on Thursday", "tomorrow", "at half past two"."""
    bare: str
    """Without it, as a form or a note has it."""
    value: str
    """The day as YYYY-MM-DD or the time as HH:MM."""
    kind: str
    """What makes it slices: weekday, offset, ordinal, …"""


Maker = Callable[[Draw, date, Tongue], "tuple[str, str, date]"]


def say_day(draw: Draw, received: date, lang: str, kind: str) -> Said:
    """A day of the given kind after `received`, never a Sunday, at most some nine weeks ahead."""
    for _ in range(200):
        text, bare, day = _MAKERS[kind](draw, received, TONGUES[lang])
        if day.weekday() != 6 and (day.month, day.day) not in CLOSED and 0 <= (day - received).days <= 65:
            return Said(text=text, bare=bare, value=day.isoformat(), kind=kind)
    raise ValueError(f"no {kind} after {received}")


def say_time(draw: Draw, lang: str, style: str | None = None) -> Said:
    """A clock time within the hours of the practice."""
    tongue = TONGUES[lang]
    hour, minute = draw.number(OPENS, CLOSES - 1), draw.one((0, 0, 0, 15, 30, 30, 45))
    forms = tongue.digit_times if style == "digits" else tongue.times
    text, bare = draw.one(forms)(draw, hour, minute)
    return Said(text=text, bare=bare, value=f"{hour:02}:{minute:02}", kind="clock")


def coming(received: date, weekday: int) -> date:
    """The first such weekday after the day of the message."""
    return received + timedelta((weekday - received.weekday() - 1) % 7 + 1)


def _after(received: date, tongue: Tongue, number: int) -> tuple[str, str, date]:
    text = tongue.near[number]
    return text, text, received + timedelta(number)


def _today(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    return _after(received, tongue, 0)


def _near(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    return _after(received, tongue, draw.one((1, 1, 2)))


def _weekday(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    weekday = draw.number(0, 5)
    if weekday == received.weekday():
        weekday = (weekday + 2) % 6
    day = coming(received, weekday)
    forms = tongue.this_weekday if day.isocalendar()[:2] == received.isocalendar()[:2] else tongue.on_weekday
    text = draw.one(forms).format(tongue.weekdays[weekday])
    return text, tongue.weekdays[weekday], day


def _next_weekday(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    weekday = draw.number(0, 5)
    text = draw.one(tongue.next_weekday).format(tongue.weekdays[weekday])
    return text, text, received + timedelta(7 - received.weekday() + weekday)


def _weekday_week(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    weekday = draw.one([d for d in range(6) if d != received.weekday()])
    text = draw.one(tongue.weekday_week).format(tongue.weekdays[weekday])
    return text, text, coming(received, weekday) + timedelta(7)


def _in_days(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    number = draw.number(3, 10)
    text = draw.one(tongue.in_days).format(draw.one((str(number), tongue.words[number])))
    return text, text, received + timedelta(number)


def _in_weeks(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    number = draw.number(2, 5)
    text = draw.one(tongue.in_weeks).format(draw.one((str(number), tongue.words[number])))
    return text, text, received + timedelta(7 * number)


def _ordinal(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    day = received + timedelta(draw.number(3, 26))
    bare = tongue.ordinal(day.day)
    return tongue.on_day.format(bare), bare, day


def _weekday_ordinal(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    day = received + timedelta(draw.number(3, 26))
    bare = draw.one(tongue.weekday_ordinal).format(tongue.weekdays[day.weekday()], tongue.ordinal(day.day))
    return tongue.on_weekday_day.format(bare), bare, day


def _next_month(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    first = _first_of_next_month(received)
    day = first + timedelta(draw.number(0, 26))
    bare = draw.one(tongue.of_next_month).format(tongue.ordinal(day.day))
    return tongue.on_day.format(bare), bare, day


def _month_day(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    day = received + timedelta(draw.number(4, 59))
    bare = draw.one(tongue.month_day).format(
        day.day, tongue.months[day.month - 1], tongue.ordinal(day.day), day.month
    )
    return tongue.on_date.format(bare), bare, day


def _full_date(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    day = received + timedelta(draw.number(4, 59))
    bare = draw.one(tongue.full_date).format(
        d=day.day, m=day.month, y=day.year, month=tongue.months[day.month - 1]
    )
    return tongue.on_date.format(bare), bare, day


def _month_end(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    year, month = received.year, received.month
    text, bare = draw.one(tongue.month_end)
    return text, bare, date(year, month, calendar.monthrange(year, month)[1])


def _first_weekday(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    first = _first_of_next_month(received)
    weekday, number = draw.number(0, 5), draw.number(0, 1)
    day = coming(first - timedelta(1), weekday) + timedelta(7 * number)
    form = draw.one(tongue.first_weekday[number])
    bare = form.format(tongue.weekdays[weekday], tongue.months[first.month - 1])
    return tongue.on_weekday_day.format(bare), bare, day


def _around(draw: Draw, received: date, tongue: Tongue) -> tuple[str, str, date]:
    anchor = received + timedelta(draw.number(6, 25))
    shift, form = draw.one(tongue.around)
    text = form.format(tongue.ordinal(anchor.day))
    return text, text, anchor + timedelta(shift)


def _first_of_next_month(received: date) -> date:
    return (received.replace(day=1) + timedelta(32)).replace(day=1)


_MAKERS: dict[str, Maker] = {
    "today": _today,
    "near": _near,
    "weekday": _weekday,
    "next_weekday": _next_weekday,
    "weekday_week": _weekday_week,
    "in_days": _in_days,
    "in_weeks": _in_weeks,
    "ordinal": _ordinal,
    "weekday_ordinal": _weekday_ordinal,
    "next_month": _next_month,
    "month_day": _month_day,
    "full_date": _full_date,
    "month_end": _month_end,
    "first_weekday": _first_weekday,
    "around": _around,
}
KINDS = tuple(_MAKERS)
