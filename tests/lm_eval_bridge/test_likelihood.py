"""Tasks judged by log-likelihoods: lm-eval's own figures item by item, and who may not be asked."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evalkit import api
from evalkit.backends import Stage
from evalkit.errors import ConfigError, SuiteError
from evalkit.families import get_family
from evalkit.lm_eval_bridge.backend import LmEvalModel
from evalkit.lm_eval_bridge.likelihood import answer_of, pairs_of
from evalkit.lm_eval_bridge.task import task_suite
from evalkit.records import Answer, Candidate, Fault, Sample, clean_text
from evalkit.runner.folder import RunFolder
from evalkit.runner.journal import read_finished_samples
from tests.lm_eval_bridge import hash_model
from tests.lm_eval_bridge.tasks import chat_model, run, write_task
from tests.projects import served, simulated, write_project
from tests.servers.stand_in import StandIn

HASHES = {"tier": "mid", "backend": "lm_eval", "model": hash_model.NAME, "output": "plain"}
CHOICES = {
    "output_type": "multiple_choice",
    "doc_to_choice": "{{[total, (a|string) + ' and ' + (b|string), 'none of these', 'ü']}}",
    "doc_to_target": "{{(a % 2) * 2}}",
    "generation_kwargs": None,
    "filter_list": None,
    "metric_list": [{"metric": m} for m in ("acc", "acc_norm", "acc_bytes", "exact_match")],
}
ONE_TEXT = {
    **CHOICES,
    "output_type": "loglikelihood",
    "doc_to_choice": None,
    "doc_to_target": " {{total}}",
    "metric_list": [{"metric": "acc"}],
}


@pytest.mark.parametrize(
    ("changes", "metrics"),
    [(CHOICES, ("acc", "acc_norm", "acc_bytes", "exact_match")), (ONE_TEXT, ("acc",))],
    ids=["choices", "one-text"],
)
def test_a_task_of_choices_scores_as_in_lm_eval_item_by_item(
    changes: dict[str, Any], metrics: tuple[str, ...], tmp_path: Path
) -> None:
    """A figure under lm-eval's name must be lm-eval's figure, lengths in characters and bytes included."""
    file = write_task(tmp_path / "task", **changes)
    hash_model.asked.clear()
    suites = [replace(task_suite(str(file), metric=m), name=m) for m in metrics]
    samples = run(tmp_path, suites, {"m": HASHES})
    ours, hash_model.asked[:] = sorted(hash_model.asked), []
    theirs = _by_lm_eval(file)
    assert ours == sorted(hash_model.asked * len(metrics))
    for metric in metrics:
        got = {int(s.item_id): s.score.score for s in samples if s.score and s.suite == metric}
        assert got == {s["doc_id"]: s[metric] for s in theirs}
        assert 0 < sum(got.values()) < len(got) == 12


def test_the_answer_is_the_likeliest_choice_with_its_share(tmp_path: Path) -> None:
    """The error review must show what the model preferred, and how clearly."""
    file = write_task(tmp_path / "task", **CHOICES)
    for sample in run(tmp_path, [task_suite(str(file))], {"m": HASHES}):
        found = sample.label_logprobs
        assert found is not None
        assert len(found) == 4
        assert sample.output == max(found, key=found.__getitem__)
        total = sum(map(math.exp, found.values()))
        assert sample.confidence == pytest.approx(math.exp(found[sample.output]) / total)
        assert (sample.constraint_asked, sample.constraint_enforced) == ("choice", "choice")
        assert sample.score is not None
        assert sample.score.parsed == found
        assert {d.expected for d in sample.score.diff} <= {"none of these", str(3 * int(sample.item_id) + 4)}


def test_stored_answers_are_scored_again_replayed_and_loaded(tmp_path: Path) -> None:
    """A corrected threshold must not cost a second night on the GPU."""
    folder = _write_suite(tmp_path, "acc_norm")
    project = write_project(tmp_path / "project", {"m": HASHES}, suites=[str(folder.parent)])
    result = api.run(["choosing"], project=project)
    first = _samples(result.folder)
    again = api.rescore(project=project)
    assert [(r.answers, r.changed) for r in again.results] == [(12, 0)]
    _write_suite(tmp_path, "exact_match")
    api.rescore(project=project)
    rescored = _samples(result.folder)
    _write_suite(tmp_path, "acc_norm")
    replay = {"tier": "mid", "backend": "replay", "options": {"path": str(result.folder)}}
    assert _scores(run(tmp_path / "replayed", [str(folder)], {"r": replay})) == _scores(first)
    asked_anew = run(tmp_path / "anew", [str(_write_suite(tmp_path, "exact_match"))], {"m": HASHES})
    assert _scores(rescored) == _scores(asked_anew) != _scores(first)
    rows = api.open_store(project=project).samples()
    assert dict(zip(rows["item_id"], rows["confidence"], strict=True)) == {
        s.item_id: s.confidence for s in first
    }


def test_a_simulated_candidate_holds_its_accuracy(tmp_path: Path) -> None:
    """Right and wrong must be so by the metric that decides, not by the first choice that looks it."""
    file = write_task(tmp_path / "task", **CHOICES)
    suites = [replace(task_suite(str(file), metric=m), name=m) for m in ("acc", "acc_norm", "exact_match")]
    kinds = {"right": simulated(accuracy=1.0), "wrong": simulated(accuracy=0.0)}
    samples = run(tmp_path, suites, kinds)
    judged = {(s.suite, s.candidate, s.score.success) for s in samples if s.score}
    assert judged == {(s.name, who, who == "right") for s in suites for who in kinds}


@pytest.mark.parametrize("late", [False, True], ids=["remote", "shares-hardware"])
def test_who_only_writes_text_is_refused_before_anyone_is_asked(late: bool, tmp_path: Path) -> None:
    """An answer without log-likelihoods cannot be judged; half a run at a price is worse than none."""
    file = write_task(tmp_path / "task", **CHOICES)
    hash_model.asked.clear()
    with StandIn().in_thread() as server:
        for other in (served(server.base_url), chat_model(server.base_url)):
            more = {"hardware": "this"} if late else {}
            project = write_project(tmp_path / "project", {"m": HASHES, "other": {**other, **more}})
            with pytest.raises(ConfigError, match=r"candidate 'other'.*only writes text") as refused:
                api.run([task_suite(str(file))], project=project)
            assert refused.value.where == "candidates.other"
            assert "`backend: lm_eval` with `model: hf` or `model: vllm`" in str(refused.value.hint)
        assert server.asked == []
    assert hash_model.asked == []
    assert list((tmp_path / "project").glob("runs/*")) == []


def test_a_model_that_cannot_after_all_faults_with_the_reason(tmp_path: Path) -> None:
    """A name does not always betray it; a wrong answer would."""
    suite = task_suite(str(write_task(tmp_path / "task", **CHOICES)))
    candidate = Candidate(name="m", tier="mid", backend="lm_eval", model="generates-only")
    backend = LmEvalModel(candidate, Stage())
    request = get_family("lm_eval").prompter(suite, candidate)(suite.items[0], 0)

    async def ask() -> None:
        await backend.start()
        await backend.ask(request)

    with pytest.raises(Fault, match="has no log-likelihoods: `model: hf`") as fault:
        asyncio.run(ask())
    assert fault.value.kind == "unsupported"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"output_type": "loglikelihood_rolling", "metric_list": [{"metric": "word_perplexity"}]},
         "needs loglikelihood_rolling: it measures how likely whole texts are"),
        ({"metric_list": [{"metric": "acc"}, {"metric": "acc_mutual_info"}]}, "in several contexts"),
        ({"doc_to_text": "{{a % 2}}", "doc_to_target": "is right"}, "in several contexts"),
        ({"metric_list": [{"metric": "f1"}]}, "over all documents together"),
        ({"doc_to_choice": "{{absent.x}}"}, "the task's prompt cannot be made|cannot build this task"),
    ],
    ids=["rolling", "unconditional", "contexts", "corpus-metric", "no-choices"],
)  # fmt: skip
def test_a_task_that_judges_no_single_choice_is_refused(
    changes: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    """A figure that is not what the task means is worse than none."""
    file = write_task(tmp_path, num_fewshot=0, **{**CHOICES, **changes})
    with pytest.raises(SuiteError, match=reason):
        task_suite(str(file))


def test_an_answer_without_log_probabilities_has_its_own_error_kind(tmp_path: Path) -> None:
    """Recorded text must neither pass as a choice nor look like a broken metric."""
    suite = task_suite(str(write_task(tmp_path, **CHOICES)))
    score = get_family("lm_eval").scorer(suite)
    assert score(suite.items[0], Answer(text=" 4")).error_kind == "no_logprobs"
    half = Answer(text=" 4", label_logprobs={" 4": -1.0}, greedy_labels=())
    assert score(suite.items[0], half).error_kind == "no_logprobs"


@given(st.dictionaries(st.text(min_size=1), st.tuples(st.floats(-700, 0), st.booleans()), min_size=1))
def test_what_a_model_said_comes_back_as_it_was(found: dict[str, tuple[float, bool]]) -> None:
    """lm-eval's metric must see the model's own pairs, also after a journal has held them."""
    if len({clean_text(t) for t in found}) < len(found):
        return
    answer = answer_of(found)
    assert pairs_of(answer, list(found)) == list(found.values())
    assert answer.confidence is not None
    assert 0 <= answer.confidence <= 1


def _by_lm_eval(file: Path) -> list[dict[str, Any]]:
    from lm_eval.evaluator import simple_evaluate
    from lm_eval.tasks import TaskManager

    results = simple_evaluate(
        model=hash_model.HashModel(),
        tasks=["sums"],
        task_manager=TaskManager(include_path=str(file.parent), include_defaults=False),
        bootstrap_iters=0,
    )
    assert results is not None
    samples: list[dict[str, Any]] = results["samples"]["sums"]
    return samples


def _write_suite(home: Path, metric: str) -> Path:
    folder = home / "own" / "choosing"
    if not folder.exists():
        write_task(folder / "task", **CHOICES)
    plain = {
        "name": "choosing",
        "family": "lm_eval",
        "version": "1",
        "lm_eval_task": {"task": "task/sums.yaml", "metric": metric},
        "stakes": {"risk": "low"},
    }
    (folder / "suite.yaml").write_text(yaml.safe_dump(plain))
    return folder


def _samples(folder: Path) -> list[Sample]:
    return list(read_finished_samples(RunFolder(folder).journal_path).values())


def _scores(samples: list[Sample]) -> dict[str, tuple[bool, float]]:
    return {s.item_id: (s.score.success, s.score.score) for s in samples if s.score}
