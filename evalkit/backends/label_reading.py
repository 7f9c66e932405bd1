"""Label probabilities beside an answer: asked for after it, and never at its cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from evalkit.backends.http import Server
from evalkit.backends.templated import Whole
from evalkit.records import Answer, Fault, Request


class LabelProber(Protocol):
    """What can tell how probable each label of a request is."""

    method: str
    """One of `CONFIDENCE_METHODS`."""

    async def logprobs(self, request: Request) -> dict[str, float] | None:
        """Label -> natural-log probability; None where it cannot be told.

        Raises:
            Fault: The server did not answer, or cannot do it.
        """
        ...


async def with_label_logprobs(
    answer: Answer, request: Request, reader: LabelProber, *, told: Callable[[str], None]
) -> Answer:
    """The answer with the labels' probabilities, where they were asked for and can be had.

    Its latency includes the time that they took: who decides by them waits for them. Its tokens do not.

    Args:
        answer: As it was given.
        request: What it answers.
        reader: Who tells the probabilities.
        told: Hears why they could not be had; the answer counts all the same.
    """
    if not request.labels:
        return answer
    began = time.perf_counter()
    try:
        found = await reader.logprobs(request)
    except Fault as fault:
        told(f"no label probabilities of {request.item_id!r}: {fault.message or fault.kind}")
        return answer
    if found is None:
        return answer
    took_s = time.perf_counter() - began
    return replace(
        answer,
        label_logprobs=found,
        # A share of the labels', which whoever reads the answer's label works out.
        confidence=None,
        confidence_method=reader.method,
        latency_s=None if answer.latency_s is None else answer.latency_s + took_s,
    )


def beside(server: Server) -> str:
    """What leads from a server's base to its own endpoints, beside those of the OpenAI protocol."""
    # The address is brought into its normal form before anything is sent: `/v1/..` is the root.
    return "/.." if server.base_url.endswith("/v1") else ""


async def post(server: Server, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON object that a server's own endpoint answers with.

    Raises:
        Fault: It does not.
    """
    told = (await server.send(path, body, Whole())).assembly.value
    if not isinstance(told, dict):
        raise Fault("malformed_response", f"{path} gave no JSON object")
    return told
