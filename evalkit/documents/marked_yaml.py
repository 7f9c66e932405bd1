"""YAML read with the line of every key, so that an error can point at it.

Words are read as YAML 1.2 reads them (`yaml_words.py`): `yes`, `no` and `on` are text (they are common
labels), and so are dates and `12:30`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evalkit.documents.json_text import MOST_NESTED, parse_json
from evalkit.documents.yaml_words import number, resolvers, whole_number
from evalkit.records import Problem

KeyPath = tuple[str | int, ...]

MOST_VALUES = 200_000
"""A few lines of nested aliases can stand for thousands of millions; no suite file holds so much."""

MOST_BYTES = 10_000_000
"""Bytes of a YAML file; items, which may be more, come as JSON lines, CSV or Parquet."""


@dataclass(frozen=True, kw_only=True)
class MarkedYaml:
    """The value of a YAML file, with the lines it came from and the faults of its form."""

    value: Any
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    """Path of keys and indexes -> line, from 1."""
    problems: tuple[Problem, ...] = ()

    def line(self, *path: str | int) -> int | None:
        """The line of a path, or of the nearest place above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C one where it is built
    """The safe loader without YAML 1.1's surprises; every key is text, as in JSON."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        self.flatten_mapping(node)
        return {str(key.value): self.construct_object(child, deep=True) for key, child in node.value}


_Loader.yaml_implicit_resolvers = resolvers()
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: whole_number(node.value))
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: number(node.value))


def read_document(path: Path) -> MarkedYaml:
    """A file's value and its faults: a `.json` file as JSON, any other as YAML."""
    return read_marked_json(path) if path.suffix == ".json" else read_marked_yaml(path)


def read_marked_json(path: Path) -> MarkedYaml:
    """The file's value and its faults; never raises for what the file holds."""
    name = str(path)
    text = _text_of(path)
    if isinstance(text, Problem):
        return _broken(text)
    try:
        return MarkedYaml(value=parse_json(text), lines={(): 1})
    except json.JSONDecodeError as error:
        return _broken(
            Problem(message=f"not valid JSON: {error.msg}", file=name, line=error.lineno, column=error.colno)
        )
    except ValueError as error:
        return _broken(Problem(message=f"not valid JSON: {error}", file=name))


def _text_of(path: Path, most_bytes: int | None = None) -> str | Problem:
    try:
        with path.open("rb") as file:
            data = file.read() if most_bytes is None else file.read(most_bytes + 1)
        if most_bytes is not None and len(data) > most_bytes:
            return Problem(message=f"larger than {most_bytes:,} bytes", hint="split it", file=str(path))
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        return Problem(message=f"not UTF-8: {error.reason}", hint="save it as UTF-8", file=str(path))
    except OSError as error:
        return Problem(message=f"cannot be read: {error.strerror}", file=str(path))


def read_marked_yaml(path: Path) -> MarkedYaml:
    """The file's value, its lines and its faults; never raises for what the file holds."""
    name = str(path)
    text = _text_of(path, MOST_BYTES)
    if isinstance(text, Problem):
        return _broken(text)
    try:
        _check_size(text)
    except yaml.MarkedYAMLError as error:
        return _broken(_syntax_problem(error, name))
    except yaml.YAMLError as error:
        return _broken(Problem(message=f"not valid YAML: {error}", file=name))
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return MarkedYaml(value=None)
        lines: dict[KeyPath, int] = {(): 1}
        problems: list[Problem] = []
        _walk(node, (), lines, problems, name)
        value = loader.construct_document(node)
        return MarkedYaml(value=value, lines=lines, problems=tuple(problems))
    except yaml.MarkedYAMLError as error:
        return _broken(_syntax_problem(error, name))
    except RecursionError:
        return _broken(Problem(message="not valid YAML: an alias leads to itself", file=name))
    except (yaml.YAMLError, ValueError) as error:
        return _broken(Problem(message=f"not valid YAML: {error}", file=name))
    finally:
        loader.dispose()


_TAG = "tag:yaml.org,2002:"
_TAGS = frozenset(_TAG + name for name in ("null", "bool", "int", "float", "str", "seq", "map", "merge"))


def _check_size(text: str) -> None:
    """Raise yaml.MarkedYAMLError where values nest too deep or are too many, before any is built.

    PyYAML builds values by recursion without a limit: its C part ends the process on deep nesting.
    """
    depth = count = 0
    events: Iterator[Any] = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        count += isinstance(event, yaml.NodeEvent)
        if depth > MOST_NESTED:
            problem = f"it nests more than {MOST_NESTED} lists and objects"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        if count > 2 * MOST_VALUES:
            problem = f"more than {MOST_VALUES:,} values"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


def _walk(
    node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], problems: list[Problem], name: str
) -> None:
    if len(lines) > MOST_VALUES:
        raise ValueError(f"more than {MOST_VALUES} values; do aliases (`*name`) multiply them?")
    if node.tag not in _TAGS:
        problem = f"tags such as {node.tag.replace(_TAG, '!!')[:40]!r} are not read"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            lines[(*path, index)] = child.start_mark.line + 1
            _walk(child, (*path, index), lines, problems, name)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="expected text as a key", problem_mark=key.start_mark)
            word, line = str(key.value), key.start_mark.line + 1
            if word in seen:
                # PyYAML quietly keeps the last one.
                problems.append(
                    Problem(
                        message=f"the key {word!r} stands twice, first in line {seen[word]}",
                        hint="remove one of them",
                        file=name,
                        line=line,
                        key=dotted((*path, word)),
                    )
                )
            seen[word] = line
            lines[(*path, word)] = line
            _walk(child, (*path, word), lines, problems, name)


def dotted(path: KeyPath) -> str:
    """The path as a reader writes it: `stakes.margin`, `labels[3]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


def _syntax_problem(error: yaml.MarkedYAMLError, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    return Problem(
        message=f"not valid YAML: {error.problem or error.context}",
        hint="quote text that holds ': ', '#', '{' or '['",
        file=name,
        line=mark.line + 1 if mark else None,
        column=mark.column + 1 if mark else None,
    )


def _broken(problem: Problem) -> MarkedYaml:
    return MarkedYaml(value=None, problems=(problem,))
