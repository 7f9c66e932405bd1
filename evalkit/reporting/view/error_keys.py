"""What a failure is about, in a few readable words: the confused pair, the field, the tool and its argument.

Keys group failures, so they are made of the contract's own words alone: labels, field names and tools. What a
model made up is said to be made up, which also keeps its words out of reports without content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.records import Contract
from evalkit.reporting.frames import plain, text
from evalkit.wording import kind_words

_INDEX = re.compile(r"\[\d+\]")
_NAME = re.compile(r"\.([^.\[\]]+)|\['((?:[^'\\]|\\.)*)'\]|\[\"((?:[^\"\\]|\\.)*)\"\]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """The words of a suite's contract."""

    labels: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Of fields and arguments."""
    tools: frozenset[str] = frozenset()


def vocabulary(contract: Contract, items: Sequence[Mapping[str, Any]]) -> Vocabulary:
    """The words of a contract and of the tools and targets that items bring themselves."""
    own = [tool for item in items for tool in _list(item.get("tools")) if isinstance(tool, Mapping)]
    functions = [_function(tool) for tool in (*contract.tools, *own)]
    names = set(_properties(contract.schema))
    for function in functions:
        names.update(_properties(function.get("parameters")))
    if not names:  # a contract that names none: the targets do
        names.update(name for item in items for name in _keys(item.get("target")))
    return Vocabulary(
        labels=frozenset(str(label) for label in contract.labels),
        names=frozenset(names),
        tools=frozenset(str(function.get("name", "")) for function in functions),
    )


def error_key(words: Vocabulary, kind: str, diff: Any, target: Any, fault: Any) -> str:
    """The key of one failed sample; empty when there is nothing to tell beyond its kind.

    Args:
        words: Of the suite's contract.
        kind: Its error kind.
        diff: The cell `diff`: a list of `{path, kind, expected, got}`, or its JSON text.
        target: The item's target: a tool's argument is told by the call that was expected.
        fault: The cell `fault`: what the backend failed by, when it did.
    """
    if named := text(fault):
        return kind_words(named)
    places = [place for place in _list(plain(diff)) if isinstance(place, Mapping)]
    if not places:
        return ""
    place = next((p for p in places if p.get("kind") == kind), places[0])
    if words.labels:
        return _pair(words, places)
    if words.tools:
        return _tool(words, place, target)
    return _field(words, str(place.get("path", "$")))


def _pair(words: Vocabulary, places: Sequence[Mapping[str, Any]]) -> str:
    """Target and answer of a classification; a set of labels is told by the first that departs."""
    place = places[0]
    expected, got = place.get("expected"), place.get("got")
    if place.get("kind") == "missed_label":
        return f"missed {_label(words, expected)}"
    if place.get("kind") == "extra_label":
        return f"extra {_label(words, got)}"
    return f"{_label(words, expected)} → {_label(words, got)}"


def _label(words: Vocabulary, value: Any) -> str:
    if isinstance(value, (list, tuple)):
        known = [v for v in value if isinstance(v, str) and v in words.labels]
        return " + ".join(sorted(known)) if known and len(known) == len(value) <= 3 else _several(value)
    return value if isinstance(value, str) and value in words.labels else "no label"


def _several(value: Sequence[Any]) -> str:
    return "several labels" if len(value) > 1 else "no label"


def _tool(words: Vocabulary, place: Mapping[str, Any], target: Any) -> str:
    path, expected, got = str(place.get("path", "$")), place.get("expected"), place.get("got")
    if path.endswith(".tool"):
        return f"{_called(words, expected)} → {_called(words, got)}"
    if ".arguments" in path:
        called = _called(words, _at(target, path))
        return f"{called}: {_field(words, path.split('.arguments', 1)[1]).removeprefix('.')}"
    call = expected if expected is not None else got
    return _called(words, call) if isinstance(call, Mapping) else ""


def _at(target: Any, path: str) -> Any:
    """The expected call that a path such as `$[1].arguments.date` is about."""
    index = re.match(r"\$\[(\d+)\]", path)
    calls = _list(target)
    return calls[int(index[1])] if index and int(index[1]) < len(calls) else None


def _called(words: Vocabulary, call: Any) -> str:
    name = call
    if isinstance(call, Mapping):  # our own form, a plain call, or BFCL's `{function: {argument: [values]}}`
        name = call.get("tool", call.get("name", next(iter(call), None)))
    return name if isinstance(name, str) and name in words.tools else "no such tool"


def _field(words: Vocabulary, path: str) -> str:
    """A path without positions; `made-up field` where a name is not the contract's."""
    names = [next(part for part in found if part) for found in _NAME.findall(path) if any(found)]
    if any(name not in words.names for name in names):
        return "made-up field"
    shape = _INDEX.sub("[]", path).removeprefix("$").removeprefix(".")
    return shape or "the whole answer"


def _properties(schema: Any) -> Iterable[str]:
    """Every property's name in a JSON Schema, at any depth."""
    waiting = [schema]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Mapping):
            inside = here.get("properties")
            if isinstance(inside, Mapping):
                yield from (str(name) for name in inside)
            waiting.extend(here.values())
        elif isinstance(here, (list, tuple)):
            waiting.extend(here)


def _keys(value: Any) -> Iterable[str]:
    """Every key in a JSON value, at any depth."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Mapping):
            yield from map(str, here)
            waiting.extend(here.values())
        elif isinstance(here, (list, tuple)):
            waiting.extend(here)


def _function(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    inside = tool.get("function", tool)
    return inside if isinstance(inside, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()
