"""kill -9 and Ctrl-C: nothing that was paid for is lost or asked twice."""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from evalkit.records import Sample
from evalkit.runner.journal import read_finished_samples
from evalkit.runner.scoring import read_unscored
from evalkit.store import Store
from tests.commands import evalkit, start
from tests.forked import Forker
from tests.projects import answer_rightly, served, write_project
from tests.servers.stand_in import StandIn

ITEMS = 60
CONCURRENCY = 4
LATENCY_S = 0.02
RESULTS = (
    "SELECT suite, suite_version, item_id, candidate, repeat, status, output, success, score, error_kind, "
    "request_hash, scorer_hash, input_tokens, output_tokens, cost_usd FROM samples ORDER BY ALL"
)


def results(project: Path) -> list[dict[str, object]]:
    """What the store holds, telemetry aside."""
    rows: list[dict[str, object]] = Store(project / "evalkit.duckdb").sql(RESULTS).to_pylist()
    return rows


def asked_items(server: StandIn) -> list[str]:
    return [f"p-{int(str(a.body['messages'][-1]['content']).split()[-1]):04d}" for a in server.asked]


def answered(project: Path) -> set[str]:
    """Items whose answers are on disk: in the journal, or waiting beside it for their scores."""
    samples: list[Sample] = []
    for run in (project / "runs").glob("*"):
        samples += read_finished_samples(run / "journal.jsonl").values()
        samples += [sample for _, sample in read_unscored(run / "unscored.jsonl")]
    return {s.item_id for s in samples if s.status == "answered"}


def moments() -> list[tuple[int, float]]:
    """Twenty seeded moments: how many requests the server has seen, and seconds after that."""
    rng = random.Random(20)
    between = [(rng.randrange(CONCURRENCY + 1, ITEMS - 1), rng.uniform(0, LATENCY_S)) for _ in range(17)]
    return [(0, rng.uniform(0, 0.1)), (1, 0.0), *between, (ITEMS, LATENCY_S * 2)]


def test_after_kill_9_no_finished_answer_is_asked_again(tmp_path: Path) -> None:
    """At most the requests in flight may be asked twice, and the results equal those of an unbroken run.

    The store of every run is compared, telemetry aside; twenty moments, most in the midst of the answers.
    """
    in_the_midst = 0
    with StandIn(answer=answer_rightly, latency_s=LATENCY_S).in_thread() as server, Forker() as forker:
        candidates = {"a": served(server.base_url, concurrency=CONCURRENCY)}
        write_project(tmp_path / "whole", candidates, n_items=ITEMS)
        assert forker.run("run", cwd=tmp_path / "whole") == 0
        expected = results(tmp_path / "whole")
        for number, (asked, later_s) in enumerate(moments()):
            project = tmp_path / f"broken-{number}"
            write_project(project, candidates, n_items=ITEMS)
            server.asked.clear()
            pid = forker.start("run", cwd=project)
            wait_for(lambda: len(server.asked) >= asked)  # noqa: B023 - called at once
            time.sleep(later_s)
            forker.kill(pid)
            in_the_midst += check_resumed(forker, server, project, expected)
    assert in_the_midst >= 15


def check_resumed(forker: Forker, server: StandIn, project: Path, expected: list[dict[str, object]]) -> bool:
    """Goes on after a kill; returns whether that was between the first and the last answer."""
    finished, asked_before = answered(project), len(server.asked)
    assert asked_before - len(finished) <= CONCURRENCY
    # Killed before there was a run: nothing was asked, and the next command is the first.
    begun = any((project / "runs").glob("*/manifest.json"))
    assert begun or not asked_before
    assert forker.run("run", *(["--resume"] if begun else []), cwd=project) == 0, output(project)
    assert not finished & set(asked_items(server)[asked_before:])
    assert len(server.asked) <= ITEMS + CONCURRENCY
    assert results(project) == expected
    return 0 < len(finished) < ITEMS


def wait_for(happened: Callable[[], bool], at_most_s: float = 60.0) -> None:
    deadline = time.monotonic() + at_most_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.001)


def output(project: Path) -> str:
    return (project / "output.txt").read_text()


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(tmp_path: Path) -> None:
    """A person who stops a run wants the prompt back, no traceback, and the way to continue."""
    with StandIn(answer=answer_rightly, latency_s=0.1).in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url, concurrency=CONCURRENCY)}, n_items=ITEMS)
        child = start("run", cwd=tmp_path)
        wait_for(lambda: len(server.asked) >= 12)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
        assert child.returncode == 1
        assert "Traceback" not in err
        assert "evalkit run --resume" in out
        (folder,) = (tmp_path / "runs").iterdir()
        assert json.loads((folder / "manifest.json").read_text())["status"] == "interrupted"
        assert 0 < len(results(tmp_path)) < ITEMS
        assert evalkit("run", "--resume", cwd=tmp_path).returncode == 0
    assert len(results(tmp_path)) == ITEMS
