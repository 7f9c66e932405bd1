"""Label probabilities of an lm-eval model: the log-likelihood of each whole label as the answer to a chat."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from typing import Any

from evalkit.records import Request

_QUESTION, _ANSWER, _NEXT = "evalkit-question", "evalkit-answer", "evalkit-next"
_LEAST = -1000.0
"""Stands for a probability of zero, which JSON has no logarithm of."""

Asked = tuple[str, str]
"""A context and its continuation."""
Likelihoods = Callable[[list[Asked]], Sequence[Any]]
"""What lm-eval's model says of each: log-likelihood, and whether greedy decoding would write it."""


class LabelLikelihoods:
    """Asks one model, and knows what ends its answers."""

    def __init__(self, handle: Any, likelihoods: Likelihoods) -> None:
        self._likelihoods = likelihoods
        self._end = end_of_answer(handle)
        self._moves_blanks = _moves_blanks(handle)

    @property
    def method(self) -> str:
        """Which of `CONFIDENCE_METHODS` it is: a model without a chat template has no end of an answer."""
        return "label_loglikelihood" if self._end else "label_loglikelihood_open"

    def logprobs(self, asked: Sequence[tuple[Request, str]]) -> list[dict[str, float] | None]:
        """For each request with its context: label -> natural-log probability, all in one call; None where
        one is not known.

        Raises:
            NotImplementedError: The model has no log-likelihoods.
        """
        pairs: list[Asked] = []
        for request, context in asked:
            pairs += [(context, label + self._end) for label in request.labels]
            if blanks := self._blanks(context):
                pairs.append((context[: -len(blanks)], blanks))
        told = iter([float(pair[0]) for pair in self._likelihoods(pairs)])
        found: list[dict[str, float] | None] = []
        for request, context in asked:
            values = [next(told) for _ in request.labels]
            shared = next(told) if self._blanks(context) else 0.0
            if any(math.isnan(value - shared) for value in values):
                found.append(None)
                continue
            found.append({n: _clip(v - shared) for n, v in zip(request.labels, values, strict=True)})
        return found

    def _blanks(self, context: str) -> str:
        """Blanks at the context's end: lm-eval counts them to what follows, so their part is taken off."""
        return context[len(context.rstrip()) :] if self._moves_blanks else ""


def end_of_answer(handle: Any) -> str:
    """The special token that the chat template puts after an answer, or the model's own; else empty."""
    turns = [
        {"role": "user", "content": _QUESTION},
        {"role": "assistant", "content": _ANSWER},
        {"role": "user", "content": _NEXT},
    ]
    made = None
    with contextlib.suppress(Exception):  # templates and models raise what they like
        made = handle.apply_chat_template(turns)
    if type(made) is not str or _ANSWER not in made:
        return ""
    after = made.partition(_ANSWER)[2].partition(_NEXT)[0].lstrip()
    tokenizer = getattr(handle, "tokenizer", None)
    special = [str(token) for token in getattr(tokenizer, "all_special_tokens", None) or ()]
    fitting = [token for token in special if after.startswith(token)]
    return max(fitting, key=len, default=str(getattr(tokenizer, "eos_token", None) or ""))


def _moves_blanks(handle: Any) -> bool:
    from lm_eval.api.model import TemplateLM

    return isinstance(handle, TemplateLM)


def _clip(logprob: float) -> float:
    return round(max(_LEAST, min(0.0, logprob)), 6)
