"""Label probabilities of a llama.cpp server: its own endpoints beside the OpenAI protocol.

`/apply-template` gives the prompt as the model sees it, `/tokenize` its tokens, and `/completion` with
`n_probs` how probable the next token is, before any sampler or grammar has touched it. The prompt is read
once and then taken from the server's cache, so each node of the labels' tree costs one token.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from evalkit.backends.http import Server
from evalkit.backends.label_reading import beside, post
from evalkit.backends.label_trie import Node, label_logprobs, tree_of
from evalkit.records import LEAST_LOGPROB, Fault, Request

FIRST, MORE, ALL = 128, 4096, 1_000_000
"""Next tokens that are asked for: few serve mostly, more where a wanted one is not among them."""
TAIL = 16
"""Characters of the prompt before a label that can have a part in how the label is cut into tokens."""

_QUESTION, _ANSWER, _NEXT = "evalkit-question", "evalkit-answer", "evalkit-next"


class LlamaCppLabels:
    """Tells the probability of each whole label at the beginning of an answer."""

    method = "label_trie"

    def __init__(self, server: Server) -> None:
        self._server = server
        self._root = beside(server)
        self._ends: frozenset[int] | None = None
        self._whole: list[int] | None = None
        self._gap = ""
        self._trees: dict[tuple[str, tuple[str, ...]], Node | None] = {}

    async def logprobs(self, request: Request) -> dict[str, float] | None:
        """Label -> natural-log probability, the end of the answer included; None where it cannot be told.

        Raises:
            Fault: The server did not answer, or does not know these endpoints.
        """
        if self._ends is None:
            self._ends = await self._learn_ends()
        prompt = await self._prompt(request.messages, request.decoding.extra.get("chat_template_kwargs"))
        tree = await self._tree(prompt[-TAIL:] + self._gap, request.labels)
        if tree is None or not self._ends:
            return None
        look = partial(self._look, await self._tokens(prompt + self._gap, whole=True))
        return await label_logprobs(tree, self._ends, look)

    async def token_logprobs(self, prompt: str, tokens: Sequence[int]) -> list[float]:
        """Return the natural-log probability of each token of an answer to a prompt that is written out.

        Raises:
            Fault: The server did not answer, or does not know these endpoints.
        """
        asked = await self._tokens(prompt, whole=True)
        found = []
        for place, token in enumerate(tokens):
            known = await self._look(asked, tokens[:place], frozenset([token]), 0.0)
            found.append(known.get(token, float(LEAST_LOGPROB)))
        return found

    async def _look(
        self, prompt: Sequence[int], so_far: Sequence[int], wanted: frozenset[int], enough: float
    ) -> dict[int, float]:
        """Of the wanted next tokens those that are probable enough, by asking for more and more."""
        known: dict[int, float] = {}
        for many in (FIRST, MORE, ALL):
            told = await self._next([*prompt, *so_far], many)
            known = {token: logprob for token, logprob in told if token in wanted}
            least = min((logprob for _, logprob in told), default=0.0)
            if (
                len(known) == len(wanted)
                or len(told) < many
                or least < (math.log(enough) if enough else -math.inf)
            ):
                break
        return known

    async def _next(self, tokens: Sequence[int], many: int) -> list[tuple[int, float]]:
        body = {
            "prompt": list(tokens),
            "n_predict": 1,
            "n_probs": many,
            "post_sampling_probs": False,
            "temperature": 0.0,
            "cache_prompt": True,
            "stream": False,
            # Of a token that is a part of a character the server says nothing. This one is drawn instead;
            # the probabilities are those before any bias.
            "logit_bias": [[token, 1000.0] for token in await self._whole_token()],
        }
        told = await self._post("/completion", body)
        try:
            top = told["completion_probabilities"][0]["top_logprobs"]
            return [(int(t["id"]), float(t["logprob"])) for t in top]
        except (TypeError, KeyError, IndexError, ValueError) as error:
            raise Fault("malformed_response", "no probabilities of the next token") from error

    async def _whole_token(self) -> list[int]:
        if self._whole is None:
            self._whole = (await self._tokens("a"))[-1:]
        return self._whole

    async def _tree(self, tail: str, labels: tuple[str, ...]) -> Node | None:
        """The labels' tree after such a tail; None where the tokenizer joins the prompt's end to a label."""
        key = (tail, labels)
        if key not in self._trees:
            before = await self._tokens(tail)
            after = {label: await self._tokens(tail + label) for label in labels}
            parted = all(tokens[: len(before)] == before for tokens in after.values())
            if len(self._trees) > 64:
                self._trees.clear()
            self._trees[key] = (
                tree_of({n: tokens[len(before) :] for n, tokens in after.items()}) if parted else None
            )
        return self._trees[key]

    async def _learn_ends(self) -> frozenset[int]:
        """The tokens that end an answer: what the chat template puts after it, and the model's own."""
        turns = (
            {"role": "user", "content": _QUESTION},
            {"role": "assistant", "content": _ANSWER},
            {"role": "user", "content": _NEXT},
        )
        prompt, chat = await self._prompt(turns[:1]), await self._prompt(turns)
        before, found, after = chat.partition(_ANSWER)
        if found and before.startswith(prompt) and not before[len(prompt) :].strip():
            self._gap = before[len(prompt) :]
        texts = [after.partition(_NEXT)[0].lstrip(), str((await self._props()).get("eos_token") or "")]
        ends = [await self._special(text) for text in texts if text]
        return frozenset(token for token in ends if token is not None)

    async def _special(self, text: str) -> int | None:
        """The special token that the text begins with; None where it begins with a common one."""
        special, plain = await self._tokens(text), await self._tokens(text, special=False)
        return special[0] if special and special[:1] != plain[:1] else None

    async def _props(self) -> Mapping[str, Any]:
        status, body = await self._server.get(f"{self._root}/props")
        try:
            told = json.loads(body) if status == 200 else {}
        except (ValueError, RecursionError):
            told = {}
        return told if isinstance(told, dict) else {}

    async def _prompt(self, messages: Sequence[Mapping[str, Any]], variables: Any = None) -> str:
        body: dict[str, Any] = {"messages": list(messages)}
        if variables:
            body["chat_template_kwargs"] = variables
        return str((await self._post("/apply-template", body)).get("prompt", ""))

    async def _tokens(self, text: str, *, special: bool = True, whole: bool = False) -> list[int]:
        """The text's tokens; a whole prompt gets what the model wants at its beginning, as in a chat."""
        body = {"content": text, "add_special": whole, "parse_special": special}
        return list((await self._post("/tokenize", body)).get("tokens", ()))

    async def _post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return await post(self._server, self._root + path, body)
