"""The comparator `phone`: two ways of writing one telephone number are the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


def phone(country: str = "") -> Callable[[Any, Any], bool]:
    """The same digits; a leading 0 stands for the country's code where one is given, such as `"49"`."""
    if not isinstance(country, str) or not (country.isdecimal() or country == ""):
        raise ValueError(f"the country is its code in digits, not {country!r}")

    def digits(value: Any) -> str:
        found = re.sub(r"\D", "", str(value).replace("(0)", ""))
        international = str(value).lstrip().startswith("+")
        return country + found[1:] if country and found[:1] == "0" and not international else found

    def same(expected: Any, got: Any) -> bool:
        return digits(expected) == digits(got)

    return same
