"""Two people's decisions on the same things: merged, their conflicts, and how well the two agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from evalkit.review.records import Decision, current_decisions
from evalkit.stats import Interval, nominal_kappa

Side = Literal["mine", "theirs"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """Two people decided otherwise about the same thing."""

    mine: Decision
    theirs: Decision


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """What another's file adds to ours."""

    added: tuple[Decision, ...]
    """To be appended; empty while a conflict waits for a choice."""
    known: int
    """Decisions that were here already."""
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PeopleAgreement:
    """How two people agree on the causes of the items that both judged."""

    people: tuple[str, str]
    kappa: Interval
    """Cohen's, over items; 1 when all causes are the same, 0 when no more are than by chance."""
    disputed: Mapping[tuple[str, str], int]
    """(cause of the first, cause of the second) -> items, where they differ."""


def merge_decisions(
    ours: Sequence[Decision], theirs: Iterable[Decision], *, keep: Side | None, now: str
) -> Merge:
    """Return what theirs adds to ours; importing the same again adds nothing.

    A conflict is another person's decision on the same thing with another cause or action. Both judgements
    are kept; with `keep`, the one that is kept is said once more, at `now`, where it is not the later one.
    """
    here = {d.about.identity: d for d in current_decisions(ours)}
    listed = list(theirs)
    new = [d for n, d in enumerate(listed) if d not in ours and d not in listed[:n]]
    added, conflicts = [], []
    for their in new:
        mine = here.get(their.about.identity)
        added.append(their)
        if mine is None or mine.who == their.who or mine.verdict == their.verdict:
            continue
        conflicts.append(Conflict(mine=mine, theirs=their))
        winner, other = (mine, their) if keep == "mine" else (their, mine)
        if winner.decided_at <= other.decided_at:
            added.append(replace(winner, when=now))
    return Merge(
        added=() if conflicts and keep is None else tuple(added),
        known=len(listed) - len(new),
        conflicts=tuple(conflicts),
    )


def measure_agreement(decisions: Iterable[Decision]) -> tuple[PeopleAgreement, ...]:
    """Return how each two people agree who judged at least two of the same items; the latest word counts."""
    said: dict[str, dict[tuple[str, str], str]] = {}
    for decision in sorted(decisions, key=lambda d: d.decided_at):
        about = decision.about
        for item, digest in about.members.items():
            content = (about.candidate, digest or f"{about.suite}/{item}")
            said.setdefault(decision.who, {})[content] = decision.cause
    found = []
    for one, other in combinations(sorted(said), 2):
        shared = sorted(said[one].keys() & said[other].keys())
        if len(shared) < 2:
            continue
        a, b = ([said[who][content] for content in shared] for who in (one, other))
        pairs = Counter((x, y) for x, y in zip(a, b, strict=True) if x != y)
        found.append(PeopleAgreement(people=(one, other), kappa=nominal_kappa(a, b), disputed=pairs))
    return tuple(found)
