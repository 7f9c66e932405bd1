"""The project's suites: found, loaded, validated by the loader and by their family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.config import Project
from evalkit.errors import SuiteError
from evalkit.families import get_family
from evalkit.families.probing import pattern_problems
from evalkit.records import Item, Problem, Stakes, Suite
from evalkit.suites import (
    find_shipped_suites,
    find_suite,
    find_suites,
    load_suite,
    locate_problem,
    problem_error,
    read_suite,
)
from evalkit.suites.contract import LM_EVAL

if TYPE_CHECKING:
    from evalkit.suites.contamination import Contamination
    from evalkit.suites.train_split import TrainSplit

LM_EVAL_PREFIX = "lm_eval:"
"""Before the name or the file of an lm-eval task that shall be a suite."""


DISCORDANCE = 0.1
"""Share of items that two candidates are taken to judge differently, where nobody says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteSummary:
    """What a list of suites says of one."""

    name: str
    family: str
    suite_version: str
    description: str
    contract: str
    """The contract in a few words."""
    stakes: Stakes
    test_items: int
    other_items: int
    """Items of `train` and `dev` among the suite's items."""
    train_items: int
    """Items of its `train.jsonl`, which is not part of the suite's version."""
    critical_items: int
    clusters: int
    """Clusters among the test items, items that stand alone included."""
    discordance: float
    """Assumed share of test items that one of two candidates gets right and the other wrong."""
    detectable_drop: float | None
    """The smallest drop in success that a comparison over all test items calls a drop with 80% power, a
    fraction; None when there are too few for any. Clustered items detect less."""


def summarise_suite(suite: Suite, *, discordance: float = DISCORDANCE) -> SuiteSummary:
    """The suite in a list's words, with the smallest drop that its items can show."""
    from evalkit.stats import smallest_detectable_drop

    items = suite.test_items
    drop = smallest_detectable_drop(len(items), discordance=discordance)
    named = {i.cluster for i in items if i.cluster is not None}
    return SuiteSummary(
        name=suite.name,
        family=suite.family,
        suite_version=suite.suite_version,
        description=suite.description,
        contract=_contract_words(suite),
        stakes=suite.stakes,
        test_items=len(items),
        other_items=len(suite.items) - len(items),
        train_items=_count_train_items(suite),
        critical_items=sum(i.critical for i in items),
        clusters=len(named) + sum(i.cluster is None for i in items),
        discordance=discordance,
        detectable_drop=drop if drop <= 1 else None,
    )


def suite_folders(project: Project | None) -> tuple[Path, ...]:
    """Where suites are looked for: the project's folders, else the shipped ones."""
    if project is not None and any(folder.is_dir() for folder in project.suites):
        return project.suites
    shipped = find_shipped_suites()
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
    anywhere = _reads_anywhere(project)
    return tuple(s if isinstance(s, Suite) else _find_named(s, folders, anywhere) for s in wanted)


def _reads_anywhere(project: Project | None) -> bool:
    """Whether the project lets its suites name files outside of their folders."""
    return project is not None and project.suite_files == "anywhere"


def find_contamination(
    suite: Suite, files: Iterable[Path | str], *, words: int | None = None, share: float | None = None
) -> Contamination:
    """The suite's test items that occur in these files of training data.

    Args:
        suite: Only its test items are looked for.
        files: JSONL, JSON, CSV, Parquet or plain text, also with `.gz`.
        words: Words of a run; 8 if it is not said.
        share: Share of an item's runs in one place from which it counts as found; 0.5 if it is not said.

    Raises:
        SuiteError: A file is not there or cannot be read whole.
        UsageError: `words` or `share` is out of range.
    """
    from evalkit.suites import contamination

    return contamination.find_contamination(
        suite,
        files,
        words=contamination.WORDS if words is None else words,
        share=contamination.SHARE if share is None else share,
    )


def validate_suite(path: Path, project: Project | None = None) -> list[Problem]:
    """Every fault of the suite in this folder: those of its form, then those its family finds."""
    reading = read_suite(path, anywhere=_reads_anywhere(project))
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
    problems += [locate_problem(p, suite) for p in family.check(suite)]
    problems += [locate_problem(p, suite) for p in pattern_problems(suite)]
    if suite.family == LM_EVAL and not problems:
        try:
            _fill_suite(suite)
        except SuiteError as error:
            problems.append(_of_the_task(error, suite))
    return problems + list(_train_problems(suite, _read_train(suite, project)))


def load_train_split(suite: Suite, project: Project | None = None) -> TrainSplit:
    """Return the suite's train split, checked whole: form, targets, and that no item nearly is a test item.

    Raises:
        SuiteError: It has none, or it has faults; names file, line and item.
    """
    from evalkit.suites.train_split import TRAIN_FILE

    split = _read_train(suite, project)
    if split.path is None:
        raise SuiteError(
            f"the suite {suite.name!r} has no train split",
            where=suite.path,
            hint=f"write {TRAIN_FILE} beside its items, one JSON object a line (docs/training.md)",
        )
    problems = list(_train_problems(suite, split))
    if problems:
        raise problem_error(problems)
    return split


def _read_train(suite: Suite, project: Project | None) -> TrainSplit:
    from evalkit.suites.train_split import read_train_split  # brings numpy

    return read_train_split(suite, anywhere=_reads_anywhere(project))


def check_train_items(suite: Suite, items: Sequence[Item], file: str) -> None:
    """Raise SuiteError if the family finds a fault in an item that is to be taught."""
    if problems := list(_target_problems(suite, items, file)):
        raise problem_error(problems)


def _train_problems(suite: Suite, split: TrainSplit) -> Iterator[Problem]:
    """Every fault of the train split: of its form, then those that the family finds in its targets."""
    yield from split.problems
    yield from _target_problems(suite, split.items, str(split.path))


def _target_problems(suite: Suite, items: Sequence[Item], file: str) -> Iterator[Problem]:
    if items:
        for problem in get_family(suite.family).check(replace(suite, items=items)):
            if problem.item_id is not None:  # others are of suite.yaml, and told with the suite
                yield replace(problem, file=file)


def _count_train_items(suite: Suite) -> int:
    from evalkit.suites.train_split import train_file

    path = train_file(suite)
    if path is None:
        return 0
    with path.open("rb") as file:
        return sum(not line.isspace() for line in file)


def _find_named(name: str, folders: tuple[Path, ...], anywhere: bool) -> Suite:
    """A suite by name or path, or an lm-eval task by `lm_eval:` and its name or file."""
    if name.startswith(LM_EVAL_PREFIX):
        from evalkit.lm_eval_bridge.task import task_suite

        return task_suite(name.removeprefix(LM_EVAL_PREFIX))
    return _load(find_suite(name, folders), anywhere)


def _load(path: Path, anywhere: bool) -> Suite:
    suite = load_suite(path, anywhere=anywhere)
    problems = [locate_problem(p, suite) for p in get_family(suite.family).check(suite)]
    if problems:
        raise problem_error(problems)
    return _fill_suite(suite) if suite.family == LM_EVAL else suite


def _fill_suite(suite: Suite) -> Suite:
    from evalkit.lm_eval_bridge.task import fill

    return fill(suite)


def _of_the_task(error: SuiteError, suite: Suite) -> Problem:
    message = f"{error.where}: {error.message}" if error.where else error.message
    return locate_problem(Problem(message=message, hint=error.hint or "", key="lm_eval_task"), suite)


def _contract_words(suite: Suite) -> str:
    contract, words = suite.contract, []
    if contract.labels:
        words.append(f"{len(contract.labels)} labels")
        words += ["several an item"] if contract.multi_label else []
        words += [f"out of scope: {contract.out_of_scope}"] if contract.out_of_scope else []
    if contract.schema is not None:
        fields = contract.schema.get("properties", {})
        words.append(f"JSON Schema, {len(fields)} fields" if fields else "JSON Schema")
    if contract.tools:
        words.append(f"{len(contract.tools)} tools")
    if any(i.tools for i in suite.items):
        words.append("tools of each item's own")
    return ", ".join(words) or "none"
