"""What a server says went wrong, in any of the shapes that servers have for it, as a fault."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from evalkit.records import Fault

_WORDS = ("message", "detail", "msg", "error", "errors", "error_message", "reason", "title")
"""Where the words stand, the first that is there; FastAPI writes `detail`, its list entries `msg`."""
_DEEPEST = 6
"""Objects within objects in which words are looked for."""
_STATUSES = (
    ("ratelimit", 429), ("toomanyrequests", 429), ("insufficientquota", 429), ("resourceexhausted", 429),
    ("authentication", 401), ("unauthorized", 401), ("unauthenticated", 401), ("invalidapikey", 401),
    ("permission", 403), ("forbidden", 403), ("billing", 402), ("notfound", 404), ("timeout", 504),
    ("overloaded", 529), ("unavailable", 503), ("toolarge", 413), ("badrequest", 400),
    ("invalidrequest", 400), ("invalidargument", 400), ("contextlength", 400),
    ("validation", 422), ("unprocessable", 422),
)  # fmt: skip
"""Part of an error's type or code in small letters -> the status that it stands for."""
_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (lambda status: status == 429, "rate_limited"),
    (lambda status: status in (401, 403), "unauthorized"),
    (lambda status: status == 408, "timed_out"),
    (lambda status: status >= 500, "server_error"),
)


def fault_of_status(status: int, message: str, retry_after_s: float | None = None) -> Fault:
    """Return the fault that an HTTP status stands for."""
    kind: Any = next((kind for fits, kind in _KINDS if fits(status)), "rejected")
    if status == 429 and "insufficient_quota" in message:
        kind = "rejected"  # no waiting fills an account
    return Fault(kind, message, retry_after_s=retry_after_s, http_status=status)


def fault_in(body: Any, *, answers: str) -> Fault | None:
    """Return the fault that a body under status 200 tells of, with the server's words; None for an answer.

    `answers` is the field without which a body is not an answer.
    """
    told = body[0] if isinstance(body, list) and body else body
    if not isinstance(told, dict) or not _tells_failure(told, answers):
        return None
    return fault_of_status(_status_in(told) or 500, words_in(told) or json.dumps(told, ensure_ascii=False))


def words_in(body: Any) -> str:
    """Return the server's own words in an error's JSON, with its type or code; empty where there are none."""
    told = body[0] if isinstance(body, list) and body else body
    inner = told.get("error") if isinstance(told, dict) else None
    words = (_words(inner, 0) if isinstance(inner, dict) else "") or _words(told, 0)
    for level in (inner, told) if words else ():
        code = (level.get("code") or level.get("type")) if isinstance(level, dict) else None
        if isinstance(code, str) and code and code not in ("error", words):
            return f"{words} ({code})"
    return words


def _tells_failure(told: Mapping[str, Any], answers: str) -> bool:
    if told.get("error") or "error" in (told.get("object"), told.get("type")):
        return True
    if told.get(answers) is not None or told.get("usage") is not None:
        return False
    return any(told.get(n) and isinstance(told[n], (str, list)) for n in ("detail", "message", "errors"))


def _words(told: Any, depth: int) -> str:
    if isinstance(told, str) or depth > _DEEPEST:
        return str(told)
    if isinstance(told, list):
        return "; ".join(filter(None, (_words(part, depth + 1) for part in told[:_DEEPEST])))
    if not isinstance(told, dict):
        return ""
    found = next((words for name in _WORDS if (words := _words(told.get(name), depth + 1))), "")
    place = told.get("loc")
    return f"{'.'.join(map(str, place))}: {found}" if isinstance(place, list) and found else found


def _status_in(told: Mapping[str, Any]) -> int | None:
    """The HTTP status that an error names: by number, else by its type or code."""
    levels = [told, *(v for name in ("error", "detail") if isinstance(v := told.get(name), dict))]
    for said in _iterate_messages(levels):
        if re.fullmatch(r"[45]\d\d", str(said)):
            return int(said)
    for said in _iterate_messages(levels):
        name = re.sub(r"[^a-z]", "", str(said).lower())
        for part, status in _STATUSES:
            if part in name:
                return status
    return 422 if isinstance(told.get("detail"), list) else None


def _iterate_messages(levels: list[Mapping[str, Any]]) -> Iterator[Any]:
    """What an error says of its kind, the innermost first."""
    for level in reversed(levels):
        yield from (level[name] for name in ("code", "status", "status_code", "type") if level.get(name))
