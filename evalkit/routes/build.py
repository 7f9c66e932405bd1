"""Builds a suite's table from rows of the `samples` view and from what is known of its items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evalkit.economics.evidence import BoolArray, FloatArray, ObjectArray, numbered, read_samples, tags_of
from evalkit.records import Stakes
from evalkit.routes.table import Repeats, SuiteTable

if TYPE_CHECKING:
    import pandas as pd

Features = Mapping[str, Mapping[str, str | float]]
"""Item id -> feature -> value: what is known before the call."""

_NO_CALLS = "[]"

LEAST_COVERAGE = 0.5
"""A candidate that was asked less than this share of the suite's items leaves the table, not the items."""


def suite_table(
    samples: pd.DataFrame,
    *,
    stakes: Stakes | None = None,
    features: Features | None = None,
    out_of_scope: str | None = None,
    timeouts_s: Mapping[str, float] | None = None,
) -> SuiteTable:
    """The table of one suite, from rows of the `samples` view (of each candidate the latest run).

    Args:
        samples: The rows; those not asked are passed over.
        stakes: Of the suite.
        features: What is known of each item before the call; None takes the tags.
        out_of_scope: The suite's label that says none fits.
        timeouts_s: Candidate -> time limit of an answer, in seconds; without one a time-out is infinite.

    Only items that every candidate was asked stay, so that routes are compared on the same work; a candidate
    with less than half of the items, or with another version of the suite, leaves instead, and is named.

    Raises:
        ValueError: No row was asked, or the rows are of several suites.
    """
    rows = read_samples(samples)
    if "parsed" in samples.columns:
        rows = rows.assign(parsed=samples["parsed"].to_numpy(dtype=object))
    else:
        rows = rows.assign(parsed=rows["output"])
    rows = rows[(rows["answered"] | rows["faulted"]).to_numpy(dtype=bool)]
    if not len(rows) or rows["suite"].nunique() != 1:
        raise ValueError("a table is of the asked samples of one suite")
    rows, left_out = _fitting(rows)
    cells, ids, names, items_left_out = _cells(rows)
    return _filled(
        cells,
        ids,
        names,
        stakes=stakes or Stakes(),
        features=features,
        out_of_scope=out_of_scope,
        timeouts_s=timeouts_s or {},
        left_out=left_out,
        items_left_out=items_left_out,
    )


def _fitting(rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows of candidates that answered enough of the newest version, and who is left out, and why."""
    run_ids = rows["run_id"].to_numpy(dtype=object)
    newest = max(zip(run_ids, rows["suite_version"], strict=True), key=lambda pair: str(pair[0]))[1]
    same = (rows["suite_version"] == newest).to_numpy(dtype=bool) | (newest is None)
    candidates = rows["candidate"].to_numpy(dtype=object)
    left_out = {
        str(name): "its answers are to another version of the suite"
        for name in dict.fromkeys(candidates[~same])
        if name not in set(candidates[same])
    }
    rows = rows[same]
    asked = rows.groupby("candidate", sort=False)["item_id"].nunique()
    most = int(asked.max())
    for name, n in asked.items():
        if n < LEAST_COVERAGE * most:
            left_out[str(name)] = f"it was asked {n} of {most} items"
    return rows[~rows["candidate"].isin(list(left_out))], left_out


def _cells(rows: pd.DataFrame) -> tuple[pd.DataFrame, ObjectArray, tuple[str, ...], int]:
    """The rows of items that every candidate was asked, numbered, sorted by candidate, item and repeat."""
    import pandas as pd

    item, all_ids = pd.factorize(rows["item_id"].to_numpy(dtype=object))
    candidate, names = pd.factorize(rows["candidate"].to_numpy(dtype=object))
    asked = np.zeros((len(names), len(all_ids)), dtype=bool)
    asked[candidate, item] = True
    shared = np.asarray(asked.all(axis=0), dtype=bool)
    kept = shared[item]
    renumbered = np.cumsum(shared) - 1
    cells = rows[kept].assign(_candidate=candidate[kept], _item=renumbered[item[kept]])
    # The same sample of two runs: the later one stands.
    cells = cells.drop_duplicates(["_candidate", "_item", "repeat"], keep="last")
    cells = cells.sort_values(["_candidate", "_item", "repeat"], kind="stable")
    cells["_rank"] = cells.groupby(["_candidate", "_item"], sort=False).cumcount()
    ids = np.asarray(all_ids, dtype=object)[shared]
    return cells, ids, tuple(map(str, names)), int((~shared).sum())


def _filled(
    cells: pd.DataFrame,
    ids: ObjectArray,
    names: tuple[str, ...],
    *,
    stakes: Stakes,
    features: Features | None,
    out_of_scope: str | None,
    timeouts_s: Mapping[str, float],
    left_out: Mapping[str, str],
    items_left_out: int,
) -> SuiteTable:
    cells = cells.assign(_latency=_latencies(cells, timeouts_s))
    first = cells[(cells["_rank"] == 0).to_numpy()]
    shape = (len(names), len(ids))

    def matrix(column: str, kind: type) -> NDArray[Any]:
        return first[column].to_numpy(dtype=kind).reshape(shape)

    facts = first.iloc[: len(ids)]
    of_candidates = [first.iloc[i * len(ids) : (i + 1) * len(ids)] for i in range(len(names))]
    no_calls = _NO_CALLS if len(facts) and facts["family"].iloc[0] == "tool_calls" else None
    return SuiteTable(
        suite=str(cells["suite"].iloc[0]) if len(cells) else "",
        suite_version=_first(facts, "suite_version"),
        stakes=stakes,
        ids=ids,
        cluster=numbered(facts["cluster"].to_numpy(dtype=object)),
        cluster_names=facts["cluster"].to_numpy(dtype=object),
        weight=facts["weight"].to_numpy(dtype=np.float64),
        features=_feature_columns(ids, features if features is not None else _tags(facts)),
        names=names,
        tiers=tuple(_first(rows, "tier") for rows in of_candidates),
        fingerprints=tuple(_first(rows, "requested_fingerprint") for rows in of_candidates),
        run_ids=tuple(tuple(map(str, dict.fromkeys(rows["run_id"].dropna()))) for rows in of_candidates),
        simulated=np.array([bool(rows["simulated"].any()) for rows in of_candidates]),
        success=matrix("success", bool) & matrix("format_valid", bool) & matrix("answered", bool),
        answered=matrix("answered", bool),
        cost_usd=matrix("cost_usd", float),
        latency_s=matrix("_latency", float),
        confidence=np.where(matrix("answered", bool), matrix("confidence", float), np.nan),
        format_valid=matrix("format_valid", bool) & matrix("answered", bool),
        no_call=_says(first, no_calls).reshape(shape),
        out_of_scope=_says(first, out_of_scope).reshape(shape),
        repeats=_repeats(cells, shape),
        left_out=left_out,
        items_left_out=items_left_out,
    )


def _latencies(cells: pd.DataFrame, timeouts_s: Mapping[str, float]) -> FloatArray:
    seconds = cells["e2e_latency_s"].to_numpy(dtype=np.float64)
    seconds = np.where(np.isnan(seconds), cells["latency_s"].to_numpy(dtype=np.float64), seconds)
    timed_out = ((cells["error_kind"] == "timed_out") & cells["faulted"]).to_numpy(dtype=bool)
    limits = [timeouts_s.get(str(name), np.inf) for name in cells["candidate"].to_numpy()[timed_out]]
    seconds[timed_out] = np.fmax(seconds[timed_out], limits)
    return seconds


def _says(rows: pd.DataFrame, text: str | None) -> BoolArray:
    """Whether the parsed answer is `text`, plain or as JSON; an empty list is `[]`."""
    if text is None:
        return np.zeros(len(rows), dtype=bool)
    parsed = rows["parsed"].to_numpy(dtype=object)
    said = (parsed == text) | (parsed == f'"{text}"')
    if text == _NO_CALLS:
        said |= np.array([isinstance(value, (list, tuple)) and not value for value in parsed])
    return np.asarray(said & rows["answered"].to_numpy(dtype=bool), dtype=bool)


def _text(value: Any) -> str | None:
    """The parsed answer as text; None where there is none, which pandas may hold as NaN."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    return str(value)


def _repeats(cells: pd.DataFrame, shape: tuple[int, int]) -> dict[int, Repeats]:
    rank = cells["_rank"].to_numpy()
    most = int(rank.max()) + 1 if len(rank) else 1
    if most == 1:
        return {}
    flat = cells["_candidate"].to_numpy() * shape[1] + cells["_item"].to_numpy()
    size = shape[0] * shape[1]
    parsed = np.array([_text(value) for value in cells["parsed"]], dtype=object)
    parsed[~cells["answered"].to_numpy(dtype=bool)] = None
    code = numbered(parsed)
    lead = np.full(size, -1)
    lead[flat[rank == 0]] = code[rank == 0]
    cost_usd = cells["cost_usd"].to_numpy(dtype=np.float64)
    latency_s = cells["_latency"].to_numpy(dtype=np.float64)
    found = {}
    for k in range(2, most + 1):
        kept = rank < k
        others = (code[kept] != lead[flat[kept]]).astype(np.float64)
        differs = np.bincount(flat[kept], weights=others, minlength=size) > 0
        slowest = np.full(size, -np.inf)
        np.maximum.at(slowest, flat[kept], latency_s[kept])
        costs = np.bincount(flat[kept], weights=cost_usd[kept], minlength=size)
        complete = (np.bincount(flat[kept], minlength=size) == k).reshape(shape).all(axis=1)
        if complete.any():
            found[k] = Repeats(
                agree=~differs.reshape(shape),
                cost_usd=costs.astype(np.float64).reshape(shape),
                latency_s=slowest.reshape(shape),
                complete=complete,
            )
    return found


def _tags(facts: pd.DataFrame) -> Features:
    return {str(i): tags_of(tags) for i, tags in zip(facts["item_id"], facts["tags"], strict=True)}


def _feature_columns(ids: ObjectArray, features: Features) -> dict[str, ObjectArray | FloatArray]:
    names = dict.fromkeys(name for item in ids for name in features.get(str(item), {}))
    columns: dict[str, ObjectArray | FloatArray] = {}
    for name in sorted(names):
        values = [features.get(str(item), {}).get(name) for item in ids]
        if all(v is None or (isinstance(v, (int, float)) and not isinstance(v, bool)) for v in values):
            columns[name] = np.array([np.nan if v is None else float(v) for v in values])
        else:
            texts = np.empty(len(ids), dtype=object)
            texts[:] = [None if v is None else str(v) for v in values]
            columns[name] = texts
    return columns


def _first(rows: pd.DataFrame, column: str) -> str:
    value = rows[column].iloc[0] if len(rows) else None
    return "" if value is None else str(value)
