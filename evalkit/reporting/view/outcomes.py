"""Failures by suite, candidate, error kind and what they are about; and what was failed before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from evalkit.records import Contract
from evalkit.reporting.frames import missing, plain_cells
from evalkit.reporting.inputs import EARLIER_COLUMNS
from evalkit.reporting.view.error_keys import Vocabulary, error_key, vocabulary
from evalkit.reporting.view.pages import Context

if TYPE_CHECKING:
    import pandas as pd

FAULT_KINDS = ("timed_out", "backend_error")
"""Error kinds that are no mistakes of the model."""

Then = Literal["new", "persistent", "fixed", "unknown"]
"""How an item that fails now or failed before stands to the time before; `unknown`: not asked then."""

GroupKey = tuple[str, str, str, str]
"""(suite, candidate, error kind, key)."""


@dataclass(kw_only=True, slots=True)
class Group:
    """The failures of one group."""

    samples: int = 0
    items: dict[str, Then] = field(default_factory=dict)
    """Item that fails now -> how it stands to the time before."""
    fixed: set[str] = field(default_factory=set)
    """Items that failed in this way before and are right now."""
    critical: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """Failures, before any words."""

    groups: Mapping[GroupKey, Group]
    thens: Mapping[tuple[str, str], Mapping[str, Then]]
    """(suite, candidate) -> item -> how it stands; only items that fail or are fixed."""
    against: Mapping[tuple[str, str], str]
    """(suite, candidate) -> what it is compared with, in words; absent when with nothing."""


def failures_by_group(context: Context) -> Failed:
    """The failures of a report in groups, with what changed since the time before."""
    words = _vocabularies(context)
    samples = context.frames.samples
    models = {cell.candidate for cell in context.cells.models.all()}
    asked = samples[(samples["status"] != "not_asked") & samples["candidate"].isin(models)]
    now = _failures(context, words, asked[~asked["success"]])
    pairs = asked[["suite", "candidate", "item_id"]].drop_duplicates()
    present = {(str(s), str(c), str(i)) for s, c, i in pairs.itertuples(index=False)}
    before, known, against = _before(context, words)
    critical = set(samples.loc[samples["critical"], ["suite", "item_id"]].itertuples(index=False, name=None))
    groups: dict[GroupKey, Group] = {}
    thens: dict[tuple[str, str], dict[str, Then]] = {
        (suite, str(name)): {}
        for suite, cells in context.cells.models.by_suite.items()
        for name in (c.candidate for c in cells)
    }
    for (suite, candidate, item), ways in now.items():
        then: Then = (
            "unknown" if (suite, candidate, item) not in known
            else "persistent" if (suite, candidate, item) in before else "new"
        )  # fmt: skip
        thens[suite, candidate][item] = then
        for (kind, key), n in ways.items():
            group = groups.setdefault((suite, candidate, kind, key), Group())
            group.samples += n
            group.items[item] = then
            group.critical += (suite, item) in critical
    for (suite, candidate, item), ways in before.items():
        if (suite, candidate, item) in present and (suite, candidate, item) not in now:
            thens[suite, candidate][item] = "fixed"
            for kind, key in ways:
                groups.setdefault((suite, candidate, kind, key), Group()).fixed.add(item)
    return Failed(groups=groups, thens=thens, against=against)


Ways = dict[tuple[str, str], int]
"""(error kind, key) -> samples."""

Place = tuple[str, str, str]
"""(suite, candidate, item)."""


def _before(
    context: Context, words: Mapping[str, Vocabulary]
) -> tuple[dict[Place, Ways], set[Place], dict[tuple[str, str], str]]:
    """What failed before, what was asked before, and where that is from; of the same suite versions alone."""
    earlier = context.inputs.earlier
    if earlier is None or earlier.empty:
        return {}, set(), {}
    absent = [name for name in EARLIER_COLUMNS if name not in earlier.columns]
    if absent:
        raise ValueError(f"the earlier frame has no column {', '.join(absent)}")
    versions = context.frames.samples.groupby(["suite", "candidate"])["suite_version"].agg(set)
    same = [
        version in versions.get((suite, candidate), ())
        for suite, candidate, version in earlier[["suite", "candidate", "suite_version"]].itertuples(
            index=False
        )
    ]
    rows = earlier.loc[same]
    rows = rows[rows["status"] != "not_asked"]
    failed = rows.loc[[not value for value in plain_cells(rows["success"])]]
    known = {
        (str(s), str(c), str(i))
        for s, c, i in rows[["suite", "candidate", "item_id"]].itertuples(index=False)
    }
    sources = rows.drop_duplicates(["suite", "candidate"])[["suite", "candidate", "source"]]
    against = {(str(s), str(c)): str(source) for s, c, source in sources.itertuples(index=False)}
    return _failures(context, words, failed), known, against


def _failures(context: Context, words: Mapping[str, Vocabulary], failed: pd.DataFrame) -> dict[Place, Ways]:
    found: dict[Place, Ways] = {}
    for suite, candidate, item, kind, diff, fault in _rows(failed):
        target = context.frames.items.get((suite, item), {}).get("target")
        way = (kind, error_key(words.get(suite, Vocabulary()), kind, diff, target, fault))
        ways = found.setdefault((suite, candidate, item), {})
        ways[way] = ways.get(way, 0) + 1
    return found


def _rows(failed: pd.DataFrame) -> Iterator[tuple[str, str, str, str, Any, Any]]:
    columns = ["suite", "candidate", "item_id", "error_kind", "diff", "fault"]
    for suite, candidate, item, kind, diff, fault in failed[columns].itertuples(index=False):
        named = "unknown" if missing(kind) or not kind else str(kind)
        yield str(suite), str(candidate), str(item), named, diff, fault


def _vocabularies(context: Context) -> dict[str, Vocabulary]:
    items: dict[str, list[Mapping[str, Any]]] = {}
    for (suite, _), item in context.frames.items.items():
        items.setdefault(suite, []).append(item)
    return {
        suite: vocabulary(
            context.entries[suite].contract if suite in context.entries else Contract(), items.get(suite, [])
        )
        for suite in context.cells.by_suite
    }
