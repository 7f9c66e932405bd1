"""A task's documents as items: prompt, target and tags, as lm-eval's evaluator makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from evalkit.errors import SuiteError
from evalkit.lm_eval_bridge.likelihood import by_likelihood, context_of, continuations, target_of
from evalkit.records import Decoding, Item, clean_json
from evalkit.suites.fields import ABSENT, at_path

_DECODING = frozenset({"until", "temperature", "top_p", "max_gen_toks", "max_tokens", "do_sample"})
"""A task's generation keys that have a decoding setting of ours; others are sent as they are."""


@lru_cache(maxsize=16)
def docs(task: Any) -> Sequence[Mapping[str, Any]]:
    """The task's documents, which some tasks would make anew each time."""
    return list(task.eval_docs)


def description(task: Any) -> str:
    """The task's own description where it is plain text."""
    words = task.config.description
    told = isinstance(words, str) and words.strip() and "{{" not in words
    return words.strip() if told else f"the lm-eval task {task.config.task}"


def item_of(task: Any, number: int, doc: Mapping[str, Any], fields: Mapping[str, str]) -> Item:
    """The item that a document is, with the columns that `fields` names as tags and cluster."""
    chosen = by_likelihood(task)
    messages = _messages(task, doc)
    alone = len(messages) == 1 and messages[0]["role"] == "user"
    columns = {ours: v for ours, path in fields.items() if (v := at_path(doc, path)) not in (ABSENT, None)}
    return Item(
        id=str(number),
        input=messages[0]["content"] if alone else None,
        messages=() if alone else messages,
        target=clean_json(target_of(task, doc) if chosen else task.doc_to_target(doc)),
        tags={k.removeprefix("tags."): str(v) for k, v in columns.items() if k.startswith("tags.")},
        cluster=str(columns["cluster"]) if "cluster" in columns else None,
    )


def _messages(task: Any, doc: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    """The chat that `lm-eval run --apply_chat_template` makes of a document, few-shot examples as turns.

    Where choices are to go on from it, the text that `lm-eval run` makes without a chat template.
    """
    try:
        if by_likelihood(task):
            text = context_of(task, doc)
            continuations(
                task, doc, text
            )  # a task whose choices cannot be made is told of before anyone is asked
            return ({"role": "user", "content": text},)
        made = task.fewshot_context(
            doc,
            num_fewshot=task.config.num_fewshot or 0,
            apply_chat_template=True,
            fewshot_as_multiturn=True,
            chat_template=lambda messages, **_: messages,
            gen_prefix=task.doc_to_prefix(doc),
        )
    except SuiteError:
        raise
    except Exception as error:  # a task's templates and functions raise what they like
        raise SuiteError(f"the task's prompt cannot be made: {error}", where=str(task.config.task)) from error
    return ({"role": "user", "content": made},) if isinstance(made, str) else tuple(made)


def decoding_of(task: Any, base: Decoding) -> Decoding:
    """The task's generation keys over the candidate's settings."""
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
