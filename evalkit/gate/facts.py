"""What each rule saw, as numbers and names: `wording.py` makes the sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalkit.comparison.changes import ErrorKindChange
from evalkit.comparison.forms import FormChange
from evalkit.gate.policy import Admission

Missing = Literal["baseline", "planned", "accepted", "candidate", "suite"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """A reason not to take the evidence as it is."""

    kind: Admission
    about: Literal["run", "last", "anchor"] = "run"
    """The run, the baseline last accepted, or the anchor."""
    number: int = 0
    """Samples or items that are doubtful."""
    detail: str = ""
    """Why the run is partial, as its manifest says it; the newer run's id."""
    inputs: tuple[str, ...] = ()
    """What is said of the inputs that changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceFacts:
    """What is doubtful of the evidence, and what of that the policy does not admit."""

    doubts: tuple[Doubt, ...]
    refused: tuple[Doubt, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingFacts:
    """What should have been there to judge."""

    what: Missing
    """No baseline; or no sample of what was planned, accepted before, or asked for by the policy."""
    slot: str = ""
    run_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultFacts:
    """The share of samples that were lost to faults."""

    share: float
    limit: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PairFacts:
    """The change of success from accepted samples to those of the run."""

    against: str
    """The accepted samples' name; empty over several suites."""
    confidence: float
    n: int
    """Items that both sides answered."""
    rate_a: float = 1.0
    rate_b: float = 1.0
    mcnemar_p: float = 1.0
    suites: int = 1
    """How many suites are taken together."""
    identical: bool = False
    """Whether all answers are the same byte for byte: nothing was tested."""
    lost: bool = False
    """Whether too many samples were lost to faults to judge."""
    noise_share: float | None = None
    """Part of the variance that is noise of repeating; None without repeats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CriticalFacts:
    """What became of the critical items."""

    asked: int
    passed: int
    silent: int
    """Not answered."""
    forgiven: int
    """Failed in the baseline too."""
    mode: Literal["must_pass", "must_not_break"]


@dataclass(frozen=True, kw_only=True, slots=True)
class GrowthFacts:
    """How often an error kind came on both sides."""

    change: ErrorKindChange


@dataclass(frozen=True, kw_only=True, slots=True)
class FormFacts:
    """The mix of forms on both sides."""

    changes: tuple[FormChange, ...]
    """Empty where the forms are not known on both sides."""
    shifted: tuple[FormChange, ...]
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RateFacts:
    """A rate against its floor; the rule's interval has it."""

    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CostFacts:
    """What a success costs; the rule's interval has it."""

    items: int
    unknown: int
    """Items whose cost is not known."""
    limit_usd: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LatencyFacts:
    """The tail of the times; the rule's interval has its 95th percentile."""

    answers: int
    over: int
    """Answers that took longer than the limit."""
    loads: tuple[str, ...]
    confidence: float


Facts = (
    EvidenceFacts
    | MissingFacts
    | FaultFacts
    | PairFacts
    | CriticalFacts
    | GrowthFacts
    | FormFacts
    | RateFacts
    | CostFacts
    | LatencyFacts
)
