"""An answer scored against its target: one label, or a set of labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from evalkit.families.answer_text import answer_part
from evalkit.families.classification.options import LabelOptions, read_options
from evalkit.families.classification.reading import NUMBERED, LabelReader, LabelReading
from evalkit.families.failures import general_failure, primary_kind
from evalkit.families.interface import Scorer
from evalkit.records import Answer, Diff, Item, Score, Suite, canonical_json

ERROR_KINDS: Mapping[str, str] = {
    "unparseable": "The answer is no text: a tool call, say.",
    "out_of_label_set": "The answer names no label of the set.",
    "several_labels": "The answer names more than one label where one was asked for.",
    "confused_label": "The answer is another label; with several labels, some missed and some too many.",
    "missed_out_of_scope": "The item is out of scope, and the answer puts it into a label.",
    "false_out_of_scope": "The answer says out of scope, and the item belongs to a label.",
    "missed_label": "Several labels: the answer lacks one.",
    "extra_label": "Several labels: the answer has one too many.",
}

_SHOWN = 200
"""Characters of an unreadable answer that a diff keeps; the sample holds the whole."""
_SHORT = 200
"""Answers up to this length repeat so often that reading them once pays."""


def make_scorer(suite: Suite) -> Scorer:
    """The suite's scorer; never raises, whatever the answer holds."""
    options = read_options(suite.scorer)
    several = suite.contract.multi_label
    read = LabelReader(suite.contract.labels, options, several=several).read
    tells_choices = any(map(NUMBERED.fullmatch, suite.contract.labels))
    compare = _compare_sets if several else _compare_one
    remembered = lru_cache(maxsize=4096)(lambda text, asked, whole: read(text, asked, whole=whole))

    def score(item: Item, answer: Answer) -> Score:
        whole = general_failure(answer) != "truncated"
        text = answer_part(answer.text or "").text
        asked = _asked_text(item) if tells_choices else ""
        reading = remembered(text, asked, whole) if len(text) <= _SHORT else read(text, asked, whole=whole)
        return _as_score(item, answer, text, _without_refusal(reading, text, options))

    def _as_score(item: Item, answer: Answer, text: str, reading: LabelReading) -> Score:
        if reading.rule == "refusal_pattern" or (reading.rule is None and answer.refusal):
            return _failed_score("refused", reading.rule or "refusal_field", _whole(item, "refused", text))
        if reading.rule is None:
            kind = "unparseable" if answer.tool_calls and not text.strip() else "out_of_label_set"
            kind = primary_kind(answer, kind)
            return _failed_score(kind, None, _whole(item, kind, text))
        scores = [compare(t, reading, suite.contract.out_of_scope, answer) for t in list_accepted(item)]
        return max(scores, key=lambda s: (s.success, s.score))

    return score


def _asked_text(item: Item) -> str:
    """Return what an item says to the model, choices included."""
    parts = [*item.context, {"text": item.input}, *item.messages]
    texts = [p.get("text") or p.get("content") for p in parts]
    return "\n".join(t for t in texts if isinstance(t, str))


def list_accepted(item: Item) -> list[Any]:
    """The target and its alternatives, as text."""
    return [_as_text(t) for t in (item.target, *item.alternatives)]


def target_text(target: Any) -> str:
    """A target as a model would write it."""
    written = _as_text(target)
    return json.dumps(written, ensure_ascii=False) if isinstance(written, list) else str(written)


def _without_refusal(reading: LabelReading, text: str, options: LabelOptions) -> LabelReading:
    """A refusal is looked for only where no label stands by itself: prose that refuses may name one."""
    if reading.rule in (None, "label_stated", "label_first", "label_in_text"):
        head = text[:2000]
        if any(pattern.search(head) for pattern in options.refusals):
            return LabelReading((), (), "refusal_pattern")
    return reading


def _compare_one(target: Any, reading: LabelReading, out_of_scope: str | None, answer: Answer) -> Score:
    if len(reading.labels) == 1 and not reading.unknown:
        got = reading.labels[0]
        if got == target:
            return Score(success=True, score=1.0, format_valid=True, parsed=got, parser=reading.rule)
        specific = _confusion(target, got, out_of_scope)
        diff = (Diff(path="$", kind=specific, expected=target, got=got),)
        return Score(
            success=False, score=0.0, format_valid=True, error_kind=primary_kind(answer, specific),
            parsed=got, diff=diff, parser=reading.rule,
        )  # fmt: skip
    named = [*reading.labels, *reading.unknown]
    specific = "several_labels" if len(reading.labels) > 1 else "out_of_label_set"
    kind = primary_kind(answer, specific)
    return _failed_score(
        kind, reading.rule, (Diff(path="$", kind=specific, expected=target, got=_short(named)),)
    )


def _compare_sets(target: Any, reading: LabelReading, out_of_scope: str | None, answer: Answer) -> Score:
    """Success is the exact set; the graded score is Jaccard's: shared labels over all labels of either."""
    want = set(target) if isinstance(target, list) else {target}
    got, unknown = set(reading.labels), reading.unknown
    missed, extra = sorted(want - got, key=str), sorted(got - want)
    either = len(want | got) + len(unknown)
    graded = len(want & got) / either if either else 1.0
    specific = _set_kind(want, got, unknown, out_of_scope)
    diff = (
        *(Diff(path="$", kind="missed_label", expected=label) for label in missed),
        *(Diff(path="$", kind="extra_label", got=label) for label in extra),
        *(Diff(path="$", kind="out_of_label_set", got=text) for text in _short(unknown)),
    )
    return Score(
        success=specific is None,
        score=graded,
        format_valid=not unknown,
        error_kind=None if specific is None else primary_kind(answer, specific),
        parsed=[*reading.labels, *_short(unknown)],
        diff=diff,
        parser=reading.rule,
    )


def _confusion(target: Any, got: str, out_of_scope: str | None) -> str:
    if out_of_scope is not None and target == out_of_scope:
        return "missed_out_of_scope"
    return "false_out_of_scope" if got == out_of_scope else "confused_label"


def _set_kind(
    want: set[Any], got: set[str], unknown: tuple[str, ...], out_of_scope: str | None
) -> str | None:
    if unknown:
        return "out_of_label_set"
    if want == got:
        return None
    if out_of_scope in want - got:
        return "missed_out_of_scope"
    if out_of_scope in got - want:
        return "false_out_of_scope"
    if want - got and got - want:
        return "confused_label"
    return "missed_label" if want - got else "extra_label"


def _failed_score(kind: str, rule: str | None, diff: tuple[Diff, ...]) -> Score:
    return Score(success=False, score=0.0, format_valid=False, error_kind=kind, diff=diff, parser=rule)


def _whole(item: Item, kind: str, text: str) -> tuple[Diff, ...]:
    return (Diff(path="$", kind=kind, expected=_as_text(item.target), got=text.strip()[:_SHOWN] or None),)


def _short(texts: Sequence[str]) -> list[str]:
    return [t[:_SHOWN] for t in texts[:20]]


def _as_text(target: Any) -> Any:
    """Targets are compared as text: a 3 in the items is the label `3`."""
    return [_word(t) for t in target] if isinstance(target, (list, tuple)) else _word(target)


def _word(target: Any) -> str:
    return target if isinstance(target, str) else canonical_json(target)
