"""The table of one suite: each item as each candidate answered it, aligned, with all that a route may use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evalkit.economics.evidence import BoolArray, Codes, FloatArray, ObjectArray, some_clusters, uneven
from evalkit.records import Stakes


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
