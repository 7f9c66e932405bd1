"""Tool calls of an answer, put together from a stream's fragments: which fragment belongs to which call."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.records import ToolCall

_SIGNS = re.compile(r'\\.?|["{}\[\]]', re.DOTALL)


class CallAssembly:
    """The calls of one answer.

    OpenAI numbers the calls (`index`) and gives id and name once. Other servers number every call 0, or none;
    repeat id and name in each fragment; or make a new id for each fragment. So a fragment begins a new call
    where it names a function and has a new id, or where the arguments before it are already complete.
    Otherwise it continues the call of its id, else the latest of its index.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_id: dict[tuple[int | None, str], _Call] = {}
        self._latest: dict[int | None, _Call] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def take_whole(self, calls: Sequence[Mapping[str, Any]]) -> None:
        """Take in the calls of a whole message: each entry is a call."""
        for call in calls:
            made = _Call(order=len(self._calls))
            made.take(call.get("function") or {})
            self._calls.append(made)

    def take_fragments(self, fragments: Sequence[Mapping[str, Any]]) -> None:
        """Take in the fragments of one event of a stream."""
        for position, fragment in enumerate(fragments):
            number, call_id = fragment.get("index"), str(fragment.get("id") or "")
            index = number if isinstance(number, int) else None
            order = len(self._calls) if index is None else index
            if index is None and not call_id and len(fragments) > 1:
                index = position
            function = fragment.get("function") or {}
            call = self._find_continued(index, call_id, function)
            if call is None:
                call = _Call(order=order)
                self._calls.append(call)
            call.call_id = call.call_id or call_id
            self._latest[index] = self._latest[None] = call
            self._by_id[index, call_id] = self._by_id[None, call_id] = call
            call.take(function)

    def finished(self) -> tuple[ToolCall, ...]:
        """Return the calls by their index, then as they came; one without name and arguments is left out."""
        ordered = sorted(self._calls, key=lambda call: call.order)
        return tuple(call.finished() for call in ordered if not call.is_empty)

    def _find_continued(self, index: int | None, call_id: str, function: Mapping[str, Any]) -> _Call | None:
        """The call that a fragment continues; None where it begins one."""
        name = function.get("name")
        known = self._by_id.get((index, call_id)) if call_id else None
        if known is not None:
            return None if known.is_complete and known.differs(function.get("arguments")) else known
        latest = self._latest.get(index)
        if latest is None:
            return self._by_id.get((None, call_id)) if call_id and not name else None
        if not name:
            return latest
        if latest.is_complete or (call_id and latest.call_id):
            return None
        # A name in pieces comes with an index, and before any arguments.
        return latest if latest.name in ("", name) or (index is not None and not latest.arguments) else None


class _Call:
    """One call as its fragments arrive."""

    def __init__(self, *, order: int) -> None:
        self.order = order
        self.call_id = ""
        self.name = ""
        self.arguments: list[str] = []
        self._object: Mapping[str, Any] | None = None
        self._size = self._scanned = self._depth = 0
        self._opened = self._in_text = self._escaped = False

    @property
    def is_empty(self) -> bool:
        """Whether it has neither a name nor arguments."""
        return not self.name and self._object is None and not "".join(self.arguments).strip()

    @property
    def is_complete(self) -> bool:
        """Whether its arguments are a whole object, so that no fragment can follow."""
        if self._object is not None:
            return True
        text = "".join(self.arguments[self._scanned :])  # each piece is looked at once, however many come
        self._scanned = len(self.arguments)
        if text:
            signs = _SIGNS.findall(text[1:] if self._escaped else text)
            self._escaped = signs[-1:] == ["\\"]
            for sign in signs:
                self._count(sign)
        return self._opened and self._depth <= 0

    def differs(self, arguments: Any) -> bool:
        """Whether these are arguments of another call; some servers say a whole call again at the end."""
        if isinstance(arguments, Mapping):
            return arguments != self._object
        text = arguments or ""
        return bool(text.strip()) and (len(text) != self._size or text != "".join(self.arguments))

    def take(self, function: Mapping[str, Any]) -> None:
        """Take in a fragment; a name or a whole call that is only repeated counts once."""
        name, arguments = function.get("name") or "", function.get("arguments")
        if name != self.name:
            self.name += name
        if isinstance(arguments, Mapping):  # Ollama and some gateways send an object
            self._object = arguments
        elif arguments and not (name and self.is_complete and not self.differs(arguments)):
            self.arguments.append(arguments)
            self._size += len(arguments)

    def finished(self) -> ToolCall:
        """Return the call."""
        if self._object is not None:
            return ToolCall(name=self.name, arguments=self._object)
        raw = "".join(self.arguments)
        try:
            return ToolCall(name=self.name, arguments=json.loads(raw) if raw.strip() else {})
        except (ValueError, RecursionError):
            return ToolCall(name=self.name, raw=raw)

    def _count(self, sign: str) -> None:
        if sign == '"':
            self._in_text = not self._in_text
        elif not self._in_text and sign in "{[":
            self._depth, self._opened = self._depth + 1, True
        elif not self._in_text and sign in "}]":
            self._depth -= 1
