"""Any lm-eval generation model as a backend: evalkit makes the instances and calls the model."""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from evalkit.backends.interface import Capabilities, Stage
from evalkit.errors import MissingExtraError, UnavailableError, near_names
from evalkit.records import Answer, Candidate, Fault, Request, Usage

GATHER_S = 0.01
"""How long a batch waits for further requests in flight, in seconds."""


class LmEvalModel:
    """Serves an lm-eval model: `model` is its registered name, `options.model_args` its arguments.

    Requests in flight are gathered into one call of `generate_until`, so that models which batch can batch;
    the latency of each is then that of its batch. lm-eval reports no token counts; where its model has a
    tokenizer, they are counted with it.
    """

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._stage = stage
        self._model: Any = None
        self._waiting: list[tuple[Request, asyncio.Future[Answer]]] = []
        self._pump: asyncio.Task[None] | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Text in, text out: tools and schemas must stand in the prompt."""
        return Capabilities(
            tools=False, json_schema=False, choice=False, logprobs=False, streaming=False, seed=None
        )

    async def start(self) -> Mapping[str, Any]:
        """Builds the model, in a thread: it may load weights.

        Raises:
            MissingExtraError: lm-eval is not installed.
            UnavailableError: lm-eval has no such model, or cannot build it.
        """
        if importlib.util.find_spec("lm_eval") is None:
            raise MissingExtraError(
                "lm-eval", extra="lm-eval", needed_for=f"candidate {self.candidate.name!r}"
            )
        self._stage.progress(f"{self.candidate.name}: lm-eval builds {self.candidate.model}")
        self._model = await asyncio.to_thread(_build, self.candidate)
        return {"lm_eval": version("lm-eval"), "model": self.candidate.model}

    async def ask(self, request: Request) -> Answer:
        """One answer, as part of whatever batch is gathered.

        Raises:
            Fault: Tools were asked for, or the model failed.
        """
        if request.tools:
            raise Fault("unsupported", "lm-eval models take no tools: set `output: plain`")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._serve())
        return await future

    async def close(self) -> None:
        """Drops the model."""
        if self._pump is not None:
            self._pump.cancel()
        self._model = None

    async def _serve(self) -> None:
        """Answers what is waiting, batch by batch, until nothing is."""
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            batch, self._waiting = self._waiting, []
            try:
                answers = await self._generate([request for request, _ in batch])
            except Exception as error:  # noqa: BLE001 - lm-eval's models raise what they like
                await self._one_by_one(batch, error)
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                _settle(future, answer)

    async def _one_by_one(
        self, batch: Sequence[tuple[Request, asyncio.Future[Answer]]], error: Exception
    ) -> None:
        """A batch that failed is asked one by one, so that one bad request does not cost the others."""
        for request, future in batch:
            if len(batch) == 1:
                _settle(future, _fault(error))
                continue
            try:
                _settle(future, (await self._generate([request]))[0])
            except Exception as alone:  # noqa: BLE001 - as above
                _settle(future, _fault(alone))

    async def _generate(self, requests: Sequence[Request]) -> list[Answer]:
        started = time.monotonic()
        texts, usages = await asyncio.to_thread(_generate, self._model, requests)
        latency_s = time.monotonic() - started
        if any(text is None for text in texts):
            raise RuntimeError("lm-eval's model gave no text")
        return [
            Answer(text=t, usage=u, latency_s=latency_s, enforced="none", model_reported=self.candidate.model)
            for t, u in zip(texts, usages, strict=True)
        ]


def _build(candidate: Candidate) -> Any:
    import lm_eval.models  # noqa: F401 - fills the registry
    from lm_eval.api.registry import MODEL_REGISTRY, get_model

    try:
        kind = get_model(candidate.model)
    except (KeyError, ValueError) as error:
        raise UnavailableError(
            f"lm-eval has no model {candidate.model!r}",
            where=f"candidates.{candidate.name}.model",
            hint=near_names(candidate.model, list(MODEL_REGISTRY)),
        ) from error
    arguments = dict(candidate.options.get("model_args", {}))
    if candidate.base_url:
        arguments.setdefault("base_url", candidate.base_url)
    try:
        return kind.create_from_arg_obj(arguments, {"batch_size": candidate.options.get("batch_size", 1)})
    except Exception as error:  # lm-eval's models raise what they like
        raise UnavailableError(
            f"lm-eval could not build {candidate.model!r}: {error}",
            where=f"candidates.{candidate.name}",
            hint="check options.model_args",
        ) from error


def _generate(model: Any, requests: Sequence[Request]) -> tuple[list[Any], list[Usage]]:
    from lm_eval.api.instance import Instance

    contexts = [_context(model, request) for request in requests]
    instances = [
        Instance(
            request_type="generate_until",
            doc={},
            arguments=(context, _generation_kwargs(request)),
            idx=0,
            metadata=("evalkit", index, 1),
        )
        for index, (context, request) in enumerate(zip(contexts, requests, strict=True))
    ]
    texts = list(model.generate_until(instances, disable_tqdm=True))
    usages = [_count(model, c, t) for c, t in zip(contexts, texts, strict=True)]
    return texts, usages


def _context(model: Any, request: Request) -> Any:
    """The chat as the model wants it; a base model without a chat template gets the turns as text."""
    messages = [{"role": m["role"], "content": m.get("content") or ""} for m in request.messages]
    try:
        return model.apply_chat_template(messages)
    except (NotImplementedError, ValueError):
        return "\n\n".join(m["content"] for m in messages)


def _generation_kwargs(request: Request) -> dict[str, Any]:
    decoding = request.decoding
    temperature = decoding.temperature or 0.0
    kwargs: dict[str, Any] = {
        "until": list(decoding.stop),
        "do_sample": temperature > 0,
        "temperature": temperature,
    }
    if decoding.max_tokens is not None:
        kwargs["max_gen_toks"] = decoding.max_tokens
    return kwargs


def _count(model: Any, context: Any, text: Any) -> Usage:
    """Token counts by the model's own tokenizer, where it has one that counts."""
    try:
        asked, said = model.tok_encode(context), model.tok_encode(text)
    except Exception:  # noqa: BLE001 - a count that cannot be had is unknown, never an error
        return Usage()
    if not isinstance(asked, list) or not isinstance(said, list):
        return Usage()
    return Usage(input_tokens=len(asked), output_tokens=len(said))


def _fault(error: Exception) -> Fault:
    return Fault("server_error", f"{type(error).__name__}: {error}"[:300])


def _settle(future: asyncio.Future[Answer], result: Answer | Fault) -> None:
    if future.done():
        return
    if isinstance(result, Fault):
        future.set_exception(result)
    else:
        future.set_result(result)
