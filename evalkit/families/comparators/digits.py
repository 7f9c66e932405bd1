"""Digits of every script as those that Python's own readers know."""

from __future__ import annotations

import unicodedata

__all__ = ["plain_digits"]

_LIKE_ASCII = str.maketrans(
    {
        "\u2212": "-", "\uff0d": "-", "\uff0b": "+", "\uff0e": ".", "\uff0c": ",", "\uff08": "(",
        "\uff09": ")", "\uff04": "$", "\uffe5": "¥", "\uffe1": "£", "\uffe0": "¢", "\u3000": " ",
    }
)  # fmt: skip
"""The minus sign U+2212, and full-width forms. Nothing that changes a value: "5²" stays as it is."""


def plain_digits(text: str) -> str | None:
    """Return the text with decimal digits of any one script as 0 to 9, U+2212 and full-width signs as ASCII.

    None when it mixes digits of two scripts.
    """
    if text.isascii():
        return text
    text = text.translate(_LIKE_ASCII)
    zeros = {ord(c) - unicodedata.decimal(c) for c in text if c.isdecimal()}
    if len(zeros) > 1:
        return None
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
