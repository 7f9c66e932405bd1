"""Accepts the samples of one suite × candidate as the baseline of a slot."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.baseline.records import Accepted, BaselineSummary, LogEntry, Mark
from evalkit.baseline.store import (
    ANCHOR,
    SUMMARY,
    append_log,
    digest,
    encode,
    load_accepted,
    slot_folder,
    write_accepted,
)
from evalkit.comparison.marks import Marks, marks
from evalkit.economics.evidence import read_samples
from evalkit.economics.figures import CandidateFigures, candidate_figures
from evalkit.errors import BaselineError, UsageError
from evalkit.records import Manifest

if TYPE_CHECKING:
    import pandas as pd


def promote(
    folder: Path,
    samples: pd.DataFrame,
    manifest: Manifest,
    *,
    who: str,
    why: str,
    when: str,
    slot: str | None = None,
    failed: bool = False,
    allow: Collection[Mark] = (),
    re_anchor: bool = False,
    confidence: float = 0.95,
) -> Accepted:
    """Writes the samples under `folder` as the accepted ones of their suite and slot.

    The first that is accepted becomes the anchor and stays it until `re_anchor`.

    Args:
        folder: The project's `baselines/`.
        samples: Rows of the flat view, of one suite, one candidate and one run.
        manifest: The run.
        who: Who accepts.
        why: The reason, for those who read the log.
        when: UTC, ISO 8601.
        slot: The candidate slot; None takes the candidate's name.
        failed: Whether the gate failed this evidence.
        allow: Marks that are accepted on purpose; they stay in the summary.
        re_anchor: Makes these samples the anchor too.
        confidence: Of the interval in the summary.

    Raises:
        UsageError: No reason was given, or the samples are not of one suite × candidate.
        BaselineError: The evidence is partial, simulated or failed and that is not allowed, or nothing was
            answered.
    """
    if not why.strip():
        raise UsageError("a baseline needs a reason", hint="say it with --why TEXT")
    rows = _one_cell(read_samples(samples))
    evidence = marks(rows, manifest)
    found = _marks(evidence, failed)
    _refuse(found, allow, evidence)
    suite, candidate = str(rows["suite"].iloc[0]), str(rows["candidate"].iloc[0])
    kept = samples[(samples["status"] != "not_asked").to_numpy()]
    reduced = _reduce_manifest(manifest, suite, candidate)
    data, text = encode(kept, reduced)
    summary = _summary(
        candidate_figures(rows, confidence=confidence),
        evidence,
        reduced,
        slot=slot or candidate,
        who=who,
        why=why.strip(),
        when=when,
        found=found,
        hashes=(digest(data), digest(text)),
    )
    place = slot_folder(folder, suite, slot or candidate)
    anchored = re_anchor or not (place / ANCHOR / SUMMARY).exists()
    write_accepted(place, summary, data, text)
    if anchored:
        write_accepted(place / ANCHOR, summary, data, text)
    append_log(place, _log_entry(summary, anchored))
    return load_accepted(place)


def _one_cell(rows: pd.DataFrame) -> pd.DataFrame:
    if not rows["answered"].any():
        raise BaselineError("nothing was answered: there is nothing to accept")
    for column in ("suite", "candidate", "run_id"):
        names = sorted(str(v) for v in rows[column].unique())
        if len(names) > 1:
            raise UsageError(
                f"a baseline holds one {column}, not {len(names)}: {', '.join(names[:6])}",
                hint="choose one with --suite and --candidate",
            )
    return rows


def _marks(evidence: Marks, failed: bool) -> tuple[Mark, ...]:
    present: dict[Mark, bool] = {
        "partial": evidence.partial is not None,
        "simulated": evidence.simulated > 0,
        "failed": failed,
    }
    return tuple(mark for mark, here in present.items() if here)


def _refuse(found: tuple[Mark, ...], allow: Collection[Mark], evidence: Marks) -> None:
    refused = [mark for mark in found if mark not in allow]
    if not refused:
        return
    because = {
        "partial": f"partial: {evidence.partial}",
        "simulated": f"simulated: {evidence.simulated} samples are made up",
        "failed": "failed: the gate says that it is worse",
    }
    raise BaselineError(
        f"this evidence is {'; '.join(because[mark] for mark in refused)}",
        hint="to accept it all the same, with a mark: " + " ".join(f"--allow-{mark}" for mark in refused),
    )


def _reduce_manifest(manifest: Manifest, suite: str, candidate: str) -> Manifest:
    """The manifest of this suite and candidate alone; no card, no path of a machine."""
    return replace(
        manifest,
        suites=tuple(replace(e, card="", path=None) for e in manifest.suites if e.name == suite),
        candidates=tuple(e for e in manifest.candidates if e.candidate.name == candidate),
    )


def _summary(
    figures: CandidateFigures,
    evidence: Marks,
    manifest: Manifest,
    *,
    slot: str,
    who: str,
    why: str,
    when: str,
    found: tuple[Mark, ...],
    hashes: tuple[str, str],
) -> BaselineSummary:
    latency = figures.latency.end_to_end_s
    cost = figures.cost.per_success_usd
    return BaselineSummary(
        suite=figures.suite,
        slot=slot,
        candidate=figures.candidate,
        tier=figures.tier,
        accepted_at=when,
        accepted_by=who,
        why=why,
        marks=found,
        partial_reason=evidence.partial,
        items=figures.items,
        samples=figures.samples,
        repeats=evidence.repeats,
        faulted=figures.faulted,
        success=_round(figures.success.estimate),
        success_low=round(figures.success.low, 4),
        success_high=round(figures.success.high, 4),
        confidence=figures.success.confidence,
        cost_per_success_usd=_plain(cost.estimate if cost else None),
        latency_p95_s=_plain(latency.p95.estimate if latency else None),
        run_id=manifest.run_id,
        run_created_at=manifest.created_at,
        suite_version=_join_values(evidence.suite_versions),
        scorer_hash=_join_values(evidence.scorer_hashes),
        prompt_hash=_join_values(evidence.prompt_hashes),
        requested_fingerprint=_join_values(evidence.requested_fingerprints),
        observed_fingerprints=evidence.observed_fingerprints,
        load=_join_values(evidence.loads) or None,
        hardware=evidence.hardware,
        samples_sha256=hashes[0],
        manifest_sha256=hashes[1],
    )


def _log_entry(summary: BaselineSummary, anchored: bool) -> LogEntry:
    return LogEntry(
        accepted_at=summary.accepted_at,
        accepted_by=summary.accepted_by,
        why=summary.why,
        run_id=summary.run_id,
        candidate=summary.candidate,
        success=summary.success,
        items=summary.items,
        marks=summary.marks,
        anchored=anchored,
        samples_sha256=summary.samples_sha256,
    )


def _join_values(values: tuple[str, ...]) -> str:
    return ", ".join(values)


def _round(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def _plain(value: float | None) -> float | str | None:
    """A figure to read: four significant digits, infinity as text."""
    if value is None or math.isnan(value):
        return None
    return "inf" if math.isinf(value) else float(f"{value:.4g}")
