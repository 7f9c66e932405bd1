"""A suite folder read whole: the suite, or every fault that it has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from evalkit.errors import SuiteError, near_names
from evalkit.records import Item, Problem, Suite
from evalkit.suites.contract import SUITE_FILE, SuiteFile, read_suite_file
from evalkit.suites.fields import ABSENT, at_path, field_mapper
from evalkit.suites.formats import read_rows
from evalkit.suites.items import read_item
from evalkit.suites.kept import Keeper


@dataclass(frozen=True, kw_only=True)
class LoadedFolder:
    """What reading a folder brought."""

    suite: Suite | None
    """The suite with every item that could be read; None when suite.yaml is too broken to say."""
    problems: tuple[Problem, ...]
    """Every structural fault, suite.yaml first, then the items in file order."""
    items_file: str | None = None


def load_suite(path: Path | str, *, anywhere: bool = False) -> Suite:
    """The suite in this folder (or beside this suite.yaml).

    Args:
        path: The folder.
        anywhere: Whether the suite's files may lie outside of it.

    Raises:
        SuiteError: It has faults; names the first one and counts the others.
    """
    reading = read_suite(path, anywhere=anywhere)
    if reading.problems or reading.suite is None:
        raise problem_error(reading.problems)
    return reading.suite


def validate(path: Path | str) -> list[Problem]:
    """Every structural fault of the suite in this folder; the family's own checks come on top."""
    return list(read_suite(path).problems)


def read_suite(path: Path | str, *, anywhere: bool = False) -> LoadedFolder:
    """The suite in this folder as far as it can be read, with all its faults.

    Args:
        path: The folder.
        anywhere: Whether the suite's files may lie outside of it.
    """
    folder = Path(path)
    folder = folder.parent if folder.name == SUITE_FILE else folder
    if not (folder / SUITE_FILE).is_file():
        return LoadedFolder(suite=None, problems=(_no_suite(folder),))
    file = read_suite_file(folder, anywhere=anywhere)
    if file.suite is None or file.items_path is None:
        return LoadedFolder(suite=file.suite, problems=file.problems)
    items, found = read_items(file.items_path, file.fields)
    problems = [*file.problems, *(replace(p, line=file.yaml.line("fields")) if p.key else p for p in found)]
    suite = replace(file.suite, items=items)
    if not suite.test_items and not problems:
        problems.append(
            Problem(message="the suite has no test items", hint="add items", file=str(file.items_path))
        )
    return LoadedFolder(suite=suite, problems=tuple(problems), items_file=str(file.items_path))


def locate_problem(problem: Problem, suite: Suite) -> Problem:
    """A family's problem with the file and line that the loader knows."""
    if problem.file is not None or suite.path is None:
        return problem
    file = _suite_file(suite.path, (Path(suite.path) / SUITE_FILE).stat().st_mtime_ns)
    if problem.item_id is not None or problem.key is None:
        return replace(problem, file=str(file.items_path) if file.items_path else None)
    line = problem.line or file.yaml.line(*_steps(problem.key))
    return replace(problem, file=str(Path(suite.path) / SUITE_FILE), line=line)


def _steps(key: str) -> list[str]:
    """The steps to a key: `stakes.margin`, `schema/properties/total`, `scorer.comparators[$.total]`."""
    head, bracket, path = key.partition("[$")
    return [*re.split(r"[./]", head), *(["$" + path.removesuffix("]")] if bracket else [])]


@lru_cache(maxsize=8)
def _suite_file(folder: str, _changed_ns: int) -> SuiteFile:
    """Read once for the many problems of a suite, and again when the file changed."""
    return read_suite_file(Path(folder), anywhere=True)


def problem_error(problems: tuple[Problem, ...] | list[Problem]) -> SuiteError:
    """The first problem as an error, saying how many more there are."""
    first = problems[0]
    more = (
        f" (and {len(problems) - 1} more: `evalkit suites validate` lists them)" if len(problems) > 1 else ""
    )
    return SuiteError(first.message + more, where=first.where, hint=first.hint or None)


def read_items(
    path: Path, fields: Mapping[str, str], split: str = "test"
) -> tuple[Sequence[Item], list[Problem]]:
    """Return the items of a file and every fault of its rows; `split` is that of a row that names none."""
    kept = Keeper()
    problems: list[Problem] = []
    first_line: dict[str, int] = {}
    mapped = field_mapper(fields) if fields else None
    columns: set[str] = set()
    unseen = dict(fields)
    for row in read_rows(path):
        if isinstance(row, Problem):
            problems.append(row)
            continue
        if unseen:
            columns.update(row.data)
            unseen = {ours: p for ours, p in unseen.items() if at_path(row.data, p) is ABSENT}
        data = mapped(row.data) if mapped else _with_tag_columns(row.data)
        item, faults = read_item({"split": split, **data}, line=row.line, file=str(path), textual=row.textual)
        problems.extend(faults)
        if item is None:
            continue
        if item.id in first_line:
            problems.append(_twice(item, first_line[item.id], str(path)))
            continue
        first_line[item.id] = row.line
        kept.add(item)
    for ours, theirs in unseen.items() if columns else ():
        problems.insert(0, _no_column(path, ours, theirs, columns))
    return kept.items(), problems


def _with_tag_columns(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Columns named `tags.NAME`, as a table holds tags, gathered into the tags."""
    if not any(name.startswith("tags.") for name in row):
        return row
    data = {name: value for name, value in row.items() if not name.startswith("tags.")}
    tags = {
        n.removeprefix("tags."): v for n, v in row.items() if n.startswith("tags.") and v not in (None, "")
    }
    return {**data, "tags": {**(data.get("tags") or {}), **tags}}


def _twice(item: Item, first: int, file: str) -> Problem:
    return Problem(
        message=f"the id {item.id!r} stands twice, first in line {first}",
        hint="ids are unique in a suite",
        item_id=item.id,
        line=item.line,
        file=file,
    )


def _no_column(path: Path, ours: str, theirs: str, columns: set[str]) -> Problem:
    return Problem(
        message=f"no row of {path.name} has a column {theirs!r}",
        hint=near_names(theirs.split(".")[0], columns),
        file=str(path.parent / SUITE_FILE),
        key=f"fields.{ours}",
    )


def _no_suite(folder: Path) -> Problem:
    around = folder if folder.is_dir() else folder.parent
    known = [p.parent.name for p in around.glob(f"*/{SUITE_FILE}")] if around.is_dir() else []
    what = f"the folder has no {SUITE_FILE}" if folder.is_dir() else "there is no such suite folder"
    return Problem(message=what, hint=near_names(folder.name, known), file=str(folder))
