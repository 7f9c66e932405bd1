"""What the store's tests start from: one run folder, a store beside it, and the tables as comparable rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.store import Store
from tests.run_folders import write_run_folder

TABLES = {
    "runs": "FROM runs ORDER BY ALL",
    "candidates": "FROM candidates ORDER BY ALL",
    "suites": "FROM suites ORDER BY ALL",
    "items": "SELECT * REPLACE (tags::VARCHAR AS tags) FROM items ORDER BY ALL",
    "attempts": "FROM attempts ORDER BY ALL",
    "sample_rows": "FROM sample_rows ORDER BY ALL",
    "scores": "FROM scores ORDER BY ALL",
}


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def folder(runs_dir: Path) -> Path:
    write_run_folder(runs_dir / "first", n_items=6, repeats=2, faulted=0.1)
    return runs_dir / "first"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.duckdb", wait_s=0.2)


def tables(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every table's rows in an order of their own, so that equal stores compare equal."""
    return {name: store.sql(query).to_pylist() for name, query in TABLES.items()}
