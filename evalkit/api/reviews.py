"""The weekly review: the agenda, decisions written and merged, minutes, training requests."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.api.evidence import gather_evidence
from evalkit.api.judging import gate_policy
from evalkit.api.projects import open_project, open_store
from evalkit.config import Project
from evalkit.errors import UnavailableError, UsageError
from evalkit.evidence import Evidence
from evalkit.records import Problem
from evalkit.review.agenda import Agenda, failing_items, make_agenda
from evalkit.review.bookkeeping import History, Outcome, review_slot
from evalkit.review.files import Decisions, append_decisions, read_decisions
from evalkit.review.merging import Merge, PeopleAgreement, Side, measure_agreement, merge_decisions
from evalkit.review.records import Action, Cause, Decision, current_decisions
from evalkit.review.wording import minutes_markdown

if TYPE_CHECKING:
    from evalkit.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What came of importing another's file."""

    merge: Merge
    files: tuple[Path, ...]
    """Files that were added to."""
    problems: tuple[Problem, ...]
    """Lines that cannot be read."""
    agreement: tuple[PeopleAgreement, ...]


def review(
    *,
    suites: Iterable[str] = (),
    candidates: Iterable[str] = (),
    with_simulated: bool = False,
    today: date | None = None,
    project: Project | Path | str | None = None,
) -> Agenda:
    """Return the agenda of a review: what fails and is not decided, and what became of every decision.

    Args:
        suites: Only these; none means all.
        candidates: Only these; none means all.
        with_simulated: Whether made-up answers are talked about.
        today: For what is due; None takes the clock's, in UTC.
        project: A project, its file or folder; None finds `evalkit.yaml`.

    Raises:
        StoreError: The store holds no samples.
    """
    home = open_project(project)
    return _agenda(home, read_decisions(home.reviews), suites, candidates, with_simulated, today)


def decide(
    about: str,
    *,
    cause: Cause,
    action: Action = "none",
    owner: str = "",
    due: date | None = None,
    note: str = "",
    who: str | None = None,
    when: datetime | None = None,
    suites: Iterable[str] = (),
    candidates: Iterable[str] = (),
    with_simulated: bool = False,
    project: Project | Path | str | None = None,
) -> Decision:
    """Append a decision about a group of the agenda (its number or key) or an item (its id).

    Numbers are those of an agenda with the same suites and candidates.

    Raises:
        UsageError: Nothing on the agenda has that name.
        UnavailableError: The file cannot be written.
    """
    home = open_project(project)
    held, chosen = read_decisions(home.reviews), tuple(candidates)
    agenda = _agenda(home, held, suites, chosen, with_simulated, None)
    decided = next((d.about for d in current_decisions(held.read) if d.about.name == about), None)
    decision = Decision(
        about=decided or agenda.subject(about),
        cause=cause,
        action=action,
        owner=owner,
        due=due.isoformat() if due else "",
        note=note,
        who=who or getpass.getuser(),
        when=(when or datetime.now(UTC)).isoformat(),
    )
    append_decisions(home.reviews, [decision])
    return decision


def import_review(
    file: Path, *, keep: Side | None = None, project: Project | Path | str | None = None
) -> Imported:
    """Add another's decisions to the project's; nothing is added while a conflict waits for `keep`.

    Raises:
        UnavailableError: The file is missing, or ours cannot be written.
    """
    home = open_project(project)
    if not file.is_file():
        raise UnavailableError("the file of decisions is missing", where=str(file))
    ours, theirs = read_decisions(home.reviews), read_decisions(file)
    now = datetime.now(UTC).isoformat()
    merge = merge_decisions(ours.read, theirs.read, keep=keep, now=now)
    return Imported(
        merge=merge,
        files=append_decisions(home.reviews, merge.added),
        problems=(*ours.problems, *theirs.problems),
        agreement=measure_agreement((*ours.read, *theirs.read)),
    )


def people_agreement(project: Project | Path | str | None = None) -> tuple[PeopleAgreement, ...]:
    """Return how each two people agree who judged the same items."""
    return measure_agreement(read_decisions(open_project(project).reviews).read)


def write_minutes(day: date | None = None, *, project: Project | Path | str | None = None) -> Path:
    """Write the minutes of a day (None: today, in UTC) to the reviews' folder, and return the file.

    Raises:
        UsageError: Nothing was decided that day.
        UnavailableError: The file cannot be written.
    """
    home = open_project(project)
    held, day = read_decisions(home.reviews), day or datetime.now(UTC).date()
    if not any(d.decided_at.date() == day for d in held.read):
        raise UsageError(f"nothing was decided on {day}", hint="`evalkit review decide`, or --day YYYY-MM-DD")
    agenda = _agenda(home, held, (), (), False, day)
    file = home.reviews / f"{day}.md"
    try:
        file.write_text(minutes_markdown(agenda, held.read, day), encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"cannot be written: {error.strerror}", where=str(file)) from error
    return file


def training_requests(project: Project | Path | str | None = None) -> str:
    """Return the decisions in force to train on the like, as `training export --requests` reads them.

    A request carries the tags that all its items share, never a test item's input.
    """
    home = open_project(project)
    decisions = current_decisions(read_decisions(home.reviews).read)
    wanted = [d for d in decisions if d.action == "train_on_like"]
    if not wanted:
        return ""
    suites = gather_evidence(home, with_baselines=False).suites
    lines = []
    for one in wanted:
        about = one.about
        items = (
            [i for i in suites[about.suite].test_items if i.id in about.members]
            if about.suite in suites
            else []
        )
        shared = set.intersection(*(set(i.tags.items()) for i in items)) if items else set()
        request = {
            "suite": about.suite,
            "item_id": about.item_id,
            "tags": dict(sorted(shared)),
            "items": [],
            "note": one.note or about.name,
        }
        lines.append(json.dumps(request, ensure_ascii=False) + "\n")
    return "".join(lines)


def _agenda(
    home: Project,
    held: Decisions,
    suites: Iterable[str],
    candidates: Iterable[str],
    with_simulated: bool,
    today: date | None,
) -> Agenda:
    store = open_store(project=home)
    evidence = gather_evidence(home, slots=gate_policy(home).slots, store=store)
    decided = [(d.about.suite, item, digest) for d in held.read for item, digest in d.about.members.items()]
    items = sorted({*failing_items(evidence), *decided})
    return make_agenda(
        evidence,
        held.read,
        History(outcomes=_outcomes(store, evidence, items), evidence=evidence),
        today=today or datetime.now(UTC).date(),
        suites=suites,
        candidates=candidates,
        with_simulated=with_simulated,
        problems=held.problems,
    )


def _outcomes(store: Store, evidence: Evidence, items: Sequence[tuple[str, str, str]]) -> tuple[Outcome, ...]:
    rows = store.item_outcomes(items)
    slots = {str(name): review_slot(evidence, str(name)) for name in rows["candidate"].unique()}
    columns = ["run_id", "created_at", "suite", "candidate", "item_id", "input_hash", "answered", "succeeded"]
    return tuple(
        Outcome(
            run_id=run_id,
            at=at.to_pydatetime().replace(tzinfo=UTC),
            suite=suite,
            slot=slots[candidate],
            item_id=item_id,
            input_hash=input_hash if isinstance(input_hash, str) else "",
            success=succeeded / answered,
        )
        for run_id, at, suite, candidate, item_id, input_hash, answered, succeeded in rows[
            columns
        ].itertuples(index=False)
    )
