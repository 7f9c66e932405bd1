"""Whether an adapter as it is served says what it said where it was trained, by log-probabilities.

A conversion can load, pass every check of shapes and still be wrong: with the rows of query and key matrices
in the order of the training library, a tuned SmolLM2-135M still got 80% of sixty items right. Success cannot
tell such a conversion from a weaker model, the log-probabilities of single tokens can.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.backends.interface import Stage
from evalkit.backends.llamacpp import LlamaCpp
from evalkit.errors import UsageError
from evalkit.records import Candidate

LARGEST_DIFFERENCE = 0.08
"""Mean absolute difference of log-probabilities up to which the two agree. In the trial (SmolLM2-135M, Q4_1,
rank 16) rounding made 0.03, q and k rows in the wrong order 0.19: this is about their geometric mean.
With the recipe of examples/tuning they were 0.009 (0.038 cut to rank 4) and 0.090."""
FEWEST_TOKENS = 30
"""Answer tokens below which the mean says too little."""
_KEYS = ("prompt", "answer_tokens", "logprobs")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One answer with what its tokens' log-probabilities were at the source."""

    line: int
    prompt: str
    """All that the model saw, special tokens written out, up to where the answer begins."""
    answer_tokens: tuple[int, ...]
    logprobs: tuple[float, ...]
    """Natural logarithms, one a token."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AdapterCheck:
    """How far the served adapter is from its source."""

    answers: int
    tokens: int
    mean_difference: float
    """Mean absolute difference of the tokens' natural-log probabilities."""
    largest_difference: float
    largest_at: int
    """Line of the reference where that is."""
    limit: float

    @property
    def ok(self) -> bool:
        """Whether the two agree."""
        return self.mean_difference <= self.limit


def read_references(path: Path) -> tuple[Reference, ...]:
    """Read a reference file: JSONL of `prompt`, `answer_tokens` and `logprobs`.

    Raises:
        UsageError: It is not there, a line is wrong, or it holds too few tokens; says which.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the reference cannot be read: {error}", where=str(path)) from error
    found = tuple(_reference(line, number, path) for number, line in enumerate(lines, 1) if line.strip())
    tokens = sum(len(one.answer_tokens) for one in found)
    if tokens < FEWEST_TOKENS:
        raise UsageError(
            f"the reference holds {tokens} answer tokens, at least {FEWEST_TOKENS} are needed",
            where=str(path),
            hint="write more items, right and wrong answers to each",
        )
    return found


async def check_adapter(
    candidate: Candidate, references: Sequence[Reference], stage: Stage, limit: float = LARGEST_DIFFERENCE
) -> AdapterCheck:
    """Serve a candidate with its adapter and hold it against its source.

    Args:
        candidate: Of the backend `llamacpp`, with the adapter among its options.
        references: What the source said.
        stage: As for any backend.
        limit: The largest mean absolute difference that still agrees.

    Raises:
        UnavailableError: Weights or adapter cannot be served.
        Fault: The server failed.
    """
    backend = LlamaCpp(candidate, stage)
    try:
        await backend.start()
        served = [await backend.token_logprobs(one.prompt, one.answer_tokens) for one in references]
    finally:
        await backend.close()
    return compare_logprobs(references, served, limit)


def compare_logprobs(
    references: Sequence[Reference], served: Sequence[Sequence[float]], limit: float = LARGEST_DIFFERENCE
) -> AdapterCheck:
    """Return how far the served log-probabilities are from those of the source."""
    differences = [
        (abs(then - now), one.line)
        for one, found in zip(references, served, strict=True)
        for then, now in zip(one.logprobs, found, strict=True)
    ]
    largest, at = max(differences)
    return AdapterCheck(
        answers=len(references),
        tokens=len(differences),
        mean_difference=sum(difference for difference, _ in differences) / len(differences),
        largest_difference=largest,
        largest_at=at,
        limit=limit,
    )


def _reference(line: str, number: int, path: Path) -> Reference:
    where = f"{path}:{number}"
    try:
        plain = json.loads(line)
    except ValueError as error:
        raise UsageError(f"not valid JSON: {error}", where=where) from error
    faults = list(_faults(plain))
    if faults:
        raise UsageError(faults[0], where=where, hint=f"each line has {', '.join(_KEYS)}")
    return Reference(
        line=number,
        prompt=plain["prompt"],
        answer_tokens=tuple(plain["answer_tokens"]),
        logprobs=tuple(map(float, plain["logprobs"])),
    )


def _faults(plain: Any) -> Iterator[str]:
    if not isinstance(plain, dict) or not isinstance(plain.get("prompt"), str):
        yield "`prompt` must be the text that the model saw"
        return
    tokens, logprobs = plain.get("answer_tokens"), plain.get("logprobs")
    if not isinstance(tokens, list) or not tokens or not all(type(t) is int and t >= 0 for t in tokens):
        yield "`answer_tokens` must be a list of the answer's token numbers"
    elif not isinstance(logprobs, list) or len(logprobs) != len(tokens):
        yield "`logprobs` must be a list with one number a token"
    elif not all(type(v) in (int, float) and -math.inf < v <= 0 for v in logprobs):
        yield "`logprobs` must be natural logarithms of probabilities, none above 0"
