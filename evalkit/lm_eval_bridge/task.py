"""Any lm-eval generation task as a suite: its documents, its prompts and its metric, mapped to success."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalkit.errors import SuiteError
from evalkit.families import Prompter, Scorer, general_failure, primary_kind
from evalkit.lm_eval_bridge.loading import TASK_FILES, definition, draw_anew, load_task, locate
from evalkit.lm_eval_bridge.measure import as_text, measure, metric_name
from evalkit.records import (
    Answer,
    Candidate,
    Decoding,
    Diff,
    Item,
    Problem,
    Request,
    Score,
    Suite,
    clean_json,
    content_hash,
)
from evalkit.suites.contract import LM_EVAL
from evalkit.suites.fields import ABSENT, at_path

_DECODING = frozenset({"until", "temperature", "top_p", "max_gen_toks", "max_tokens", "do_sample"})
"""A task's generation keys that have a decoding setting of ours; others are sent as they are."""


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
        MissingExtraError: lm-eval is not installed.
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
        MissingExtraError: lm-eval is not installed.
        SuiteError: No such task, no such metric, or one that does not judge single answers.
    """
    task = _task_of(suite)
    metric = metric_name(task, suite.scorer.get("metric"))
    fields = suite.scorer.get("fields", {})
    draw_anew(task)
    items = tuple(_item(task, n, doc, fields) for n, doc in enumerate(task.eval_docs))
    return replace(
        suite,
        name=suite.name or str(task.config.task),
        version=suite.version or str((task.config.metadata or {}).get("version", 1)),
        description=suite.description or _description(task),
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
        """
        if candidate.prompt != "default":
            raise SuiteError(
                f"an lm-eval task has its own prompt, and no variant {candidate.prompt!r}",
                where=f"candidates.{candidate.name}.prompt",
                hint="leave `prompt` out",
            )
        decoding = _decoding(_task_of(suite), candidate.decoding)
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
        docs = list(task.eval_docs)
        metric = metric_name(task, suite.scorer.get("metric"))
        success_at = float(suite.scorer.get("success_at", 1.0))

        def score(item: Item, answer: Answer) -> Score:
            try:
                seen, value = measure(task, docs[int(item.id)], answer.text or "", metric)
            except Exception:  # noqa: BLE001 - a task's functions raise what they like, and scoring never does
                seen, value = answer.text, None
            return _score(answer, item, clean_json(seen), value, success_at)

        return score

    def right_answer(self, suite: Suite, item: Item, candidate: Candidate) -> Answer:
        """The task's target."""
        return Answer(text=as_text(item.target))

    def wrong_answer(self, suite: Suite, item: Item, candidate: Candidate, rng: random.Random) -> Answer:
        """Words that no task asks for."""
        return Answer(text=f"no idea {rng.randrange(1000)}")

    def metrics(self, suite: Suite, rows: Iterable[tuple[Item, Score]]) -> dict[str, Any]:
        """The mean of the task's metric."""
        scores = [score.score for _, score in rows]
        return {
            "metric": suite.scorer.get("metric"),
            "mean": sum(scores) / len(scores) if scores else None,
        }


def _task_of(suite: Suite) -> Any:
    return load_task(locate(str(suite.scorer["task"]), suite.path))


def _description(task: Any) -> str:
    words = task.config.description
    told = isinstance(words, str) and words.strip() and "{{" not in words
    return words.strip() if told else f"the lm-eval task {task.config.task}"


def _item(task: Any, number: int, doc: Mapping[str, Any], fields: Mapping[str, str]) -> Item:
    messages = _messages(task, doc)
    alone = len(messages) == 1 and messages[0]["role"] == "user"
    columns = {ours: v for ours, path in fields.items() if (v := at_path(doc, path)) not in (ABSENT, None)}
    return Item(
        id=str(number),
        input=messages[0]["content"] if alone else None,
        messages=() if alone else messages,
        target=clean_json(task.doc_to_target(doc)),
        tags={k.removeprefix("tags."): str(v) for k, v in columns.items() if k.startswith("tags.")},
        cluster=str(columns["cluster"]) if "cluster" in columns else None,
    )


def _messages(task: Any, doc: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    """The chat that `lm-eval run --apply_chat_template` makes of a document, few-shot examples as turns."""
    try:
        made = task.fewshot_context(
            doc,
            num_fewshot=task.config.num_fewshot or 0,
            apply_chat_template=True,
            fewshot_as_multiturn=True,
            chat_template=lambda messages, **_: messages,
            gen_prefix=task.doc_to_prefix(doc),
        )
    except Exception as error:  # a task's templates and functions raise what they like
        raise SuiteError(f"the task's prompt cannot be made: {error}", where=str(task.config.task)) from error
    return ({"role": "user", "content": made},) if isinstance(made, str) else tuple(made)


def _decoding(task: Any, base: Decoding) -> Decoding:
    kwargs = dict(task.config.generation_kwargs or {})
    until = kwargs.get("until") or base.stop
    return Decoding(
        temperature=kwargs.get("temperature", base.temperature),
        top_p=kwargs.get("top_p", base.top_p),
        max_tokens=kwargs.get("max_tokens", kwargs.get("max_gen_toks", base.max_tokens)),
        seed=base.seed,
        stop=(until,) if isinstance(until, str) else tuple(until),
        extra={**{k: v for k, v in kwargs.items() if k not in _DECODING}, **base.extra},
    )


def _score(answer: Answer, item: Item, seen: Any, value: float | None, success_at: float) -> Score:
    success = value is not None and value >= success_at
    kind = None if success else "metric_failed" if value is None else "below_threshold"
    return Score(
        success=success,
        score=min(1.0, max(0.0, value or 0.0)),
        format_valid=general_failure(answer) is None,
        error_kind=kind and primary_kind(answer, kind),
        parsed=seen,
        diff=() if kind is None else (Diff(path="$", kind=kind, expected=item.target, got=seen),),
        parser="lm_eval",
    )
