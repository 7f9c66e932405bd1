"""A run's page as data: what made the figures, what went wrong on the way, and how to repeat it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from evalkit.records import CandidateEntry, Decoding, Manifest, Price, canonical_json
from evalkit.reporting.frames import Frames, total
from evalkit.reporting.hostile import one_line, slug
from evalkit.reporting.view.figures import Figure
from evalkit.wording import UNKNOWN, moment, usd

Facts = tuple[tuple[str, str], ...]
"""Name and value, for a list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCandidate:
    """A candidate as the run used it, with what became of its samples."""

    name: str
    tier: str
    simulated: bool
    backend: str
    model: str
    output: str
    prompt: str
    decoding: str
    price: str
    fingerprint: str
    runtime: Facts
    samples: int
    faulted: int
    retried: int
    reused: int
    cost: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSuite:
    """A suite as the run used it."""

    name: str
    family: str
    version: str
    scorer_hash: str
    planned: int
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPage:
    """One run."""

    template: ClassVar[str] = "run.html.j2"
    figures: ClassVar[tuple[Figure, ...]] = ()

    run_id: str
    href: str
    label: str
    status: str
    facts: Facts
    command: str
    suites: tuple[RunSuite, ...]
    candidates: tuple[RunCandidate, ...]
    faults: tuple[tuple[str, str, int], ...]
    """(candidate, error kind, samples) for samples without an answer."""
    versions: Facts
    machine: Facts


def build_run(manifest: Manifest, frames: Frames, *, alone: bool) -> RunPage:
    """The page of one run; `alone` when the report has no other."""
    samples = frames.samples[frames.samples["run_id"] == manifest.run_id]
    faulted = samples[samples["status"] == "faulted"]
    kinds = faulted["error_kind"].replace("", "unknown")
    counts = faulted.groupby([faulted["candidate"], kinds]).size()
    return RunPage(
        run_id=manifest.run_id,
        href=f"runs/{slug(manifest.run_id)}.html",
        label="Run" if alone else f"Run {one_line(manifest.run_id, 24)}",
        status=manifest.status,
        facts=_facts(manifest, len(samples)),
        command=manifest.command,
        suites=tuple(
            RunSuite(
                name=e.name,
                family=e.family,
                version=e.suite_version,
                scorer_hash=e.scorer_hash,
                planned=e.items_planned,
                total=e.items_total,
            )
            for e in manifest.suites
        ),
        candidates=tuple(_candidate(entry, samples) for entry in manifest.candidates),
        faults=tuple((str(k[0]), str(k[1]), int(n)) for k, n in counts.items()),  # type: ignore[index]
        versions=_pairs(manifest.versions),
        machine=_pairs(manifest.machine),
    )


def _facts(manifest: Manifest, samples: int) -> Facts:
    return (
        ("Started", moment(manifest.created_at)),
        ("Finished", moment(manifest.finished_at) if manifest.finished_at else "not finished"),
        ("Status", manifest.status + (f": {manifest.partial_reason}" if manifest.partial_reason else "")),
        ("Samples", f"{samples:,} here of {manifest.samples_planned:,} planned"),
        ("Seed", str(manifest.seed)),
        ("Repeats", str(manifest.repeats)),
        ("Load", manifest.load or "not stated"),
        *((("Note", manifest.note),) if manifest.note else ()),
    )


def _candidate(entry: CandidateEntry, samples: Any) -> RunCandidate:
    candidate = entry.candidate
    own = samples[samples["candidate"] == candidate.name]
    cost = total(own.loc[own["status"] != "not_asked", "cost_usd"])
    return RunCandidate(
        name=candidate.name,
        tier=candidate.tier,
        simulated=entry.simulated,
        backend=candidate.backend,
        model=candidate.model,
        output=candidate.output,
        prompt=candidate.prompt,
        decoding=_decoding(candidate.decoding),
        price=_price(candidate.price),
        fingerprint=entry.requested_fingerprint,
        runtime=_pairs(
            {
                **{f"at {suite}": canonical_json(own) for suite, own in candidate.by_suite.items()},
                **entry.runtime,
            }
        ),
        samples=len(own),
        faulted=int((own["status"] == "faulted").sum()),
        retried=int((own["attempts"].fillna(1).astype(float) > 1).sum()),
        reused=int(own["reused_from"].notna().sum()),
        cost=usd(cost) if cost is not None else UNKNOWN,
    )


def _decoding(decoding: Decoding) -> str:
    settings = {
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        "max_tokens": decoding.max_tokens,
        "seed": decoding.seed,
    }
    words = [f"{name} {value:g}" for name, value in settings.items() if value is not None]
    return ", ".join(words) or "the server's own"


def _price(price: Price) -> str:
    parts = [
        (price.input_usd_per_mtok, "a million input tokens"),
        (price.output_usd_per_mtok, "a million output tokens"),
        (price.usd_per_request, "a request"),
        (price.machine_usd_per_hour, "a machine-hour"),
    ]
    words = [f"{usd(value)} {unit}" for value, unit in parts if value is not None]
    return ", ".join(words) or "by the price library"


def _pairs(values: Mapping[str, Any]) -> Facts:
    return tuple((str(k), one_line(str(v), 300)) for k, v in values.items())
