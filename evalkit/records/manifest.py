"""What makes a run repeatable: who was asked what, with which versions, on which machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from evalkit.records.candidate import Candidate
from evalkit.records.suite import Contract, Prompt, Stakes

Purpose = Literal["measurement", "training"]
RunStatus = Literal["running", "done", "partial", "interrupted"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteEntry:
    """A suite as a run used it, without its items."""

    name: str
    family: str
    suite_version: str
    description: str
    contract: Contract
    scorer: Mapping[str, Any]
    scorer_hash: str
    prompts: Mapping[str, Prompt]
    stakes: Stakes
    items_total: int
    """Test items in the suite."""
    items_planned: int
    """Test items in this run's plan."""
    card: str = ""
    path: str | None = None
    """The folder that it was read from: where a task file that its scorer names is found again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidateEntry:
    """A candidate as a run used it."""

    candidate: Candidate
    requested_fingerprint: str
    simulated: bool
    runtime: Mapping[str, Any] = field(default_factory=dict)
    """What the backend says of itself: library versions, weights hash, slots, cache, threads; with settings
    by suite, what differs from that under `by_suite`."""
    suite_fingerprints: Mapping[str, str] = field(default_factory=dict)
    """Suite -> requested fingerprint there, where the candidate has settings by suite."""

    def fingerprint_at(self, suite: str) -> str:
        """Return the requested fingerprint that the samples of this suite have."""
        return self.suite_fingerprints.get(suite, self.requested_fingerprint)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenLoop:
    """Requests that are sent at random times of their own, however many are in flight."""

    rate_per_s: float
    """Requests a second, on average."""
    warm_up_s: float = 0.0
    """Requests due in the first so many seconds keep no times: the queue has still to fill."""

    @property
    def load(self) -> str:
        """The stated load, such as `rate=2/s`."""
        return f"rate={self.rate_per_s:g}/s"


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The manifest of one run folder."""

    run_id: str
    created_at: str
    """UTC, ISO 8601."""
    finished_at: str | None = None
    sequence: int | None = None
    """Place among the runs of its folder, from 1: runs are put in order by it, since a clock can jump back.
    None for runs of an older evalkit, which come first."""
    status: RunStatus = "running"
    part: str | None = None
    """Why the plan is less than the whole suites: a limit, a slice; None when it is the whole."""
    partial_reason: str | None = None
    """Why it is partial or interrupted: its plan, a budget, the user."""
    note: str = ""
    purpose: Purpose = "measurement"
    """A run for `training` asked train items of a teacher: it is never evidence, and no store takes it."""
    seed: int = 0
    repeats: int = 1
    reuse: bool = False
    """Whether answers of earlier runs were taken where they fit."""
    samples_planned: int = 0
    suites: tuple[SuiteEntry, ...] = ()
    candidates: tuple[CandidateEntry, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    """evalkit, Python and each library that can change a number."""
    machine: Mapping[str, Any] = field(default_factory=dict)
    """Operating system, processor, cores, memory."""
    load: str | None = None
    """The stated load of the whole run, such as `rate=2/s`; None where each candidate has its own."""
    open_loop: OpenLoop | None = None
    """Set where requests were sent at a rate, and not as fast as `concurrency` allows."""
    command: str = ""
    """The command line that made it; never holds a key."""
