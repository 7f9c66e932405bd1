"""Records of routes as plain values that need no further work: what they say in words stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from evalkit.records import to_plain


def with_words(value: Any) -> Any:
    """As `to_plain`, with `in_words` beside the records that can say themselves, and days as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): with_words(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_words(v) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        plain = {name: with_words(getattr(value, name)) for name in value.__dataclass_fields__}
        words = getattr(value, "in_words", None)
        return plain if words is None else {"in_words": words, **plain}
    return to_plain(value)
