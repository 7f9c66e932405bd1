"""Pairs the samples of two sides by item: repeats averaged, faults set apart, flips and identity found.

Items are the same when the model saw the same: an id may be a row number that names another text by now.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.economics.evidence import (
    BoolArray,
    Codes,
    FloatArray,
    ItemTable,
    ObjectArray,
    item_table,
    some_clusters,
    uneven,
)
from evalkit.stats import PairedDifference, paired_difference

if TYPE_CHECKING:
    import pandas as pd

RIGHT_ABOVE = 0.5
"""An item counts as right where more than this share of its answers is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One suite as one candidate answered it."""

    rows: pd.DataFrame
    """Samples that were asked, as `read_samples` leaves them."""
    table: ItemTable

    @property
    def candidate(self) -> str:
        """Who answered."""
        return str(self.rows["candidate"].iloc[0])


def side(rows: pd.DataFrame) -> Side:
    """A side from the rows of one suite and candidate; samples that were not asked are left out."""
    asked = rows[rows["answered"] | rows["faulted"]]
    return Side(rows=asked, table=item_table(asked))


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """The items that both sides answered, in the order of the first. Arrays have shape (n_pairs,)."""

    suite: str
    family: str
    a: Side
    b: Side
    at_a: NDArray[np.intp]
    """Where the items stand in the first side's table."""
    at_b: NDArray[np.intp]
    shared: int
    """Items that both sides asked; those without an answer on a side are no pairs."""
    faulted_share: float
    """Share of the shared items' samples that a fault on either side took out of the difference."""
    only_a: tuple[str, ...]
    """Items that the first side alone asked."""
    only_b: tuple[str, ...]
    changed: tuple[str, ...]
    """Items whose input differs between the sides: same id, other content. They are no pairs."""
    renamed: Mapping[str, str]
    """Id on the first side -> on the second, of pairs that kept their input under another id."""
    identical: bool
    """Whether every pair's answers, texts and calls, are the same byte for byte, and scored the same."""

    def __len__(self) -> int:
        return len(self.at_a)

    @property
    def ids(self) -> ObjectArray:
        """Item ids, as the second (newer) side has them."""
        return self.b.table.ids[self.at_b]

    @property
    def success_a(self) -> FloatArray:
        """Mean success of the first side over its repeats."""
        return self.a.table.success[self.at_a]

    @property
    def success_b(self) -> FloatArray:
        """Mean success of the second side over its repeats."""
        return self.b.table.success[self.at_b]

    @property
    def clusters(self) -> Codes | None:
        """Numbers of the clusters, as the second (newer) side has them; None when every item stands alone."""
        return some_clusters(self.b.table.cluster[self.at_b])

    @property
    def weights(self) -> FloatArray | None:
        """Weights, as the second side has them; None when all are equal."""
        return uneven(self.b.table.weight[self.at_b])

    def difference(self, confidence: float = 0.95) -> PairedDifference:
        """The paired difference of success, second minus first."""
        return paired_difference(
            self.success_a, self.success_b,
            clusters=self.clusters, weights=self.weights, confidence=confidence,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Flip:
    """An item that one side got right and the other wrong (or more often, with repeats)."""

    suite: str
    item_id: str
    direction: Literal["broken", "fixed"]
    success_a: float
    """Share of repeats that succeeded on the first side."""
    success_b: float
    error_a: str | None
    """Error kind on the first side; None where it succeeded."""
    error_b: str | None
    output_a: str | None
    """The answer's text, or its calls as JSON text."""
    output_b: str | None
    critical: bool
    same_answer: bool = False
    """Whether both sides' texts and calls are the same byte for byte: two scorers then made the flip."""


def pair(a: Side, b: Side) -> Pairs:
    """Pair two sides of the same suite by what the model saw of each item.

    An item with the same id and the same input is a pair first; then one that kept its input under another
    id, where no other item on either side has that input. Where a side does not know its inputs (baselines of
    before they were hashed), the id decides.
    """
    where = _match_items(a.table, b.table)
    both = np.flatnonzero(where >= 0)
    at_a, at_b = both, where[both]
    answered = np.minimum(_answered_share(a.table)[at_a], _answered_share(b.table)[at_b])
    kept = answered > 0
    lost = float(1 - answered.mean()) if len(answered) else 0.0
    in_b = np.zeros(len(b.table.ids), dtype=bool)
    in_b[at_b] = True
    first, second = (sorted(map(str, ids)) for ids in (a.table.ids[where < 0], b.table.ids[~in_b]))
    changed = frozenset(first) & frozenset(second)
    pairs = Pairs(
        suite=str(a.rows["suite"].iloc[0]) if len(a.rows) else "",
        family=str(b.rows["family"].iloc[0] or "") if len(b.rows) else "",
        a=a,
        b=b,
        at_a=at_a[kept],
        at_b=at_b[kept],
        shared=len(both),
        faulted_share=lost,
        only_a=tuple(i for i in first if i not in changed),
        only_b=tuple(i for i in second if i not in changed),
        changed=tuple(i for i in second if i in changed),
        renamed=_find_renamed(a.table.ids[at_a], b.table.ids[at_b]),
        identical=False,
    )
    return _with_identity(pairs)


def _match_items(a: ItemTable, b: ItemTable) -> NDArray[np.intp]:
    """(n_items of a,) the place of the same item in `b`; -1 where there is none."""
    import pandas as pd

    where: NDArray[np.intp] = pd.Index(b.ids).get_indexer(pd.Index(a.ids)).astype(np.intp)
    if not len(b.ids):
        return where
    before, now = a.input_hash, b.input_hash[where]
    known = (before != None) & (now != None)  # noqa: E711 - item by item
    where[known & (before != now)] = -1
    taken = set(where.tolist())
    places = _lone_inputs(b)
    for content, k in _lone_inputs(a).items():
        place = places.get(content)
        if where[k] < 0 and place is not None and place not in taken:
            where[k] = place
    return where


def _lone_inputs(table: ItemTable) -> dict[Hashable, int]:
    """Input hash -> the place of the one item that has it."""
    found: dict[Hashable, int] = {}
    several = set()
    for place, content in enumerate(table.input_hash.tolist()):
        if content in found:
            several.add(content)
        found[content] = place
    return {content: k for content, k in found.items() if content is not None and content not in several}


def _find_renamed(before: ObjectArray, now: ObjectArray) -> dict[str, str]:
    other = np.flatnonzero(before != now)
    return dict(sorted((str(a), str(b)) for a, b in zip(before[other], now[other], strict=True)))


def flips(pairs: Pairs, most: int | None = None) -> tuple[Flip, ...]:
    """The items where one side did better: broken ones first, critical ones before others, by id; at most
    `most`."""
    gap = pairs.success_b - pairs.success_a
    critical, ids = pairs.b.table.critical[pairs.at_b], pairs.ids
    found = sorted(np.flatnonzero(gap), key=lambda k: (gap[k] > 0, not critical[k], str(ids[k])))
    return tuple(_flip(pairs, int(k)) for k in (found if most is None else found[:most]))


def find_changed_items(pairs: Pairs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of the items that broke, critical ones first, and of those that were fixed."""
    gap, ids, critical = pairs.success_b - pairs.success_a, pairs.ids, pairs.b.table.critical[pairs.at_b]
    broken = sorted(np.flatnonzero(gap < 0), key=lambda k: (not critical[k], str(ids[k])))
    return tuple(str(ids[k]) for k in broken), tuple(sorted(str(i) for i in ids[gap > 0]))


def _flip(pairs: Pairs, k: int) -> Flip:
    first, second = pairs.success_a[k], pairs.success_b[k]
    error_a, output_a = _choose_shown(pairs.a, int(pairs.at_a[k]), worse=first < second)
    error_b, output_b = _choose_shown(pairs.b, int(pairs.at_b[k]), worse=second < first)
    return Flip(
        suite=pairs.suite,
        item_id=str(pairs.ids[k]),
        direction="broken" if second < first else "fixed",
        success_a=float(first),
        success_b=float(second),
        error_a=error_a,
        error_b=error_b,
        output_a=output_a,
        output_b=output_b,
        critical=bool(pairs.b.table.critical[pairs.at_b[k]]),
        same_answer=_answers(pairs.a, int(pairs.at_a[k])) == _answers(pairs.b, int(pairs.at_b[k])),
    )


def _answers(one: Side, item: int) -> list[tuple[object, ...]]:
    """The item's answers by repeat: texts and calls."""
    rows = one.rows.iloc[np.flatnonzero(one.table.codes == item)]
    rows = rows[rows["answered"]].sort_values("repeat")
    return list(rows[["repeat", "output", "tool_calls"]].itertuples(index=False, name=None))


def _choose_shown(one: Side, item: int, *, worse: bool) -> tuple[str | None, str | None]:
    """Error kind and text of the repeat that shows the flip best: a wrong one on the worse side."""
    rows = one.rows.iloc[np.flatnonzero(one.table.codes == item)]
    rows = rows[rows["answered"]]
    fitting = rows[rows["success"] != worse]
    row = (fitting if len(fitting) else rows).iloc[0]
    text = row["output"] if row["output"] is not None else row["tool_calls"]
    kind = None if row["success"] else row["error_kind"]
    return None if kind is None else str(kind), None if text is None else str(text)


def _answered_share(table: ItemTable) -> FloatArray:
    return table.answered / np.maximum(table.asked, 1)


def _with_identity(pairs: Pairs) -> Pairs:
    return replace(pairs, identical=len(pairs) > 0 and _same_answers(pairs))


def _same_answers(pairs: Pairs) -> bool:
    if not np.array_equal(pairs.success_a, pairs.success_b):
        return False
    first, second = _order_samples(pairs.a, pairs.at_a), _order_samples(pairs.b, pairs.at_b)
    if len(first) != len(second):
        return False
    return all(
        bool(np.all(first[name].to_numpy(dtype=object) == second[name].to_numpy(dtype=object)))
        for name in ("pair", "repeat", "output", "tool_calls")
    )


def _order_samples(one: Side, kept: NDArray[np.intp]) -> pd.DataFrame:
    """The answered samples of the items kept with the number of their pair, by pair and repeat."""
    place = np.full(len(one.table.ids), -1)
    place[kept] = np.arange(len(kept))
    position = place[one.table.codes]
    use: BoolArray = (position >= 0) & one.rows["answered"].to_numpy(dtype=bool)
    order = np.lexsort((one.rows["repeat"].to_numpy()[use], position[use]))
    return one.rows[use].assign(pair=position[use]).iloc[order]
