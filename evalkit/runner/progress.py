"""How far a run is: tallies for each candidate, and who is told of them."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import NamedTuple, Protocol

from evalkit.records import Attempt, Candidate, Sample
from evalkit.runner.plan import Plan


class Rate(NamedTuple):
    """A rate with its 95% interval, fractions in [0, 1]."""

    estimate: float
    low: float
    high: float


def wilson(successes: int, n: int) -> Rate:
    """Wilson's interval, as `stats.rate_interval` gives it for plain booleans.

    Written out because `stats` brings numpy, which is a fifth of the memory and the start of a run; a test
    holds the two together.
    """
    if n == 0:
        return Rate(math.nan, 0.0, 1.0)
    z2, rate = NormalDist().inv_cdf(0.975) ** 2, successes / n
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Rate(rate, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(kw_only=True, slots=True)
class CandidateCounts:
    """A candidate's counts so far. Counted up while the run goes; read it, do not keep it."""

    candidate: Candidate
    planned: int
    """Samples that it owes."""
    earlier: int = 0
    """Of these, finished before this process began."""
    reused: int = 0
    """Answers taken from other runs."""
    done: int = 0
    answered: int = 0
    successes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """Fault kind -> faulted samples."""
    cost_usd: float | None = 0.0
    """What this run has spent; None once one cost is unknown. Reused answers cost it nothing."""
    known_cost_usd: float = 0.0
    """What it has spent at least: the sum of the known costs."""
    most_cost_usd: float = 0.0
    """What it can have spent at most: each unknown cost counts with the most that its attempt can cost."""
    output_tokens: int = 0
    """Of the answers that this process was given."""
    held_s: float = 0.0
    """Seconds for which the server asked all requests to wait."""
    state: str = "waiting"
    """`waiting`, `starting`, `running`, `paused`, `done`, `stopped`, `given up`, why it did not start, or
    `waiting 2 h` where the server asked for it."""
    began_s: float | None = None
    """Monotonic time at which its workers began."""
    ended_s: float | None = None
    """Monotonic time at which they ended."""
    clock: Callable[[], float] = time.monotonic

    def add(self, sample: Sample, *, earlier: bool = False) -> None:
        """Counts one finished sample; `earlier` marks one from before this process."""
        self.done += 1
        self.earlier += earlier
        self.reused += sample.reused_from is not None
        if sample.status == "answered":
            self.answered += 1
            self.successes += bool(sample.score and sample.score.success)
        else:
            self.faults[sample.fault or "unknown"] += 1
        if sample.reused_from is None:
            self._spend(sample.cost_usd)
            self.output_tokens += 0 if earlier else sample.usage.output_tokens or 0

    def reserve(self, attempts: Iterable[Attempt], most_usd: Callable[[], float | None]) -> None:
        """Add what the attempts cost at most; `most_usd` gives that of one whose cost is unknown."""
        for attempt in attempts:
            cost = most_usd() if attempt.cost_usd is None else attempt.cost_usd
            self.most_cost_usd += math.inf if cost is None else cost

    def _spend(self, cost_usd: float | None) -> None:
        if cost_usd is None or self.cost_usd is None:
            self.cost_usd = None
        else:
            self.cost_usd += cost_usd
        self.known_cost_usd += cost_usd or 0.0

    @property
    def success(self) -> Rate:
        """The rate of success over what was answered."""
        return wilson(self.successes, self.answered)

    @property
    def elapsed_s(self) -> float | None:
        """How long its workers have been busy, in seconds; None before they are."""
        if self.began_s is None:
            return None
        return (self.clock() if self.ended_s is None else self.ended_s) - self.began_s

    @property
    def tokens_per_s(self) -> float | None:
        """Output tokens a second, over all requests in flight; None before there is any."""
        return self.output_tokens / self.elapsed_s if self.elapsed_s and self.output_tokens else None

    @property
    def left_s(self) -> float | None:
        """Seconds left at the pace so far; None before there is one."""
        asked = self.done - self.earlier - self.reused
        if not self.elapsed_s or asked <= 0:
            return None
        return self.elapsed_s / asked * (self.planned - self.done)


class Observer(Protocol):
    """Is told how a run goes."""

    def begin(self, plan: Plan, tallies: dict[str, CandidateCounts]) -> None:
        """Before anything is asked; the tallies are live."""
        ...

    def report_progress(self, tally: CandidateCounts, sample: Sample) -> None:
        """After each finished sample."""
        ...

    def notify(self, line: str) -> None:
        """Something a person should know: a slow start, a candidate that failed to start."""
        ...


class Silent:
    """An observer that tells nobody."""

    def begin(self, plan: Plan, tallies: dict[str, CandidateCounts]) -> None:
        """Nothing."""

    def report_progress(self, tally: CandidateCounts, sample: Sample) -> None:
        """Nothing."""

    def notify(self, line: str) -> None:
        """Nothing."""
