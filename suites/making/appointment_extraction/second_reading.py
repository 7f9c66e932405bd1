"""Reads a request for an appointment from its text alone, without a line of what wrote it.

Passages that only distract (other people, past days, quoted mails) are cut away by their own words; then the
days, clock times, names and verbs that are left are read by regular expressions of this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from suites.making.appointment_extraction.second_days import Found, days_in, message_day
from suites.making.appointment_extraction.second_names import patient, staff
from suites.making.appointment_extraction.second_times import times_in

_CANCEL = re.compile(
    r"\bcancel|cancella|\bstrike my|take me off|calling off|off the list|no longer in town|not needed any|won't be coming"
    r"|can't come .*no replacement|absagen|streichen|sage hiermit ab|annuler|anulen|anular|disdire|afzeggen|uit de agenda"
    r"|will not come|wont be coming|can have my appointment|from cancelled",
    re.I | re.S,
)
_MOVE = re.compile(
    r"\bmove (it|my)|moves? from|wants to move|resched|instead|swap my|shift me|rebook|postpone|push my|in place of|change that to"
    r"|no longer works|other day for an existing|verschieben|stattdessen|verlegen|anderen tag legen|déplacer|reporter"
    r"|cambiarla|aplazar|spostare|invece di|invece del|verzetten|verplaatsen|let us say|moves from",
    re.I,
)
_OTHER_BEFORE = re.compile(
    r"(at your place on|birth is|born(?: on)?|letter of|since|runs out on|written on|bill of|retired on|accident was on|last until|x-ray from"
    r"|visit was on|wrote on|closed on|from)\W*$",
    re.I,
)
_OTHER_AFTER = re.compile(r"^\W*(on i'm abroad|x-ray)", re.I)
_NEVER_BEFORE = re.compile(
    r"(please not|anything but|^not|[.:;] not|\bnot possible:|\. pas|^pas|^nicht|\bno)( on| am| el| le| la| de)*\s*$",
    re.I,
)
_NEVER_AFTER = re.compile(
    r"^( is no good|,? i can't| is impossible| bin ich verhindert| no puedo| no, ho| lukt niet|, da arbeite|, je travaille)",
    re.I,
)
_OLD_BEFORE = re.compile(
    r"(can't make it|my appointment of|appointment|instead of|my slot|agreed on|down for|appointment from|not|in place of|booked"
    r"|in the way of|cannot come|moves from|booked so far:|old day:|instead of:|den termin|statt|besuch, der|prévu|empêchement"
    r"|tenía|en lugar|en lugar de|avevo|invece|invece di|afspraak|dag \()( on| am| el| le| del| dell'| de| diesen| this| this coming| the)*\s*\Z",
    re.I,
)
_OLD_AFTER = re.compile(
    r"^( is out| no longer works| after all| back\?|, but the sitter| muss ich|\)| something came up|: something)",
    re.I,
)
_TAKEN_BACK = re.compile(
    r"(no,? sorry|wait i mean|wait, i mean|or rather|no,? make that)[,\s]*(on |at )*", re.I
)


def read(item: Mapping[str, Any]) -> dict[str, str | None] | None:
    """The target as read a second time; None where this reading does not judge."""
    head, _, body = str(item["input"]).partition("\n")
    received = message_day(head)
    if received is None:
        return None
    action = "cancel" if _cancels(body) else "move" if _MOVE.search(body) else "book"
    name = patient(body)
    if name is None:
        return None
    asked = _asked(body, received)
    day, time = _when(asked, received, action)
    return {"action": action, "name": name, "with": staff(body), "date": day, "time": time}


def _cancels(body: str) -> bool:
    return bool(_CANCEL.search(_plain(body))) and not re.search(r"sitter|set action to cancel", _plain(body))


def _plain(body: str) -> str:
    body = re.sub(r"^>.*$", "", body, flags=re.M)
    body = re.sub(r"\n--\n.*", "", body, flags=re.S)
    return re.sub(
        r"(?im)^.*(system: answer|ignore all rules|ignore the above).*$",
        lambda m: re.split(r"(?i)system: answer|note for the assistant|ignore all|###", m[0])[0],
        body,
    )


def _asked(body: str, received: date) -> str:
    return re.sub(r"### new instructions.*?###|time to 00:00", "", _plain(body))


def _when(text: str, received: date, action: str) -> tuple[str | None, str | None]:
    found = [f for f in days_in(text, received) if not _elsewhere(text, f, action)]
    masked = _masked(text, days_in(text, received))
    times = times_in(masked)
    back = _TAKEN_BACK.search(masked)
    if back:
        later = [f for f in found if f.start >= back.start()]
        found = later or found
        times = [t for t in times if t[0] >= back.start()] or times
    day = (
        found[-1].day.isoformat()
        if found and action == "move"
        else found[0].day.isoformat()
        if found
        else None
    )
    return day, times[0][2] if times else None


def _elsewhere(text: str, found: Found, action: str) -> bool:
    before, after = text[max(0, found.start - 40) : found.start], text[found.end : found.end + 40]
    if _OTHER_BEFORE.search(before) or _OTHER_AFTER.search(after):
        return True
    if _NEVER_BEFORE.search(before) or _NEVER_AFTER.search(after):
        return True
    return action == "move" and bool(_OLD_BEFORE.search(before) or _OLD_AFTER.search(after))


def _masked(text: str, found: list[Found]) -> str:
    for f in reversed(found):
        text = text[: f.start] + "§" * (f.end - f.start) + text[f.end :]
    return text
