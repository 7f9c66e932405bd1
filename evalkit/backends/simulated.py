"""A seeded stand-in for a model: declared accuracy, latency, tokens and faults; each answer says simulated.

What it says for an item depends on the seed, the suite, the item and the repeat alone, never on the order in
which items are asked; a simulated fault may pass when it is asked again. Candidates
that share a seed share their luck: of two, the one with the higher accuracy is right wherever the other is.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evalkit.backends.interface import Capabilities, Stage
from evalkit.backends.options import read_options
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Answer, Candidate, Fault, Request, Usage, content_hash

OPTIONS = {
    "seed": (int, str),
    "accuracy": (int, float, dict),
    "flakiness": (int, float),
    "latency_s": (int, float),
    "latency_sigma": (int, float),
    "ttft_share": (int, float),
    "output_tokens": (int,),
    "reasoning_tokens": (int,),
    "fault_rate": (int, float),
    "sleep": (bool,),
}
"""Option -> allowed kinds; `docs/backends.md` says what each does."""

DEFAULT_ACCURACY = 0.9
CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English text; simulated tokens need no more."""


class Simulated:
    """Serves made-up answers of declared quality."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._rehearse = stage.rehearse
        self._options = read_options(candidate, OPTIONS)
        self._seed = self._options.get("seed", candidate.name)
        self._faults: Counter[tuple[str, str, int]] = Counter()
        for name in ("flakiness", "ttft_share", "fault_rate"):
            self._fraction(name, self._options.get(name, 0.0))
        accuracy = self._options.get("accuracy", DEFAULT_ACCURACY)
        by_suite = accuracy if isinstance(accuracy, Mapping) else {"default": accuracy}
        self._accuracy = {str(s): self._fraction(f"accuracy.{s}", a) for s, a in by_suite.items()}

    @property
    def capabilities(self) -> Capabilities:
        """All that does not need a real model."""
        return Capabilities(
            tools=True, json_schema=True, choice=True, logprobs=False, streaming=True, seed=True
        )

    async def start(self) -> Mapping[str, Any]:
        """Says what is declared."""
        if self._rehearse is None:
            raise UnavailableError("a simulated candidate needs the suites' targets: only a run has them")
        return {"simulated": True, "seed": self._seed, "accuracy": self._accuracy}

    async def ask(self, request: Request) -> Answer:
        """The answer that the seed decides, or the fault."""
        key = (request.suite, request.item_id, request.repeat)
        luck = self._luck("telemetry", request, request.repeat, self._faults[key])
        latency_s = self._latency_s(luck)
        if self._options.get("sleep"):
            await asyncio.sleep(latency_s)
        if luck.random() < self._options.get("fault_rate", 0.0):
            self._faults[key] += 1
            raise Fault("server_error", "a simulated fault", http_status=500)
        assert self._rehearse is not None  # noqa: S101 - start has checked it
        answer = self._rehearse(request, self._is_right(request), luck.getrandbits(32))
        return replace(
            answer,
            finish_reason=answer.finish_reason or ("tool_calls" if answer.tool_calls else "stop"),
            usage=self._usage(request, answer),
            latency_s=latency_s,
            ttft_s=latency_s * self._options.get("ttft_share", 0.3),
            enforced=request.constraint.kind,
            simulated=True,
        )

    async def close(self) -> None:
        """Nothing to let go of."""

    def _is_right(self, request: Request) -> bool:
        """Whether the item is within the accuracy; a flaky share of repeats draws anew."""
        draw = self._luck("item", request).random()
        again = self._luck("repeat", request, request.repeat)
        if request.repeat and again.random() < self._options.get("flakiness", 0.0):
            draw = again.random()
        return draw < self._accuracy.get(request.suite, self._accuracy.get("default", DEFAULT_ACCURACY))

    def _latency_s(self, luck: random.Random) -> float:
        """Lognormal about its median, as served models roughly are."""
        median = self._options.get("latency_s", 0.5)
        return float(median * math.exp(self._options.get("latency_sigma", 0.3) * luck.gauss(0, 1)))

    def _usage(self, request: Request, answer: Answer) -> Usage:
        asked = json.dumps([request.messages, request.tools], default=str)
        said = (answer.text or "") + "".join(json.dumps(c.arguments, default=str) for c in answer.tool_calls)
        reasoning = self._options.get("reasoning_tokens", 0)
        output = self._options.get("output_tokens") or max(1, len(said) // CHARACTERS_PER_TOKEN)
        return Usage(
            input_tokens=max(1, len(asked) // CHARACTERS_PER_TOKEN),
            output_tokens=output + reasoning,
            reasoning_tokens=reasoning or None,
        )

    def _luck(self, purpose: str, request: Request, *more: int) -> random.Random:
        return random.Random(content_hash(self._seed, purpose, request.suite, request.item_id, *more))  # noqa: S311 - a simulation, seeded on purpose

    def _fraction(self, name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            where = f"candidates.{self.candidate.name}.options.{name}"
            raise ConfigError(f"must be a fraction in [0, 1], not {value!r}", where=where)
        return float(value)
