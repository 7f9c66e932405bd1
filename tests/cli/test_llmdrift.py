"""Real answers of four model versions, recorded, through the whole line: run, promote, gate, compare."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

import evalkit
from evalkit import api
from evalkit.comparison import SuiteComparison
from tests.commands import evalkit as command

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "route_llmdrift_prime_4models.jsonl"
MARCH, JUNE = "2023-03", "2023-06"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.exists(), reason="the shared data is not beside the checkout"),
]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return pd.read_json(DATA, lines=True)


@pytest.fixture(scope="module")
def project(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the question as a suite, four recordings, and the March versions accepted."""
    home = tmp_path_factory.mktemp("drift")
    write_prime(home, rows)
    candidates = {}
    for (model, version), part in rows.groupby([rows["model"].str[:5], "version"]):
        name = f"{'gpt-4' if model == 'gpt-4' else 'gpt-3.5'}-{version}"
        candidates[name] = record(home / f"{name}.jsonl", part)
    slots = {f"{m}-{v}": m for m in ("gpt-4", "gpt-3.5") for v in (MARCH, JUNE)}
    policy = {"candidates": [f"gpt-4-{JUNE}"], "slots": slots}
    (home / "evalkit.yaml").write_text(yaml.safe_dump({"candidates": candidates, "gate": policy}))
    run = evalkit.run(project=home, candidates=[f"gpt-4-{MARCH}", f"gpt-3.5-{MARCH}"])
    for model in ("gpt-4", "gpt-3.5"):
        api.promote(
            run.run_id, suite="prime", candidate=f"{model}-{MARCH}", slot=model, why="in use", project=home
        )
    return home


def write_prime(home: Path, rows: pd.DataFrame) -> None:
    suite = home / "suites" / "prime"
    suite.mkdir(parents=True)
    plain = {
        "name": "prime", "family": "classification", "version": "1", "description": "Is a number prime?",
        "labels": ["yes", "no"], "prompt": {"user": "{{ input }} Answer yes or no."},
    }  # fmt: skip
    (suite / "suite.yaml").write_text(yaml.safe_dump(plain))
    items = rows.drop_duplicates("id")
    lines = [{"id": r.id, "input": r.input, "target": r.gold} for r in items.itertuples()]
    (suite / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def record(path: Path, part: pd.DataFrame) -> dict[str, object]:
    lines = [
        {"id": r.id, "output": r.pred, "latency_s": r.latency_s, "cost_usd": r.cost_usd,
         "output_tokens": r.out_tokens}
        for r in part.itertuples()
    ]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return {"tier": "frontier", "backend": "replay", "options": {"path": str(path)}}


def judge(project: Path, model: str) -> tuple[int, dict]:
    file = project / "evalkit.yaml"
    plain = yaml.safe_load(file.read_text())
    plain["gate"]["candidates"] = [f"{model}-{JUNE}"]
    file.write_text(yaml.safe_dump(plain))
    run = evalkit.run(project=project, candidates=[f"{model}-{JUNE}"])
    done = command("gate", "--run", run.run_id, "--json", cwd=project)
    assert not done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_june_version_of_gpt_4_fails_with_the_published_counts(project: Path) -> None:
    """The drift that its users found out months later, as a red build on the first run."""
    code, verdict = judge(project, "gpt-4")
    (rule,) = [r for r in verdict["cases"][0]["rules"] if r["rule"] == "no_regression"]
    assert (code, rule["fixed"], rule["broken"]) == (3, 147, 476)


def test_the_june_version_of_gpt_3_5_passes(project: Path) -> None:
    """The same upgrade of the smaller model was an improvement."""
    code, verdict = judge(project, "gpt-3.5")
    assert (code, verdict["outcome"]) == (0, "pass")


@pytest.fixture(scope="module")
def found(project: Path) -> SuiteComparison:
    run = evalkit.run(project=project, candidates=[f"gpt-4-{JUNE}"])
    return evalkit.compare("baseline:gpt-4", f"{run.run_id}/gpt-4-{JUNE}", project=project).suites[0]


def test_every_figure_agrees_with_pandas(found: SuiteComparison, rows: pd.DataFrame) -> None:
    """What went in is what comes out: success, flips, money, tokens and time."""
    for version, success, figures, cost, tokens in (
        (
            MARCH,
            found.overall.success_a,
            found.figures_a,
            found.cost_per_success_usd.a,
            found.output_tokens.a,
        ),
        (JUNE, found.overall.success_b, found.figures_b, found.cost_per_success_usd.b, found.output_tokens.b),
    ):
        part = rows[rows["model"].str.startswith("gpt-4") & (rows["version"] == version)]
        assert success.estimate == pytest.approx(part["correct"].mean())
        assert cost == pytest.approx(part["cost_usd"].sum() / part["correct"].sum())
        assert tokens == pytest.approx(part["out_tokens"].mean())
        assert figures.latency.service_s is not None
        assert figures.latency.service_s.p95.estimate == part["latency_s"].quantile(0.95, "lower")
    wide = rows[rows["model"].str.startswith("gpt-4")].pivot(index="id", columns="version", values="correct")
    assert {f.item_id for f in found.broken} == set(wide.index[wide[MARCH] & ~wide[JUNE]])
    assert {f.item_id for f in found.fixed} == set(wide.index[~wide[MARCH] & wide[JUNE]])
