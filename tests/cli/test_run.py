"""`evalkit run` as a user meets it: previews, budgets, quiet and JSON output, a full disk, two at once."""

from __future__ import annotations

import json
import re
import resource
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit import api
from evalkit.cli.run import print_summary
from evalkit.runner.journal import read_finished_samples
from evalkit.runner.scoring import read_unscored
from evalkit.store import Store
from tests.commands import COMMAND, environment, evalkit, start
from tests.projects import answer_rightly, served, simulated, write_project
from tests.servers.stand_in import Said, StandIn


def test_a_dry_run_says_what_it_would_cost_and_what_it_does_not_know(tmp_path: Path) -> None:
    """Whoever presses the button sees requests, tokens, dollars and minutes first."""
    url = "http://127.0.0.1:9/v1"
    write_project(tmp_path, {"priced": served(url), "unpriced": served(url, price={})})
    done = evalkit("run", "--dry-run", "--repeats", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    priced, unpriced, together, last = done.stdout.splitlines()
    assert "12 items, 24 requests" in priced
    assert re.search(
        r"tokens in \(4 characters a token\), at most 6,144 tokens out, at most \$0\.\d+", priced
    )
    assert "minutes unknown" in priced
    assert "cost unknown" in unpriced
    assert re.search(r"48 requests, at most \$0\.\d+, and 1 candidate of unknown cost", together)
    assert last.startswith("nothing was asked")


@pytest.mark.parametrize("quiet", [True, False])
def test_a_budget_refuses_a_candidate_without_a_price(tmp_path: Path, quiet: bool) -> None:
    """Nothing could hold it; nothing is asked, and no run is left behind."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        write_project(tmp_path, {"b": served(server.base_url), "a": served(server.base_url, price={})})
        done = evalkit("run", "--max-cost", "1", *(["--quiet"] if quiet else []), cwd=tmp_path)
        assert server.asked == []
    assert done.returncode == 2
    assert "candidates.a.price: its price is unknown, so --max-cost cannot hold it" in done.stderr
    assert "usd_per_request" in done.stderr
    assert not list((tmp_path / "runs").glob("*"))


def test_a_budget_admits_what_nobody_bills(tmp_path: Path) -> None:
    """A simulated candidate, or a price that says that nothing is billed."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        free = served(server.base_url, price={"usd_per_request": 0.0})
        write_project(tmp_path, {"a": free, "b": {**simulated(), "price": {}}})
        done = evalkit("run", "--max-cost", "0.000001", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert ": done" in done.stdout


POISONS = (10**30, -1, 1e308, float("nan"), float("inf"), "7", [1], {"a": 1}, True, None, 2**63, 10**400)


def test_a_run_with_poisoned_usage_loads(tmp_path: Path) -> None:
    """One such number kept a finished, paid run from the store for ever."""

    def poisoned(body: Mapping[str, Any]) -> Said:
        poison = POISONS[int(str(body["messages"][-1]["content"]).split()[-1]) % len(POISONS)]
        names = ("prompt_tokens", "completion_tokens", "total_tokens", "cost")
        details = {"completion_tokens_details": {"reasoning_tokens": poison}}
        return Said(text=answer_rightly(body), usage={**dict.fromkeys(names, poison), **details})

    with StandIn(answer=poisoned).in_thread() as server:
        candidates = {"a": served(server.base_url), "b": served(server.base_url, options={"stream": False})}
        write_project(tmp_path, candidates, n_items=len(POISONS))
        done = evalkit("run", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    query = "SELECT count(*) AS n, count(*) FILTER (success) AS good, max(cost_usd) AS most FROM samples"
    (row,) = Store(tmp_path / "evalkit.duckdb").sql(query).to_pylist()
    assert (row["n"], row["good"]) == (2 * len(POISONS), 2 * len(POISONS))
    assert row["most"] is None or 0 <= row["most"] < 2


def test_a_run_stopped_by_its_budget_is_partial_and_exits_with_0(tmp_path: Path) -> None:
    """A stop that was asked for is no failure; the store says partial."""
    write_project(tmp_path, {"a": simulated(sleep=True, latency_s=0.02)}, n_items=200)
    done = evalkit("run", "--max-time", "0.5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "partial (stopped at the time limit of 0.5 s)" in done.stdout
    assert Store(tmp_path / "evalkit.duckdb").sql("SELECT status FROM runs").to_pylist() == [
        {"status": "partial"}
    ]


def test_an_endpoint_that_is_given_up_exits_with_1_and_says_how_to_go_on(tmp_path: Path) -> None:
    """A wrong key is found after ten requests, not after two thousand."""
    with StandIn(key="right", answer=answer_rightly).in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url, options={"probe": False})}, n_items=100)
        done = evalkit("run", cwd=tmp_path)
        assert len(server.asked) < 20
    assert done.returncode == 1
    assert "given up" in done.stdout
    assert "evalkit run --resume" in done.stdout
    assert "Traceback" not in done.stderr


def test_quiet_and_json_give_a_program_what_it_needs(tmp_path: Path) -> None:
    """Standard output is the answer alone; progress goes to standard error, or nowhere."""
    write_project(tmp_path, {"a": simulated(latency_s=0.0)})
    told = evalkit("run", "--json", cwd=tmp_path)
    manifest = json.loads(told.stdout)
    assert (manifest["status"], manifest["samples_planned"]) == ("done", 12)
    assert re.search(r"a \(mid, simulated\): 12/12 samples, \d+% \(\d+% to \d+%\) success", told.stderr)
    quiet = evalkit("run", "--quiet", cwd=tmp_path)
    assert (quiet.stdout, quiet.stderr) == ("", "")


def test_a_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """What was finished before the disk was full is kept, and no answer is asked twice."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url, concurrency=2)}, n_items=100)

        def small_files() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

        full = subprocess.run(
            [*COMMAND, "run", "--quiet"], cwd=tmp_path, env=environment(), capture_output=True, text=True,
            preexec_fn=small_files, timeout=60, check=False,
        )  # fmt: skip
        assert full.returncode == 1
        (complaint,) = full.stderr.splitlines()
        assert "the journal cannot be written" in complaint
        assert "evalkit run --resume" in complaint
        (folder,) = (tmp_path / "runs").iterdir()
        finished = {s.item_id for s in read_finished_samples(folder / "journal.jsonl").values()}
        assert 10 < len(finished) < 100
        waiting = {s.item_id for _, s in read_unscored(folder / "unscored.jsonl")}
        asked = len(server.asked)
        resumed = evalkit("run", "--resume", cwd=tmp_path)
        assert resumed.returncode == 0, resumed.stderr
        assert len(server.asked) - asked == 100 - len(finished | waiting)
    rows = Store(tmp_path / "evalkit.duckdb").sql("SELECT count(*) AS n FROM samples").to_pylist()
    assert rows == [{"n": 100}]


def test_two_runs_at_once_into_one_store_are_both_there(tmp_path: Path) -> None:
    """A colleague's run must neither block this one nor be lost."""
    with StandIn(answer=answer_rightly, latency_s=0.01).in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url)}, n_items=40)
        children = [start("run", cwd=tmp_path) for _ in range(2)]
        for child in children:
            _, said = child.communicate(timeout=60)
            assert child.returncode == 0, said
        done = evalkit(
            "sql", "--json", "SELECT run_id, count(*) AS n FROM samples GROUP BY ALL", cwd=tmp_path
        )
    assert [row["n"] for row in json.loads(done.stdout)] == [40, 40]


def test_a_wait_that_the_server_asked_for_is_said_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who comes back to a run that took two hours longer wants to know why; a minute less is no news."""
    write_project(tmp_path, {"a": simulated()})
    result = api.run(project=tmp_path)
    for held_s, words in ((7200.0, "waited 2 h because the server asked"), (59.0, None)):
        result.tallies["a"].held_s = held_s
        print_summary(result)
        told = capsys.readouterr().out
        assert ("waited" in told) is (words is not None)
        assert (words or "") in told
