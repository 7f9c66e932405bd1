"""Cheap floors: what takes no language model at all, learnt from a suite's train split when a run begins.

They answer one question of a report: does the model do more than count, or look up? They see the requests of
train items and the right answers to them, never a test item's target.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evalkit.backends.interface import Capabilities, Lesson, Stage
from evalkit.backends.options import read_options
from evalkit.errors import ConfigError, UnavailableError, near_names
from evalkit.records import Answer, Candidate, Request, Usage, canonical_json, to_plain

METHODS: Mapping[str, str] = {
    "majority": "the most frequent answer; of objects, each field's most frequent value",
    "empty": "no call, no label, or an object of nulls and empty lists as far as train items have them",
    "tfidf_logistic_regression": "a linear model over TF-IDF of words and pairs of words, a class an answer",
    "nearest_neighbour": "the answer of the train item whose TF-IDF is most like it",
}
OPTIONS = {"method": (str,), "train": (str,)}
"""`train` is the hash of the train split, filled in by a run."""

Guess = Callable[[str], tuple[Answer, float | None]]
"""A text -> the answer, and its probability where the method has one."""


class Baseline:
    """Serves one cheap floor, fitted for each suite apart."""

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self._lessons = stage.lessons
        self._guesses: dict[str, Guess] = {}
        self._method = read_options(candidate, OPTIONS).get("method", "majority")
        if self._method not in METHODS:
            where = f"candidates.{candidate.name}.options.method"
            hint = near_names(self._method, METHODS)
            raise ConfigError(f"unknown method {self._method!r}", where=where, hint=hint)

    @property
    def capabilities(self) -> Capabilities:
        """It gives the right answers of train items back, so it fits any form that they have."""
        return Capabilities(tools=True, json_schema=True, choice=True, logprobs=False, seed=True)

    async def start(self) -> Mapping[str, Any]:
        """Fit a model for each suite.

        Raises:
            UnavailableError: There is nothing to learn from, or the method does not fit the suite's answers.
        """
        if not self._lessons:
            raise UnavailableError("a cheap floor learns from a suite's train split: only a run has it")
        for suite, lessons in self._lessons.items():
            self._guesses[suite] = await asyncio.to_thread(_fit, self._method, suite, lessons)
        counts = {suite: len(lessons) for suite, lessons in self._lessons.items()}
        return {"method": self._method, "train_items": counts}

    async def ask(self, request: Request) -> Answer:
        """Guess from the request's last message."""
        began = time.perf_counter()
        answer, probability = self._guesses[request.suite](_text(request))
        confidence = probability if request.want_logprobs else None
        return replace(
            answer,
            finish_reason="tool_calls" if answer.tool_calls else "stop",
            latency_s=time.perf_counter() - began,
            usage=Usage(input_tokens=0, output_tokens=0),
            cost_usd=0.0,
            enforced=request.constraint.kind,
            confidence=confidence,
            confidence_method=self._method if confidence is not None else None,
        )

    async def close(self) -> None:
        """Forget what was learnt."""
        self._guesses.clear()


def _fit(method: str, suite: str, lessons: Sequence[Lesson]) -> Guess:
    """Fit one suite's model."""
    answers = [answer for _, answer in lessons]
    if method in ("majority", "empty"):
        constant = _most_frequent(answers) if method == "majority" else _emptiest(answers, suite)
        return lambda _text: (constant, None)
    texts = [_text(request) for request, _ in lessons]
    keys = list(map(_key, answers))
    by_key = dict(zip(keys, answers, strict=True))
    if method == "nearest_neighbour" or len(by_key) == 1:
        return _nearest(texts, answers)
    return _logistic(texts, keys, by_key)


def _nearest(texts: Sequence[str], answers: Sequence[Answer]) -> Guess:
    vectorizer = _vectorizer()
    known = vectorizer.fit_transform(texts)

    def guess(text: str) -> tuple[Answer, float | None]:
        likeness = (known @ vectorizer.transform([text]).T).toarray().ravel()
        return answers[int(likeness.argmax())], None

    return guess


def _logistic(texts: Sequence[str], keys: Sequence[str], by_key: Mapping[str, Answer]) -> Guess:
    from sklearn.linear_model import LogisticRegression

    vectorizer = _vectorizer()
    model = LogisticRegression(C=10.0, max_iter=1000).fit(vectorizer.fit_transform(texts), keys)

    def guess(text: str) -> tuple[Answer, float | None]:
        (shares,) = model.predict_proba(vectorizer.transform([text]))
        best = int(shares.argmax())
        return by_key[model.classes_[best]], float(shares[best])

    return guess


def _vectorizer() -> Any:
    """Words, single letters too, and pairs of words; a text without any is a row of zeros."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = r"(?u)\w+"
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=words)


def _most_frequent(answers: Sequence[Answer]) -> Answer:
    objects = _objects(answers)
    if objects is None:
        keys = list(map(_key, answers))
        return answers[keys.index(Counter(keys).most_common(1)[0][0])]
    return _as_text({name: _mode(o[name] for o in objects if name in o) for name in _names(objects)})


def _emptiest(answers: Sequence[Answer], suite: str) -> Answer:
    """No call or label where an item has none, else each field as empty as any item has it."""
    objects = _objects(answers)
    if objects is not None:
        return _as_text({n: _least(o[n] for o in objects if n in o) for n in _names(objects)})
    none = [a for a in answers if not a.tool_calls and (a.text == "[]" or _calls_are_native(answers))]
    if not none:
        raise UnavailableError(
            f"no right answer of the train items of {suite!r} is empty", hint="use the method majority"
        )
    return none[0]


def _calls_are_native(answers: Iterable[Answer]) -> bool:
    return any(answer.tool_calls for answer in answers)


def _objects(answers: Iterable[Answer]) -> list[dict[str, Any]] | None:
    """The answers as JSON objects; None unless each is one."""
    found = []
    for answer in answers:
        try:
            value = json.loads(answer.text or "")
        except ValueError:
            return None
        if not isinstance(value, dict):
            return None
        found.append(value)
    return found


def _names(objects: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for value in objects for name in value))


def _mode(values: Iterable[Any]) -> Any:
    found = list(values)
    keys = list(map(canonical_json, found))
    return found[keys.index(Counter(keys).most_common(1)[0][0])]


def _least(values: Iterable[Any]) -> Any:
    """Null where any item has it, else an empty list, else the most frequent value."""
    found = list(values)
    if any(value is None for value in found):
        return None
    return [] if [] in found else _mode(found)


def _as_text(value: Any) -> Answer:
    return Answer(text=json.dumps(value, ensure_ascii=False))


def _key(answer: Answer) -> str:
    return canonical_json([answer.text, to_plain(answer.tool_calls)])


def _text(request: Request) -> str:
    """The last user message: the item's own text, as the prompt variant shows it."""
    turns = (m.get("content") for m in reversed(request.messages) if m.get("role") == "user")
    content = next(turns, "")
    return content if isinstance(content, str) else canonical_json(content)
