"""The family `extraction` as the registry knows it: joins check, prompt, scorer, answers and metrics."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from evalkit.families.extraction.answers import right_answer, write_target, wrong_answer
from evalkit.families.extraction.check import suite_problems
from evalkit.families.extraction.metrics import suite_metrics
from evalkit.families.extraction.scoring import SuiteScorer
from evalkit.families.forms import form_problems, with_forms
from evalkit.families.interface import Problem, Prompter, Scorer
from evalkit.families.prompts import prompt_problems, prompting
from evalkit.families.registry import scorer_hash
from evalkit.records import Answer, Candidate, Constraint, Item, Prompt, Request, Score, Suite

ERROR_KINDS: Mapping[str, str] = {
    "unparseable": "No JSON value could be read from the answer.",
    "schema_violation": "The value does not fit the suite's JSON Schema.",
    "wrong_type": "A value has another JSON type than the target's, such as text for a number.",
    "missed_field": "The target has a value where the answer has none.",
    "hallucinated_field": "The answer has a value where the target has none.",
    "wrong_value": "A value differs from the target's under the field's comparator.",
}

_NOISE = frozenset({"$schema", "$id", "$comment", "title", "examples"})
_MOST_COMPILED = 16


class Extraction:
    """Structured extraction under a JSON Schema."""

    name = "extraction"
    version = "2"
    error_kinds = ERROR_KINDS

    def __init__(self) -> None:
        self._compiled: dict[str, SuiteScorer] = {}

    def check(self, suite: Suite) -> Iterator[Problem]:
        """Every fault of schema, scorer options, targets and prompts."""
        yield from suite_problems(suite, self._compile)
        yield from form_problems(suite.scorer)
        yield from prompt_problems(
            suite, variables=_variables(suite), show=write_target, fallback=default_prompt()
        )

    def prompter(self, suite: Suite, candidate: Candidate) -> Prompter:
        """Requests that constrain the answer by the schema, or in output mode `plain` by words alone."""
        prompt, messages = prompting(
            suite,
            candidate,
            variables=_variables(suite),
            show=write_target,
            fallback=default_prompt(),
        )
        constraint = _constraint(suite, candidate)

        def request(item: Item, repeat: int) -> Request:
            return Request(
                suite=suite.name,
                item_id=item.id,
                messages=messages(item),
                constraint=constraint,
                decoding=candidate.decoding,
                prompt_hash=prompt.hash,
                repeat=repeat,
            )

        return request

    def scorer(self, suite: Suite) -> Scorer:
        """Compiled once for a suite."""
        return with_forms(SuiteScorer(suite, scorer_hash(suite)), suite)

    def right_answer(self, suite: Suite, item: Item, candidate: Candidate) -> Answer:
        """The target as JSON text."""
        return right_answer(item)

    def wrong_answer(self, suite: Suite, item: Item, candidate: Candidate, rng: random.Random) -> Answer:
        """A target with one fault: a number or words changed, a value or list item dropped or invented."""
        return wrong_answer(item, suite.items, self._compile(suite), rng)

    def metrics(self, suite: Suite, rows: Iterable[tuple[Item, Score]]) -> dict[str, Any]:
        """Figures by field, over all fields, grounding, and entity F1 where targets are entities."""
        return suite_metrics(suite, self._compile(suite), rows)

    def _compile(self, suite: Suite) -> SuiteScorer:
        """A simulated run asks for an answer at a time, and compiling takes longer than scoring."""
        key = suite.content_hash
        if key not in self._compiled:
            if len(self._compiled) >= _MOST_COMPILED:
                self._compiled.clear()
            self._compiled[key] = SuiteScorer(suite)
        return self._compiled[key]


@cache
def default_prompt() -> Prompt:
    """The prompt of a suite that declares none."""
    return Prompt(system=files(__package__).joinpath("system.jinja").read_text(encoding="utf-8"))


def _variables(suite: Suite) -> Mapping[str, Any]:
    """`schema`: the schema as compact JSON text, without what says nothing about the answer's form."""
    return {"schema": json.dumps(_compact(suite.contract.schema or {}), ensure_ascii=False)}


def _compact(schema: Any, of_names: bool = False) -> Any:
    if isinstance(schema, Mapping):
        # Under `properties` and its like the keys are names, and a field may well be called "title".
        return {
            key: _compact(value, of_names=not of_names and key in _NAMED)
            for key, value in schema.items()
            if of_names or key not in _NOISE
        }
    return schema


_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})


def _constraint(suite: Suite, candidate: Candidate) -> Constraint:
    if candidate.output == "plain":
        return Constraint()
    name = "".join(c if c.isalnum() or c in "_-" else "_" for c in suite.name)[:64]
    return Constraint(kind="json_schema", schema=suite.contract.schema, name=name or "answer")
