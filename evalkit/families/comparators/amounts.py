"""Comparators of amounts: numbers with a tolerance, and money as people write it."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal

from evalkit.families.comparators.interface import Comparator, same_json
from evalkit.families.comparators.numbers import Number, same_number

_LONGEST = 64
_NUMBERS_AND_TEXT = frozenset({"number", "string"})
_LARGEST_EXPONENT = 400
"""Of a number written as text; beyond it the text is no number that a field holds."""

_SYMBOLS = {
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "$": "USD",
    "us$": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "a$": "AUD",
    "au$": "AUD",
    "c$": "CAD",
    "ca$": "CAD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "r$": "BRL",
    "fr": "CHF",
    "fr.": "CHF",
    "sfr": "CHF",
    "sfr.": "CHF",
    "franc": "CHF",
    "francs": "CHF",
    "franken": "CHF",
    "¥": "JPY",
    "yen": "JPY",
    "₹": "INR",
    "rupee": "INR",
    "rupees": "INR",
    "₩": "KRW",
    "₽": "RUB",
    "₺": "TRY",
    "₴": "UAH",
    "₫": "VND",
    "₪": "ILS",
    "₱": "PHP",
    "฿": "THB",
    "zł": "PLN",
    "kč": "CZK",
}
_AMOUNT = re.compile(r"\d(?:[\d.,'’ \u00a0\u2009\u202f]*\d)?")
_SPACES = re.compile(r"['’ \u00a0\u2009\u202f]")


def number(absolute: float = 0.0, relative: float = 0.0) -> Comparator:
    """Numbers no further apart than the larger of `absolute` and `relative` × |expected|, inclusive.

    Without a tolerance, integers are the same only to their last digit.

    Text that is a plain number ("12.5", "-3") is read as one.
    """
    for name, value in (("absolute", absolute), ("relative", relative)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise ValueError(f"{name} is a number from 0 up, not {value!r}")

    def near(expected: Any, got: Any) -> bool:
        wanted, given = _plain_number(expected), _plain_number(got)
        if wanted is None or given is None:
            return same_json(expected, got)
        return same_number(wanted, given, absolute=absolute, relative=relative)

    return Comparator(name="number", same=near, reads=_NUMBERS_AND_TEXT)


def money(absolute: float = 0.005, decimal: Literal["auto", ".", ","] = "auto") -> Comparator:
    """Amounts of money, as numbers or as text with symbol or code and separators.

    Amounts may differ by `absolute`. If the target names a currency, the answer must name the same; if not,
    the answer's is not looked at. With `decimal: auto` the last of two different separators is the decimal
    one; a single separator followed by exactly three digits separates thousands, unless it follows a lone 0.
    """
    if decimal not in ("auto", ".", ","):
        raise ValueError(f'decimal is "auto", "." or ",", not {decimal!r}')
    if (
        isinstance(absolute, bool)
        or not isinstance(absolute, (int, float))
        or not 0 <= absolute < float("inf")
    ):
        raise ValueError(f"absolute is a number from 0 up, not {absolute!r}")
    tolerance = Decimal(str(absolute))

    def worth_the_same(expected: Any, got: Any) -> bool:
        wanted, given = read_money(expected, decimal), read_money(got, decimal)
        if wanted is None or given is None:
            return same_json(expected, got)
        return abs(wanted[0] - given[0]) <= tolerance and wanted[1] in (None, given[1])

    return Comparator(name="money", same=worth_the_same, reads=_NUMBERS_AND_TEXT)


def read_money(value: Any, decimal: str = "auto") -> tuple[Decimal, str | None] | None:
    """Amount and currency code; the code is None where none is named; None when it is no amount."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return Decimal(str(value)), None
    return _money_in(value, decimal) if isinstance(value, str) and len(value) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _money_in(text: str, decimal: str) -> tuple[Decimal, str | None] | None:
    text = text.strip().replace("\u2212", "-")
    found = _AMOUNT.search(text)
    if found is None:
        return None
    before, after = text[: found.start()], text[found.end() :]
    negative, around = _sign(before, after)
    amount = _amount(found.group(), decimal)
    if around and (currency := _currency(around)) is None:
        return None
    if amount is None:
        return None
    return (-amount if negative else amount), (currency if around else None)


def _sign(before: str, after: str) -> tuple[bool, str]:
    """Whether the amount is negative, and what stands around it besides the sign."""
    in_brackets = "(" in before and ")" in after
    around = f"{before} {after}"
    around = around.replace("(", " ", 1).replace(")", " ", 1) if in_brackets else around
    # "–" and ".-" are written for "no cents".
    around = re.sub(r"[.,][-–—]+", " ", around)
    negative = in_brackets or "-" in around
    return negative, around.replace("-", " ", 1).replace("+", " ", 1).strip(" \u00a0\u202f:")


def _currency(around: str) -> str | None:
    """One currency, named once or twice ("$ 5 USD"); None when there is something else or two of them."""
    codes = {_code(word) for word in around.split()}
    return codes.pop() if len(codes) == 1 else None


def _code(word: str) -> str | None:
    known = _SYMBOLS.get(word.lower())
    if known:
        return known
    return word.upper() if len(word) == 3 and word.isalpha() and word.isascii() else None


def _amount(digits: str, decimal: str) -> Decimal | None:
    digits = _SPACES.sub("", digits)
    mark = _decimal_mark(digits) if decimal == "auto" else decimal
    whole, cut, rest = digits.rpartition(mark) if mark else ("", "", digits)
    whole = re.sub(r"[.,]", "", whole) if cut else ""
    rest = re.sub(r"[.,]", "", rest)
    try:
        return Decimal(f"{whole}.{rest}") if cut else Decimal(rest)
    except InvalidOperation:
        return None


def _decimal_mark(digits: str) -> str | None:
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot >= 0 and comma >= 0:
        return "." if dot > comma else ","
    mark = "." if dot >= 0 else ","
    if digits.count(mark) != 1:
        return None
    whole, _, rest = digits.partition(mark)
    groups_thousands = len(rest) == 3 and len(whole) <= 3 and whole != "0"
    return None if groups_thousands else mark


def _plain_number(value: Any) -> Number | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if len(value) > _LONGEST or not re.fullmatch(r"\s*[-+]?\d+(\.\d+)?([eE][-+]?\d+)?\s*", value):
            return None
        value = Decimal(value.strip())
        return value if abs(value.adjusted()) <= _LARGEST_EXPONENT else None
    return value if isinstance(value, (int, float)) and value - value == 0 else None
