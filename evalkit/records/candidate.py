"""Who is asked: a model as it would be served, with its tier, decoding and price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from evalkit.records.codec import content_hash, from_plain, to_plain

Tier = Literal["slim", "mid", "frontier"]
TIERS: tuple[Tier, ...] = ("slim", "mid", "frontier")
"""From cheapest to dearest."""

OutputMode = Literal["plain", "native", "constrained"]
"""How the answer's form is asked for.

`plain`: instructions only, tools described in the prompt. `native`: the API's own tools and
`response_format`. `constrained`: decoding itself is bound by a label choice, a JSON Schema or a call schema.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoding:
    """Decoding settings; None leaves a setting to the server."""

    temperature: float | None = 0.0
    top_p: float | None = None
    max_tokens: int | None = 256
    """Most output tokens of one answer."""
    seed: int | None = None
    stop: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Sent to the server as they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What a candidate costs. All None: looked up in the price library by model and date."""

    input_usd_per_mtok: float | None = None
    """US dollars per million input tokens."""
    cached_input_usd_per_mtok: float | None = None
    """US dollars per million input tokens read from the provider's cache; None takes the input price."""
    output_usd_per_mtok: float | None = None
    """US dollars per million output tokens; reasoning tokens are among them unless priced apart."""
    reasoning_usd_per_mtok: float | None = None
    """US dollars per million reasoning tokens."""
    usd_per_request: float | None = None
    discount: float = 0.0
    """What a batch or a contract takes off the token prices, declared or looked up, a fraction in [0, 1]."""
    machine_usd_per_hour: float | None = None
    """Price of one machine that serves this model; an answer then costs its share of machine time."""
    machine_requests_per_s: float | None = None
    """Measured sustained throughput of one machine; None takes the run's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TextReading:
    """How a candidate's text is read before it is scored; it changes no request, only scores."""

    reasoning_marks: tuple[tuple[str, str], ...] = ()
    """Opening and closing marks of its reasoning, besides the standard ones."""
    reasoning_opened: bool = False
    """Whether the chat template opens the reasoning, so that every text begins inside it."""
    forms: tuple[str, ...] = ()
    """Forms in which its answers count, such as `bare`: those that its consumer decodes. None given: all."""


BY_SUITE = ("decoding", "logprobs", "model", "options", "output", "prompt", "reading", "trained_on")
"""Settings that may differ by suite."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedOn:
    """What a tuned model was trained on; a statement that changes no request."""

    examples: int
    """Training examples that it saw, each counted once; 0 for the untrained model."""
    data: str | None = None
    """Which data, such as the hash in the export's manifest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A model as it would be served."""

    name: str
    tier: Tier
    backend: str
    """Registered name of the backend."""
    model: str = ""
    """Model name as the backend knows it."""
    base: str | None = None
    """Candidates that are variants of one model share this name."""
    trained_on: TrainedOn | None = None
    """For the learning curve of the candidates that share `base`; None where nothing is said."""
    base_url: str | None = None
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; never the key."""
    decoding: Decoding = Decoding()
    prompt: str = "default"
    """Prompt variant."""
    output: OutputMode = "native"
    logprobs: bool = False
    """Whether log-probabilities are asked for, of the answer and of each label: a confidence. It changes no
    answer, so it is not part of the fingerprint."""
    concurrency: int = 4
    """Most requests in flight."""
    requests_per_minute: float | None = None
    """The endpoint's limit on requests; None: none is known."""
    tokens_per_minute: float | None = None
    """The endpoint's limit on input and output tokens together; None: none is known."""
    price: Price = Price()
    hardware: str | None = None
    """Candidates that name the same hardware never run at once."""
    timeout_s: float = 120.0
    """Time limit for one whole answer."""
    max_attempts: int = 4
    """Attempts for one sample, the first included."""
    reading: TextReading = TextReading()
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the backend alone understands."""
    by_suite: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Suite -> settings that hold there instead, of `BY_SUITE`; `decoding` and `options` name by name."""
    licence_note: str = ""
    """What its licence or its provider's terms say of training on its answers; told when it teaches."""
    harmless: tuple[str, ...] = ()
    """Names of headers, parameters and settings that look as if they held a key, and hold none."""
    file_hashes: Mapping[str, str] = field(default_factory=dict)
    """Content hashes of the files that the settings name, by those names; filled in by a run."""

    @property
    def simulated(self) -> bool:
        """Whether its answers are made up; a replay of simulated answers carries the mark in its records."""
        return self.backend == "simulated"

    def at(self, suite: str) -> Candidate:
        """Return the candidate with the settings that hold for one suite, as an ordinary candidate."""
        if not self.by_suite:
            return self
        plain = to_plain(self) | {"by_suite": {}}
        for name, value in self.by_suite.get(suite, {}).items():
            plain[name] = {**plain[name], **value} if name in ("decoding", "options") else value
        return from_plain(Candidate, plain)

    @property
    def settings(self) -> tuple[Candidate, ...]:
        """Every way in which it may be asked: its own settings, then those of each suite that has some."""
        return (self.at(""), *map(self.at, self.by_suite))

    @property
    def is_cheap_floor(self) -> bool:
        """Whether it takes no language model: what a model has to beat, never what serves a route."""
        return self.backend == "baseline"

    @property
    def requested_fingerprint(self) -> str:
        """Hash of all that was asked for and can change an answer: not names, prices or concurrency."""
        # Without files and settings by suite it keeps the hash that earlier runs and baselines know it by.
        more = tuple(told for told in (self.file_hashes, self.by_suite) if told)
        return content_hash(
            self.backend,
            self.model,
            self.base_url,
            self.decoding,
            self.prompt,
            self.output,
            self.options,
            *more,
        )
