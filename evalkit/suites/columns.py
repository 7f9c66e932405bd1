"""Which column of a foreign table is which field of an item: by name first, by what it holds second."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]

_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "_id", "uid", "uuid", "guid", "item_id", "question_id", "qid", "key"),
    "messages": ("messages", "conversation", "conversations", "chat", "dialog", "dialogue"),
    "input": (
        "input", "text", "question", "query", "utterance", "sentence", "message", "prompt", "instruction",
        "content", "body", "document", "review", "title",
    ),
    "context": ("context", "contexts", "passages", "passage", "documents"),
    "target": (
        "target", "gold", "expected", "expected_output", "ground_truth", "label", "labels", "category",
        "intent", "intents", "class", "answer", "tool_calls", "calls", "output", "completion", "response",
    ),
    "alternatives": ("alternatives",),
    "tools": ("tools", "functions", "function"),
    "tags": ("tags",),
    "weight": ("weight",),
    "critical": ("critical",),
    "cluster": ("cluster", "document_id", "doc_id", "customer_id", "group", "group_id", "session_id"),
    "split": ("split", "fold_name", "subset"),
}  # fmt: skip

_NAMES_AN_ID = re.compile(r"(?i:[_\-\s](?:id|uuid|guid))$|[a-z](?:Id|ID|Uuid|UUID|Guid|GUID)$")
"""Ends of names such as `ticket_id` and `ticketId`."""
_ROW_NUMBERS = ("idx", "index")
"""What tables call their row numbers: taken as ids where nothing else is one."""
_FRACTION = re.compile(r"[+-]?\d*[.,]\d*(?:[eE][+-]?\d+)?")

MOST_TAG_VALUES = 50
"""A column with more different values places no slices."""
_LABEL_LENGTH = 100


def guess_fields(rows: Rows, family: str) -> dict[str, str]:
    """Our field -> its column, for each field that a column was found for."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    found: dict[str, str] = {}
    for ours, names in _NAMES.items():
        for name in _id_columns(columns) if ours == "id" else _in_order(columns, names):
            if name not in found.values() and _holds(ours, _values(rows, name), len(rows), family):
                found[ours] = name
                break
    if "input" not in found and "messages" not in found:
        longest = _longest_text(rows, [c for c in columns if c not in found.values()])
        if longest is not None:
            found["input"] = longest
    return found


def tag_columns(rows: Rows, taken: Iterable[str]) -> list[str]:
    """Columns of few short values, which can place items in slices."""
    taken = set(taken)
    columns = [c for c in dict.fromkeys(name for row in rows for name in row) if c not in taken]
    return [c for c in columns if _places_slices(_values(rows, c), len(rows))]


def _id_columns(columns: Sequence[str]) -> list[str]:
    """Columns that may hold ids: by their whole name, then by its end; those that often group items last."""
    grouping = _in_order(columns, _NAMES["cluster"])
    ends = [c for c in columns if _NAMES_AN_ID.search(c) and c not in grouping]
    named = [*_in_order(columns, _NAMES["id"]), *ends, *_in_order(columns, _ROW_NUMBERS)]
    return list(dict.fromkeys((*named, *(c for c in grouping if _NAMES_AN_ID.search(c)))))


def _in_order(columns: Sequence[str], names: Sequence[str]) -> list[str]:
    by_folded = {c.casefold(): c for c in reversed(columns)}
    return [by_folded[n] for n in names if n in by_folded]


def _values(rows: Rows, column: str) -> list[Any]:
    return [row[column] for row in rows if row.get(column) is not None]


def _holds(ours: str, values: list[Any], count: int, family: str) -> bool:
    """Whether the values can be what the field holds."""
    if not values:
        return False
    if ours == "id":
        ids = {_id_text(v) for v in values}
        return len(values) == len(ids) == count and "" not in ids
    if ours == "input":
        return all(isinstance(v, str) for v in values)
    if ours == "messages":
        return all(_has_roles(v) for v in values)
    if ours == "target":
        return family != "classification" or _label_like(values)
    if ours == "tools":
        return all(isinstance(v, list) and all(isinstance(t, Mapping) for t in v) for v in values)
    if ours in ("split", "cluster"):
        return _scalars(values)
    return True


def _id_text(value: Any) -> str:
    """The value as an id; empty where it can be none, such as a measure or a flag."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str(value).strip()
    return "" if _FRACTION.fullmatch(text) else text


def _has_roles(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(m, Mapping) and "role" in m for m in value)
    )


def _label_like(values: list[Any]) -> bool:
    """Short texts or numbers that repeat, or lists of them that are not all the same list."""
    flat = [w for v in values for w in (v if isinstance(v, list) else [v])]
    short = all(isinstance(w, (str, int)) and len(str(w)) <= _LABEL_LENGTH for w in flat)
    kinds = {json.dumps(v, sort_keys=True, default=str) for v in values}
    return short and len(values) > 1 < len(kinds) and len(set(map(str, flat))) < max(3, len(values))


def _places_slices(values: list[Any], count: int) -> bool:
    different = {str(v) for v in values}
    return (
        _scalars(values)
        and 1 < len(different) <= min(MOST_TAG_VALUES, max(2, count // 3))
        and all(len(v) <= _LABEL_LENGTH for v in different)
    )


def _scalars(values: list[Any]) -> bool:
    return all(isinstance(v, (str, int, float, bool)) for v in values)


def _longest_text(rows: Rows, columns: Sequence[str]) -> str | None:
    texts = {c: [v for v in _values(rows, c) if isinstance(v, str)] for c in columns}
    lengths = {c: sum(map(len, t)) for c, t in texts.items() if t and len(t) == len(_values(rows, c))}
    return max(lengths, key=lambda c: lengths[c]) if lengths else None
