"""Run candidates on suites, or go on with a run, and load the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from evalkit.api.projects import open_project
from evalkit.api.suites import list_suites, load_suites
from evalkit.backends import Stage
from evalkit.config import Project
from evalkit.errors import ConfigError, StoreBusyError, StoreError, near_names
from evalkit.records import Candidate, OpenLoop, Suite
from evalkit.runner import (
    Observer,
    Plan,
    RunResult,
    Silent,
    StopRule,
    find_run,
    make_plan,
    resume_run,
    start_run,
)
from evalkit.runner.privacy import check_privacy
from evalkit.runner.schedule import never_stop


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRequest:
    """What a run asks of whom."""

    suites: Sequence[str | Suite] = ()
    """Names of the project's suites, or suites; none means all of the project's."""
    candidates: Sequence[str | Candidate] = ()
    """Names of the project's candidates, or candidates; none means all of the project's."""
    tiers: Sequence[str] = ()
    """Only candidates of these tiers."""
    limit: int | None = None
    """At most this many items of each suite, a seeded stratified part; the run is then partial."""
    slices: Mapping[str, str] | None = None
    """Only items whose tags have these values."""
    repeats: int = 1
    """Samples for each candidate and item."""
    seed: int = 0
    """Seed of order, part and simulation."""
    reuse: bool = False
    """Take answers of earlier runs of the project where candidate, request and repeat are the same; they are
    marked, have no latency, and are refused by a gate."""
    logprobs: bool = False
    """Ask every candidate for log-probabilities, whatever its own settings say."""
    open_loop: OpenLoop | None = None
    """Send requests at this rate, however many are in flight (see `sweep_loads`)."""
    note: str = ""
    """Kept in the manifest."""
    command: str = ""
    """The command line, kept in the manifest."""

    def plan(self, home: Project) -> Plan:
        """Return all that this asks of the project's suites and candidates.

        Raises:
            UsageError: A name, suite or setting is wrong.
        """
        candidates = choose_candidates(home, self.candidates, self.tiers)
        suites = load_suites(home, self.suites)
        _check_by_suite(candidates, {*list_suites(home), *(s.name for s in suites)})
        if self.logprobs:
            candidates = tuple(map(_with_logprobs, candidates))
        return make_plan(
            suites,
            candidates,
            repeats=self.repeats,
            seed=self.seed,
            limit=self.limit,
            slices=self.slices,
            open_loop=self.open_loop,
        )


def run(
    suites: Iterable[str | Suite] = (),
    candidates: Iterable[str | Candidate] = (),
    *,
    project: Project | Path | str | None = None,
    tiers: Iterable[str] = (),
    limit: int | None = None,
    slices: Mapping[str, str] | None = None,
    repeats: int = 1,
    seed: int = 0,
    observer: Observer | None = None,
    stop_rule: StopRule = never_stop,
    note: str = "",
    command: str = "",
    reuse: bool = False,
    logprobs: bool = False,
    open_loop: OpenLoop | None = None,
) -> RunResult:
    """Ask as `run_request` with a `RunRequest` of these fields, which says what each means."""
    request = RunRequest(
        suites=tuple(suites),
        candidates=tuple(candidates),
        tiers=tuple(tiers),
        limit=limit,
        slices=slices,
        repeats=repeats,
        seed=seed,
        reuse=reuse,
        logprobs=logprobs,
        open_loop=open_loop,
        note=note,
        command=command,
    )
    return run_request(request, project=project, observer=observer, stop_rule=stop_rule)


def run_request(
    request: RunRequest,
    *,
    project: Project | Path | str | None = None,
    observer: Observer | None = None,
    stop_rule: StopRule = never_stop,
) -> RunResult:
    """Ask every candidate every test item of every suite, and load the results into the project's store.

    Args:
        request: What is asked of whom.
        project: A project, its file or folder; None finds `evalkit.yaml` in the working folder or above.
        observer: Is told how it goes.
        stop_rule: Decides an early stop.

    Returns:
        What the run came to; its samples are in the store, unless that was busy, which its notes say.

    Raises:
        UsageError: A name, suite or setting is wrong.
        UnavailableError: A candidate cannot be used; nothing was asked.
    """
    home = open_project(project)
    plan = request.plan(home)
    guard = check_privacy(plan.suites, plan.candidates, home.private_hosts)
    check_store(home)
    result = start_run(
        plan,
        home.runs,
        observer=observer or Silent(),
        stop_rule=stop_rule,
        stage=Stage(root=home.root, guard=guard),
        note=request.note,
        command=request.command,
        reuse=request.reuse,
    )
    del plan  # its items are not held while the store is loaded: both want memory
    return load_into_store(home, result)


def _check_by_suite(candidates: Iterable[Candidate], known: Collection[str]) -> None:
    """Raise if settings are for a suite that is not there: misspelt, they would hold nowhere."""
    for candidate in candidates:
        for suite in candidate.by_suite:
            if suite not in known:
                raise ConfigError(
                    f"the project has no suite {suite!r}",
                    where=f"candidates.{candidate.name}.by_suite",
                    hint=near_names(suite, known),
                )


def _with_logprobs(candidate: Candidate) -> Candidate:
    by_suite = {suite: {**own, "logprobs": True} for suite, own in candidate.by_suite.items()}
    return replace(candidate, logprobs=True, by_suite=by_suite)


def resume(
    name: str | None = None,
    *,
    project: Project | Path | str | None = None,
    observer: Observer | None = None,
    stop_rule: StopRule = never_stop,
) -> RunResult:
    """Goes on with the run of that id (None: the latest), asking no finished answer again.

    Raises:
        RunError: There is no such run, it is damaged, or it is in progress.
        ConfigError: A suite of it is `local_only`, and a candidate is not private any more.
    """
    home = open_project(project)
    observer = observer or Silent()
    folder = find_run(home.runs, name)
    manifest = folder.read_manifest()
    candidates = [entry.candidate for entry in manifest.candidates]
    guard = check_privacy(manifest.suites, candidates, home.private_hosts)
    check_store(home)
    stage = Stage(root=home.root, guard=guard)
    result = resume_run(folder, observer=observer, stop_rule=stop_rule, stage=stage)
    return load_into_store(home, result)


def check_store(home: Project) -> None:
    """A store that can never take the run is said before anything is paid for; a busy one can wait.

    Raises:
        StoreError: It is not ours, damaged or from a newer evalkit.
    """
    if not home.store.exists():
        return
    from evalkit.store import Store

    with suppress(StoreBusyError):
        Store.open(home.store, wait_s=0)


def load_into_store(home: Project, result: RunResult) -> RunResult:
    """Load a run; a busy store costs nothing, since the run folder is the truth and is loaded later.

    Returns:
        The result with what is to be said of the load.
    """
    from evalkit.store import Store, load_run

    try:
        return replace(result, notes=load_run(Store(home.store), result.folder).notes)
    except StoreError as error:
        return replace(result, loaded=False, notes=(not_loaded(error, "the run is safe", result.folder),))


def not_loaded(error: StoreError, safe: str, folder: Path) -> str:
    """Say that a store could not take a run, and the next step."""
    return f"not loaded: {error}; {safe} in {folder}, and the next command that reads the store loads it"


def choose_candidates(
    home: Project, wanted: Iterable[str | Candidate], tiers: Iterable[str]
) -> tuple[Candidate, ...]:
    """The candidates that are given, or the project's by name and tier.

    Raises:
        ConfigError: A name is unknown.
    """
    wanted = tuple(wanted)
    given = tuple(c for c in wanted if isinstance(c, Candidate))
    named = tuple(c for c in wanted if isinstance(c, str))
    found = home.choose_candidates(named, tiers) if named or not given else ()
    return given + found
