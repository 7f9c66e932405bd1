"""One tiny request through a candidate: what it can do, or why not and what to do next."""

from __future__ import annotations

from evalkit.backends.interface import Backend, Check
from evalkit.errors import EvalkitError
from evalkit.records import Decoding, Fault, Request

QUESTION = "Answer with one word: what colour is the sky on a clear day?"


async def check(backend: Backend) -> Check:
    """Starts the backend, asks one thing and closes it; a failure comes back as a check that is not ok."""
    if backend.candidate.simulated:
        return Check(
            ok=True, detail="simulated: there is no model behind it", capabilities=backend.capabilities
        )
    try:
        found = await backend.start()
        answer = await backend.ask(_request(backend))
    except EvalkitError as error:
        return Check(ok=False, detail=str(error), capabilities=backend.capabilities)
    except Fault as fault:
        return Check(ok=False, detail=f"{fault.kind}: {fault.message}", capabilities=backend.capabilities)
    finally:
        await backend.close()
    said = " ".join((answer.text or answer.refusal or "").split())
    return Check(
        ok=True,
        detail=f"answered {said[:60]!r}" if said else "answered, without text",
        capabilities=backend.capabilities,
        model_reported=answer.model_reported,
        latency_s=answer.latency_s,
        found=found,
    )


def _request(backend: Backend) -> Request:
    decoding = backend.candidate.decoding
    return Request(
        suite="check",
        item_id="check",
        messages=({"role": "user", "content": QUESTION},),
        decoding=Decoding(temperature=decoding.temperature, max_tokens=8, extra=decoding.extra),
    )
