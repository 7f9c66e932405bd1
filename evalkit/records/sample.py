"""What came of it: attempts, samples and scores, as the journal, the store and a baseline hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.records.answer import Answer, ToolCall, Usage

Status = Literal["answered", "faulted", "not_asked"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Diff:
    """One place where the answer departs from the target."""

    path: str
    """JSON path, `$` for the whole."""
    kind: str
    """Error kind of this place."""
    expected: Any = None
    got: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What a scorer says of one answer."""

    success: bool
    """Whether the business would accept the answer."""
    score: float
    """Graded, in [0, 1]."""
    format_valid: bool
    """Whether it parses and fits the labels, the schema or the tools, right or wrong."""
    error_kind: str | None = None
    """The one primary kind of a failure; None exactly when it is a success."""
    parsed: Any = None
    """The answer in its family's form; None when unparseable."""
    diff: tuple[Diff, ...] = ()
    parser: str | None = None
    """Which parser or rule read the answer (`native`, `json`, `tool_call_tags`, `label_exact`, …)."""
    form: str | None = None
    """In which form the answer stood: `native`, `bare`, `fenced`, `tagged` or `in_prose`; None when it is not
    known, or nothing was read."""
    scorer_hash: str = ""
    """Hash of the family's scorer version, its options, the contract and the targets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One request that was sent."""

    suite: str
    item_id: str
    candidate: str
    repeat: int
    attempt: int
    """From 1."""
    status: Literal["answered", "faulted"]
    fault: str | None = None
    """Fault kind when faulted."""
    fault_message: str | None = None
    http_status: int | None = None
    started_at: str
    """UTC, ISO 8601 with microseconds."""
    queued_s: float | None = None
    """Waiting for a free slot or the rate limit, in seconds."""
    latency_s: float | None = None
    ttft_s: float | None = None
    usage: Usage = Usage()
    cost_usd: float | None = None
    price_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One attempt of one candidate at one item (repeat k), retries and all."""

    suite: str
    suite_version: str
    item_id: str
    candidate: str
    repeat: int = 0
    """From 0."""
    status: Status
    fault: str | None = None
    """Fault kind of the last attempt when faulted."""
    requested_fingerprint: str = ""
    observed_fingerprint: str | None = None
    """Hash of what the server reported of itself; None when it says nothing."""
    prompt_hash: str = ""
    request_hash: str = ""
    seed: int | None = None
    constraint_asked: str = "none"
    constraint_enforced: str | None = None
    output: str | None = None
    """The answer's text."""
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    finish_reason: str | None = None
    confidence: float | None = None
    """Probability of the answer, a fraction in [0, 1]; its label's among all labels where those are known."""
    confidence_method: str | None = None
    """How the confidence was made: of `CONFIDENCE_METHODS`, or the backend's own word."""
    label_mass_outside: float | None = None
    """Probability of all that is no label, a fraction in [0, 1], where each whole label's is known."""
    label_logprobs: Mapping[str, float] | None = None
    """Natural-log probability of each whole label, where the backend gave it: some scorers need it again."""
    greedy_labels: tuple[str, ...] | None = None
    """Of those labels, the ones that greedy decoding would write by itself; None when not known."""
    usage: Usage = Usage()
    """Tokens of all attempts together; None where one is unknown."""
    cost_usd: float | None = None
    """Of all attempts together, in US dollars; None when one is unknown."""
    price_id: str | None = None
    latency_s: float | None = None
    """Service time of the first attempt, in seconds."""
    e2e_latency_s: float | None = None
    """From the first attempt's start to the end, retries and waits between them included, in seconds; in an
    open loop from when it was due."""
    ttft_s: float | None = None
    attempts: int = 1
    load: str | None = None
    """The stated load, such as `concurrency=4` or `rate=2/s`."""
    reused_from: str | None = None
    """Run id that the answer was taken from."""
    simulated: bool = False
    started_at: str = ""
    """UTC, ISO 8601 with microseconds; in an open loop when it was due."""
    server_metrics: Mapping[str, float] | None = None
    """The server's own figures (queue_s, prefill_s, …), where it gave some."""
    score: Score | None = None
    """What the suite's scorer said of it; a faulted sample has one too, no success, with its error kind."""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Suite, item, candidate and repeat: unique in a run."""
        return (self.suite, self.item_id, self.candidate, self.repeat)

    @property
    def answer(self) -> Answer:
        """The recorded answer, to be scored anew or replayed."""
        return Answer(
            text=self.output,
            tool_calls=self.tool_calls,
            refusal=self.refusal,
            finish_reason=self.finish_reason,
            usage=self.usage,
            latency_s=self.latency_s,
            ttft_s=self.ttft_s,
            enforced=self.constraint_enforced,
            confidence=self.confidence,
            confidence_method=self.confidence_method,
            label_mass_outside=self.label_mass_outside,
            label_logprobs=self.label_logprobs,
            greedy_labels=self.greedy_labels,
            cost_usd=self.cost_usd,
            simulated=self.simulated,
            server_metrics=self.server_metrics or {},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class LaterScore:
    """What another scorer said of a stored answer, later; it stands beside the sample's own score."""

    suite: str
    item_id: str
    candidate: str
    repeat: int = 0
    score: Score

    @property
    def key(self) -> tuple[str, str, str, int]:
        """The key of the sample that it is of."""
        return (self.suite, self.item_id, self.candidate, self.repeat)
