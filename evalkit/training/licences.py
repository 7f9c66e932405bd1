"""What a teacher's terms say of training on its answers: told with every export, never a reason to refuse.

The table is a reminder with its source, not advice: terms change, and a contract of one's own goes before
them. A candidate's own `licence_note` goes before the table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from evalkit.records import Candidate


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What one provider or model family says of training on its answers."""

    whose: str
    hosts: tuple[str, ...] = ()
    """Endings of the host of `base_url`."""
    backends: tuple[str, ...] = ()
    """Backends that ask this provider where no `base_url` is named."""
    models: str = ""
    """Regular expression of the model's name."""
    note: str
    source: str
    read_at: str
    """When this summary was made, as year and month."""


KNOWN: tuple[Terms, ...] = (
    Terms(
        whose="OpenAI",
        hosts=("openai.com",),
        models=r"\b(gpt-[3-9]|o[1-9]-|chatgpt)",
        note="its terms forbid using output to develop models that compete with OpenAI",
        source="https://openai.com/policies/services-agreement/",
        read_at="2026-11",
    ),
    Terms(
        whose="Anthropic",
        hosts=("anthropic.com",),
        backends=("anthropic",),
        models=r"\bclaude\b",
        note="its terms forbid training competing models without its permission; "
        "its help page allows task tools such as classifiers and extraction",
        source="https://support.claude.com/en/articles/12326764-can-i-use-my-outputs-to-train-an-ai-model",
        read_at="2026-11",
    ),
    Terms(
        whose="Google (Gemini API)",
        hosts=("googleapis.com",),
        models=r"\bgemini\b",
        note="its terms forbid using the service to develop models that compete with it",
        source="https://ai.google.dev/gemini-api/terms",
        read_at="2026-11",
    ),
    Terms(
        whose="Meta Llama 2 and 3",
        models=r"\b(llama-?2|llama-?3(?!\.\d))",
        note="the licence forbids using outputs to improve any other large language model",
        source="https://www.llama.com/llama3/license/",
        read_at="2026-11",
    ),
    Terms(
        whose="Meta Llama 3.1 and later",
        models=r"\bllama-?(3\.\d|4)",
        note="a model that was trained on outputs and is distributed must be named Llama… and say so",
        source="https://www.llama.com/llama3_1/license/",
        read_at="2026-11",
    ),
)


def licence_words(teacher: Candidate) -> str:
    """Say what is known of training on this teacher's answers, with its source."""
    if teacher.licence_note:
        return f"{teacher.name}: {teacher.licence_note} (its licence_note)"
    if teacher.simulated:
        return f"{teacher.name}: simulated answers teach nothing about any model"
    terms = next((known for known in KNOWN if _is_meant(known, teacher)), None)
    if terms is None:
        return f"{teacher.name}: nothing is known of its licence; read it before you train on its answers"
    return f"{teacher.name}: {terms.whose}: {terms.note} ({terms.source}, as of {terms.read_at})"


def _is_meant(terms: Terms, teacher: Candidate) -> bool:
    host = urlsplit(teacher.base_url or "").hostname or ""
    if any(host == known or host.endswith(f".{known}") for known in terms.hosts):
        return True
    if not teacher.base_url and teacher.backend in terms.backends:
        return True
    return bool(terms.models and re.search(terms.models, teacher.model.casefold()))
