"""All that a judgement may read, gathered once: samples, runs, suites and accepted baselines.

Gate, comparison, routes and report read these records and nothing else. Nothing here opens a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evalkit.baseline.records import Accepted, Baseline
from evalkit.comparison.caveats import Caveat, caveats
from evalkit.comparison.marks import Marks, marks, suite_entry
from evalkit.comparison.pairs import Pairs, Side, pair, side
from evalkit.economics import CandidateFigures, figures
from evalkit.economics.evidence import groups, read_samples
from evalkit.records import Candidate, Manifest, Suite, SuiteEntry

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """Samples paired with accepted ones."""

    accepted: Accepted
    pairs: Pairs
    marks: Marks
    """Of the accepted samples."""
    caveats: tuple[Caveat, ...]

    @property
    def identical(self) -> bool:
        """Whether every accepted item was asked again and answered alike byte for byte."""
        pairs = self.pairs
        return pairs.identical and not (pairs.only_a or pairs.changed or pairs.faulted_share)

    @property
    def name(self) -> str:
        """What it is, in words."""
        summary = self.accepted.summary
        return f"baseline of {summary.accepted_at[:10]} ({summary.candidate}, run {summary.run_id})"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewerRun:
    """A run after the one that is evidence, in which the same suite and candidate were not measured whole."""

    suite: str
    candidate: str
    run_id: str
    samples: int
    changed: bool
    """Whether the candidate was asked in another way there: then the evidence is of what it was before."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One suite as one candidate answered it, with what it is held against."""

    suite: str
    candidate: str
    slot: str
    manifest: Manifest
    """Of the run that its samples are from."""
    rows: pd.DataFrame
    """Its samples as `read_samples` leaves them."""
    baseline: Baseline | None = None
    newer: NewerRun | None = None

    @property
    def entry(self) -> SuiteEntry | None:
        """The suite, with its stakes as they are now."""
        return suite_entry(self.manifest, self.suite)

    @property
    def setting(self) -> Candidate | None:
        """The candidate as the run used it; None when the manifest does not know it."""
        return next(
            (e.candidate for e in self.manifest.candidates if e.candidate.name == self.candidate), None
        )

    @cached_property
    def asked(self) -> bool:
        """Whether any sample was asked."""
        return bool((self.rows["answered"] | self.rows["faulted"]).any())

    @cached_property
    def side(self) -> Side:
        """Its samples and items, to be paired."""
        return side(self.rows)

    @cached_property
    def marks(self) -> Marks:
        """How its samples came about."""
        return marks(self.rows, self.manifest)

    @cached_property
    def last(self) -> Against | None:
        """Against the last accepted; None without a baseline."""
        return None if self.baseline is None else self._against(self.baseline.accepted)

    @cached_property
    def anchor(self) -> Against | None:
        """Against the anchor; None when its answers are those last accepted: they would count twice."""
        if self.baseline is None or self._anchor_is_last():
            return None
        return self._against(self.baseline.anchor)

    @property
    def accepted_itself(self) -> bool:
        """Whether these very samples are the last accepted ones."""
        if self.baseline is None:
            return False
        summary = self.baseline.accepted.summary
        return (summary.run_id, summary.candidate) == (self.manifest.run_id, self.candidate)

    def _anchor_is_last(self) -> bool:
        assert self.baseline is not None  # noqa: S101 - the caller has looked
        if self.baseline.anchored:
            return True
        first, last = (side(read_samples(a.samples)) for a in (self.baseline.anchor, self.baseline.accepted))
        pairs = pair(first, last)
        return pairs.identical and not (pairs.only_a or pairs.only_b or pairs.changed)

    def _against(self, accepted: Accepted) -> Against:
        rows = read_samples(accepted.samples)
        pairs = pair(side(rows), self.side)
        before = marks(rows, accepted.manifest)
        return Against(
            accepted=accepted,
            pairs=pairs,
            marks=before,
            caveats=caveats(self.suite, before, self.marks, pairs),
        )


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The samples of every suite × candidate with their runs, and the baselines of the project."""

    samples: pd.DataFrame
    """Rows of the flat view; of each suite and candidate those of one run."""
    manifests: tuple[Manifest, ...]
    """The runs, newest first, with the suites' stakes as they are now."""
    baselines: Mapping[tuple[str, str], Baseline] = field(default_factory=dict)
    """Suite and slot -> what was accepted."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """Candidate -> the slot whose baseline it is held against; its own name unless given."""
    suites: Mapping[str, Suite] = field(default_factory=dict)
    """The suites as the runs asked them."""
    restated: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Suite -> stakes that its file says now and its run did not know."""
    present: frozenset[str] | None = None
    """The project's candidates; None where the runs were named, so that all of them are meant."""
    newer: Sequence[NewerRun] = ()
    """Partial runs after those whose samples are evidence."""

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The samples with plain columns."""
        return read_samples(self.samples)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """One for each suite × candidate, in order of appearance."""
        return tuple(self._cells())

    @cached_property
    def figures(self) -> tuple[CandidateFigures, ...]:
        """What each cell achieves, costs and takes."""
        return figures(self.rows, manifests=self.manifests)

    def slot(self, candidate: str) -> str:
        """Return the slot that a candidate stands for."""
        return self.slots.get(candidate, candidate)

    def cell(self, suite: str, candidate: str) -> Cell | None:
        """Return the cell of that suite and candidate; None when there is none."""
        return self._by_name.get((suite, candidate))

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Cell]:
        return {(c.suite, c.candidate): c for c in self.cells}

    def _cells(self) -> Iterator[Cell]:
        by_run = {m.run_id: m for m in self.manifests}
        newer = {(n.suite, n.candidate): n for n in self.newer}
        for suite, candidate, rows in groups(self.rows):
            slot = self.slot(candidate)
            yield Cell(
                suite=suite,
                candidate=candidate,
                slot=slot,
                manifest=by_run.get(str(rows["run_id"].iloc[0]), self.manifests[0]),
                rows=rows,
                baseline=self.baselines.get((suite, slot)),
                newer=newer.get((suite, candidate)),
            )
