"""The stored full run: what pages and baselines say of it is in it, and today's scoring judges it alike."""

from __future__ import annotations

import csv
import json
import os
import tarfile
from pathlib import Path

import pytest

from evalkit.api import open_store, rescore, run
from evalkit.api.projects import open_project
from evalkit.store import Store
from evalkit.store.load import rebuild
from tests.suites.shipped.accepted import differences, renew
from tests.suites.shipped.full_run import tables, with_tables

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "examples" / "full-run"
PAGE = ROOT / "docs" / "full_run.md"
SAMPLE = ROOT / "reports" / "sample"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's project with its run unpacked, over this checkout's suites."""
    folder = tmp_path_factory.mktemp("full-run")
    settings = (SOURCE / "evalkit.yaml").read_text(encoding="utf-8")
    file = folder / "evalkit.yaml"
    file.write_text(settings.replace("../../", f"{ROOT}/"), encoding="utf-8")
    with tarfile.open(SOURCE / "run.tar.xz") as archive:
        archive.extractall(folder / "runs", filter="data")
    return file


@pytest.fixture(scope="module")
def store(project: Path) -> Store:
    home = open_project(project)
    found = open_store(project=home)
    rebuild(found, home.runs)
    return found


def test_the_page_s_tables_are_what_the_run_holds(store: Store) -> None:
    """A figure in a document that nothing recomputes is wrong some day."""
    page = PAGE.read_text(encoding="utf-8")
    made = with_tables(page, tables(store))
    if os.environ.get("EVALKIT_WRITE_DOCS"):
        PAGE.write_text(made, encoding="utf-8")
    assert made.count("<!-- table: ") == len(tables(store))
    assert PAGE.read_text(encoding="utf-8") == made, "EVALKIT_WRITE_DOCS=1 pytest tests/suites/shipped"


def test_every_answer_is_judged_as_the_run_says_and_the_suites_are_those_that_were_asked(
    project: Path,
) -> None:
    """6,172 real answers hold parsers, comparators and targets: whatever judges one otherwise shows here."""
    found = rescore(dry_run=True, project=project)
    assert len(found.suites) == 6
    assert [c.suite for c in found.suites if c.version_then != c.version_now] == []
    real = [r for r in found.results if "standin" not in r.candidate]
    assert sum(r.answers for r in real) == 6172
    assert [(r.suite, r.candidate, r.changed) for r in found.results if r.changed] == []
    assert [r.suite for r in found.results if r.old_scorer_hashes != (r.scorer_hash,)] == []


def test_the_second_scoring_changed_no_success(store: Store) -> None:
    """Both scorings are in the journal; the example's README names the answers that it reads otherwise."""
    first, now = (
        ", ".join(f"{side}.{c}" for c in ("success", "score", "format_valid", "error_kind", "parser"))
        + f", {side}.parsed::varchar, {side}.diff::varchar"
        for side in ("first", "now")
    )
    query = f"""
        select s.suite, s.candidate, s.item_id, first.success or now.success as success,
        first.error_kind as was, now.error_kind as kind
        from sample_rows s join scores first using (run_id, entry) join scores now using (run_id, entry)
        where now.current and not first.current and ({first}) is distinct from ({now})
        order by all
    """  # noqa: S608 - columns of ours
    changed = store.sql(query).to_pylist()
    assert [r for r in changed if r["success"]] == []
    readme = (SOURCE / "README.md").read_text(encoding="utf-8")
    assert len(changed) == 14
    assert [r["item_id"] for r in changed if r["item_id"] not in readme] == []


def test_the_shipped_baselines_hold_the_run_s_answers_as_they_are_judged_now(store: Store) -> None:
    """A gate finds a baseline of another scorer stale, and the demo's gate is held against these."""
    if why := os.environ.get("EVALKIT_WRITE_BASELINES"):
        renew(ROOT / "baselines", store, why)
    told = "; renew them: EVALKIT_WRITE_BASELINES='the reason' pytest tests/suites/shipped/test_full_run.py"
    assert list(differences(ROOT / "baselines", store)) == [], told


def test_a_replay_of_the_run_gives_its_results(project: Path, store: Store, tmp_path: Path) -> None:
    """Recorded answers go the whole way again: request, constraint, parse, score, store."""
    recorded = next(p for p in (project.parent / "runs").iterdir())
    options = {"path": str(recorded), "candidate": "slim-constrained"}
    candidate = {"tier": "slim", "backend": "replay", "output": "constrained", "options": options}
    again = tmp_path / "evalkit.yaml"
    settings = {"suites": [str(ROOT / "suites")], "candidates": {"slim-constrained": candidate}}
    again.write_text(json.dumps(settings), encoding="utf-8")
    names = ("clause-routing", "order-extraction", "device-commands")
    run(suites=names, project=again)
    query = f"""
        select suite, item_id, output, tool_calls, success, score, error_kind from samples
        where candidate = 'slim-constrained' and suite in {names} order by suite, item_id
    """  # noqa: S608 - names of ours
    replayed = open_store(project=open_project(again)).sql(query).to_pylist()
    assert len(replayed) == 772
    assert replayed == store.sql(query).to_pylist()


def test_the_sample_report_says_what_the_run_holds(store: Store) -> None:
    """The report that stands in the repository is of this run, and of this state of it."""
    with (SAMPLE / "data" / "results.csv").open(encoding="utf-8", newline="") as file:
        told = {(r["suite"], r["candidate"]): r for r in csv.DictReader(file)}
    query = """
        select suite, candidate, count(*) as n, avg(success::int) as success, sum(cost_usd) as usd,
        bool_or(simulated) as simulated from samples group by all
    """
    held = {(r["suite"], r["candidate"]): r for r in store.sql(query).to_pylist()}
    assert told.keys() == held.keys()
    for key, row in held.items():
        assert int(told[key]["samples"]) == row["n"]
        assert float(told[key]["success"]) == pytest.approx(row["success"], rel=1e-6)
        assert float(told[key]["cost_usd"]) == pytest.approx(row["usd"], rel=1e-6)
        assert told[key]["simulated"] == str(row["simulated"])
    pages = [p.read_text(encoding="utf-8") for p in SAMPLE.rglob("*.html")]
    assert len(pages) == 12
    assert all("simulated" in page for page in pages)
    assert sum(p.stat().st_size for p in SAMPLE.rglob("*") if p.is_file()) < 8e6
