"""An open loop: requests are sent at random times of their own, however many are still in flight.

A loop that sends the next request only after an answer spares a slow server the queue that real callers would
make, and so hides it ("coordinated omission"). Here every request has a time at which it is due, and its
end-to-end latency counts from then, whatever kept it: the server, a rate limit, a retry or this process.
"""

from __future__ import annotations

import asyncio
import random
import resource
import time
from array import array
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from evalkit.records import Candidate, OpenLoop, Sample

LOOK_EVERY_S = 0.1
"""How often it is looked whether to stop, while the next request is not due, in seconds."""
MOST_FILES = 65_536
"""Open files that are asked of the system, each request in flight being one."""


def due_times(n: int, rate_per_s: float, seed: str) -> array[float]:
    """When `n` requests are due, in seconds from the start, in order.

    A Poisson process given that it has `n` arrivals in `n / rate_per_s` seconds: these are then independent
    and uniform (S. Ross, "Introduction to Probability Models", section 5.3.5). The gaps are as random as
    those of callers who know nothing of each other, and the rate is met exactly, so that two steps of a sweep
    do not differ by the luck of their number.
    """
    rng = random.Random(f"{seed}/due")  # noqa: S311 - arrivals, not a secret
    length_s = n / rate_per_s
    return array("d", sorted(rng.random() * length_s for _ in range(n)))


async def is_due(moment_s: float, stopped: Callable[[], bool]) -> bool:
    """Waits until the monotonic clock says `moment_s`; False when the run is to stop before."""
    while not stopped():
        left_s = moment_s - time.monotonic()
        if left_s <= 0:
            return True
        await asyncio.sleep(min(left_s, LOOK_EVERY_S))
    return False


def at_rate(candidate: Candidate, loop: OpenLoop) -> Candidate:
    """The candidate, its machine paid for by the rate that it serves: its slots need not be busy."""
    price = candidate.price
    if price.machine_usd_per_hour is None or price.machine_requests_per_s is not None:
        return candidate
    return replace(candidate, price=replace(price, machine_requests_per_s=loop.rate_per_s))


def allow_many_connections() -> None:
    """Lifts this process's own bound on open files to what the system grants: often 1,024 of many more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def as_due(sample: Sample, late_s: float, *, warming_up: bool) -> Sample:
    """The sample as begun when it was due; one of the warm-up keeps its answer and none of its times."""
    began = datetime.fromisoformat(sample.started_at) - timedelta(seconds=late_s)
    sample = replace(sample, started_at=began.isoformat(timespec="microseconds"))
    if not warming_up:
        return sample
    return replace(sample, latency_s=None, e2e_latency_s=None, ttft_s=None, server_metrics=None)
