"""Reads what a JSON value says: a label, labels, or a map of labels to truth values or probabilities."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

LABEL_KEYS = (
    "label", "labels", "answer", "category", "categories", "class", "classification", "intent", "intents",
    "prediction",
)  # fmt: skip
"""Keys of an object under which its labels stand, the surest first."""

_TRUTH = {
    "true": True, "yes": True, "1": True, "1.0": True, "ja": True,
    "false": False, "no": False, "0": False, "0.0": False, "nein": False,
}  # fmt: skip
_DENYING_KEY = re.compile(
    r"(?:^|[\W_])(?:not?|non|never|reject\w*|exclud\w*|wrong|incorrect|unlikely|except|impossible|false|negat\w*"
    r"|without|example|previous|initial|old|former|prior|draft|expected|alternatives?|second|runner|input|question"
    r"|options?|choices|labels_available|nicht|kein\w*|falsch)(?:$|[\W_])",
    re.IGNORECASE,
)
_DENYING_SIBLINGS = frozenset(
    {
        "applies",
        "correct",
        "valid",
        "match",
        "matches",
        "present",
        "applicable",
        "is_correct",
        "true",
        "value",
        "holds",
    }
)
_FINDINGS = frozenset({"detected", "found", "confirmed", "verdict", "result", "decision", *LABEL_KEYS})
"""Fields that deny a label beside them when they are false; they agree with the labels "no" and "false"."""
_SETTLING_KEY = re.compile(
    r"(?:^|_)(?:final|corrected|correct|actual|true|real|revised|updated|right)(?:_|$)"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_AROUND_A_LABEL = re.compile(
    r"^(?:is|has|was|are|contains|p|prob)_|_(?:detected|found|present|score|probability|prob|p)$"
)
"""What makes a flag or a score of a label's name: `is_spam`, `spam_detected`, `spam_score`."""
_SUM_IS_ONE = 0.02
"""How far the probabilities of a map may be from 1 together: two decimals of rounding."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts that stand in a label's place of a JSON value."""

    texts: tuple[str, ...]
    certain: bool
    """Whether they are labels for sure, so that an unknown one is an answer out of the set."""


def label_texts(value: Any, is_label: Callable[[str], bool], *, several: bool) -> Texts | None:
    """Return what stands in a label's place of a JSON value; None where there is none.

    Args:
        value: Any JSON value.
        is_label: Whether a text is a label of the set.
        several: Whether a set of labels is asked for.
    """
    if isinstance(value, Mapping):
        return _of_object(value, is_label, several=several)
    if isinstance(value, list):
        return Texts(tuple(map(_word, value)), certain=True)
    return None if value is None else Texts((_word(value),), certain=True)


def _of_object(value: Mapping[str, Any], is_label: Callable[[str], bool], *, several: bool) -> Texts | None:
    mapped = {k: v for k, v in value.items() if is_label(k)}
    usual = {k.casefold(): v for k, v in value.items() if k.casefold() in LABEL_KEYS}
    is_map = bool(mapped) and not (usual and usual.keys() >= {k.casefold() for k in mapped})
    if is_map and not usual:
        return _of_map(value, mapped, is_label, several=several)
    if any(_denies(k, v) for k, v in value.items() if k not in mapped):
        return None
    if usual:
        places = [usual[k] for k in LABEL_KEYS if k in usual]
        read = [label_texts(p, is_label, several=several) for p in places]
        if read[0] is None:
            return None
        # Other places count where they hold a label too: two that differ are two answers.
        rest = [v for k, v in value.items() if k.casefold() not in LABEL_KEYS]
        read += [_of_map(v, v, is_label, several=several) for v in rest if _is_map(v, is_label)]
        read += [Texts((_word(v),), certain=True) for k, v in value.items() if _SETTLING_KEY.search(_name(k))]
        if is_map:
            read.append(_of_map(mapped, mapped, is_label, several=several))
        others = [t for r in read[1:] if r is not None and all(map(is_label, r.texts)) for t in r.texts]
        if any(_contradicts(k, v, read[0].texts, is_label, several=several) for k, v in value.items()):
            return None
        return Texts((*read[0].texts, *others), certain=True)
    if len(value) != 1:
        return None
    (key, place), *_ = value.items()
    if _DENYING_KEY.search(key) or isinstance(place, Mapping):
        return None
    found = label_texts(place, is_label, several=several)
    return None if found is None else Texts(found.texts, certain=False)


def _denies(key: str, value: Any) -> bool:
    """Tell whether a field takes the whole answer back: `"correct": false`, `"rejected": true`."""
    truth = _truth(value)
    if key.casefold() in _DENYING_SIBLINGS:
        return truth is False
    return truth is True and _DENYING_KEY.search(_name(key)) is not None


def _contradicts(
    key: str, value: Any, labels: Sequence[str], is_label: Callable[[str], bool], *, several: bool
) -> bool:
    """Tell whether a flag says another thing than the labels given: `"is_spam": false` beside spam."""
    truth, name = _truth(value), _name(key)
    if name in _FINDINGS:
        return value is False and any(_truth(n) is not False for n in labels)
    bare = _AROUND_A_LABEL.sub("", name)
    if truth is None or not is_label(bare):
        return False
    is_given = bare in map(_name, labels)
    return truth is not is_given if several or not is_given else not truth


def _is_map(value: Any, is_label: Callable[[str], bool]) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping) and len(value) > 1 and all(map(is_label, value))


def _name(key: str) -> str:
    """Return a key in one form: `isSpam` and `Is spam` are `is_spam`."""
    return re.sub(r"[\W_]+", "_", _CAMEL.sub("_", key)).casefold()


def _of_map(
    value: Mapping[str, Any], mapped: Mapping[str, Any], is_label: Callable[[str], bool], *, several: bool
) -> Texts | None:
    """Return the labels that a map holds for true, or the likeliest of a whole distribution.

    A map of other numbers (ranks, distances, scores without a threshold) says nothing.
    """
    if len(value) == 1 and any(isinstance(v, str) and is_label(v) for v in value.values()):
        return None  # {"no": "yes"}: a map, or a label under its only key
    truths = {k: _truth(v) for k, v in mapped.items()}
    if all(t is not None for t in truths.values()):
        # Something else that is true may be a label that the set lacks.
        others = {k: v for k, v in value.items() if k not in mapped}
        held = [k for k, t in truths.items() if t] + [k for k, v in others.items() if v is True]
        return Texts(tuple(held), certain=True) if held or several else None
    shares = {k: _share(v) for k, v in mapped.items()}
    known = [s for s in shares.values() if s is not None]
    if several or len(known) < len(shares) or len(known) < 2 or abs(sum(known) - 1) > _SUM_IS_ONE + 1e-9:
        return None
    best = [k for k, s in shares.items() if s == max(known)]
    return Texts((best[0],), certain=True) if len(best) == 1 else None


def _truth(value: Any) -> bool | None:
    return _TRUTH.get(_word(value).strip().casefold()) if isinstance(value, (bool, int, float, str)) else None


def _share(value: Any) -> float | None:
    """Return a probability from 0 to 1, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value <= 1 else None


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)[:200]
