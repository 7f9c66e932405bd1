"""Samples under a scoring of one's choice: a rescored run holds several, and the latest is current."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.errors import RunError
from evalkit.records import Manifest

if TYPE_CHECKING:
    import pandas as pd

FIRST = "first"
"""The scoring that the run began with, as its manifest names it for each suite."""

_OF_A_SCORE = ("success", "score", "format_valid", "error_kind", "parsed", "diff", "parser", "scorer_hash")


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
