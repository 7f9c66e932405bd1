"""The failed and fixed items in the order in which they are listed, with what a filter asks of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.reporting.frames import tags
from evalkit.reporting.hostile import one_line
from evalkit.reporting.view.outcomes import Failed, GroupKey, Then
from evalkit.reporting.view.pages import Context
from evalkit.reporting.view.slices import MOST_VALUES
from evalkit.reporting.view.turns import words_of

_GIST = 110


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One item that some candidate fails, or failed before."""

    suite: str
    item_id: str
    critical: bool
    tags: tuple[tuple[str, str], ...]
    """Those that can be filtered by."""
    gist: str
    """The start of its input, in one line; empty without content."""
    results: tuple[tuple[int, Then], ...]
    """(position of the group, how it stands to the time before), by candidate."""


def build_listing(
    context: Context, found: Failed, order: Mapping[GroupKey, int], usd_a_month: Sequence[float]
) -> tuple[tuple[Listed, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """The items, critical ones first, then the most costly; and the slices that they can be filtered by.

    Args:
        context: Of the page.
        found: The failures.
        order: Group -> its position.
        usd_a_month: What each group costs, by position.
    """
    results: dict[tuple[str, str], list[tuple[int, Then]]] = {}
    for key, group in found.groups.items():
        for item, then in group.items.items():
            results.setdefault((key[0], item), []).append((order[key], then))
        for item in group.fixed:
            results.setdefault((key[0], item), []).append((order[key], "fixed"))
    samples = context.frames.samples.drop_duplicates(["suite", "item_id"])
    facts = {
        (str(suite), str(item)): (bool(critical), tags(cell))
        for suite, item, critical, cell in samples[["suite", "item_id", "critical", "tags"]].itertuples(
            index=False
        )
    }
    slices = _slices([facts[place][1] for place in results])
    allowed = {tag for tag, _ in slices}
    items = [
        Listed(
            suite=suite,
            item_id=item,
            critical=facts[suite, item][0],
            tags=tuple((t, v) for t, v in facts[suite, item][1].items() if t in allowed),
            gist=_gist(context, suite, item),
            results=tuple(sorted(own)),
        )
        for (suite, item), own in results.items()
    ]
    suites = list(context.cells.by_suite)
    items.sort(key=lambda item: _rank(item, suites, usd_a_month))
    return tuple(items), slices


def _rank(item: Listed, suites: list[str], usd_a_month: Sequence[float]) -> tuple[Any, ...]:
    failing = [position for position, then in item.results if then != "fixed"]
    cost = sum(usd_a_month[position] for position in failing)
    return not item.critical, not failing, -cost, -len(failing), suites.index(item.suite), item.item_id


def _slices(all_tags: Sequence[Mapping[str, str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    values: dict[str, set[str]] = {}
    for own in all_tags:
        for tag, value in own.items():
            values.setdefault(tag, set()).add(value)
    kept = {tag: found for tag, found in values.items() if 1 < len(found) <= 2 * MOST_VALUES}
    return tuple((tag, tuple(sorted(kept[tag]))) for tag in sorted(kept))


def _gist(context: Context, suite: str, item: str) -> str:
    if not context.inputs.options.with_content:
        return ""
    turns = words_of(context.frames.items.get((suite, item), {}))
    return one_line(turns[-1][1], _GIST) if turns else ""
