"""Reads the flat `samples` view: plain columns out of nullable ones, and one row an item with means over
repeats."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evalkit.families.forms import read_recorded_form

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
ObjectArray = NDArray[np.object_]
Codes = NDArray[np.intp]

_FLAGS = ("success", "format_valid", "critical", "simulated")
_NUMBERS = (
    "score", "confidence", "input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens",
    "cost_usd", "latency_s", "e2e_latency_s", "ttft_s", "repeat", "attempts", "weight",
)  # fmt: skip
_TEXTS = (
    "run_id", "suite", "suite_version", "family", "item_id", "cluster", "candidate", "tier",
    "requested_fingerprint", "observed_fingerprint", "prompt_hash", "request_hash", "scorer_hash", "status",
    "output", "tool_calls", "error_kind", "load", "reused_from", "parser", "form",
    "input_hash", "parsed",
)  # fmt: skip
_REQUIRED = ("suite", "item_id", "candidate", "status", "success")
_DEFAULTS: Mapping[str, float] = {"repeat": 0.0, "attempts": 1.0, "weight": 1.0}


def read_samples(samples: pd.DataFrame) -> pd.DataFrame:
    """The samples with plain columns: flags boolean, numbers float with NaN, texts objects with None.

    Columns of the view that are missing are filled with what says nothing; samples that were not asked are
    kept. A frame that was read already is returned as it is.

    Raises:
        ValueError: A column without which nothing can be said is missing.
    """
    import pandas as pd

    if samples.attrs.get("evalkit_read"):
        return samples
    absent = [name for name in _REQUIRED if name not in samples.columns]
    if absent:
        raise ValueError(f"the samples have no column {', '.join(absent)}")
    n = len(samples)
    columns: dict[str, Any] = {}
    for name in _TEXTS:
        columns[name] = _texts(samples[name]) if name in samples.columns else np.full(n, None, dtype=object)
    for name in _FLAGS:
        columns[name] = _flags(samples[name]) if name in samples.columns else np.zeros(n, dtype=bool)
    for name in _NUMBERS:
        values = _numbers(samples[name]) if name in samples.columns else np.full(n, np.nan)
        columns[name] = np.where(np.isnan(values), _DEFAULTS[name], values) if name in _DEFAULTS else values
    columns["form"] = _forms(columns)
    columns["tags"] = samples["tags"].to_numpy(dtype=object) if "tags" in samples.columns else [None] * n
    # Object columns on purpose: a string column of pandas' own would turn None into NaN.
    tidy = pd.DataFrame({k: pd.Series(v, dtype=object if k in _TEXTS else None) for k, v in columns.items()})
    tidy["answered"] = (tidy["status"] == "answered").to_numpy(dtype=bool)
    tidy["faulted"] = (tidy["status"] == "faulted").to_numpy(dtype=bool)
    tidy["success"] &= tidy["answered"]
    tidy.attrs["evalkit_read"] = True
    return tidy


def _texts(column: pd.Series[Any]) -> ObjectArray:
    values: ObjectArray = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = None
    return values


def _forms(columns: Mapping[str, Any]) -> ObjectArray:
    """The form of each answer; of scores of before forms were recorded, what their parser tells."""
    forms: ObjectArray = columns["form"]
    unknown = (forms == None) & (columns["parser"] != None)  # noqa: E711 - item by item
    for i in np.flatnonzero(unknown & (columns["error_kind"] != "unparseable")):
        forms[i] = read_recorded_form(columns["parser"][i], columns["family"][i])
    return forms


def _flags(column: pd.Series[Any]) -> BoolArray:
    if column.dtype == bool:
        return column.to_numpy()
    return column.to_numpy(dtype=object, na_value=False).astype(bool)


def _numbers(column: pd.Series[Any]) -> FloatArray:
    import pandas as pd

    return pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemTable:
    """One suite as one candidate answered it: one entry an item. Shapes (n_items,)."""

    ids: ObjectArray
    codes: NDArray[np.intp]
    """(n_samples,) which item each sample of the group belongs to."""
    asked: FloatArray
    """Samples asked."""
    answered: FloatArray
    """Samples answered."""
    success: FloatArray
    """Mean success over answered repeats; NaN where none was answered."""
    score: FloatArray
    format_valid: FloatArray
    weight: FloatArray
    cluster: Codes
    """Numbers of clusters; an item that stands alone has a number of its own."""
    critical: BoolArray
    first: NDArray[np.intp]
    """Position in the group of the item's first sample."""
    input_hash: ObjectArray
    """Hash of what the model sees of the item; None where it is not known."""

    @property
    def clusters(self) -> Codes | None:
        """The numbers of the clusters; None when every item stands alone."""
        return some_clusters(self.cluster)

    @property
    def weights(self) -> FloatArray | None:
        """The weights; None when all weigh the same."""
        return uneven(self.weight)


def item_table(group: pd.DataFrame) -> ItemTable:
    """The items of `group`, rows of `read_samples` of one suite and one candidate."""
    import pandas as pd

    codes, ids = pd.factorize(group["item_id"].to_numpy(dtype=object))
    asked = (group["answered"] | group["faulted"]).to_numpy(dtype=bool)
    answered = group["answered"].to_numpy(dtype=bool)
    n = len(ids)
    first = np.unique(codes, return_index=True)[1]
    replies = np.bincount(codes[answered], minlength=n).astype(np.float64)

    def mean(name: str) -> FloatArray:
        values = group[name].to_numpy(dtype=np.float64)[answered]
        return _over(_sums(codes[answered], values, n), replies)

    return ItemTable(
        ids=np.asarray(ids, dtype=object),
        codes=codes,
        asked=np.bincount(codes[asked], minlength=n).astype(np.float64),
        answered=replies,
        success=np.clip(mean("success"), 0, 1),
        score=np.clip(mean("score"), 0, 1),
        format_valid=np.clip(mean("format_valid"), 0, 1),
        weight=group["weight"].to_numpy(dtype=np.float64)[first],
        cluster=number_clusters(group["cluster"].to_numpy(dtype=object)[first]),
        critical=group["critical"].to_numpy(dtype=bool)[first],
        first=first,
        input_hash=group["input_hash"].to_numpy(dtype=object)[first],
    )


def item_sums(table: ItemTable, values: FloatArray, keep: BoolArray | None = None) -> FloatArray:
    """Sums of `values` (n_samples,) by item, over the samples to `keep`; NaN spreads."""
    codes = table.codes if keep is None else table.codes[keep]
    return _sums(codes, values if keep is None else values[keep], len(table.ids))


def number_clusters(names: Codes | ObjectArray) -> Codes:
    """Numbers for cluster names (n_items,): equal ones for equal names, and one of its own for each None."""
    if names.dtype != object:
        return names.astype(np.intp)
    import pandas as pd

    codes: Codes = pd.factorize(names)[0].astype(np.intp)
    alone = codes < 0
    codes[alone] = len(names) + np.arange(int(alone.sum()))
    return codes


def some_clusters(cluster: Codes) -> Codes | None:
    """The numbers, or None when no two items share one."""
    return cluster if len(cluster) and int(np.bincount(cluster).max()) > 1 else None


def uneven(weights: FloatArray) -> FloatArray | None:
    """The weights, or None when all are equal."""
    return None if not len(weights) or bool(np.all(weights == weights[0])) else weights


def tags_of(cell: Any) -> Mapping[str, str]:
    """The tags of one cell: a mapping, pairs as Arrow gives maps, or JSON text; empty when there are none."""
    if isinstance(cell, str):
        try:
            cell = json.loads(cell)
        except ValueError:
            return {}
    if isinstance(cell, Mapping):
        return {str(k): str(v) for k, v in cell.items() if v is not None}
    if isinstance(cell, (list, tuple, np.ndarray)):
        return {str(k): str(v) for k, v in cell if v is not None}
    return {}


def groups(rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Suite, candidate and their samples, in order of appearance."""
    for (suite, candidate), group in rows.groupby(["suite", "candidate"], sort=False):
        yield str(suite), str(candidate), group


def _sums(codes: NDArray[np.intp], values: FloatArray, n: int) -> FloatArray:
    return np.bincount(codes, weights=values, minlength=n).astype(np.float64)


def _over(totals: FloatArray, counts: FloatArray) -> FloatArray:
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)
