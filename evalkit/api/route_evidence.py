"""What a project's routes are judged by: stored samples as tables, what may serve, and what a reader must
know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.api.evidence import gather_evidence, require_samples
from evalkit.backends import Stage, with_file_hashes
from evalkit.config import Project
from evalkit.economics import figures, with_prices, with_stakes
from evalkit.economics.evidence import read_samples
from evalkit.errors import near_names
from evalkit.evidence import Evidence
from evalkit.records import Candidate, Manifest, Stakes, Suite
from evalkit.routes.file import Pinned, RouteFile
from evalkit.routes.report import SuiteEvidence
from evalkit.routes.settings import RouteSettings, read_settings
from evalkit.routes.table import DERIVED, Features, suite_features, suite_table
from evalkit.runner.privacy import why_not_private

if TYPE_CHECKING:
    import pandas as pd

Changes = Mapping[str, Mapping[str, Any]]
"""Name -> fields to change: of a candidate's price, or of a suite's stakes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """All that the routes of a project are judged by."""

    home: Project
    settings: RouteSettings
    suites: tuple[SuiteEvidence, ...]
    notes: tuple[str, ...]

    @property
    def file(self) -> Path:
        """Where routes.yaml is or would be."""
        return self.home.root / self.settings.file


def gather(
    home: Project, run: str | None, suites: Sequence[str], prices: Changes, stakes: Changes
) -> Gathered:
    """Return the evidence of a project's suites.

    Args:
        home: The project.
        run: One run; None takes of each suite and candidate the latest whole run.
        suites: Only these suites; none means all.
        prices: Candidate -> fields of its price that are to be others.
        stakes: Suite -> stakes that are to be others.

    Raises:
        StoreError: The store holds no samples.
        RunError: There are none of a suite named.
    """
    evidence = gather_evidence(home, run, with_baselines=False)
    require_samples(evidence, home, suites)
    return gather_route_evidence(home, evidence, suites, prices, stakes)


def gather_route_evidence(
    home: Project,
    evidence: Evidence,
    suites: Sequence[str] = (),
    prices: Changes | None = None,
    stakes: Changes | None = None,
) -> Gathered:
    """Return what the routes of a project are judged by, from evidence at hand."""
    settings = read_settings(home.routes)
    samples, manifests = evidence.samples, evidence.manifests
    samples = samples[samples["suite"].isin(suites)] if suites else samples
    if prices:
        samples, manifests = with_prices(samples, manifests, prices)
    manifests = with_stakes(manifests, stakes or {})
    notes = tuple(
        f"Run {m.run_id} is partial ({m.partial_reason or m.part or m.status})."
        for m in manifests
        if m.status != "done" or m.part
    )
    of_suite = [
        _suite_evidence(
            home, str(name), group, manifests, evidence.suites.get(str(name)), settings.known_tags
        )
        for name, group in samples.groupby("suite", sort=True)
    ]
    restated = (
        f"{s}: stakes as suite.yaml says now: {_describe_settings(g)}." for s, g in evidence.restated.items()
    )
    notes = (*notes, *_unknown_tags(settings, evidence.suites.values()), *restated)
    return Gathered(home=home, settings=settings, suites=tuple(filter(None, of_suite)), notes=notes)


def _describe_settings(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {'unset' if value is None else value}" for name, value in given.items())


def _unknown_tags(settings: RouteSettings, suites: Iterable[Suite]) -> Iterator[str]:
    """A misspelt tag would quietly mean that no route goes by it."""
    there = {tag for suite in suites for item in suite.test_items for tag in item.tags}
    for tag in settings.known_tags or ():
        if tag not in there:
            yield f"`known_tags` names {tag!r}, and no item here has that tag: {near_names(tag, there)}"


def _suite_evidence(
    home: Project,
    name: str,
    group: pd.DataFrame,
    manifests: Sequence[Manifest],
    suite: Suite | None,
    known_tags: Sequence[str] | None,
) -> SuiteEvidence | None:
    entry = next(e for m in manifests for e in m.suites if e.name == name)
    candidates = {
        e.candidate.name: e.candidate.at(name)
        for m in reversed(manifests)
        if any(s.name == name for s in m.suites)
        for e in m.candidates
    }
    present = {n: c.at(name) for n, c in home.candidates.items()}
    rows = read_samples(group)
    if not (rows["answered"] | rows["faulted"]).any():
        return None
    table = suite_table(
        group,
        stakes=entry.stakes,
        features=_features(suite and replace(suite, stakes=entry.stakes), known_tags),
        out_of_scope=entry.contract.out_of_scope,
        timeouts_s={n: c.timeout_s for n, c in candidates.items()},
    )
    rows = rows[rows["candidate"].isin(table.names)]
    return SuiteEvidence(
        table=table,
        rows=rows,
        figures=figures(rows, manifests=manifests),
        candidates={n: candidates[n] for n in table.names},
        description=entry.description,
        forbidden=_forbidden(home, table.names, candidates, present, entry.stakes),
    )


def _features(suite: Suite | None, known_tags: Sequence[str] | None) -> Features | None:
    """What is known of each item before the call; None takes the tags."""
    if suite is not None:
        return suite_features(suite, known_tags)
    return None if known_tags is None else {}


def _forbidden(
    home: Project,
    names: Iterable[str],
    candidates: Mapping[str, Candidate],
    present: Mapping[str, Candidate],
    stakes: Stakes,
) -> dict[str, str]:
    """Candidate -> why it may not serve: the work may not leave, or it is no longer what was measured."""
    found = {}
    for name in names:
        private = why_not_private(candidates[name], home.private_hosts)
        now = present.get(name)
        if candidates[name].is_cheap_floor:
            found[name] = "it is a cheap floor: what a model has to beat"
        elif stakes.privacy == "local_only" and private is not None:
            found[name] = f"the suite is local_only, and {private[0]}"
        elif now is not None and _has_changed(home, now, candidates[name]):
            found[name] = "its settings have changed since it was measured; run it again"
    return found


def _has_changed(home: Project, present: Candidate, measured: Candidate) -> bool:
    """Whether the project's candidate is another than was measured; a file not at hand counts as the same."""
    now: Mapping[str, str] = {}
    if measured.file_hashes:
        (known,) = with_file_hashes([present], Stage(root=home.root))
        now = known.file_hashes
    present = replace(present, file_hashes={**measured.file_hashes, **now})
    return present.requested_fingerprint != measured.requested_fingerprint


def standing_notes(in_force: RouteFile, gathered: Gathered, today: date) -> Iterator[str]:
    """What does not stand of the routes in force."""
    for suite, route in in_force.routes.items():
        if route.accepted is not None and route.accepted.until < today:
            yield f"The route of {suite} was accepted until {route.accepted.until} and has expired."
    known = gathered.settings.known_tags
    for suite, route in in_force.routes.items():
        decides = {c.feature for branch in route.policy.branches for c in branch.when} - set(DERIVED)
        if tags := ", ".join(sorted(decides - set(decides if known is None else known))):
            yield (
                f"The route of {suite} goes by {tags}, which `known_tags` does not name: here no item meets "
                "that condition."
            )
    versions = {e.table.suite: e.table.suite_version for e in gathered.suites}
    for suite, route in in_force.routes.items():
        if suite in versions and route.evidence.suite_version not in ("", versions[suite]):
            yield f"The route of {suite} was accepted on another version of the suite."
    other = {
        name: (pinned, mark)
        for e in gathered.suites
        for name, mark in zip(e.table.names, e.table.fingerprints, strict=True)
        if name in in_force.candidates
        and (pinned := in_force.candidates[name].fingerprint_at(e.table.suite)) != mark
    }
    for name in (n for n in in_force.candidates if n in other):
        pinned, mark = other[name]
        yield (
            f"The routes in force hold for {name} as it was ({pinned}); "
            f"these samples are of another ({mark})."
        )


def pins(suites: Iterable[SuiteEvidence]) -> dict[str, Pinned]:
    """Every candidate as routes.yaml pins it: as it was measured."""
    found: dict[str, Pinned] = {}
    at: dict[str, dict[str, str]] = {}
    for e in suites:
        for name, candidate in e.candidates.items():
            mark = e.table.fingerprints[e.table.row(name)] or candidate.requested_fingerprint
            at.setdefault(name, {})[e.table.suite] = mark
            found[name] = Pinned(
                tier=candidate.tier, fingerprint=mark, backend=candidate.backend, model=candidate.model
            )
    several = {name: marks for name, marks in at.items() if len(set(marks.values())) > 1}
    return {name: replace(pin, by_suite=several.get(name, {})) for name, pin in found.items()}
