"""An answer read into calls: made through the API, written as text, none at all, or not readable."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evalkit.families.answer_text import answer_part
from evalkit.families.forms import FORMS, read_recorded_form
from evalkit.families.tool_calls.json_calls import (
    CALL_KEY,
    BrokenCallsError,
    UnreadableError,
    calls_in,
    holds_a_call,
    settle_value,
)
from evalkit.families.tool_calls.parsers import (
    CallParser,
    FencedCalls,
    final_parts,
    is_code,
    values_in,
    without_values,
)
from evalkit.families.tool_calls.tools import Toolbox
from evalkit.records import Answer, ToolCall, clean_text

_MARKUP = re.compile(
    r"<\W{0,2}(?:tool|function|python_tag|invoke|think)|\[TOOL_CALLS\]|\bAction Input:"
    r"|```(?:json|tool)\w*\b(?!\s*\x00)",
    re.IGNORECASE,
)
_CHANNEL_CALL = re.compile(r"<\|channel\|>commentary\s+to=")
_EDGES = string.punctuation + "“”‘’«»¿¡…。、，！？（）「」：；"
# One class: alternatives that overlap would try two to the power of the word's length.
_WORD = re.compile(r"[\w\x80-\ufffc\ufffe-\U0010ffff'.,:/&-]+")
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
class CallReading:
    """What an answer says."""

    calls: tuple[Call, ...] | None
    """The calls; empty for an abstention; None when it cannot be read."""
    parser: str | None
    """Which parser read it: `native`, a text parser's name, or `prose` for an abstention in words."""
    form: str | None = None
    """In which form the calls stood, of `FORMS`; None when that is not known."""
    problem: str = ""
    """Why it cannot be read."""
    path: str = "$"
    """Where it cannot be read."""


def read_answer(answer: Answer, parsers: Mapping[str, CallParser], toolbox: Toolbox) -> CallReading:
    """The calls of an answer. Never raises, and never takes what it cannot read for an abstention."""
    if answer.tool_calls:
        return _settle(answer.tool_calls, "native", "native", toolbox)
    part = answer_part(answer.text or "")
    if part.unfinished:
        return CallReading(calls=None, parser=None, problem="the reasoning never ends")
    text = part.text
    if "<|channel|>" not in text and _CHANNEL_CALL.search(answer.text or "") and text[:1] not in ("{", "["):
        return CallReading(
            calls=None, parser=None, problem="a call in a channel, and a final message beside it"
        )
    try:
        meant = final_parts(text)
    except BrokenCallsError as error:
        return CallReading(calls=None, parser=None, problem=str(error))
    read = [found for said in meant if (found := _parse(said, parsers, toolbox)) is not None]
    if read:
        if len(read) < len(meant) or any(r.calls != read[0].calls for r in read):
            return CallReading(calls=None, parser=read[0].parser, problem="final statements that differ")
        stated = meant != (text,) and read[0].form == "bare"
        return replace(read[0], form="in_prose") if stated else read[0]
    if _attempts_a_call(text, toolbox):
        return CallReading(calls=None, parser=None, problem="an attempt at a call that no parser reads")
    if not _is_prose(text):
        return CallReading(calls=None, parser=None, problem="neither a call nor prose")
    return CallReading(calls=(), parser="prose", form="in_prose")


def _parse(text: str, parsers: Mapping[str, CallParser], toolbox: Toolbox) -> CallReading | None:
    """What the first parser whose form it is reads; None when no parser knows the form."""
    for name, parse in parsers.items():
        try:
            calls = parse(text)
        except BrokenCallsError as error:
            return CallReading(calls=None, parser=name, problem=str(error))
        if calls is not None:
            return _settle(calls, name, _form(name, parse, calls), toolbox)
    return None


def _form(name: str, parse: CallParser, calls: Sequence[ToolCall]) -> str | None:
    """The form that a parser reads; one that reads two tells by what it returns, a plug-in by `form`."""
    if name == "python":
        return "fenced" if isinstance(calls, FencedCalls) else "bare"
    told = getattr(parse, "form", None)
    return told if told in FORMS else read_recorded_form(name, "tool_calls")


def _settle(calls: Sequence[ToolCall], parser: str, form: str | None, toolbox: Toolbox) -> CallReading:
    read = []
    for i, call in enumerate(calls):
        try:
            read.append(_call(call, toolbox))
        except UnreadableError as error:
            return CallReading(calls=None, parser=parser, problem=str(error), path=f"$[{i}].arguments")
    return CallReading(calls=tuple(read), parser=parser, form=form)


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
    return Call(name=tool.name if tool else name, arguments=settle_value(arguments))


def _attempts_a_call(text: str, toolbox: Toolbox) -> bool:
    """Whether the text has marks of a call: markup, a call's keys, JSON first, a tool's name or code called.

    A whole JSON value that spells no call is data, whatever its keys.
    """
    masked = without_values(text) if CALL_KEY.search(text) or "```" in text else text
    if text.startswith(("{", "[{")) or CALL_KEY.search(masked) or _MARKUP.search(masked):
        return True
    if masked is not text and any(calls_in(v.value) or holds_a_call(v.value) for v in values_in(text)):
        return True
    if is_code(text):
        return True
    names = {n for t in toolbox.tools for n in (t.name, t.wire_name) if n}
    return any(mark in text for n in names for mark in (f"{n}(", f'"{n}":', f"'{n}':"))


def _is_prose(text: str) -> bool:
    """Whether at least half of what stands between spaces are words or numbers, and there is one."""
    tokens = [t for t in text[:_PROSE_SAMPLE].split() if len(t) > 1 or t.isalnum()]  # a lone sign is a bullet
    return bool(tokens) and 2 * sum(map(_is_word, tokens)) >= len(tokens)


def _is_word(token: str) -> bool:
    """Whether a third of it, at least, is a word or number, and the rest is punctuation around that."""
    word = token.strip(_EDGES)
    return 3 * len(word) >= len(token) and _WORD.fullmatch(word) is not None
