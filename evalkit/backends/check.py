"""A few tiny requests through a candidate: what it can really do, or why not and what to do next.

What a server documents and what it does are two things: a tool choice that is accepted and not enforced, a
schema that is passed over. Each capability is therefore tried with a request that would show it. At most
`MOST_REQUESTS` are sent, of at most `MOST_TOKENS` output tokens each.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evalkit.backends.interface import Backend, Capabilities, CapabilityFinding, Check
from evalkit.backends.secrets import Secrets, secrets_of
from evalkit.errors import EvalkitError
from evalkit.records import Answer, Constraint, Decoding, Fault, Request, Usage

MOST_REQUESTS = 7
MOST_TOKENS = 64
OWN_SYSTEMS = frozenset({"command", "http", "python"})
"""A team's own system is asked once: what it does with tools or a schema is its own affair."""

_TRYING_DOES_NOT_HELP = frozenset({"rejected", "unsupported", "malformed_response", "empty_response"})
"""Faults that say something of the capability; any other says something of this moment."""

QUESTION = "Answer with one word: what colour is the sky on a clear day?"
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
TICKET: dict[str, Any] = {
    "type": "object",
    "properties": {"code": {"type": "string", "enum": ["q7x", "z2k"]}, "urgent": {"type": "boolean"}},
    "required": ["code", "urgent"],
    "additionalProperties": False,
}
"""A form that nobody would give to the question beside it, unless decoding is bound to it."""
AGAINST_THE_FORM = "Write the word HELLO in capital letters, and nothing else. Do not write JSON."
AT_RANDOM = "Write eight random lower-case letters, and nothing else."


@dataclass(kw_only=True)
class _Trial:
    """One candidate's requests, counted."""

    backend: Backend
    secrets: Secrets
    requests: int = 0
    usages: list[Usage] = field(default_factory=list)

    async def ask(self, question: str, *, max_tokens: int = MOST_TOKENS, **fields: Any) -> Answer:
        decoding = self.backend.candidate.decoding
        sampling = fields.pop("sampling", {"temperature": decoding.temperature})
        request = Request(
            suite="check",
            item_id="check",
            messages=({"role": "user", "content": question},),
            decoding=Decoding(max_tokens=max_tokens, extra=decoding.extra, **sampling),
            **fields,
        )
        self.requests += 1
        limit_s = self.backend.candidate.timeout_s
        try:
            async with asyncio.timeout(limit_s):
                answer = self.secrets.mask_answer(await self.backend.ask(request))
        except Fault as fault:
            raise self.secrets.mask_fault(fault) from fault.__cause__
        except TimeoutError as error:
            raise Fault("timed_out", f"no whole answer within {limit_s:g} s") from error
        self.usages.append(answer.usage)
        return answer


async def check(backend: Backend) -> Check:
    """Starts the backend, tries it and closes it; a failure comes back as a check that is not ok."""
    if backend.candidate.simulated:
        return Check(
            ok=True, detail="simulated: there is no model behind it", capabilities=backend.capabilities
        )
    secrets = secrets_of([backend.candidate])
    trial = _Trial(backend=backend, secrets=secrets)
    try:
        found = secrets.mask_json(await backend.start())
        first = await trial.ask(QUESTION, max_tokens=16)
        findings = await _findings(trial, first)
    except EvalkitError as error:
        return Check(ok=False, detail=secrets.mask(str(error)), capabilities=backend.capabilities)
    except Fault as fault:
        return Check(
            ok=False, detail=_describe(fault), capabilities=backend.capabilities, requests=trial.requests
        )
    finally:
        await backend.close()
    said = " ".join((first.text or first.refusal or "").split())
    return Check(
        ok=True,
        detail=f"answered {said[:60]!r}" if said else "answered, without text",
        capabilities=_as_found(backend.capabilities, findings),
        model_reported=first.model_reported,
        latency_s=first.latency_s,
        ttft_s=first.ttft_s,
        found=found,
        findings=findings,
        requests=trial.requests,
        usage=_total(trial.usages),
    )


async def _findings(trial: _Trial, first: Answer) -> tuple[CapabilityFinding, ...]:
    streaming = CapabilityFinding(
        name="streaming",
        can=first.ttft_s is not None,
        detail="time to the first token is known" if first.ttft_s is not None else "answers come whole",
    )
    if trial.backend.candidate.backend in OWN_SYSTEMS:
        return ()
    tried = [await _try_capability(name, probe, trial) for name, probe in _PROBES]
    return (*tried, streaming)


async def _try_capability(name: str, probe: Any, trial: _Trial) -> CapabilityFinding:
    if getattr(trial.backend.capabilities, name) is False:
        return CapabilityFinding(name=name, can=False, detail="the backend has none")
    try:
        can, detail = await probe(trial)
    except Fault as fault:
        can = False if fault.kind in _TRYING_DOES_NOT_HELP else None
        detail = _describe(fault)
    return CapabilityFinding(name=name, can=can, detail=detail)


async def _tools(trial: _Trial) -> tuple[bool | None, str]:
    answer = await trial.ask("What is the weather in Paris?", tools=(WEATHER,), tool_choice="required")
    if not answer.tool_calls:
        if _is_cut_off(answer):
            return None, f"cut off at {MOST_TOKENS} tokens before any call"
        return (
            False,
            "a required call was not made: the tools are passed over, or nothing enforces the choice",
        )
    call = answer.tool_calls[0]
    if call.name != "get_weather" or not _fits(call.arguments, WEATHER["function"]["parameters"]):
        return False, "a call was made that does not fit the tool"
    return True, "a required call was made, and fits the tool"


async def _json_schema(trial: _Trial) -> tuple[bool | None, str]:
    answer = await trial.ask(AGAINST_THE_FORM, constraint=Constraint(kind="json_schema", schema=TICKET))
    if _fits(_parse(answer.text), TICKET):
        return True, "enforced: the answer fits a schema that its question speaks against"
    if _is_cut_off(answer):
        return None, f"cut off at {MOST_TOKENS} tokens"
    return False, "accepted and not enforced: the answer does not fit the schema"


async def _logprobs(trial: _Trial) -> tuple[bool | None, str]:
    answer = await trial.ask(QUESTION, max_tokens=16, want_logprobs=True)
    if answer.confidence is None:
        return False, "none came back"
    return True, "the answer's probability is known"


async def _seed(trial: _Trial) -> tuple[bool | None, str]:
    """Two answers of one seed and one of another, at a temperature at which chance shows."""
    texts = []
    for seed in (7, 7, 8):
        answer = await trial.ask(AT_RANDOM, max_tokens=16, sampling={"temperature": 1.0, "seed": seed})
        texts.append(answer.text)
        if len(texts) == 2 and texts[0] != texts[1]:
            return False, "equal seeds give different answers"
    if texts[1] == texts[2]:
        return None, "the answer is the same whatever the seed"
    return True, "equal seeds give equal answers, another seed another"


_PROBES = (("tools", _tools), ("json_schema", _json_schema), ("logprobs", _logprobs), ("seed", _seed))


def _as_found(declared: Capabilities, findings: Sequence[CapabilityFinding]) -> Capabilities:
    """What was seen before what was declared; what could not be told stays as declared."""
    return replace(declared, **{f.name: f.can for f in findings if f.can is not None})


def _is_cut_off(answer: Answer) -> bool:
    return answer.finish_reason == "length"


def _parse(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except (ValueError, RecursionError):
        return None


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    from jsonschema import Draft202012Validator

    return bool(Draft202012Validator(schema).is_valid(value))


def _describe(fault: Fault) -> str:
    return f"{fault.kind}: {fault.message}"


def _total(usages: Sequence[Usage]) -> Usage:
    def total(counts: Iterator[int | None]) -> int | None:
        known = [c for c in counts if c is not None]
        return sum(known) if len(known) == len(usages) else None

    return Usage(
        input_tokens=total(u.input_tokens for u in usages),
        output_tokens=total(u.output_tokens for u in usages),
    )
