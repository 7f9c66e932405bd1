"""The process that holds vLLM's engine: a file that the interpreter with vLLM runs; imports nothing of ours.

JSON lines come in on standard input: first the settings, then requests in the chat protocol's words, each
with a number. JSON lines go out: answers in the chat protocol, each with the number of its request. Whatever
requests have come in while a batch was answered are the next batch. The end of standard input means that the
parent is gone or done with us: it ends this process and those of the engine, whatever they are at.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

GATHER_S = 0.02
"""How long a batch waits for one more request, in seconds."""


def main() -> None:
    """Brings the engine up, says so, and answers batch after batch."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print goes to the log
    signal.signal(signal.SIGTERM, lambda *_: _end())
    settings = json.loads(sys.stdin.readline())
    engine = Engine(settings)
    _say(out, [{"number": settings["number"]}])
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(waiting,), daemon=True).start()
    while True:
        _say(out, engine.answers(_gather(waiting)))


class Engine:
    """vLLM's `LLM`, asked in the chat protocol's words."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        import vllm

        self._vllm = vllm
        self._template = _text_of(settings["template"])
        self._adapter = None
        if settings.get("adapter"):
            from vllm.lora.request import LoRARequest

            self._adapter = LoRARequest("adapter", 1, settings["adapter"])
        self._llm = vllm.LLM(**{"disable_log_stats": False, **settings["engine"]})

    def answers(self, batch: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """One answer for each request; requests with the same tools share a call of `LLM.chat`."""
        groups: dict[str, list[Mapping[str, Any]]] = {}
        for body in batch:
            alike = json.dumps([body.get("tools"), body.get("chat_template_kwargs")])
            groups.setdefault(alike, []).append(body)
        for group in groups.values():
            try:
                yield from self._together(group)
            except Exception as error:  # noqa: BLE001 - one bad request must not end the engine
                if len(group) == 1:
                    yield _failure(group[0], error)
                    continue
                for body in group:
                    yield from self.answers([body])

    def _together(self, group: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        outputs = self._llm.chat(
            [body["messages"] for body in group],
            [self._sampling(body) for body in group],
            use_tqdm=False,
            lora_request=self._adapter,
            chat_template=self._template,
            tools=group[0].get("tools"),
            chat_template_kwargs=group[0].get("chat_template_kwargs"),
        )
        for body, output in zip(group, outputs, strict=True):
            yield _answer(body, output)

    def _sampling(self, body: Mapping[str, Any]) -> Any:
        from vllm.sampling_params import StructuredOutputsParams

        bound = None
        if choice := (body.get("structured_outputs") or {}).get("choice"):
            bound = StructuredOutputsParams(choice=choice)
        elif form := body.get("response_format"):
            bound = StructuredOutputsParams(json=form["json_schema"]["schema"])
        names = ("temperature", "top_p", "max_tokens", "seed", "stop")
        given = {name: body[name] for name in names if body.get(name) is not None}
        return self._vllm.SamplingParams(
            **given, structured_outputs=bound, logprobs=0 if body.get("logprobs") else None
        )


def _answer(body: Mapping[str, Any], output: Any) -> dict[str, Any]:
    told = output.outputs[0]
    choice: dict[str, Any] = {"message": {"content": told.text}, "finish_reason": told.finish_reason}
    if told.logprobs is not None:
        chosen = (at[token].logprob for at, token in zip(told.logprobs, told.token_ids, strict=True))
        choice["logprobs"] = {"content": [{"logprob": logprob} for logprob in chosen]}
    usage = {
        "prompt_tokens": len(output.prompt_token_ids or ()),
        "completion_tokens": len(told.token_ids),
        "prompt_tokens_details": {"cached_tokens": output.num_cached_tokens},
    }
    return {
        "number": body["number"],
        "model": body["model"],
        "choices": [choice],
        "usage": usage,
        "metrics": _metrics(output.metrics, len(told.token_ids)),
    }


def _metrics(stats: Any, tokens: int) -> dict[str, float] | None:
    """The engine's own times of one request, in milliseconds, under the names of vLLM's server."""
    if stats is None or not getattr(stats, "first_token_ts", 0):
        return None
    generating = stats.last_token_ts - stats.first_token_ts
    found = {
        "queue_time_ms": stats.scheduled_ts - stats.queued_ts,
        "time_to_first_token_ms": stats.first_token_latency,
        "generation_time_ms": generating,
    }
    if tokens > 1:
        found["mean_itl_ms"] = generating / (tokens - 1)
    return {name: 1000 * seconds for name, seconds in found.items()}


def _failure(body: Mapping[str, Any], error: Exception) -> dict[str, Any]:
    code = 400 if isinstance(error, (ValueError, TypeError)) else 500
    return {"number": body["number"], "error": {"message": f"{type(error).__name__}: {error}", "code": code}}


def _gather(waiting: queue.SimpleQueue[dict[str, Any]]) -> list[dict[str, Any]]:
    """The next batch: at least one request."""
    batch = [waiting.get()]
    while True:
        try:
            batch.append(waiting.get(timeout=GATHER_S))
        except queue.Empty:
            return batch


def _listen(waiting: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        waiting.put(json.loads(line))
    _end()


def _end() -> None:
    """The engine's processes are in our group; without us they would hold their memory for ever."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _say(out: Any, answers: Any) -> None:
    for answer in answers:
        out.write(json.dumps(answer) + "\n")
        out.flush()


def _text_of(path: str) -> str | None:
    if not path:
        return None
    return Path(path).read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
