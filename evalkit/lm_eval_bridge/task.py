"""Any lm-eval generation task as a suite: its documents, its prompts and its metric, mapped to success.

The task object is built from its YAML file; lm-eval's index of all its tasks, which takes many seconds, is
read only for a name that is no file's.
"""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from evalkit.errors import MissingExtraError, SuiteError, near_names
from evalkit.families import Prompter, Scorer, general_failure, primary_kind
from evalkit.records import (
    Answer,
    Candidate,
    Decoding,
    Item,
    Problem,
    Request,
    Score,
    Stakes,
    Suite,
    content_hash,
)


def task_suite(
    source: str, *, metric: str | None = None, success_at: float = 1.0, name: str | None = None
) -> Suite:
    """A suite made of an lm-eval task.

    Args:
        source: Path of the task's YAML file, or the name of a task that lm-eval ships.
        metric: The per-document metric that decides; None takes the task's first.
        success_at: The metric's value from which an answer is a success.
        name: The suite's name; None takes the task's.

    Raises:
        MissingExtraError: lm-eval is not installed.
        SuiteError: No such task, or one that needs log-likelihoods.
    """
    task = load_task(source)
    metric = metric or next(iter(task._metric_fn_list), None)
    if metric not in task._metric_fn_list:
        raise SuiteError(
            f"task {source!r} has no metric {metric!r}", hint=near_names(str(metric), task._metric_fn_list)
        )
    return Suite(
        name=name or str(task.config.task),
        family="lm_eval",
        version=str((task.config.metadata or {}).get("version", 1)),
        description=str(task.config.description or f"the lm-eval task {task.config.task}"),
        scorer={"task": source, "metric": metric, "success_at": success_at},
        stakes=Stakes(),
        items=tuple(_item(task, n, doc) for n, doc in enumerate(task.eval_docs)),
    )


@cache
def load_task(source: str) -> Any:
    """The lm-eval task object of a YAML file or a name.

    Raises:
        MissingExtraError: lm-eval is not installed.
        SuiteError: No such task, or one that does not generate text.
    """
    if importlib.util.find_spec("lm_eval") is None:
        raise MissingExtraError("lm-eval", extra="lm-eval", needed_for=f"the lm-eval task {source!r}")
    from lm_eval.tasks import TaskManager

    file = _task_file(source)
    manager = TaskManager(include_defaults=file is None)
    if file is None and source not in manager.all_tasks:
        raise SuiteError(f"lm-eval has no task {source!r}", hint=near_names(source, manager.all_tasks))
    try:
        loaded = manager.load([str(file) if file else source])
    except Exception as error:  # lm-eval raises what it likes
        raise SuiteError(f"lm-eval cannot build this task: {error}", where=str(file or source)) from error
    task = next(iter(loaded["tasks"].values()))
    if task.OUTPUT_TYPE != "generate_until":
        raise SuiteError(
            f"the task needs {task.OUTPUT_TYPE}, and evalkit's backends generate text",
            where=source,
            hint="choose a task whose output_type is generate_until",
        )
    return task


class LmEvalTask:
    """The family of suites that are lm-eval tasks: prompt and score are the task's own."""

    name = "lm_eval"
    version = "1"
    error_kinds: Mapping[str, str] = {
        "below_threshold": "The task's metric is below the value that counts as a success."
    }

    def check(self, suite: Suite) -> Iterable[Problem]:
        """The task must be there, with its metric."""
        if "task" not in suite.scorer:
            yield Problem(
                message="the suite names no lm-eval task", hint="make it with task_suite", key="scorer.task"
            )

    def prompter(self, suite: Suite, candidate: Candidate) -> Prompter:
        """The task's own prompt as one user message, its stop sequences and token limit over the candidate's."""
        kwargs = dict(load_task(suite.scorer["task"]).config.generation_kwargs or {})
        base = candidate.decoding
        until = kwargs.get("until") or base.stop
        decoding = Decoding(
            temperature=kwargs.get("temperature", base.temperature),
            top_p=kwargs.get("top_p", base.top_p),
            max_tokens=kwargs.get("max_gen_toks", base.max_tokens),
            seed=base.seed,
            stop=(until,) if isinstance(until, str) else tuple(until),
            extra=base.extra,
        )
        prompt_hash = content_hash(suite.scorer["task"], kwargs)

        def prompt(item: Item, repeat: int) -> Request:
            return Request(
                suite=suite.name,
                item_id=item.id,
                messages=({"role": "user", "content": item.input or ""},),
                decoding=decoding,
                prompt_hash=prompt_hash,
                repeat=repeat,
            )

        return prompt

    def scorer(self, suite: Suite) -> Scorer:
        """The task's filters and metric over the answer's text."""
        task = load_task(suite.scorer["task"])
        docs = list(task.eval_docs)
        metric, success_at = suite.scorer["metric"], float(suite.scorer["success_at"])

        def score(item: Item, answer: Answer) -> Score:
            value = _metric(task, docs[int(item.id)], answer.text or "", metric)
            success = value is not None and value >= success_at
            return Score(
                success=success,
                score=min(1.0, max(0.0, value or 0.0)),
                format_valid=general_failure(answer) is None,
                error_kind=None if success else primary_kind(answer, "below_threshold"),
                parsed=answer.text,
                parser="lm_eval",
            )

        return score

    def right_answer(self, suite: Suite, item: Item, candidate: Candidate) -> Answer:
        """The task's target."""
        return Answer(text=str(item.target))

    def wrong_answer(self, suite: Suite, item: Item, candidate: Candidate, rng: random.Random) -> Answer:
        """Words that no task asks for."""
        return Answer(text=f"no idea {rng.randrange(1000)}")

    def metrics(self, suite: Suite, rows: Iterable[tuple[Item, Score]]) -> dict[str, Any]:
        """The mean of the task's metric."""
        scores = [score.score for _, score in rows]
        return {"metric": suite.scorer["metric"], "mean": sum(scores) / len(scores) if scores else None}


def _task_file(source: str) -> Path | None:
    """The YAML file that the source names, or the one of that name among lm-eval's own."""
    if source.endswith((".yaml", ".yml")):
        if not Path(source).is_file():
            raise SuiteError("there is no such task file", where=source)
        return Path(source)
    import lm_eval.tasks

    return next(Path(lm_eval.tasks.__path__[0]).rglob(f"{source}.yaml"), None)


def _item(task: Any, number: int, doc: Mapping[str, Any]) -> Item:
    fewshot = task.fewshot_context(doc, num_fewshot=task.config.num_fewshot or 0)
    return Item(id=str(number), input=str(fewshot), target=task.doc_to_target(doc))


def _metric(task: Any, doc: Mapping[str, Any], text: str, metric: str) -> float | None:
    """The metric of one answer, as lm-eval's evaluator computes it: filters first, then the task."""
    from lm_eval.api.instance import Instance

    instance = Instance("generate_until", doc, ("", {}), 0, metadata=(task.task_name, 0, 1))
    instance.resps = [text]
    filters = getattr(task, "_filters", [])
    for chain in filters:
        chain.apply([instance])
    filtered = instance.filtered_resps[filters[0].name] if filters else text
    value = task.process_results(doc, [filtered]).get(metric)
    return None if value is None else float(value)
