"""Rows made into items; what is wrong with a row is told with its line and its item."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from evalkit.documents import parse_json
from evalkit.errors import near_names
from evalkit.records import Item, Problem
from evalkit.suites.fields import ITEM_FIELDS

SPLITS = ("test", "train", "dev")
"""`test` is measured; `dev` serves few-shot examples, `train` these and training."""

_FIELDS = frozenset(ITEM_FIELDS)
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0", ""})


class RowError(Exception):
    """One value of a row is not what an item holds."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def read_item(
    row: Mapping[str, Any], *, line: int, file: str, textual: bool = False
) -> tuple[Item | None, list[Problem]]:
    """The item of a row, and every fault of the row; None when it cannot be an item at all.

    Args:
        row: Fields by our own names.
        line: Where it stands in `file`.
        file: The items file.
        textual: Whether every value is text, as in CSV; JSON within a cell is then read.
    """
    faults: list[RowError] = []
    if not _FIELDS.issuperset(row):
        faults.extend(_unknown(row))
    values: dict[str, Any] = {}
    for name, given in row.items():
        read = _READ.get(name)
        if read is None or given is None or (given == "" and (textual or name == "id")):
            continue
        try:
            values[name] = read(_cell(name, given) if textual else given)
        except RowError as fault:
            faults.append(RowError(f"{name} {fault.message}", fault.hint))
    if "id" not in values and row.get("id") in (None, ""):
        faults.append(RowError("the item has no id", 'give each item a unique "id"'))
    faults.extend(_missing(values, row))
    item = Item(**values, line=line) if "id" in values else None
    return item, [
        Problem(message=f.message, hint=f.hint, line=line, file=file, item_id=values.get("id"))
        for f in faults
    ]


def _unknown(row: Mapping[str, Any]) -> list[RowError]:
    return [
        RowError(f"unknown key {key!r}", near_names(key, ITEM_FIELDS)) for key in row if key not in _FIELDS
    ]


def _missing(values: Mapping[str, Any], row: Mapping[str, Any]) -> list[RowError]:
    found = []
    if (
        "input" not in values
        and "messages" not in values
        and not row.get("input")
        and not row.get("messages")
    ):
        found.append(RowError("the item has neither input nor messages", 'write its "input" text'))
    if values.get("split", "test") == "test" and row.get("target") in (None, ""):
        found.append(RowError("a test item has no target", "write the right answer, or set another split"))
    return found


def _name(value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise RowError(f"must be text, not {_show_value(value)}", "write it in double quotes")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise RowError(f"must be text, not {_show_value(value)}", "write it in double quotes")


def _split(value: Any) -> str:
    if value in SPLITS:
        return str(value)
    hint = "use 'dev'" if value in ("val", "valid", "validation") else near_names(str(value), SPLITS)
    raise RowError(f"{_show_value(value)} is not known", hint)


def _tags(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise RowError(
            f"must be a mapping of names to text, not {_show_value(value)}", '{"channel": "email"}'
        )
    tags = {}
    for name, tag in value.items():
        if tag is None:
            continue
        if isinstance(tag, (Mapping, list, tuple)):
            raise RowError(f"{name!r} must be text, not {_show_value(tag)}", "one tag, one value")
        tags[str(name)] = tag if isinstance(tag, str) else json.dumps(tag)
    return tags


def _weight(value: Any) -> float:
    try:
        weight = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        weight = math.nan
    if not 0 < weight < math.inf:
        raise RowError(f"must be a number above 0, not {_show_value(value)}", "leave it out for 1")
    return weight


def _critical(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if isinstance(value, str) and word in _TRUE | _FALSE:
        return word in _TRUE
    raise RowError(f"must be true or false, not {_show_value(value)}")


def _messages(value: Any) -> tuple[Mapping[str, Any], ...]:
    messages = _objects(value)
    for message in messages:
        if not isinstance(message.get("role"), str):
            raise RowError("has a turn without a role", '{"role": "user", "content": "…"}')
    return messages


def _context(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Passages with ids; plain texts are numbered."""
    passages = [value] if isinstance(value, (str, Mapping)) else value
    if not isinstance(passages, (list, tuple)):
        raise RowError(f"must be a list of passages, not {_show_value(value)}", '[{"id": "p1", "text": "…"}]')
    return tuple(_passage(p, str(n)) for n, p in enumerate(passages, start=1))


def _passage(value: Any, number: str) -> Mapping[str, Any]:
    if isinstance(value, str):
        return {"id": number, "text": value}
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        return {**value, "id": str(value.get("id", number))}
    raise RowError(f"has a passage without text: {_show_value(value)}", '{"id": "p1", "text": "…"}')


def _objects(value: Any) -> tuple[Mapping[str, Any], ...]:
    if isinstance(value, (list, tuple)) and all(isinstance(v, Mapping) for v in value):
        return tuple(value)
    raise RowError(f"must be a list of objects, not {_show_value(value)}")


def _list(value: Any) -> tuple[Any, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(value)
    raise RowError(f"must be a list, not {_show_value(value)}")


_READ: Mapping[str, Callable[[Any], Any]] = {
    "id": _name,
    "input": _text,
    "messages": _messages,
    "context": _context,
    "target": lambda value: value,
    "alternatives": _list,
    "tools": _objects,
    "tags": _tags,
    "weight": _weight,
    "critical": _critical,
    "cluster": _name,
    "split": _split,
}

_STRUCTURED = frozenset({"messages", "context", "target", "alternatives", "tools", "tags"})


def _cell(name: str, value: Any) -> Any:
    """A cell of a table: text, or a list or object written as JSON where the field can be one."""
    if name in _STRUCTURED and isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return parse_json(value)
        except json.JSONDecodeError:
            return value
        except ValueError as error:
            raise RowError(f"cannot be read: {error}") from error
    return value


def _show_value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "…"
