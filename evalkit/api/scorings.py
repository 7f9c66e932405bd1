"""Samples under a scoring of one's choice: a rescored run holds several, and the latest is current."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.api.suites import list_suites, load_suites
from evalkit.config import Project
from evalkit.errors import RunError, SuiteError
from evalkit.families import scorer_hash
from evalkit.records import Manifest, Suite

if TYPE_CHECKING:
    import pandas as pd

FIRST = "first"
"""The scoring that the run began with, as its manifest names it for each suite."""

_OF_A_SCORE = (
    "success",
    "score",
    "format_valid",
    "error_kind",
    "parsed",
    "diff",
    "parser",
    "form",
    "scorer_hash",
)


def samples_scored(
    samples: pd.DataFrame, scores: pd.DataFrame, scoring: str, manifest: Manifest
) -> pd.DataFrame:
    """The samples that have a score by this scoring, with that score in place of the current one.

    Args:
        samples: Rows of the flat view, of one run.
        scores: Every score of these samples.
        scoring: `first`, or the beginning of a scorer's hash.
        manifest: Of the run.

    Raises:
        RunError: No sample has such a score; names those that there are.
    """
    if scoring == FIRST:
        hashes = {e.name: e.scorer_hash for e in manifest.suites}
        wanted = scores["suite"].map(hashes) == scores["scorer_hash"]
    else:
        wanted = scores["scorer_hash"].str.startswith(scoring)
    chosen = scores.loc[wanted, ["entry", *_OF_A_SCORE]]
    found = samples.drop(columns=list(_OF_A_SCORE)).merge(chosen, on="entry", how="inner")
    if found.empty:
        known = sorted(scores["scorer_hash"].unique())
        raise RunError(
            f"no sample of run {manifest.run_id} has a score {scoring!r}",
            hint=f"`{FIRST}`, or one of {', '.join(known)}",
        )
    return found[list(samples.columns)]


def suites_as_scored(
    home: Project, asked: Mapping[str, Suite], samples: pd.DataFrame, manifests: Iterable[Manifest]
) -> dict[str, Suite]:
    """The suites whose targets and options made the samples' current scores.

    That is the suite as the run asked it or, where the run was scored anew, the project's present one with
    the items that were asked; figures over targets and scores would not fit together otherwise.
    """
    first = {e.scorer_hash for m in manifests for e in m.suites}
    later = samples.loc[~samples["scorer_hash"].isin(first)].groupby("suite")["scorer_hash"].agg(set)
    known = list_suites(home) if len(later) else {}
    found = dict(asked)
    for name, hashes in later.items():
        present = _present(home, str(name)) if name in known and name in asked else None
        if present is not None and scorer_hash(present) in hashes:
            ids = {i.id for i in asked[str(name)].items}
            found[str(name)] = replace(present, items=tuple(i for i in present.items if i.id in ids))
    return found


def _present(home: Project, name: str) -> Suite | None:
    try:
        return load_suites(home, [name])[0]
    except SuiteError:  # it has got faults since: the suite of the run is the next best
        return None
