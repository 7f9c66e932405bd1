"""The agenda of a review: what fails and needs talk, in groups, the costliest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from evalkit.comparison.pairs import RIGHT_ABOVE
from evalkit.economics.evidence import tags_of
from evalkit.errors import UsageError
from evalkit.evidence import Cell, Evidence
from evalkit.records import Contract, Problem, to_plain
from evalkit.reporting.view.error_keys import Vocabulary, error_key, vocabulary
from evalkit.review.bookkeeping import History, Standing, judge_decision, review_slot
from evalkit.review.likeness import split_by_likeness, telling_tags
from evalkit.review.records import Decision, Subject, current_decisions
from evalkit.suites.survey import input_text

Why = Literal["came_back", "regression", "first_seen", "flaky", "open"]
WHYS: tuple[Why, ...] = ("came_back", "regression", "first_seen", "flaky", "open")
RISK_WEIGHT = {"low": 1, "medium": 2, "high": 4}
"""How much a dollar of errors counts by risk: each step doubles. Our choice; it only orders the agenda."""

MOST_SPLIT = 12
"""Groups, the costliest, that are split by likeness: more are not talked about in a meeting."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One item that a candidate slot fails, or answers now right and now wrong."""

    suite: str
    slot: str
    item_id: str
    input_hash: str
    error_kind: str
    key: str
    why: Why
    success: float
    share: float
    """Of the suite's weight, what the item weighs."""
    text: str
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Items of a group whose inputs are alike."""

    number: str
    about: Subject
    terms: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Items that fail alike."""

    number: str
    about: Subject
    key: str
    """What the failures are about, in the contract's words; may be empty."""
    why: Mapping[Why, int]
    """Reason to talk about them -> items."""
    risk: str
    usd_per_month: float | None
    """What these failures cost: volume × share of the suite × cost of an error; None when not known."""
    tags: tuple[str, ...]
    parts: tuple[Part, ...]
    """Two or more, or none."""
    example: str
    """The input of its first item."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agenda:
    """All that a meeting talks about."""

    last_meeting: datetime | None
    groups: tuple[Group, ...]
    standings: tuple[Standing, ...]
    """Of every decision in force, the oldest first."""
    today: date
    runs: tuple[str, ...] = ()
    simulated: tuple[str, ...] = ()
    """Candidates whose answers are made up; they are left out."""
    problems: tuple[Problem, ...] = ()
    """Lines of the reviews' folder that cannot be read."""
    failures: tuple[Failure, ...] = field(default=(), repr=False)

    @property
    def due(self) -> tuple[Standing, ...]:
        """Decisions whose day has come and that have not moved."""
        return tuple(
            s for s in self.waiting if s.decision.due and date.fromisoformat(s.decision.due) <= self.today
        )

    @property
    def waiting(self) -> tuple[Standing, ...]:
        """Decisions that have not moved: still failing, or not asked since."""
        return tuple(s for s in self.standings if not s.moved and s.state != "came_back")

    def counts(self) -> Counter[Why]:
        """Return reason -> items to talk about."""
        return Counter(failure.why for failure in self.failures)

    def subject(self, name: str, candidate: str = "") -> Subject:
        """Return what a number or key of the agenda, or an item's id or `suite/id`, is about.

        Raises:
            UsageError: Nothing on the agenda has that name, or items of several suites have.
        """
        named = [(g.number, g.about) for g in self.groups]
        named += [(p.number, p.about) for g in self.groups for p in g.parts]
        for number, about in named:
            if name in (number, about.group):
                return about
        found = [
            f
            for f in self.failures
            if name in (f.item_id, f"{f.suite}/{f.item_id}") and candidate in ("", f.slot)
        ]
        if not found:
            raise UsageError(f"nothing on the agenda is {name!r}", hint="see `evalkit review`")
        if len({f.suite for f in found}) > 1:
            raise UsageError(f"{name!r} is an item of several suites", hint=f"say {found[0].suite}/{name}")
        kinds = {f.error_kind for f in found}
        slots = {f.slot for f in found}
        return Subject(
            suite=found[0].suite,
            item_id=found[0].item_id,
            input_hash=found[0].input_hash,
            error_kind=kinds.pop() if len(kinds) == 1 else "",
            candidate=slots.pop() if len(slots) == 1 else "",
        )


def make_agenda(
    evidence: Evidence,
    decisions: Iterable[Decision],
    history: History,
    *,
    today: date,
    suites: Iterable[str] = (),
    candidates: Iterable[str] = (),
    with_simulated: bool = False,
    problems: Sequence[Problem] = (),
) -> Agenda:
    """Return the agenda: failures that no decision covers or that came back, and what became of decisions.

    Args:
        evidence: The samples that are judged.
        decisions: All that was decided.
        history: Outcomes of the failing and of the decided items.
        today: For what is due.
        suites: Only these; none means all.
        candidates: Only these; none means all.
        with_simulated: Whether made-up answers are talked about.
        problems: Lines of the reviews' folder that cannot be read.
    """
    decisions = tuple(decisions)
    last = max((d.decided_at for d in decisions), default=None)
    standings = tuple(judge_decision(d, history) for d in current_decisions(decisions))
    wanted, asked = frozenset(suites), frozenset(candidates)
    cells = [
        c for c in evidence.cells if (not wanted or c.suite in wanted) and (not asked or c.candidate in asked)
    ]
    made_up = {c.candidate for c in cells if c.rows["simulated"].any()}
    if not with_simulated:
        cells = [c for c in cells if c.candidate not in made_up]
    covered = _covered(standings)
    failures = tuple(f for cell in cells for f in _failures(cell, evidence, history, covered, last))
    return Agenda(
        last_meeting=last,
        groups=tuple(_groups(failures, evidence)),
        standings=standings,
        today=today,
        runs=tuple(sorted({c.manifest.run_id for c in cells})),
        simulated=() if with_simulated else tuple(sorted(made_up)),
        problems=tuple(problems),
        failures=failures,
    )


def failing_items(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    """Yield suite, id and input hash of every item that a candidate fails, once each."""
    rows = evidence.rows
    failed = rows[(rows["answered"] | rows["faulted"]) & ~rows["success"]]
    for suite, item, digest in (
        failed[["suite", "item_id", "input_hash"]].drop_duplicates().itertuples(index=False)
    ):
        yield str(suite), str(item), str(digest or "")


Covered = Mapping[tuple[str, str], Standing]
"""(content of an item: its hash, else suite and id; slot or empty for all) -> the decision's standing."""


def _content(suite: str, item_id: str, input_hash: str) -> str:
    return input_hash or f"{suite}/{item_id}"


def _covered(standings: Sequence[Standing]) -> Covered:
    return {
        (_content(s.decision.about.suite, item, digest), s.decision.about.candidate): s
        for s in standings
        for item, digest in s.decision.about.members.items()
    }


def _failures(
    cell: Cell, evidence: Evidence, history: History, covered: Covered, last: datetime | None
) -> Iterator[Failure]:
    table, rows = cell.side.table, cell.side.rows
    slot = review_slot(evidence, cell.candidate)
    words = _words(evidence, cell)
    suite = evidence.suites.get(cell.suite)
    items = {item.id: item for item in suite.test_items} if suite else {}
    regressed = set()
    if cell.last is not None and not cell.accepted_itself:
        pairs = cell.last.pairs
        worse = (pairs.success_a > RIGHT_ABOVE) & (pairs.success_b <= RIGHT_ABOVE)
        regressed = {str(name) for name in pairs.ids[worse]}
    places, names = rows.index.to_numpy(), rows["item_id"].to_numpy()
    kinds, tags = rows["error_kind"].to_numpy(), rows["tags"].to_numpy()
    diffs, faults = (evidence.samples[column].to_numpy() for column in ("diff", "fault"))
    wrong = (~rows["success"].to_numpy(dtype=bool)).nonzero()[0]
    first_wrong = {str(names[row]): row for row in reversed(wrong)}
    weight = float(table.weight.sum())
    for n, name in enumerate(table.ids):
        item_id, success = str(name), float(table.success[n])
        if item_id not in first_wrong:
            continue
        row = first_wrong[item_id]
        digest = str(table.input_hash[n] or "")
        content = _content(cell.suite, item_id, digest)
        standing = covered.get((content, slot)) or covered.get((content, ""))
        why = _why(
            success, item_id in regressed, standing, last, history.of(cell.suite, slot, item_id, digest)
        )
        if why is None:
            continue
        item = items.get(item_id)
        kind = str(kinds[row] or "unknown")
        target = item.target if item else None
        yield Failure(
            suite=cell.suite,
            slot=slot,
            item_id=item_id,
            input_hash=digest,
            error_kind=kind,
            key=error_key(words, kind, diffs[places[row]], target, faults[places[row]]),
            why=why,
            success=success,
            share=float(table.weight[n]) / weight if weight else 0.0,
            text=input_text(item) if item else "",
            tags=tags_of(tags[row]),
        )


def _why(
    success: float, regressed: bool, standing: Standing | None, last: datetime | None, outcomes: Sequence[Any]
) -> Why | None:
    """Why an item is talked about; None where a decision covers it, or where it is right."""
    if standing is not None and success <= RIGHT_ABOVE and standing.state == "came_back":
        return "came_back"
    if standing is not None:
        return None
    if regressed:
        return "regression"
    if 0 < success < 1:
        return "flaky"
    before = [o for o in outcomes if last is not None and o.at <= last]
    return "open" if before and not before[-1].right else "first_seen"


def _groups(failures: Sequence[Failure], evidence: Evidence) -> Iterator[Group]:
    alike: dict[tuple[str, str, str, str], list[Failure]] = {}
    for failure in failures:
        alike.setdefault((failure.suite, failure.slot, failure.error_kind, failure.key), []).append(failure)
    made = [(_group(members, evidence), members) for members in alike.values()]
    for number, (group, members) in enumerate(sorted(made, key=lambda one: _order(one[0])), start=1):
        parts = tuple(_parts(group, str(number), members, evidence)) if number <= MOST_SPLIT else ()
        yield replace(group, number=str(number), parts=parts)


def _order(group: Group) -> tuple[Any, ...]:
    """The costliest first; groups of unknown cost behind, by risk and size."""
    risk, size = RISK_WEIGHT[group.risk], len(group.about.items)
    known = group.usd_per_month is not None
    cost = (group.usd_per_month or 0.0) * risk
    return (not known, -cost, -risk * size, group.about.group)


def _group(members: Sequence[Failure], evidence: Evidence) -> Group:
    first = members[0]
    key = "/".join(part for part in (first.suite, first.slot, first.error_kind, first.key) if part)
    stakes = next((e.stakes for m in evidence.manifests for e in m.suites if e.name == first.suite), None)
    cost = None
    if stakes and stakes.volume_per_month is not None and stakes.error_cost_usd is not None:
        failing = sum(f.share * (1 - (f.success if f.success == f.success else 0.0)) for f in members)
        cost = stakes.volume_per_month * stakes.error_cost_usd * failing
    suite = evidence.suites.get(first.suite)
    tags = [item.tags for item in suite.test_items] if suite else []
    return Group(
        number="",
        about=_subject(members, key),
        key=first.key,
        why={why: n for why in WHYS if (n := sum(f.why == why for f in members))},
        risk=stakes.risk if stakes else "medium",
        usd_per_month=cost,
        tags=telling_tags([f.tags for f in members], tags),
        parts=(),
        example=first.text,
    )


def _parts(group: Group, number: str, members: Sequence[Failure], evidence: Evidence) -> Iterator[Part]:
    found = split_by_likeness([f.text for f in members])
    suite = evidence.suites.get(group.about.suite)
    tags = [item.tags for item in suite.test_items] if suite else []
    for n, (places, terms) in enumerate(found if len(found) > 1 else (), start=1):
        inside = [members[p] for p in places]
        yield Part(
            number=f"{number}.{n}",
            about=_subject(inside, f"{group.about.group}: {', '.join(terms)}"),
            terms=terms,
            tags=telling_tags([f.tags for f in inside], tags),
        )


def _subject(members: Sequence[Failure], key: str) -> Subject:
    first = members[0]
    return Subject(
        suite=first.suite,
        group=key,
        items={f.item_id: f.input_hash for f in sorted(members, key=lambda f: f.item_id)},
        error_kind=first.error_kind,
        candidate=first.slot,
    )


def _words(evidence: Evidence, cell: Cell) -> Vocabulary:
    suite = evidence.suites.get(cell.suite)
    items = [to_plain({"tools": i.tools, "target": i.target}) for i in suite.test_items] if suite else []
    return vocabulary(cell.entry.contract if cell.entry else Contract(), items)
