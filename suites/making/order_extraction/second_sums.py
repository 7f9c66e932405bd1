"""Sums of money and days of delivery in an order: the second reading's own parser."""

from __future__ import annotations

import re
from datetime import date

_CODES = {
    "€": "EUR", "eur": "EUR", "euros": "EUR", "$": "USD", "usd": "USD", "dollars": "USD", "£": "GBP", "gbp": "GBP",
    "pounds": "GBP", "fr.": "CHF", "chf": "CHF", "francs": "CHF",
}  # fmt: skip
_UNIT = r"(?:€|\$|£|EUR|USD|GBP|CHF|Fr\.)"
_AFTER = r"(?:€|EUR|USD|GBP|CHF|euros|dollars|pounds|francs)"
_DIGITS = r"\d[\d.,']*\d|\d"
MONEY = re.compile(
    rf"(?P<before>{_UNIT}) ?(?P<a>{_DIGITS})|(?<![\d.,'])(?P<b>{_DIGITS}) ?(?P<after>{_AFTER})(?![A-Za-z])"
)
EACH = re.compile(
    rf"(?: at| @| à| a)? \(?(?:at |@ |à |a )?(?:{MONEY.pattern.replace('?P<before>', '?:').replace('?P<a>', '?:').replace('?P<b>', '?:').replace('?P<after>', '?:')})"
    r"(?: each\)?| pièce| la unidad| al pezzo| per stuk|\))"
)
_MONTHS = (
    "january januar janvier enero gennaio januari jan|february februar février febrero febbraio februari feb|march märz mars marzo maart mar"
    "|april avril abril aprile apr|may mai mayo maggio mei|june juni juin junio giugno jun|july juli juillet julio luglio jul"
    "|august août agosto augustus aug|september septembre septiembre settembre sep|october oktober octobre octubre ottobre oct"
    "|november novembre noviembre nov|december dezember décembre diciembre dicembre dec"
)
_MONTH = {name: n for n, names in enumerate(_MONTHS.split("|"), 1) for name in names.split()}
MONTH = "(?:" + "|".join(sorted(_MONTH, key=len, reverse=True)) + r")\b"
_DAYS = (
    (re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"), "in full"),
    (re.compile(r"(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<y>\d{4})"), "in full"),
    (
        re.compile(
            rf"(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th)?(?: de| of)? (?P<m>{MONTH})(?:(?: de)? (?P<y>\d{{4}}))?",
            re.I,
        ),
        "named",
    ),
    (re.compile(rf"(?P<m>{MONTH}) (?P<d>\d{{1,2}})(?:, (?P<y>\d{{4}}))?(?!\d)", re.I), "named"),
)
_HEAD = re.compile(r"\A(?:Date|Datum|Fecha|Data|Date ?): .*\n", re.I)


def amount(text: str) -> float:
    """A number as written in any of the ways: the last mark before two digits is the decimal one."""
    if decimal := re.fullmatch(r"(.*)[.,](\d\d)", text):
        whole, cents = re.sub(r"\D", "", decimal[1]), decimal[2]
        return int(whole) + int(cents) / 100
    return float(re.sub(r"\D", "", text))


def sum_to_pay(text: str) -> tuple[float | int | None, str | None]:
    """What is to be paid and its currency; prices of single goods do not count."""
    rest = re.sub(r"(?m)^(.*?)@ .*$", lambda m: re.sub(rf" ?@ (?:{_plain()})", "", m[0]), text)
    rest = EACH.sub("", rest)
    rest = re.sub(
        rf"(?<=\w|\)) (?:at|à) (?:{_plain()})(?=,| and| an | und| et| e | y | en | per| pour| für|\.|\n|$| for| to| please| ready|\?)",
        "",
        rest,
    )
    found = list(MONEY.finditer(rest))
    if not found:
        return None, None
    wanted = found[-1]
    if re.search(r"of which|do not charge|express", rest):
        wanted = found[0]
    value = amount(wanted["a"] or wanted["b"])
    code = _CODES[(wanted["before"] or wanted["after"]).lower()]
    return (int(value) if value == int(value) else round(value, 2)), code


def _plain() -> str:
    return re.sub(r"\?P<\w+>", "?:", MONEY.pattern)


def code_in(text: str) -> str | None:
    """The currency of the first sum in a text."""
    found = MONEY.search(text)
    return _CODES[(found["before"] or found["after"]).lower()] if found else None


def day_needed(text: str) -> str | None:
    """The one day that is left when the date line and other days are gone."""
    head = _HEAD.match(text)
    written = _first_day(head[0], None) if head else None
    day = _first_day(text[head.end() :] if head else text, written)
    return day.isoformat() if day else None


def _first_day(text: str, written: date | None) -> date | None:
    for pattern, _ in _DAYS:
        for match in pattern.finditer(text):
            month = match["m"]
            number = int(month) if month.isdigit() else _MONTH[month.lower()]
            if match["y"]:
                return date(int(match["y"]), number, int(match["d"]))
            if written:
                this = date(written.year, number, int(match["d"]))
                return this if this >= written else date(written.year + 1, number, int(match["d"]))
    return None
