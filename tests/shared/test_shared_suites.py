"""Public data of every family becomes suites that validate, run, and score their own gold values as right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit import api
from evalkit.errors import UnavailableError
from evalkit.models import locate
from tests.shared.suites import CASES, SHARED, Case, right_outputs, write_project

MODEL = "smollm2-135m-q4_1"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not beside the checkout"),
]


def slim(output: str) -> dict[str, Any]:
    return {"tier": "slim", "backend": "llamacpp", "model": MODEL, "output": output, "concurrency": 1,
            "decoding": {"max_tokens": 32}, "max_attempts": 1,
            "options": {"slots": 1, "context": 8192}}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared")
    lines = [line for case in CASES for line in right_outputs(case)]
    (folder / "right.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    replay = {"tier": "frontier", "backend": "replay", "options": {"path": str(folder / "right.jsonl")}}
    return write_project(folder, {"right": replay, "slim": slim("constrained")})


@pytest.fixture(scope="module")
def replayed(project: Path) -> dict[str, list[dict[str, Any]]]:
    """Suite -> samples of one run over all of them."""
    run = api.run(candidates=["right"], project=project)
    rows = api.open_store(project=project).samples(run.run_id).to_dict("records")
    return {case.name: [r for r in rows if r["suite"] == case.name] for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_every_file_is_a_sound_suite(project: Path, case: Case) -> None:
    """A team's own data comes in the same shapes."""
    home = api.open_project(project)
    assert api.validate_suite(project.parent / "suites" / case.name, home) == []
    (suite,) = api.load_suites(home, [case.name])
    assert (suite.family, len(suite.test_items)) == (case.family, case.items)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_gold_values_replayed_are_all_right(
    replayed: dict[str, list[dict[str, Any]]], case: Case
) -> None:
    """A scorer that fails the right answer measures itself."""
    rows = replayed[case.name]
    assert len(rows) == case.items
    wrong = [(r["item_id"], r["error_kind"], r["output"], r["diff"]) for r in rows if not r["success"]]
    assert wrong == []


@pytest.mark.model
def test_the_embedded_model_answers_every_suite(project: Path) -> None:
    """Every family's requests must be such that a real server takes them; what it says is another matter."""
    try:
        locate(MODEL)
    except UnavailableError as error:
        pytest.skip(str(error))
    drafted = [case.name for case in CASES if case.written is None]
    run = api.run(drafted, candidates=["slim"], project=project, limit=2)
    rows = api.open_store(project=project).samples(run.run_id).to_dict("records")
    assert len(rows) == 2 * len(drafted)
    unexplained = [
        r for r in rows if r["status"] != "answered" or bool(r["success"]) == isinstance(r["error_kind"], str)
    ]
    assert [(r["suite"], r["item_id"], r["status"], r["fault"]) for r in unexplained] == []
