"""The scorer options of the family, read once and checked before anything is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from evalkit.bounded.patterns import Pattern, compile_pattern
from evalkit.errors import near_names
from evalkit.families.interface import Problem

_WILL_NOT = r"\b(?:cannot|can not|can['’]t|unable|not able|won['’]t|must decline)\b"
DEFAULT_REFUSALS = (
    r"^\W*(?:(?:i['’]m |i am )?sorry|i apologi[sz]e|as an ai)\b[^.!?]{0,200}" + _WILL_NOT,
    r"^\W*i (?:am )?" + _WILL_NOT,
)
"""How a refusal begins in English; a suite's own `refusals` replace these."""

_KNOWN = ("aliases", "normalise", "prose", "refusals", "logprobs", "forms")
_SWITCHES = ("normalise", "prose", "logprobs")


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelOptions:
    """What a suite's `scorer:` may say."""

    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Label -> other texts that mean it."""
    normalise: bool = True
    """Whether letter case, punctuation and white space are passed over."""
    prose: bool = True
    """Whether a label is looked for in an answer that is more than a label."""
    refusals: tuple[Pattern, ...] = ()
    """Patterns of answers that refuse; looked for where no label stands alone."""
    logprobs: bool = False
    """Whether log-probabilities are asked for, of the answer and of each whole label: a confidence."""


def read_options(scorer: Mapping[str, Any]) -> LabelOptions:
    """The options, wrong values falling back to the default: `option_problems` is where they are reported."""
    aliases = scorer.get("aliases")
    switches = {name: scorer[name] for name in _SWITCHES if isinstance(scorer.get(name), bool)}
    declared = scorer.get("refusals")
    patterns = declared if isinstance(declared, (list, tuple)) else DEFAULT_REFUSALS
    return LabelOptions(
        aliases={str(k): _texts(v) for k, v in aliases.items()} if isinstance(aliases, Mapping) else {},
        refusals=tuple(c for c in (_compile(p) for p in patterns) if c is not None),
        **switches,
    )


def option_problems(scorer: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[Problem]:
    """Every fault of the scorer options."""
    for name, value in scorer.items():
        key = f"scorer.{name}"
        if name not in _KNOWN:
            yield Problem(message=f"unknown scorer option {name!r}", hint=near_names(name, _KNOWN), key=key)
        elif name in _SWITCHES and not isinstance(value, bool):
            yield Problem(message=f"{name} is true or false, not {value!r}", key=key)
        elif name == "aliases":
            yield from _alias_problems(value, labels)
        elif name == "refusals":
            yield from _refusal_problems(value)


def _alias_problems(aliases: Any, labels: Mapping[str, str]) -> Iterator[Problem]:
    if not isinstance(aliases, Mapping):
        yield Problem(
            message="aliases is a mapping of labels to texts",
            hint="aliases: {refund: [money back]}",
            key="scorer.aliases",
        )
        return
    for label, texts in aliases.items():
        key = f"scorer.aliases.{label}"
        if label not in labels:
            yield Problem(message=f"{label!r} is no label", hint=near_names(str(label), labels), key=key)
        if not _texts(texts):
            yield Problem(message="an alias is a text or a list of texts", key=key)


def _refusal_problems(value: Any) -> Iterator[Problem]:
    if not isinstance(value, (list, tuple)):
        yield Problem(message="refusals is a list of regular expressions", key="scorer.refusals")
        return
    for number, pattern in enumerate(value):
        if _compile(pattern) is None:
            yield Problem(
                message=f"{pattern!r} is no regular expression",
                hint="quote it in single quotes",
                key=f"scorer.refusals.{number}",
            )


def _texts(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, (list, tuple)) else [value]
    return tuple(str(t) for t in listed if isinstance(t, (str, int)) and str(t).strip())


def _compile(pattern: Any) -> Pattern | None:
    try:
        return compile_pattern(pattern, ignore_case=True)
    except ValueError:
        return None
