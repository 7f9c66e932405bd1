"""Runs a plan into a run folder, or goes on with a run that was stopped."""

from __future__ import annotations

import asyncio
import shutil
import signal
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evalkit.backends import Stage, check_ready, with_file_hashes
from evalkit.backends.secrets import secrets_of
from evalkit.credentials import refuse_keys
from evalkit.errors import EvalkitError, RunError
from evalkit.families import compile_prompter
from evalkit.records import Manifest, Purpose
from evalkit.runner.collecting import rarely_collected
from evalkit.runner.folder import (
    RunFolder,
    create_run_folder,
    new_run_id,
    next_sequence,
    runs_in_order,
)
from evalkit.runner.journal import Journal
from evalkit.runner.lessons import with_train_hashes
from evalkit.runner.manifest import open_manifest, utc_now
from evalkit.runner.plan import Plan
from evalkit.runner.progress import CandidateCounts, Observer, Silent
from evalkit.runner.reuse import Earlier
from evalkit.runner.schedule import Schedule, Stopped, StopRule, never_stop
from evalkit.runner.scoring import Unscored


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """What a run came to."""

    folder: Path
    manifest: Manifest
    tallies: Mapping[str, CandidateCounts]
    """Candidate -> its final counts."""
    given_up: tuple[str, ...] = ()
    """Candidates whose endpoint failed for good, each with its reason."""
    loaded: bool = True
    """Whether the store holds the run; where it could not take it, the next command loads it."""
    notes: tuple[str, ...] = ()
    """What to say of the load, each with the next step."""

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.manifest.run_id


def start_run(
    plan: Plan,
    runs: Path,
    *,
    observer: Observer | None = None,
    stop_rule: StopRule = never_stop,
    stage: Stage | None = None,
    note: str = "",
    command: str = "",
    run_id: str | None = None,
    reuse: bool = False,
    purpose: Purpose = "measurement",
) -> RunResult:
    """Runs a plan into a new folder under `runs`; with `reuse`, answers of the runs there are taken again.

    Raises:
        UsageError: A suite cannot be put to a candidate; nothing was asked.
        UnavailableError: A candidate cannot be used; nothing was asked.
        RunError: The folder or the journal cannot be written.
    """
    stage = stage or Stage()
    check_ready((part.candidate for c in plan.candidates for part in plan.parts(c)), stage)
    plan = with_train_hashes(plan)
    plan = replace(plan, candidates=with_file_hashes(plan.candidates, stage))
    _check_prompts(plan)
    sequence = next_sequence(runs)
    folder = create_run_folder(runs, run_id or new_run_id())
    secrets = secrets_of(plan.candidates)
    note, command = secrets.mask(note), secrets.mask(command)
    manifest = open_manifest(
        plan,
        folder.run_id,
        sequence=sequence,
        note=note,
        command=command,
        reuse=reuse,
        purpose=purpose,
    )
    with folder.lock():
        folder.write_items(plan.suites, plan.items)
        folder.write_manifest(manifest)
        try:
            return _run_in_folder(folder, manifest, plan, observer or Silent(), stop_rule, stage)
        except EvalkitError:
            _drop_if_empty(folder)
            raise


def _check_prompts(plan: Plan) -> None:
    """Each suite can be put to each candidate: one that starts late must not end a run halfway."""
    for candidate in plan.candidates:
        for suite in plan.suites:
            compile_prompter(suite, candidate)


def _drop_if_empty(folder: RunFolder) -> None:
    """A run that asked nothing is no run: `latest` must not mean it."""
    if not folder.journal_path.stat().st_size and not folder.unscored_path.exists():
        shutil.rmtree(folder.path)


def resume_run(
    folder: RunFolder,
    *,
    observer: Observer | None = None,
    stop_rule: StopRule = never_stop,
    stage: Stage | None = None,
) -> RunResult:
    """Goes on with a run: asks what has no answer yet, faulted items among it; asks no finished answer again.

    Raises:
        RunError: The folder is damaged or in use.
        UnavailableError: A file that a candidate names is not what it was; nothing was asked.
        ConfigError: A candidate's settings held a key, which was not written down.
    """
    with folder.lock():
        manifest = folder.read_manifest()
        for entry in manifest.candidates:
            refuse_keys(entry.candidate)
        suites = folder.read_suites(manifest)
        plan = Plan(
            suites=suites,
            candidates=tuple(e.candidate for e in manifest.candidates),
            items={s.name: s.test_items for s in suites},
            repeats=manifest.repeats,
            seed=manifest.seed,
            partial_reason=manifest.part,
            open_loop=manifest.open_loop,
        )
        return _run_in_folder(folder, manifest, plan, observer or Silent(), stop_rule, stage or Stage())


def _run_in_folder(
    folder: RunFolder, manifest: Manifest, plan: Plan, observer: Observer, stop_rule: StopRule, stage: Stage
) -> RunResult:
    journal, unscored = Journal(folder.journal_path), Unscored(folder.unscored_path)
    schedule = Schedule(
        plan,
        {e.name: e for e in manifest.suites},
        journal,
        unscored,
        observer,
        replace(stage, log_dir=stage.log_dir or folder.path),
        stop_rule,
        _announce_reuse(earlier_answers(folder.path.parent, plan, but=folder), observer)
        if manifest.reuse
        else None,
    )
    status, reason = "partial" if plan.partial_reason else "done", plan.partial_reason
    try:
        with rarely_collected():
            interrupted = _run_until_interrupted(schedule.run)
        if interrupted:
            status, reason = "interrupted", "stopped by the user"
    except Stopped as stopped:
        status, reason = "partial", str(stopped)
    except BaseException:
        journal.close()
        unscored.close()
        with suppress(RunError):  # the first error is the one to tell; a full disk has both
            folder.write_manifest(_finish_manifest(manifest, schedule, "interrupted", None))
        raise
    journal.close()
    unscored.close()
    manifest = _finish_manifest(manifest, schedule, status, reason)
    folder.write_manifest(manifest)
    return RunResult(
        folder=folder.path, manifest=manifest, tallies=schedule.tallies, given_up=tuple(schedule.given_up)
    )


def earlier_answers(runs: Path, plan: Plan, *, but: RunFolder | None = None) -> Earlier:
    """What the runs under `runs` have answered; the latest answer of each kind counts."""
    others = [folder for folder in runs_in_order(runs) if but is None or folder.path != but.path]
    return Earlier(others, plan.candidates)


def _announce_reuse(earlier: Earlier, observer: Observer) -> Earlier:
    observer.notify(f"{len(earlier)} answers of earlier runs may be used again")
    return earlier


def _run_until_interrupted(main: Callable[[], Coroutine[Any, Any, None]]) -> bool:
    """Runs to the end, or until Ctrl-C; returns whether it was interrupted.

    Requests in flight are cancelled: what was finished is in the journal, and the rest is asked on resume.
    """

    async def watched() -> bool:
        task = asyncio.ensure_future(main())
        loop = asyncio.get_running_loop()
        handled = threading.current_thread() is threading.main_thread()
        if handled:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return True
        finally:
            if handled:
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.remove_signal_handler(number)
        return False

    return _run_anywhere(watched)


def _run_anywhere(main: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
    """`asyncio.run`, also where a loop is running already, as in a notebook: then in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(main())
    result: list[bool | BaseException] = []

    def target() -> None:
        try:
            result.append(asyncio.run(main()))
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread below
            result.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    outcome = result[0]
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def _finish_manifest(manifest: Manifest, schedule: Schedule, status: str, reason: str | None) -> Manifest:
    entries = tuple(
        replace(e, runtime=schedule.runtimes.get(e.candidate.name, e.runtime)) for e in manifest.candidates
    )
    return replace(
        manifest,
        finished_at=utc_now(),
        status=status,  # type: ignore[arg-type]  # one of the literal's values, by the caller
        partial_reason=reason,
        candidates=entries,
    )
