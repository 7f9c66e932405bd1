"""Currencies by code, sign and word; the codes are those of ISO 4217 (`iso_4217.txt`)."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

__all__ = ["CODES", "WORD_CODES", "currency_named"]

CODES = frozenset(
    code
    for line in files(__package__).joinpath("iso_4217.txt").read_text(encoding="ascii").splitlines()
    if not line.startswith("#")
    for code in line.split()
)

WORD_CODES = frozenset(
    (
        "ALL",
        "AMD",
        "BAM",
        "COP",
        "CUP",
        "FIM",
        "GEL",
        "LAK",
        "MAD",
        "MOP",
        "PEN",
        "SIT",
        "SOS",
        "STD",
        "TOP",
        "TRY",
        "YUM",
    )
)
"""Codes that are words or units as well ("all 12", "12 pen"): read in capitals only."""

_SIGNS = {
    "€": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "pound": "GBP", "pounds": "GBP",
    "$": "USD", "us$": "USD", "dollar": "USD", "dollars": "USD", "¢": "USD",
    "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD",
    "nt$": "TWD", "mx$": "MXN", "r$": "BRL",
    "fr": "CHF", "fr.": "CHF", "sfr": "CHF", "sfr.": "CHF", "franc": "CHF", "francs": "CHF", "franken": "CHF",
    "¥": "JPY", "yen": "JPY", "円": "JPY", "cn¥": "CNY", "元": "CNY", "rmb": "CNY", "yuan": "CNY",
    "₹": "INR", "rupee": "INR", "rupees": "INR",
    "₩": "KRW", "원": "KRW", "₽": "RUB", "руб": "RUB", "руб.": "RUB", "₺": "TRY", "₴": "UAH", "грн": "UAH",
    "₫": "VND", "₪": "ILS", "₱": "PHP", "฿": "THB", "₦": "NGN", "₡": "CRC", "₲": "PYG", "₸": "KZT",
    "₼": "AZN", "₾": "GEL", "₵": "GHS", "₮": "MNT", "₭": "LAK",
    "zł": "PLN", "kč": "CZK",
}  # fmt: skip
_SHARED_SIGNS = {
    "$": frozenset(c for c in CODES if c[2] == "D") | {"ARS", "CLP", "COP", "MXN"},
    "¥": {"JPY", "CNY"},
}
"""Signs of several currencies, which a code beside them decides: "$5 CAD"."""


def currency_named(words: Iterable[str]) -> str | None:
    """Return the one currency that all the words name; None when one is something else, or they differ."""
    words = list(words)
    codes = {_code(word) for word in words if word not in _SHARED_SIGNS}
    for sign in _SHARED_SIGNS.keys() & set(words):
        if not codes & _SHARED_SIGNS[sign]:
            codes.add(_SIGNS[sign])
    return codes.pop() if len(codes) == 1 else None


def _code(word: str) -> str | None:
    known = _SIGNS.get(word.lower())
    if known:
        return known
    code = word.upper()
    return code if code in CODES and (word == code or code not in WORD_CODES) else None
