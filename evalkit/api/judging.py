"""Compare, judge and accept: samples of the store or of a baseline, handed to the parts that decide."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.api.evidence import gather_evidence, run_manifest
from evalkit.api.projects import open_project, open_store
from evalkit.api.scorings import samples_scored
from evalkit.baseline import Accepted, BaselineName, BaselineSummary, Mark, list_baselines, load_baseline
from evalkit.baseline import promote as write_baseline
from evalkit.comparison import Comparison
from evalkit.comparison import compare as compare_samples
from evalkit.config import Project
from evalkit.documents import read_marked_yaml
from evalkit.errors import BaselineError, ConfigError, RunError, UnavailableError, UsageError, near_names
from evalkit.evidence import Evidence
from evalkit.families import GENERAL_ERROR_KINDS, family_names, get_family
from evalkit.gate import GateVerdict, Policy, read_policy
from evalkit.gate import gate as judge
from evalkit.gate.outlets import to_annotations, to_junit, to_markdown, to_text
from evalkit.records import Manifest

if TYPE_CHECKING:
    import pandas as pd

BASELINE_PREFIX = "baseline:"
"""Before the slot of a baseline, where a comparison takes one for a side."""


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What came of accepting one pair of suite and candidate."""

    suite: str
    candidate: str
    accepted: BaselineSummary | None
    """What the baseline says of itself; None where it was refused."""
    refusal: str = ""
    """Why it was refused, and what would allow it."""


@dataclass(frozen=True, kw_only=True)
class ComparedRun:
    """One side of a comparison."""

    label: str
    samples: pd.DataFrame
    manifest: Manifest


def compare(
    a: str,
    b: str,
    *,
    run: str | None = None,
    suites: Iterable[str] = (),
    margin: float | None = None,
    confidence: float = 0.95,
    project: Project | Path | str | None = None,
) -> Comparison:
    """Compares two sides item by item; differences are `b` minus `a`.

    Args:
        a: A candidate of the run, `RUN/candidate`, a run with one candidate, or `baseline:SLOT`. After a
            rescore, `candidate@first` takes the scores that the run began with, and `candidate@HASH` those of
            one scorer.
        b: The same, for the side that is judged.
        run: The run that bare candidate names are of; None takes the latest.
        suites: Only these suites; none means all.
        margin: The loss that still counts as no worse; None takes the gate's for each suite.
        confidence: Of each interval.
        project: Where runs and baselines are; None finds `evalkit.yaml`.

    Raises:
        RunError: No such run or candidate; names the near ones.
        BaselineError: No such baseline.
    """
    home = open_project(project)
    wanted = frozenset(suites)
    first, second = (_side(home, spec, run, wanted) for spec in (a, b))
    return compare_samples(
        first.samples,
        second.samples,
        label_a=first.label,
        label_b=second.label,
        manifest_a=first.manifest,
        manifest_b=second.manifest,
        margin=gate_margins(home, second.manifest) if margin is None else margin,
        confidence=confidence,
    )


def gate_margins(home: Project, manifest: Manifest) -> dict[str, float]:
    """Suite -> the gate's margin, so that both say the same of the same samples."""
    policy = gate_policy(home)
    return {entry.name: policy.limits(entry.name, entry.stakes).margin for entry in manifest.suites}


def gate(
    run: str | Iterable[str] | None = None,
    *,
    suites: Iterable[str] = (),
    candidates: Iterable[str] = (),
    project: Project | Path | str | None = None,
) -> GateVerdict:
    """Judge runs against the project's baselines by its policy.

    Args:
        run: One run or several, such as the shards of a CI matrix; None takes of each suite and candidate the
            latest whole run.
        suites: Only these; none means all.
        candidates: Only these, in place of the policy's.
        project: The project; None finds `evalkit.yaml`.

    Raises:
        ConfigError: The policy is wrong.
        RunError: There is no such run.
        BaselineError: A baseline is damaged; names the file.
    """
    home = open_project(project)
    evidence = gather_evidence(home, run, slots=gate_policy(home).slots, with_suites=False)
    return judge_evidence(home, evidence, suites=suites, candidates=candidates)


def judge_evidence(
    home: Project, evidence: Evidence, *, suites: Iterable[str] = (), candidates: Iterable[str] = ()
) -> GateVerdict:
    """Judge evidence by the project's policy.

    Raises:
        ConfigError: The policy is wrong.
        UsageError: A suite is unknown.
    """
    known = {k for name in family_names() for k in get_family(name).error_kinds} | set(GENERAL_ERROR_KINDS)
    with _policy_faults(home):
        return judge(
            evidence,
            read_policy(home.gate),
            suites=tuple(suites),
            candidates=tuple(candidates),
            now=datetime.now(UTC),
            error_kinds=known,
        )


def gate_policy(home: Project) -> Policy:
    """Return the policy of the project's `gate:` section.

    Raises:
        ConfigError: It is wrong; names the line.
    """
    with _policy_faults(home):
        return read_policy(home.gate)


@contextmanager
def _policy_faults(home: Project) -> Iterator[None]:
    """Names file and line of a fault in the policy, whose `where` is the key alone."""
    try:
        yield
    except UsageError as error:
        raise ConfigError(error.message, where=_place(home, error.where), hint=error.hint) from error


def verdict_text(verdict: GateVerdict, *, every_rule: bool = False) -> str:
    """The verdict for one screen: what was asked, what was found, how sure, and the first flips."""
    return to_text(verdict, every_rule=every_rule).rstrip("\n")


def promote(
    run: str | None,
    *,
    suite: str,
    candidate: str,
    why: str,
    who: str | None = None,
    slot: str | None = None,
    allow: Collection[Mark] = (),
    re_anchor: bool = False,
    project: Project | Path | str | None = None,
) -> Accepted:
    """Accept a run's samples of one suite and candidate as the baseline of a slot.

    Raises:
        RunError: No such run, suite or candidate in it.
        BaselineError: The evidence is partial, simulated or failed and that is not allowed.
    """
    ((_, _, accept),) = _promotions(open_project(project), run, (suite,), (candidate,))
    return accept(why=why, who=who, slot=slot, allow=allow, re_anchor=re_anchor)


def promote_all(
    run: str | None,
    *,
    suites: Collection[str] = (),
    candidates: Collection[str] = (),
    why: str,
    who: str | None = None,
    slot: str | None = None,
    allow: Collection[Mark] = (),
    re_anchor: bool = False,
    project: Project | Path | str | None = None,
) -> tuple[Promotion, ...]:
    """Accept a run's samples of every pair of suite and candidate, or of those named, each by itself.

    Raises:
        RunError: No such run, suite or candidate in it.
        UsageError: A slot is named for several candidates, or there is no reason.
    """
    done = []
    pairs = _promotions(open_project(project), run, suites, candidates)
    if slot is not None and len({candidate for _, candidate, _ in pairs}) > 1:
        raise UsageError("a slot is filled by one candidate", hint="name it with --candidate")
    for suite, candidate, accept in pairs:
        try:
            accepted = accept(why=why, who=who, slot=slot, allow=allow, re_anchor=re_anchor)
            done.append(Promotion(suite=suite, candidate=candidate, accepted=accepted.summary))
        except BaselineError as error:
            done.append(Promotion(suite=suite, candidate=candidate, accepted=None, refusal=str(error)))
    return tuple(done)


def _promotions(
    home: Project, run: str | None, suites: Collection[str], candidates: Collection[str]
) -> list[tuple[str, str, Callable[..., Accepted]]]:
    """Suite, candidate and what accepts them, for each pair; the gate judges the run once for all."""
    manifest = run_manifest(home, run)
    asked, answering = [e.name for e in manifest.suites], [e.candidate.name for e in manifest.candidates]
    for suite in suites:
        _check_known(suite, asked, f"suite in run {manifest.run_id}")
    for candidate in candidates:
        _check_known(candidate, answering, f"candidate in run {manifest.run_id}")
    verdict = gate(manifest.run_id, project=home) if list_baselines(home.baselines) else None
    failed = {(c.suite, c.candidate) for c in verdict.cases if c.outcome == "fail"} if verdict else set()
    store, when = open_store(project=home), datetime.now(UTC).isoformat(timespec="seconds")

    def accept(suite: str, candidate: str, *, who: str | None, **options: Any) -> Accepted:
        samples = store.samples(manifest.run_id, suite=suite, candidate=candidate)
        who = who or getpass.getuser()
        is_failed = (suite, candidate) in failed
        return write_baseline(
            home.baselines, samples, manifest, who=who, when=when, failed=is_failed, **options
        )

    return [(s, c, partial(accept, s, c)) for s in suites or asked for c in candidates or answering]


def baselines(project: Project | Path | str | None = None) -> tuple[BaselineName, ...]:
    """Where the project has baselines."""
    return list_baselines(open_project(project).baselines)


def _place(home: Project, key: str | None) -> str | None:
    """File, line and key of a fault in the policy, whose `where` is the key alone."""
    if home.file is None or key is None:
        return key
    line = read_marked_yaml(home.file).line(*key.split("."))
    return f"{home.file.name}:{line}, key {key!r}"


def _side(home: Project, spec: str, run: str | None, suites: frozenset[str]) -> ComparedRun:
    if spec.startswith(BASELINE_PREFIX):
        return _baseline_side(home, spec.removeprefix(BASELINE_PREFIX), suites)
    of_run, slash, candidate = spec.rpartition("/")
    if not slash and (home.runs / spec).is_dir():
        of_run, candidate = spec, ""
    manifest = run_manifest(home, of_run or run)
    names = [e.candidate.name for e in manifest.candidates]
    if not candidate:
        if len(names) != 1:
            raise RunError(
                f"run {manifest.run_id} has {len(names)} candidates",
                hint=f"name one: {manifest.run_id}/{names[0]}",
            )
        candidate = names[0]
    candidate, scoring = _scoring(candidate, names)
    _check_known(candidate, names, f"candidate in run {manifest.run_id}")
    store = open_store(project=home)
    samples = store.samples(manifest.run_id, candidate=candidate)
    for suite in suites:
        _check_known(suite, {e.name for e in manifest.suites}, f"suite in run {manifest.run_id}")
    if suites:
        samples = samples[samples["suite"].isin(suites)]
    if scoring:
        samples = samples_scored(
            samples, store.scores(manifest.run_id, candidate=candidate), scoring, manifest
        )
    name = f"{candidate}@{scoring}" if scoring else candidate
    return ComparedRun(
        label=f"{manifest.run_id}/{name}" if of_run else name, samples=samples, manifest=manifest
    )


def _scoring(spec: str, names: Collection[str]) -> tuple[str, str]:
    """Candidate and, behind an `@` that is not part of its name, which of its scores are meant."""
    if spec in names:
        return spec, ""
    candidate, _, scoring = spec.rpartition("@")
    return (candidate, scoring) if candidate in names else (spec, "")


def _baseline_side(home: Project, slot: str, suites: frozenset[str]) -> ComparedRun:
    """The accepted samples of a slot, over all its suites."""
    import pandas as pd

    names = list_baselines(home.baselines)
    _check_known(slot, {n.slot for n in names}, "baseline slot")
    here = {n.suite for n in names if n.slot == slot}
    for suite in suites:
        _check_known(suite, here, f"suite in the baseline of {slot}")
    of_slot = [n for n in names if n.slot == slot and (not suites or n.suite in suites)]
    accepted = [load_baseline(home.baselines, n.suite, n.slot).accepted for n in of_slot]
    return ComparedRun(
        label=f"{BASELINE_PREFIX}{slot}",
        samples=pd.concat([a.samples for a in accepted], ignore_index=True),
        manifest=_join_manifests([a.manifest for a in accepted]),
    )


def _join_manifests(manifests: Sequence[Manifest]) -> Manifest:
    """One manifest of what was accepted suite by suite; what differs between the runs is the first's."""
    candidates = {e.candidate.name: e for manifest in manifests for e in manifest.candidates}
    return replace(
        manifests[0],
        suites=tuple(suite for manifest in manifests for suite in manifest.suites),
        candidates=tuple(candidates.values()),
    )


def _check_known(name: str, known: Collection[str], what: str) -> None:
    if name not in known:
        raise RunError(f"there is no {what} named {name!r}", hint=near_names(name, known))


def write_verdict(verdict: GateVerdict, path: Path, form: str) -> None:
    """Writes the verdict as `markdown` or `junit`.

    Raises:
        UnavailableError: The file cannot be written.
    """
    text = {"markdown": to_markdown, "junit": to_junit}[form](verdict)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"cannot be written: {error.strerror}", where=str(path)) from error


def verdict_annotations(verdict: GateVerdict) -> str:
    """The verdict as GitHub annotations, one a line."""
    return to_annotations(verdict)
