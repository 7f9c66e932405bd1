"""Training data from a suite's train split, and the learning curve of the models that were trained on it."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evalkit import __version__
from evalkit.api.evidence import gather_evidence
from evalkit.api.projects import open_project
from evalkit.api.running import choose_candidates
from evalkit.api.suites import check_train_items, load_suites, load_train_split
from evalkit.backends import Stage
from evalkit.config import Project
from evalkit.errors import RunError, SuiteError, UnavailableError
from evalkit.families import compile_scorer, get_family, scorer_for, scorer_hash
from evalkit.records import Candidate, Item, Sample, Suite, content_hash, to_plain
from evalkit.runner import Observer, RunFolder, StopRule, find_run, make_plan, resume_run, start_run
from evalkit.runner.folder import runs_in_order
from evalkit.runner.journal import read_finished_samples
from evalkit.runner.plan import stratified_part
from evalkit.runner.privacy import check_privacy
from evalkit.runner.schedule import never_stop
from evalkit.suites.train_split import TrainSplit, train_file, with_asked
from evalkit.training.curve import OTHER_STYLE, LearningCurve, learning_curve
from evalkit.training.examples import Example, Form, Right, answers_of, make_examples, own_target
from evalkit.training.licences import licence_words
from evalkit.training.requests import Honoured, honour_request, read_requests

TRAINING_RUNS = "training"
"""Folder inside the project's runs; what reads runs looks at their own folders alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Teaching:
    """A teacher's answers to train items."""

    teacher: Candidate
    folder: Path
    """The run folder that holds them."""
    samples: tuple[Sample, ...]
    stopped: str | None = None
    """Why the run is less than all items: a budget, the user; None when it is whole."""

    @property
    def cost_usd(self) -> float | None:
        """What the answers cost together; None when one is unknown."""
        costs = [s.cost_usd for s in self.samples]
        return None if None in costs else sum(c or 0.0 for c in costs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """Training data that was written, and its manifest."""

    file: Path
    manifest_file: Path
    manifest: Mapping[str, Any]
    examples: int
    dropped: Mapping[str, int]
    """Reason -> items."""
    requests: tuple[Honoured, ...] = ()
    licence: str = ""
    """What is known of training on the teacher's answers; empty without a teacher."""
    stopped: str | None = None


def export_training(
    suite: str,
    to: Path | str,
    *,
    home: Project | None,
    student: Candidate,
    teacher: str | Candidate | None = None,
    run: str | None = None,
    requests: Path | None = None,
    form: Form | None = None,
    limit: int | None = None,
    seed: int = 0,
    observer: Observer | None = None,
    stop_rule: StopRule = never_stop,
) -> Exported:
    """Write chat examples from the suite's train split, and a manifest of where they come from.

    Args:
        suite: Its name or path.
        to: The JSONL file; the manifest goes to the same name with `.manifest.json` behind it.
        home: The project; None for a shipped suite and no teacher.
        student: Its prompt variant and output mode make the examples.
        teacher: Who answers the train items; None takes the targets.
        run: A stored run of the teacher, instead of asking; its answers to these inputs are taken.
        requests: A file of requests from reviews.
        form: How answers are written.
        limit: At most this many items, a stratified part; a smaller part lies inside a larger one.
        seed: Seed of that part.
        observer: Is told how asking the teacher goes.
        stop_rule: Ends the asking early, such as a budget.

    Raises:
        SuiteError: The suite has no train split, or faults, such as items that nearly are test items.
        RunError: The stored run is not there, or holds nothing of this teacher.
    """
    (whole,) = load_suites(home, [suite])
    split, honoured = _read_items(home, whole, requests)
    items: Sequence[Item] = (*split.items, *(item for one in honoured for item in one.new_items))
    if limit is not None:
        rng = random.Random(f"{seed}/{whole.name}/train")  # noqa: S311 - a draw, not a secret
        items = stratified_part(items, limit, rng)
    teaching = None
    right: Right = own_target
    if teacher is not None:
        teaching = _teach(home, whole, items, teacher, run, observer, stop_rule)
        score = scorer_for(compile_scorer(with_asked(whole, items)), teaching.teacher)
        right = answers_of(teaching.samples, score)
    examples, dropped = make_examples(whole, items, student, right, form)
    counts = dict(Counter(d.reason for d in dropped).most_common())
    if not examples:
        reasons = ", ".join(f"{n} {reason}" for reason, n in counts.items())
        raise SuiteError(f"no example is left: {reasons}", where=f"suite {whole.name!r}")
    licence = licence_words(teaching.teacher) if teaching else ""
    file = Path(to)
    text = "".join(json.dumps(e.line, ensure_ascii=False) + "\n" for e in examples)
    manifest = {
        "file": file.name,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "evalkit": __version__,
        "examples": len(examples),
        **_suite_facts(whole, split),
        "part": None if limit is None else {"limit": limit, "seed": seed},
        "student": _student_facts(student.at(whole.name), examples),
        "form": to_plain(form or Form()),
        "teacher": None if teaching is None else _teacher_facts(teaching, licence),
        "dropped": counts,
        "dropped_items": {d.item_id: d.reason for d in dropped},
        "requests": [{"note": h.request.note, "outcome": h.words} for h in honoured],
        "items": [e.item_id for e in examples],
    }
    manifest_file = file.with_name(f"{file.name}.manifest.json")
    _write(file, text)
    _write(manifest_file, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return Exported(
        file=file,
        manifest_file=manifest_file,
        manifest=manifest,
        examples=len(examples),
        dropped=counts,
        requests=honoured,
        licence=licence,
        stopped=teaching.stopped if teaching else None,
    )


def _read_items(
    home: Project | None, suite: Suite, requests: Path | None
) -> tuple[TrainSplit, tuple[Honoured, ...]]:
    """The train split, and what the requests for this suite add to it; one of both is needed."""
    asked_for = [r for r in read_requests(requests) if r.suite == suite.name] if requests else []
    split = TrainSplit()
    if train_file(suite) is not None or not asked_for:
        split = load_train_split(suite, home)
    honoured = tuple(honour_request(r, suite, split.items) for r in asked_for)
    for one in honoured:
        check_train_items(suite, one.new_items, str(requests))
    return split, honoured


def _teach(
    home: Project | None,
    suite: Suite,
    items: Sequence[Item],
    teacher: str | Candidate,
    run: str | None,
    observer: Observer | None,
    stop_rule: StopRule,
) -> Teaching:
    """The teacher's answers, asked now or read from a run."""
    if home is None:
        raise SuiteError("a teacher is a candidate of a project", hint="`evalkit init` makes one")
    (candidate,) = choose_candidates(home, [teacher], ())
    runs = home.runs / TRAINING_RUNS
    if run is not None:
        folder = find_run(home.runs, run) if Path(run).exists() else _find_any(home.runs, runs, run)
        return _taught(folder, suite, items, candidate)
    asked = with_asked(suite, items)
    plan = make_plan([asked], [candidate])
    guard = check_privacy(plan.suites, plan.candidates, home.private_hosts)
    stage = Stage(root=home.root, guard=guard)
    if (before := _same_run(runs, asked, candidate)) is not None:
        result = resume_run(before, observer=observer, stop_rule=stop_rule, stage=stage)
    else:
        # Answers of earlier training runs are taken again: a longer train file costs its new items alone.
        result = start_run(
            plan,
            runs,
            observer=observer,
            stop_rule=stop_rule,
            stage=stage,
            reuse=True,
            purpose="training",
        )
    return replace(
        _taught(RunFolder(result.folder), suite, items, candidate), stopped=result.manifest.partial_reason
    )


def _same_run(runs: Path, asked: Suite, teacher: Candidate) -> RunFolder | None:
    """The latest training run that asked all this of this teacher, whether it came to its end or not."""
    for folder in reversed(runs_in_order(runs)):
        manifest = folder.read_manifest()
        same = [s.suite_version for s in manifest.suites] == [asked.suite_version]
        used = [(e.candidate.name, _without_files(e.candidate)) for e in manifest.candidates]
        if same and used == [(teacher.name, _without_files(teacher))]:
            return folder
    return None


def _without_files(candidate: Candidate) -> str:
    return replace(candidate, file_hashes={}).requested_fingerprint


def _find_any(runs: Path, training: Path, name: str) -> RunFolder:
    """A run by its id, among training runs first."""
    try:
        return find_run(training, name)
    except RunError:
        return find_run(runs, name)


def _taught(folder: RunFolder, suite: Suite, items: Sequence[Item], teacher: Candidate) -> Teaching:
    """What the run holds of this teacher's answers to these inputs, as they are now."""
    manifest = folder.read_manifest()
    used = {e.candidate.name: e.candidate for e in manifest.candidates}
    then = {s.name: s for s in folder.read_suites(manifest)}
    if teacher.name not in used or suite.name not in then:
        raise RunError(
            f"the run asked nothing of {suite.name!r} from {teacher.name!r}",
            where=str(folder.path),
            hint=f"it asked {', '.join(used)} on {', '.join(then)}",
        )
    inputs = {item.id: _input_hash(item) for item in items}
    same = {i.id for i in then[suite.name].test_items if inputs.get(i.id) == _input_hash(i)}
    found = read_finished_samples(folder.journal_path).values()
    samples = (s for s in found if s.suite == suite.name and s.candidate == teacher.name)
    return Teaching(
        teacher=used[teacher.name].at(suite.name),
        folder=folder.path,
        samples=tuple(s for s in samples if s.item_id in same),
    )


def _input_hash(item: Item) -> str:
    return content_hash(item.input, item.messages, item.context, item.tools)


def _student_facts(student: Candidate, examples: Sequence[Example]) -> dict[str, Any]:
    return {
        "candidate": student.name,
        "prompt": student.prompt,
        "prompt_hash": examples[0].request.prompt_hash,
        "output": student.output,
    }


def _teacher_facts(teaching: Teaching, licence: str) -> dict[str, Any]:
    teacher = teaching.teacher
    return {
        "candidate": teacher.name,
        "model": teacher.model,
        "base_url": teacher.base_url,
        "prompt": teacher.prompt,
        "output": teacher.output,
        "decoding": to_plain(teacher.decoding),
        "fingerprint": teacher.requested_fingerprint,
        "observed_fingerprints": sorted({s.observed_fingerprint or "" for s in teaching.samples}),
        "run": teaching.folder.name,
        "answers": len(teaching.samples),
        "cost_usd": teaching.cost_usd,
        "simulated": any(s.simulated for s in teaching.samples),
        "licence": licence,
    }


def _suite_facts(suite: Suite, split: TrainSplit) -> dict[str, Any]:
    version = get_family(suite.family).version
    train = None
    if split.path is not None:
        sha256 = hashlib.sha256(split.path.read_bytes()).hexdigest()
        train = {"file": split.path.name, "sha256": sha256, "items": len(split.items)}
    return {
        "suite": suite.name,
        "suite_version": suite.suite_version,
        "train_file": train,
        "scorer": {"family": suite.family, "version": version, "hash": scorer_hash(suite)},
    }


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"cannot be written: {error.strerror}", where=str(file)) from error


def training_curve(
    base: str,
    *,
    suites: Sequence[str] = (),
    other_style: str = OTHER_STYLE,
    confidence: float = 0.95,
    project: Project | Path | str | None = None,
) -> LearningCurve:
    """Return the learning curve of the candidates that share `base` and say `trained_on`.

    Args:
        base: What the candidates share.
        suites: Only these suites; none means all.
        other_style: The slice, `tag=value`, whose items have another style than the training's.
        confidence: Of each interval.
        project: A project, its file or folder; None finds `evalkit.yaml`.

    Raises:
        UsageError: On no suite have two candidates of this base said how many examples they saw.
        StoreError: The store holds no samples.
    """
    home = open_project(project)
    evidence = gather_evidence(home, with_baselines=False, with_suites=False)
    return learning_curve(
        evidence, base, home.candidates, suites=suites, other_style=other_style, confidence=confidence
    )
