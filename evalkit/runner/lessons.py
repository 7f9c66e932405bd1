"""What a cheap floor learns from: train items as they are asked, with their right answers.

Only the runner knows suites and families, so it makes this for the backend `baseline`; no test item is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evalkit.backends import Lesson
from evalkit.errors import SuiteError, UnavailableError
from evalkit.families import compile_prompter, get_family
from evalkit.records import Candidate, Suite
from evalkit.records.codec import text_hash
from evalkit.runner.plan import Plan
from evalkit.suites.load import problem_error
from evalkit.suites.train_split import read_train_split, train_file, with_asked


def with_train_hashes(plan: Plan) -> Plan:
    """Return the plan whose cheap floors name, for each suite, the train split that they learn from.

    So a floor's fingerprint at a suite changes with that suite's train file, and with no other.

    Raises:
        SuiteError: A suite has no train split.
    """
    return replace(plan, candidates=tuple(_with_hashes(c, plan.suites) for c in plan.candidates))


def lessons(suites: Iterable[Suite], candidate: Candidate) -> Mapping[str, Sequence[Lesson]]:
    """Return, for each suite, the requests of its train items with their right answers.

    Raises:
        SuiteError: A train split has faults, such as an item that nearly is a test item.
        UnavailableError: A train file has changed since the run began.
    """
    return {suite.name: _lessons(suite, candidate.at(suite.name)) for suite in suites}


def _lessons(suite: Suite, candidate: Candidate) -> list[Lesson]:
    if candidate.options.get("train") != _train_hash(suite):
        raise UnavailableError(
            "the train split has changed since the run began",
            where=f"suite {suite.name!r}",
            hint="put the file back, or begin a new run",
        )
    split = read_train_split(suite)
    if split.problems:
        raise problem_error(split.problems)
    asked, family = with_asked(suite, split.items), get_family(suite.family)
    ask = compile_prompter(asked, candidate)
    return [(ask(item, 0), family.right_answer(asked, item, candidate)) for item in asked.test_items]


def _with_hashes(candidate: Candidate, suites: Iterable[Suite]) -> Candidate:
    if not candidate.is_cheap_floor:
        return candidate
    by_suite: dict[str, Mapping[str, Any]] = dict(candidate.by_suite)
    for suite in suites:
        own = by_suite.get(suite.name, {})
        options = {**own.get("options", {}), "train": _train_hash(suite)}
        by_suite[suite.name] = {**own, "options": options}
    return replace(candidate, by_suite=by_suite)


def _train_hash(suite: Suite) -> str:
    path = train_file(suite)
    if path is None:
        raise SuiteError(
            f"the suite {suite.name!r} has no train split, and a cheap floor learns from it",
            where=suite.path,
            hint="run it on other suites (--suites), or write train.jsonl (docs/training.md)",
        )
    return text_hash(path.read_text(encoding="utf-8", errors="replace"))
