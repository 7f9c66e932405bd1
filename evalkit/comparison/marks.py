"""What must be said of evidence before it is believed: simulated, reused, partial, load, machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evalkit.credentials import mask_candidate
from evalkit.prices import LOCAL_BACKENDS
from evalkit.records import Candidate, Manifest, SuiteEntry, canonical_json, to_plain

if TYPE_CHECKING:
    import pandas as pd

_MACHINE_FACTS = ("system", "architecture", "processor", "cores")


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """How the samples of one suite × candidate came about."""

    suite_versions: tuple[str, ...] = ()
    scorer_hashes: tuple[str, ...] = ()
    prompt_hashes: tuple[str, ...] = ()
    requested_fingerprints: tuple[str, ...] = ()
    observed_fingerprints: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()
    repeats: int = 1
    """Most samples of one item."""
    simulated: int = 0
    """Samples that are made up."""
    reused: int = 0
    """Samples taken from another run."""
    partial: str | None = None
    """Why it is less than the whole suite; None when it is whole or nobody knows."""
    candidate: Candidate | None = None
    """As the run used it, without what looks like a key; None without a manifest."""
    decoding: str | None = None
    """Decoding settings as canonical JSON; None without a manifest."""
    file_hashes: Mapping[str, str] = field(default_factory=dict)
    """Content hashes of the files that the candidate names; empty without a manifest."""
    hardware: Mapping[str, Any] = field(default_factory=dict)
    """The machine's facts and the hardware that the candidate names; empty without a manifest."""
    local: bool = False
    """Whether the model ran on that machine, so that the hardware can change answers and times."""


def marks(group: pd.DataFrame, manifest: Manifest | None = None) -> Marks:
    """The marks of `group`, rows of `read_samples` of one suite and one candidate."""
    suite, name = str(group["suite"].iloc[0]), str(group["candidate"].iloc[0])
    candidate = _candidate(manifest, name)
    candidate = None if candidate is None else mask_candidate(candidate.at(suite))
    return Marks(
        suite_versions=_values(group, "suite_version"),
        scorer_hashes=_values(group, "scorer_hash"),
        prompt_hashes=_values(group, "prompt_hash"),
        requested_fingerprints=_values(group, "requested_fingerprint"),
        observed_fingerprints=_values(group, "observed_fingerprint"),
        loads=_values(group, "load"),
        repeats=int(group["repeat"].max()) + 1,
        simulated=int(group["simulated"].sum()),
        reused=int(group["reused_from"].notna().sum()),
        partial=partial_reason(manifest, suite, int((group["answered"] | group["faulted"]).sum())),
        candidate=candidate,
        decoding=None if candidate is None else canonical_json(to_plain(candidate.decoding)),
        file_hashes={} if candidate is None else candidate.file_hashes,
        hardware=_hardware(manifest, candidate),
        local=candidate is not None and is_local(candidate),
    )


def is_local(candidate: Candidate) -> bool:
    """Whether the candidate's model runs on the machine that the manifest describes."""
    return candidate.backend in LOCAL_BACKENDS or candidate.hardware is not None


def partial_reason(manifest: Manifest | None, suite: str, samples: int) -> str | None:
    """Why `samples` of one candidate are less than the whole suite; None when whole or without a manifest."""
    entry = suite_entry(manifest, suite)
    if manifest is None or entry is None:
        return None
    if entry.items_planned < entry.items_total:
        why = f" ({manifest.part})" if manifest.part else ""
        return f"{entry.items_planned} of {entry.items_total} items{why}"
    expected = entry.items_planned * manifest.repeats
    if samples < expected:
        why = manifest.partial_reason or ("the run is not finished" if manifest.status != "done" else "")
        return f"{samples} of {expected} samples" + (f" ({why})" if why else "")
    return None


def suite_entry(manifest: Manifest | None, suite: str) -> SuiteEntry | None:
    """The manifest's entry of that suite."""
    return next((e for e in manifest.suites if e.name == suite), None) if manifest else None


def _candidate(manifest: Manifest | None, name: str) -> Candidate | None:
    entries = manifest.candidates if manifest else ()
    return next((e.candidate for e in entries if e.candidate.name == name), None)


def _hardware(manifest: Manifest | None, candidate: Candidate | None) -> dict[str, Any]:
    if manifest is None:
        return {}
    facts = {k: manifest.machine[k] for k in _MACHINE_FACTS if k in manifest.machine}
    return facts | ({"hardware": candidate.hardware} if candidate and candidate.hardware else {})


def _values(group: pd.DataFrame, column: str) -> tuple[str, ...]:
    return tuple(sorted(str(v) for v in group[column].unique() if v is not None and v != ""))
