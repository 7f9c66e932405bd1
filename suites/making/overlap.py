"""How many items of a suite are nearly the same text.

The measure: a text is cut into runs of four letters, case and spaces folded and every number masked, so that
a template with other numbers counts as the same; two texts are near when at least `NEAR` of the runs of both
are shared (Jaccard). All pairs are compared exactly, which a suite of a few hundred items allows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from suites.making import Item

NEAR = 0.6
"""Share of four-letter runs in common from which two items count as near-duplicates."""
MOST = 0.05
"""Largest share of items that may be a near-duplicate of an earlier one."""


def text_of(item: Item) -> str:
    """The text that a model is given of this item, without the suite's prompt."""
    turns = [str(m["content"]) for m in item.get("messages", ())]
    return "\n".join([*turns, str(item.get("input", ""))]).strip()


def near_pairs(items: Sequence[Item], *, near: float = NEAR) -> list[tuple[str, str, float]]:
    """Pairs of ids at least so alike, with their likeness."""
    pieces = [(str(i["id"]), _pieces(text_of(i))) for i in items]
    found = []
    for n, (later, mine) in enumerate(pieces):
        for earlier, theirs in pieces[:n]:
            shared = len(mine & theirs)
            if shared >= near * max(len(mine), len(theirs)) and (like := shared / len(mine | theirs)) >= near:
                found.append((earlier, later, like))
    return found


def near_share(items: Sequence[Item], *, near: float = NEAR) -> float:
    """The share of items that are near an earlier one."""
    return len({later for _, later, _ in near_pairs(items, near=near)}) / max(1, len(items))


def _pieces(text: str) -> frozenset[str]:
    flat = re.sub(r"\d+", "0", " ".join(text.casefold().split()))
    return frozenset(flat[i : i + 4] for i in range(max(1, len(flat) - 3)))
