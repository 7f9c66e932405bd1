"""Holds the shipped baselines to the stored full run, which was asked the same and answered the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from evalkit.baseline import list_baselines, load_baseline
from evalkit.baseline.parquet import from_parquet, to_parquet
from evalkit.baseline.promote import promote
from evalkit.baseline.records import Accepted
from evalkit.store import Store

ANSWER = (
    "suite_version",
    "item_id",
    "repeat",
    "request_hash",
    "status",
    "output",
    "tool_calls",
    "finish_reason",
)
JUDGED = (
    "input_hash", "scorer_hash", "parsed", "format_valid", "success", "score", "error_kind", "diff", "form",
)  # fmt: skip


def differences(baselines: Path, store: Store) -> Iterator[str]:
    """Yield where a baseline or its anchor departs from the stored run: column and items."""
    for name in list_baselines(baselines):
        found = load_baseline(baselines, name.suite, name.slot)
        for which, accepted in (("accepted", found.accepted), ("anchor", found.anchor)):
            stored = _stored(accepted, store)
            assert len(accepted.samples) == len(stored)
            for column in (*ANSWER, *JUDGED):
                if column not in accepted.samples:
                    yield f"{name.suite} × {name.slot}, {which}: no column {column}"
                    continue
                own, other = accepted.samples[column], stored[column]
                unlike = ~((own == other) | (own.isna() & other.isna())).fillna(value=False)
                if unlike.any():
                    items = ", ".join(accepted.samples["item_id"][unlike][:5])
                    yield f"{name.suite} × {name.slot}, {which}: {column} of {unlike.sum()} samples ({items})"


def renew(baselines: Path, store: Store, why: str) -> None:
    """Accept each baseline's own samples anew, judged as the stored run's same answers are; anchors too.

    Raises:
        AssertionError: The answers differ, or a success does.
    """
    for name in list_baselines(baselines):
        accepted = load_baseline(baselines, name.suite, name.slot).accepted
        stored = _stored(accepted, store)
        for column in (*ANSWER, "success"):
            assert accepted.samples[column].equals(stored[column]), (name, column)
        promote(
            baselines,
            accepted.samples.assign(**{column: stored[column] for column in JUDGED}),
            accepted.manifest,
            who=accepted.summary.accepted_by,
            why=why,
            when=datetime.now(UTC).isoformat(timespec="seconds"),
            slot=name.slot,
            re_anchor=True,
        )


def _stored(accepted: Accepted, store: Store) -> pd.DataFrame:
    """The stored run's samples of the same suite and candidate, in a baseline's form and order."""
    rows = store.samples(suite=accepted.summary.suite, candidate=accepted.summary.candidate)
    return from_parquet(to_parquet(rows))
