"""Any lm-eval model as a backend: evalkit makes the instances and calls the model."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.options import read_options
from evalkit.lm_eval_bridge.loading import require_lm_eval
from evalkit.records import Answer, Candidate, Fault, Request

if TYPE_CHECKING:
    from evalkit.lm_eval_bridge.models import Model

GATHER_S = 0.01
"""How long a batch waits for further requests in flight, in seconds."""

OPTIONS = {"model_args": (dict,), "batch_size": (int, str)}
"""Option -> allowed kinds; `docs/lm_eval.md` says what each does."""


class LmEvalModel:
    """Serves an lm-eval model: `model` is its registered name, `options.model_args` its arguments.

    Models behind an HTTP API are asked request by request. For all others the requests in flight are gathered
    into one call of `generate_until` or `loglikelihood`, so that models which batch can batch; the latency of
    each is then that of its batch, and tokens are counted with the model's own tokenizer, where it has one.
    """

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        from evalkit.lm_eval_bridge.building import check_arguments

        self.candidate = candidate
        self._stage = stage
        self._options = read_options(candidate, OPTIONS)
        check_arguments(candidate)
        self._model: Model | None = None
        self._waiting: list[tuple[Request, asyncio.Future[Answer]]] = []
        self._pump: asyncio.Task[None] | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Text in, text out: tools and schemas must stand in the prompt.

        Log-likelihoods are told of the choices of an lm-eval task and of a classification's labels alone.
        """
        return Capabilities(
            tools=False, json_schema=False, choice=False, logprobs=False, streaming=False, seed=None
        )

    async def start(self) -> Mapping[str, Any]:
        """Builds the model, in a thread: it may load weights.

        Raises:
            MissingPackageError: lm-eval is not installed.
            UnavailableError: lm-eval has no such model, or cannot build it.
        """
        require_lm_eval(f"candidate {self.candidate.name!r}")
        from evalkit.lm_eval_bridge.building import build

        self._stage.progress(f"{self.candidate.name}: lm-eval builds {self.candidate.model}")
        self._model = await asyncio.to_thread(build, self.candidate)
        return {
            "lm_eval": version("lm-eval"),
            "model": self.candidate.model,
            "batched": not self._model.remote,
        }

    async def ask(self, request: Request) -> Answer:
        """One answer; of a model in this process, as part of whatever batch is gathered.

        Raises:
            Fault: Tools were asked for, or the model failed.
        """
        if request.tools:
            raise Fault("unsupported", "lm-eval models take no tools: set `output: plain`")
        if self._model is None:
            raise Fault("crashed", "the model is not up")
        if self._model.remote:
            return (await _in_thread(self._model, [request]))[0]
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._serve(self._model))
        return await future

    async def close(self) -> None:
        """Drops the model."""
        if self._pump is not None:
            self._pump.cancel()
        self._model = None

    async def _serve(self, model: Model) -> None:
        """Answers what is waiting, batch by batch, until nothing is."""
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            batch, self._waiting = self._waiting, []
            try:
                answers = await _in_thread(model, [request for request, _ in batch])
            except Fault as fault:
                await self._one_by_one(model, batch, fault)
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                _settle(future, answer)

    async def _one_by_one(
        self, model: Model, batch: Sequence[tuple[Request, asyncio.Future[Answer]]], fault: Fault
    ) -> None:
        """A batch that failed is asked one by one, so that one bad request does not cost the others."""
        for request, future in batch:
            if len(batch) == 1:
                _settle(future, fault)
                continue
            try:
                _settle(future, (await _in_thread(model, [request]))[0])
            except Fault as alone:
                _settle(future, alone)


async def _in_thread(model: Model, requests: Sequence[Request]) -> list[Answer]:
    """Asks in a daemon thread: a request that hangs must not keep an interrupted command from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[Answer]] = loop.create_future()

    def work() -> None:
        result: list[Answer] | Fault
        try:
            result = model.answer(requests)
        except Fault as fault:
            result = fault
        except BaseException as error:  # noqa: BLE001 - a thread's error must reach whoever waits for it
            result = Fault("malformed_response", f"{type(error).__name__}: {error}")
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits
            loop.call_soon_threadsafe(_settle, future, result)

    threading.Thread(target=work, daemon=True, name=f"lm-eval {model.candidate.name}").start()
    return await future


def _settle(future: asyncio.Future[Any], result: Any) -> None:
    if future.done():
        return
    if isinstance(result, Fault):
        future.set_exception(result)
    else:
        future.set_result(result)
