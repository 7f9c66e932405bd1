"""The agenda and the minutes in words: for a terminal, as Markdown, and as a page kept in git."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from evalkit.reporting.hostile import one_line
from evalkit.reporting.text import escape_markdown
from evalkit.review.agenda import Agenda, Group, Why
from evalkit.review.bookkeeping import Standing, State
from evalkit.review.merging import Conflict, PeopleAgreement
from evalkit.review.records import Decision
from evalkit.wording import count, kind_words, usd

MOST_GROUPS = 10
STATE_WORDS: dict[State, str] = {
    "fixed": "fixed",
    "still_failing": "still failing",
    "came_back": "came back",
    "gone": "gone (the item changed or was removed)",
    "unknown": "not asked since",
}
_WHY_WORDS: dict[Why, str] = {
    "came_back": "came back",
    "regression": "regressed",
    "first_seen": "first seen",
    "flaky": "flaky",
    "open": "open",
}


def summary_lines(agenda: Agenda) -> Iterator[str]:
    """Yield the agenda's head, at most ten lines; foreign text is made safe."""
    since = f"since the meeting of {agenda.last_meeting:%Y-%m-%d}" if agenda.last_meeting else "first meeting"
    counts = agenda.counts()
    said = ", ".join(f"{counts[why]} {words}" for why, words in _WHY_WORDS.items() if counts[why])
    groups = count(len(agenda.groups), "group")
    yield f"Review, {since}: {count(len(agenda.failures), 'failure')} in {groups}"
    if said:
        yield f"  by reason: {said}"
    # Candidates are alternatives: what each would cost does not add up.
    costs: Counter[str] = Counter()
    for group in agenda.groups:
        costs[one_line(group.about.candidate)] += group.usd_per_month or 0.0  # type: ignore[assignment]
    unknown = sum(group.usd_per_month is None for group in agenda.groups)
    if unknown < len(agenda.groups):
        ((name, most),) = costs.most_common(1)
        behind = f"; {count(unknown, 'group')} of unknown cost" if unknown else ""
        yield f"  cost of these failures: at worst {usd(most)} a month, if {name} served all{behind}"
    if agenda.standings:
        states = {s: sum(one.state == s for one in agenda.standings) for s in STATE_WORDS}
        told = ", ".join(f"{n} {STATE_WORDS[s].split(' (')[0]}" for s, n in states.items() if n)
        yield f"  decisions: {told}; {len(agenda.due)} due"
    if agenda.simulated:
        names = ", ".join(map(one_line, agenda.simulated))
        yield f"  left out, simulated: {names} (--simulated shows them)"


def agenda_lines(agenda: Agenda, most: int | None = MOST_GROUPS) -> Iterator[str]:
    """Yield the agenda for a terminal: its head, decisions that need a word, then groups."""
    yield from summary_lines(agenda)
    for heading, standings in _decided(agenda):
        yield ""
        yield heading
        yield from (f"  {standing_words(s)}" for s in standings)
    shown, folded = _fold(agenda.groups, most)
    if shown:
        yield ""
        yield "To decide, the costliest first:"
    for group, also in shown:
        yield from _group_lines(group, also)
    if folded:
        yield f"  … and {count(folded, 'more group')} (--all)"
    if shown:
        yield ""
        yield "next: evalkit review decide 1 --cause prompt --action fix_prompt --owner NAME --due YYYY-MM-DD"


def agenda_markdown(agenda: Agenda) -> str:
    """Return the agenda as Markdown; foreign text cannot form markup."""
    head, *rest = summary_lines(agenda)
    lines = [f"# {escape_markdown(head)}", "", *(f"- {escape_markdown(line.strip())}" for line in rest)]
    for heading, standings in _decided(agenda):
        lines += ["", f"## {heading.rstrip(':')}", ""]
        lines += [f"- {escape_markdown(standing_words(s))}" for s in standings]
    if agenda.groups:
        lines += [
            "",
            "## To decide",
            "",
            "| # | what | items | why | a month | likeness |",
            "|" + " --- |" * 6,
        ]
    for group in agenda.groups:
        cost = "unknown" if group.usd_per_month is None else usd(group.usd_per_month)
        alike = "; ".join(
            f"{p.number} {_likeness(p.terms, p.tags)} ({len(p.about.items)})" for p in group.parts
        )
        alike = alike or ", ".join(group.tags)
        cells = (group.number, _title(group), str(len(group.about.items)), _why(group), cost, alike)
        lines.append("| " + " | ".join(map(escape_markdown, cells)) + " |")
    return "\n".join(lines) + "\n"


def minutes_markdown(agenda: Agenda, decisions: Iterable[Decision], day: date) -> str:
    """Return the minutes of a day: decided, owners, due, and what moved since the decisions before."""
    today = [d for d in decisions if d.decided_at.date() == day]
    before = [s for s in agenda.standings if s.decision.decided_at.date() < day]
    lines = [f"# Review of {day}", "", f"## Decided ({len(today)})", ""]
    if today:
        lines += ["| what | items | cause | action | owner | due | note | who |", "|" + " --- |" * 8]
    for one in today:
        cells = (
            one.about.name, str(len(one.about.members)), kind_words(one.cause), kind_words(one.action),
            one.owner, one.due, one.note, one.who,
        )  # fmt: skip
        lines.append("| " + " | ".join(map(escape_markdown, cells)) + " |")
    owners = sorted({s.decision.owner for s in agenda.waiting if s.decision.owner})
    lines += ["", "## Owners", ""]
    for owner in owners:
        held = [s for s in agenda.waiting if s.decision.owner == owner]
        named = "; ".join(_task(s.decision) for s in held)
        lines.append(f"- {escape_markdown(f'{owner}: {named}')}")
    for title, chosen in (
        ("Due", agenda.due),
        ("Moved since last time", [s for s in before if s.state in ("fixed", "came_back", "gone")]),
        ("Not moved", [s for s in before if s in agenda.waiting]),
    ):
        lines += ["", f"## {title} ({len(chosen)})", ""]
        lines += [f"- {escape_markdown(standing_words(s))}" for s in chosen]
    return "\n".join(lines).rstrip() + "\n"


def standing_words(standing: Standing) -> str:
    """Return what became of a decision in one line of plain text."""
    one, total = standing.decision, sum(standing.counts.values())
    fixed = standing.counts.get("fixed", 0)
    share = f" ({fixed} of {total} fixed)" if total > 1 and standing.state != "unknown" else ""
    run = f", run {standing.run_id}" if standing.run_id else ""
    return one_line(
        f"{one.about.name}: {STATE_WORDS[standing.state]}{share}{run}; {_task(one, name=False)}", 300
    )


def conflict_words(conflict: Conflict) -> str:
    """Return a conflict in one line."""
    sides = " against ".join(
        f"{d.who}: {kind_words(d.cause)}, {kind_words(d.action)} ({d.when[:10]})"
        for d in (conflict.mine, conflict.theirs)
    )
    return one_line(f"conflict about {conflict.mine.about.name}: {sides}", 300)


def agreement_lines(found: Sequence[PeopleAgreement]) -> Iterator[str]:
    """Yield how each two people agree, and about what they do not."""
    for one in found:
        kappa = one.kappa
        number = (
            "kappa is not defined (one cause alone)"
            if kappa.estimate != kappa.estimate
            else f"kappa {kappa.estimate:.2f} ({kappa.low:.2f} to {kappa.high:.2f})"
        )
        disputed = ", ".join(f"{kind_words(a)} / {kind_words(b)} {n}" for (a, b), n in one.disputed.items())
        more = f"; they differ on {disputed}" if disputed else ""
        yield one_line(f"{one.people[0]} and {one.people[1]} on {kappa.n} items: {number}{more}", 300)


def _decided(agenda: Agenda) -> Iterator[tuple[str, Sequence[Standing]]]:
    back = [s for s in agenda.standings if s.state == "came_back" and not s.decision.settled]
    waiting = [s for s in agenda.waiting if s not in agenda.due]
    for heading, standings in (
        ("Came back after it was fixed:", back),
        ("Due:", agenda.due),
        ("Decided, not moved:", waiting),
    ):
        if standings:
            yield heading, standings


def _fold(groups: Sequence[Group], most: int | None) -> tuple[list[tuple[Group, list[Group]]], int]:
    """Groups to show, each with those that fail alike in other slots, and how many groups are left out."""
    alike: dict[tuple[str, str, str], list[Group]] = {}
    for group in groups:
        alike.setdefault((group.about.suite, group.about.error_kind, group.key), []).append(group)
    shown = [(members[0], members[1:]) for members in alike.values()]
    left = 0 if most is None else sum(1 + len(also) for _, also in shown[most:])
    return shown[:most], left


def _group_lines(group: Group, also: Sequence[Group]) -> Iterator[str]:
    cost = "" if group.usd_per_month is None else f", {usd(group.usd_per_month)} a month"
    items = count(len(group.about.items), "item")
    yield one_line(
        f"{group.number:>3}  {_title(group)}: {items} ({_why(group)}){cost}, risk {group.risk}", 200
    )
    for part in group.parts:
        alike = _likeness(part.terms, part.tags)
        yield "     " + one_line(f"{part.number}  {count(len(part.about.items), 'item')}: {alike}", 150)
    if group.tags and not group.parts:
        yield "     " + one_line(", ".join(group.tags), 150)
    if not group.parts and group.example:
        yield "     e.g. " + one_line(group.example, 100)
    if also:
        named = ", ".join(f"{g.about.candidate} {len(g.about.items)} (#{g.number})" for g in also)
        yield "     " + one_line(f"also: {named}", 150)


def _title(group: Group) -> str:
    key = f", {group.key}" if group.key else ""
    return f"{group.about.suite} × {group.about.candidate}: {kind_words(group.about.error_kind)}{key}"


def _why(group: Group) -> str:
    return ", ".join(
        f"{n} {_WHY_WORDS[why]}" if len(group.why) > 1 else _WHY_WORDS[why] for why, n in group.why.items()
    )


def _likeness(terms: Sequence[str], tags: Sequence[str]) -> str:
    return " · ".join(part for part in (", ".join(f"“{t}”" for t in terms), ", ".join(tags)) if part)


def _task(one: Decision, name: bool = True) -> str:
    about = f"{one.about.name}: " if name else ""
    due = f", due {one.due}" if one.due else ""
    owner = f", {one.owner}" if one.owner and not name else ""
    return f"{about}{kind_words(one.cause)}, {kind_words(one.action)}{owner}{due}"
