"""The embedded llama.cpp: its own server in a child process of ours, asked over HTTP like any other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from evalkit.backends.adapters import check_adapters, read_adapters
from evalkit.backends.chat import chat_body
from evalkit.backends.constraints import Binding, bind
from evalkit.backends.dialects import DIALECTS
from evalkit.backends.files import SHIPPED_TEMPLATES, check_unchanged, hash_of
from evalkit.backends.http import ChatServer, ConnectionLimits
from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.label_reading import with_label_logprobs
from evalkit.backends.llamacpp_child import LlamaServer
from evalkit.backends.llamacpp_labels import LlamaCppLabels
from evalkit.backends.options import path_under, read_options
from evalkit.backends.secrets import Secrets
from evalkit.backends.watched import Watched
from evalkit.errors import ConfigError, UnavailableError
from evalkit.models import CATALOGUE, locate
from evalkit.models.cache import digest, is_gguf, sha256_of
from evalkit.records import Answer, Candidate, Fault, Request
from evalkit.records.codec import HASH_LENGTH, content_hash

OPTIONS = {
    "slots": (int,),
    "context": (int,),
    "threads": (int,),
    "cache": (bool,),
    "flash_attention": (bool, type(None)),
    "gpu_layers": (int,),
    "chat_template": (str,),
    "adapters": (list,),
    "start_timeout_s": (int, float),
}
"""Option -> allowed kinds; `docs/backends.md` says what each does."""

DIALECT = DIALECTS["llama.cpp"]
DEFAULT_CONTEXT = 2048
"""Tokens of one slot, prompt and answer together."""


class LlamaCpp:
    """Serves one candidate from a GGUF file on this machine."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._stage = stage
        self._options = read_options(candidate, OPTIONS)
        self._root = stage.root or Path.cwd()
        self._adapters = read_adapters(candidate, self._root)
        self._watched = Watched(self._launch, self._on_restart)
        self._labels: LlamaCppLabels | None = None
        self._settings: dict[str, Any] = {}

    @property
    def capabilities(self) -> Capabilities:
        """What the runtime can do, as tried; tool calls are bound by a schema of the call."""
        return Capabilities(
            tools=True, json_schema=True, choice=True, logprobs=True, streaming=True, seed=True
        )

    def ready(self) -> None:
        """Weights and adapters must be there, be that, and fit, before anything is asked of anyone."""
        weights = self._weights()
        _check_gguf(weights)
        check_adapters(self.candidate, self._adapters, weights)

    def file_hashes(self) -> Mapping[str, str]:
        """Of weights by path, chat template and adapters; the catalogue's weights are known by their name."""
        paths = {adapter.name: adapter.path for adapter in self._adapters}
        if (template := self._options.get("chat_template", "model")) not in SHIPPED_TEMPLATES:
            paths[template] = path_under(self._root, template)
        if (model := self.candidate.model) not in CATALOGUE:
            paths[model] = path_under(self._root, model)
        found = {name: hash_of(path, self._stage.cache_dir) for name, path in paths.items()}
        return {name: known for name, known in found.items() if known is not None}

    async def start(self) -> Mapping[str, Any]:
        """Checks the file, starts the child and waits until it listens."""
        self.ready()
        path = self._weights()
        template_name, template = self._chat_template()
        self._settings = self._read_settings(path, template)
        self._stage.progress(f"{self.candidate.name}: starting llama.cpp with {path.name}")
        child = await self._watched.start()
        return {
            "runtime": f"xllamacpp {child.version}",
            "weights": path.name,
            "weights_sha256": sha256_of(path, self._stage.cache_dir)[:HASH_LENGTH],
            "slots": self._settings["slots"],
            "context_per_slot": self._settings["context"],
            "threads": self._settings["threads"],
            "prompt_cache": self._settings["cache"],
            # With the prompt cache or several slots a few greedy answers in forty change from run to run.
            "exactly_repeatable": self._settings["slots"] == 1 and not self._settings["cache"],
            "chat_template": f"{template_name} {content_hash(template)}" if template else template_name,
            **self._adapter_runtime(),
        }

    async def ask(self, request: Request) -> Answer:
        """One attempt; a child that has died is brought up again first."""
        binding = bind(request, DIALECT)
        child, server = await self._watched.up()
        try:
            reply = await server.chat(self.body(request, binding))
        except Fault as fault:
            raise await self._watched.fault_of(fault, child) from fault
        answer = reply.assembly.answer(binding, DIALECT, latency_s=reply.latency_s, ttft_s=reply.ttft_s)
        if self._labels is None:
            return answer
        return await with_label_logprobs(answer, request, self._labels, told=self._stage.progress)

    async def token_logprobs(self, prompt: str, tokens: Sequence[int]) -> list[float]:
        """Return the natural-log probability of each token of an answer to a prompt that is written out.

        Raises:
            Fault: The server did not answer.
        """
        await self._watched.up()
        assert self._labels is not None  # noqa: S101 - a server that is up has them
        return await self._labels.token_logprobs(prompt, tokens)

    def body(self, request: Request, binding: Binding | None = None) -> dict[str, Any]:
        """The JSON body that is sent for a request."""
        binding = binding or bind(request, DIALECT)
        return chat_body(request, self.candidate.model, DIALECT, binding, stream=True)

    async def close(self) -> None:
        """Closes the connections, then stops the child: llama.cpp hangs on a stop with requests in flight."""
        await self._watched.close()

    def peak_memory_b(self) -> int | None:
        """The most memory that the child held, weights included, in bytes."""
        return self._watched.peak_memory_b()

    def _on_restart(self) -> None:
        self._stage.progress(f"{self.candidate.name}: llama.cpp died and is started again")

    def _weights(self) -> Path:
        return locate(self.candidate.model, self._stage.cache_dir, self._root)

    def _adapter_runtime(self) -> dict[str, Any]:
        told = [
            {"file": a.path.name, "sha256": digest(a.path)[:HASH_LENGTH], "scale": a.scale}
            for a in self._adapters
        ]
        return {"adapters": told} if told else {}

    async def _launch(self) -> tuple[LlamaServer, ChatServer]:
        # A run may come to this candidate hours after it began, and starts it again after a crash.
        await asyncio.to_thread(check_unchanged, self.candidate, self.file_hashes)
        child = await LlamaServer.launch(
            self._settings,
            name=self.candidate.name,
            log_dir=self._stage.log_dir,
            timeout_s=self._options.get("start_timeout_s", 120.0),
        )
        limits = ConnectionLimits(
            whole_s=self.candidate.timeout_s,
            connections=self._stage.connections(self.candidate),
            reuse=DIALECT.reuse_connections,
        )
        server = ChatServer(
            f"{child.url}/v1",
            headers={"Authorization": f"Bearer {child.key}"},
            secrets=Secrets([child.key]),
            limits=limits,
        )
        self._labels = LlamaCppLabels(server)
        return child, server

    def _read_settings(self, path: Path, template: str) -> dict[str, Any]:
        return {
            "path": str(path.resolve()),
            "alias": self.candidate.model if self.candidate.model in CATALOGUE else path.name,
            "chat_template": template,
            "slots": self._positive("slots", self.candidate.concurrency),
            "context": self._positive("context", DEFAULT_CONTEXT),
            "threads": self._positive("threads", default_threads()),
            "cache": self._options.get("cache", True),
            "flash_attention": self._options.get("flash_attention"),
            "gpu_layers": self._options.get("gpu_layers", -1),
            "adapters": [{"path": str(a.path.resolve()), "scale": a.scale} for a in self._adapters],
        }

    def _chat_template(self) -> tuple[str, str]:
        """Name and text; empty text takes the one in the file of weights."""
        weights = CATALOGUE.get(self.candidate.model)
        name = self._options.get("chat_template") or (weights.chat_template if weights else "model")
        if name == "model":
            return name, ""
        if name == "tools":
            shipped = files("evalkit.backends").joinpath("tool_chat.jinja")
            return name, shipped.read_text(encoding="utf-8")
        try:
            return Path(name).name, path_under(self._root, name).read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"the chat template {name!r} cannot be read",
                where=f"candidates.{self.candidate.name}.options.chat_template",
                hint="`model`, `tools`, or the path of a jinja file",
            ) from error

    def _positive(self, name: str, default: int) -> int:
        value = self._options.get(name, default)
        if value < 1:
            where = f"candidates.{self.candidate.name}.options.{name}"
            raise ConfigError(f"must be at least 1, not {value}", where=where)
        return int(value)


def default_threads() -> int:
    """Cores that this process may use, less one: one stalled thread stalls the whole computation."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


def _check_gguf(path: Path) -> None:
    """The runtime gives one vague error for every bad file: tell them apart here."""
    try:
        sound = is_gguf(path)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}") from error
    if not sound:
        hint = "llama.cpp reads GGUF files; `evalkit models list` names some"
        raise UnavailableError(f"{path} is not a GGUF file", hint=hint)
