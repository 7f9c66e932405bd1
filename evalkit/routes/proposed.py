"""The records of a proposal: what is proposed for one suite, what was tested for it, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from evalkit.routes.certify import Certificate
from evalkit.routes.figures import RouteFigures
from evalkit.routes.policy import Policy
from evalkit.routes.search import Choice
from evalkit.routes.yardsticks import Yardstick
from evalkit.stats import Interval

Status = Literal["change", "keep", "uncertified", "no_floor", "no_candidate", "too_few"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Passed:
    """A route that was brought to certification, and why it is not the one proposed."""

    choice: Choice
    certificate: Certificate
    figures: RouteFigures
    """On the confirming part."""
    why_not: str | None
    """None for the proposed one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """What is proposed for one suite. Figures are those of the confirming part; amounts are US dollars."""

    suite: str
    suite_version: str
    status: Status
    """`change`: another route than the one in force; `keep`: the route in force stays, or, with none in
    force, `change` names the first. The others propose nothing, and `reason` says why."""
    reason: str
    n_choosing: int
    n_confirming: int
    tried: int = 0
    """Policies weighed on the choosing part."""
    current: Policy | None = None
    current_figures: RouteFigures | None = None
    current_breaches: tuple[str, ...] = ()
    """Why the route in force may not serve the suite."""
    proposed: Policy | None = None
    figures: RouteFigures | None = None
    certificate: Certificate | None = None
    """Of the proposed route; where there is none, of one certified and refused, else of the nearest."""
    tested: tuple[Passed, ...] = ()
    """All routes brought to certification, in the order of the test."""
    saving_usd: Interval | None = None
    """Total cost per item that the proposed route saves over `saving_over`; None where it is the same."""
    saving_over: str | None = None
    """`the route in force`, or the best single candidate or the frontier by name."""
    month_saving_usd: float | None = None
    gain_over_mixing: Interval | None = None
    """Success above random mixing at the same cost; None for a candidate alone."""
    oracle_usd: float | None = None
    """The least that perfect foresight pays per item for the proposed success; no route is below it."""
    yardsticks: tuple[Yardstick, ...] = ()
    ruled_out: Mapping[str, str] = field(default_factory=dict)
    """Candidate -> why no route of this suite may use it."""
    simulated: bool = False
    """Whether any of the answers is made up."""
