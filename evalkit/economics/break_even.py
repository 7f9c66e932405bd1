"""Rented or one's own: the volume from which whole machines cost less than an API paid by the call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from evalkit.economics.cost import HOURS_PER_MONTH
from evalkit.economics.figures import CandidateFigures
from evalkit.records import Candidate, clean_json, to_plain
from evalkit.stats import Interval

STEADY = 1.0
"""Load that comes evenly; a service whose busiest hour brings three times the mean has a peak of 3."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossing:
    """Where the bill of whole machines falls below that of an API, in requests a month.

    Machines come whole, so that just after each further one is needed they can be the dearer again.
    """

    first: float
    """From here on they are cheaper, until the next machine is needed; infinite when never."""
    always: float
    """From here on they are cheaper at every volume; infinite when never."""
    machines: int | None
    """Machines needed at `first`; None when never."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakEven:
    """The break-even of one self-hosted candidate against one that is paid by the call."""

    suite: str
    hosted: str
    """The candidate on one's own machines."""
    rented: str
    """The candidate paid by the call."""
    machine_usd_per_month: float
    requests_per_month: float
    """What one machine serves in a month at the stated peak."""
    peak: float
    """Busiest load over mean load that the machines are planned for."""
    per_answer: Crossing
    """Answers counted, right or wrong."""
    per_success: Crossing | None
    """Successes counted: each side's bill over its own successes. None when a side has none."""
    first: Interval
    """`per_answer.first` with the rented price's interval."""
    volume_per_month: int | None
    """The suite's volume."""
    cheaper_now: str | None
    """Which of both costs less per success at that volume; None when the volume or a success is missing."""

    def to_json(self) -> dict[str, Any]:
        """The plain form; numbers that JSON lacks as text (`inf`)."""
        plain: dict[str, Any] = clean_json(to_plain(self))
        return plain


def break_even(
    hosted: CandidateFigures,
    rented: CandidateFigures,
    candidate: Candidate,
    *,
    requests_per_s: float | None = None,
    volume_per_month: int | None = None,
    peak: float = STEADY,
) -> BreakEven | None:
    """The break-even of `hosted` against `rented`, both at one suite.

    Args:
        hosted: Figures of the candidate on machines by the hour.
        rented: Figures of the one paid by the call.
        candidate: The hosted candidate: the price and the throughput of its machine.
        requests_per_s: The throughput where the price does not state one.
        volume_per_month: Requests a month.
        peak: Busiest load over mean load.

    Returns:
        None when a price or the throughput is not known.
    """
    hourly = candidate.price.machine_usd_per_hour
    throughput = candidate.price.machine_requests_per_s or requests_per_s
    api = rented.cost.per_attempt_usd
    if hourly is None or not throughput or api is None:
        return None
    month, capacity = hourly * HOURS_PER_MONTH, throughput * 3600 * HOURS_PER_MONTH / peak
    ours, theirs = hosted.success.estimate, rented.success.estimate
    worth = api.estimate * ours / theirs if ours > 0 and theirs > 0 else None
    return BreakEven(
        suite=hosted.suite,
        hosted=hosted.candidate,
        rented=rented.candidate,
        machine_usd_per_month=month,
        requests_per_month=capacity,
        peak=peak,
        per_answer=crossing(month, capacity, api.estimate),
        per_success=None if worth is None else crossing(month, capacity, worth),
        first=Interval(
            estimate=crossing(month, capacity, api.estimate).first,
            # The dearer the API, the sooner a machine pays.
            low=crossing(month, capacity, api.high).first,
            high=crossing(month, capacity, api.low).first,
            confidence=api.confidence,
            n=api.n,
            method="break-even at the ends of the rented price",
        ),
        volume_per_month=volume_per_month,
        cheaper_now=_cheaper(hosted.candidate, rented.candidate, month, capacity, worth, volume_per_month),
    )


def crossing(machine_usd_per_month: float, requests_per_month: float, usd_per_request: float) -> Crossing:
    """Where `usd_per_request` × volume exceeds the bill of ⌈volume / requests_per_month⌉ machines.

    One machine pays from P / c on, if it serves so many. Each further one, needed from k machines' capacity
    on, is dearer again until (k + 1) P / c; when k ≥ P / (c C − P) there is no such gap any more.
    """
    if math.isinf(requests_per_month):
        requests_per_month = 1e300
    full = usd_per_request * requests_per_month  # what the API asks for one full machine's work
    if machine_usd_per_month <= 0:
        return Crossing(first=0.0, always=0.0, machines=1)
    if full < machine_usd_per_month:
        return Crossing(first=math.inf, always=math.inf, machines=None)
    first = machine_usd_per_month / usd_per_request
    if full == machine_usd_per_month:
        return Crossing(first=first, always=math.inf, machines=1)
    settled = math.ceil(machine_usd_per_month / (full - machine_usd_per_month) - 1e-9)
    return Crossing(first=first, always=max(1, settled) * machine_usd_per_month / usd_per_request, machines=1)


def _cheaper(
    hosted: str, rented: str, month: float, capacity: float, worth: float | None, volume: int | None
) -> str | None:
    if worth is None or volume is None:
        return None
    machines = max(1, math.ceil(volume / capacity))
    return hosted if machines * month <= worth * volume else rented
