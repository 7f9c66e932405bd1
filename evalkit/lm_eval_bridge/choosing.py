"""Tasks judged by log-likelihoods as suites: requests with choices, and answers as the metric takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evalkit.families import Prompter
from evalkit.lm_eval_bridge.documents import docs
from evalkit.lm_eval_bridge.likelihood import by_likelihood, continuations, pairs_of, rehearsals
from evalkit.lm_eval_bridge.measure import measure
from evalkit.records import Answer, Constraint, Decoding, Item, Request, Suite, content_hash


def chooser(task: Any, suite: Suite) -> Prompter:
    """Asks how likely each of an item's choices is; no decoding setting has a part in that."""
    prompt_hash = content_hash(suite.scorer.get("definition"))

    def prompt(item: Item, repeat: int) -> Request:
        text = item.input or ""
        choices = continuations(task, docs(task)[int(item.id)], text)
        return Request(
            suite=suite.name,
            item_id=item.id,
            messages=({"role": "assistant", "content": text},),
            constraint=Constraint(kind="choice", choices=choices),
            decoding=Decoding(temperature=None, max_tokens=None),
            want_logprobs=True,
            prompt_hash=prompt_hash,
            repeat=repeat,
        )

    return prompt


def responses_of(task: Any, item: Item, answer: Answer) -> Sequence[Any] | None:
    """The answer as lm-eval's own models give it; None where log-probabilities are missing."""
    if not by_likelihood(task):
        return [answer.text or ""]
    return pairs_of(answer, continuations(task, docs(task)[int(item.id)], item.input or ""))


def rehearse(task: Any, suite: Suite, item: Item) -> tuple[list[Answer], list[Answer]]:
    """Answers that prefer each choice in turn: those that succeed, and those that do not."""
    doc, threshold = docs(task)[int(item.id)], float(suite.scorer.get("success_at", 1.0))
    texts = continuations(task, doc, item.input or "")
    sides: tuple[list[Answer], list[Answer]] = ([], [])
    for answer in rehearsals(texts):
        value = measure(task, doc, pairs_of(answer, texts) or (), str(suite.scorer["metric"]))[1]
        sides[value is None or value < threshold].append(answer)
    return sides
