"""Compares two sides item by item: first what is not comparable, then what changed, for certain or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.comparison.agreement import Agreement, agreement
from evalkit.comparison.caveats import Caveat, caveats
from evalkit.comparison.changes import (
    Change,
    ErrorKindChange,
    cost_change,
    error_kind_changes,
    format_change,
    latency_change,
    score_change,
    token_change,
)
from evalkit.comparison.forms import FormChange, form_changes
from evalkit.comparison.groups import GroupComparison, compare_group, compare_slices, outcomes, pool_successes
from evalkit.comparison.marks import Marks, marks, suite_entry
from evalkit.comparison.pairs import Flip, Pairs, flips, pair, side
from evalkit.comparison.steadiness import Noise, noise
from evalkit.economics.evidence import read_samples
from evalkit.economics.figures import CandidateFigures, candidate_figures
from evalkit.errors import UsageError
from evalkit.records import Candidate, Manifest, Stakes, clean_json, to_plain
from evalkit.stats import PairedDifference

if TYPE_CHECKING:
    import pandas as pd

Margins = float | Mapping[str, float] | None
"""The loss that still counts as no worse: one for all suites, one by suite, or the suites' own."""

DEFAULT_MARGIN = 0.05
"""The loss that still counts as no worse, where neither suite nor caller says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteComparison:
    """Two candidates at one suite."""

    suite: str
    family: str
    candidate_a: str
    candidate_b: str
    marks_a: Marks
    marks_b: Marks
    overall: GroupComparison
    slices: tuple[GroupComparison, ...]
    pairs: int
    """Items that both sides answered."""
    shared: int
    """Items that both sides asked."""
    faulted_share: float
    """Share of the shared items' samples that a fault on either side took out."""
    identical: bool
    """Whether all answers are the same byte for byte."""
    flips: tuple[Flip, ...]
    """Broken items first."""
    agreement: Agreement
    error_kinds: tuple[ErrorKindChange, ...]
    score: Change
    format_valid: PairedDifference
    forms: tuple[FormChange, ...]
    """How the mix of forms changed; empty where it is not known on a side."""
    input_tokens: Change
    """Per sample."""
    output_tokens: Change
    cost_per_success_usd: Change
    service_s: Change
    end_to_end_s: Change
    ttft_s: Change
    noise: Noise | None
    """What repeating alone does; None when neither side was repeated."""
    figures_a: CandidateFigures
    """All that is known of the first side, unpaired items and faults included."""
    figures_b: CandidateFigures

    @property
    def broken(self) -> tuple[Flip, ...]:
        """Items where the first side did better."""
        return tuple(f for f in self.flips if f.direction == "broken")

    @property
    def fixed(self) -> tuple[Flip, ...]:
        """Items where the second side did better."""
        return tuple(f for f in self.flips if f.direction == "fixed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """All that can be said of two sides."""

    label_a: str
    label_b: str
    caveats: tuple[Caveat, ...]
    """What is not comparable, to be read first."""
    suites: tuple[SuiteComparison, ...]
    families: tuple[GroupComparison, ...]
    overall: GroupComparison | None
    """All suites together; None when no suite is on both sides."""

    def to_json(self) -> dict[str, Any]:
        """The plain form; numbers that JSON lacks as text (`inf`, `nan`)."""
        plain: dict[str, Any] = clean_json(to_plain(self))
        return plain


def compare(
    a: pd.DataFrame,
    b: pd.DataFrame,
    *,
    label_a: str = "A",
    label_b: str = "B",
    manifest_a: Manifest | None = None,
    manifest_b: Manifest | None = None,
    margin: Margins = None,
    confidence: float = 0.95,
    rng: np.random.Generator | None = None,
) -> Comparison:
    """Compares the samples of two sides; differences are second minus first.

    Args:
        a: Rows of the flat view, one candidate a suite.
        b: The same for the side that is judged.
        label_a: What the first side is called.
        label_b: What the second side is called.
        manifest_a: The run of the first side: its machine, decoding, prices and what is partial.
        manifest_b: The run of the second side.
        margin: The loss that still counts as no worse, or one by suite; None takes the suite's own.
        confidence: Of each interval.
        rng: Draws bootstrap resamples; a fixed seed when None, so that equal input gives equal output.

    Raises:
        UsageError: A side holds several candidates of one suite, or no suite is on both sides.
    """
    rng = rng or np.random.default_rng(0)
    first, second = _by_suite(a, label_a), _by_suite(b, label_b)
    shared = [suite for suite in first if suite in second]
    if not shared:
        raise UsageError(
            f"{label_a} and {label_b} have no suite in common",
            hint=f"{label_a} has {', '.join(first) or 'none'}; {label_b} has {', '.join(second) or 'none'}",
        )
    found = []
    notes = list(_lone_suites(first, second, label_a, label_b))
    for suite in shared:
        pairs = pair(side(first[suite]), side(second[suite]))
        marked = (marks(first[suite], manifest_a), marks(second[suite], manifest_b))
        notes += caveats(suite, *marked, pairs)
        limit = _margin(margin, suite, manifest_b or manifest_a)
        compared = compare_pairs(
            pairs, marked, (manifest_a, manifest_b), margin=limit, confidence=confidence, rng=rng
        )
        found.append((pairs, compared))
    return Comparison(
        label_a=label_a,
        label_b=label_b,
        caveats=tuple(notes),
        suites=tuple(comparison for _, comparison in found),
        families=_families([pairs for pairs, _ in found], margin, confidence),
        overall=_compare_pooled("overall", "overall", [pairs for pairs, _ in found], margin, confidence),
    )


def compare_pairs(
    pairs: Pairs,
    marked: tuple[Marks, Marks],
    manifests: tuple[Manifest | None, Manifest | None],
    *,
    margin: float,
    confidence: float = 0.95,
    rng: np.random.Generator | None = None,
) -> SuiteComparison:
    """Compare the paired samples of one suite.

    Args:
        pairs: The items that both sides answered.
        marked: How the samples of each side came about.
        manifests: The run of each side.
        margin: The loss that still counts as no worse.
        confidence: Of each interval.
        rng: Draws bootstrap resamples; a fixed seed when None, so that equal input gives equal output.
    """
    rng = rng or np.random.default_rng(0)
    return SuiteComparison(
        suite=pairs.suite,
        family=pairs.family,
        candidate_a=pairs.a.candidate,
        candidate_b=pairs.b.candidate,
        marks_a=marked[0],
        marks_b=marked[1],
        overall=compare_group("suite", pairs.suite, outcomes(pairs), margin=margin, confidence=confidence),
        slices=compare_slices(pairs, margin=margin, confidence=confidence),
        pairs=len(pairs),
        shared=pairs.shared,
        faulted_share=pairs.faulted_share,
        identical=pairs.identical,
        flips=flips(pairs),
        agreement=agreement(pairs, confidence),
        error_kinds=error_kind_changes(pairs, confidence),
        score=score_change(pairs, rng, confidence),
        format_valid=format_change(pairs, confidence),
        forms=form_changes(pairs, confidence),
        input_tokens=token_change(pairs, "input_tokens", confidence),
        output_tokens=token_change(pairs, "output_tokens", confidence),
        cost_per_success_usd=cost_change(pairs, rng, confidence),
        service_s=latency_change(pairs, "latency_s", confidence),
        end_to_end_s=latency_change(pairs, "e2e_latency_s", confidence),
        ttft_s=latency_change(pairs, "ttft_s", confidence),
        noise=noise(pairs),
        figures_a=_figures(pairs, 0, manifests[0], confidence),
        figures_b=_figures(pairs, 1, manifests[1], confidence),
    )


def _figures(pairs: Pairs, which: int, manifest: Manifest | None, confidence: float) -> CandidateFigures:
    one = (pairs.a, pairs.b)[which]
    return candidate_figures(
        one.rows,
        stakes=_stakes(manifest, pairs.suite),
        candidate=_candidate(manifest, one.candidate),
        table=one.table,
        confidence=confidence,
    )


def _by_suite(samples: pd.DataFrame, label: str) -> dict[str, pd.DataFrame]:
    found: dict[str, pd.DataFrame] = {}
    for suite, group in read_samples(samples).groupby("suite", sort=False):
        names = sorted(str(n) for n in group["candidate"].unique())
        if len(names) > 1:
            raise UsageError(
                f"{label} holds several candidates of suite {suite!r}: {', '.join(names[:6])}",
                hint="choose one of them to compare",
            )
        found[str(suite)] = group
    return found


def _lone_suites(
    first: Mapping[str, Any], second: Mapping[str, Any], label_a: str, label_b: str
) -> list[Caveat]:
    lone = [(s, label_a) for s in first if s not in second] + [(s, label_b) for s in second if s not in first]
    return [
        Caveat(kind="suite", suite=suite, message=f"only {label} has this suite: it is not compared")
        for suite, label in lone
    ]


def _families(parts: Sequence[Pairs], margin: Margins, confidence: float) -> tuple[GroupComparison, ...]:
    families = dict.fromkeys(pairs.family for pairs in parts)
    return tuple(
        _compare_pooled("family", family, [p for p in parts if p.family == family], margin, confidence)
        for family in families
    )


def _compare_pooled(
    scope: Any,
    name: str,
    parts: Sequence[Pairs],
    margin: Margins,
    confidence: float,
) -> GroupComparison:
    limit = margin if isinstance(margin, float) else DEFAULT_MARGIN
    return compare_group(scope, name, pool_successes(parts), margin=limit, confidence=confidence)


def _margin(margin: Margins, suite: str, manifest: Manifest | None) -> float:
    if isinstance(margin, Mapping):
        return margin.get(suite, DEFAULT_MARGIN)
    if margin is not None:
        return margin
    stakes = _stakes(manifest, suite)
    return DEFAULT_MARGIN if stakes is None or stakes.margin is None else stakes.margin


def _stakes(manifest: Manifest | None, suite: str) -> Stakes | None:
    entry = suite_entry(manifest, suite)
    return None if entry is None else entry.stakes


def _candidate(manifest: Manifest | None, name: str) -> Candidate | None:
    entries = manifest.candidates if manifest else ()
    return next((e.candidate for e in entries if e.candidate.name == name), None)
