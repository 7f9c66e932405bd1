"""Parsers of calls written as text, each a small function, tried in the order of SHIPPED.

A parser takes the answering part of a text and returns the calls; an empty list when the text says in that
form that no call is made; None when the text is not in its form. It raises BrokenCallsError when the text is
in its form and cannot be read whole: then no other parser is tried, so that half an answer is never taken for
all of it.
Plug-ins come by the entry point group `evalkit.call_parsers`, for suites that name them in `parsers:`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any

from evalkit.errors import SuiteError, near_names
from evalkit.families.answer_text import find_statements
from evalkit.families.comparators.numbers import read_float
from evalkit.families.doubt import stands_as_answer
from evalkit.families.json_text import PlacedValue, find_values
from evalkit.families.tool_calls.json_calls import (
    CALL_KEY,
    BrokenCallsError,
    calls_in,
    holds_a_call,
    json_sequence,
)
from evalkit.records import ToolCall

__all__ = ["SHIPPED", "BrokenCallsError", "CallParser", "call_parsers", "parser_names"]

CallParser = Callable[[str], Sequence[ToolCall] | None]


class FencedCalls(list[ToolCall]):
    """Calls of a parser that reads bare text as well, and found these in a fence."""


_TAG, _TAG_END = "<tool_call>", "</tool_call>"
_CHANNEL = re.compile(
    r"<\|channel\|>commentary\s+to=(?:functions\.)?(?P<name>[\w.-]{1,200})[^<]*(?:<\|constrain\|>[^<]*)?"
    r"<\|message\|>(?P<body>.*?)(?:<\|(?:call|end|return|start)\|>|\Z)\s*",
    re.DOTALL,
)
_EXACT_UP_TO = 2**53
_CODE_LIMIT = 20_000
"""Longest text, in characters, that Python's own parser is given."""
_ENCLOSED = re.compile(r"<tool_call>.*?(?:</tool_call>|\Z)|```.*?(?:```|\Z)", re.DOTALL)
_FENCED_WHOLE = re.compile(r"\A```[\w+.-]{0,20}\s(.*)```\Z", re.DOTALL)
_HELD = "\0"
_INFO_WORD = re.compile(r"[\w+.-]{0,20}(?=[\s{\[])")
_LOOKS_LIKE_CODE = re.compile(r"\[?\s*[A-Za-z_][\w.]*\s*\(")
_BEGINS_A_CALL = re.compile(
    r"\[\s*[A-Za-z_][\w.]*(?:\(|\Z)|[A-Za-z_][\w.]*\(\s*(?:[A-Za-z_]\w*\s*(?:=(?!=)|\Z)|\Z)"
)
_BEGINS_WITH_NONE = re.compile(r"\[\s*\]\s")
_JSON_WORDS = {"true": True, "false": False, "null": None}


def tool_call_tags(text: str) -> list[ToolCall] | None:
    """`<tool_call>{…}</tool_call>`, any number of them; the last may lack its end when it is whole."""
    masked = without_values(text) if _TAG in text else ""
    if _TAG not in masked:
        return None
    calls: list[ToolCall] = []
    at = masked.index(_TAG)
    outside = [text[:at]]
    while at >= 0:
        start, following = at + len(_TAG), masked.find(_TAG, at + len(_TAG))
        limit = len(text) if following < 0 else following
        end = masked.find(_TAG_END, start, limit)
        outside.append("" if end < 0 else text[end:limit])
        body, at = text[start : limit if end < 0 else end].strip(), following
        found = json_calls(body) if body[:1] in ("{", "[") else None
        found = python_calls(body) if found is None else found
        if found is None:
            raise BrokenCallsError("the text in the tags is no call")
        calls.extend(found)
    _refuse_calls("\n".join(outside))
    return calls


def channel_calls(text: str) -> list[ToolCall] | None:
    """gpt-oss' calls: `<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>{…}<|call|>`."""
    if not text.startswith("<|channel|>commentary"):
        return None
    calls, at = [], 0
    while at < len(text):
        part = _CHANNEL.match(text, at)
        values = None if part is None else json_sequence(part["body"].strip())
        if part is None or values is None or len(values) != 1 or not isinstance(values[0], dict):
            raise BrokenCallsError("a channel holds no whole arguments")
        calls.append(ToolCall(name=part["name"], arguments=values[0]))
        at = part.end()
    return calls


def json_calls(text: str) -> list[ToolCall] | None:
    """The whole text is JSON: one call, an array of calls, or several calls one after the other."""
    if text[:1] not in ("{", "["):
        return None
    values = json_sequence(text)
    if values is None:
        return None
    return _all_calls(values)


def parse_fenced_json(text: str) -> list[ToolCall] | None:
    """JSON calls in code fences; fences that hold anything else are passed over.

    The last fence may lack its end when what it holds is whole.
    """
    calls: list[ToolCall] | None = None
    blocks, outside = _fences(text)
    for block in blocks:
        values = json_sequence(block) if block[:1] in ("{", "[") else None
        found = None if values is None else _calls_or_none(values)
        if found is None and CALL_KEY.search(block) and CALL_KEY.search(without_values(block)):
            raise BrokenCallsError("a fence holds a call that is not whole")
        if found is None and values is not None and holds_a_call(values):
            raise BrokenCallsError("a fence holds a call inside of something else")
        calls = _join_calls(calls, found)
    if calls is not None:
        _refuse_calls(outside)
        _refuse_in_doubt(text)
    return calls


def python_calls(text: str) -> list[ToolCall] | None:
    """`f(a=1, b="x")`, one or several, in a list or on lines of their own, in a fence or bare.

    Keyword arguments with literal values only. The text is parsed, never evaluated.
    """
    bare = _python(text.strip("`").strip()) if not text.startswith("```") else None
    if bare is not None:
        return FencedCalls(bare) if text.startswith("`") else bare
    calls: list[ToolCall] | None = None
    for block in _fences(text)[0]:
        found = _python(block)
        if found is None and _LOOKS_LIKE_CODE.match(block):
            return None  # half of the calls would be dropped
        calls = _join_calls(calls, found)
    if calls is None:
        return None
    _refuse_in_doubt(text)
    return FencedCalls(calls)


def json_in_text(text: str) -> list[ToolCall] | None:
    """JSON calls inside prose, all of them; a text that begins with `[]` has said that it makes none."""
    calls: list[ToolCall] | None = [] if _BEGINS_WITH_NONE.match(text) else None
    if not CALL_KEY.search(text):
        return calls
    _refuse_call_keys(without_values(text))
    for placed in values_in(text):
        found = calls_in(placed.value)
        if found is None and holds_a_call(placed.value):
            raise BrokenCallsError("a call stands inside of something else")
        calls = _join_calls(calls, found or None)
    if calls:
        _refuse_in_doubt(text)
    return calls


SHIPPED: Mapping[str, CallParser] = {
    "json": json_calls,
    "tool_call_tags": tool_call_tags,
    "channel_calls": channel_calls,
    "fenced_json": parse_fenced_json,
    "python": python_calls,
    "json_in_text": json_in_text,
}
"""The shipped parsers, in the order tried: whole JSON first, whatever its strings hold."""


def final_parts(text: str) -> tuple[str, ...]:
    """Return the parts of an answer that its final statements single out; all of it where they do not.

    All calls of an answer are wanted, however many values they are written in. Only a clear final statement
    that holds calls ("Corrected: …", "Final answer: …", by the rule of `answer_text`) makes drafts of the
    others.

    Raises:
        BrokenCallsError: A strong statement behind or before calls holds none: what is meant is in doubt.
    """
    if not find_statements(text):
        return (text,)
    if (text[:1] in ("{", "[") and json_sequence(text) is not None) or _python(text) is not None:
        return (text,)  # what its strings say is data
    masked = _without_calls(text)
    statements = find_statements(masked) if _HELD in masked else ()
    held = [s for s in statements if _HELD in masked[s.start : s.end]]
    if any(s.strong and s not in held for s in statements):
        raise BrokenCallsError("a final statement without a call, beside calls")
    return tuple(text[s.start : s.end].strip(" *_\n") for s in held) or (text,)


def _refuse_in_doubt(text: str) -> None:
    """Refuse calls in fences or prose that the words around them make an example, a denial or a question.

    A call in tags or a channel is not asked for its words: a server makes it whatever stands beside it.
    """
    masked = _without_calls(text)
    first, last = masked.find(_HELD), masked.rfind(_HELD)
    if first >= 0 and not stands_as_answer(masked[:first], masked[last + 1 :]):
        raise BrokenCallsError("the words around a call leave it in doubt")


def _without_calls(text: str) -> str:
    """The text with `_HELD` in place of JSON, fences and tags that may hold calls, each place kept."""
    return _ENCLOSED.sub(lambda found: _HELD * len(found.group()), without_values(text))


def parser_names() -> tuple[str, ...]:
    """Every parser that a suite can name."""
    return (*SHIPPED, *sorted(e.name for e in entry_points(group="evalkit.call_parsers")))


def call_parsers(names: Sequence[str] | None) -> Mapping[str, CallParser]:
    """The named parsers in the order named; None takes the shipped ones.

    Raises:
        SuiteError: No such parser; names the near ones.
    """
    return SHIPPED if names is None else {name: _parser(name) for name in names}


def _parser(name: str) -> CallParser:
    if name in SHIPPED:
        return SHIPPED[name]
    for plugin in entry_points(group="evalkit.call_parsers", name=name):
        return plugin.load()  # type: ignore[no-any-return]  # foreign objects enter here
    raise SuiteError(
        f"unknown call parser {name!r}", where="scorer.parsers", hint=near_names(name, parser_names())
    )


def _all_calls(values: list[Any]) -> list[ToolCall]:
    calls = _calls_or_none(values)
    if calls is None:
        raise BrokenCallsError("the answer is JSON, and no call")
    return calls


def _calls_or_none(values: list[Any]) -> list[ToolCall] | None:
    found = [calls_in(v) for v in values]
    return None if None in found else [call for calls in found if calls for call in calls]


def _join_calls(calls: list[ToolCall] | None, found: list[ToolCall] | None) -> list[ToolCall] | None:
    return calls if found is None else [*(calls or ()), *found]


@lru_cache(maxsize=4)
def values_in(text: str) -> tuple[PlacedValue, ...]:
    """Return the whole JSON values of a text, which several parsers look at."""
    return find_values(text)


def without_values(text: str) -> str:
    """Return the text with its whole JSON values blanked, each place kept: broken calls still show.

    Marks and keys inside the values are data.
    """
    parts: list[str] = []
    at = 0
    for placed in values_in(text):
        parts += (text[at : placed.start], "\0" * (placed.end - placed.start))
        at = placed.end
    return "".join((*parts, text[at:]))


def _refuse_call_keys(text: str) -> None:
    """A call's keys outside of every whole value are what is left of a broken call."""
    if CALL_KEY.search(text):
        raise BrokenCallsError("a call in the text is not whole")


def _refuse_calls(text: str) -> None:
    """A call beside those in fences or tags, whole or broken, leaves in doubt which are meant."""
    if not CALL_KEY.search(text):
        return
    _refuse_call_keys(without_values(text))
    if any(calls_in(v.value) for v in values_in(text)):
        raise BrokenCallsError("calls stand inside and outside of fences or tags")


def _fences(text: str) -> tuple[list[str], str]:
    """What stands inside code fences, without the word for the language; and what stands outside.

    A last fence that is not closed counts. Fences inside of JSON strings are text.
    """
    masked = without_values(text) if "```" in text else ""
    marks = [found.start() for found in re.finditer("```", masked)]
    ends = [*marks, len(text)] if len(marks) % 2 else marks
    blocks, outside, at = [], [], 0
    for start, end in zip(ends[::2], ends[1::2], strict=True):
        outside.append(text[at:start])
        block = text[start + 3 : end]
        blocks.append(
            _INFO_WORD.sub("", block, count=1).strip() if _INFO_WORD.match(block) else block.strip()
        )
        at = end + 3
    return blocks, "\n".join((*outside, text[at:]))


def _python(code: str) -> list[ToolCall] | None:
    if len(code) > _CODE_LIMIT or code[-1:] not in (")", "]") or not _LOOKS_LIKE_CODE.match(code):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes in a model's text are no news for the user
            tree = ast.parse(code)
            _keep_digits(tree, code)
        return [_call(node) for statement in tree.body for node in _call_nodes(statement)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_code(text: str) -> bool:
    """Return whether the text is nothing but Python that calls something, or a list of such calls.

    Whatever it calls, and with which arguments: `[integrate.quad(f, 0, 1)]` would be run. What begins so with
    a named argument, in a fence too, is code that may be cut.
    """
    if any(_BEGINS_A_CALL.match(block) for block in (text, *_fences(text)[0])):
        return True
    code = _FENCED_WHOLE.sub(r"\1", text).strip("` \n")
    if len(code) > _CODE_LIMIT or code[-1:] not in (")", "]") or not _LOOKS_LIKE_CODE.match(code):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool([node for statement in ast.parse(code).body for node in _call_nodes(statement)])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _keep_digits(tree: ast.AST, code: str) -> None:
    """Let no whole number lose digits that a double does not hold."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) is float and abs(node.value) >= _EXACT_UP_TO:
            node.value = read_float((ast.get_source_segment(code, node) or "").replace("_", ""))


def _call_nodes(statement: ast.stmt) -> list[ast.Call]:
    if not isinstance(statement, ast.Expr):
        raise ValueError("a statement that is no call")
    value = statement.value
    nodes = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    if len(calls) != len(nodes):
        raise ValueError("something among the calls is none")
    return calls


def _call(node: ast.Call) -> ToolCall:
    if node.args:
        raise ValueError("arguments are given by name")
    arguments: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in arguments:
            raise ValueError("an argument without a name, or twice")
        arguments[keyword.arg] = _literal(keyword.value)
    return ToolCall(name=_dotted_name(node.func), arguments=arguments)


def _dotted_name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted_name(node.value)}.{node.attr}"
    raise ValueError("what is called has no name")


def _literal(node: ast.expr) -> Any:
    """The JSON value of a literal; ast.literal_eval would let bytes, sets and complex numbers in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float, type(None))):
        return node.value
    if isinstance(node, ast.Name) and node.id in _JSON_WORDS:
        return _JSON_WORDS[node.id]
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_literal(n) for n in node.elts]
    if isinstance(node, ast.Dict):
        return {_key(k): _literal(v) for k, v in zip(node.keys, node.values, strict=True)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return _apply_sign(node)
    raise ValueError("an argument that is no literal")


def _key(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError("a key that is no text")


def _apply_sign(node: ast.UnaryOp) -> int | float:
    value = _literal(node.operand)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("a sign before something that is no number")
    return -value if isinstance(node.op, ast.USub) else value
