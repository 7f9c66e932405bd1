"""The log-likelihood of each whole label through lm-eval's models, against letters counted by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from lm_eval.api.model import TemplateLM

from evalkit.lm_eval_bridge.labels import end_of_answer
from evalkit.lm_eval_bridge.models import Model
from evalkit.records import Answer, Candidate, Request
from tests.backends.asking import request
from tests.backends.next_tokens import END, next_logprobs, templated, tokens, whole_logprob
from tests.lm_eval_bridge.hash_model import GeneratesOnly, HashModel

LABELS = ("refund", "refund_status", "billing")
CANDIDATE = Candidate(name="c", tier="slim", backend="lm_eval", model="letters")


class Letters(TemplateLM):  # type: ignore[misc]
    """lm-eval's own way from texts to tokens, over a model of letters."""

    backend = "causal"
    tokenizer = SimpleNamespace(all_special_tokens=[END], eos_token="?")

    def __init__(self, blanks: str = "") -> None:
        super().__init__()
        self._blanks = blanks

    @property
    def eot_token_id(self) -> int:
        return tokens(END)[0]

    def tok_encode(self, string: str, **kwargs: Any) -> list[int]:
        return tokens(string)

    def apply_chat_template(self, chat_history: list[dict[str, str]], **kwargs: Any) -> str:
        return templated(chat_history, open_answer=True) + self._blanks

    def _loglikelihood_tokens(self, requests: Any, **kwargs: Any) -> list[tuple[float, bool]]:
        return [(worth(list(context), continuation), False) for _, context, continuation in requests]

    def loglikelihood_rolling(self, requests: Any, disable_tqdm: bool = False) -> list[float]:
        raise NotImplementedError

    def generate_until(self, requests: Any, disable_tqdm: bool = False) -> list[str]:
        return ["refund" for _ in requests]


def worth(place: list[int], continuation: list[int]) -> float:
    told = 0.0
    for token in continuation:
        told += next_logprobs(place)[token]
        place.append(token)
    return told


def asked(handle: Any, *questions: str) -> list[Answer]:
    """What the model behind the handle answers to each question, all in one batch."""
    requests: list[Request] = [
        request(messages=({"role": "user", "content": text},), labels=LABELS, want_logprobs=True)
        for text in questions
    ]
    return Model(CANDIDATE, handle, remote=False, chat=False).answer(requests)


@pytest.mark.parametrize("blanks", ["", " ", "  "])
def test_each_label_has_the_likelihood_of_its_tokens_and_of_the_end(blanks: str) -> None:
    """lm-eval counts blanks before a label to the label; the prompt's own do not count."""
    for text, answer in zip(("one", "two"), asked(Letters(blanks), "one", "two"), strict=True):
        prompt = templated([{"role": "user", "content": text}], open_answer=True) + blanks
        exact = {label: max(-1000.0, whole_logprob(prompt, label)) for label in LABELS}
        assert answer.label_logprobs == pytest.approx(exact, abs=1e-5)
        assert (answer.text, answer.confidence_method) == ("refund", "label_loglikelihood")


def test_the_template_says_what_ends_an_answer_before_the_tokenizer_does() -> None:
    """Many models end a turn with another token than a text."""
    assert end_of_answer(Letters()) == END


def test_a_model_without_a_chat_template_says_that_its_end_is_unknown() -> None:
    """Then the longer labels are taken off the shorter ones when shares are made."""
    (answer,) = asked(HashModel(), "one")
    assert answer.confidence_method == "label_loglikelihood_open"
    assert set(answer.label_logprobs or ()) == set(LABELS)


def test_a_likelihood_that_is_not_a_number_leaves_the_answer_without_a_confidence() -> None:
    """As the least of all it would have made the other labels surer."""

    class Broken(Letters):
        def _loglikelihood_tokens(self, requests: Any, **kwargs: Any) -> list[tuple[float, bool]]:
            told = super()._loglikelihood_tokens(requests, **kwargs)
            return [(float("nan"), False), *told[1:]]

    first, second = asked(Broken(), "one", "two")
    assert (first.text, first.label_logprobs, first.confidence_method) == ("refund", None, None)
    assert set(second.label_logprobs or ()) == set(LABELS)


def test_a_model_without_likelihoods_answers_all_the_same() -> None:
    """A confidence is worth less than an answer."""
    (answer,) = asked(GeneratesOnly(), "one")
    assert answer.text == "one"
    assert answer.label_logprobs is None
    assert answer.confidence_method is None
