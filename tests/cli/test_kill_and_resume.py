"""kill -9 and Ctrl-C: nothing that was paid for is lost or asked twice."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path

import pytest

from evalkit.runner.journal import finished_samples
from tests.commands import evalkit, start
from tests.projects import answer_rightly, served, write_project
from tests.servers.stand_in import StandIn

ITEMS = 60
CONCURRENCY = 4
RESULTS = (
    "SELECT suite, suite_version, item_id, candidate, repeat, status, output, success, score, error_kind, "
    "request_hash, scorer_hash, input_tokens, output_tokens, cost_usd FROM samples ORDER BY ALL"
)


def results(project: Path) -> list[dict[str, object]]:
    """What the store holds, telemetry aside."""
    done = evalkit("sql", "--json", RESULTS, cwd=project)
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, object]] = json.loads(done.stdout)
    return rows


def asked_items(server: StandIn) -> list[str]:
    return [f"p-{int(str(a.body['messages'][-1]['content']).split()[-1]):04d}" for a in server.asked]


def answered(project: Path) -> set[str]:
    (folder,) = (project / "runs").iterdir()
    return {s.item_id for s in finished_samples(folder / "journal.jsonl").values() if s.status == "answered"}


@pytest.mark.parametrize("seed", range(4))
def test_after_kill_9_no_finished_answer_is_asked_again(tmp_path: Path, seed: int) -> None:
    """At most the requests in flight may be asked twice, and the results equal those of an unbroken run."""
    with StandIn(answer=answer_rightly, latency_s=0.05).in_thread() as server:
        candidates = {"a": served(server.base_url, concurrency=CONCURRENCY)}
        write_project(tmp_path / "broken", candidates, n_items=ITEMS)
        kill_after = random.Random(seed).randrange(3, ITEMS - 6)
        child = start("run", cwd=tmp_path / "broken")
        while len(server.asked) < kill_after and child.poll() is None:
            time.sleep(0.002)
        child.kill()
        child.communicate()
        finished, asked_before = answered(tmp_path / "broken"), len(server.asked)
        assert asked_before - len(finished) <= CONCURRENCY
        resumed = evalkit("run", "--resume", cwd=tmp_path / "broken")
        assert resumed.returncode == 0, resumed.stderr
        assert not finished & set(asked_items(server)[asked_before:])
        assert len(server.asked) <= ITEMS + CONCURRENCY
        write_project(tmp_path / "whole", candidates, n_items=ITEMS)
        assert evalkit("run", cwd=tmp_path / "whole").returncode == 0
    assert len(results(tmp_path / "broken")) == ITEMS
    assert results(tmp_path / "broken") == results(tmp_path / "whole")


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(tmp_path: Path) -> None:
    """A person who stops a run wants the prompt back, no traceback, and the way to continue."""
    with StandIn(answer=answer_rightly, latency_s=0.1).in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url, concurrency=CONCURRENCY)}, n_items=ITEMS)
        child = start("run", cwd=tmp_path)
        while len(server.asked) < 12 and child.poll() is None:
            time.sleep(0.005)
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
