"""What was failed before: by the run before, or else by the accepted baseline, of the same suite version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.baseline import load_baseline
from evalkit.config import Project
from evalkit.errors import BaselineError
from evalkit.reporting.inputs import EARLIER_COLUMNS
from evalkit.store import Store

if TYPE_CHECKING:
    import pandas as pd


def earlier_samples(home: Project, store: Store, samples: pd.DataFrame) -> pd.DataFrame:
    """For each suite and candidate of the samples what it said before, with where that is from.

    Args:
        home: The project, for its baselines.
        store: The store, for earlier runs.
        samples: The samples that a report shows.
    """
    import pandas as pd

    shown = samples[["suite", "candidate", "run_id"]].drop_duplicates()
    found = store.earlier_samples([(str(s), str(c), str(r)) for s, c, r in shown.itertuples(index=False)])
    found["source"] = "run " + found["run_id"].astype(str)
    known = set(found[["suite", "candidate"]].itertuples(index=False, name=None))
    accepted = [
        frame
        for suite, candidate in shown[["suite", "candidate"]].itertuples(index=False, name=None)
        if (suite, candidate) not in known
        and (frame := _accepted(home, str(suite), str(candidate), samples)) is not None
    ]
    frames = [frame[list(EARLIER_COLUMNS)].astype(object) for frame in (found, *accepted) if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(EARLIER_COLUMNS))


def _accepted(home: Project, suite: str, candidate: str, samples: pd.DataFrame) -> pd.DataFrame | None:
    """The accepted baseline of a candidate's own slot; None: there is none, or these samples are it."""
    try:
        accepted = load_baseline(home.baselines, suite, candidate).accepted
    except BaselineError:
        return None
    if accepted.summary.run_id in set(samples["run_id"]):
        return None
    missing = {name: None for name in EARLIER_COLUMNS if name not in accepted.samples.columns}
    source = f"the baseline of {accepted.summary.accepted_at[:10]}"
    return accepted.samples.assign(**missing).assign(source=source, suite=suite, candidate=candidate)
