"""The front page as data: the answer first, then what to know before trusting it, then the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.gate.wording import OUTCOME, RULE, verdict_buts, verdict_words
from evalkit.records import Stakes
from evalkit.reporting.hostile import slug
from evalkit.reporting.view.cautions import Caution, cautions
from evalkit.reporting.view.cells import Cell
from evalkit.reporting.view.decisions import Decision, build_decisions
from evalkit.reporting.view.errors import ErrorGroup, ErrorsPage
from evalkit.reporting.view.figures import Figure
from evalkit.reporting.view.pages import Context, MeetingPage, Pointer
from evalkit.reporting.view.routes import RouteChange, RoutesPage
from evalkit.reporting.view.since import Since, since
from evalkit.wording import count, listed, percent, point_span, points, stated

if TYPE_CHECKING:
    from evalkit.gate import CaseVerdict, GateOutcome, GateVerdict

MOST_VERDICTS = 3
"""Verdicts that the front page says in a sentence each."""
MOST_GROUPS = 3
"""Groups of failures on the front page."""
MOST_CHANGES = 3
"""Changes of routes on the front page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteRow:
    """One suite on the front page."""

    name: str
    href: str
    family: str
    items: int
    floor: float | None
    slo_s: float | None
    finding: str
    """What the suite's figures say, as a sentence."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontPage:
    """What a reader meets first."""

    template: ClassVar[str] = "index.html.j2"
    href: ClassVar[str] = "index.html"
    label: ClassVar[str] = "Overview"
    figures: ClassVar[tuple[Figure, ...]] = ()

    title: str
    created_at: str
    outcome: GateOutcome | None
    """The gate's; None when nothing was judged."""
    headline: str
    """The answer in one sentence."""
    details: tuple[str, ...]
    """What broke, in a sentence each, the worst first."""
    notes: tuple[str, ...]
    """What to know of the answer: floors, and who was not judged."""
    cautions: tuple[Caution, ...]
    decisions: tuple[Decision, ...]
    """What can be decided, suite by suite."""
    talk: tuple[ErrorGroup, ...]
    """The groups of failures that cost most, of measured candidates."""
    suites: tuple[SuiteRow, ...]
    pointers: tuple[Pointer, ...]
    """What the other pages find, with the way there."""
    since: Since | None
    """What changed since the last report; None where there was none."""
    changes: tuple[RouteChange, ...]
    """The most valuable changes of routes."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """Every candidate, from the slimmest tier up."""
        return tuple(dict.fromkeys(cell.candidate for row in self.suites for cell in row.cells))


def build_front(context: Context, meeting: Sequence[MeetingPage]) -> FrontPage:
    """The front page, which points to the meeting's pages."""
    inputs, cells = context.inputs, context.cells
    families = {e.name: e.family for m in reversed(inputs.manifests) for e in m.suites}
    rows = tuple(
        _suite_row(name, families.get(name, ""), context.stakes(name), row)
        for name, row in cells.by_suite.items()
    )
    floors = _floor_sentence(rows)
    headline, details, notes = _answer(inputs.gate, floors)
    errors = next((page for page in meeting if isinstance(page, ErrorsPage)), None)
    return FrontPage(
        title=inputs.title,
        created_at=inputs.created_at,
        outcome=inputs.gate.outcome if inputs.gate else None,
        headline=headline,
        details=details,
        notes=notes,
        cautions=tuple(cautions(inputs, cells)),
        decisions=build_decisions(context, errors),
        talk=tuple(g for g in (errors.groups if errors else ()) if g.samples and not g.simulated)[
            :MOST_GROUPS
        ],
        suites=rows,
        pointers=tuple(pointer for page in meeting for pointer in page.pointers),
        since=since(inputs.past, cells),
        changes=tuple(c for page in meeting if isinstance(page, RoutesPage) for c in page.changes)[
            :MOST_CHANGES
        ],
    )


def suite_finding(cells: Sequence[Cell], floor: float | None) -> str:
    """What a suite's figures say: the best measured candidate, and whether the floor is reached."""
    real = [c for c in cells if c.success and not c.is_simulated]
    measured = [c for c in real if _may_serve(c)] or real
    if not measured:
        return "Nothing but simulated answers: no finding."
    best = max(measured, key=lambda c: (c.success.estimate if c.success else 0.0, c.candidate))
    if best.success is None:
        return "No answers."
    rate = percent(best.success.estimate, best.success.n)
    lead = f"Best measured: {best.candidate} at {rate}"
    beaten = floor_sentence(real)
    if floor is None:
        return f"{lead}; no quality floor is set.{beaten}"
    words = {
        "met": f"at or above the floor of {stated(floor)} for certain",
        "missed": f"below the floor of {stated(floor)} for certain",
        "open": f"not decided against the floor of {stated(floor)}",
        "unset": "no quality floor is set",
    }
    return f"{lead}, {words[best.floor]}.{beaten}"


def floor_sentence(cells: Sequence[Cell]) -> str:
    """Say which models are no better than the suite's best cheap floor; empty where none is."""
    rates = [(c.success.estimate, c, percent(c.success.estimate, c.success.n)) for c in cells if c.success]
    best = max((r for r in rates if r[1].is_cheap_floor), key=lambda r: (r[0], r[1].candidate), default=None)
    if best is None:
        return ""
    no_better = [r for r in rates if not r[1].is_cheap_floor and r[0] <= best[0]]
    if not no_better:
        return ""
    who = listed([f"{cell.candidate} ({rate})" for _, cell, rate in no_better])
    verb = "does" if len(no_better) == 1 else "do"
    return f" {who} {verb} not beat the cheap floor {best[1].candidate} ({best[2]})."


def _suite_row(name: str, family: str, stakes: Stakes, cells: tuple[Cell, ...]) -> SuiteRow:
    floor = stakes.quality_floor
    return SuiteRow(
        name=name,
        href=f"suites/{slug(name)}.html",
        family=family,
        items=max((c.items for c in cells), default=0),
        floor=floor,
        slo_s=stakes.latency_slo_s,
        finding=suite_finding(cells, floor),
        cells=cells,
    )


def _answer(gate: GateVerdict | None, floors: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The headline, the sentences that carry it, and what to know of it."""
    if gate is None:
        return floors, (), ("Nothing was compared with a baseline, so there is no verdict.",)
    telling = [c for c in gate.cases if c.outcome in ("fail", "inconclusive") or c.certain_loss is not None]
    sentences = [_verdict_sentence(c) for c in telling]
    left_out = len(sentences) - MOST_VERDICTS
    more = [f"{count(left_out, 'more verdict')} on the regressions page."] * (left_out > 0)
    together = [f"{r.candidate} over its suites: {r.found}; {r.sure}." for r in gate.together if r.stops]
    return gate.headline, (*sentences[:MOST_VERDICTS], *more, *together), (floors, *gate_notes(gate))


def _verdict_sentence(case: CaseVerdict) -> str:
    who = f"{case.candidate} on {case.suite}"
    if case.outcome == "pass":
        return f"{who}: {verdict_words(case)}."
    lead = f"{who}: {OUTCOME[case.outcome]}{_by_another_rule(case)}"
    difference = case.regression.interval if case.regression else None
    if difference is not None and difference.n:
        change = points(difference.estimate)
        lead += f", {change} points ({point_span(difference)}) on {count(difference.n, 'pair')}"
    buts = "".join(f"; {but}" for but in verdict_buts(case))
    more = f" About {case.more_items:,} more items would decide." if case.more_items else ""
    return f"{lead}{buts}.{more}"


def _by_another_rule(case: CaseVerdict) -> str:
    """The rule that decided, when the difference did not: critical items may break within the margin."""
    deciding = case.deciding
    if case.outcome == "pass" or deciding.rule == "no_regression":
        return ""
    return f" by the rule “{RULE[deciding.rule]}” ({deciding.found})"


def gate_notes(gate: GateVerdict) -> Iterator[str]:
    """Yield what a reader of the verdict must know: who was not judged, those with one reason together."""
    yield from gate.notes
    aside: dict[str, list[str]] = {}
    for one in gate.left_aside:
        aside.setdefault(one.reason, []).append(one.candidate)
    for reason, names in aside.items():
        yield f"Left aside ({reason}): {listed(names)}."
    unjudged: dict[str, dict[str, list[str]]] = {}
    for case in gate.cases:
        if case.outcome == "not_judged":
            rule = case.deciding
            reason = f"{RULE[rule.rule]}: {rule.found}"
            unjudged.setdefault(reason, {}).setdefault(case.candidate, []).append(case.suite)
    for reason, suites in unjudged.items():
        who = [f"{name} on {s[0] if len(s) == 1 else count(len(s), 'suite')}" for name, s in suites.items()]
        yield f"Not judged ({reason}): {listed(who)}."


def _floor_sentence(rows: Sequence[SuiteRow]) -> str:
    floored = [row for row in rows if row.floor is not None]
    if not floored:
        return f"{count(len(rows), 'suite')} measured; no quality floor is set."
    met = [r for r in floored if any(c.floor == "met" and _may_serve(c) for c in r.cells)]
    still = [r for r in floored if r not in met and any(c.floor == "open" and _may_serve(c) for c in r.cells)]
    who = "A measured candidate reaches" if met else "No measured candidate is shown to reach"
    which = (
        f" on {len(met)} of {count(len(floored), 'suite')}"
        if met
        else f" on any of {count(len(floored), 'suite')}"
    )
    rest = f"; undecided on {listed([r.name for r in still], 4)}" if still else ""
    return f"{who} its quality floor{which}{rest}."


def _may_serve(cell: Cell) -> bool:
    return not cell.is_simulated and not cell.is_cheap_floor
