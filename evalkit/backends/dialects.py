"""How servers that speak the OpenAI protocol differ, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from evalkit.errors import ConfigError, near_names

ChoiceForm = Literal[
    "structured_outputs",  # {"structured_outputs": {"choice": [...]}}: vLLM from 0.12
    "guided_choice",  # {"guided_choice": [...]}: vLLM before
    "grammar",  # {"grammar": GBNF}: llama.cpp
    "wrapped_schema",  # a JSON Schema {"answer": enum}, taken off again: everyone else
]
CallForm = Literal[
    "tools",  # the API's own tools
    "schema",  # required calls by a JSON Schema of their list, read back from the text; others unbound
]
LabelForm = Literal[
    "trie",  # its own endpoints tell how probable each next token is: llama.cpp
    "steered",  # completions tell what a token that they are made to choose was worth: vLLM
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """One kind of server."""

    name: str
    max_tokens_field: str = "max_tokens"
    choice: ChoiceForm = "wrapped_schema"
    """How a choice of whole texts is asked for."""
    calls: CallForm = "tools"
    """How bound calls are asked for."""
    strict: Literal["always", "if_fits", "never"] = "if_fits"
    """When `strict: true` goes with a schema; `if_fits`: where it is in OpenAI's strict subset."""
    enforces: frozenset[str] = frozenset()
    """Constraint kinds that bind decoding itself, by the server's documentation or by our trial."""
    include_usage: bool = True
    """Whether `stream_options: {include_usage}` may be sent."""
    seed_field: str = "seed"
    reuse_connections: bool = True
    """Whether a connection outlives its answer."""
    silence_is_fault: bool = True
    """Whether an answer without text, calls or refusal is the server's failing rather than the model's."""
    labels: LabelForm | None = None
    """How the probabilities of whole labels are asked for; None where they cannot be had."""


_ALL = frozenset({"choice", "json_schema", "tools"})

DIALECTS: dict[str, Dialect] = {
    d.name: d
    for d in (
        Dialect(name="generic"),
        Dialect(name="openai", max_tokens_field="max_completion_tokens", enforces=_ALL),
        Dialect(name="vllm", choice="structured_outputs", strict="always", enforces=_ALL, labels="steered"),
        Dialect(name="vllm-before-0.12", choice="guided_choice", enforces=_ALL - {"tools"}, labels="steered"),
        # Its `tool_choice: required` is accepted and not enforced (llama.cpp #27217, #26849): hence a schema.
        # An end-of-text token as the first one is a true answer of a small model.
        # It closes the connection after a stream without having said so.
        Dialect(
            name="llama.cpp",
            choice="grammar",
            calls="schema",
            enforces=_ALL,
            reuse_connections=False,
            silence_is_fault=False,
            labels="trie",
        ),
        Dialect(name="ollama", enforces=_ALL - {"tools"}),
        Dialect(name="mistral", seed_field="random_seed", enforces=_ALL - {"tools"}),
    )
}
"""Dialect by name."""

_BY_HOST = {"api.openai.com": "openai", "api.mistral.ai": "mistral"}
_BY_PORT = {11434: "ollama"}
BY_OWNER = {"vllm": "vllm", "llamacpp": "llama.cpp", "library": "ollama"}
"""What a server's list of models says in `owned_by` -> dialect."""


def choose_dialect(name: str | None, base_url: str, *, where: str) -> Dialect:
    """The dialect of that name, or the one that host or port gives away, or the generic one.

    Raises:
        ConfigError: No such dialect; names the near ones.
    """
    if name is None:
        parts = urlsplit(base_url)
        name = _BY_HOST.get(parts.hostname or "") or _BY_PORT.get(parts.port or 0) or "generic"
    if name not in DIALECTS:
        raise ConfigError(f"unknown dialect {name!r}", where=where, hint=near_names(name, DIALECTS))
    return DIALECTS[name]
