"""Days, times and lengths as people write them."""

from __future__ import annotations

from datetime import date, timedelta

from suites.making.calendar_tools.facts import TODAY
from suites.making.draws import Draw

_WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 9: "nine", 12: "twelve"}
_HOURS = ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
_LENGTHS = {
    15: ("15 minutes", "a quarter of an hour"), 20: ("20 minutes", "twenty minutes"), 30: ("half an hour", "30 minutes"),
    45: ("45 minutes", "three quarters of an hour"), 60: ("an hour", "one hour", "60 minutes"), 75: ("75 minutes",),
    90: ("an hour and a half", "90 minutes", "1.5 hours"), 120: ("two hours", "2 hours"), 180: ("three hours", "3 hours"),
}  # fmt: skip


def ordinal(number: int) -> str:
    """`1st`, `22nd`, `13th`."""
    ending = "th" if 10 < number < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def day_words(draw: Draw, day: date, *, full: bool = False) -> tuple[str, str]:
    """A day as a thing and with its preposition: ("Friday", "on Friday"), ("tomorrow", "tomorrow").

    `full` leaves out what another day in the same sentence could change: a day of an unnamed month.
    """
    ahead = (day - TODAY).days
    month, short = day.strftime("%B"), day.strftime("%b")
    forms = [
        f"{day.day} {month}",
        f"{month} {day.day}",
        f"the {ordinal(day.day)} of {month}",
        f"{day.day} {short}",
    ]
    if ahead == 1:
        return ("tomorrow",) * 2
    if ahead <= 6:
        forms = (
            [day.strftime("%A")] * 6
            + [f"{day.strftime('%A')}, {day.day} {month}"]
            + ([] if full else [f"the {ordinal(day.day)}"])
        )
    elif ahead < 28 and day.day != TODAY.day and not full:
        forms += [f"the {ordinal(day.day)}", f"{day.strftime('%A')} the {ordinal(day.day)}"]
    else:
        forms += [day.isoformat(), f"{day.strftime('%a')}, {day.day} {short}"]
    if (day.month, day.day) == (12, 31):
        forms += ["New Year's Eve", "the last day of the year"]
    said = draw.one(forms)
    if full:
        return said, f"on {said}"
    if draw.chance(0.12) and ahead in (9, 12):
        return (f"{_WORDS[ahead]} days from now", f"in {_WORDS[ahead]} days")
    if draw.chance(0.5) and ahead in (14, 21, 28):
        weeks = _WORDS[ahead // 7]
        return (f"{weeks} weeks from today", f"in {weeks} weeks")
    return said, f"on {said}"


def time_words(draw: Draw, start: str) -> str:
    """A time of day, never one that could be morning or evening."""
    hour, minute = int(start[:2]), start[3:]
    part = "am" if hour < 12 else "pm"
    twelve = (hour - 1) % 12 + 1
    forms = [
        f"{hour}:{minute}",
        f"{hour}:{minute}",
        start,
        f"{twelve}:{minute} {part}",
        f"{twelve}.{minute} {part}",
    ]
    if minute == "00":
        forms += [
            f"{twelve} {part}",
            f"{twelve}{part}",
            f"{_HOURS[hour % 12]} {'in the morning' if hour < 12 else 'in the afternoon'}",
        ]
    elif 8 <= hour < 12:
        spoken = {"15": "quarter past {}", "30": "half past {}"}.get(minute)
        forms += [spoken.format(_HOURS[hour % 12]) + " in the morning"] if spoken else []
    if start == "12:00":
        forms = ["noon", "12:00", "12 noon"]
    return draw.one(forms)


def end_of(start: str, minutes: int) -> str:
    """When it is over, HH:MM."""
    over = timedelta(hours=int(start[:2]), minutes=int(start[3:]) + minutes)
    return f"{over.seconds // 3600}:{over.seconds // 60 % 60:02d}"


def length_words(draw: Draw, minutes: int) -> str:
    """A length."""
    return draw.one(_LENGTHS[minutes])
