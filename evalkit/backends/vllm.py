"""vLLM as a server of ours: `vllm serve` in a child process, watched, asked over HTTP like any other.

An endpoint that someone else started is an `openai` candidate.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Mapping
from typing import IO, Any, ClassVar

from evalkit.backends.chat import chat_body
from evalkit.backends.constraints import Binding, bind
from evalkit.backends.dialects import DIALECTS
from evalkit.backends.http import ChatServer, ConnectionLimits
from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.label_reading import with_label_logprobs
from evalkit.backends.own_process import OwnProcess
from evalkit.backends.secrets import Secrets
from evalkit.backends.vllm_labels import VllmLabels
from evalkit.backends.vllm_process import ENGINE_WORDS, VllmProcess
from evalkit.errors import ConfigError
from evalkit.records import Answer, Candidate, Fault, Request

DIALECT = DIALECTS["vllm"]
ADAPTER = "adapter"
"""Name under which the server knows the adapter."""
LOOK_EVERY_S = 0.5
"""How often a server that comes up is asked whether it is ready, in seconds."""


class Vllm(VllmProcess[ChatServer]):
    """Serves one candidate over HTTP."""

    more_options: ClassVar = {"port": (int,), "tool_parser": (str, type(None)), "args": (list,)}

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        super().__init__(candidate, stage)
        self._labels: VllmLabels | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What the runtime can do, as tried."""
        return Capabilities(
            tools=True, json_schema=True, choice=True, logprobs=True, streaming=True, seed=True
        )

    def ready(self) -> None:
        """Check files as the other kind does, and that the port is free."""
        super().ready()
        if "port" in self._options:
            _check_port(self._options["port"], f"candidates.{self.candidate.name}.options.port")

    async def start(self) -> Mapping[str, Any]:
        """Start the server and wait until it is ready."""
        return {
            **await self._bring_up(),
            **{name: self._options[name] for name in (*ENGINE_WORDS, "adapter") if name in self._options},
            "args": list(self._options.get("args", ())),
            "prompt_cache": "--no-enable-prefix-caching" not in self._options.get("args", ()),
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
            self._labels = VllmLabels(server, self._find_served_model())
        return await with_label_logprobs(answer, request, self._labels, told=self._stage.progress)

    def body(self, request: Request, binding: Binding | None = None) -> dict[str, Any]:
        """The JSON body that is sent for a request."""
        return chat_body(
            request, self._find_served_model(), DIALECT, binding or bind(request, DIALECT), stream=True
        )

    def _find_served_model(self) -> str:
        return ADAPTER if "adapter" in self._options else self.candidate.model

    def command(self, port: int) -> list[str]:
        """The words that start the server; no key among them."""
        options = self._options
        words = [self._python, "-P", "-m", "vllm.entrypoints.openai.api_server"]
        words += ["--model", self._files.model, "--served-model-name", self.candidate.model]
        words += ["--host", "127.0.0.1", "--port", str(port)]
        for name, word in ENGINE_WORDS.items():
            if (value := options.get(name, False)) is not False:
                words += [f"--{word.replace('_', '-')}", *([] if value is True else [str(value)])]
        if (adapter := self._files.adapter) is not None:
            words += ["--enable-lora", "--max-lora-rank", str(self._files.adapter_rank)]
            words += ["--lora-modules", f"{ADAPTER}={adapter}"]
        if template := self._files.template:
            words += ["--chat-template", template]
        if parser := options.get("tool_parser", "hermes"):
            words += ["--enable-auto-tool-choice", "--tool-call-parser", parser]
        return [*words, "--enable-per-request-metrics", *map(str, options.get("args", ()))]

    def _open(self, log: IO[bytes]) -> tuple[OwnProcess, ChatServer]:
        port = self._options.get("port") or _free_port()
        key = secrets.token_urlsafe(32)
        # The key goes by the environment: a command line can be read by every user of the machine.
        environment = {**self._environment(), "VLLM_API_KEY": key}
        process = OwnProcess.start(self.command(port), environment=environment, log=log)
        limits = ConnectionLimits(
            whole_s=self.candidate.timeout_s, connections=self._stage.connections(self.candidate)
        )
        server = ChatServer(
            f"http://127.0.0.1:{port}/v1",
            headers={"Authorization": f"Bearer {key}"},
            secrets=Secrets([key]),
            limits=limits,
        )
        return process, server

    async def _until_ready(self, process: OwnProcess, client: ChatServer) -> None:
        while process.is_running():
            try:
                status, _ = await client.get("/models")
            except Fault:
                status = 0
            if status == 200:
                return
            await asyncio.sleep(LOOK_EVERY_S)
        raise Fault("connection_failed", process.last_words())


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
