"""Keys by the names of their variables, and their removal from whatever a server or a program says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from evalkit.errors import UnavailableError
from evalkit.records import Answer, Fault, ToolCall

MASK = "[key]"
MOST_CHARACTERS = 300
"""Kept of a fault's message."""
SHORTEST = 4
"""Characters; a shorter value of a variable is no key, and masking it would garble answers."""


_TEXTS = (
    "text", "refusal", "finish_reason", "model_reported", "system_fingerprint", "enforced",
    "confidence_method",
)  # fmt: skip
_NAMES_A_SECRET = re.compile(r"(?i)(?:key|token|secret|password|passwd|credentials?)$")
_LONG_ENOUGH = 12
"""Characters of a value that is taken for a secret by its variable's name alone."""


class Secrets:
    """Texts that must not leave this process but to the one server they are for."""

    def __init__(self, values: Iterable[str | None] = ()) -> None:
        self.values = sorted({v for v in values if v and len(v) >= SHORTEST}, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"<{len(self.values)} secrets>"

    def masked(self, text: str) -> str:
        """The text without any of them."""
        for value in self.values:
            text = text.replace(value, MASK)
        return text

    def masked_json(self, value: Any) -> Any:
        """The plain value with every text masked, keys of mappings too."""
        if isinstance(value, str):
            return self.masked(value)
        if isinstance(value, Mapping):
            return {self.masked(str(k)): self.masked_json(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.masked_json(v) for v in value]
        return value

    def masked_answer(self, answer: Answer) -> Answer:
        """The answer as it may be kept: a server can echo what it was sent, a model repeat it."""
        if not self.values or self._is_clean(answer):
            return answer
        calls = tuple(
            ToolCall(
                name=self.masked(c.name), arguments=self.masked_json(c.arguments), raw=self._or_none(c.raw)
            )
            for c in answer.tool_calls
        )
        texts: dict[str, Any] = {name: self._or_none(getattr(answer, name)) for name in _TEXTS}
        figures = {self.masked(name): figure for name, figure in answer.server_metrics.items()}
        labels = answer.label_logprobs
        return replace(
            answer,
            **texts,
            tool_calls=calls,
            server_metrics=figures,
            label_logprobs=None if labels is None else self.masked_json(labels),
        )

    def masked_fault(self, fault: Fault) -> Fault:
        """The fault with its message masked, then cut: half a key would not be found."""
        return Fault(
            fault.kind,
            self.masked(fault.message)[:MOST_CHARACTERS],
            retry_after_s=fault.retry_after_s,
            http_status=fault.http_status,
            usage=fault.usage,
        )

    def _is_clean(self, answer: Answer) -> bool:
        """Whether a plain answer holds none, seen at a glance: most do, and there are thousands a second."""
        if answer.tool_calls or answer.server_metrics or answer.label_logprobs:
            return False
        told = "\n".join([text for name in _TEXTS if (text := getattr(answer, name)) is not None])
        return not any(value in told for value in self.values)

    def _or_none(self, text: str | None) -> str | None:
        return None if text is None else self.masked(text)


def secrets_around() -> list[str]:
    """The values of all variables that look like secrets: a program of the user's inherits every one."""
    return [v for n, v in os.environ.items() if _NAMES_A_SECRET.search(n) and len(v) >= _LONG_ENOUGH]


def read_key(variable: str | None, *, where: str) -> str | None:
    """The value of the environment variable, None where no variable is named.

    Raises:
        UnavailableError: It is named and not set.
    """
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise UnavailableError(
            f"the environment variable {variable} is not set",
            where=where,
            hint=f"export {variable}=… with the key of this endpoint",
        )
    return key
