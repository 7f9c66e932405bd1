"""Any lm-eval task as a suite: its documents, its prompts and its metric, mapped to success."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalkit.errors import SuiteError
from evalkit.families import Prompter, Scorer, general_failure, primary_kind
from evalkit.lm_eval_bridge.choosing import chooser, rehearse, responses_of
from evalkit.lm_eval_bridge.documents import decoding_of, description, docs, item_of
from evalkit.lm_eval_bridge.likelihood import by_likelihood, check_candidate
from evalkit.lm_eval_bridge.loading import definition, draw_anew, load_task, locate
from evalkit.lm_eval_bridge.measure import as_text, measure, metric_name
from evalkit.records import (
    Answer,
    Candidate,
    Diff,
    Item,
    Problem,
    Request,
    Score,
    Suite,
    clean_json,
    content_hash,
)
from evalkit.suites.contract import LM_EVAL, TASK_FILES


def task_suite(
    source: str, *, metric: str | None = None, success_at: float = 1.0, name: str | None = None
) -> Suite:
    """A suite made of an lm-eval task.

    Args:
        source: Path of the task's YAML file, or the name of a task that lm-eval ships.
        metric: The per-document metric that decides, `METRIC` or `METRIC,FILTER` as lm-eval's tables name it;
            None takes the task's first.
        success_at: The metric's value from which an answer is a success.
        name: The suite's name; None takes the task's.

    Raises:
        MissingPackageError: lm-eval is not installed.
        SuiteError: No such task, or one whose answers cannot be judged one by one.
    """
    folder: str | None = None
    if source.endswith(TASK_FILES):
        path = Path(locate(source))
        source, folder = path.name, str(path.parent)
    declared = {"task": source, "metric": metric, "success_at": success_at}
    bare = Suite(name=name or "", family=LM_EVAL, version="", scorer=declared, path=folder)
    return fill(bare)


def fill(suite: Suite) -> Suite:
    """The suite with the items of the task that its scorer names: what suite.yaml leaves out is the task's.

    Raises:
        MissingPackageError: lm-eval is not installed.
        SuiteError: No such task, no such metric, or one that does not judge single answers.
    """
    task = _task_of(suite)
    metric = metric_name(task, suite.scorer.get("metric"))
    fields = suite.scorer.get("fields", {})
    draw_anew(task)
    items = tuple(item_of(task, n, doc, fields) for n, doc in enumerate(docs(task)))
    return replace(
        suite,
        name=suite.name or str(task.config.task),
        version=suite.version or str((task.config.metadata or {}).get("version", 1)),
        description=suite.description or description(task),
        scorer={
            **suite.scorer,
            "metric": metric,
            "success_at": float(suite.scorer.get("success_at", 1.0)),
            "definition": definition(task),
        },
        items=items,
    )


class LmEvalTask:
    """The family of suites that are lm-eval tasks: prompt and score are the task's own."""

    name = LM_EVAL
    version = "2"
    error_kinds: Mapping[str, str] = {
        "below_threshold": "The task's metric is below the value that counts as a success.",
        "metric_failed": "The task's own filters or metric raised on this answer, or gave no number.",
        "no_logprobs": "The answer came without the log-probability of each choice that the task compares.",
    }

    def check(self, suite: Suite) -> Iterable[Problem]:
        """The suite must name a task; whether that can be built is found when it is filled."""
        if "task" not in suite.scorer:
            yield Problem(
                message="the suite names no lm-eval task",
                hint="write `lm_eval_task: NAME`, or the path of the task's YAML file",
                key="lm_eval_task",
            )

    def prompter(self, suite: Suite, candidate: Candidate) -> Prompter:
        """The task's own messages; its stop sequences, temperature and token limit over the candidate's.

        Raises:
            SuiteError: The candidate wants a prompt variant, and a task has its own alone.
            ConfigError: The task compares log-likelihoods, and the candidate cannot tell them.
        """
        if candidate.prompt != "default":
            raise SuiteError(
                f"an lm-eval task has its own prompt, and no variant {candidate.prompt!r}",
                where=f"candidates.{candidate.name}.prompt",
                hint="leave `prompt` out",
            )
        task = _task_of(suite)
        if by_likelihood(task):
            check_candidate(candidate, suite.name)
            return chooser(task, suite)
        decoding = decoding_of(task, candidate.decoding)
        prompt_hash = content_hash(suite.scorer.get("definition"), decoding)

        def prompt(item: Item, repeat: int) -> Request:
            messages = item.messages or ({"role": "user", "content": item.input or ""},)
            return Request(
                suite=suite.name,
                item_id=item.id,
                messages=messages,
                decoding=decoding,
                prompt_hash=prompt_hash,
                repeat=repeat,
            )

        return prompt

    def scorer(self, suite: Suite) -> Scorer:
        """The task's filters and metric over the answer's text.

        Raises:
            SuiteError: The task is no longer what the suite was made of.
        """
        task = _task_of(suite)
        if suite.scorer.get("definition") not in (None, definition(task)):
            raise SuiteError(
                "the lm-eval task or its documents changed since this suite was made",
                where=str(suite.scorer["task"]),
                hint="start a new run",
            )
        metric = metric_name(task, suite.scorer.get("metric"))
        success_at = float(suite.scorer.get("success_at", 1.0))

        def score(item: Item, answer: Answer) -> Score:
            try:
                responses = responses_of(task, item, answer)
                if responses is None:
                    return _failure(answer, item, "no_logprobs", answer.text)
                seen, value = measure(task, docs(task)[int(item.id)], responses, metric)
            except Exception:  # noqa: BLE001 - a task's functions raise what they like, and scoring never does
                return _failure(answer, item, "metric_failed", answer.text)
            seen = dict(answer.label_logprobs or {}) if by_likelihood(task) else seen[0]
            return _score(answer, item, clean_json(seen), value, success_at)

        return score

    def right_answer(self, suite: Suite, item: Item, candidate: Candidate) -> Answer:
        """The task's target; of choices, one whose preference succeeds."""
        task = _task_of(suite)
        if not by_likelihood(task):
            return Answer(text=as_text(item.target))
        right, wrong = rehearse(task, suite, item)
        return (right or wrong)[0]

    def wrong_answer(self, suite: Suite, item: Item, candidate: Candidate, rng: random.Random) -> Answer:
        """Words that no task asks for; of choices, one whose preference fails."""
        task = _task_of(suite)
        if not by_likelihood(task):
            return Answer(text=f"no idea {rng.randrange(1000)}")
        right, wrong = rehearse(task, suite, item)
        return rng.choice(wrong or right)

    def metrics(self, suite: Suite, rows: Iterable[tuple[Item, Score]]) -> dict[str, Any]:
        """The mean of the task's metric."""
        scores = [score.score for _, score in rows]
        return {
            "metric": suite.scorer.get("metric"),
            "mean": sum(scores) / len(scores) if scores else None,
        }


def _task_of(suite: Suite) -> Any:
    return load_task(locate(str(suite.scorer["task"]), suite.path))


def _score(answer: Answer, item: Item, seen: Any, value: float | None, success_at: float) -> Score:
    if value is None:
        return _failure(answer, item, "metric_failed", seen)
    score = min(1.0, max(0.0, value))
    if value < success_at:
        return _failure(answer, item, "below_threshold", seen, score)
    return Score(
        success=True,
        score=score,
        format_valid=general_failure(answer) is None,
        parsed=seen,
        parser="lm_eval",
    )


def _failure(answer: Answer, item: Item, kind: str, seen: Any, score: float = 0.0) -> Score:
    return Score(
        success=False,
        score=score,
        format_valid=general_failure(answer) is None,
        error_kind=primary_kind(answer, kind),
        parsed=seen,
        diff=(Diff(path="$", kind=kind, expected=item.target, got=seen),),
        parser="lm_eval",
    )
