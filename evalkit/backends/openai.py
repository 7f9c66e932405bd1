"""Any server that speaks the OpenAI chat protocol, hosted or local."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evalkit.backends import endpoint
from evalkit.backends.chat import chat_body
from evalkit.backends.constraints import Binding, bind
from evalkit.backends.dialects import BY_OWNER, DIALECTS, Dialect, choose_dialect
from evalkit.backends.endpoint import Endpoint
from evalkit.backends.http import ChatServer
from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.label_reading import LabelProber, with_label_logprobs
from evalkit.backends.llamacpp_labels import LlamaCppLabels
from evalkit.backends.options import read_options
from evalkit.backends.vllm_labels import VllmLabels
from evalkit.errors import near_names
from evalkit.records import Answer, Candidate, Fault, Request

OPTIONS = {
    **endpoint.OPTIONS,
    "dialect": (str,),
    "stream": (bool,),
    "include_usage": (bool,),
    "max_tokens_field": (str,),
    "silence_is_fault": (bool,),
    "body": (dict,),
    "key_header": (str,),
}
"""Option -> allowed kinds; `docs/backends.md` says what each does."""

_OVERRIDES = ("include_usage", "max_tokens_field", "silence_is_fault")


class OpenAI:
    """Serves one candidate from an OpenAI-compatible endpoint."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._stage = stage
        self._options = read_options(candidate, OPTIONS)
        self._endpoint = Endpoint(candidate, self._options, stage)
        self._base_url = self._endpoint.base_url
        self._dialect = self._choose_dialect()
        self._stream: bool = self._options.get("stream", True)
        self._extra: Mapping[str, Any] = self._options.get("body", {})
        self._server: ChatServer | None = None
        self._labels: LabelProber | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What the dialect promises; the rest is not known before asking."""
        enforces = self._dialect.enforces
        return Capabilities(
            tools=True if "tools" in enforces else None,
            json_schema=True if "json_schema" in enforces else None,
            choice=True if "choice" in enforces else None,
            streaming=self._stream or None,
        )

    async def start(self) -> Mapping[str, Any]:
        """Reads the key, opens the session and, unless `probe` is off, sees that something answers."""
        await self._endpoint.check()
        self._server = self._open()
        if self._options.get("probe", True):
            await self._probe()
        self._labels = self._label_reader(self._server)
        return {
            "client": self._server.client,
            "base_url": self._base_url,
            "dialect": self._dialect.name,
            "stream": self._stream,
        }

    async def ask(self, request: Request) -> Answer:
        """One attempt at one answer."""
        if self._server is None:
            raise Fault("connection_failed", "the backend is not started")
        binding = bind(request, self._dialect)
        reply = await self._server.chat({**self.body(request, binding), **self._endpoint.body_keys})
        answer = reply.assembly.answer(binding, self._dialect, latency_s=reply.latency_s, ttft_s=reply.ttft_s)
        if self._labels is not None:
            answer = await with_label_logprobs(answer, request, self._labels, told=self._stage.progress)
        return self._endpoint.secrets.mask_answer(answer)

    def body(self, request: Request, binding: Binding | None = None) -> dict[str, Any]:
        """The JSON body that is sent for a request; the dialect may still be learnt when a run starts."""
        binding = binding or bind(request, self._dialect)
        body = chat_body(request, self.candidate.model, self._dialect, binding, stream=self._stream)
        return {**body, **self._extra}

    async def close(self) -> None:
        """Closes every connection."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.close()

    def _label_reader(self, server: ChatServer) -> LabelProber | None:
        """What tells the labels' probabilities in this dialect."""
        if self._dialect.labels == "trie":
            return LlamaCppLabels(server)
        return VllmLabels(server, self.candidate.model) if self._dialect.labels == "steered" else None

    def _choose_dialect(self) -> Dialect:
        where = f"candidates.{self.candidate.name}.options.dialect"
        return self._overridden(choose_dialect(self._options.get("dialect"), self._base_url, where=where))

    def _overridden(self, dialect: Dialect) -> Dialect:
        return replace(dialect, **{name: self._options[name] for name in _OVERRIDES if name in self._options})

    def _open(self) -> ChatServer:
        header = self._options.get("key_header", "Authorization")
        keys = self._endpoint.keys({header: self.candidate.api_key_env})
        bearer = "Bearer " if header == "Authorization" else ""
        headers = {name: bearer + key for name, key in keys.items()}
        return self._endpoint.open(ChatServer, headers, reuse=self._dialect.reuse_connections)

    async def _probe(self) -> None:
        """Asks for the list of models: an endpoint that is down is found before the first item."""
        assert self._server is not None  # noqa: S101 - start has opened it
        try:
            status, body = await self._server.get("/models")
        except Fault as fault:
            await self.close()
            hint = "is the server running, and is base_url right (with /v1 for most servers)?"
            raise self._endpoint.unreachable(fault, hint) from fault
        if status == 401:
            await self.close()
            raise self._endpoint.key_refused(status)
        if status == 200:
            await self._learn_from(body)

    async def _learn_from(self, body: bytes) -> None:
        """The dialect, where neither options nor address gave it away, and whether the model is listed."""
        owner_by_model = _list_models(body)
        model = self.candidate.model
        if self._dialect.name == "generic" and "dialect" not in self._options:
            name = BY_OWNER.get(owner_by_model.get(model, ""))
            if name:
                self._dialect = self._overridden(DIALECTS[name])
                # The session was opened with the generic dialect's habits.
                await self.close()
                self._server = self._open()
        if owner_by_model and model not in owner_by_model:
            near = near_names(model, owner_by_model)
            told = f"{self._base_url} does not list the model {model!r}: {near}"
            self._stage.progress(self._endpoint.secrets.mask(told))


def _list_models(body: bytes) -> dict[str, str]:
    """Model id -> owner, as far as the list is in the protocol's form."""
    try:
        return {str(model["id"]): str(model.get("owned_by")) for model in json.loads(body)["data"]}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
