"""Success by slice: one table for each tag, with an interval for every candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.reporting.frames import tags
from evalkit.stats import Interval, rate_interval

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 24
"""Rows of one tag; the values with the fewest items share a last row."""
LEAST_ITEMS = 2
"""A tag whose every value has fewer items names items rather than slices: it is named, not tabled."""


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
    """Tags that have a value of its own for each item."""


def build_slices(samples: pd.DataFrame, candidates: Sequence[str]) -> Slices:
    """The slices of one suite's samples; tags with one value tell nothing and are left out."""
    by_item = {str(i): tags(t) for i, t in zip(samples["item_id"], samples["tags"], strict=True)}
    items: dict[str, dict[str, list[str]]] = {}
    for item, item_tags in by_item.items():
        for tag, value in item_tags.items():
            items.setdefault(tag, {}).setdefault(value, []).append(item)
    told = {tag: values for tag, values in sorted(items.items()) if len(values) > 1}
    tabled = {t: values for t, values in told.items() if max(map(len, values.values())) >= LEAST_ITEMS}
    rates = _item_rates(samples)
    return Slices(
        tables=tuple(_table(tag, values, rates, candidates) for tag, values in tabled.items()),
        left_out=tuple(tag for tag in told if tag not in tabled),
    )


def _item_rates(samples: pd.DataFrame) -> dict[tuple[str, str], float]:
    """(candidate, item) -> mean success over its answered repeats."""
    answered = samples[samples["answered"]]
    means = answered.groupby(["candidate", "item_id"])["success"].mean()
    return {(str(k[0]), str(k[1])): float(v) for k, v in means.items()}  # type: ignore[index]


def _table(
    tag: str,
    values: dict[str, list[str]],
    rates: dict[tuple[str, str], float],
    candidates: Sequence[str],
) -> SliceTable:
    by_size = sorted(values, key=lambda value: (-len(values[value]), value))
    shown = by_size if len(by_size) <= MOST_VALUES else by_size[: MOST_VALUES - 1]
    groups = {value: values[value] for value in sorted(shown)}
    if rest := by_size[len(shown) :]:
        groups[f"({len(rest)} other values)"] = [item for value in rest for item in values[value]]
    return SliceTable(
        tag=tag,
        candidates=tuple(candidates),
        rows=tuple(
            SliceRow(
                value=value, items=len(inside), rates=tuple(_rate(rates, name, inside) for name in candidates)
            )
            for value, inside in groups.items()
        ),
    )


def _rate(rates: dict[tuple[str, str], float], candidate: str, items: Sequence[str]) -> Interval | None:
    found = [rates[candidate, item] for item in items if (candidate, item) in rates]
    return rate_interval(found) if found else None
