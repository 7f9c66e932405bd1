"""Label probabilities of a vLLM server, by its own endpoints and parameters.

`/tokenize` gives a chat's tokens as the model sees them, and `/v1/completions` how probable the next token
is: the likeliest ones, and any one that `allowed_token_ids` makes it choose, since it tells what a token was
worth before that. The prompt is read once and then taken from the server's prefix cache.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from evalkit.backends.http import Server
from evalkit.backends.label_reading import beside, post
from evalkit.backends.label_trie import label_logprobs, tree_of
from evalkit.records import Fault, Request

TOP = 20
"""Likeliest next tokens that are told; a server admits no more unless it is started so."""

Tokens = list[int]


class VllmLabels:
    """Tells the probability of each whole label as the answer to a chat."""

    method = "label_trie"

    def __init__(self, server: Server, model: str) -> None:
        self.server = server
        self._model = model
        self._root = beside(server)
        self._endings: dict[tuple[str, ...], dict[str, Tokens]] = {}

    async def logprobs(self, request: Request) -> dict[str, float] | None:
        """Label -> natural-log probability, the end of the answer included; None where it cannot be told.

        Raises:
            Fault: The server did not answer, or does not know these endpoints.
        """
        variables = request.decoding.extra.get("chat_template_kwargs")
        prompt = await self._chat(request.messages, variables, add_generation_prompt=True)
        if request.labels not in self._endings:
            self._endings[request.labels] = await self._after(prompt, request, variables)
        endings = self._endings[request.labels]
        if not endings:
            return None
        tree = tree_of({label: tokens[:-1] for label, tokens in endings.items()})
        ends = frozenset(tokens[-1] for tokens in endings.values())
        found = await label_logprobs(tree, ends, partial(self._look, prompt))
        if math.fsum(map(math.exp, found.values())) > 1.001:
            raise Fault("unsupported", "its log-probabilities are not the raw ones of the model")
        return found

    async def _look(
        self, prompt: Tokens, so_far: Sequence[int], wanted: frozenset[int], enough: float
    ) -> dict[int, float]:
        """The wanted next tokens: among the likeliest, or each by itself where it is probable enough."""
        place = [*prompt, *so_far]
        told = await self._next(place, min(wanted))
        absent = wanted - told.keys()
        likeliest = sorted(told.values(), reverse=True)[:TOP]
        if absent and likeliest[-1] >= math.log(enough):
            for more in await asyncio.gather(*(self._next(place, token) for token in sorted(absent))):
                told.update(more)
        return {token: logprob for token, logprob in told.items() if token in wanted}

    async def _next(self, place: Tokens, token: int) -> dict[int, float]:
        """Log-probabilities of the likeliest next tokens and of that one."""
        body = {
            "model": self._model,
            "prompt": place,
            "max_tokens": 1,
            "temperature": 0.0,
            "logprobs": TOP,
            "allowed_token_ids": [token],
            "ignore_eos": True,
            "return_tokens_as_token_ids": True,
        }
        told = await post(self.server, "/completions", body)
        try:
            top = told["choices"][0]["logprobs"]["top_logprobs"][0]
            return {int(name.removeprefix("token_id:")): float(logprob) for name, logprob in top.items()}
        except (TypeError, KeyError, IndexError, ValueError, AttributeError) as error:
            raise Fault("malformed_response", "no probabilities of the next token") from error

    async def _after(self, prompt: Tokens, request: Request, variables: Any) -> dict[str, Tokens]:
        """Each label's tokens after the prompt and what ends an answer; empty where they do not part."""
        found: dict[str, Tokens] = {}
        for label in request.labels:
            turns = [*request.messages, {"role": "assistant", "content": label}]
            label_alone = await self._chat(turns, variables, continue_final_message=True)
            ended = await self._chat(turns, variables)
            after = len(label_alone)
            if label_alone[: len(prompt)] != prompt or ended[:after] != label_alone or len(ended) == after:
                return {}
            found[label] = ended[len(prompt) : after + 1]
        return found

    async def _chat(self, messages: Sequence[Mapping[str, Any]], variables: Any, **flags: bool) -> Tokens:
        body = {"model": self._model, "messages": list(messages), "add_generation_prompt": False, **flags}
        if variables:
            body["chat_template_kwargs"] = variables
        return list((await post(self.server, f"{self._root}/tokenize", body)).get("tokens") or ())
