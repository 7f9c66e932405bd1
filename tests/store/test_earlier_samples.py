"""What a suite and a candidate said before the run that is shown."""

from __future__ import annotations

from pathlib import Path

from evalkit.store import Store, load_pending
from tests.run_folders import CANDIDATES, make_suite, write_run_folder


def test_earlier_samples_are_of_the_latest_run_before_the_shown_one(store: Store, runs_dir: Path) -> None:
    """A failure is new against the last time, not against any time."""
    suite, slim, frontier = make_suite("support-triage", "classification", 8), CANDIDATES[:1], CANDIDATES[3:]
    other = make_suite("support-triage", "classification", 9)
    for name, what, candidates in (
        ("a", suite, CANDIDATES), ("b", suite, slim), ("c", other, slim), ("d", suite, slim),
        ("e", other, frontier),
    ):  # fmt: skip
        created = f"2026-11-0{'abcde'.index(name) + 1}T08:00:00+00:00"
        write_run_folder(runs_dir / name, suites=[what], candidates=candidates, created_at=created)
    load_pending(store, runs_dir)
    latest = store.samples(latest=True)[["suite", "candidate", "run_id"]].drop_duplicates()
    shown = list(latest.itertuples(index=False, name=None))
    found = store.earlier_samples(shown)
    runs = dict(found[["candidate", "run_id"]].itertuples(index=False, name=None))
    assert runs == {slim[0].name: "b"}, "runs of another version are passed over"
    assert "output" not in found.columns
    assert store.earlier_samples([("support-triage", slim[0].name, "a")]).empty
