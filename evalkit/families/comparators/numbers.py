"""When two numbers are the same: integers exactly, to their last digit, however long and however written."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction

__all__ = ["ExactFloat", "Number", "number_key", "read_float", "same_number"]

Number = int | float | Decimal
"""A finite number. Booleans are not numbers here."""


_LARGEST_EXPONENT = 400
"""Beyond a double's range a decimal is not written out: 1e999999 has a million digits."""


class ExactFloat(float):
    """A float that remembers the digits it was written with, where a double loses some of them.

    Everywhere but in this module it is a plain float, in records as well.
    """

    exact: Decimal

    def __new__(cls, digits: str) -> ExactFloat:
        """Return the float of a decimal text."""
        made = super().__new__(cls, digits)
        made.exact = Decimal(digits)
        return made

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]  # float's own takes a float
        return (str(self.exact),)


def read_float(digits: str) -> float:
    """Return the float that JSON digits write; for `parse_float` of `json`.

    Where the double is a whole number and the digits say another one ("9007199254740993.0", "12.0…01"), the
    result is an `ExactFloat`, so that no comparison takes one integer for another.

    Raises:
        ValueError: The number is beyond a double's range.
    """
    number = float(digits)
    if number - number != 0.0:
        raise ValueError("a number is too large")
    if not number.is_integer():
        return number
    try:
        lossless = Decimal(digits) == Decimal(repr(number))
    except InvalidOperation as error:  # an exponent beyond what decimal knows
        raise ValueError("a number is too small") from error
    return number if lossless else ExactFloat(digits)


def number_key(number: Number) -> Number:
    """Return a hashable stand-in, equal exactly for numbers that are the same.

    Whole numbers stand for themselves exactly, a float by its shortest digits (1e23 is 10²³). Any other
    number is what a double makes of it: 0.1 and 0.1000000000000000055 are the same.
    """
    if isinstance(number, int):
        return int(number)
    if type(number) is float and not number.is_integer():
        return number
    exact = _decimal(number)
    if exact.adjusted() > _LARGEST_EXPONENT:
        return exact
    if exact == exact.to_integral_value():
        return int(exact)
    rounded = float(exact)
    return exact if rounded.is_integer() else rounded


def same_number(
    expected: Number, given: Number, *, absolute: float = 0.0, relative: float = 0.0, rounding: float = 0.0
) -> bool:
    """Return whether two finite numbers are the same; exact without a tolerance.

    Args:
        expected: The number that is wanted.
        given: The number that came.
        absolute: A declared tolerance, inclusive; it holds for integers as well.
        relative: The same, of the expected number's size; the larger of both counts.
        rounding: A relative tolerance that holds only where neither number is whole, for what binary
            arithmetic leaves behind (0.1 + 0.2).
    """
    wanted, got = number_key(expected), number_key(given)
    if wanted == got:
        return True
    if rounding and not isinstance(wanted, int) and not isinstance(got, int):
        relative = max(relative, rounding)
    if not absolute and not relative:
        return False
    exact = Fraction(_decimal(expected))
    allowed = max(_fraction(absolute), _fraction(relative) * abs(exact))
    return abs(exact - Fraction(_decimal(given))) <= allowed


def _decimal(number: Number) -> Decimal:
    if isinstance(number, ExactFloat):
        return number.exact
    return Decimal(repr(float(number))) if isinstance(number, float) else Decimal(number)


def _fraction(number: float) -> Fraction:
    return Fraction(_decimal(number))
