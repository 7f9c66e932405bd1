"""Claims on real answers: GPT versions on 1,000 questions each, with real cost and latency (LLMDrift)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.baseline import Baseline, load_baseline, promote
from evalkit.comparison import SuiteComparison, compare
from evalkit.gate import gate, read_policy
from tests.economics.frames import make_evidence, make_manifest, make_samples

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "route_llmdrift_prime_4models.jsonl"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.exists(), reason="the shared data is not beside the checkout"),
]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return pd.read_json(DATA, lines=True)


def version(rows: pd.DataFrame, model: str, when: str) -> pd.DataFrame:
    """One model version as samples of the flat view, all under the name of its slot."""
    part = rows[rows["model"].str.startswith(model) & (rows["version"] == when)].reset_index(drop=True)
    assert len(part) == 1000
    return make_samples(
        part["correct"].to_numpy(dtype=bool), suite="prime", candidate=model, item_id=part["id"],
        output=part["pred"], cost_usd=part["cost_usd"], latency_s=part["latency_s"],
        e2e_latency_s=part["latency_s"], output_tokens=part["out_tokens"],
    )  # fmt: skip


def accepted(folder: Path, samples: pd.DataFrame) -> Baseline:
    promote(folder, samples, make_manifest(samples), who="A", why="March", when="2023-03-01T00:00:00+00:00")
    return load_baseline(folder, "prime", str(samples["candidate"].iloc[0]))


def test_the_june_version_of_gpt_4_fails(rows: pd.DataFrame, tmp_path: Path) -> None:
    """The drift that users noticed months later is caught on the first run."""
    june = version(rows, "gpt-4", "2023-06")
    verdict = gate(make_evidence(june, [accepted(tmp_path, version(rows, "gpt-4", "2023-03"))]))
    found = verdict.cases[0].rule("no_regression")
    assert found is not None
    assert (verdict.outcome, found.fixed, found.broken) == ("fail", 147, 476)


def test_the_upgrade_of_gpt_3_5_passes(rows: pd.DataFrame, tmp_path: Path) -> None:
    """The same upgrade of the smaller model was an improvement: no false alarm."""
    june = version(rows, "gpt-3.5", "2023-06")
    verdict = gate(make_evidence(june, [accepted(tmp_path, version(rows, "gpt-3.5", "2023-03"))]))
    assert verdict.outcome == "pass"


def test_a_cheaper_model_can_be_held_to_a_cost_limit(rows: pd.DataFrame, tmp_path: Path) -> None:
    """Cost per success follows the real bill."""
    march = version(rows, "gpt-4", "2023-03")
    true = march["cost_usd"].sum() / march["success"].sum()
    for factor, outcome in ((0.9, "fail"), (1.1, "pass")):
        policy = read_policy({"max_cost_per_success_usd": factor * true})
        assert gate(make_evidence(march, [accepted(tmp_path, march)]), policy).outcome == outcome


@pytest.fixture(scope="module")
def found(rows: pd.DataFrame) -> SuiteComparison:
    return compare(version(rows, "gpt-4", "2023-03"), version(rows, "gpt-4", "2023-06")).suites[0]


@pytest.fixture(scope="module")
def wide(rows: pd.DataFrame) -> pd.DataFrame:
    part = rows[rows["model"].str.startswith("gpt-4")]
    return part.pivot(
        index="id", columns="version", values=["correct", "cost_usd", "latency_s", "out_tokens"]
    )


def test_success_and_flips_agree_with_pandas(found: SuiteComparison, wide: pd.DataFrame) -> None:
    """Each figure can be had by hand."""
    before, after = (wide["correct"][v].astype(bool) for v in ("2023-03", "2023-06"))
    difference = found.overall.difference
    assert difference.rate_a == pytest.approx(before.mean())
    assert difference.rate_b == pytest.approx(after.mean())
    assert {f.item_id for f in found.broken} == set(wide.index[before & ~after])
    assert {f.item_id for f in found.fixed} == set(wide.index[~before & after])


def test_money_time_and_tokens_agree_with_pandas(found: SuiteComparison, wide: pd.DataFrame) -> None:
    """Economics has one home, and its sums are plain ones."""
    for version_, figures, change in (
        ("2023-03", found.figures_a, found.cost_per_success_usd.a),
        ("2023-06", found.figures_b, found.cost_per_success_usd.b),
    ):
        cost = wide["cost_usd"][version_].astype(float)
        per_success = cost.sum() / wide["correct"][version_].sum()
        assert change == pytest.approx(per_success)
        assert figures.cost.total_usd == pytest.approx(cost.sum())
        assert figures.cost.per_success_usd is not None
        assert figures.cost.per_success_usd.estimate == pytest.approx(per_success)
        assert figures.latency.service_s is not None
        latency = wide["latency_s"][version_].astype(float)
        assert figures.latency.service_s.p95.estimate == latency.quantile(0.95, interpolation="lower")
    ratio = (wide["latency_s"]["2023-06"] / wide["latency_s"]["2023-03"]).astype(float)
    assert found.service_s.change is not None
    assert found.service_s.change.estimate == ratio.quantile(0.5, interpolation="lower")
    tokens = (wide["out_tokens"]["2023-06"] - wide["out_tokens"]["2023-03"]).astype(float)
    assert found.output_tokens.change is not None
    assert found.output_tokens.change.estimate == pytest.approx(tokens.mean())
    assert np.isfinite(found.output_tokens.change.width)
