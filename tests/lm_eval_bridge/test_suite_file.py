"""`lm_eval_task:` in suite.yaml: lm-eval's items and metric with our stakes and slices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit import api
from evalkit.errors import SuiteError
from tests.lm_eval_bridge.tasks import add, run, write_task
from tests.projects import served, simulated, write_project
from tests.servers.stand_in import StandIn

STAKES = {"risk": "high", "quality_floor": 0.9, "error_cost_usd": 2.0}


def test_a_task_gets_our_stakes_and_slices(tmp_path: Path) -> None:
    """A task from outside is gated and routed like a suite of our own."""
    folder = _write_suite(tmp_path, {"task": "task/sums.yaml", "metric": "exact_match,number"})
    assert api.validate_suite(folder) == []
    (suite,) = api.load_suites(None, [str(folder)])
    assert (suite.name, suite.version, suite.stakes.error_cost_usd) == ("adding", "7", 2.0)
    assert suite.scorer["metric"] == "exact_match,number"
    assert [i.tags["parity"] for i in suite.items[:3]] == ["even", "odd", "even"]
    assert [i.cluster for i in suite.items[2:5]] == ["0", "1", "1"]
    with StandIn(answer=add).in_thread() as server:
        samples = run(tmp_path / "project", [str(folder)], {"m": served(server.base_url)})
    assert sum(s.score.success for s in samples if s.score) == 6
    assert {s.suite for s in samples} == {"adding"}


def test_a_threshold_of_ones_own_decides(tmp_path: Path) -> None:
    """What a business accepts need not be a metric's full mark."""
    from evalkit.families import get_family
    from evalkit.records import Answer

    folder = _write_suite(tmp_path, {"task": "task/sums.yaml", "success_at": 0.0})
    (suite,) = api.load_suites(None, [str(folder)])
    assert get_family("lm_eval").scorer(suite)(suite.items[0], Answer(text="nonsense")).success


def test_a_stopped_run_goes_on_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The task's file is found from the suite's folder, wherever the command is given."""
    folder = _write_suite(tmp_path, "task/sums.yaml")
    project = write_project(tmp_path / "project", {"m": simulated(accuracy=0.5)})
    result = api.run([str(folder)], project=project)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert api.resume(result.run_id, project=project).manifest.status == "done"


@pytest.mark.parametrize(
    ("declared", "more", "key", "message"),
    [
        ("task/missing.yaml", {}, "lm_eval_task", "no such task file"),
        ({"task": "task/sums.yaml", "metric": "acc"}, {}, "lm_eval_task", "no metric 'acc'"),
        ({"task": "task/sums.yaml", "sucess_at": 1}, {}, "lm_eval_task.sucess_at", "sucess_at"),
        ("task/sums.yaml", {"labels": ["a"]}, "labels", "the lm-eval task brings its own"),
        ("task/sums.yaml", {"family": "extraction"}, "family", "family 'lm_eval'"),
        ("task/sums.yaml", {"fields": {"target": "a"}}, "fields.target", "only tags and the cluster"),
    ],
)
def test_faults_name_their_key(
    declared: Any, more: Mapping[str, Any], key: str, message: str, tmp_path: Path
) -> None:
    """One look must tell what to mend, as for any suite."""
    folder = _write_suite(tmp_path, declared, **more)
    problems = api.validate_suite(folder)
    assert (problems[0].key, message in problems[0].message) == (key, True)
    assert problems[0].hint
    assert problems[0].line
    with pytest.raises(SuiteError):
        api.load_suites(None, [str(folder)])


def test_a_task_that_cannot_be_judged_is_refused_by_validate(tmp_path: Path) -> None:
    """The reason must come before the first request."""
    folder = _write_suite(tmp_path, "task/sums.yaml")
    write_task(tmp_path / "adding" / "task", repeats=2)
    (problem,) = api.validate_suite(folder)
    assert "scores 2 answers together" in problem.message


def _write_suite(home: Path, declared: Any, **more: Any) -> Path:
    folder = home / "adding"
    write_task(folder / "task")
    plain = {
        "name": "adding",
        "family": "lm_eval",
        "version": "7",
        "lm_eval_task": declared,
        "fields": {"tags.parity": "parity", "cluster": "sheet"},
        "stakes": STAKES,
        **more,
    }
    (folder / "suite.yaml").write_text(yaml.safe_dump(plain, sort_keys=False))
    return folder
