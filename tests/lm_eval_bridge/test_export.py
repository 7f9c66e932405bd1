"""Suites exported for plain lm-eval: the same requests, the same success, the same scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit import api
from evalkit.errors import SuiteError
from evalkit.lm_eval_bridge.task import task_suite
from tests.lm_eval_bridge.tasks import by_lm_eval, run, some_right, write_task
from tests.projects import served
from tests.servers.stand_in import StandIn

SHIPPED = Path(__file__).parents[2] / "suites"
FAMILIES = ("support-triage", "order-extraction", "calendar-tools")


@pytest.mark.parametrize("name", FAMILIES)
def test_lm_eval_scores_an_exported_suite_as_evalkit_does(name: str, tmp_path: Path) -> None:
    """Whoever must show figures in lm-eval shows the figures that the gate decided by."""
    (suite,) = api.load_suites(None, [str(SHIPPED / name)])
    task = api.export_lm_eval(suite, tmp_path / "out")
    with StandIn(answer=some_right([suite])).in_thread() as server:
        ours = run(tmp_path, [suite], {"m": served(server.base_url, output="plain")})
        theirs = by_lm_eval(task, name, server.base_url)
    expected = {s.item_id: (s.score.success, s.score.score, s.score.format_valid) for s in ours if s.score}
    found = {s["doc"]["id"]: (s["success"], s["score"], s["format_valid"]) for s in theirs}
    assert found == expected
    assert len(found) == len(suite.test_items)
    assert 0 < sum(success for success, _, _ in found.values()) < len(found)
    if name == "order-extraction":
        assert any(0 < score < 1 for _, score, _ in found.values())


def test_earlier_turns_and_examples_stay_turns(tmp_path: Path) -> None:
    """lm-eval's own prompts know one question; a conversation flattened would be another task."""
    folder = _chat_suite(tmp_path)
    task = api.export_lm_eval(str(folder), tmp_path / "out", project=None)
    with StandIn(answer=lambda _: "yes").in_thread() as server:
        run(tmp_path / "project", [str(folder)], {"m": served(server.base_url, output="plain")})
        by_lm_eval(task, "chats", server.base_url)
        ours, theirs = (dict(a.body)["messages"] for a in server.asked)
    assert ours == theirs
    assert [m["role"] for m in ours] == ["system", "user", "assistant", "user", "assistant", "user"]


def test_an_instruction_given_to_lm_eval_stands_above_the_suites_own(tmp_path: Path) -> None:
    """A flag of lm-eval's that does nothing would be a trap."""
    task = api.export_lm_eval(str(_chat_suite(tmp_path)), tmp_path / "out")
    with StandIn(answer=lambda _: "yes").in_thread() as server:
        by_lm_eval(task, "chats", server.base_url, system_instruction="Be brief.")
        system = dict(server.asked[0].body)["messages"][0]
    assert system["content"].startswith("Be brief.\n\nAnswer yes or no.")


def test_the_folder_can_be_moved_and_holds_several_suites(tmp_path: Path) -> None:
    """It is handed to others: no path of this machine may be in it."""
    for name in FAMILIES:
        api.export_lm_eval(str(SHIPPED / name), tmp_path / "out")
    moved = (tmp_path / "out").rename(tmp_path / "moved")
    texts = [f.read_text("utf-8") for f in moved.iterdir()]
    assert [t for t in texts if str(tmp_path) in t or str(SHIPPED.parent) in t] == []
    from lm_eval.tasks import TaskManager

    loaded = TaskManager(include_path=str(moved), include_defaults=False).load(list(FAMILIES))["tasks"]
    assert {n: len(t.eval_docs) for n, t in loaded.items()} == {
        n: len((moved / f"{n}.jsonl").read_text("utf-8").splitlines()) for n in FAMILIES
    }


def test_what_cannot_be_exported_says_why(tmp_path: Path) -> None:
    """An lm-eval task needs no export, and nobody else's file is replaced."""
    with pytest.raises(SuiteError, match="an lm-eval task already"):
        api.export_lm_eval(task_suite(str(write_task(tmp_path))), tmp_path / "out")
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / "chats.yaml").write_text("task: chats\n")
    with pytest.raises(SuiteError, match="not written by evalkit"):
        api.export_lm_eval(str(_chat_suite(tmp_path)), tmp_path / "out")
    assert (tmp_path / "out" / "chats.yaml").read_text() == "task: chats\n"
    with pytest.raises(SuiteError, match="no prompt variant 'terse'"):
        api.export_lm_eval(str(_chat_suite(tmp_path)), tmp_path / "new", prompt="terse")
    assert not (tmp_path / "new").exists()


def _chat_suite(home: Path) -> Path:
    folder = home / "chats"
    folder.mkdir(exist_ok=True)
    plain: dict[str, Any] = {
        "name": "chats",
        "family": "classification",
        "labels": ["yes", "no"],
        "prompt": {"system": "Answer yes or no.", "user": "{{ input }}", "few_shot": 1},
    }
    (folder / "suite.yaml").write_text(yaml.safe_dump(plain, sort_keys=False))
    turns = [
        {"role": "user", "content": "Is it open?"},
        {"role": "assistant", "content": "Which shop?"},
        {"role": "user", "content": "The one in town."},
    ]
    items = [
        {"id": "c-1", "messages": turns, "target": "yes"},
        {"id": "c-2", "input": "Is water wet?", "target": "yes", "split": "dev"},
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(i) + "\n" for i in items))
    return folder
