"""Weights on this machine, and what a candidate can do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.backends import Check, Stage, open_backend
from evalkit.backends.check import check
from evalkit.errors import EvalkitError, UnavailableError, UsageError, near_names
from evalkit.models import CATALOGUE, locate, pull
from evalkit.prices import price_answer
from evalkit.records import Candidate, Fault

if TYPE_CHECKING:
    from evalkit.backends.adapter_check import AdapterCheck


def pull_model(name: str, progress: Callable[[str], None] = lambda _line: None) -> Path:
    """Brings weights of the catalogue into the user's cache; returns their file.

    Raises:
        UsageError: The catalogue has no such name.
        UnavailableError: They cannot be fetched, or are not what the catalogue says.
    """
    return pull(name, progress=progress)


def quantize_model(
    source: str,
    form: str,
    *,
    out: Path | None = None,
    overwrite: bool = False,
    progress: Callable[[str], None] = lambda _line: None,
) -> Path:
    """Makes a variant of weights at another precision; returns its file.

    Args:
        source: A GGUF file, or a name of the catalogue whose weights are on this machine.
        form: `F16`, `Q8_0` or `Q4_0`.
        out: Where to; None takes the source's name with the form, in its folder, or in the working folder
            for weights of the catalogue.
        overwrite: Whether a file that is there is replaced.
        progress: Told what is done.

    Raises:
        UsageError: The form is unknown, or the file is there or the source itself.
        UnavailableError: The source is not there, or no whole GGUF file.
    """
    from evalkit.models.quantize import QUANTIZATIONS, WHOLE, form_of, quantize

    wanted = next((q for q in QUANTIZATIONS if q == form), None)
    if wanted is None:
        raise UsageError(f"weights cannot be made {form!r}", hint=near_names(form, QUANTIZATIONS))
    path = locate(source)
    target = out or (Path() if source in CATALOGUE else path.parent) / f"{path.stem}-{form}.gguf"
    if target.exists() and (not overwrite or target.samefile(path)):
        raise UsageError("there is a file already", where=str(target), hint="name another, or --force")
    was = form_of(path)
    if was is not None and was not in WHOLE:
        progress(f"{path.name} is {was} already: a variant of it has no more precision than it has")
    return quantize(path, target, wanted, progress)


def check_adapter(
    adapter: Path,
    reference: Path,
    model: str,
    *,
    limit: float | None = None,
    progress: Callable[[str], None] = lambda _line: None,
) -> AdapterCheck:
    """Hold an adapter as llama.cpp serves it against log-probabilities from where it was trained.

    Args:
        adapter: A LoRA adapter in GGUF.
        reference: JSONL of `prompt`, `answer_tokens` and `logprobs`, made by the training's own library.
        model: The weights that it was trained on: a name of the catalogue, or a path.
        limit: The largest mean absolute difference that still agrees; None takes `LARGEST_DIFFERENCE`.
        progress: Told what a slow start is doing.

    Raises:
        UsageError: The reference is wrong or too short.
        UnavailableError: Weights or adapter are missing, do not fit, or the server failed.
    """
    from evalkit.backends import adapter_check

    references = adapter_check.read_references(reference)
    limit = adapter_check.LARGEST_DIFFERENCE if limit is None else limit
    candidate = Candidate(
        name=adapter.stem,
        tier="slim",
        backend="llamacpp",
        model=model,
        concurrency=1,
        options={"adapters": [str(adapter.resolve())]},
    )
    try:
        return asyncio.run(
            adapter_check.check_adapter(candidate, references, Stage(progress=progress), limit)
        )
    except Fault as fault:
        raise UnavailableError(f"the log-probabilities could not be read: {fault}") from fault


def check_candidate(
    candidate: Candidate,
    progress: Callable[[str], None] = lambda _line: None,
    *,
    root: Path | None = None,
) -> Check:
    """Tries the candidate with a few tiny requests. A simulated or replayed one has nothing to be asked.

    Args:
        candidate: Who is tried.
        progress: Told what a slow start is doing.
        root: The project's folder, where a candidate's own module or program lies.

    Returns:
        What was seen; wrong options or a failure come back as a check that is not ok.
    """
    if candidate.backend in ("baseline", "simulated", "replay"):
        return Check(ok=True, detail=f"{candidate.backend}: nothing is asked of a server")
    try:
        backend = open_backend(candidate, Stage(progress=progress, root=root))
    except EvalkitError as error:
        return Check(ok=False, detail=str(error))
    found = asyncio.run(check(backend))
    seconds = (found.latency_s or 0.0) * found.requests
    priced = price_answer(candidate, found.usage, seconds, at=datetime.now(UTC)) if found.requests else None
    return replace(found, cost_usd=priced.cost_usd if priced else None)
