"""Gathers a project's evidence: of each suite and candidate the latest whole run, with what was accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.api.projects import open_store
from evalkit.api.suites import list_suites
from evalkit.baseline import Baseline, list_baselines, load_baseline
from evalkit.config import Project
from evalkit.economics import with_stakes
from evalkit.errors import RunError, StoreError, near_names
from evalkit.evidence import Evidence, NewerRun
from evalkit.records import Manifest, Suite, to_plain
from evalkit.runner import find_run
from evalkit.runner.folder import RunFolder
from evalkit.suites.contract import read_suite_file

if TYPE_CHECKING:
    from evalkit.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Samples that one run holds of one suite and candidate."""

    suite: str
    candidate: str
    run_id: str
    samples: int
    fingerprint: str
    """Hash of all that was asked for of the candidate."""
    whole: bool
    """Whether the run is done and asked every test item as often as planned."""


def gather_evidence(
    home: Project,
    runs: str | Iterable[str] | None = None,
    *,
    slots: Mapping[str, str] | None = None,
    with_baselines: bool = True,
    with_suites: bool = True,
    store: Store | None = None,
) -> Evidence:
    """Return the evidence of a project, read once.

    Of each suite and candidate that is the latest whole run; where there is none, the latest. Newer partial
    runs are named beside it.

    Args:
        home: The project.
        runs: Only these runs, such as the shards of a CI matrix; None takes all.
        slots: Candidate -> the slot whose baseline it is held against.
        with_baselines: False leaves what was accepted out.
        with_suites: False leaves the suites' items out.
        store: The project's store, when it is open; None opens it.

    Raises:
        StoreError: The store holds no samples.
        RunError: A run is unknown.
        BaselineError: A baseline is damaged; names the file.
    """
    store = store or open_store(project=home)
    named = [runs] if isinstance(runs, str) else None if runs is None else list(runs)
    wanted = None if named is None else [find_run(home.runs, name).run_id for name in named]
    found = _find_measured(store, wanted)
    chosen, newer = choose_runs(found)
    folders = _folders(home, wanted, chosen)
    manifests = [manifest for manifest, _ in folders]
    if wanted is None:
        newer += _find_unmeasured(manifests, chosen, newer)
    restated = present_stakes(home, manifests)
    return Evidence(
        samples=store.chosen_samples([(m.suite, m.candidate, m.run_id) for m in chosen]),
        manifests=with_stakes(manifests, restated),
        restated=restated,
        baselines=load_baselines(home) if with_baselines else {},
        slots=slots or {},
        suites=_suites_asked(folders) if with_suites else {},
        present=frozenset(home.candidates) if wanted is None and home.candidates else None,
        newer=tuple(newer),
    )


def choose_runs(measured: Iterable[Measured]) -> tuple[list[Measured], list[NewerRun]]:
    """Return the run that is evidence of each suite × candidate, and the newest partial one after it.

    Args:
        measured: What each run holds, the newest first.
    """
    by_pair: dict[tuple[str, str], list[Measured]] = {}
    for one in measured:
        by_pair.setdefault((one.suite, one.candidate), []).append(one)
    chosen, newer = [], []
    for held in by_pair.values():
        best = next((m for m in held if m.whole), held[0])
        chosen.append(best)
        if best is not held[0]:
            newer.append(_newer(held[0], best))
    return chosen, newer


def load_baselines(home: Project) -> dict[tuple[str, str], Baseline]:
    """Return every baseline of the project by suite and slot.

    Raises:
        BaselineError: One is damaged; names the file.
    """
    names = list_baselines(home.baselines)
    return {(n.suite, n.slot): load_baseline(home.baselines, n.suite, n.slot) for n in names}


def run_manifest(home: Project, run: str | None) -> Manifest:
    """Return the manifest of a run of the project (None: the latest).

    Raises:
        RunError: There is no such run.
    """
    return find_run(home.runs, run).read_manifest()


def present_stakes(home: Project, manifests: Sequence[Manifest]) -> dict[str, dict[str, Any]]:
    """Return suite -> stakes that suite.yaml says now and the run did not know; they change no request.

    A suite that is gone or broken keeps the stakes of its run.
    """
    there = list_suites(home)
    found: dict[str, dict[str, Any]] = {}
    for entry in {e.name: e for m in reversed(manifests) for e in m.suites}.values():
        suite = read_suite_file(there[entry.name]).suite if entry.name in there else None
        if suite is not None and suite.family == entry.family:
            before = to_plain(entry.stakes)
            changed = {k: v for k, v in to_plain(suite.stakes).items() if v != before.get(k)}
            if changed:
                found[entry.name] = changed
    return found


def require_samples(evidence: Evidence, home: Project, suites: Iterable[str] = ()) -> None:
    """Raise if there are no samples, or none of a suite named.

    Raises:
        StoreError: There are none at all.
        RunError: There are none of that suite; names the near ones.
    """
    if evidence.samples.empty:
        raise StoreError("the store holds no samples yet", where=str(home.store), hint="evalkit run")
    known = [str(name) for name in evidence.samples["suite"].unique()]
    for name in suites:
        if name not in known:
            raise RunError(f"there are no samples of suite {name!r}", hint=near_names(name, known))


def _find_measured(store: Store, runs: Sequence[str] | None) -> list[Measured]:
    rows = store.measured(runs).to_dict("records")
    return [
        Measured(
            suite=row["suite"],
            candidate=row["candidate"],
            run_id=row["run_id"],
            samples=int(row["samples"]),
            fingerprint=str(row["fingerprint"] or ""),
            whole=bool(row["whole"]),
        )
        for row in rows
    ]


def _suites_asked(folders: Sequence[tuple[Manifest, RunFolder]]) -> dict[str, Suite]:
    """The suites as the runs asked them; the newest run's where several asked one."""
    return {s.name: s for manifest, folder in reversed(folders) for s in folder.read_suites(manifest)}


def _newer(newer: Measured, chosen: Measured) -> NewerRun:
    return NewerRun(
        suite=newer.suite,
        candidate=newer.candidate,
        run_id=newer.run_id,
        samples=newer.samples,
        changed=newer.fingerprint != chosen.fingerprint,
    )


def _folders(
    home: Project, wanted: Sequence[str] | None, chosen: Iterable[Measured]
) -> list[tuple[Manifest, RunFolder]]:
    """The runs of the evidence, and those asked for (without any named, the latest): what they planned and
    lack must be seen. Newest first."""
    latest = [find_run(home.runs).run_id] if wanted is None else wanted
    names = {*latest, *(m.run_id for m in chosen)}
    folders = [find_run(home.runs, name) for name in names]
    found = [(folder.read_manifest(), folder) for folder in folders]
    return sorted(found, key=lambda one: _place(one[0]), reverse=True)


def _place(manifest: Manifest) -> tuple[int, str, str]:
    """Where a run stands among others; a clock may have jumped, so that its number comes first."""
    return (manifest.sequence or 0, manifest.created_at, manifest.run_id)


def _find_unmeasured(
    manifests: Sequence[Manifest], chosen: Iterable[Measured], newer: Iterable[NewerRun]
) -> list[NewerRun]:
    """What the newest run planned and has no sample of, though an older one does."""
    last = manifests[0]
    known = {(n.suite, n.candidate) for n in newer}
    entries = {e.candidate.name: e for e in last.candidates}
    suites = {e.name for e in last.suites}
    return [
        NewerRun(
            suite=m.suite,
            candidate=m.candidate,
            run_id=last.run_id,
            samples=0,
            changed=entries[m.candidate].fingerprint_at(m.suite) != m.fingerprint,
        )
        for m in chosen
        if m.run_id != last.run_id
        and m.suite in suites
        and m.candidate in entries
        and (m.suite, m.candidate) not in known
    ]
