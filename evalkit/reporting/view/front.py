"""The front page as data: the answer first, then what to know before trusting it, then the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evalkit.records import Stakes
from evalkit.reporting.hostile import slug
from evalkit.reporting.inputs import GateVerdict, SuiteVerdict
from evalkit.reporting.view.cautions import Caution, cautions
from evalkit.reporting.view.cells import Cell
from evalkit.reporting.view.figures import Figure
from evalkit.reporting.view.pages import Context, MeetingPage, Pointer
from evalkit.reporting.view.routes import RouteChange, RoutesPage
from evalkit.reporting.view.since import Since, since
from evalkit.reporting.wording import count, listed, percent, points
from evalkit.stats import Outcome

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
    outcome: Outcome | None
    """The gate's; None when nothing was judged."""
    headline: str
    """The answer in one sentence."""
    details: tuple[str, ...]
    """The sentences that carry the headline."""
    cautions: tuple[Caution, ...]
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
    headline, details = _answer(inputs.gate, floors)
    return FrontPage(
        title=inputs.title,
        created_at=inputs.created_at,
        outcome=inputs.gate.outcome if inputs.gate else None,
        headline=headline,
        details=details,
        cautions=tuple(cautions(inputs, cells)),
        suites=rows,
        pointers=tuple(pointer for page in meeting for pointer in page.pointers),
        since=since(inputs.past, cells),
        changes=tuple(c for page in meeting if isinstance(page, RoutesPage) for c in page.changes)[
            :MOST_CHANGES
        ],
    )


def suite_finding(cells: Sequence[Cell], floor: float | None) -> str:
    """What a suite's figures say: the best measured candidate, and whether the floor is reached."""
    measured = [c for c in cells if c.success and not c.is_simulated]
    if not measured:
        return "Nothing but simulated answers: no finding."
    best = max(measured, key=lambda c: (c.success.estimate if c.success else 0.0, c.candidate))
    if best.success is None:
        return "No answers."
    rate = percent(best.success.estimate, best.success.n)
    lead = f"Best measured: {best.candidate} at {rate}"
    if floor is None:
        return f"{lead}; no quality floor is set."
    words = {
        "met": f"at or above the floor of {percent(floor)} for certain",
        "missed": f"below the floor of {percent(floor)} for certain",
        "open": f"not decided against the floor of {percent(floor)}",
        "unset": "no quality floor is set",
    }
    return f"{lead}, {words[best.floor]}."


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


def _answer(gate: GateVerdict | None, floors: str) -> tuple[str, tuple[str, ...]]:
    """The headline and the sentences under it."""
    if gate is None:
        return floors, ("Nothing was compared with a baseline, so there is no verdict.",)
    telling = [v for v in gate.verdicts if v.outcome != "pass"]
    sentences = [_verdict_sentence(v) for v in sorted(telling, key=lambda v: v.outcome != "fail")]
    details = (
        *sentences[:4],
        *([f"{count(len(sentences) - 4, 'more verdict')} below."] * (len(sentences) > 4)),
    )
    return gate.headline or _gate_headline(gate), (*details, floors, *gate.notes)


def _gate_headline(gate: GateVerdict) -> str:
    total = len(gate.verdicts)
    failed = [v for v in gate.verdicts if v.outcome == "fail"]
    undecided = [v for v in gate.verdicts if v.outcome == "inconclusive"]
    if gate.outcome == "fail" and failed:
        return f"Worse than the baseline: {listed([f'{v.candidate} on {v.suite}' for v in failed], 3)}."
    if gate.outcome == "fail":
        return "A rule of the gate failed."
    if gate.outcome == "inconclusive":
        share = f"{len(undecided)} of {count(total, 'comparison')}" if undecided else "the evidence"
        return f"Not decided: {share} {'need' if len(undecided) > 1 else 'needs'} more items."
    if not total:
        return "The gate passed, without a comparison."
    return f"No regression: {'the comparison holds' if total == 1 else f'all {total} comparisons hold'}."


def _verdict_sentence(verdict: SuiteVerdict) -> str:
    lead = f"{verdict.candidate} on {verdict.suite}: {verdict.outcome}{_by_another_rule(verdict)}"
    if verdict.difference is not None and verdict.difference.n:
        change = points(verdict.difference.estimate)
        bounds = f"{points(verdict.difference.low)} to {points(verdict.difference.high)}"
        lead += f", {change} points ({bounds}) on {count(verdict.difference.n, 'pair')}"
    more = f" About {verdict.items_needed:,} more items would decide." if verdict.items_needed else ""
    return f"{lead}.{more}"


def _by_another_rule(verdict: SuiteVerdict) -> str:
    """The rule that decided, when the difference did not: critical items may break within the margin."""
    deciding = [line for line in verdict.rules if line.outcome == verdict.outcome and not line.advisory]
    if not deciding or verdict.outcome == "pass" or any(line.rule == "no regression" for line in deciding):
        return ""
    return f" by the rule “{deciding[0].rule}” ({deciding[0].found})"


def _floor_sentence(rows: Sequence[SuiteRow]) -> str:
    floored = [row for row in rows if row.floor is not None]
    if not floored:
        return f"{count(len(rows), 'suite')} measured; no quality floor is set."
    met = [r for r in floored if any(c.floor == "met" and not c.is_simulated for c in r.cells)]
    still = [
        r for r in floored if r not in met and any(c.floor == "open" and not c.is_simulated for c in r.cells)
    ]
    who = "A measured candidate reaches" if met else "No measured candidate is shown to reach"
    which = (
        f" on {len(met)} of {count(len(floored), 'suite')}"
        if met
        else f" on any of {count(len(floored), 'suite')}"
    )
    rest = f"; undecided on {listed([r.name for r in still], 4)}" if still else ""
    return f"{who} its quality floor{which}{rest}."
