"""A suite whose patterns explode on the answers: nothing paid is lost, signals are heard, the run loads."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
import yaml

from evalkit.runner.scoring import read_unscored
from evalkit.store import Store
from tests.cli.test_kill_and_resume import answered, asked_items, wait_for
from tests.commands import evalkit, start
from tests.projects import SUITE, served, write_project
from tests.servers.stand_in import StandIn

ITEMS = 12
CONCURRENCY = 4
EXPLODES = "^(a|aa)+$"
ANSWER = "a" * 60 + "!"


def write_hostile(folder: Path, base_url: str) -> None:
    write_project(folder, {"a": served(base_url, concurrency=CONCURRENCY)}, n_items=ITEMS)
    file = folder / "suites" / SUITE / "suite.yaml"
    plain = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**plain, "scorer": {"refusals": [EXPLODES]}}))


def paid(folder: Path) -> set[str]:
    """Items whose answers are on disk, with a score or without."""
    waiting = (s.item_id for f in (folder / "runs").glob("*/unscored.jsonl") for _, s in read_unscored(f))
    return answered(folder) | set(waiting)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_is_heard_while_a_hostile_pattern_is_scored(tmp_path: Path, number: signal.Signals) -> None:
    """Each scoring takes its whole limit here; the resume asks nothing that is paid for."""
    with StandIn(answer=lambda body: ANSWER).in_thread() as server:
        write_hostile(tmp_path, server.base_url)
        child = start("run", cwd=tmp_path)
        try:
            wait_for(lambda: len(paid(tmp_path)) >= 2)
            child.send_signal(number)
            began_s = time.monotonic()
            out, err = child.communicate(timeout=60)
        finally:
            child.kill()
        assert time.monotonic() - began_s < 30, "a hang would be for ever; loading the store takes a while"
        before, asked_before = paid(tmp_path), len(server.asked)
        assert len(before) >= 2
        if number != signal.SIGKILL:
            assert (child.returncode, "Traceback" in err) == (1, False), err
            assert "evalkit run --resume" in out
        done = evalkit("run", "--resume", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert not before & set(asked_items(server)[asked_before:]), "a paid answer was asked again"
    (folder,) = (tmp_path / "runs").iterdir()
    assert not (folder / "unscored.jsonl").exists()
    query = "SELECT item_id, success, error_kind FROM samples"
    rows = Store(tmp_path / "evalkit.duckdb").sql(query).to_pylist()
    assert len(rows) == len({r["item_id"] for r in rows}) == ITEMS
    assert {(r["success"], r["error_kind"]) for r in rows} == {(False, "unscorable")}


def test_validate_names_the_pattern_and_where_it_is(tmp_path: Path) -> None:
    write_hostile(tmp_path, "http://127.0.0.1:9/v1")
    done = evalkit("suites", "validate", cwd=tmp_path)
    assert done.returncode != 0
    said = " ".join((done.stdout + done.stderr).split())
    assert EXPLODES in said
    assert "suite.yaml:" in said
    assert "Traceback" not in said


def test_a_template_that_explodes_is_named_with_file_and_line(tmp_path: Path) -> None:
    write_hostile(tmp_path, "http://127.0.0.1:9/v1")
    file = tmp_path / "suites" / SUITE / "suite.yaml"
    bomb = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "scorer": {}, "prompt": bomb}))
    for command in (("suites", "validate"), ("run",)):
        done = evalkit(*command, cwd=tmp_path)
        said = " ".join((done.stdout + done.stderr).split())
        assert done.returncode != 0
        assert "turns of loops and calls" in said
        assert "suite.yaml:" in said
        assert "Traceback" not in said
