"""A route as the picture of its flow: who is asked first, what sends an answer on, how much ends where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.wording import DASH, percent, percent_span, seconds, usd, usd_per_successes

if TYPE_CHECKING:
    from evalkit.routes.figures import RouteFigures
    from evalkit.routes.policy import RoutePolicy

PERSON = "a person"
"""What the page calls the step at which a person decides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowStep:
    """One box of the picture."""

    candidate: str
    tier: str
    """Empty for a person."""
    asked: float | None
    """Share of the suite's work that comes here; None where it was not measured."""
    served: float | None
    """Share of the suite's work that ends here."""
    signal: str
    """What sends an answer on from here, in words; empty at the last step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowBranch:
    """One line of boxes."""

    when: str
    """The items that it is for, in words."""
    share: float | None
    steps: tuple[FlowStep, ...]
    review: bool
    """Whether a person checks each answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """A whole route."""

    title: str
    in_words: str
    branches: tuple[FlowBranch, ...]
    facts: tuple[tuple[str, str], ...]
    """What it brings, as it is to be printed."""


def flow(title: str, policy: RoutePolicy, figures: RouteFigures | None, tiers: Mapping[str, str]) -> Flow:
    """The picture of a policy with its measured shares."""
    return Flow(
        title=title,
        in_words=policy.in_words,
        branches=tuple(_branches(policy, figures, tiers)),
        facts=tuple(_facts(figures)) if figures else (),
    )


def _branches(
    policy: RoutePolicy, figures: RouteFigures | None, tiers: Mapping[str, str]
) -> Iterator[FlowBranch]:
    for number, branch in enumerate(policy.branches):
        shares = [s for s in figures.steps if s.branch == number] if figures else []
        measured = len(shares) == len(branch.steps)
        steps = tuple(
            FlowStep(
                candidate=PERSON if step.candidate not in tiers else step.candidate,
                tier=tiers.get(step.candidate, ""),
                asked=shares[k].asked if measured else None,
                served=shares[k].served if measured else None,
                signal=step.escalate_on.in_words if step.escalate_on else "",
            )
            for k, step in enumerate(branch.steps)
        )
        yield FlowBranch(
            when=" and ".join(c.in_words for c in branch.when)
            or ("everything else" if number else "everything"),
            share=shares[0].asked if measured else None,
            steps=steps,
            review=branch.review,
        )


def _facts(found: RouteFigures) -> Iterator[tuple[str, str]]:
    yield "Success", f"{percent(found.success.estimate, found.success.n)} ({percent_span(found.success)})"
    cost = found.per_success_usd
    yield "1,000 successes", usd_per_successes(cost.estimate) if cost else "unknown"
    times = found.latency_s
    yield "p95 latency", seconds(times.p95.estimate) if times and times.p95.n else DASH
    yield (
        "A month, errors counted",
        "unknown" if found.month_total_usd is None else usd(found.month_total_usd),
    )
    if found.month_errors is not None:
        yield "Wrong answers a month", f"{found.month_errors:,.0f}"
    yield "Seen by a person", percent(found.review_share, 200)
    yield "Items", f"{found.n:,}"
