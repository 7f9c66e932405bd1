"""Requests made again from what a run keeps, shown beside its answers; a hash tells if they are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.api.suites import list_suites, load_suites
from evalkit.config import Project
from evalkit.errors import EvalkitError
from evalkit.families import compile_prompter
from evalkit.families.interface import Prompter
from evalkit.records import Candidate, Item, Manifest, Request, Suite
from evalkit.reporting.inputs import AskedFor

if TYPE_CHECKING:
    import pandas as pd


def requests_again(
    home: Project, suites: Mapping[str, Suite], manifests: Sequence[Manifest], samples: pd.DataFrame
) -> AskedFor:
    """A function that makes the request of a suite, an item and a candidate again; None where it cannot.

    Args:
        home: The project: few-shot examples are not part of a run folder and come from its present suites.
        suites: The suites as the runs asked them.
        manifests: Of the runs.
        samples: What a report shows; they tell which run a candidate's answers are from.
    """
    shown = samples[["suite", "candidate", "run_id"]].drop_duplicates(["suite", "candidate"])
    run_of = {(s, c): r for s, c, r in shown.itertuples(index=False, name=None)}
    candidates = {(m.run_id, e.candidate.name): e.candidate for m in manifests for e in m.candidates}
    items = {name: {item.id: item for item in suite.items} for name, suite in suites.items()}
    prompters: dict[tuple[str, str], Prompter | None] = {}

    def request(suite: str, item_id: str, candidate: str) -> Request | None:
        pair = (suite, candidate)
        if pair not in prompters:
            asked = candidates.get((run_of.get(pair, ""), candidate))
            prompters[pair] = _prompter(home, suites.get(suite), asked)
        return _ask(prompters[pair], items.get(suite, {}).get(item_id))

    return request


def _ask(prompter: Prompter | None, item: Item | None) -> Request | None:
    if prompter is None or item is None:
        return None
    try:
        return prompter(item, 0)
    except EvalkitError:
        return None


def _prompter(home: Project, suite: Suite | None, candidate: Candidate | None) -> Prompter | None:
    if suite is None or candidate is None:
        return None
    try:
        return compile_prompter(_with_examples(home, suite), candidate)
    except (
        EvalkitError
    ):  # a plug-in that is not here, or a prompt that renders no more: answers are shown all the same
        return None


def _with_examples(home: Project, suite: Suite) -> Suite:
    """The suite with the train and dev items of the project's present one, for its few-shot examples."""
    if not any(prompt.few_shot for prompt in suite.prompts.values()) or suite.name not in list_suites(home):
        return suite
    present = load_suites(home, [suite.name])[0]
    return replace(suite, items=(*suite.items, *(i for i in present.items if i.split != "test")))
