"""vLLM in a process of its own without HTTP: the requests in flight go to `LLM.chat` as one batch.

For throughput. The latency of a request is that of its batch; vLLM's own metrics stand beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.backends.chat import Assembly, chat_body
from evalkit.backends.constraints import Binding, bind
from evalkit.backends.dialects import Dialect
from evalkit.backends.files import check_unchanged
from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.options import read_options
from evalkit.backends.own_process import OwnProcess, open_log
from evalkit.backends.vllm import environment_of, vllm_version
from evalkit.backends.vllm_files import VllmFiles
from evalkit.backends.watched import Watched
from evalkit.errors import UnavailableError
from evalkit.records import Answer, Candidate, Fault, Request

OPTIONS = {
    "python": (str,),
    "adapter": (str,),
    "quantization": (str,),
    "dtype": (str,),
    "tensor_parallel_size": (int,),
    "context": (int,),
    "slots": (int,),
    "chat_template": (str,),
    "eager": (bool,),
    "download": (bool,),
    "engine": (dict,),
    "environment": (dict,),
    "start_timeout_s": (int, float),
}
"""Option -> allowed kinds; `docs/vllm.md` says what each does."""

WORKER = Path(__file__).with_name("vllm_worker.py")
DIALECT = Dialect(
    name="vllm-batch",
    choice="structured_outputs",
    calls="schema",  # `LLM.chat` knows no tool choice
    enforces=frozenset({"choice", "json_schema", "tools"}),
    silence_is_fault=False,
)
_ENGINE = {
    "quantization": "quantization",
    "dtype": "dtype",
    "tensor_parallel_size": "tensor_parallel_size",
    "context": "max_model_len",
    "slots": "max_num_seqs",
    "eager": "enforce_eager",
}
"""Option -> the engine's own word for it."""


class VllmBatch:
    """Serves one candidate: `model` is a folder of weights or a name that vLLM knows."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._stage = stage
        self._options = read_options(candidate, OPTIONS)
        self._files = VllmFiles(candidate, stage, self._options)
        self._watched = Watched(self._launch, self._on_restart)

    @property
    def capabilities(self) -> Capabilities:
        """Calls come as text, unless a schema of theirs binds the decoding; nothing is streamed."""
        return Capabilities(
            tools=True, json_schema=True, choice=True, logprobs=True, streaming=False, seed=True
        )

    def ready(self) -> None:
        """What can be told before anything is started.

        Raises:
            UnavailableError: No such folder of weights, or an adapter that cannot be served.
            ConfigError: The template cannot be read.
        """
        self._files.check()

    def file_hashes(self) -> Mapping[str, str]:
        """Of weights and adapter in a folder, and of a chat template of the user's."""
        return self._files.hashes()

    async def start(self) -> Mapping[str, Any]:
        """Starts the engine and waits until it is ready."""
        self.ready()
        version = await vllm_version(self._python())
        self._stage.progress(f"{self.candidate.name}: starting vLLM {version}, which takes a while")
        await self._watched.start()
        return {
            "runtime": f"vllm {version}, LLM.chat",
            "weights": Path(self.candidate.model).name,
            # The path of this machine says nothing elsewhere.
            **self._engine(),
            "model": self.candidate.model,
            **({"adapter": self._options["adapter"]} if "adapter" in self._options else {}),
            "chat_template": self._options.get("chat_template", "model"),
            "exactly_repeatable": False,
        }

    async def ask(self, request: Request) -> Answer:
        """One answer, as part of whatever batch is gathered."""
        binding = bind(request, DIALECT)
        process, worker = await self._watched.up()
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.candidate.timeout_s):
                data = await worker.ask(self.body(request, binding))
        except TimeoutError as error:
            raise Fault("timed_out", "no whole answer within the time limit") from error
        except Fault as fault:
            raise await self._watched.fault_of(fault, process) from fault
        assembly = Assembly()
        assembly.feed(data)
        return assembly.answer(binding, DIALECT, latency_s=time.perf_counter() - began, ttft_s=None)

    def body(self, request: Request, binding: Binding | None = None) -> dict[str, Any]:
        """What is handed to the engine for a request, in the chat protocol's words."""
        binding = binding or bind(request, DIALECT)
        return chat_body(request, self.candidate.model, DIALECT, binding, stream=False)

    def peak_memory_b(self) -> int | None:
        """The most memory that its processes held on this machine, a GPU's not among it, in bytes."""
        return self._watched.peak_memory_b()

    async def close(self) -> None:
        """Ends the engine's process."""
        await self._watched.close()

    async def _launch(self) -> tuple[OwnProcess, Worker]:
        await asyncio.to_thread(check_unchanged, self.candidate, self.file_hashes)
        log = open_log(self._stage.log_dir, f"vllm-{self.candidate.name}")
        process = OwnProcess.start(
            [self._python(), "-P", str(WORKER)],
            environment=environment_of(self._options),
            log=log,
            with_pipes=True,
        )
        worker = Worker(process)
        limit_s = self._options.get("start_timeout_s", 900.0)
        settings = {
            "engine": self._engine(),
            "template": self._files.template,
            "adapter": self._files.adapter,
        }
        try:
            async with asyncio.timeout(limit_s):
                await worker.begin(settings)
        except TimeoutError as error:
            await process.stop()
            hint = "a longer `start_timeout_s`?"
            raise UnavailableError(f"vLLM was not ready within {limit_s:g} s", hint=hint) from error
        except Fault as fault:
            why = process.last_error() or fault.message
            await process.stop()
            hint = "its log lies in the run's folder"
            raise UnavailableError(f"vLLM cannot serve {self.candidate.model}: {why}", hint=hint) from fault
        except BaseException:
            await process.stop()
            raise
        return process, worker

    def _engine(self) -> dict[str, Any]:
        given = {theirs: self._options[ours] for ours, theirs in _ENGINE.items() if ours in self._options}
        lora = {}
        if self._files.adapter is not None:
            lora = {"enable_lora": True, "max_lora_rank": self._files.adapter_rank}
        return {"model": self._files.model, **lora, **given, **self._options.get("engine", {})}

    def _python(self) -> str:
        python: str = self._options.get("python", sys.executable)
        return python

    def _on_restart(self) -> None:
        self._stage.progress(f"{self.candidate.name}: vLLM died and is started again")


class Worker:
    """Our end of the pipes: numbered requests out, numbered answers in."""

    def __init__(self, process: OwnProcess) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._last = 0
        self._reading: asyncio.Task[None] | None = None

    async def begin(self, settings: Mapping[str, Any]) -> None:
        """Hands the settings over and waits for the engine.

        Raises:
            Fault: It does not come up.
        """
        self._reading = asyncio.create_task(self._read())
        await self._send(settings)

    async def ask(self, body: Mapping[str, Any]) -> bytes:
        """One answer in the chat protocol.

        Raises:
            Fault: The worker is gone.
        """
        return await self._send(body)

    async def close(self) -> None:
        """Lets go of whoever still waits."""
        if self._reading is not None:
            self._reading.cancel()
        self._end(Fault("connection_failed", "the backend was closed"))

    async def _send(self, message: Mapping[str, Any]) -> bytes:
        self._last += 1
        number = self._last
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        line = json.dumps({"number": number, **message}).encode() + b"\n"
        try:
            await asyncio.to_thread(self._write, line)
            return await future
        except OSError as error:
            raise Fault("connection_failed", "the engine's process is gone") from error
        finally:
            self._waiting.pop(number, None)

    def _write(self, line: bytes) -> None:
        self._process.stdin.write(line)
        self._process.stdin.flush()

    async def _read(self) -> None:
        while line := await asyncio.to_thread(self._process.stdout.readline):
            with contextlib.suppress(ValueError, KeyError):
                number = json.loads(line)["number"]
                if (future := self._waiting.get(number)) is not None and not future.done():
                    future.set_result(line)
        self._end(Fault("connection_failed", "the engine's process is gone"))

    def _end(self, fault: Fault) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(fault)
