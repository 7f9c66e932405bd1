"""How far a run is: tallies for each candidate, and who is told of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from evalkit.records import Candidate, Sample
from evalkit.runner.plan import Plan

if TYPE_CHECKING:
    from evalkit.stats import Interval


@dataclass(kw_only=True, slots=True)
class Tally:
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
    output_tokens: int = 0
    """Of the answers that this process was given."""
    state: str = "waiting"
    """`waiting`, `starting`, `running`, `paused`, `done`, `stopped`, `given up`, or why it did not start."""
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

    def _spend(self, cost_usd: float | None) -> None:
        if cost_usd is None or self.cost_usd is None:
            self.cost_usd = None
        else:
            self.cost_usd += cost_usd
        self.known_cost_usd += cost_usd or 0.0

    @property
    def success(self) -> Interval:
        """The rate of success over what was answered, with its 95% interval."""
        from evalkit.stats import rate_interval

        return rate_interval([True] * self.successes + [False] * (self.answered - self.successes))

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

    def begin(self, plan: Plan, tallies: dict[str, Tally]) -> None:
        """Before anything is asked; the tallies are live."""
        ...

    def advanced(self, tally: Tally, sample: Sample) -> None:
        """After each finished sample."""
        ...

    def said(self, line: str) -> None:
        """Something a person should know: a slow start, a candidate that failed to start."""
        ...


class Silent:
    """An observer that tells nobody."""

    def begin(self, plan: Plan, tallies: dict[str, Tally]) -> None:
        """Nothing."""

    def advanced(self, tally: Tally, sample: Sample) -> None:
        """Nothing."""

    def said(self, line: str) -> None:
        """Nothing."""
