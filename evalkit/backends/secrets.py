"""Keys by the names of their variables, and their removal from whatever a server or a program says."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import netrc
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from evalkit.credentials import MASK, SHORTEST, names_a_secret
from evalkit.errors import EvalkitError, UnavailableError
from evalkit.records import Answer, Candidate, Fault, ToolCall

MOST_CHARACTERS = 300
"""Kept of a fault's message."""
LONG = 24
"""Characters from which on a part of a key is searched for too: a server or a limit may have cut it."""
PART = 20
"""Characters at a long key's beginning, or at its end, that give it away."""
HOSTED_KEYS = {"anthropic": "ANTHROPIC_API_KEY"}
"""Backend -> the variable that it reads for a hosted API where the candidate names none."""

_TEXTS = (
    "text", "refusal", "finish_reason", "model_reported", "system_fingerprint", "enforced",
    "confidence_method",
)  # fmt: skip
_NAMES_A_SECRET = re.compile(r"(?i)(?:key|token|secret|password|passwd|passphrase|credentials?)$")
_WORKING_FOLDERS = frozenset({"PWD", "OLDPWD"})
_PASSWORD = re.compile(r"://[^/?#@\s]*?:([^/?#\s]+)@")
_LONG_ENOUGH = 12
"""Characters of a value that is taken for a secret by its variable's name alone."""


class Secrets:
    """Texts that must not leave this process but to the one server they are for."""

    def __init__(self, values: Iterable[str | None] = ()) -> None:
        self.values = sorted({v for v in values if v and len(v) >= SHORTEST}, key=len, reverse=True)
        forms = {form for value in self.values for form in _forms(value)}
        self._forms = sorted(forms, key=len, reverse=True)
        ends = [(f[:PART], f[-PART:]) if len(f) >= LONG else (f,) for f in self._forms]
        self._signs = tuple(dict.fromkeys(sign for pair in ends for sign in pair))

    def __repr__(self) -> str:
        return f"<{len(self.values)} secrets>"

    def mask(self, text: str) -> str:
        """The text without any of them, in whatever form it stands there: escaped, quoted, encoded, cut."""
        if self._is_free(text):
            return text
        for form in self._forms:
            text = text.replace(form, MASK)
        return _without_ends(text, [form for form in self._forms if len(form) >= LONG])

    def mask_json(self, value: Any) -> Any:
        """The plain value with every text masked, keys of mappings too."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {self.mask(str(k)): self.mask_json(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.mask_json(v) for v in value]
        return value

    def mask_answer(self, answer: Answer) -> Answer:
        """The answer as it may be kept: a server can echo what it was sent, a model repeat it."""
        if not self.values or self._is_clean(answer):
            return answer
        calls = tuple(
            ToolCall(name=self.mask(c.name), arguments=self.mask_json(c.arguments), raw=self._or_none(c.raw))
            for c in answer.tool_calls
        )
        texts: dict[str, Any] = {name: self._or_none(getattr(answer, name)) for name in _TEXTS}
        figures = {self.mask(name): figure for name, figure in answer.server_metrics.items()}
        labels = answer.label_logprobs
        return replace(
            answer,
            **texts,
            tool_calls=calls,
            server_metrics=figures,
            label_logprobs=None if labels is None else self.mask_json(labels),
        )

    def mask_fault(self, fault: Fault) -> Fault:
        """The fault with its message masked, then cut: half a key would not be found."""
        return Fault(
            fault.kind,
            self.mask(fault.message)[:MOST_CHARACTERS],
            retry_after_s=fault.retry_after_s,
            http_status=fault.http_status,
            usage=fault.usage,
        )

    def mask_error(self, error: BaseException) -> None:
        """Mask what an error of ours says; any other is left as it is."""
        if isinstance(error, EvalkitError):
            error.message = self.mask(error.message)
            error.hint = self._or_none(error.hint)
            error.args = (error.message,)

    def _is_clean(self, answer: Answer) -> bool:
        """Whether a plain answer holds none, seen at a glance: most do, and there are thousands a second."""
        if answer.tool_calls or answer.server_metrics or answer.label_logprobs:
            return False
        told = "\n".join([text for name in _TEXTS if (text := getattr(answer, name)) is not None])
        return self._is_free(told)

    def _is_free(self, text: str) -> bool:
        return not any(sign in text for sign in self._signs)

    def _or_none(self, text: str | None) -> str | None:
        return None if text is None else self.mask(text)


def secrets_of(candidates: Iterable[Candidate]) -> Secrets:
    """All that a run must not write down: the keys that its candidates name, and the secrets around."""
    settings = [at for candidate in candidates for at in candidate.settings]
    named = [os.environ.get(name, "").strip() for at in settings for name in _variables(at)]
    return Secrets([*named, *secrets_around()])


def secrets_around() -> list[str]:
    """The values of all variables that look like secrets, and the passwords in addresses that variables hold.

    A program of the user's inherits every one.
    """
    named = [v for n, v in os.environ.items() if _is_secret(n) and len(v) >= _LONG_ENOUGH]
    return [*named, *proxy_passwords()]


def proxy_passwords() -> list[str]:
    """The passwords in addresses that variables hold, those of proxies among them, and those of `.netrc`."""
    found = [password for value in os.environ.values() for password in _PASSWORD.findall(value)]
    with contextlib.suppress(OSError, netrc.NetrcParseError, UnicodeDecodeError):
        file = os.environ.get("NETRC") or str(Path.home() / ".netrc")
        found += [password for _, _, password in netrc.netrc(file).hosts.values() if password]
    return [form for password in found for form in (password, unquote(password))]


def read_key(variable: str | None, *, where: str) -> str | None:
    """The value of the environment variable, None where no variable is named.

    Raises:
        UnavailableError: It is named and not set.
    """
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise UnavailableError(
            f"the environment variable {variable} is not set",
            where=where,
            hint=f"export {variable}=… with the key of this endpoint",
        )
    return key


def _variables(candidate: Candidate) -> Iterator[str]:
    """The environment variables that the candidate's keys are read from."""
    if candidate.api_key_env:
        yield candidate.api_key_env
    if candidate.backend in HOSTED_KEYS:
        yield HOSTED_KEYS[candidate.backend]
    for option in ("headers_env", "body_env"):
        given = candidate.options.get(option)
        yield from map(str, given.values()) if isinstance(given, Mapping) else ()


def _is_secret(variable: str) -> bool:
    named = _NAMES_A_SECRET.search(variable) or names_a_secret(variable)
    return bool(named) and variable not in _WORKING_FOLDERS


def _forms(value: str) -> Iterator[str]:
    """A key as it is, and as JSON, Python, addresses, HTML, base 64 and hexadecimal digits write it."""
    yield value
    raw = value.encode("utf-8", "surrogatepass")
    inner = json.dumps(value)[1:-1]
    yield from (inner, json.dumps(inner)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    backslashed = repr(value)[1:-1]
    yield from (
        backslashed,
        backslashed.replace("\\'", "'"),
        backslashed.replace("'", "\\'"),
        repr(inner)[1:-1],
    )
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield from (quoted, re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quoted))
    yield html.escape(value)
    if len(raw) >= 8:  # less would be found by chance
        yield from (raw.hex(), raw.hex().upper())
        for before in range(3):  # the characters depend on how many bytes came before
            encoded = base64.b64encode(b"\0" * before + raw).decode()
            middle = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
            yield from (middle, middle.replace("+", "-").replace("/", "_"))


def _without_ends(text: str, forms: Sequence[str]) -> str:
    """The text without pieces that begin as a long key does, or end so, as far as a form of it agrees."""
    for head in {form[:PART] for form in forms}:
        while (at := text.find(head)) >= 0:
            length = max(_alike(text[at:], form) for form in forms)
            text = text[:at] + MASK + text[at + length :]
    for tail in {form[-PART:] for form in forms}:
        while (at := text.find(tail)) >= 0:
            end = at + PART
            length = max(_alike(text[:end][::-1], form[::-1]) for form in forms)
            text = text[: end - length] + MASK + text[end:]
    return text


def _alike(a: str, b: str) -> int:
    """How many characters two texts have in common at their beginnings."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))
