"""What a backend gives back: an answer with its telemetry, or a fault."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal[
    "timed_out",  # no whole answer within the limit
    "rate_limited",  # HTTP 429 and its like
    "server_error",  # HTTP 5xx
    "connection_failed",  # refused, reset, cut, not resolved
    "malformed_response",  # an answer that is not the protocol's
    "empty_response",  # neither text, calls nor refusal, where that is the server's fault
    "rejected",  # HTTP 4xx: asking again would not help
    "unauthorized",  # HTTP 401 and 403
    "unsupported",  # the backend cannot do what was asked
    "crashed",  # a local server or process died
    "recorded",  # a replayed record that says error
]

RETRYABLE: frozenset[str] = frozenset(
    {
        "timed_out",
        "rate_limited",
        "server_error",
        "connection_failed",
        "malformed_response",
        "empty_response",
        "crashed",
    }
)
"""The kinds for which asking again can help."""


CONFIDENCE_METHODS: Mapping[str, str] = {
    "answer_tokens": "the tokens of the answer as written, multiplied",
    "label_trie": "each whole label with the end of the answer, token by token over the tree of all labels",
    "label_loglikelihood": "each whole label with the end of the answer, as a continuation of the prompt",
    "label_loglikelihood_open": "each label as a continuation, its end unknown, less the longer ones",
    "choice_loglikelihood": "each choice of an lm-eval task as a continuation, as lm-eval asks for it",
    "label_logprobs": "what a backend of the user's own said of each label",
}
"""Ways to come to a probability -> what they multiply."""


LEAST_LOGPROB = -1000.0
"""Stands for a probability of zero, which JSON has no logarithm of."""

ROUNDING = 1e-3
"""How far above 0 rounding may carry a sum of log-probabilities; a value farther above is not one."""


def probability_of(logprob: float | None) -> float | None:
    """Return the probability of a natural logarithm; None for one that is missing, NaN or above 0."""
    if logprob is None or not logprob <= ROUNDING:
        return None
    return min(1.0, math.exp(max(logprob, LEAST_LOGPROB)))


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolCall:
    """One call that a model wants made. It is scored, never executed."""

    name: str
    arguments: Any = None
    """The parsed arguments (an object, when the model did well); None when they do not parse."""
    raw: str | None = None
    """The arguments as sent, kept only when they do not parse."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """Tokens of one answer, as the server counts them; None where it does not say."""

    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    """Of the input tokens, those read from a cache."""
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    """Of the output tokens, those spent on reasoning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One whole answer."""

    text: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    """Calls made through the API's own channel; calls written as text stay in `text`."""
    refusal: str | None = None
    """The API's own word that it refuses."""
    finish_reason: str | None = None
    """`stop`, `length`, `tool_calls`, `content_filter`, or the server's own word."""
    usage: Usage = Usage()
    latency_s: float | None = None
    """First byte sent to last byte read, in seconds, by the client's clock; in a replay the recorded one."""
    ttft_s: float | None = None
    """Time to the first token, in seconds, where the answer was streamed."""
    model_reported: str | None = None
    """What the server says it is."""
    system_fingerprint: str | None = None
    """What the server says of its configuration."""
    enforced: str | None = None
    """The constraint kind that the backend really enforced; None when not known."""
    confidence: float | None = None
    """Probability of the answer, a fraction in [0, 1], where the backend gives one."""
    confidence_method: str | None = None
    """How `confidence` and `label_logprobs` were made: of `CONFIDENCE_METHODS`, or the backend's own word."""
    label_mass_outside: float | None = None
    """Probability of all that is no label, a fraction in [0, 1], where each whole label's is known."""
    label_logprobs: Mapping[str, float] | None = None
    """Natural-log probability of each whole label, where the backend can give it."""
    greedy_labels: tuple[str, ...] | None = None
    """Of those labels, the ones that greedy decoding would write by itself; None when not known."""
    cost_usd: float | None = None
    """What the provider says it charged, or what a record says it cost; None: priced from tokens."""
    simulated: bool = False
    server_metrics: Mapping[str, float] = field(default_factory=dict)
    """The server's own figures (queue_s, prefill_s, …), kept beside the client's."""


class Fault(Exception):  # noqa: N818 - the field's word: a fault is not a mistake of the model
    """A request that brought no answer: the backend's failing, never a wrong answer of the model.

    Args:
        kind: What went wrong.
        message: One line for a person; never holds a key.
        retry_after_s: What the server asked us to wait, in seconds.
        http_status: The status, where there was one.
        usage: Tokens that were billed all the same, where the server said so.
    """

    def __init__(
        self,
        kind: FaultKind,
        message: str = "",
        *,
        retry_after_s: float | None = None,
        http_status: int | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(message or kind)
        self.kind: FaultKind = kind
        self.message = message
        self.retry_after_s = retry_after_s
        self.http_status = http_status
        self.usage = usage or Usage()

    @property
    def retryable(self) -> bool:
        """Whether asking again can help."""
        return self.kind in RETRYABLE
