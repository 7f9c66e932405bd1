"""Each suite and candidate of a report against its accepted baseline, item by item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evalkit.baseline import load_baseline
from evalkit.comparison import compare
from evalkit.config import Project
from evalkit.errors import BaselineError
from evalkit.gate import read_policy
from evalkit.records import Manifest
from evalkit.reporting import Compared

if TYPE_CHECKING:
    import pandas as pd


def against_baselines(
    home: Project, samples: pd.DataFrame, manifests: Sequence[Manifest]
) -> tuple[Compared, ...]:
    """A comparison of every suite and candidate whose slot has a baseline; margins are the gate's."""
    if not home.baselines.is_dir():
        return ()
    return tuple(_compared(home, samples, {m.run_id: m for m in manifests}))


def _compared(home: Project, samples: pd.DataFrame, manifests: dict[str, Manifest]) -> Iterator[Compared]:
    policy = read_policy(home.gate)
    for (suite, candidate), rows in samples.groupby(["suite", "candidate"], sort=False):
        try:
            accepted = load_baseline(home.baselines, str(suite), policy.slot(str(candidate))).accepted
        except BaselineError:
            continue
        if not rows["status"].isin(("answered", "faulted")).any():
            continue
        run_id = str(rows["run_id"].iloc[0])
        if (accepted.summary.run_id, accepted.summary.candidate) == (run_id, candidate):
            continue  # it was accepted itself: nothing is learnt from a comparison with itself
        manifest = manifests.get(run_id)
        entries = {entry.name: entry for entry in manifest.suites} if manifest else {}
        margin = policy.limits(str(suite), entries[str(suite)].stakes).margin if suite in entries else None
        found = compare(
            accepted.samples, rows, label_a="baseline", label_b=str(candidate),
            manifest_a=accepted.manifest, manifest_b=manifest, margin=margin,
        )  # fmt: skip
        summary = accepted.summary
        yield Compared(
            against=f"baseline of {summary.accepted_at[:10]} ({summary.candidate}, run {summary.run_id})",
            found=found.suites[0],
            caveats=found.caveats,
        )
