"""Anthropic's Messages API: tools, structured output and streaming in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.backends import endpoint
from evalkit.backends.endpoint import Endpoint
from evalkit.backends.http import Server
from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.message_answers import MessageAssembly
from evalkit.backends.messages import WITHOUT_SAMPLING, form_of, messages_body
from evalkit.backends.options import read_options
from evalkit.backends.secrets import HOSTED_KEYS
from evalkit.errors import ConfigError
from evalkit.records import Answer, Candidate, Fault, Request

HOSTED = "https://api.anthropic.com"
HOSTED_KEY = HOSTED_KEYS["anthropic"]
"""The variable that is read for the hosted API where the candidate names none."""
API_VERSION = "2026-10-21"

OPTIONS = {
    **endpoint.OPTIONS,
    "api_version": (str,),
    "beta": (list,),
    "structured": (str,),
    "stream": (bool,),
    "silence_is_fault": (bool,),
    "body": (dict,),
    "key_header": (str,),
}
"""Option -> allowed kinds; `docs/backends.md` says what each does."""


class Anthropic:
    """Serves one candidate from the Messages API, or a gateway that speaks it."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._options = read_options(candidate, OPTIONS)
        self._endpoint = Endpoint(candidate, self._options, stage, default_url=HOSTED)
        self._stream: bool = self._options.get("stream", True)
        self._version: str = self._options.get("api_version", API_VERSION)
        self._through_tool = self._structure_option() == "tool"
        self._server: Server | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What the documentation promises; there are neither log-probs nor seeds."""
        return Capabilities(
            tools=True, json_schema=True, choice=True, logprobs=False, streaming=self._stream, seed=False
        )

    async def start(self) -> Mapping[str, Any]:
        """Reads the key, opens the session and, unless `probe` is off, sees that something answers."""
        await self._endpoint.check()
        self._server = self._endpoint.open(Server, self._headers())
        if self._options.get("probe", True):
            await self._probe()
        return {
            "client": self._server.client,
            "base_url": self._endpoint.base_url,
            "api_version": self._version,
            "stream": self._stream,
            # Without it a temperature of 0 in the settings would read as greedy decoding.
            "temperature_sent": self._version < WITHOUT_SAMPLING,
        }

    async def ask(self, request: Request) -> Answer:
        """One attempt at one answer."""
        if self._server is None:
            raise Fault("connection_failed", "the backend is not started")
        form = form_of(request, through_tool=self._through_tool)
        body = {**self.body(request), **self._endpoint.body_keys}
        reply = await self._server.send("/v1/messages", body, MessageAssembly())
        answer = reply.assembly.answer(
            form,
            silence_is_fault=self._options.get("silence_is_fault", True),
            latency_s=reply.latency_s,
            ttft_s=reply.ttft_s,
        )
        return self._endpoint.secrets.mask_answer(answer)

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body that is sent for a request."""
        form = form_of(request, through_tool=self._through_tool)
        body = messages_body(request, self.candidate.model, form, version=self._version, stream=self._stream)
        return {**body, **self._options.get("body", {})}

    async def close(self) -> None:
        """Closes every connection."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.close()

    def _headers(self) -> dict[str, str]:
        hosted = HOSTED_KEY if self.candidate.base_url is None else None
        header = self._options.get("key_header", "x-api-key")
        keys = self._endpoint.keys({header: self.candidate.api_key_env or hosted})
        beta = (
            {"anthropic-beta": ",".join(map(str, self._options["beta"]))} if "beta" in self._options else {}
        )
        bearer = "Bearer " if header.lower() == "authorization" else ""
        carried = {name: bearer + key for name, key in keys.items()}
        return {"anthropic-version": self._version, **beta, **carried}

    async def _probe(self) -> None:
        """Asks for the list of models: a dead endpoint or a refused key is found before the first item."""
        assert self._server is not None  # noqa: S101 - start has opened it
        try:
            status, _ = await self._server.get("/v1/models")
        except Fault as fault:
            await self.close()
            raise self._endpoint.unreachable(fault, "is base_url right (without /v1)?") from fault
        if status == 401:
            await self.close()
            raise self._endpoint.key_refused(status)

    def _structure_option(self) -> str:
        how = str(self._options.get("structured", "output_config"))
        if how not in ("output_config", "tool"):
            raise ConfigError(
                f"structured must be 'output_config' or 'tool', not {how!r}",
                where=f"candidates.{self.candidate.name}.options.structured",
            )
        return how
