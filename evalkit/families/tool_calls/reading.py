"""An answer read into calls: made through the API, written as text, none at all, or not readable."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.families.tool_calls.json_calls import CALL_KEY, BrokenCallsError, UnreadableError, settled
from evalkit.families.tool_calls.parsers import CallParser
from evalkit.families.tool_calls.tools import Toolbox
from evalkit.records import Answer, ToolCall, clean_text

_MARKUP = re.compile(
    r"<\W{0,2}(?:tool|function|python_tag|invoke|think)|\[TOOL_CALLS\]|\bAction Input:|```(?:json|tool)",
    re.IGNORECASE,
)
_EDGES = string.punctuation + "“”‘’«»¿¡…。、，！？（）「」：；"
_WORD = re.compile(r"(?:\w|[^\x00-\x7f\ufffd]|['.,:/&-])+")
_PROSE_SAMPLE = 10_000
"""Characters of a text that are looked at to tell prose from noise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call that the model made, with arguments that any record can hold."""

    name: str
    arguments: Mapping[str, Any]

    def shown(self) -> dict[str, Any]:
        """The call as `parsed` and diffs show it."""
        return {"name": self.name, "arguments": dict(self.arguments)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What an answer says."""

    calls: tuple[Call, ...] | None
    """The calls; empty for an abstention; None when it cannot be read."""
    parser: str | None
    """Which parser read it: `native`, a text parser's name, or `prose` for an abstention in words."""
    problem: str = ""
    """Why it cannot be read."""
    path: str = "$"
    """Where it cannot be read."""


def read_answer(answer: Answer, parsers: Mapping[str, CallParser], toolbox: Toolbox) -> Reading:
    """The calls of an answer. Never raises, and never takes what it cannot read for an abstention."""
    if answer.tool_calls:
        return _settled(answer.tool_calls, "native", toolbox)
    text = clean_text(answer.text or "").rpartition("</think>")[2].strip().removeprefix("\ufeff").strip()
    for name, parse in parsers.items():
        try:
            calls = parse(text)
        except BrokenCallsError as error:
            return Reading(calls=None, parser=name, problem=str(error))
        if calls is not None:
            return _settled(calls, name, toolbox)
    if _attempts_a_call(text, toolbox):
        return Reading(calls=None, parser=None, problem="an attempt at a call that no parser reads")
    if not _is_prose(text):
        return Reading(calls=None, parser=None, problem="neither a call nor prose")
    return Reading(calls=(), parser="prose")


def _settled(calls: Sequence[ToolCall], parser: str, toolbox: Toolbox) -> Reading:
    read = []
    for i, call in enumerate(calls):
        try:
            read.append(_call(call, toolbox))
        except UnreadableError as error:
            return Reading(calls=None, parser=parser, problem=str(error), path=f"$[{i}].arguments")
    return Reading(calls=tuple(read), parser=parser)


def _call(call: ToolCall, toolbox: Toolbox) -> Call:
    arguments = call.arguments
    if arguments is None and not (call.raw or "").strip():
        arguments = {}  # servers send nothing, null or "" for a tool that is called without arguments
    if arguments is None:
        raise UnreadableError("the arguments do not parse")
    if not isinstance(arguments, Mapping):
        raise UnreadableError("the arguments are no object")
    name = clean_text(str(call.name))
    tool = toolbox.find(name)
    return Call(name=tool.name if tool else name, arguments=settled(arguments))


def _attempts_a_call(text: str, toolbox: Toolbox) -> bool:
    """Whether the text has marks of a call: markup, a call's keys, JSON first, a tool's name called."""
    if text.startswith(("{", "[{")) or CALL_KEY.search(text) or _MARKUP.search(text):
        return True
    names = {n for t in toolbox.tools for n in (t.name, t.wire_name) if n}
    return any(mark in text for n in names for mark in (f"{n}(", f'"{n}":', f"'{n}':"))


def _is_prose(text: str) -> bool:
    """Whether at least half of what stands between spaces are words or numbers, and there is one."""
    words = [_WORD.fullmatch(token) is not None for token in _tokens(text[:_PROSE_SAMPLE])]
    return bool(words) and 2 * sum(words) >= len(words)


def _tokens(text: str) -> Iterator[str]:
    """What stands between spaces, without punctuation around it; lone signs (bullets) are passed over."""
    for token in text.split():
        if len(token) > 1 or token.isalnum():
            yield token.strip(_EDGES)
