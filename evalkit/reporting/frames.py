"""Reads the input frames: checks their columns, and turns JSON text and missing values into plain ones."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.records import clean_text
from evalkit.reporting.inputs import ITEM_COLUMNS, SAMPLE_COLUMNS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class Frames:
    """The samples of a report, grouped."""

    samples: pd.DataFrame
    """All samples, with `success` and `format_valid` as booleans and `answered` beside `status`."""
    items: Mapping[tuple[str, str], Mapping[str, Any]]
    """(suite, item id) -> the item as plain values."""

    def of(self, suite: str, columns: Sequence[str]) -> pd.DataFrame:
        """The samples of one suite, with these columns alone: the others are long texts."""
        return self.samples.loc[self.samples["suite"] == suite, list(columns)]

    def suites(self) -> tuple[str, ...]:
        """The suites that have samples, in order of appearance."""
        return tuple(str(name) for name in self.samples["suite"].unique())


def read_frames(samples: pd.DataFrame, items: pd.DataFrame) -> Frames:
    """The frames in a form that the views can rely on.

    Raises:
        ValueError: A column is missing.
    """
    _check(samples, SAMPLE_COLUMNS, "samples")
    _check(items, ITEM_COLUMNS, "items")
    tidy = samples.reset_index(drop=True).copy()
    for name in ("success", "format_valid", "critical", "simulated"):
        tidy[name] = [bool(value) for value in plain_cells(tidy[name])]
    tidy["answered"] = tidy["status"] == "answered"
    for name in ("suite", "candidate", "item_id", "tier", "run_id", "family", "error_kind"):
        # Cleaned, since pandas' own text cannot hold lone surrogates and would refuse to group by them.
        tidy[name] = _cleaned(tidy[name].tolist())
    return Frames(samples=tidy, items=dict(_items(items)))


def _cleaned(names: list[Any]) -> list[str]:
    """Names as text, each different one cleaned once."""
    known: dict[Any, str] = {}
    for name in names:
        if name not in known:
            known[name] = "" if missing(name) else clean_text(str(name))
    return [known[name] for name in names]


def _items(items: pd.DataFrame) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    for suite, item_id, item in zip(items["suite"], items["item_id"], items["item"], strict=True):
        value = plain(item)
        yield (
            (clean_text(str(suite)), clean_text(str(item_id))),
            value if isinstance(value, Mapping) else {"input": value},
        )


def _check(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    absent = [c for c in columns if c not in frame.columns]
    if absent:
        raise ValueError(f"the {name} frame has no column {', '.join(absent)}")


def plain_cells(column: pd.Series) -> list[Any]:
    """The cells of a column, with None where one is empty."""
    cells = column.tolist()
    for place in column.isna().to_numpy().nonzero()[0].tolist():
        cells[place] = None
    return cells


def missing(value: Any) -> bool:
    """Whether a cell of a frame is empty: None, NaN or pandas' own NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and math.isnan(value)


def plain(value: Any) -> Any:
    """A cell that holds JSON text as its value; text that is no JSON stays text."""
    if missing(value):
        return None
    if isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def number(value: Any) -> float | None:
    """A cell as a number; None when it is empty."""
    return None if missing(value) else float(value)


def text(value: Any) -> str | None:
    """A cell as text; None when it is empty."""
    return None if missing(value) else str(value)


def tags(value: Any) -> dict[str, str]:
    """The tags of a cell: a mapping, a list of pairs (as Arrow gives maps) or JSON text."""
    value = plain(value)
    if isinstance(value, Mapping):
        return {str(k): str(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)) and all(isinstance(p, (list, tuple)) and len(p) == 2 for p in value):
        return {str(k): str(v) for k, v in value}
    return {}


def total(values: pd.Series) -> float | None:
    """The sum of a column; one unknown value makes it unknown, never smaller."""
    numbers = [number(value) for value in values]
    known = [n for n in numbers if n is not None]
    return math.fsum(known) if len(known) == len(numbers) else None
