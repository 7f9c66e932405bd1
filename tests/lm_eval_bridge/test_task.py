"""An lm-eval task as a suite: lm-eval's own prompts and its own judgement, item by item."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import SuiteError
from evalkit.families import get_family
from evalkit.lm_eval_bridge.task import task_suite
from evalkit.records import Answer
from tests.lm_eval_bridge.tasks import add, by_lm_eval, in_plain_output, run, write_task
from tests.projects import served
from tests.servers.stand_in import StandIn


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with StandIn(answer=add).in_thread() as server:
        yield server


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_task(tmp_path_factory.mktemp("task"))


@pytest.mark.parametrize("chosen", ["whole", "number"])
def test_a_task_scores_as_in_lm_eval_item_by_item(
    chosen: str, task: Path, server: StandIn, tmp_path: Path
) -> None:
    """A figure under lm-eval's name must be lm-eval's figure, or published numbers cannot be compared."""
    suite = task_suite(str(task), metric=f"exact_match,{chosen}")
    samples = run(tmp_path, [suite], {"m": served(server.base_url)})
    theirs = {s["doc_id"]: s for s in by_lm_eval(task, "sums", server.base_url) if s["filter"] == chosen}
    assert len(samples) == len(theirs) == 12
    for sample in samples:
        assert sample.score is not None
        assert sample.score.score == theirs[int(sample.item_id)]["exact_match"]
        assert sample.score.success == bool(theirs[int(sample.item_id)]["exact_match"])
        assert sample.score.parsed == theirs[int(sample.item_id)]["filtered_resps"][0]
    expected = {"whole": 3, "number": 6}[chosen]
    assert sum(s.score.success for s in samples if s.score) == expected


def test_the_request_is_the_one_that_lm_eval_sends(task: Path, server: StandIn, tmp_path: Path) -> None:
    """Another prompt or another draw of examples would be another task under the same name."""
    by_lm_eval(task, "sums", server.base_url)
    theirs = _sent(server, 12)
    run(tmp_path, [task_suite(str(task))], {"m": served(server.base_url)})
    assert _sent(server, 12) == theirs
    assert len(theirs[0]["messages"]) == 6  # system, two examples of two turns, the question


def test_a_task_by_path_is_named_on_the_command_line_too(task: Path, server: StandIn, tmp_path: Path) -> None:
    """`lm_eval:` and a path is all that a first try needs."""
    samples = run(tmp_path, [f"lm_eval:{task}"], {"m": served(server.base_url)})
    assert {s.suite for s in samples} == {"sums"}
    assert all(s.suite_version.startswith("3+") for s in samples)
    failed = next(s.score for s in samples if s.score and not s.score.success)
    assert failed.error_kind == "below_threshold"
    assert failed.diff[0].expected is not None


def test_a_suite_is_the_same_wherever_its_task_lies(task: Path, tmp_path: Path) -> None:
    """A baseline made on one machine must be comparable on another: no path is part of the version."""
    moved = write_task(tmp_path / "elsewhere")
    assert task_suite(str(moved)).suite_version == task_suite(str(task)).suite_version
    other = write_task(tmp_path / "other", filter_list=None)
    assert task_suite(str(other)).suite_version != task_suite(str(task)).suite_version


def test_examples_are_drawn_alike_every_time(task: Path) -> None:
    """The task object is shared in a process, and its random generator must not remember the last suite."""
    assert task_suite(str(task)).items == task_suite(str(task)).items


def test_a_changed_task_refuses_to_score_what_was_asked_before(tmp_path: Path) -> None:
    """A resumed run would otherwise judge old answers by new documents."""
    file = write_task(tmp_path)
    suite = task_suite(str(file))
    write_task(tmp_path, doc_to_target="{{a}}")
    with pytest.raises(SuiteError, match="changed since"):
        get_family("lm_eval").scorer(suite)


@pytest.mark.parametrize(
    ("changes", "reason", "hint"),
    [
        ({"repeats": 3}, "scores 3 answers together", "repeats: 1"),
        ({"unsafe_code": True}, "executes what the model writes", "sandbox"),
        ({"metric_list": [{"metric": "bleu"}]}, "over all documents together", "metric"),
        ({"metric_list": [{"metric": "ter"}]}, "better when lower", "metric"),
    ],
    ids=["repeats", "unsafe", "corpus-metric", "lower-is-better"],
)  # fmt: skip
def test_what_would_mean_something_else_is_refused_with_the_reason(
    changes: dict[str, Any], reason: str, hint: str, tmp_path: Path
) -> None:
    """A figure that is not what the task means is worse than none."""
    file = write_task(tmp_path, generation_kwargs=None, **changes)
    with pytest.raises(SuiteError, match=reason) as refused:
        task_suite(str(file))
    assert hint in str(refused.value.hint)


def test_a_task_is_refused_before_its_data_is_fetched(tmp_path: Path) -> None:
    """A download of gigabytes that ends in a refusal is a bad joke; offline it would hide the reason."""
    file = write_task(tmp_path, output_type="loglikelihood_rolling", dataset_path="nobody/nothing")
    with pytest.raises(SuiteError, match="needs loglikelihood_rolling"):
        task_suite(str(file))
    group = tmp_path / "group.yaml"
    group.write_text("group: many\ntask: [one, {task: two}]\n")
    with pytest.raises(SuiteError, match="a group of 2 tasks") as refused:
        task_suite(str(group))
    assert refused.value.hint == "name one of them: one, two"


def test_a_shipped_task_is_found_by_its_name_without_the_index() -> None:
    """Reading lm-eval's 14,000 task files takes many seconds; the name of a file is enough."""
    with pytest.raises(SuiteError, match="needs loglikelihood_rolling"):
        task_suite("wikitext")


def test_a_wrong_metric_or_file_names_what_there_is(task: Path, tmp_path: Path) -> None:
    """The next step must stand in the message."""
    with pytest.raises(SuiteError, match="no metric 'exact_mach'") as wrong:
        task_suite(str(task), metric="exact_mach")
    assert "exact_match" in str(wrong.value.hint)
    with pytest.raises(SuiteError, match="no such task file"):
        task_suite(str(tmp_path / "missing.yaml"))
    (tmp_path / "broken.yaml").write_text("task: broken\ndataset_path: json\ntest_split: test\n")
    with pytest.raises(SuiteError, match="cannot build this task"):
        task_suite(str(tmp_path / "broken.yaml"))


def test_a_metric_that_raises_costs_one_sample_its_success(tmp_path: Path) -> None:
    """Scoring never raises, whatever a task's functions do with hostile text."""
    (tmp_path / "strict.py").write_text(
        "def judge(doc, results):\n    return {'right': float(int(results[0]) == int(doc['total']))}\n"
    )
    file = write_task(
        tmp_path, metric_list=[{"metric": "right", "aggregation": "mean", "higher_is_better": True}]
    )
    file.write_text(file.read_text() + "process_results: !function strict.judge\n")
    suite = task_suite(str(file), metric="right,whole")
    score = get_family("lm_eval").scorer(suite)
    item = suite.items[0]
    assert score(item, Answer(text=item.target)).success
    failed = score(item, Answer(text="many"))
    assert (failed.success, failed.error_kind) == (False, "metric_failed")
    assert score(item, Answer(text=None)).error_kind == "empty"


def test_right_and_wrong_answers_are_so(task: Path) -> None:
    """A simulated candidate's declared accuracy must hold on a task, too."""
    import random

    family, suite = get_family("lm_eval"), task_suite(str(task))
    score = family.scorer(suite)
    for item in suite.items:
        assert score(item, family.right_answer(suite, item, in_plain_output())).success
        assert not score(item, family.wrong_answer(suite, item, in_plain_output(), random.Random(1))).success


def _sent(server: StandIn, last: int) -> list[dict[str, Any]]:
    bodies = [dict(a.body) for a in server.asked[-last:]]
    kept = ("messages", "max_tokens", "temperature", "stop")
    return sorted(
        ({k: b.get(k) for k in kept} for b in bodies), key=lambda b: str(b["messages"][-1]["content"])
    )
