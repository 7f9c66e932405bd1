"""A decision of a review: what it is about, why it fails, what is done, by whom and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args

Cause = Literal[
    "model", "prompt", "label_wrong", "ambiguous_item", "data", "tool", "endpoint", "accepted"
]  # fmt: skip
Action = Literal["tighten_route", "fix_prompt", "fix_label", "add_items", "train_on_like", "none"]
CAUSES: tuple[Cause, ...] = get_args(Cause)
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What a decision is about: one item, or a group of items that fail alike."""

    suite: str
    item_id: str = ""
    """The item; empty for a group."""
    group: str = ""
    """The group's key; empty for an item."""
    input_hash: str = ""
    """Hash of what the model sees of the item, by which it is found again under another id."""
    items: Mapping[str, str] = field(default_factory=dict)
    """The group's items: id -> input hash."""
    error_kind: str = ""
    candidate: str = ""
    """The candidate slot; empty for all of them."""

    @property
    def members(self) -> Mapping[str, str]:
        """Item id -> input hash of each item that it is about."""
        return {self.item_id: self.input_hash} if self.item_id else self.items

    @property
    def identity(self) -> tuple[str, ...]:
        """Equal for two subjects that are the same: an item by its content, a group by its key."""
        return (self.suite, self.candidate, self.group or self.input_hash or self.item_id)

    @property
    def name(self) -> str:
        """What it is, for a reader; foreign text."""
        return self.group or f"{self.suite}/{self.item_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One line of `reviews/*.jsonl`."""

    about: Subject
    cause: Cause
    action: Action
    owner: str = ""
    due: str = ""
    """A date, YYYY-MM-DD; empty for none."""
    note: str = ""
    who: str
    when: str
    """UTC, ISO 8601."""

    @property
    def decided_at(self) -> datetime:
        """When it was decided."""
        return utc_time(self.when)

    @property
    def settled(self) -> bool:
        """Whether the failure is accepted, so that nobody is asked about it again."""
        return self.cause == "accepted"

    @property
    def verdict(self) -> tuple[str, str]:
        """Cause and action, in which two people may differ."""
        return (self.cause, self.action)


def utc_time(text: str) -> datetime:
    """Return the moment of an ISO 8601 text; without an offset it is UTC.

    Raises:
        ValueError: It is not a valid time.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_decision(plain: Mapping[str, Any]) -> Decision:
    """Return the decision of one line that fits the schema.

    Raises:
        ValueError: A date in it is not valid, or it is about an item and a group, or about neither.
    """
    about = Subject(**plain["about"])
    if bool(about.item_id) == bool(about.group):
        raise ValueError("expected `about` to name an `item_id` or a `group`, and not both")
    decision = Decision(**{**plain, "about": about})
    utc_time(decision.when)
    if decision.due:
        date.fromisoformat(decision.due)
    return decision


def current_decisions(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the latest decision on each subject, the oldest first."""
    latest = {d.about.identity: d for d in sorted(decisions, key=_order)}
    return tuple(sorted(latest.values(), key=_order))


def _order(decision: Decision) -> tuple[datetime, str]:
    return decision.decided_at, decision.who
