"""What a family hands to a backend for one item: messages, tools and the constraint on the answer's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.records.candidate import Decoding
from evalkit.records.codec import canonical_json, text_hash

ConstraintKind = Literal["none", "choice", "json_schema", "tools"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """What shall bind the decoding itself."""

    kind: ConstraintKind = "none"
    choices: tuple[str, ...] = ()
    """For `choice`: the only answers allowed, as whole texts."""
    schema: Mapping[str, Any] | None = None
    """For `json_schema`: the JSON Schema that the answer's text must fit."""
    name: str = "answer"
    """A name for the schema, where an API wants one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request in no provider's dialect."""

    suite: str
    item_id: str
    messages: tuple[Mapping[str, Any], ...]
    """Chat messages in OpenAI's form: role, content, and tool_calls or tool_call_id of earlier turns."""
    tools: tuple[Mapping[str, Any], ...] = ()
    """Tools offered through the API; empty when they stand in the prompt."""
    tool_choice: str | None = None
    """`auto`, `required`, `none`, or None to leave it out."""
    constraint: Constraint = Constraint()
    decoding: Decoding = Decoding()
    want_logprobs: bool = False
    labels: tuple[str, ...] = ()
    """The whole labels whose probabilities are wanted beside the answer; empty where none are."""
    prompt_hash: str = ""
    """Hash of the prompt variant that made the messages."""
    repeat: int = 0
    """Which repeat this asks for, from 0; not part of the request hash."""

    @property
    def request_hash(self) -> str:
        """Hash of what is sent; equal hashes ask the same thing."""
        return text_hash(f"[{canonical_json(self.messages)},{_encode(self.terms)}]")

    @property
    def terms(self) -> tuple[Any, ...]:
        """All that is sent besides the messages: mostly the same objects from one request to the next."""
        # Labels count only where there are some: the other hashes stay what they were before there were any.
        labels = (self.labels,) if self.labels else ()
        return (self.tools, self.tool_choice, self.constraint, self.decoding, self.want_logprobs, *labels)


def request_hasher() -> Callable[[Request], str]:
    """Gives each request's `request_hash`, and encodes terms anew only when they are not those before."""
    last: tuple[Any, ...] = ()
    encoded = ""

    def request_hash(request: Request) -> str:
        nonlocal last, encoded
        terms = request.terms
        if len(last) != len(terms) or any(a is not b for a, b in zip(terms, last, strict=True)):
            last, encoded = terms, _encode(terms)
        return text_hash(f"[{canonical_json(request.messages)},{encoded}]")

    return request_hash


def _encode(terms: tuple[Any, ...]) -> str:
    return ",".join(map(canonical_json, terms))
