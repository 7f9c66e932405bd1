"""Score stored answers anew with the project's present suites: no new calls, new scores beside the old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evalkit.api.projects import open_project
from evalkit.api.running import not_loaded
from evalkit.api.suites import list_suites, load_suites
from evalkit.config import Project
from evalkit.errors import StoreError, SuiteError
from evalkit.families import compile_scorer, scorer_for, scorer_hash
from evalkit.records import (
    Candidate,
    Item,
    LaterScore,
    Manifest,
    Sample,
    Score,
    Suite,
    SuiteEntry,
    canonical_json,
)
from evalkit.runner import find_run
from evalkit.runner.folder import RunFolder
from evalkit.runner.journal import Journal, read_finished_samples


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreFlip:
    """One answer that the new scoring judges otherwise."""

    item_id: str
    repeat: int
    success: bool
    """By the new scoring."""
    error_kind: str | None
    """By the scoring that calls it wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rescored:
    """One suite × candidate under the old scoring and the new."""

    suite: str
    candidate: str
    old_scorer_hashes: tuple[str, ...]
    """The scorings that were current until now."""
    scorer_hash: str
    """The new scoring."""
    answers: int
    """Answers scored anew; faulted samples are none."""
    success_before: float | None
    """Share of these answers that were right by the old scoring; None when there is no answer."""
    success_after: float | None
    changed: int
    """Answers whose score differs in anything but its hash."""
    flips: tuple[ScoreFlip, ...]
    error_kinds_before: Mapping[str, int]
    """Error kind -> answers."""
    error_kinds_after: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteChange:
    """How a present suite differs from the one that a run asked."""

    suite: str
    version_then: str
    version_now: str
    changed: tuple[str, ...]
    """What differs: `scorer`, `targets`, `contract`, or nothing."""
    new_inputs: tuple[str, ...]
    """Items whose input changed since: their answers are answers to something else, and are left out."""
    gone: tuple[str, ...]
    """Items of the run that the suite has no more."""
    added: int
    """Test items of the suite that the run never asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RescoreReport:
    """What scoring a run anew came to."""

    run_id: str
    suites: tuple[SuiteChange, ...]
    results: tuple[Rescored, ...]
    left_out: tuple[str, ...]
    """Suites of the run that the project has no more."""
    written: int
    """Scores added to the run; 0 when all are there already, or when nothing was to be written."""
    note: str = ""
    """What is to be known besides, such as a store that was busy."""


def rescore(
    run: str | None = None,
    *,
    suites: Iterable[str] = (),
    dry_run: bool = False,
    project: Project | Path | str | None = None,
) -> RescoreReport:
    """Scores the stored answers of a run (None: the latest) with the present suites of those names.

    Args:
        run: The run.
        suites: Only these suites; none means all that the project still has.
        dry_run: Whether to tell what would change and write nothing.
        project: Where run and suites are; None finds `evalkit.yaml`.

    Raises:
        RunError: There is no such run, it is damaged, or it is in progress.
        SuiteError: A suite is unknown, has faults, or is of another family than it was.
    """
    home = open_project(project)
    folder = find_run(home.runs, run)
    manifest = folder.read_manifest()
    present, left_out = _present_suites(home, manifest, tuple(suites))
    with folder.lock():
        asked = {s.name: s for s in folder.read_suites(manifest)}
        changes = {s.name: _change(_entry(manifest, s.name), asked[s.name], s) for s in present}
        candidates = [e.candidate for e in manifest.candidates]
        samples = list(read_finished_samples(folder.journal_path).values())
        old_and_new = {s.name: list(_score_again(s, changes[s.name], samples, candidates)) for s in present}
        scores = [new for pairs in old_and_new.values() for old, new in pairs if old.score != new.score]
        if scores and not dry_run:
            _append(folder, scores)
    return RescoreReport(
        run_id=manifest.run_id,
        suites=tuple(changes.values()),
        results=tuple(r for s in present for r in _results(s, old_and_new[s.name])),
        left_out=left_out,
        written=0 if dry_run else len(scores),
        note=_load(home, folder) if scores and not dry_run else "",
    )


def _present_suites(
    home: Project, manifest: Manifest, wanted: tuple[str, ...]
) -> tuple[tuple[Suite, ...], tuple[str, ...]]:
    """The project's suites that the run asked, and the names of those that it has no more."""
    of_run = [e.name for e in manifest.suites]
    for name in wanted:
        if name not in of_run:
            raise SuiteError(
                f"run {manifest.run_id} asked no suite {name!r}", hint=f"it asked {', '.join(of_run)}"
            )
    known = set(list_suites(home))
    names = wanted or tuple(n for n in of_run if n in known)
    if not names:
        raise SuiteError(
            f"the project has none of the suites of run {manifest.run_id}",
            hint=f"it asked {', '.join(of_run)}",
        )
    return load_suites(home, names), tuple(n for n in of_run if n not in known and n not in names)


def _entry(manifest: Manifest, name: str) -> SuiteEntry:
    return next(e for e in manifest.suites if e.name == name)


def _change(entry: SuiteEntry, then: Suite, now: Suite) -> SuiteChange:
    if entry.family != now.family:
        raise SuiteError(
            f"suite {now.name!r} was of the family {entry.family} and is {now.family} now",
            where=now.path,
            hint="run it anew: those answers were given to another kind of question",
        )
    present = {i.id: i for i in now.items}
    asked = then.test_items
    kept = [(i, present[i.id]) for i in asked if i.id in present]
    said = {
        "scorer": _same(entry.scorer, now.scorer),
        "contract": _same(entry.contract, now.contract),
        "targets": all(_same(_target(a), _target(b)) for a, b in kept),
    }
    return SuiteChange(
        suite=now.name,
        version_then=entry.suite_version,
        version_now=now.suite_version,
        changed=tuple(what for what, same in said.items() if not same),
        new_inputs=tuple(a.id for a, b in kept if not _same(_input(a), _input(b))),
        gone=tuple(i.id for i in asked if i.id not in present),
        added=len({i.id for i in now.test_items} - {i.id for i in asked}),
    )


def _input(item: Item) -> list[object]:
    """What the model saw of the item."""
    return [item.input, item.messages, item.context, item.tools]


def _target(item: Item) -> list[object]:
    return [item.target, item.alternatives]


def _same(a: object, b: object) -> bool:
    return canonical_json(a) == canonical_json(b)


def _score_again(
    suite: Suite, change: SuiteChange, samples: Iterable[Sample], candidates: Iterable[Candidate]
) -> Iterator[tuple[Sample, LaterScore]]:
    """Each sample of the suite that can be scored anew, with its new score."""
    score, fresh = compile_scorer(suite), scorer_hash(suite)
    score_of = {c.name: scorer_for(score, c.at(suite.name)) for c in candidates}
    left_out = {*change.new_inputs, *change.gone}
    items = {i.id: i for i in suite.items if i.id not in left_out}
    for sample in samples:
        if sample.suite != suite.name or sample.item_id not in items or sample.score is None:
            continue
        # A fault stays a fault, whatever the scorer.
        answered = sample.status == "answered"
        new = score_of[sample.candidate](items[sample.item_id], sample.answer) if answered else sample.score
        yield (
            sample,
            LaterScore(
                suite=sample.suite,
                item_id=sample.item_id,
                candidate=sample.candidate,
                repeat=sample.repeat,
                score=replace(new, scorer_hash=fresh),
            ),
        )


def _append(folder: RunFolder, scores: list[LaterScore]) -> None:
    journal = Journal(folder.journal_path)
    try:
        journal.append(*scores)
    finally:
        journal.close()


def _load(home: Project, folder: RunFolder) -> str:
    from evalkit.store import Store, load_run

    try:
        return "\n".join(load_run(Store(home.store), folder.path).notes)
    except StoreError as error:
        return not_loaded(error, "the scores are safe", folder.path)


def _results(suite: Suite, pairs: list[tuple[Sample, LaterScore]]) -> Iterator[Rescored]:
    for candidate in dict.fromkeys(old.candidate for old, _ in pairs):
        answered = [
            (s, s.score, n.score)
            for s, n in pairs
            if s.candidate == candidate and s.status == "answered" and s.score
        ]
        yield Rescored(
            suite=suite.name,
            candidate=candidate,
            old_scorer_hashes=tuple(sorted({old.scorer_hash for _, old, _ in answered})),
            scorer_hash=scorer_hash(suite),
            answers=len(answered),
            success_before=_rate([old for _, old, _ in answered]),
            success_after=_rate([new for _, _, new in answered]),
            changed=sum(not _is_same_score(old, new) for _, old, new in answered),
            flips=tuple(_flip(s, old, new) for s, old, new in answered if old.success != new.success),
            error_kinds_before=_kinds([old for _, old, _ in answered]),
            error_kinds_after=_kinds([new for _, _, new in answered]),
        )


def _flip(sample: Sample, old: Score, new: Score) -> ScoreFlip:
    return ScoreFlip(
        item_id=sample.item_id,
        repeat=sample.repeat,
        success=new.success,
        error_kind=old.error_kind if new.success else new.error_kind,
    )


def _is_same_score(old: Score, new: Score) -> bool:
    """Whether two scores say the same; one of before forms were recorded says nothing of its form."""
    form = new.form if old.form is not None else None
    return replace(old, scorer_hash="") == replace(new, scorer_hash="", form=form)


def _rate(scores: list[Score]) -> float | None:
    return sum(s.success for s in scores) / len(scores) if scores else None


def _kinds(scores: list[Score]) -> dict[str, int]:
    return dict(Counter(s.error_kind for s in scores if s.error_kind is not None).most_common())
