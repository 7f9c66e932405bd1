"""What a backend is: it serves one candidate, and answers one request or raises one fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from evalkit.backends.private import Guard
from evalkit.records import Answer, Candidate, Request, Usage

Rehearsal = Callable[[Request, bool, int], Answer]
"""What a simulated backend says: request, whether to be right, and a seed -> the answer.

The runner makes it from the suites and families, so that no other backend ever sees a target.
"""

Lesson = tuple[Request, Answer]
"""A train item's request with the right answer to it."""

MORE_THAN_EVER = 1_000_000
"""Connections that no process can hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What a candidate can do; None where it is not known before asking."""

    tools: bool | None = None
    json_schema: bool | None = None
    choice: bool | None = None
    logprobs: bool | None = None
    streaming: bool | None = None
    seed: bool | None = None
    timed: bool = True
    """Whether the time from asking to answering is the model's. That of a recording is not: a time that it
    does not tell is unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """What the runner provides to a backend besides its candidate."""

    cache_dir: Path | None = None
    """Where model weights lie; None takes the user's cache folder."""
    log_dir: Path | None = None
    """Where a child process may write its log; None discards it."""
    root: Path | None = None
    """The project's folder: where relative paths begin, and a user's own module or program lies.

    None takes the working folder.
    """
    guard: Guard | None = None
    """Set where a `local_only` suite is asked: a backend connects to no address that it does not admit."""
    unbounded: bool = False
    """Whether requests are sent at their own time, however many are in flight: no bound on connections."""
    rehearse: Rehearsal | None = None
    """For the simulated backend alone."""
    lessons: Mapping[str, Sequence[Lesson]] = field(default_factory=dict)
    """Suite -> its train items, for cheap floors alone."""
    progress: Callable[[str], None] = lambda _line: None
    """Told what a slow start is doing."""

    def connections(self, candidate: Candidate) -> int:
        """Most connections at once to the candidate's server."""
        return MORE_THAN_EVER if self.unbounded else candidate.concurrency


@dataclass(frozen=True, kw_only=True, slots=True)
class CapabilityFinding:
    """One capability as it was tried."""

    name: str
    """`tools`, `json_schema`, `logprobs`, `seed` or `streaming`."""
    can: bool | None
    """None where it could not be told."""
    detail: str
    """What was seen, in a few words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What a few tiny requests showed of a candidate."""

    ok: bool
    detail: str
    """One line: what it can do, or why not and what to do next."""
    capabilities: Capabilities = Capabilities()
    model_reported: str | None = None
    latency_s: float | None = None
    ttft_s: float | None = None
    """Time to the first token, in seconds, where the answer was streamed."""
    found: Mapping[str, Any] = field(default_factory=dict)
    """What the backend says of itself."""
    findings: tuple[CapabilityFinding, ...] = ()
    """Each capability that was tried."""
    requests: int = 0
    """How many requests the check took."""
    usage: Usage = Usage()
    """Tokens of them all; None where one is unknown."""
    cost_usd: float | None = None
    """What they cost, in US dollars; None when unknown."""


@runtime_checkable
class Weighed(Protocol):
    """A backend that serves from this machine and knows what memory that takes."""

    def peak_memory_b(self) -> int | None:
        """The most memory that it has held since it was brought up, in bytes; None when not known."""
        ...


@runtime_checkable
class NamesFiles(Protocol):
    """A backend whose settings name files of the user's that decide its answers."""

    def file_hashes(self) -> Mapping[str, str]:
        """Their content hashes, by the names that the settings have; a file that is not there is left out."""
        ...


class Backend(Protocol):
    """Serves one candidate for the length of a run.

    Constructed as `Backend(candidate, stage)`, which is cheap and touches nothing; `start` brings it up.
    """

    candidate: Candidate

    @property
    def capabilities(self) -> Capabilities:
        """What it can do, as far as known."""
        ...

    async def start(self) -> Mapping[str, Any]:
        """Brings it up; returns what it says of itself for the manifest (versions, weights hash, slots, …).

        Raises:
            UnavailableError: It cannot be used: key not set, nothing listens, no weights; says what to do.
            MissingPackageError: An optional dependency is not installed.
        """
        ...

    async def ask(self, request: Request) -> Answer:
        """One attempt; no retries here.

        Raises:
            Fault: No answer, with its kind.
        """
        ...

    async def close(self) -> None:
        """Lets go of everything; safe to call twice and after a failed start."""
        ...
