"""Tasks judged by log-likelihoods: the context, its possible continuations, and what was found of each.

lm-eval's own task objects make both texts, so that its rules for delimiters and few-shot examples hold here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.errors import ConfigError, SuiteError
from evalkit.records import Answer, Candidate, Request, clean_text

Pair = tuple[float, bool]
"""Natural-log probability of a continuation, and whether greedy decoding would write it."""

OUTPUT_TYPES = frozenset({"multiple_choice", "loglikelihood"})
"""Of lm-eval's output types, those that judge an answer by its log-likelihood."""

_MADE_UP_OR_READ = frozenset({"simulated", "replay"})
"""Backends that need no model to give log-probabilities."""


def by_likelihood(task: Any) -> bool:
    """Whether the task compares log-likelihoods, and generates nothing."""
    return task.OUTPUT_TYPE in OUTPUT_TYPES


def goes_on_from_text(request: Request) -> bool:
    """Whether the request asks how likely each choice is as the continuation of a text.

    The text is its one message, the model's own: the beginning of what it is writing. It gets no chat
    template, as under `lm-eval run`.
    """
    alone = len(request.messages) == 1 and request.messages[0]["role"] == "assistant"
    return alone and request.want_logprobs and request.constraint.kind == "choice"


def check_candidate(candidate: Candidate, suite: str) -> None:
    """Refuses a candidate that cannot tell log-likelihoods; a model of an unknown kind is told when asked.

    Raises:
        ConfigError: Such a candidate; says what runs the suite.
    """
    if candidate.backend in _MADE_UP_OR_READ or (
        candidate.backend == "lm_eval" and not _speaks_only_chat(candidate.model)
    ):
        return
    of_model = f" with model {candidate.model!r}" if candidate.backend == "lm_eval" else ""
    raise ConfigError(
        f"the suite {suite!r} compares log-likelihoods of given texts, and candidate {candidate.name!r} "
        f"(backend {candidate.backend!r}{of_model}) only writes text",
        where=f"candidates.{candidate.name}",
        hint="`backend: lm_eval` with `model: hf` or `model: vllm` gives them; leave the others out "
        "with --candidates",
    )


def context_of(task: Any, doc: Mapping[str, Any]) -> str:
    """The text before the choices: description, few-shot examples and question.

    Raises:
        SuiteError: Each choice has a context of its own.
    """
    made = task.fewshot_context(
        doc, num_fewshot=task.config.num_fewshot or 0, gen_prefix=task.doc_to_prefix(doc)
    )
    if not isinstance(made, str):
        _refuse_contexts(task)
    return str(made)


def continuations(task: Any, doc: Mapping[str, Any], context: str) -> tuple[str, ...]:
    """The texts whose log-likelihoods decide, in lm-eval's order, delimiters and all.

    Raises:
        SuiteError: They do not all go on from that context.
    """
    made = task.construct_requests(doc=doc, ctx=context)
    asked = [instance.args for instance in (made if isinstance(made, list) else [made])]
    if any(before != context for before, _ in asked):
        _refuse_contexts(task)
    return tuple(str(text) for _, text in asked)


def target_of(task: Any, doc: Mapping[str, Any]) -> Any:
    """The right choice as text (several where several are right): an index says little in an error list."""
    gold = task.doc_to_target(doc)
    if task.OUTPUT_TYPE != "multiple_choice":
        return gold
    choices = task.doc_to_choice(doc)
    if isinstance(gold, list):
        return [_choice(choices, g) for g in gold]
    return _choice(choices, gold)


def answer_of(found: Mapping[str, Pair]) -> Answer:
    """The likeliest text as an answer, its confidence the share of its probability among them all."""
    logprobs = {clean_text(text): pair[0] for text, pair in found.items()}
    best = max(logprobs, key=logprobs.__getitem__)
    rest = sum(math.exp(value - logprobs[best]) for value in logprobs.values())
    return Answer(
        text=best,
        label_logprobs=logprobs,
        greedy_labels=tuple(clean_text(text) for text, pair in found.items() if pair[1]),
        # Of one text alone the share says nothing, and its own probability does.
        confidence_method="choice_loglikelihood",
        confidence=1 / rest if len(logprobs) > 1 else min(1.0, math.exp(logprobs[best])),
        enforced="choice",
    )


def pairs_of(answer: Answer, texts: Sequence[str]) -> list[Pair] | None:
    """What lm-eval's metric takes, for each text; None where the answer does not tell it of all."""
    known, greedy = answer.label_logprobs, answer.greedy_labels
    cleaned = [clean_text(text) for text in texts]
    if known is None or greedy is None or any(text not in known for text in cleaned):
        return None
    return [(known[text], text in greedy) for text in cleaned]


def rehearsals(texts: Sequence[str]) -> list[Answer]:
    """Answers that prefer each text in turn, clearly and at any length; of one text, greedily and not."""
    if len(set(texts)) == 1:
        return [answer_of({texts[0]: (-0.1, True)}), answer_of({texts[0]: (-100.0, False)})]
    return [answer_of({t: _prefer(t, best) for t in texts}) for best in dict.fromkeys(texts)]


def _prefer(text: str, best: str) -> Pair:
    # Metrics divide by the length in characters or bytes, so what is unlikely must be so per character.
    return (-0.1, True) if text == best else (-100.0 * max(1, len(text)), False)


def _speaks_only_chat(model: str) -> bool:
    """Whether lm-eval's model of that name has no log-likelihoods: those of chat APIs, by their names.

    Asking the class would import what it needs, torch too, wherever a request is only shown.
    """
    return "chat" in model or model.startswith(("anthropic", "litellm"))


def _refuse_contexts(task: Any) -> None:
    raise SuiteError(
        f"the task {task.config.task!r} asks for texts in several contexts for one item",
        where=str(task.config.task),
        hint=f"`lm-eval run --model hf --model_args pretrained=… --tasks {task.config.task}` runs it; "
        "without `acc_mutual_info`, a task whose choices follow one text can be a suite",
    )


def _choice(choices: Sequence[Any], gold: Any) -> Any:
    inside = isinstance(gold, int) and 0 <= gold < len(choices)
    return choices[gold] if inside else gold
