"""Parsers of calls written as text, each a small function, tried in the order of SHIPPED.

A parser takes the text and returns the calls; an empty list when the text says in that form that no call
is made; None when the text is not in its form. It raises BrokenCallsError when the text is in its form and
cannot be read whole: then no other parser is tried, so that half an answer is never taken for all of it.
Plug-ins come by the entry point group `evalkit.call_parsers`, for suites that name them in `parsers:`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from evalkit.errors import SuiteError, near_names
from evalkit.families.tool_calls.json_calls import (
    CALL_KEY,
    BrokenCallsError,
    calls_in,
    json_objects,
    json_sequence,
)
from evalkit.records import ToolCall

__all__ = ["SHIPPED", "BrokenCallsError", "CallParser", "call_parsers", "parser_names"]

CallParser = Callable[[str], Sequence[ToolCall] | None]


class FencedCalls(list[ToolCall]):
    """Calls of a parser that reads bare text as well, and found these in a fence."""


_TAG = "<tool_call>"
_CODE_LIMIT = 20_000
"""Longest text, in characters, that Python's own parser is given."""
_INFO_WORD = re.compile(r"[\w+.-]{0,20}(?=[\s{\[])")
_LOOKS_LIKE_CODE = re.compile(r"\[?\s*[A-Za-z_][\w.]*\s*\(")
_BEGINS_WITH_NONE = re.compile(r"\[\s*\]\s")
_JSON_WORDS = {"true": True, "false": False, "null": None}


def tool_call_tags(text: str) -> list[ToolCall] | None:
    """`<tool_call>{…}</tool_call>`, any number of them; the last may lack its end when it is whole."""
    parts = text.split(_TAG)[1:]
    if not parts:
        return None
    calls: list[ToolCall] = []
    for part in parts:
        body = part.partition("</tool_call>")[0].strip()
        found = json_calls(body) if body[:1] in ("{", "[") else None
        found = python_calls(body) if found is None else found
        if found is None:
            raise BrokenCallsError("the text in the tags is no call")
        calls.extend(found)
    return calls


def json_calls(text: str) -> list[ToolCall] | None:
    """The whole text is JSON: one call, an array of calls, or several calls one after the other."""
    if text[:1] not in ("{", "["):
        return None
    values = json_sequence(text)
    if values is None:
        return None
    return _all_calls(values)


def fenced_json(text: str) -> list[ToolCall] | None:
    """JSON calls in code fences; fences that hold anything else are passed over."""
    calls: list[ToolCall] | None = None
    for block in _fences(text):
        values = json_sequence(block) if block[:1] in ("{", "[") else None
        found = None if values is None else _calls_or_none(values)
        if found is None and CALL_KEY.search(block):
            raise BrokenCallsError("a fence holds a call that is not whole")
        calls = _joined(calls, found)
    return calls


def python_calls(text: str) -> list[ToolCall] | None:
    """`f(a=1, b="x")`, one or several, in a list or on lines of their own, in a fence or bare.

    Keyword arguments with literal values only. The text is parsed, never evaluated.
    """
    bare = _python(text.strip("`").strip()) if not text.startswith("```") else None
    if bare is not None:
        return FencedCalls(bare) if text.startswith("`") else bare
    calls: list[ToolCall] | None = None
    for block in _fences(text):
        found = _python(block)
        if found is None and _LOOKS_LIKE_CODE.match(block):
            return None  # half of the calls would be dropped
        calls = _joined(calls, found)
    return None if calls is None else FencedCalls(calls)


def json_in_text(text: str) -> list[ToolCall] | None:
    """JSON calls inside prose, all of them; a text that begins with `[]` has said that it makes none."""
    calls: list[ToolCall] | None = [] if _BEGINS_WITH_NONE.match(text) else None
    for value in json_objects(text):
        calls = _joined(calls, calls_in(value) or None)
    return calls


SHIPPED: Mapping[str, CallParser] = {
    "json": json_calls,
    "tool_call_tags": tool_call_tags,
    "fenced_json": fenced_json,
    "python": python_calls,
    "json_in_text": json_in_text,
}
"""The shipped parsers, in the order tried: whole JSON first, whatever its strings hold."""


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


def _joined(calls: list[ToolCall] | None, found: list[ToolCall] | None) -> list[ToolCall] | None:
    return calls if found is None else [*(calls or ()), *found]


def _fences(text: str) -> Iterator[str]:
    """What stands inside closed code fences, without the word for the language."""
    parts = text.split("```")
    for block in parts[1 : len(parts) - 1 : 2]:
        yield _INFO_WORD.sub("", block, count=1).strip() if _INFO_WORD.match(block) else block.strip()


def _python(code: str) -> list[ToolCall] | None:
    if len(code) > _CODE_LIMIT or code[-1:] not in (")", "]") or not _LOOKS_LIKE_CODE.match(code):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes in a model's text are no news for the user
            tree = ast.parse(code)
        return [_call(node) for statement in tree.body for node in _call_nodes(statement)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


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
    return ToolCall(name=_dotted(node.func), arguments=arguments)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
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
        return _signed(node)
    raise ValueError("an argument that is no literal")


def _key(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError("a key that is no text")


def _signed(node: ast.UnaryOp) -> int | float:
    value = _literal(node.operand)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("a sign before something that is no number")
    return -value if isinstance(node.op, ast.USub) else value
