"""The table of one suite: each item as each candidate answered it, aligned, with what is known of the item
before the call; built from rows of the `samples` view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evalkit.economics.evidence import (
    BoolArray,
    Codes,
    FloatArray,
    ObjectArray,
    number_clusters,
    read_samples,
    some_clusters,
    tags_of,
    uneven,
)
from evalkit.records import Item, Stakes, Suite
from evalkit.routes.decide import known

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeats:
    """What asking each item several times at once gives. Shapes (n_candidates, n_items)."""

    agree: BoolArray
    """All were answered, and equally."""
    cost_usd: FloatArray
    """Of all of them together."""
    latency_s: FloatArray
    """Of the slowest: they are asked at once."""
    complete: BoolArray
    """(n_candidates,) whether every item has that many repeats; otherwise the rows say nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteTable:
    """One suite's items × candidates. Shapes (n_candidates, n_items) unless said; the first repeat is what
    would be served."""

    suite: str
    suite_version: str
    stakes: Stakes
    ids: ObjectArray
    """(n_items,)"""
    cluster: Codes
    """(n_items,) numbers of clusters; an item that stands alone has one of its own."""
    cluster_names: ObjectArray
    """(n_items,) the clusters' names; None stands alone."""
    weight: FloatArray
    """(n_items,)"""
    features: Mapping[str, ObjectArray | FloatArray]
    """Feature -> (n_items,): texts with None, or numbers with NaN, where an item lacks it."""
    names: tuple[str, ...]
    """(n_candidates,)"""
    tiers: tuple[str, ...]
    fingerprints: tuple[str, ...]
    """Requested fingerprints of the candidates."""
    run_ids: tuple[tuple[str, ...], ...]
    """Of each candidate: the runs that its samples come from."""
    simulated: BoolArray
    """(n_candidates,) whether any of its answers is made up."""
    success: BoolArray
    """False also where no answer came or its format is invalid: a service does not serve it."""
    answered: BoolArray
    cost_usd: FloatArray
    """What the item cost, retries included; NaN where that is not known."""
    latency_s: FloatArray
    """End to end; at least the limit where it timed out; NaN where no time was taken."""
    confidence: FloatArray
    """NaN where none was given."""
    format_valid: BoolArray
    no_call: BoolArray
    """Answered, and no tool was called (of suites of tool calls)."""
    out_of_scope: BoolArray
    """Answered with the label that says none fits."""
    repeats: Mapping[int, Repeats] = field(default_factory=dict)
    """Number of repeats, 2 or more -> what they give."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Candidate -> why it is not in the table."""
    items_left_out: int = 0
    """Items that not every candidate was asked."""

    @property
    def n_items(self) -> int:
        """How many items."""
        return len(self.ids)

    @property
    def clusters(self) -> Codes | None:
        """(n_items,) numbers of the clusters; None when every item stands alone."""
        return some_clusters(self.cluster)

    @property
    def weights(self) -> FloatArray | None:
        """(n_items,) the weights; None when all weigh the same."""
        return uneven(self.weight)

    @property
    def cost_known(self) -> BoolArray:
        """(n_candidates,) whether every item's cost is known."""
        known: BoolArray = np.logical_not(np.isnan(self.cost_usd).any(axis=1))
        return known

    def row(self, candidate: str) -> int:
        """The candidate's row.

        Raises:
            KeyError: It is not in the table.
        """
        if candidate not in self.names:
            raise KeyError(candidate)
        return self.names.index(candidate)

    def part(self, keep: BoolArray) -> SuiteTable:
        """The items to `keep` (n_items,) alone."""
        changes: dict[str, Any] = {name: getattr(self, name)[keep] for name in _PER_ITEM}
        changes |= {name: getattr(self, name)[:, keep] for name in _MATRICES}
        changes["features"] = {name: values[keep] for name, values in self.features.items()}
        changes["repeats"] = {
            k: replace(r, **{name: getattr(r, name)[:, keep] for name in _REPEATED})
            for k, r in self.repeats.items()
        }
        return replace(self, **changes)

    def only(self, names: Sequence[str]) -> SuiteTable:
        """The candidates of these `names` alone, in their order here."""
        rows = [i for i, name in enumerate(self.names) if name in names]
        changes: dict[str, Any] = {
            name: tuple(getattr(self, name)[i] for i in rows) for name in _PER_CANDIDATE
        }
        changes |= {name: getattr(self, name)[rows] for name in ("simulated", *_MATRICES)}
        changes["repeats"] = {
            k: replace(r, **{name: getattr(r, name)[rows] for name in ("complete", *_REPEATED)})
            for k, r in self.repeats.items()
        }
        return replace(self, **changes)


def common_values(values: ObjectArray | FloatArray, least: float) -> list[str]:
    """The texts that at least `least` of the values (n,) are, sorted; None counts for nothing.

    However many others a tag has, those are slices: a text that names each item alone has none.
    """
    return sorted(text for text, items in Counter(_texts(values)).items() if items >= least)


def rare_values(values: ObjectArray | FloatArray, least: float) -> tuple[int, int, int]:
    """How many different texts there are, how many are fewer than `least` of the values, and those values."""
    counts = Counter(_texts(values))
    rare = [items for items in counts.values() if items < least]
    return len(counts), len(rare), sum(rare)


def _texts(values: ObjectArray | FloatArray) -> list[str]:
    return [str(value) for value in values if value is not None]


_PER_ITEM = ("ids", "cluster", "cluster_names", "weight")
_PER_CANDIDATE = ("names", "tiers", "fingerprints", "run_ids")
_MATRICES = (
    "success", "answered", "cost_usd", "latency_s", "confidence", "format_valid", "no_call", "out_of_scope",
)  # fmt: skip
_REPEATED = ("agree", "cost_usd", "latency_s")


DERIVED: Mapping[str, str] = {
    "input_words": "words of the input, or of all that the user says in a chat",
    "turns": "messages of the user",
    "context_words": "words of the passages that come with the input",
    "tools": "tools offered",
    "labels": "labels to choose from",
    "fields": "fields that the schema asks for, nested ones counted",
    "risk": "the suite's risk class",
    "complexity": "the suite's complexity class",
}
"""Derived feature -> what it counts. A tag of the same name stands in its place."""

Value = str | float


def item_features(suite: Suite, item: Item, known_tags: Collection[str] | None = None) -> dict[str, Value]:
    """The features of one item; a service gets the same ones from `evalkit.routes.decide.known`.

    Many tags say what is only known afterwards, such as how many calls are right: with `known_tags` no other
    tag is a feature.
    """
    tools = suite.contract.tools if item.tools is None else item.tools
    counted = known(
        item.input,
        messages=item.messages,
        context=[str(passage.get("text", "")) for passage in item.context],
    )
    found: dict[str, Value] = {**counted, "risk": suite.stakes.risk, "complexity": suite.stakes.complexity}
    if tools:
        found["tools"] = float(len(tools))
    if suite.contract.labels:
        found["labels"] = float(len(suite.contract.labels))
    if suite.contract.schema is not None:
        found["fields"] = float(_fields(suite.contract.schema))
    always = ("risk", "complexity")  # the suite's own classes are known, and so are an item's
    tags = {k: v for k, v in item.tags.items() if known_tags is None or k in known_tags or k in always}
    return {**found, **tags}


def suite_features(suite: Suite, known_tags: Collection[str] | None = None) -> dict[str, dict[str, Value]]:
    """Item id -> its features, of the items that are measured."""
    return {item.id: item_features(suite, item, known_tags) for item in suite.test_items}


def _fields(schema: Any, depth: int = 0) -> int:
    """Named properties below this point; references are not followed."""
    if not isinstance(schema, Mapping) or depth > 20:
        return 0
    properties = schema.get("properties")
    inside = list(properties.values()) if isinstance(properties, Mapping) else []
    return len(inside) + sum(_fields(part, depth + 1) for part in [*inside, schema.get("items")])


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
    return _fill_table(
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
    newest = rows["suite_version"].iloc[-1]  # oldest run first, as the store has them
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


def _fill_table(
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
        cluster=number_clusters(facts["cluster"].to_numpy(dtype=object)),
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
    code = number_clusters(parsed)
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
