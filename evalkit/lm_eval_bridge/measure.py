"""A task's metric on one answer, as lm-eval's evaluator computes it; which metrics judge single answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evalkit.errors import SuiteError, near_names
from evalkit.lm_eval_bridge.likelihood import by_likelihood, continuations, pairs_of, rehearsals


def metric_name(task: Any, wanted: str | None) -> str:
    """`METRIC,FILTER` of the metric that decides.

    Raises:
        SuiteError: The task has no such metric, or it is no measure of a single answer's success.
    """
    filters = [chain.name for chain in task._filters]
    names = [f"{metric},{chain}" for metric in task._metric_fn_list for chain in filters]
    metric = wanted or (names[0] if names else "")
    metric = metric if "," in metric else f"{metric},{filters[0]}"
    if metric not in names:
        raise SuiteError(
            f"the task {task.config.task!r} has no metric {wanted!r}", hint=near_names(str(wanted), names)
        )
    _check_metric(task, metric, names)
    return metric


def measure(
    task: Any, doc: Mapping[str, Any], responses: Sequence[Any], metric: str
) -> tuple[Any, float | None]:
    """What the metric saw of one answer, and its value if that is a number; raises what the task does.

    Args:
        task: The task.
        doc: Its document.
        responses: The answer as lm-eval's models give it: one text, or a pair for each continuation.
        metric: `METRIC,FILTER`.
    """
    seen, value = _value(task, doc, responses, metric)
    return seen, _number(value)


def as_text(target: Any) -> str:
    """A target as a model would write it: the first of several."""
    return str(target[0]) if isinstance(target, (list, tuple)) and target else str(target)


def _check_metric(task: Any, metric: str, names: Iterable[str]) -> None:
    own = metric.split(",", 1)[0]
    others = "name another one with `metric`: " + ", ".join(n for n in names if n != metric)
    if task.higher_is_better().get(own) is False:
        raise SuiteError(
            f"the metric {own!r} is better when lower, and a success is a high value", hint=others
        )
    doc = task.eval_docs[0]
    try:
        value = _value(task, doc, _some_response(task, doc), metric)[1]
    except Exception:  # noqa: BLE001 - the target need not look like an answer; scoring copes with it
        return
    if value is not None and _number(value) is None:
        raise SuiteError(
            f"the metric {own!r} is computed over all documents together, so it judges no single answer",
            hint=others,
        )


def _some_response(task: Any, doc: Mapping[str, Any]) -> Sequence[Any]:
    if not by_likelihood(task):
        return [as_text(task.doc_to_target(doc))]
    texts = continuations(task, doc, "")
    return pairs_of(rehearsals(texts)[0], texts) or ()


def _value(task: Any, doc: Mapping[str, Any], responses: Sequence[Any], metric: str) -> tuple[Any, Any]:
    """What the metric saw and said of one answer, as lm-eval's evaluator computes it: filters, then task."""
    from lm_eval.api.instance import Instance

    own, chain_name = metric.split(",", 1)
    kind = "loglikelihood" if by_likelihood(task) else "generate_until"
    instances = [
        Instance(kind, doc, ("", {}), n, metadata=(task.task_name, 0, 1), resps=[response])
        for n, response in enumerate(responses)
    ]
    for chain in task._filters:
        if chain.name == chain_name:
            chain.apply(instances)
    seen = [instance.filtered_resps[chain_name] for instance in instances]
    return seen, task.process_results(doc, seen).get(own)


def _number(value: Any) -> float | None:
    """The value as a finite number; None for the pairs and lists of metrics over all documents."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
