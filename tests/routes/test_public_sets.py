"""Routes over published answers of real models: the figures are those of plain pandas, and no route beats
foresight."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.route_real import SETS, Study, dearest_of, mixed, study
from evalkit.routes.figures import oracle_usd
from evalkit.routes.table import suite_table

SHARED = Path(__file__).parents[2].parent / "shared" / "data"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not beside the checkout"),
]


@pytest.fixture(scope="module", params=sorted(SETS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def plain(name: str) -> pd.DataFrame:
    """One row an item and model with success and cost, straight from the file, by pandas alone."""
    if name == "llmdrift":
        rows = pd.read_json(SHARED / "route_llmdrift_prime_4models.jsonl", lines=True)
        return rows.rename(columns={"correct": "success"})[
            ["id", "model", "success", "cost_usd", "latency_s"]
        ]
    prices = json.loads((SHARED / "route_llmrouter_prices.json").read_text())
    rows = pd.read_json(SHARED / "route_llmrouter_test500_9models.jsonl", lines=True)
    scores = pd.DataFrame(rows["scores"].tolist(), index=rows["id"]).stack().rename("score").reset_index()
    scores.columns = pd.Index(["id", "model", "score"])
    scores = scores.merge(rows[["id", "q_words"]], on="id")
    price = scores["model"].map({m: p["input_usd_per_Mtok"] for m, p in prices.items()})
    return scores.assign(success=scores["score"] == 1, cost_usd=price * 1.3 * scores["q_words"] / 1e6)


@pytest.fixture(scope="module")
def studied(name: str) -> Study:
    return study(*SETS[name](SHARED))


def test_success_and_cost_per_success_are_those_of_pandas(plain: pd.DataFrame, studied: Study):
    """A page of ours must be checkable in three lines of a notebook."""
    by = plain.groupby("model").agg(
        success=("success", "mean"), wins=("success", "sum"), usd=("cost_usd", "sum")
    )
    assert {p.candidate for p in studied.points} == set(by.index)
    for point in studied.points:
        assert point.success is not None
        assert point.cost_per_success_usd is not None
        expected = by.loc[point.candidate]
        assert point.success.estimate == pytest.approx(expected["success"])
        assert point.cost_per_success_usd.estimate == pytest.approx(expected["usd"] / expected["wins"])


def test_dominated_models_are_those_of_pandas(name: str, plain: pd.DataFrame, studied: Study):
    """At least as good in every measure and better in one, by the estimates."""
    by = plain.groupby("model").agg(
        success=("success", "mean"), wins=("success", "sum"), usd=("cost_usd", "sum")
    )
    cost = by["usd"] / by["wins"]
    measures = pd.DataFrame({"success": -by["success"], "cost": cost})
    if name == "llmdrift":
        times = plain.groupby("model")["latency_s"]
        measures["p95"] = times.agg(lambda v: np.quantile(v, 0.95, method="inverted_cdf"))
    for point in studied.points:
        mine = measures.loc[point.candidate]
        no_worse = (measures <= mine + 1e-15).all(axis=1) & (measures < mine - 1e-15).any(axis=1)
        assert {d.by for d in point.dominated_by} == set(measures.index[no_worse])


def test_savings_are_against_the_dearest_model_at_its_success(plain: pd.DataFrame, studied: Study):
    """The dearest model, the best single one and the mix, each computed anew."""
    by = plain.groupby("model").agg(success=("success", "mean"), usd=("cost_usd", "mean"))
    ways = {way.name: way for way in studied.ways}
    dearest = by[np.isclose(by["usd"], by["usd"].max())].sort_values("success").iloc[-1]
    assert ways["dearest model"].usd_per_item == pytest.approx(dearest["usd"])
    assert ways["dearest model"].success == pytest.approx(dearest["success"])
    single = by[by["success"] >= dearest["success"] - 1e-12].sort_values("usd").iloc[0]
    assert ways["best single model"].usd_per_item == pytest.approx(single["usd"])
    for way in studied.ways:
        assert way.saving == pytest.approx(1 - way.usd_per_item / dearest["usd"])


def test_random_mixing_is_the_cheapest_line_between_two_models(plain: pd.DataFrame, studied: Study):
    """By trying every pair and every share in steps of a thousandth."""
    by = plain.groupby("model").agg(success=("success", "mean"), usd=("cost_usd", "mean"))
    ways = {way.name: way for way in studied.ways}
    mix = ways["random mixing at its success"]
    shares = np.linspace(0, 1, 1_001)
    success, usd = by["success"].to_numpy(), by["usd"].to_numpy()
    rates = success[:, None, None] + shares * (success[None, :, None] - success[:, None, None])
    costs = usd[:, None, None] + shares * (usd[None, :, None] - usd[:, None, None])
    tried = float(costs[rates >= mix.success - 1e-12].min())
    assert mix.usd_per_item <= tried + 1e-15
    assert mix.usd_per_item == pytest.approx(tried, rel=0.01)


def test_no_way_is_cheaper_than_foresight_at_its_success(name: str, studied: Study):
    """Foresight pays the least for any success there is."""
    samples, features = SETS[name](SHARED)
    table = suite_table(samples, features=features)
    for way in studied.ways:
        assert way.usd_per_item >= oracle_usd(table, way.success) - 1e-12, way.name
        assert way.success <= float(table.success.any(axis=0).mean()) + 1e-12
    assert mixed(table, 0.0)[2] == pytest.approx(float(table.cost_usd.mean(axis=1).min()))
    assert dearest_of(table) == next(w for w in studied.ways if w.name == "dearest model").in_words


def test_tasks_tell_nine_models_apart_and_a_route_by_task_saves_most_of_the_cost():
    """On the nine open models a rule by task succeeds like the dearest model for a fraction of its cost; the
    same search must not find such a thing where there is none."""
    ways = {way.name: way for way in study(*SETS["llmrouter"](SHARED)).ways}
    route = ways["route, each fifth held out"]
    assert abs(route.success - ways["dearest model"].success) < 0.03
    assert route.saving > 0.7
    assert ways["random mixing at its success"].saving < 0.2
    drift = {way.name: way for way in study(*SETS["llmdrift"](SHARED)).ways}
    assert drift["route, each fifth held out"].saving < drift["random mixing at its success"].saving
