"""How far a run is: tallies for each candidate, and who is told of them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from evalkit.records import Candidate, Sample
from evalkit.runner.plan import Plan


@dataclass(kw_only=True, slots=True)
class Tally:
    """A candidate's counts so far. Counted up while the run goes; read it, do not keep it."""

    candidate: Candidate
    planned: int
    """Samples that it owes."""
    reused: int = 0
    """Of these, finished before this process began."""
    done: int = 0
    answered: int = 0
    successes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """Fault kind -> faulted samples."""
    cost_usd: float | None = 0.0
    """None once one cost is unknown."""
    output_tokens: int = 0
    state: str = "waiting"
    """`waiting`, `starting`, `running`, `done`, or why it could not be started."""
    began_s: float | None = None
    """Monotonic time of its first request."""

    def add(self, sample: Sample, *, old: bool = False) -> None:
        """Counts one finished sample; `old` marks one from before this process."""
        self.done += 1
        self.reused += old
        if sample.status == "answered":
            self.answered += 1
            self.successes += bool(sample.score and sample.score.success)
        else:
            self.faults[sample.fault or "unknown"] += 1
        unknown = self.cost_usd is None or sample.cost_usd is None
        self.cost_usd = None if unknown else (self.cost_usd or 0.0) + (sample.cost_usd or 0.0)
        self.output_tokens += sample.usage.output_tokens or 0

    @property
    def left_s(self) -> float | None:
        """Seconds left at the pace so far; None before there is one."""
        fresh = self.done - self.reused
        if self.began_s is None or fresh == 0:
            return None
        return (time.monotonic() - self.began_s) / fresh * (self.planned - self.done)


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
