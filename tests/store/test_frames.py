"""Named queries: the columns that the design promises, and the rows that were asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evalkit.errors import StoreError
from evalkit.store import Store, load_pending
from tests.run_folders import CANDIDATES, make_suite, write_run_folder

PROMISED = """
run_id suite suite_version family item_id tags cluster weight critical candidate tier requested_fingerprint
observed_fingerprint prompt_hash request_hash scorer_hash repeat seed status output tool_calls parsed
format_valid success score error_kind diff finish_reason confidence input_tokens cached_input_tokens
output_tokens reasoning_tokens cost_usd price_id latency_s e2e_latency_s ttft_s attempts load reused_from
simulated started_at
"""
FURTHER = """
fault refusal constraint_asked constraint_enforced parser split base entry confidence_method
label_mass_outside server_metrics form input_hash
"""


@pytest.fixture
def loaded(store: Store, runs_dir: Path) -> Store:
    """Three runs: all candidates; slim again later; one suite of the frontier latest."""
    suites = [
        make_suite("support-triage", "classification", 8),
        make_suite("order-extraction", "extraction", 8),
    ]
    slim, frontier = CANDIDATES[:1], CANDIDATES[3:]
    write_run_folder(runs_dir / "a", suites=suites, created_at="2026-11-01T08:00:00+00:00")
    write_run_folder(
        runs_dir / "c", suites=suites, candidates=slim, created_at="2026-11-02T08:00:00+00:00", seed=1
    )
    write_run_folder(
        runs_dir / "b", suites=suites[:1], candidates=frontier, created_at="2026-11-03T08:00:00+00:00", seed=2
    )
    assert load_pending(store, runs_dir).loaded == ("a", "b", "c")
    return store


def test_the_flat_view_has_the_promised_columns_in_their_order(loaded: Store) -> None:
    """Users' own queries and spreadsheets hang on these names."""
    assert list(loaded.samples().columns) == PROMISED.split() + FURTHER.split()


def test_family_tier_and_tags_stand_in_every_row(loaded: Store) -> None:
    """The view joins four tables; a join that misses or doubles would bend every rate."""
    frame = loaded.samples()
    assert len(frame) == 4 * 16 + 16 + 8
    assert not frame.duplicated(["run_id", "suite", "item_id", "candidate", "repeat"]).any()
    assert (
        frame[["family", "tier", "tags", "weight", "critical", "success", "score", "split"]]
        .notna()
        .all()
        .all()
    )
    tiers = dict(zip(frame["candidate"], frame["tier"], strict=True))
    assert tiers == {c.name: c.tier for c in CANDIDATES}


def test_samples_are_those_asked_for(loaded: Store) -> None:
    """Run, suite and candidate narrow together; None leaves all."""
    assert set(loaded.samples("c")["run_id"]) == {"c"}
    assert set(loaded.samples(["a", "b"])["run_id"]) == {"a", "b"}
    narrow = loaded.samples("a", suite="order-extraction", candidate="mid")
    assert (set(narrow["suite"]), set(narrow["candidate"]), len(narrow)) == ({"order-extraction"}, {"mid"}, 8)
    assert len(loaded.samples("no such run")) == 0
    assert len(loaded.samples([])) == 0
    assert len(loaded.attempts("c", suite="order-extraction")) >= 8
    assert set(loaded.scores("c", candidate="slim-plain")["run_id"]) == {"c"}
    assert list(loaded.candidates("c")["candidate"]) == ["slim-plain"]
    assert list(loaded.suites("a")["suite"]) == ["support-triage", "order-extraction"]
    assert len(loaded.items("order-extraction")) == 8


def test_the_latest_run_is_found_for_each_suite_and_candidate(loaded: Store) -> None:
    """A report shows what is true now, also when tonight's run took only some of the candidates."""
    frame = loaded.samples(latest=True)
    assert len(frame) == 2 * 4 * 8
    assert {(r.suite, r.candidate): r.run_id for r in frame.itertuples()} == {
        (suite, c.name): "b"
        if (suite, c.name) == ("support-triage", "frontier")
        else "c"
        if c.name == "slim-plain"
        else "a"
        for suite in ("support-triage", "order-extraction")
        for c in CANDIDATES
    }
    assert set(loaded.samples(["a"], latest=True)["run_id"]) == {"a"}


def test_runs_count_what_they_hold(loaded: Store, runs_dir: Path) -> None:
    """The list of runs tells which are worth opening."""
    runs = loaded.runs().set_index("run_id")
    assert list(runs.index) == ["a", "c", "b"]
    assert list(runs["samples"]) == [64, 16, 8]
    assert list(runs["simulated"]) == [32, 0, 8]
    faulted = loaded.samples()["status"].eq("faulted").groupby(loaded.samples()["run_id"]).sum()
    assert dict(runs["faulted"]) == dict(faulted)


def test_sql_reads_and_cannot_write(loaded: Store) -> None:
    """`evalkit sql` is for looking; the truth is the run folders."""
    assert loaded.sql("SELECT count(*) AS n FROM samples").to_pylist() == [{"n": 88}]
    with pytest.raises(StoreError, match="only read"):
        loaded.sql("DELETE FROM sample_rows")
    assert len(loaded.samples()) == 88


def test_a_wrong_query_says_what_is_wrong(loaded: Store) -> None:
    """DuckDB's own message names the near column; it must come through as one error."""
    with pytest.raises(StoreError, match="succes") as caught:
        loaded.sql("SELECT succes FROM samples")
    assert "docs/store.md" in (caught.value.hint or "")


def test_sql_sees_no_variable_of_the_program(loaded: Store) -> None:
    """DuckDB would take a Python variable for a missing table: a misspelt table must be an error."""
    sample = loaded.samples()
    assert len(sample)
    with pytest.raises(StoreError, match="sample"):
        loaded.sql("FROM sample")


def test_a_statement_without_rows_gives_an_empty_table(loaded: Store) -> None:
    """`SET` and its like answer nothing, which is no error."""
    assert loaded.sql("SET threads = 1").num_rows == 0


def test_pandas_is_imported_only_for_a_frame(loaded: Store) -> None:
    """Loading and `sql` must start quickly."""
    script = (
        "import sys; from evalkit.store import Store; Store(sys.argv[1]).sql('FROM runs');"
        " assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, str(loaded.path)], check=True)
