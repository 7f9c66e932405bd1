"""A model of letters for tests, and servers in memory that tell of it as llama.cpp and vLLM do.

Each text's next letter has a probability that follows from the text's hash; `END` ends an answer.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.records import Fault

END, START = "¶", "§"
LETTERS = "abcdefghijklmnopqrstuvwxyz_ .:?-" + END + START


def tokens(text: str) -> list[int]:
    """One token a letter."""
    return [LETTERS.index(letter) for letter in text]


def next_logprobs(so_far: Sequence[int]) -> list[float]:
    """Log-probability of every next token: a few are likely, most are not."""
    text = "".join(LETTERS[t] for t in so_far[-12:])
    weights = [
        8.0 * math.log1p(hashlib.sha256(f"{text}|{letter}".encode()).digest()[0]) for letter in LETTERS
    ]
    total = math.log(math.fsum(map(math.exp, weights)))
    return [weight - total for weight in weights]


def whole_logprob(prompt: str, answer: str) -> float:
    """Of the answer and its end after the prompt, letter by letter: the definition itself."""
    place, told = tokens(prompt), 0.0
    for token in tokens(answer + END):
        told += next_logprobs(place)[token]
        place.append(token)
    return told


def templated(messages: Sequence[Mapping[str, Any]], *, open_answer: bool) -> str:
    """The chat as the model sees it."""
    turns = "".join(f"{START}{m['role']}:{m['content']}{END} " for m in messages)
    return turns + (f"{START}assistant:" if open_answer else "")


class _Served:
    """What is asked over the wire, answered in this process."""

    base_url = "http://127.0.0.1:1/v1"

    def __init__(self, *, lacks: str = "") -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self._lacks = lacks

    async def send(self, path: str, body: Mapping[str, Any], reader: Any) -> Any:
        self.asked.append((path, body))
        if self._lacks and path.endswith(self._lacks):
            raise Fault("rejected", "no such endpoint", http_status=404)
        reader.value = self.answer(path.removeprefix("/.."), body)
        return type("Reply", (), {"assembly": reader})

    def answer(self, path: str, body: Mapping[str, Any]) -> Any:
        raise NotImplementedError


class ServedByLlamaCpp(_Served):
    """The endpoints of a llama.cpp server."""

    async def get(self, path: str) -> tuple[int, bytes]:
        assert path == "/../props"
        return 200, b'{"eos_token": ""}'

    def answer(self, path: str, body: Mapping[str, Any]) -> Any:
        if path == "/apply-template":
            return {"prompt": templated(body["messages"], open_answer=body["messages"][-1]["role"] == "user")}
        if path == "/tokenize":
            plain = [t if t < len(LETTERS) - 2 else 0 for t in tokens(body["content"])]
            return {"tokens": tokens(body["content"]) if body["parse_special"] else plain}
        assert path == "/completion"
        ranked = sorted(enumerate(next_logprobs(body["prompt"])), key=lambda pair: -pair[1])
        top = [{"id": token, "logprob": logprob} for token, logprob in ranked[: body["n_probs"]]]
        return {"completion_probabilities": [{"top_logprobs": top}]}


class ServedByVllm(_Served):
    """The endpoints of a vLLM server; `raw` is how it tells log-probabilities unless it is told otherwise."""

    def __init__(self, *, raw: bool = True, lacks: str = "") -> None:
        super().__init__(lacks=lacks)
        self._raw = raw

    def answer(self, path: str, body: Mapping[str, Any]) -> Any:
        if path == "/tokenize":
            text = templated(body["messages"], open_answer=body["add_generation_prompt"])
            return {
                "tokens": tokens(text.removesuffix(f"{END} ") if body.get("continue_final_message") else text)
            }
        assert path == "/completions"
        (steered,) = body["allowed_token_ids"]
        known = next_logprobs(body["prompt"])
        top = sorted(range(len(known)), key=lambda token: -known[token])[: body["logprobs"]]
        told = {f"token_id:{token}": known[token] if self._raw else 0.0 for token in (*top, steered)}
        return {"choices": [{"index": 0, "logprobs": {"top_logprobs": [told]}}]}
