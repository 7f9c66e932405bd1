"""The family `best_passage`: which of an item's passages answers its question?

An item has an `input`, a `context` of passages with ids, and the id of the best one as its `target`. The
answer names passages, the best first.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evalkit.families import Problem, Prompter, Scorer, primary_kind
from evalkit.families.prompts import prompt_problems, prompting
from evalkit.records import Answer, Candidate, Diff, Item, Prompt, Request, Score, Suite

PROMPT = Prompt(
    system="Name the passages that answer the question, the best first: their ids, commas between.",
    user="{% for p in context %}[{{ p.id }}] {{ p.text }}\n{% endfor %}\nQuestion: {{ input }}",
)
"""What is asked when the suite declares no prompt."""


class BestPassage:
    """Picks the passage that answers."""

    name = "best_passage"
    version = "1"
    error_kinds: Mapping[str, str] = {
        "no_passage_named": "The answer names none of the item's passages.",
        "wrong_passage": "The passage named first is not the best one.",
    }

    def check(self, suite: Suite) -> Iterator[Problem]:
        """Targets that are no passage of their item, and faults of the prompts."""
        for item in suite.items:
            if item.target is not None and item.target not in _ids(item):
                yield Problem(
                    message=f"the target {item.target!r} is no passage of the item",
                    hint=f"its passages: {', '.join(_ids(item)) or 'none'}",
                    item_id=item.id,
                    line=item.line,
                )
        yield from prompt_problems(suite, variables={}, show=_target, fallback=PROMPT)

    def prompter(self, suite: Suite, candidate: Candidate) -> Prompter:
        """The same words for every output mode: nothing binds the decoding."""
        prompt, messages = prompting(suite, candidate, variables={}, show=_target, fallback=PROMPT)

        def request(item: Item, repeat: int) -> Request:
            return Request(
                suite=suite.name, item_id=item.id, messages=messages(item), decoding=candidate.decoding,
                prompt_hash=prompt.hash, repeat=repeat,
            )  # fmt: skip

        return request

    def scorer(self, suite: Suite) -> Scorer:
        """Success: the best passage is named first. Score: one over its place."""
        return _score

    def right_answer(self, suite: Suite, item: Item, candidate: Candidate) -> Answer:
        """What a simulated candidate says when it is right."""
        return Answer(text=_target(item), finish_reason="stop")

    def wrong_answer(self, suite: Suite, item: Item, candidate: Candidate, rng: random.Random) -> Answer:
        """Another passage, or none."""
        others = [i for i in _ids(item) if i != item.target]
        return Answer(text=rng.choice(others) if others else "None of them.", finish_reason="stop")

    def metrics(self, suite: Suite, rows: Iterable[tuple[Item, Score]]) -> dict[str, Any]:
        """The mean reciprocal rank of the best passage."""
        scores = [score.score for _, score in rows]
        return {"mean_reciprocal_rank": sum(scores) / len(scores) if scores else None}


def _score(item: Item, answer: Answer) -> Score:
    named = _named(answer.text or "", _ids(item))
    rank = named.index(item.target) + 1 if item.target in named else None
    success = rank == 1
    kind = "wrong_passage" if named else "no_passage_named"
    return Score(
        success=success,
        score=1 / rank if rank else 0.0,
        format_valid=bool(named),
        # A refusal, a cut or an empty answer explains the failure better than this family can.
        error_kind=None if success else primary_kind(answer, kind),
        parsed=named or None,
        diff=() if success else (Diff(path="$[0]", kind=kind, expected=item.target, got=named[:1]),),
        parser="ids_in_text",
    )


def _named(text: str, ids: list[str]) -> list[str]:
    """The ids in the order in which the text first names them."""
    if not ids:
        return []
    longest_first = sorted(ids, key=len, reverse=True)
    pattern = r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"
    return list(dict.fromkeys(re.findall(pattern, text)))


def _ids(item: Item) -> list[str]:
    return [str(p["id"]) for p in item.context]


def _target(item: Item) -> str:
    return str(item.target)
