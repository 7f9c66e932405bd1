"""Success by slice: one table for each tag, with an interval for every candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.reporting.frames import tags
from evalkit.stats import Interval, rate_interval

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 12
"""A tag with more values is named, not tabled: it is more of an identifier than a slice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceRow:
    """The items with one value of a tag."""

    value: str
    items: int
    rates: tuple[Interval | None, ...]
    """Success by candidate, in the table's order; None where none was answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceTable:
    """The slices of one tag."""

    tag: str
    candidates: tuple[str, ...]
    rows: tuple[SliceRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Slices:
    """All that can be read by slice."""

    tables: tuple[SliceTable, ...] = ()
    left_out: tuple[str, ...] = ()
    """Tags with too many values for a table."""


def build_slices(samples: pd.DataFrame, candidates: Sequence[str]) -> Slices:
    """The slices of one suite's samples; tags with one value tell nothing and are left out."""
    by_item = {str(i): tags(t) for i, t in zip(samples["item_id"], samples["tags"], strict=True)}
    names = sorted({tag for item_tags in by_item.values() for tag in item_tags})
    values = {tag: sorted({t[tag] for t in by_item.values() if tag in t}) for tag in names}
    rates = _item_rates(samples)
    return Slices(
        tables=tuple(
            _table(tag, values[tag], by_item, rates, candidates)
            for tag in names
            if 1 < len(values[tag]) <= MOST_VALUES
        ),
        left_out=tuple(tag for tag in names if len(values[tag]) > MOST_VALUES),
    )


def _item_rates(samples: pd.DataFrame) -> dict[tuple[str, str], float]:
    """(candidate, item) -> mean success over its answered repeats."""
    answered = samples[samples["answered"]]
    means = answered.groupby(["candidate", "item_id"])["success"].mean()
    return {(str(k[0]), str(k[1])): float(v) for k, v in means.items()}  # type: ignore[index]


def _table(
    tag: str,
    values: Sequence[str],
    by_item: dict[str, dict[str, str]],
    rates: dict[tuple[str, str], float],
    candidates: Sequence[str],
) -> SliceTable:
    rows = []
    for value in values:
        inside = [item for item, item_tags in by_item.items() if item_tags.get(tag) == value]
        rows.append(
            SliceRow(
                value=value, items=len(inside), rates=tuple(_rate(rates, name, inside) for name in candidates)
            )
        )
    return SliceTable(tag=tag, candidates=tuple(candidates), rows=tuple(rows))


def _rate(rates: dict[tuple[str, str], float], candidate: str, items: Sequence[str]) -> Interval | None:
    found = [rates[candidate, item] for item in items if (candidate, item) in rates]
    return rate_interval(found) if found else None
