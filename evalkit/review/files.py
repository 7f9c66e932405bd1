"""The folder of decisions: one JSONL file a person, so that two branches merge; lines are only ever added."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evalkit.documents import MarkedYaml, read_shipped_schema, shape_problems
from evalkit.errors import UnavailableError
from evalkit.records import Problem, to_plain
from evalkit.reporting.hostile import slug
from evalkit.review.records import Decision, read_decision
from evalkit.suites.formats import read_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Decisions:
    """What a folder or a file holds: the decisions that can be read, and the lines that cannot."""

    read: tuple[Decision, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_decisions(path: Path) -> Decisions:
    """Read a file of decisions, or every `*.jsonl` of a folder; a folder that is missing holds none.

    A damaged line becomes a problem with its file and line, and the other lines are still read.
    """
    files = [path] if path.is_file() else sorted(path.glob("*.jsonl"))
    found = [one for file in files for one in _read_lines(file)]
    return Decisions(
        read=tuple(one for one in found if isinstance(one, Decision)),
        problems=tuple(one for one in found if isinstance(one, Problem)),
    )


def append_decisions(folder: Path, decisions: Iterable[Decision]) -> tuple[Path, ...]:
    """Append each decision to the file of the person who made it; return the files.

    Raises:
        UnavailableError: A file cannot be written.
    """
    lines: dict[Path, str] = {}
    for decision in decisions:
        file = folder / f"{slug(decision.who)}.jsonl"
        lines[file] = lines.get(file, "") + decision_line(decision)
    for file, text in lines.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _append(file, text)
        except OSError as error:
            raise UnavailableError(f"cannot be written: {error.strerror}", where=str(file)) from error
    return tuple(lines)


def decision_line(decision: Decision) -> str:
    """Return the decision as its line: keys in a fixed order, what is empty left out."""
    plain = {key: value for key, value in to_plain(decision).items() if value}
    plain["about"] = {key: value for key, value in plain["about"].items() if value}
    return json.dumps(plain, ensure_ascii=False) + "\n"


def _append(file: Path, text: str) -> None:
    with file.open("a+b") as out:
        if out.tell():
            out.seek(-1, os.SEEK_END)
            if out.read(1) != b"\n":  # a line cut short stays a fault of its own line
                text = "\n" + text
        out.write(text.encode("utf-8"))
        out.flush()
        os.fsync(out.fileno())


def _read_lines(file: Path) -> Iterator[Decision | Problem]:
    for row in read_rows(file):
        if isinstance(row, Problem):
            yield row
            continue
        read = MarkedYaml(value=row.data, lines={(): row.line})
        faults = list(shape_problems(read, str(file), read_shipped_schema("review")))
        if faults:
            yield faults[0]
            continue
        try:
            yield read_decision(row.data)
        except ValueError as error:
            yield Problem(message=str(error), line=row.line, file=str(file))
