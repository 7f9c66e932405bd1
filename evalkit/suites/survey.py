"""What a suite's items look like: counts, balance, lengths, duplicates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.records import Item, canonical_json
from evalkit.suites.duplicates import near_pairs

Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What was found in the items of a suite."""

    splits: dict[str, int]
    """Split -> items."""
    balance: dict[str, int]
    """Label -> items, most first; for other targets the first word of what they are."""
    lengths: dict[str, int]
    """Quantile -> characters of the input."""
    exact_duplicates: tuple[tuple[str, ...], ...]
    """Ids of items whose input is the same but for letter case and white space."""
    conflicting: tuple[tuple[str, ...], ...]
    """Of these, those whose targets differ: one of them is wrong, or the input does not decide."""
    near_duplicates: tuple[Pair, ...]
    """Pairs of ids whose inputs share at least 0.8 of their word pieces."""
    leaking: tuple[Pair, ...]
    """Duplicate pairs across the test split and another: an example would give the answer away."""
    no_target: tuple[str, ...]
    """Ids without a target."""
    empty_target: tuple[str, ...]
    """Ids whose target is an empty list or object: right where nothing is the answer, else a gap."""


def survey(items: Sequence[Item], *, near_at_most: int = 20_000) -> Survey:
    """Looks at every item; near duplicates only up to `near_at_most` items, by hashing, in linear time."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(_same(item), []).append(item)
    exact = [g for g in groups.values() if len(g) > 1]
    firsts = [g[0] for g in groups.values()]
    near = near_pairs([input_text(i) for i in firsts]) if len(firsts) <= near_at_most else []
    pairs = tuple((firsts[a].id, firsts[b].id) for a, b in near)
    split = {i.id: i.split for i in items}
    together = [*pairs, *((g[0].id, other.id) for g in exact for other in g[1:])]
    return Survey(
        splits=dict(Counter(i.split for i in items)),
        balance=dict(Counter(w for i in items for w in _target_words(i.target)).most_common()),
        lengths=_quantiles([len(input_text(i)) for i in items]),
        exact_duplicates=tuple(tuple(i.id for i in g) for g in exact),
        conflicting=tuple(
            tuple(i.id for i in g) for g in exact if len({canonical_json(i.target) for i in g}) > 1
        ),
        near_duplicates=pairs,
        leaking=tuple(p for p in together if (split[p[0]] == "test") != (split[p[1]] == "test")),
        no_target=tuple(i.id for i in items if i.target is None),
        empty_target=tuple(i.id for i in items if i.target is not None and i.target in ([], {}, "")),
    )


def input_text(item: Item) -> str:
    """The item's own text: its input, or what was said in its messages."""
    if item.input is not None:
        return item.input
    return "\n".join(str(m.get("content") or "") for m in item.messages)


def _same(item: Item) -> str:
    context = "\n".join(str(p.get("text", "")) for p in item.context)
    tools = canonical_json(item.tools) if item.tools else ""
    return re.sub(r"\s+", " ", f"{input_text(item)}\n{context}\n{tools}").strip().casefold()


def _target_words(target: Any) -> list[str]:
    """A label, each of several labels, the keys of an object, or the tools called."""
    if isinstance(target, dict):
        return sorted(target) or ["(empty)"]
    if isinstance(target, (list, tuple)):
        return [_member_word(m) for m in target] or ["(none)"]
    return ["(no target)"] if target is None else [str(target)]


def _member_word(member: Any) -> str:
    if not isinstance(member, dict):
        return str(member)
    for key in ("tool", "name", "type"):
        if isinstance(member.get(key), str):
            return str(member[key])
    return next(iter(member), "(empty)")


def _quantiles(lengths: list[int]) -> dict[str, int]:
    if not lengths:
        return {}
    ordered = sorted(lengths)
    last = len(ordered) - 1
    places = {"min": 0.0, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95, "max": 1.0}
    return {name: ordered[round(share * last)] for name, share in places.items()}
