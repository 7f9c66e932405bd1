"""What a baseline says of itself, and a baseline as loaded: last accepted samples and fixed anchor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from evalkit.records import Manifest

if TYPE_CHECKING:
    import pandas as pd

Mark = Literal["partial", "simulated", "failed"]
"""Why evidence should not have been accepted, and was on purpose."""

FORMAT = 1
"""Version of the form on disk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BaselineSummary:
    """What a person reads in a diff; the samples and the manifest stand beside it, held by their hashes."""

    format: int = FORMAT
    suite: str
    slot: str
    """The candidate slot: what the candidate is called whose successors are judged by it."""
    candidate: str
    """Who answered."""
    tier: str
    accepted_at: str
    """UTC, ISO 8601."""
    accepted_by: str
    why: str
    marks: tuple[str, ...] = ()
    """`partial`, `simulated`, `failed`: accepted on purpose all the same."""
    partial_reason: str | None = None
    items: int
    samples: int
    repeats: int
    faulted: int
    success: float | None
    """Success rate over answered items; None without any."""
    success_low: float
    success_high: float
    confidence: float
    cost_per_success_usd: float | str | None
    """`inf` at no success; None when a cost is unknown."""
    latency_p95_s: float | str | None
    """End-to-end, in seconds; `inf` when time-outs without a known limit reach it."""
    run_id: str
    run_created_at: str
    suite_version: str
    scorer_hash: str
    prompt_hash: str
    requested_fingerprint: str
    observed_fingerprints: tuple[str, ...] = ()
    load: str | None = None
    hardware: Mapping[str, Any] = field(default_factory=dict)
    samples_sha256: str
    """Of the file of samples."""
    manifest_sha256: str
    """Of the manifest's file."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One accepted set of samples."""

    summary: BaselineSummary
    manifest: Manifest
    """The run's manifest with this suite and candidate alone."""
    samples: pd.DataFrame
    """Columns of the flat view."""

    @property
    def digest(self) -> str:
        """The samples' hash: equal digests hold the same samples."""
        return self.summary.samples_sha256


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A baseline of one suite × candidate slot."""

    suite: str
    slot: str
    accepted: Accepted
    """Last accepted."""
    anchor: Accepted
    """Accepted first, fixed until it is set anew on purpose."""

    @property
    def anchored(self) -> bool:
        """Whether the last accepted samples are the anchor themselves."""
        return self.accepted.digest == self.anchor.digest


@dataclass(frozen=True, kw_only=True, slots=True)
class LogEntry:
    """One line of a baseline's history."""

    accepted_at: str
    accepted_by: str
    why: str
    run_id: str
    candidate: str
    success: float | None
    items: int
    marks: tuple[str, ...] = ()
    anchored: bool = False
    """Whether the anchor was set by it."""
    samples_sha256: str
