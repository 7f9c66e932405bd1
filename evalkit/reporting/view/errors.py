"""The errors page as data: failures by error kind and by what they are about, the most costly first.

An item counts as failed by a candidate when any of its repeats failed. A group's cost is what it would come
to in a month if that candidate served all of the suite's volume: share of its answers × volume × cost of an
error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evalkit.reporting.view.cells import tier_rank
from evalkit.reporting.view.figures import Figure
from evalkit.reporting.view.listing import Listed, build_listing
from evalkit.reporting.view.outcomes import FAULT_KINDS, Group, GroupKey, Then, failures_by_group
from evalkit.reporting.view.pages import Context, Pointer
from evalkit.wording import count, kind_words, usd

_RISKS = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorGroup:
    """Failures of one candidate at one suite that are alike."""

    suite: str
    candidate: str
    tier: str
    simulated: bool
    kind: str
    key: str
    """What they are about; empty when the kind says it all."""
    samples: int
    """Failed samples now."""
    items: int
    """Failed items now."""
    share: float
    """Of the candidate's answers at the suite; of its requests where no answer came."""
    new: int | None
    """Items that were right before; None where there is nothing to compare with, as in the next two."""
    persistent: int | None
    """Items that were failed before, in whatever way."""
    fixed: int | None
    """Items that were failed in this way before and are right now."""
    usd_a_month: float | None
    """If this candidate served all of the suite's volume; None for faults and where a stake is not set."""
    risk: str
    critical: int
    """Failed items that the team insists on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KindSection:
    """One error kind."""

    kind: str
    meaning: str
    fault: bool
    samples: int
    groups: tuple[int, ...]
    """Positions in the page's groups, the most costly first."""
    worst: str
    """The most costly of them in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SinceRow:
    """What changed for one candidate at one suite since it was last looked at."""

    suite: str
    candidate: str
    tier: str
    simulated: bool
    against: str
    """In words; empty when there is nothing earlier of the same suite version."""
    failing: int
    new: int
    persistent: int
    fixed: int
    unknown: int
    """Failed items that were not asked before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorsPage:
    """All failures of a report."""

    template: ClassVar[str] = "errors.html.j2"
    href: ClassVar[str] = "errors.html"
    label: ClassVar[str] = "Errors"
    figures: ClassVar[tuple[Figure, ...]] = ()

    finding: str
    details: tuple[str, ...]
    sections: tuple[KindSection, ...]
    groups: tuple[ErrorGroup, ...]
    since: tuple[SinceRow, ...]
    listed: tuple[Listed, ...]
    """Every failed or fixed item, in the order in which they are listed."""
    suites: tuple[str, ...]
    candidates: tuple[str, ...]
    slices: tuple[tuple[str, tuple[str, ...]], ...]
    """Tag -> its values, for the filter."""
    with_content: bool

    @property
    def pointers(self) -> tuple[Pointer, ...]:
        """What the front page says of it."""
        return (Pointer(text=self.finding, href=self.href),)

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers of its candidates, from the slimmest up."""
        names = dict.fromkeys(row.tier for row in self.since)
        return tuple(sorted(names, key=tier_rank))

    @property
    def failed_items(self) -> int:
        """Items that some candidate fails now."""
        return sum(any(then != "fixed" for _, then in item.results) for item in self.listed)


def build_errors(context: Context) -> ErrorsPage | None:
    """The errors page; None when nothing failed, now or before."""
    found = failures_by_group(context)
    if not found.groups:
        return None
    groups = sorted(
        (
            _group(context, key, group, compared=(key[0], key[1]) in found.against)
            for key, group in found.groups.items()
        ),
        key=_rank,
    )
    order = {(g.suite, g.candidate, g.kind, g.key): n for n, g in enumerate(groups)}
    sections = tuple(_section(context, kind, groups) for kind in dict.fromkeys(g.kind for g in groups))
    since = tuple(_since_row(context, pair, thens, found.against) for pair, thens in found.thens.items())
    listed, slices = build_listing(context, found, order, [g.usd_a_month or 0.0 for g in groups])
    return ErrorsPage(
        finding=_finding(groups),
        details=_details(groups, since),
        sections=tuple(sorted(sections, key=lambda s: s.fault)),
        groups=tuple(groups),
        since=since,
        listed=listed,
        suites=tuple(context.cells.by_suite),
        candidates=tuple(dict.fromkeys(cell.candidate for cell in context.cells.models.all())),
        slices=slices,
        with_content=context.inputs.options.with_content,
    )


def _group(context: Context, key: GroupKey, group: Group, *, compared: bool) -> ErrorGroup:
    suite, candidate, kind, about = key
    cell = next(c for c in context.cells.by_suite[suite] if c.candidate == candidate)
    fault = kind in FAULT_KINDS
    whole = cell.samples - cell.not_asked if fault else cell.answered
    share = group.samples / whole if whole else 0.0
    stakes = context.stakes(suite)
    known = not fault and stakes.volume_per_month is not None and stakes.error_cost_usd is not None
    thens = list(group.items.values())
    return ErrorGroup(
        suite=suite,
        candidate=candidate,
        tier=cell.tier,
        simulated=cell.is_simulated,
        kind=kind,
        key=about,
        samples=group.samples,
        items=len(thens),
        share=share,
        new=thens.count("new") if compared else None,
        persistent=thens.count("persistent") if compared else None,
        fixed=len(group.fixed) if compared else None,
        usd_a_month=share * (stakes.volume_per_month or 0) * (stakes.error_cost_usd or 0.0)
        if known
        else None,
        risk=stakes.risk,
        critical=group.critical,
    )


def _rank(group: ErrorGroup) -> tuple[bool, bool, float, int, float, tuple[str, ...]]:
    """Mistakes before faults, measured before simulated, the most costly first; without a cost by risk."""
    names = (group.suite, group.candidate, group.kind, group.key)
    cost = -(group.usd_a_month or 0.0)
    return group.kind in FAULT_KINDS, group.simulated, cost, _RISKS.get(group.risk, 3), -group.share, names


def _section(context: Context, kind: str, groups: Sequence[ErrorGroup]) -> KindSection:
    own = tuple(n for n, group in enumerate(groups) if group.kind == kind)
    return KindSection(
        kind=kind,
        meaning=context.inputs.error_kinds.get(kind, ""),
        fault=kind in FAULT_KINDS,
        samples=sum(groups[n].samples for n in own),
        groups=own,
        worst=_worst(groups[own[0]]),
    )


def _worst(group: ErrorGroup) -> str:
    who = f"{group.candidate}{' (simulated)' if group.simulated else ''} on {group.suite}"
    if group.usd_a_month:
        return f"at worst {usd(group.usd_a_month)} a month: {who}"
    return f"most: {who}"


def _since_row(
    context: Context,
    pair: tuple[str, str],
    thens: Mapping[str, Then],
    against: Mapping[tuple[str, str], str],
) -> SinceRow:
    suite, candidate = pair
    cell = next(c for c in context.cells.by_suite[suite] if c.candidate == candidate)
    values = list(thens.values())
    return SinceRow(
        suite=suite,
        candidate=candidate,
        tier=cell.tier,
        simulated=cell.is_simulated,
        against=against.get(pair, ""),
        failing=sum(then != "fixed" for then in values),
        new=values.count("new"),
        persistent=values.count("persistent"),
        fixed=values.count("fixed"),
        unknown=values.count("unknown"),
    )


def _finding(groups: Sequence[ErrorGroup]) -> str:
    """The most costly group, as a sentence."""
    first = next((g for g in groups if g.samples and g.kind not in FAULT_KINDS), None)
    if first is None:
        return "No answer is wrong now."
    about = f" ({first.key})" if first.key else ""
    who = f"{first.candidate}{' (simulated)' if first.simulated else ''} on {first.suite}"
    if first.usd_a_month:
        lead = "Most costly"
        price = f", {usd(first.usd_a_month)} a month if it served all of the suite"
    else:
        lead, price = "Gravest", f", {count(first.samples, 'answer')}"
    return f"{lead}: {kind_words(first.kind)}{about} by {who}{price}."


def _details(groups: Sequence[ErrorGroup], since: Sequence[SinceRow]) -> tuple[str, ...]:
    wrong = sum(g.samples for g in groups if g.kind not in FAULT_KINDS)
    faults = sum(g.samples for g in groups if g.kind in FAULT_KINDS)
    compared = [row for row in since if row.against]
    counted = f"{count(wrong, 'wrong answer')} and {count(faults, 'fault')}, counted over all candidates"
    sentences = [f"{counted}; a fault is not the model's mistake and costs nothing here."]
    if compared:
        new, kept, fixed = (sum(getattr(r, n) for r in compared) for n in ("new", "persistent", "fixed"))
        changed = f"{count(new, 'new failure')}, {kept:,} persistent, {fixed:,} fixed"
        sentences.append(f"Since the run before, or the baseline: {changed}.")
    else:
        sentences.append("Nothing earlier of the same suite version is stored, so nothing is new or fixed.")
    if not any(g.usd_a_month for g in groups):
        sentences.append(
            "No suite has both a volume and a cost of an error: failures are ordered by risk and share."
        )
    return tuple(sentences)
