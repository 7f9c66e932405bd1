"""Cells of a report picked at random, computed anew by SQL over the store that it was made from."""

from __future__ import annotations

import random

import pytest

from evalkit.api import open_store, run
from evalkit.api.projects import open_project
from evalkit.api.reports import report_input
from evalkit.reporting.view import build_site
from evalkit.reporting.view.tables import Table, tables
from evalkit.store import Store
from tests.projects import simulated, write_project

PICKS = 12


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, dict[str, Table]]:
    """The store of a simulated run, and the tables of its report."""
    folder = tmp_path_factory.mktemp("project")
    candidates = {
        "slim": {**simulated(accuracy=0.6, seed="a"), "tier": "slim"},
        "frontier": {**simulated(accuracy=0.9, seed="b", fault_rate=0.1), "tier": "frontier"},
    }
    project = write_project(folder, candidates, n_items=60)
    run(project=project)
    home = open_project(project)
    site = build_site(report_input(home, None, title="Recomputed"))
    return open_store(project=home), {table.name: table for table in tables(site)}


def picked(table: Table) -> list[dict[str, object]]:
    """Rows at random; the same ones each time, so that a failure can be looked at."""
    rows = random.Random(8).sample(table.rows, min(PICKS, len(table.rows)))
    return [dict(zip(table.columns, row, strict=True)) for row in rows]


def one(store: Store, select: str, **where: object) -> object:
    """A single value over the samples that were asked of a suite and candidate."""
    conditions = " and ".join(f"{name} = '{value}'" for name, value in where.items())
    return store.sql(f"select {select} as v from samples where {conditions}").to_pydict()["v"][0]  # noqa: S608


def test_results_agree_with_sql(made: tuple[Store, dict[str, Table]]) -> None:
    """Rates, counts, costs and scores of the front page."""
    store, found = made
    for row in picked(found["results"]):
        where = {"suite": row["suite"], "candidate": row["candidate"]}
        answered = {**where, "status": "answered"}
        assert row["samples"] == one(store, "count(*)", **where)
        assert row["answered"] == one(store, "count(*)", **answered)
        assert row["success"] == pytest.approx(one(store, "avg(success::int)", **answered))
        assert row["format_valid"] == pytest.approx(one(store, "avg(format_valid::int)", **answered))
        assert row["mean_score"] == pytest.approx(one(store, "avg(score)", **answered))
        cost = one(store, "sum(cost_usd)", **where)
        won = one(store, "sum(success::int)", **answered)
        assert row["cost_usd"] == (None if cost is None else pytest.approx(cost))
        if cost is not None:
            assert row["cost_per_success_usd"] == pytest.approx(float(cost) / float(won))  # type: ignore[arg-type]


def test_error_kinds_agree_with_sql(made: tuple[Store, dict[str, Table]]) -> None:
    """Each count of an error kind."""
    store, found = made
    for row in picked(found["error-kinds"]):
        where = {"suite": row["suite"], "candidate": row["candidate"], "error_kind": row["error_kind"]}
        assert row["samples"] == one(store, "count(*)", **where)


def test_slices_agree_with_sql(made: tuple[Store, dict[str, Table]]) -> None:
    """A slice's rate over the items with its tag."""
    store, found = made
    for row in picked(found["slices"]):
        where = {
            "suite": row["suite"], "candidate": row["candidate"], "status": "answered",
            f"tags['{row['tag']}']": row["value"],
        }  # fmt: skip
        assert row["success"] == pytest.approx(one(store, "avg(success::int)", **where))


def test_confusions_agree_with_sql(made: tuple[Store, dict[str, Table]]) -> None:
    """A cell of the matrix: targets live with the items, answers with the samples."""
    store, found = made
    for row in picked(found["confusions"]):
        target, answer = row["target"], row["answer"]
        value = store.sql(
            "select count(*) as v from samples s join items i using (suite, suite_version, item_id) "  # noqa: S608
            f"where s.suite = '{row['suite']}' and candidate = '{row['candidate']}' and status = 'answered' "
            f"and json_extract_string(i.target, '$') = '{target}' "
            f"and coalesce(json_extract_string(s.parsed, '$'), '(no label)') = '{answer}'"
        ).to_pydict()["v"][0]
        assert row["samples"] == value
