"""Variants of one model in a run, held against one of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from evalkit.api.evidence import run_manifest
from evalkit.api.judging import gate_margins
from evalkit.api.projects import open_project, open_store
from evalkit.comparison import Variants
from evalkit.comparison import compare_variants as compare_variants_of
from evalkit.config import Project


def compare_variants(
    base: str,
    *,
    reference: str | None = None,
    run: str | None = None,
    suites: Iterable[str] = (),
    margin: float | None = None,
    confidence: float = 0.95,
    project: Project | Path | str | None = None,
) -> Variants:
    """What each variant of a model costs in success and saves in time and memory, by suite and slice.

    Args:
        base: The `base` that the candidates share.
        reference: The variant that the others are held against; None takes the one that is named as the base
            is, else the run's first.
        run: The run that asked them; None takes the latest.
        suites: Only these suites; none means all.
        margin: The loss that still counts as no worse; None takes the gate's for each suite.
        confidence: Of each interval.
        project: Where the runs are; None finds `evalkit.yaml`.

    Raises:
        UsageError: No two candidates of the run share the base.
        RunError: There is no such run.
    """
    home = open_project(project)
    manifest = run_manifest(home, run)
    samples = open_store(project=home).samples(manifest.run_id)
    if wanted := frozenset(suites):
        samples = samples[samples["suite"].isin(wanted)]
    return compare_variants_of(
        samples,
        manifest,
        base,
        reference=reference,
        margin=gate_margins(home, manifest) if margin is None else margin,
        confidence=confidence,
    )
