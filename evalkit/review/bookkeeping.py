"""What became of each decision: fixed, still failing, came back, gone or not asked since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

from evalkit.comparison.pairs import RIGHT_ABOVE
from evalkit.evidence import Evidence
from evalkit.review.records import Decision, Subject

State = Literal["fixed", "still_failing", "came_back", "gone", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One item as one run and candidate slot answered it."""

    run_id: str
    at: datetime
    suite: str
    slot: str
    item_id: str
    input_hash: str
    success: float
    """Share of its answers that succeeded."""

    @property
    def right(self) -> bool:
        """Whether the item counts as right."""
        return self.success > RIGHT_ABOVE


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What became of one decision."""

    decision: Decision
    state: State
    run_id: str = ""
    """The run that shows it; empty where none was made since."""
    counts: Mapping[State, int] = field(default_factory=dict)
    """State -> items of the decision, each counted once for each candidate slot."""

    @property
    def moved(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.state in ("fixed", "gone") or self.decision.settled


@dataclass(frozen=True, kw_only=True)
class History:
    """The stored outcomes of the items that a review is about, oldest run first."""

    outcomes: Sequence[Outcome]
    evidence: Evidence

    def of(self, suite: str, slot: str, item_id: str, input_hash: str) -> list[Outcome]:
        """Return one item's outcomes by content: in its suite, else where it was moved to."""
        if not input_hash:
            return self._by_id.get((slot, suite, item_id), [])
        found = self._by_hash.get((slot, input_hash), [])
        here = [o for o in found if o.suite == suite]
        current = self.present.get((suite, slot), {})
        if here and (input_hash in current.values() or len(here) == len(found)):
            found = here
        # Two items of a suite may share an input: in each run the one of this id speaks, if there is one.
        named = {o.run_id for o in found if o.item_id == item_id}
        return [o for o in found if o.item_id == item_id or o.run_id not in named]

    @cached_property
    def present(self) -> dict[tuple[str, str], dict[str, str]]:
        """(suite, slot) -> item id -> input hash, as the evidence asked them."""
        found = {}
        for cell in self.evidence.cells:
            pairs = cell.rows.drop_duplicates("item_id")[["item_id", "input_hash"]]
            found[cell.suite, review_slot(self.evidence, cell.candidate)] = {
                str(i): str(h or "") for i, h in pairs.itertuples(index=False)
            }
        return found

    @cached_property
    def measured(self) -> dict[tuple[str, str], tuple[str, datetime, bool]]:
        """(suite, slot) -> the run that is evidence, when it began, and whether it asked the whole suite."""
        found = {}
        for cell in self.evidence.cells:
            entry, run = cell.entry, cell.manifest
            whole = run.status == "done" and entry is not None and entry.items_planned == entry.items_total
            found[cell.suite, review_slot(self.evidence, cell.candidate)] = (
                run.run_id,
                datetime.fromisoformat(run.created_at),
                whole,
            )
        return found

    @cached_property
    def _by_hash(self) -> dict[tuple[str, str], list[Outcome]]:
        found: dict[tuple[str, str], list[Outcome]] = {}
        for outcome in self.outcomes:
            found.setdefault((outcome.slot, outcome.input_hash), []).append(outcome)
        return found

    @cached_property
    def _by_id(self) -> dict[tuple[str, str, str], list[Outcome]]:
        found: dict[tuple[str, str, str], list[Outcome]] = {}
        for outcome in self.outcomes:
            found.setdefault((outcome.slot, outcome.suite, outcome.item_id), []).append(outcome)
        return found


def review_slot(evidence: Evidence, candidate: str) -> str:
    """Return the slot that a candidate's decisions are kept under.

    It is the candidate's own name beside the slot's own candidate, so that a challenger and what it is held
    against are never taken for each other.
    """
    slot = evidence.slot(candidate)
    return candidate if any(c.candidate == slot for c in evidence.cells) else slot


def judge_decision(decision: Decision, history: History) -> Standing:
    """Return what became of a decision: the worst of its items; one gone or not asked is no vote."""
    about = decision.about
    slots = [about.candidate] if about.candidate else sorted({slot for _, slot in history.measured})
    found = [
        _judge_item(about, slot, item_id, input_hash, decision.decided_at, history)
        for slot in slots
        for item_id, input_hash in about.members.items()
    ]
    counts = Counter(state for state, _ in found)
    order: tuple[State, ...] = ("came_back", "still_failing", "fixed", "unknown", "gone")
    state: State = next((s for s in order if counts[s]), "unknown")
    if state == "fixed" and counts["unknown"]:
        state = "unknown"
    run_id = next((run for one, run in reversed(found) if one == state and run), "")
    return Standing(decision=decision, state=state, run_id=run_id, counts=counts)


def _judge_item(
    about: Subject, slot: str, item_id: str, input_hash: str, since: datetime, history: History
) -> tuple[State, str]:
    outcomes = [o for o in history.of(about.suite, slot, item_id, input_hash) if o.at > since]
    run_id, at, whole = history.measured.get((about.suite, slot), ("", since, False))
    current = history.present.get((about.suite, slot), {})
    elsewhere = bool(outcomes) and outcomes[-1].suite != about.suite
    if input_hash and at > since and input_hash not in current.values() and not elsewhere:
        reworded = item_id in current
        if reworded or whole:
            return "gone", run_id
    if not outcomes:
        return "unknown", ""
    last = outcomes[-1]
    if last.right:
        return "fixed", last.run_id
    return ("came_back" if any(o.right for o in outcomes) else "still_failing"), last.run_id
