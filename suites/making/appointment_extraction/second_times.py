"""Clock times in a text from which the days have been taken out: the second reading's own parser."""

from __future__ import annotations

import re

_HOURS = {
    w: n
    for n, names in enumerate(
        (
            "one ein eins una een", "two zwei dos due twee", "three drei tres tre drie", "four vier cuatro quattro",
            "five fünf cinco cinque vijf", "six sechs seis sei zes", "seven sieben siete sette zeven",
            "eight acht ocho otto", "nine neun nueve nove negen", "ten zehn diez dieci tien", "eleven elf once undici",
            "twelve zwölf doce dodici twaalf",
        ),
        1,
    )
    for w in names.split()
}  # fmt: skip
_H = "(?P<h>" + "|".join(sorted(_HOURS, key=len, reverse=True)) + r")\b"
_BEFORE = r"(?:\bat|§|sorry|mean|rather|make that|time:|hour:|:|\bum|\bà|\ba las?|\balle|\ball'|\bom|^)[,\s]*"
_PATTERNS = (
    (re.compile(r"\b(?P<h>\d{1,2})(?::(?P<m>\d\d))? ?(?P<half>am|pm)\b", re.I), None),
    (re.compile(r"\b(?P<h>\d{1,2}) ?h ?(?P<m>\d\d)?\b", re.I), None),
    (re.compile(r"\b(?P<h>\d{1,2})[:.](?P<m>\d\d)\b"), None),
    (re.compile(r"\b(?P<h>\d{1,2}) uhr\b", re.I), 0),
    (re.compile(rf"\b(?:half past) {_H}", re.I), 30),
    (re.compile(rf"\b{_H} thirty\b", re.I), 30),
    (re.compile(rf"\b(?:quarter past|viertel nach|kwart over) {_H}", re.I), 15),
    (re.compile(rf"\b(?:quarter to|viertel vor|kwart voor) {_H}", re.I), -15),
    (re.compile(rf"\bhalf? {_H}|\bhalb {_H.replace('?P<h>', '?P<h2>')}", re.I), -30),
    (re.compile(rf"\b{_H} (?:y cuarto|e un quarto)", re.I), 15),
    (re.compile(rf"\b{_H} (?:y media|e mezza)", re.I), 30),
    (re.compile(rf"\b{_H} (?:menos cuarto|meno un quarto)", re.I), -15),
    (re.compile(rf"\b{_H} (?:o'clock|sharp|uhr|uur)\b", re.I), 0),
    (
        re.compile(
            rf"(?<=las ){_H}|(?<=a la ){_H.replace('?P<h>', '?P<h2>')}|(?<=alle ){_H.replace('?P<h>', '?P<h3>')}",
            re.I,
        ),
        0,
    ),
    (re.compile(r"\b(?P<noon>noon|midi)\b", re.I), 0),
    (re.compile(r"(?<=\bat )(?P<h>\d{1,2})\b(?![:.]\d)", re.I), 0),
    (re.compile(rf"{_BEFORE}{_H}(?! (?:of|more|thing|dinge))", re.I), 0),
)
_NOT_WANTED = re.compile(r"(?:until|around|between|between \d+ and|and) *$", re.I)

_YESTERDAY = re.compile(r" ?(gestern|hier|yesterday)\b", re.I)


def times_in(text: str) -> list[tuple[int, int, str]]:
    """Start, end and HH:MM of every clock time that somebody might want, in order of place."""
    found: list[tuple[int, int, str]] = []
    for pattern, minutes in _PATTERNS:
        for match in pattern.finditer(text):
            if any(s < match.end() and match.start() < e for s, e, _ in found):
                continue
            if not _NOT_WANTED.search(text[: match.start()]) and not _YESTERDAY.match(text[match.end() :]):
                found.append((match.start(), match.end(), _clock(match, minutes)))
    return sorted(found)


def _clock(match: re.Match[str], minutes: int | None) -> str:
    groups = match.groupdict()
    if groups.get("noon"):
        return "12:00"
    word = (groups.get("h") or groups.get("h2") or groups.get("h3") or "").lower()
    spoken = not word.isdigit()
    hour = _HOURS[word] if spoken else int(word)
    total = hour * 60 + (int(groups.get("m") or 0) if minutes is None else minutes)
    if groups.get("half"):
        total = total % 720 + (720 if groups["half"].lower() == "pm" else 0)
    elif (spoken or minutes is not None) and total < 8 * 60:
        total += 720  # the practice is open from eight to seven
    elif not spoken and minutes is None and hour < 8 and not match[0].startswith("0"):
        total += 720
    return f"{total // 60:02}:{total % 60:02}"
