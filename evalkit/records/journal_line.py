"""A journal's lines as entries: what each must hold, and which values become unknown when they are damaged.

Every reader of a journal reads it through here, so that the store and a resume agree on what is left out: a
line that does not say for certain what its sample is worth is set aside; a bad value of telemetry is unknown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from evalkit.records.manifest import Manifest

SampleKey: TypeAlias = tuple[str, str, str, int]
"""Suite, item, candidate and repeat."""

LARGEST_COUNT = 2**63 - 1
"""The largest whole number that the store holds."""
LARGEST_SMALL = 2**31 - 1
"""The largest of those that can only be small: repeats, attempts, HTTP status."""

MOST_SAID = 120
"""Characters of a value, or of a parser's words, that a reason quotes."""

MOST_NAMED = 3
"""Lines and values that are named one by one; the store has them all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """What a reader of a run folder leaves out: a whole line, or one value of it."""

    file: str
    """`journal.jsonl`, `items.jsonl` or `manifest.json`."""
    line: int | None = None
    """From 1; None in the manifest."""
    field: str | None = None
    """The value that is unknown, such as `usage.input_tokens`; None when the whole line is set aside."""
    reason: str
    key: SampleKey | None = None
    """The sample that the line is of, where that can be read and is one of the run's."""

    @property
    def where(self) -> str:
        """File and line."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """The keys that a run's journal may hold."""

    versions: Mapping[str, str]
    """Suite -> suite version."""
    candidates: Collection[str]
    repeats: int
    items: Mapping[str, Collection[str]] | None
    """Suite -> ids of the items that are asked; None where the run's items cannot be told for certain."""

    @classmethod
    def of(cls, manifest: Manifest, items: Mapping[str, Collection[str]] | None) -> Planned:
        """What the manifest's run may hold."""
        return cls(
            versions={entry.name: entry.suite_version for entry in manifest.suites},
            candidates={entry.candidate.name for entry in manifest.candidates},
            repeats=manifest.repeats,
            items=items,
        )

    def fault_of(self, entry: Mapping[str, Any]) -> str | None:
        """Why the entry is none of this run's; None when it is one."""
        suite, item_id = entry["suite"], entry["item_id"]
        if suite not in self.versions:
            return f"the run has no suite {_quote(suite)}"
        if entry["candidate"] not in self.candidates:
            return f"the run has no candidate {_quote(entry['candidate'])}"
        if self.items is not None and item_id not in self.items.get(suite, ()):
            return f"the run asks no item {_quote(item_id)} of {suite}"
        if (entry.get("repeat") or 0) >= self.repeats:
            return f"the run has no repeat {entry['repeat']}"
        if entry["kind"] == "sample" and entry["suite_version"] != self.versions[suite]:
            return f"the run asked {suite} in another version than {_quote(entry['suite_version'])}"
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalLine:
    """One line of a journal as it was read."""

    entry: dict[str, Any] | None
    """What it holds, without the values that are unknown; None when it is set aside."""
    left_out: tuple[LeftOut, ...] = ()


def read_line(raw: bytes, number: int, planned: Planned | None = None) -> JournalLine:
    """Read one line of a journal; never raises.

    Args:
        raw: The line.
        number: Its number in the file, from 1.
        planned: The keys that the run may hold; None takes any.
    """
    try:
        entry = _parse(raw)
    except (ValueError, RecursionError) as error:
        return _set_aside(number, f"not JSON: {_shorten(str(error))}")
    if not isinstance(entry, dict):
        return _set_aside(number, "not a JSON object")
    fault = _fault_of(entry)
    if fault is None and planned is not None:
        fault = planned.fault_of(entry)
    if fault is not None:
        return _set_aside(number, fault, _key_of(entry, planned))
    bad = [
        *_drop_bad(entry, _TELEMETRY, ""),
        *_drop_bad(entry.get("usage") or {}, _TOKENS, "usage."),
        *_drop_bad_metrics(entry),
    ]
    if entry["kind"] == "attempt":
        entry.setdefault("started_at", "")  # which the record cannot do without
    key = (entry["suite"], entry["item_id"], entry["candidate"], entry.get("repeat") or 0)
    return JournalLine(
        entry=entry,
        left_out=tuple(
            LeftOut(file="journal.jsonl", line=number, field=name, reason=reason, key=key)
            for name, reason in bad
        ),
    )


def read_item_line(raw: bytes) -> tuple[dict[str, Any] | None, str | None]:
    """Read one line of a run's items: what it holds, or why it holds no item; never raises."""
    try:
        entry = _parse(raw)
    except (ValueError, RecursionError) as error:
        return None, f"not JSON: {_shorten(str(error))}"
    item = entry.get("item") if isinstance(entry, dict) else None
    if not (
        isinstance(item, dict)
        and _is_text(item.get("id"))
        and _is_text(entry.get("suite"))
        and _is_text(entry.get("suite_version"))
    ):
        return None, "not an item with its suite and version"
    for name, fits in _ITEM.items():
        if item.get(name) is not None and not fits(item[name]):
            return None, f"an item whose {name} cannot be {_quote(item[name])}"
    return entry, None


def describe_left_out(left_out: Sequence[LeftOut]) -> list[str]:
    """Say what was left out, the first few of each kind with file and line."""
    lines = [n for n in left_out if n.field is None]
    values = [n for n in left_out if n.field is not None]
    said = [f"{n.where} is set aside: {n.reason}" for n in lines[:MOST_NAMED]]
    if len(lines) > MOST_NAMED:
        said.append(f"and {len(lines) - MOST_NAMED} more lines are set aside")
    said += [f"{n.where}: {n.field} is unknown: {n.reason}" for n in values[:MOST_NAMED]]
    if len(values) > MOST_NAMED:
        said.append(f"and {len(values) - MOST_NAMED} more values are unknown")
    return said


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise
    except ValueError:
        # A number of more than 4300 digits, which Python does not read: it must not cost the line.
        return json.loads(raw, parse_int=lambda digits: int(digits) if len(digits) < 4300 else math.inf)


def _set_aside(number: int, reason: str, key: SampleKey | None = None) -> JournalLine:
    return JournalLine(
        entry=None, left_out=(LeftOut(file="journal.jsonl", line=number, reason=reason, key=key),)
    )


def _fault_of(entry: Mapping[str, Any]) -> str | None:
    """Why nothing certain is known of the entry's sample."""
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in _NEEDED:
        return "an entry without its kind" if kind is None else f"an entry of the unknown kind {_quote(kind)}"
    for name, fits in _NEEDED[kind].items():
        if name not in entry or not fits(entry[name]):
            return _misfit(entry, name, kind)
    for name, fits in _IF_THERE.items():
        if entry.get(name) is not None and not fits(entry[name]):
            return _misfit(entry, name, kind)
    return None


def _misfit(entry: Mapping[str, Any], name: str, kind: str) -> str:
    value = entry.get(name)
    if value is None:
        return f"{_ARTICLED[kind]} without {name}"
    if name == "score":
        return f"{_ARTICLED[kind]} whose score lacks success, score or format_valid, or holds them wrongly"
    return f"{_ARTICLED[kind]} whose {name} cannot be {_quote(value)}"


def _key_of(entry: Mapping[str, Any], planned: Planned | None) -> SampleKey | None:
    """The sample that a damaged entry is of; None when any part of it is missing or none of the run's."""
    parts = [entry.get(n) for n in ("suite", "item_id", "candidate")]
    repeat = entry.get("repeat") or 0
    if entry.get("kind") != "sample" or not all(map(_is_text, parts)) or not _is_small(repeat):
        return None
    suite, item_id, candidate = map(str, parts)
    if planned is not None:
        version = planned.versions.get(suite)
        named = {"kind": "sample", "suite_version": version, "repeat": repeat, "suite": suite,
                 "item_id": item_id, "candidate": candidate}  # fmt: skip
        if planned.fault_of(named):
            return None
    return (suite, item_id, candidate, repeat)


def _drop_bad(
    values: dict[str, Any], checks: Mapping[str, Callable[[Any], bool]], prefix: str
) -> list[tuple[str, str]]:
    """Make each bad value unknown; returns field and reason of each."""
    bad = [
        (name, f"{_quote(values[name])} cannot be")
        for name in values.keys() & checks.keys()
        if values[name] is not None and not checks[name](values[name])
    ]
    for name, _ in bad:
        del values[name]
    return [(prefix + name, reason) for name, reason in sorted(bad)]


def _drop_bad_metrics(entry: dict[str, Any]) -> list[tuple[str, str]]:
    metrics = entry.get("server_metrics") or {}
    return _drop_bad(metrics, dict.fromkeys(metrics, _is_number), "server_metrics.")


def _quote(value: Any) -> str:
    return _shorten(repr(value))


def _shorten(text: str) -> str:
    return text if len(text) <= MOST_SAID else f"{text[:MOST_SAID]}…"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_small(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_SMALL


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT


def _is_whole(value: Any) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and -LARGEST_COUNT - 1 <= value <= LARGEST_COUNT
    )


def _is_number(value: Any) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return False


def _is_amount(value: Any) -> bool:
    return _is_number(value) and value >= 0


def _is_fraction(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _is_moment(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return not value or bool(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return False


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _is_logprobs(value: Any) -> bool:
    """Whether it is of labels' log-probabilities; minus infinity is written as text, since JSON lacks it."""
    return isinstance(value, dict) and all(_is_number(v) or v == "-inf" for v in value.values())


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_calls(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(call, dict)
        and _is_text(call.get("name"))
        and (call.get("raw") is None or _is_text(call["raw"]))
        for call in value
    )


def _is_score(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _is_flag(value.get("success"))
        and _is_number(value.get("score"))
        and _is_flag(value.get("format_valid"))
        and all(
            value.get(n) is None or _is_text(value[n])
            for n in ("error_kind", "parser", "form", "scorer_hash")
        )
        and all(
            isinstance(d, dict) and _is_text(d.get("path")) and _is_text(d.get("kind"))
            for d in _as_list(value.get("diff"))
        )
    )


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


_KEY: Mapping[str, Callable[[Any], bool]] = {"suite": _is_text, "item_id": _is_text, "candidate": _is_text}

_NEEDED: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    "attempt": {
        **_KEY,
        "repeat": _is_small,
        "attempt": _is_small,
        "status": lambda value: value in ("answered", "faulted"),
    },
    "sample": {
        **_KEY,
        "suite_version": _is_text,
        "status": lambda value: value in ("answered", "faulted", "not_asked"),
    },
    "score": {**_KEY, "score": _is_score},
}
"""Kind of entry -> what it must hold."""

_ARTICLED = {"attempt": "an attempt", "sample": "a sample", "score": "a score"}

_IF_THERE: Mapping[str, Callable[[Any], bool]] = {
    "repeat": _is_small,
    "output": _is_text,
    "tool_calls": _are_calls,
    "refusal": _is_text,
    "fault": _is_text,
    "requested_fingerprint": _is_text,
    "observed_fingerprint": _is_text,
    "prompt_hash": _is_text,
    "request_hash": _is_text,
    "constraint_asked": _is_text,
    "constraint_enforced": _is_text,
    "reused_from": _is_text,
    "simulated": _is_flag,
    "score": _is_score,
    "usage": _is_mapping,
}
"""What may be missing and, where it is there, decides what the sample is worth."""

_TELEMETRY: Mapping[str, Callable[[Any], bool]] = {
    "fault_message": _is_text,
    "http_status": _is_small,
    "seed": _is_whole,
    "finish_reason": _is_text,
    "confidence": _is_fraction,
    "confidence_method": _is_text,
    "label_mass_outside": _is_fraction,
    "label_logprobs": _is_logprobs,
    "greedy_labels": _is_texts,
    "cost_usd": _is_amount,
    "price_id": _is_text,
    "queued_s": _is_amount,
    "latency_s": _is_amount,
    "e2e_latency_s": _is_amount,
    "ttft_s": _is_amount,
    "attempts": _is_small,
    "load": _is_text,
    "started_at": _is_moment,
    "server_metrics": _is_mapping,
}
"""What was measured beside the answer: a bad value is unknown, and the sample stays."""

_TOKENS: Mapping[str, Callable[[Any], bool]] = {
    "input_tokens": _is_count,
    "cached_input_tokens": _is_count,
    "output_tokens": _is_count,
    "reasoning_tokens": _is_count,
}

_ITEM: Mapping[str, Callable[[Any], bool]] = {
    "input": _is_text,
    "tags": lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
    "weight": _is_number,
    "critical": _is_flag,
    "cluster": _is_text,
    "split": _is_text,
    "line": _is_small,
}
"""Fields of an item that the store holds in columns of their own."""
