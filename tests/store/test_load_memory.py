"""A load that its memory is too small for is done again with more; the store holds all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from evalkit.errors import RunError
from evalkit.store import Store, load, load_run
from tests.store.conftest import tables


def test_a_load_takes_more_memory_where_the_first_step_is_too_small(
    store: Store, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long outputs need more than a common run; the first try must leave nothing behind."""
    monkeypatch.setattr(load, "MEMORY_STEPS", ("8MB", "256MB"))
    load_run(store, folder)
    other = Store(tmp_path / "other.duckdb")
    monkeypatch.setattr(load, "MEMORY_STEPS", ("256MB",))
    load_run(other, folder)
    assert tables(store) == tables(other)


def test_no_memory_is_enough_says_so(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that cannot be loaded is a run with a reason, not a traceback."""
    monkeypatch.setattr(load, "MEMORY_STEPS", ("8MB",))
    with pytest.raises(RunError, match="more memory than 8MB"):
        load_run(store, folder)


def test_a_commit_without_memory_is_known_as_that(store: Store) -> None:
    """DuckDB calls it an error of the transaction, which would pass for a damaged store."""
    said = "TransactionContext Error: Failed to commit: failed to allocate data of size 16.0 MiB"
    with pytest.raises(duckdb.OutOfMemoryException), store.writing():
        raise duckdb.TransactionException(said)
