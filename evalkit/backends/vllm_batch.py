"""vLLM in a process of its own without HTTP: the requests in flight go to `LLM.chat` as one batch.

For throughput. The latency of a request is that of its batch; vLLM's own metrics stand beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, ClassVar

from evalkit.backends.chat import Assembly, chat_body
from evalkit.backends.constraints import Binding, bind
from evalkit.backends.dialects import Dialect
from evalkit.backends.interface import Capabilities
from evalkit.backends.own_process import OwnProcess
from evalkit.backends.vllm_process import ENGINE_WORDS, VllmProcess
from evalkit.records import Answer, Fault, Request

WORKER = Path(__file__).with_name("vllm_worker.py")
DIALECT = Dialect(
    name="vllm-batch",
    choice="structured_outputs",
    calls="schema",  # `LLM.chat` knows no tool choice
    enforces=frozenset({"choice", "json_schema", "tools"}),
    silence_is_fault=False,
)


class VllmBatch(VllmProcess["Worker"]):
    """Serves one candidate by batches."""

    more_options: ClassVar = {"engine": (dict,)}

    @property
    def capabilities(self) -> Capabilities:
        """Calls come as text, unless a schema of theirs binds the decoding; nothing is streamed."""
        return Capabilities(
            tools=True, json_schema=True, choice=True, logprobs=True, streaming=False, seed=True
        )

    async def start(self) -> Mapping[str, Any]:
        """Start the engine and wait until it is ready."""
        told = await self._bring_up()
        return {
            **told,
            "runtime": f"{told['runtime']}, LLM.chat",
            **self._engine(),
            # The paths of this machine say nothing elsewhere.
            "model": self.candidate.model,
            **({"adapter": self._options["adapter"]} if "adapter" in self._options else {}),
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

    def _open(self, log: IO[bytes]) -> tuple[OwnProcess, Worker]:
        command = [self._python, "-P", str(WORKER)]
        process = OwnProcess.start(command, environment=self._environment(), log=log, with_pipes=True)
        return process, Worker(process)

    async def _until_ready(self, process: OwnProcess, client: Worker) -> None:
        template, adapter = self._files.template, self._files.adapter
        await client.begin({"engine": self._engine(), "template": template, "adapter": adapter})

    def _engine(self) -> dict[str, Any]:
        given = {
            theirs: self._options[ours] for ours, theirs in ENGINE_WORDS.items() if ours in self._options
        }
        lora = {}
        if self._files.adapter is not None:
            lora = {"enable_lora": True, "max_lora_rank": self._files.adapter_rank}
        return {"model": self._files.model, **lora, **given, **self._options.get("engine", {})}


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
