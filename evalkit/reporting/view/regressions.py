"""The regressions page as data: candidates against baselines, what flipped, and what does not compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from evalkit.comparison import agreement_words
from evalkit.reporting.hostile import slug
from evalkit.reporting.inputs import Compared
from evalkit.reporting.view.drawings import ForestRow
from evalkit.reporting.view.figures import Figure
from evalkit.reporting.view.forest import Held, cases_figure, slices_figure
from evalkit.reporting.view.measures import Measure, measures
from evalkit.reporting.view.pages import Context, Pointer
from evalkit.stats import Interval, Outcome
from evalkit.wording import count, kind_words, listed

if TYPE_CHECKING:
    from evalkit.comparison import GroupComparison, SuiteComparison
    from evalkit.gate import CaseVerdict

STANDS_OUT = 0.05
"""A slice stands out below this p, adjusted for all slices of its suite that were looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceChange:
    """One slice on both sides."""

    name: str
    before: Interval
    now: Interval
    difference: Interval
    margin: float
    outcome: Outcome
    stands_out: bool
    """Whether it differs even when all slices that were looked at are considered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KindChange:
    """How often one error kind happened on both sides."""

    kind: str
    meaning: str
    before: int
    now: int
    share_before: float
    share_now: float
    word: str
    """`appeared`, `grew`, `same`, `shrank` or `gone`."""
    difference: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class FlipRow:
    """An item that one side got right and the other wrong."""

    item_id: str
    critical: bool
    kind_before: str
    """Error kind before; empty where it succeeded."""
    kind_now: str
    same_answer: bool
    """Whether both answers are the same byte for byte: the scorers differ."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaveatRow:
    """One thing that keeps comparisons from being what they seem."""

    kind: str
    message: str
    where: tuple[str, ...]
    """The comparisons that it is about."""
    before: str
    """What it was; empty where it differs from comparison to comparison."""
    now: str
    both: str
    """What it is on both sides, where that is the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CasePage:
    """One candidate at one suite against its baseline."""

    suite: str
    suite_href: str
    anchor: str
    candidate: str
    tier: str
    simulated: bool
    against: str
    outcome: Outcome
    """The gate's word on the difference; that of its interval where the gate said none."""
    verdict: CaseVerdict | None
    """The gate's word on the whole case."""
    identical: bool
    """Whether all answers are the same byte for byte."""
    pairs: int
    shared: int
    faulted_share: float
    before: Interval
    now: Interval
    difference: Interval
    margin: float
    mcnemar_p: float
    broken: tuple[FlipRow, ...]
    fixed: tuple[FlipRow, ...]
    agreement: str
    """On how many items both are right, one alone is, and both are wrong; empty without any pair."""
    kinds: tuple[KindChange, ...]
    measures: tuple[Measure, ...]
    slices: tuple[SliceChange, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RegressionsPage:
    """All candidates against their baselines."""

    template: ClassVar[str] = "regressions.html.j2"
    href: ClassVar[str] = "regressions.html"
    label: ClassVar[str] = "Regressions"

    headline: str
    """The gate's, as on the overview; without a verdict what the differences say."""
    details: tuple[str, ...]
    forest: Figure
    slices: Figure | None
    caveats: tuple[CaveatRow, ...]
    cases: tuple[CasePage, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Its figures, in order."""
        return (self.forest,) if self.slices is None else (self.forest, self.slices)

    @property
    def span(self) -> float:
        """The largest change that a small picture on the page must hold."""
        return min(0.6, max([0.1, *(abs(end) for case in self.cases for end in _ends(case))]))

    @property
    def pointers(self) -> tuple[Pointer, ...]:
        """What the front page says of it."""
        return tuple(Pointer(text=f"{f.title}.", href=self.href, anchor=f.name) for f in self.figures)


def build_regressions(context: Context) -> RegressionsPage | None:
    """The page; None when nothing has a baseline."""
    compared = context.inputs.comparisons
    if not compared:
        return None
    cases = tuple(_case(context, one) for one in sorted(compared, key=lambda c: _place(context, c.found)))
    slices = slices_figure([held for case in cases for held in _held_slices(case)])
    forest, gate = cases_figure([_held(case) for case in cases]), context.inputs.gate
    return RegressionsPage(
        headline=gate.headline if gate else f"{forest.title}.",
        details=tuple(_details(cases)),
        forest=forest,
        slices=slices,
        caveats=_caveats(compared),
        cases=cases,
    )


def _place(context: Context, found: SuiteComparison) -> tuple[int, int]:
    suites = list(context.cells.by_suite)
    row = [cell.candidate for cell in context.cells.by_suite.get(found.suite, ())]
    return (
        suites.index(found.suite) if found.suite in suites else len(suites),
        row.index(found.candidate_b) if found.candidate_b in row else len(row),
    )


def _case(context: Context, one: Compared) -> CasePage:
    found, overall = one.found, one.found.overall
    cells = context.cells.by_suite.get(found.suite, ())
    cell = next((c for c in cells if c.candidate == found.candidate_b), None)
    verdict = cell.verdict if cell else None
    return CasePage(
        suite=found.suite,
        suite_href=f"suites/{slug(found.suite)}.html",
        anchor=f"case-{slug(f'{found.suite} {found.candidate_b}')}",
        candidate=found.candidate_b,
        tier=cell.tier if cell else "",
        simulated=bool(found.marks_a.simulated or found.marks_b.simulated),
        against=one.against,
        outcome=_outcome(verdict, overall),
        verdict=verdict,
        identical=found.identical,
        pairs=found.pairs,
        shared=found.shared,
        faulted_share=found.faulted_share,
        before=overall.success_a,
        now=overall.success_b,
        difference=overall.difference.interval,
        margin=overall.margin,
        mcnemar_p=overall.difference.mcnemar_p,
        broken=tuple(_flips(found, "broken")),
        fixed=tuple(_flips(found, "fixed")),
        agreement=agreement_words(found.agreement, "the baseline", "the candidate"),
        kinds=tuple(_kinds(found, context)),
        measures=measures(found),
        slices=tuple(
            sorted(map(_slice, found.slices), key=lambda s: s.difference.estimate if s.difference.n else 2)
        ),
    )


def _outcome(verdict: CaseVerdict | None, overall: GroupComparison) -> Outcome:
    regression = verdict.regression if verdict else None
    if regression is None or regression.outcome == "not_judged":
        return overall.judgement.outcome
    return regression.outcome


def _flips(found: SuiteComparison, direction: Literal["broken", "fixed"]) -> Iterator[FlipRow]:
    for flip in found.flips:
        if flip.direction == direction:
            yield FlipRow(
                item_id=flip.item_id,
                critical=flip.critical,
                kind_before=flip.error_a or "",
                kind_now=flip.error_b or "",
                same_answer=flip.same_answer,
            )


def _kinds(found: SuiteComparison, context: Context) -> Iterator[KindChange]:
    for change in found.error_kinds:
        yield KindChange(
            kind=change.kind,
            meaning=context.inputs.error_kinds.get(change.kind, ""),
            before=change.a,
            now=change.b,
            share_before=change.share_a,
            share_now=change.share_b,
            word=change.change,
            difference=change.difference.interval,
        )


def _slice(group: GroupComparison) -> SliceChange:
    return SliceChange(
        name=group.name,
        before=group.success_a,
        now=group.success_b,
        difference=group.difference.interval,
        margin=group.margin,
        outcome=group.judgement.outcome,
        stands_out=group.exploring_p is not None and group.exploring_p < STANDS_OUT,
    )


def _held(case: CasePage) -> Held:
    row = ForestRow(
        group=case.suite, name=case.candidate, simulated=case.simulated, difference=case.difference,
        margin=case.margin, outcome=case.outcome,
    )  # fmt: skip
    return Held(row=row, suite=case.suite, candidate=case.candidate)


def _held_slices(case: CasePage) -> Iterator[Held]:
    for one in case.slices:
        if one.difference.n and one.before.n:
            row = ForestRow(
                group=f"{case.candidate} on {case.suite}", name=one.name, simulated=case.simulated,
                difference=one.difference, margin=one.margin, outcome=one.outcome,
            )  # fmt: skip
            yield Held(row=row, suite=case.suite, candidate=case.candidate, stands_out=one.stands_out)


def _details(cases: Sequence[CasePage]) -> Iterator[str]:
    broken, fixed = sum(len(c.broken) for c in cases), sum(len(c.fixed) for c in cases)
    verb = "was" if fixed == 1 else "were"
    over = count(len(cases), "comparison")
    yield f"{count(broken, 'item')} broke and {fixed:,} {verb} fixed, over {over}."
    critical = [f"{f.item_id} ({c.candidate})" for c in cases for f in c.broken if f.critical]
    if critical:
        yield f"Critical items that broke: {listed(critical)}."
    new = [
        f"{kind_words(k.kind)} ({c.candidate} on {c.suite}, {k.now})"
        for c in cases
        for k in c.kinds
        if k.word == "appeared"
    ]
    if new:
        yield f"Error kinds that were not there before: {listed(new, 4)}."
    same = [f"{c.candidate} on {c.suite}" for c in cases if c.identical]
    if same:
        yield f"Every answer is the same byte for byte: {listed(same, 4)}."


def _caveats(compared: Sequence[Compared]) -> tuple[CaveatRow, ...]:
    """Caveats of one kind stand once, whatever they are about."""
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for one in compared:
        for caveat in one.caveats:
            where = f"{one.found.candidate_b} on {one.found.suite}"
            found.setdefault((caveat.kind, caveat.message), []).append((where, caveat.a, caveat.b))
    return tuple(_caveat_row(kind, message, said) for (kind, message), said in found.items())


def _caveat_row(kind: str, message: str, said: Sequence[tuple[str, str, str]]) -> CaveatRow:
    values = {(before, now) for _, before, now in said}
    alike = values != {("", "")} and all(before == now for before, now in values)
    before, now = next(iter(values)) if len(values) == 1 else ("", "")
    return CaveatRow(
        kind=kind,
        message=message,
        where=tuple(where for where, _, _ in said),
        before="" if alike else before,
        now="" if alike else now,
        both=(before or "each in its own way") if alike else "",
    )


def _ends(case: CasePage) -> Iterator[float]:
    for interval in (s.difference for s in case.slices):
        if interval.n:
            yield interval.estimate
    if case.difference.n:
        yield from (case.difference.low, case.difference.high)
