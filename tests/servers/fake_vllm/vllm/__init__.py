"""A stand-in for vLLM's engine: says what it was asked, word by word, with log-probabilities and times."""

import json
import os
import signal
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any


@dataclass
class SamplingParams:
    """Of vLLM's settings, those that evalkit sets."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: Any = None
    structured_outputs: Any = None
    logprobs: int | None = None


class LLM:
    """An engine that answers with the last message, or with what binds the answer."""

    def __init__(self, **settings: Any) -> None:
        if settings["model"].endswith("broken"):
            raise ValueError("no such architecture")

    def chat(self, messages, sampling_params, **_more):
        if any(m[-1]["content"] == "refuse the batch" for m in messages):
            raise ValueError("the prompt is longer than the model's context")
        if any(m[-1]["content"] == "die" for m in messages):
            os.kill(os.getpid(), signal.SIGKILL)
        return [_output(m, p, len(messages)) for m, p in zip(messages, sampling_params, strict=True)]


def _output(messages, params, batch):
    bound = params.structured_outputs
    text = messages[-1]["content"]
    if bound is not None:
        text = bound.choice[0] if bound.choice else json.dumps({"batch": batch})
    tokens = text.split()
    stats = SimpleNamespace(
        queued_ts=1.0, scheduled_ts=1.25, first_token_ts=1.5, last_token_ts=2.5, first_token_latency=0.5
    )
    logprobs = [{t: SimpleNamespace(logprob=-0.5)} for t in tokens] if params.logprobs is not None else None
    told = SimpleNamespace(text=text, finish_reason="stop", token_ids=tokens, logprobs=logprobs)
    return SimpleNamespace(outputs=[told], prompt_token_ids=[1, 2, 3], num_cached_tokens=1, metrics=stats)
