"""The scorer options of the family, read once and checked before anything is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.errors import near_names
from evalkit.families.interface import Problem

_WORDS = {"profile": ("strict", "bfcl"), "target_format": ("canonical", "bfcl")}
_SWITCHES = ("ordered", "check_values")
_KNOWN = (*_WORDS, *_SWITCHES, "parsers", "forms")


@dataclass(frozen=True, kw_only=True, slots=True)
class CallOptions:
    """What a suite's `scorer:` may say."""

    profile: str = "strict"
    """`strict` or `bfcl`: how values are compared."""
    target_format: str = "canonical"
    """`canonical` (plain calls included) or `bfcl`: how targets are written."""
    ordered: bool = False
    """Whether several calls must come in the target's order."""
    check_values: bool = True
    """Whether `check` holds target arguments against the tools' schemas; off by default for BFCL data."""
    parsers: tuple[str, ...] | None = None
    """Parsers of calls written as text, in the order tried; None takes the shipped ones."""


def read_options(scorer: Mapping[str, Any]) -> CallOptions:
    """The options; unknown words fall back to the default, since `option_problems` reports them."""
    words = {k: scorer[k] for k, allowed in _WORDS.items() if scorer.get(k) in allowed}
    parsers = scorer.get("parsers")
    return CallOptions(
        **words,
        ordered=scorer.get("ordered") is True,
        # BFCL's own answers break its schemas in places, and its checker does not look.
        check_values=scorer.get("check_values", "bfcl" not in words.values()) is not False,
        parsers=tuple(map(str, parsers)) if isinstance(parsers, (list, tuple)) and parsers else None,
    )


def option_problems(scorer: Mapping[str, Any], parser_names: tuple[str, ...]) -> Iterator[Problem]:
    """Every fault of the scorer options."""
    for name, value in scorer.items():
        key = f"scorer.{name}"
        if name not in _KNOWN:
            yield Problem(message=f"unknown scorer option {name!r}", hint=near_names(name, _KNOWN), key=key)
        elif name in _WORDS and value not in _WORDS[name]:
            yield Problem(
                message=f"{value!r} is no {name}", hint="one of " + ", ".join(_WORDS[name]), key=key
            )
        elif name in _SWITCHES and not isinstance(value, bool):
            yield Problem(message=f"{name} is true or false, not {value!r}", key=key)
        elif name == "parsers":
            yield from _parser_problems(value, parser_names)


def _parser_problems(value: Any, parser_names: tuple[str, ...]) -> Iterator[Problem]:
    if not isinstance(value, (list, tuple)) or not value:
        yield Problem(message="parsers is a list of parser names", key="scorer.parsers")
        return
    for name in value:
        if name not in parser_names:
            yield Problem(
                message=f"unknown call parser {name!r}",
                hint=near_names(str(name), parser_names),
                key="scorer.parsers",
            )
