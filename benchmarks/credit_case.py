"""One made answer with what is known of it; the generators of `credit.py` yield these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# How models mark their reasoning; written down once more, since a generator uses nothing of the reader.
REASONING = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """An answer to an item, right or wrong by the way it was made."""

    form: str
    """How the answer is wrapped: a row of the table."""
    way: str
    """Which way of being right or wrong, to find a miscredited one again."""
    text: str
    target: Any
    contract: Mapping[str, Any]
    """Fields of the suite's contract."""
    calls: tuple[Mapping[str, Any], ...] = ()
    """Calls made through the API: `name` and `arguments` each."""
    scorer: Mapping[str, Any] = field(default_factory=dict)
    """The suite's scorer options."""
    asked: str = "x"
    """What the item asks."""
