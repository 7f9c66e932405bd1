"""A model in lm-eval's registry whose log-likelihoods are hashes of the texts: the same ones everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model

NAME = "hash-likelihoods"
asked: list[tuple[str, str]] = []
"""Context and continuation of each request, in the order in which they came, whoever asked."""


@register_model(NAME)
class HashModel(LM):
    """Needs no weights; has no chat template and no tokenizer."""

    def __init__(self, batch_size: int = 1) -> None:
        super().__init__()

    def loglikelihood(
        self, requests: Sequence[Instance], disable_tqdm: bool = False
    ) -> list[tuple[float, bool]]:
        """Between 0 and -5 a character, so that the likeliest is not always so by its length too."""
        asked.extend(r.args for r in requests)
        return [_judged(*r.args) for r in requests]

    def loglikelihood_rolling(self, requests: Any, disable_tqdm: bool = False) -> list[float]:
        """Not asked for."""
        raise NotImplementedError

    def generate_until(self, requests: Sequence[Instance], disable_tqdm: bool = False) -> list[str]:
        """The context's last word."""
        return [r.args[0].split()[-1] for r in requests]


@register_model("generates-only")
class GeneratesOnly(HashModel):
    """A model of a kind that the name does not betray."""

    def loglikelihood(
        self, requests: Sequence[Instance], disable_tqdm: bool = False
    ) -> list[tuple[float, bool]]:
        """What some of lm-eval's models say."""
        raise NotImplementedError("no logits")


def _judged(context: str, continuation: str) -> tuple[float, bool]:
    digest = hashlib.sha256(f"{context}|{continuation}".encode()).digest()
    return -len(continuation) * digest[0] / 51, digest[1] % 2 == 0
