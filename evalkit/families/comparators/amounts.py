"""Comparators of amounts: numbers with a tolerance, and money as people write it."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from evalkit.families.comparators.currencies import WORD_CODES, currency_named
from evalkit.families.comparators.digits import plain_digits
from evalkit.families.comparators.interface import Comparator, same_json
from evalkit.families.comparators.numbers import Number, same_number

_LONGEST = 64
_NUMBERS_AND_TEXT = frozenset({"number", "string"})
_LARGEST_EXPONENT = 400
"""Of a number written as text; beyond it the text is no number that a field holds."""

_PLAIN = re.compile(r"[-+]?(?:(?:0|[1-9]\d*)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,4})?")
_AMOUNT = re.compile(r"(?:(?<!\w)[.,])?\d(?:[\d.,\u066b\u066c'’ \u00a0\u2009\u202f]*\d)?")
_NO_CENTS = re.compile(r"^[.,](?:-{1,2}|[–—])(?=\s|$)")
"""As in "5.-" and "5,–"."""
_ARABIC_DECIMAL, _ARABIC_GROUPS = "\u066b", "\u066c"
_SPACES = "'’ \u00a0\u2009\u202f"


def number(absolute: float = 0.0, relative: float = 0.0) -> Comparator:
    """Numbers no further apart than the larger of `absolute` and `relative` × |expected|, inclusive.

    Without a tolerance, integers are the same only to their last digit.

    Text that is a plain number ("12.5", ".5", "-3", digits of any script) is read as one; not "007".
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

    def worth_the_same(expected: Any, got: Any) -> bool:
        wanted, given = read_money(expected, decimal), read_money(got, decimal)
        if wanted is None or given is None:
            return same_json(expected, got)
        return same_number(wanted[0], given[0], absolute=absolute) and _same_currency(wanted[1], given[1])

    return Comparator(name="money", same=worth_the_same, reads=_NUMBERS_AND_TEXT)


def _same_currency(wanted: str | None, given: str | None) -> bool:
    # "ALL 12" may be Albanian money; where no currency is wanted, it may as well be "all 12".
    return given == wanted if wanted is not None else given not in WORD_CODES


def read_money(value: Any, decimal: str = "auto") -> tuple[Number, str | None] | None:
    """Return amount and currency code; the code is None where none is named; None when it is no amount."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return (value, None) if value - value == 0 else None
    return _money_in(value, decimal) if isinstance(value, str) and len(value) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _money_in(text: str, decimal: str) -> tuple[Number, str | None] | None:
    """Read one amount; everything around it must be a sign, brackets or one currency."""
    plain = plain_digits(text.strip().replace("\\$", "$"))
    found = _AMOUNT.search(plain) if plain is not None else None
    if plain is None or found is None:
        return None
    before, after = plain[: found.start()].strip(), plain[found.end() :]
    after = _NO_CENTS.sub(" ", after).strip().removesuffix(".").strip()
    in_brackets = "(" in before and ")" in after
    if in_brackets:
        before, after = before.replace("(", " ", 1), after.replace(")", " ", 1)
    minuses = before.count("-") + after.count("-")
    if minuses + in_brackets > 1 or before.count("+") > 1 - minuses:
        return None
    words = [*re.sub(r"[-+:]", " ", before).split(), *after.replace("-", " ").split()]
    currency = currency_named(words)
    amount = _amount(found.group(), decimal)
    if amount is None or (words and currency is None):
        return None
    amount = Decimal(f"{amount:f}E-2") if "¢" in words else amount
    return (amount.copy_negate() if minuses or in_brackets else amount), currency


def _amount(digits: str, decimal: str) -> Decimal | None:
    """Return the number that the digits write; None when they are not grouped in threes (or as lakhs)."""
    if _ARABIC_DECIMAL in digits or _ARABIC_GROUPS in digits:
        decimal, digits = ".", digits.replace(_ARABIC_DECIMAL, ".").replace(_ARABIC_GROUPS, ",")
    mark = _decimal_mark(digits) if decimal == "auto" else decimal
    whole, cut, cents = digits.partition(mark) if mark else (digits, "", "")
    if (cut and not cents.isdecimal()) or not _is_grouped(whole, may_be_empty=bool(cut)):
        return None
    return Decimal(re.sub(r"\D", "", whole) + (f".{cents}" if cut else ""))


def _is_grouped(whole: str, *, may_be_empty: bool) -> bool:
    if not whole or whole == "0":
        return may_be_empty or whole == "0"
    first, *groups = re.split(rf"[.,{_SPACES}]", whole)
    if len(set(re.sub(r"\d", "", whole))) > 1 or not first or first[0] == "0":
        return False
    lakhs = len(groups) > 1 and len(first) <= 2 and {len(g) for g in groups[:-1]} == {2}
    threes = not groups or (len(first) <= 3 and {len(g) for g in groups[:-1]} <= {3})
    return (threes or lakhs) and (not groups or len(groups[-1]) == 3)


def _decimal_mark(digits: str) -> str | None:
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot >= 0 and comma >= 0:
        return "." if dot > comma else ","
    mark = "." if dot >= 0 else ","
    if digits.count(mark) != 1:
        return None
    whole, _, rest = digits.partition(mark)
    groups_thousands = len(rest) == 3 and len(whole) <= 3 and whole not in ("", "0")
    return None if groups_thousands else mark


def _plain_number(value: Any) -> Number | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = plain_digits(value.strip()) if len(value) <= _LONGEST else None
        if text is None or not _PLAIN.fullmatch(text):
            return None
        value = Decimal(text)
        return value if abs(value.adjusted()) <= _LARGEST_EXPONENT else None
    return value if isinstance(value, (int, float)) and value - value == 0 else None
