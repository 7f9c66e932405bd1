"""JSON from a server: read, or refused as a fault that quotes it."""

from __future__ import annotations

import json
from typing import Any

from evalkit.records import Fault

MOST_DIGITS = 4_000
"""Digits of a whole number; Python refuses to read longer ones, and the whole answer with them."""


def read_json(data: bytes) -> Any:
    """Return the value.

    Raises:
        Fault: `malformed_response`, it is not JSON.
    """
    try:
        return _loads(data)
    except (ValueError, RecursionError) as error:
        raise Fault("malformed_response", f"not JSON: {quote_body(data)}") from error


def quote_body(data: bytes) -> str:
    """Return the beginning of a body for a message; it is cut to its final length when keys are masked."""
    return repr(data[:4096].decode("utf-8", "replace"))


def _loads(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:  # a number of thousands of digits
        return json.loads(data, parse_int=_read_int)


def _read_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)
