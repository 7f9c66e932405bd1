"""The project's suites: found, loaded, validated by the loader and by their family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from evalkit.config import Project
from evalkit.errors import SuiteError
from evalkit.families import get_family
from evalkit.records import Problem, Suite
from evalkit.suites import (
    find_suite,
    find_suites,
    load_suite,
    located,
    problem_error,
    read_suite,
    shipped_suites,
)

LM_EVAL_PREFIX = "lm_eval:"
"""Before the name or the file of an lm-eval task that shall be a suite."""


def suite_folders(project: Project | None) -> tuple[Path, ...]:
    """Where suites are looked for: the project's folders, else the shipped ones."""
    if project is not None and any(folder.is_dir() for folder in project.suites):
        return project.suites
    shipped = shipped_suites()
    return () if shipped is None else (shipped,)


def list_suites(project: Project | None = None) -> Mapping[str, Path]:
    """Name -> folder of every suite of the project, or of the shipped ones."""
    return find_suites(suite_folders(project))


def find_suite_folders(names: Iterable[str], project: Project | None = None) -> tuple[Path, ...]:
    """The folders of the named suites, or of all.

    Raises:
        SuiteError: One is unknown; names the near ones.
    """
    folders = suite_folders(project)
    return tuple(find_suite(n, folders) for n in names) or tuple(find_suites(folders).values())


def load_suites(project: Project | None, wanted: Iterable[str | Suite] = ()) -> tuple[Suite, ...]:
    """The wanted suites, or all of the project, each checked whole.

    Raises:
        SuiteError: One is unknown or has faults; names file, line and item.
    """
    wanted = tuple(wanted)
    folders = suite_folders(project)
    if not wanted:
        wanted = tuple(find_suites(folders))
        if not wanted:
            raise SuiteError(
                "there is no suite",
                where=", ".join(map(str, folders)),
                hint="`evalkit init` writes a first one",
            )
    return tuple(s if isinstance(s, Suite) else _named(s, folders) for s in wanted)


def validate_suite(path: Path) -> list[Problem]:
    """Every fault of the suite in this folder: those of its form, then those its family finds."""
    reading = read_suite(path)
    problems = list(reading.problems)
    if reading.suite is None:
        return problems
    try:
        family = get_family(reading.suite.family)
    except SuiteError as error:
        return [
            *problems,
            Problem(message=error.message, hint=error.hint or "", key="family", file=str(path)),
        ]
    suite = reading.suite
    return problems + [located(p, suite) for p in family.check(suite)]


def _named(name: str, folders: tuple[Path, ...]) -> Suite:
    """A suite by name or path, or an lm-eval task by `lm_eval:` and its name or file."""
    if name.startswith(LM_EVAL_PREFIX):
        from evalkit.lm_eval_bridge.task import task_suite

        return task_suite(name.removeprefix(LM_EVAL_PREFIX))
    return _load(find_suite(name, folders))


def _load(path: Path) -> Suite:
    suite = load_suite(path)
    problems = [located(p, suite) for p in get_family(suite.family).check(suite)]
    if problems:
        raise problem_error(problems)
    return suite
