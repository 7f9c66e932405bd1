"""Which of a candidate's settings look like keys: refused where they are written down, masked elsewhere.

Keys come from environment variables. A header or a parameter of the address is taken for a key unless it is
known, or declared, to be harmless; any other setting is one by its name or by its form.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from evalkit.errors import ConfigError
from evalkit.records import Candidate, Manifest, to_plain

MASK = "[key]"
SHORTEST = 4
"""Characters; a shorter text is no key, and masking it would garble what it stands in."""

HARMLESS_HEADERS = frozenset(
    {
        "accept", "accept-charset", "accept-encoding", "accept-language", "anthropic-beta",
        "anthropic-version", "api-version", "cache-control", "connection", "content-encoding",
        "content-language", "content-type", "date", "expect", "host", "http-referer", "openai-beta",
        "openai-organization", "openai-project", "origin", "pragma", "prefer", "priority", "referer", "te",
        "traceparent", "tracestate", "user-agent", "x-client-name", "x-client-version", "x-correlation-id",
        "x-request-id", "x-title", "x-use-cache", "x-wait-for-model",
    }
)  # fmt: skip
"""Headers whose values may stand in a file, in small letters."""
HARMLESS_PARAMETERS = frozenset(
    {
        "alt", "api-version", "api_version", "beta", "deployment", "format", "lang", "language", "location",
        "model", "project", "provider", "region", "stream", "timeout", "v", "version",
    }
)  # fmt: skip
"""Parameters of an address whose values may stand in a file, in small letters."""

_SECRET_WORDS = frozenset(
    {
        "apikey", "auth", "authorization", "bearer", "cookie", "credential", "credentials", "jwt", "key",
        "passphrase", "passwd", "password", "pat", "pwd", "secret", "sig", "signature", "token",
    }
)  # fmt: skip
"""A name whose last word is one of these names a secret."""
_SECRET_ENDS = (
    "accesskey", "accesstoken", "apikey", "apitoken", "authtoken", "passwd", "password", "privatekey",
    "secret", "secretkey", "subscriptionkey",
)  # fmt: skip
"""Ends of names that are written without a gap between their words."""
_HARMLESS_NAMES = frozenset(
    {
        "addbostoken", "answerkey", "bostoken", "cachekey", "clstoken", "endtoken", "eostoken", "groupkey",
        "idempotencykey", "imagetoken", "labelkey", "masktoken", "padtoken", "partitionkey", "primarykey",
        "promptcachekey", "publickey", "routingkey", "septoken", "sortkey", "starttoken", "stoptoken",
        "unktoken",
    }
)  # fmt: skip
"""Names that end like a secret's and are none."""

_FORMS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-(?=[\w-]*\d)[\w-]{16,}|gsk_\w{20,}|xai-\w{20,}|nvapi-[\w-]{20,}|AIza[\w-]{30,}|hf_[A-Za-z0-9]{30,}"
    r"|gh[pousr]_\w{30,}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abeprs]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|npm_\w{36}|pypi-[\w-]{50,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})"
    r"|(?i:\b(?:bearer|basic)\s+)(?=[\w.~+/=-]*\d)[\w.~+/=-]{8,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*"
)
"""Keys of known services, bearer values, JSON Web Tokens and private keys, by their form."""
_URL = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>]+")
_USER = re.compile(r"(?<=://)[^/?#]*@")
_PARAMETER = re.compile(r"([?&#;])([^=&#;?]+)=([^&#;]*)")
_SET_TO = re.compile(r"""(?P<name>[A-Za-z][\w.-]*)["']?\s*[=:]\s*["']?(?P<value>[^\s"'&,;{}]{8,})""")
"""A name and its value within a text, as in `--api-key=…` or a JSON body that is one text."""
_FLAG = re.compile(r"--?[A-Za-z][\w-]*")
_VARIABLE = re.compile(r"\$(?:\{[A-Za-z_]\w*\}|[A-Za-z_]\w*)")
_TEMPLATES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposed:
    """A setting that looks like a key."""

    path: Path
    """Below the candidate, such as `("options", "headers", "X-Goog-Api-Key")`."""
    message: str
    """What it looks like; never its value."""
    hint: str
    """What to write instead."""


def names_a_secret(name: str) -> bool:
    """Whether a header, a field, an argument or a variable of that name holds a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    joined = "".join(words)
    if not words or joined in _HARMLESS_NAMES:
        return False
    return words[-1] in _SECRET_WORDS or joined.endswith(_SECRET_ENDS)


def find_exposed_keys(candidate: Mapping[str, Any]) -> tuple[Exposed, ...]:
    """What looks like a key among a candidate's settings, in the form of the project file."""
    finder = _Finder(candidate.get("harmless") or ())
    finder.candidate(candidate)
    return tuple(finder.found)


def refuse_keys(candidate: Candidate) -> None:
    """Let no key pass that stands in a candidate's settings: they are copied into manifests and baselines.

    Raises:
        ConfigError: One does; names its place, never its value.
    """
    for exposed in find_exposed_keys(to_plain(candidate)):
        place = ".".join(map(str, ("candidates", candidate.name, *exposed.path)))
        raise ConfigError(exposed.message, where=place, hint=exposed.hint)


def mask_manifest(manifest: Manifest) -> Manifest:
    """The manifest without what looks like a key: earlier versions wrote down what is refused today."""
    entries = tuple(
        replace(e, candidate=mask_candidate(e.candidate), runtime=_Finder().value(dict(e.runtime), ()))
        for e in manifest.candidates
    )
    return replace(
        manifest, candidates=entries, note=mask_text(manifest.note), command=mask_text(manifest.command)
    )


def mask_candidate(candidate: Candidate) -> Candidate:
    """The candidate without what looks like a key; the same one where nothing does."""
    finder = _Finder(candidate.harmless)
    masked = finder.candidate(to_plain(candidate))
    if not finder.found:
        return candidate
    decoding = replace(candidate.decoding, extra=masked["decoding"]["extra"])
    plain = {name: masked[name] for name in ("model", "base_url", "api_key_env", "options", "by_suite")}
    return replace(candidate, decoding=decoding, **plain)


def mask_text(text: str) -> str:
    """The text without keys of a known form, values of secret names, and passwords in addresses."""
    return _Finder().text(text, ())


def mask_json(value: Any) -> Any:
    """The plain value with every text as `mask_text` leaves it, and values of secret names masked."""
    return _Finder().value(value, ())


class _Finder:
    """Masks what looks like a key, and notes where it stood."""

    def __init__(self, harmless: Collection[str] = ()) -> None:
        self.found: list[Exposed] = []
        self._harmless = frozenset(map(str.lower, map(str, harmless)))

    def candidate(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a candidate that reach a server or a program."""
        masked = dict(plain)
        for name in ("model", "api_key_env"):
            if isinstance(plain.get(name), str):
                masked[name] = self._form(plain[name], (name,))
        if isinstance(plain.get("base_url"), str):
            masked["base_url"] = self._address(plain["base_url"], ("base_url",), HARMLESS_PARAMETERS)
        decoding = plain.get("decoding")
        if isinstance(decoding, Mapping):
            extra = self.value(decoding.get("extra") or {}, ("decoding", "extra"))
            masked["decoding"] = {**decoding, "extra": extra}
        if isinstance(plain.get("options"), Mapping):
            masked["options"] = self._options(plain["options"])
        if isinstance(plain.get("by_suite"), Mapping):
            masked["by_suite"] = {suite: self._at(suite, own) for suite, own in plain["by_suite"].items()}
        return masked

    def _at(self, suite: str, plain: Mapping[str, Any]) -> dict[str, Any]:
        finder = _Finder(self._harmless)
        masked = finder.candidate(plain)
        self.found += [replace(one, path=("by_suite", str(suite), *one.path)) for one in finder.found]
        return masked

    def _options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        masked = {}
        for name, value in options.items():
            path: Path = ("options", str(name))
            if name == "headers" and isinstance(value, Mapping):
                masked[name] = {h: self._header(str(h), v, (*path, str(h))) for h, v in value.items()}
            elif name in ("headers_env", "body_env") and isinstance(value, Mapping):
                masked[name] = {h: self._form(str(v), (*path, str(h))) for h, v in value.items()}
            else:
                masked[name] = self._mask_named_value(str(name), value, path)
        return masked

    def value(self, value: Any, path: Path) -> Any:
        """A plain value of any depth."""
        if isinstance(value, Mapping):
            return {
                key: self._mask_named_value(str(key), inner, (*path, str(key)))
                for key, inner in value.items()
            }
        if isinstance(value, (list, tuple)):
            before = [None, *value]
            return [self._part(before[n], inner, (*path, n)) for n, inner in enumerate(value)]
        return self.text(value, path) if isinstance(value, str) else value

    def text(self, text: str, path: Path) -> str:
        """A text with known forms, secret settings and addresses in it."""
        text = _URL.sub(lambda found: self._address(found[0], path, None), text)
        text = _SET_TO.sub(lambda found: self._setting(found, path), text)
        return self._form(text, path)

    def _mask_named_value(self, name: str, value: Any, path: Path) -> Any:
        plain = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        if plain and self._is_secret(name) and _is_literal(str(value)):
            return self._note(path, f"{name!r} holds a key", _FROM_ENVIRONMENT)
        return self.value(value, path)

    def _part(self, before: Any, value: Any, path: Path) -> Any:
        """A word of a command line: the one after `--api-key` is a key."""
        if isinstance(before, str) and isinstance(value, str) and _FLAG.fullmatch(before):
            return self._mask_named_value(before, value, path)
        return self.value(value, path)

    def _header(self, name: str, value: Any, path: Path) -> Any:
        if name.lower() in self._harmless:
            return value
        if name.lower() not in HARMLESS_HEADERS and len(str(value)) >= SHORTEST:
            hint = (
                f"put the value into an environment variable and name that in options.headers_env, or in "
                f"api_key_env with key_header; if it is no key, say so: `harmless: [{name}]`"
            )
            told = f"the header {name!r} may carry a key, and keys do not stand in files"
            return self._note(path, told, hint)
        return self._form(str(value), path)

    def _address(self, url: str, path: Path, harmless: Collection[str] | None) -> str:
        """An address; with a list of harmless parameters, every other one is taken for a key."""

        def user(_found: re.Match[str]) -> str:
            return self._note(path, "the address holds a user name or password", _FROM_ENVIRONMENT) + "@"

        def parameter(found: re.Match[str]) -> str:
            mark, name, value = found.groups()
            known = self._is_harmless(name) or (
                not names_a_secret(name) if harmless is None else name.lower() in harmless
            )
            if known or len(value) < SHORTEST:
                return found[0]
            hint = f"{_FROM_ENVIRONMENT}; if it is no key, say so: `harmless: [{name}]`"
            told = f"the address's parameter {name!r} may hold a key, and keys do not stand in files"
            return f"{mark}{name}={self._note(path, told, hint)}"

        return self._form(_PARAMETER.sub(parameter, _USER.sub(user, url)), path)

    def _setting(self, found: re.Match[str], path: Path) -> str:
        name, value = found["name"], found["value"]
        mixed = re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
        if not mixed or value == MASK or not self._is_secret(name) or not _is_literal(value):
            return found[0]
        mask = self._note(path, f"the text sets {name!r} to what looks like a key", _FROM_ENVIRONMENT)
        return found[0][: found.start("value") - found.start()] + mask

    def _form(self, text: str, path: Path) -> str:
        def form(_found: re.Match[str]) -> str:
            told = "this looks like a key, and keys do not stand in files"
            return self._note(path, told, _FROM_ENVIRONMENT)

        return _FORMS.sub(form, text)

    def _is_secret(self, name: str) -> bool:
        return not self._is_harmless(name) and names_a_secret(name)

    def _is_harmless(self, name: str) -> bool:
        return name.lower() in self._harmless

    def _note(self, path: Path, message: str, hint: str) -> str:
        self.found.append(Exposed(path=path, message=message, hint=hint))
        return MASK


_FROM_ENVIRONMENT = (
    "put the key into an environment variable and name that in api_key_env, options.headers_env or "
    "options.body_env"
)


def _is_literal(value: str) -> bool:
    """Whether a value is written out: neither a template of the request's fields nor a variable's name."""
    rest = _TEMPLATES.sub("", value).strip()
    return len(rest) >= SHORTEST and not _VARIABLE.fullmatch(rest)
