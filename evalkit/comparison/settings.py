"""Which settings of a candidate changed: model, quantization, adapter, prompt, decoding, or another one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.records import Candidate, canonical_json, to_plain

SettingKind = Literal["model", "quantization", "adapter", "prompt", "decoding", "setting"]

_QUANTIZED = re.compile(
    r"(?P<model>.+)[-_.](?P<form>i?q\d(?:_[0-9a-z]+)*|b?f(?:p)?(?:8|16|32)|int[48]|[48]bit|awq|gptq)"
    r"(?P<end>\.gguf)?",
    re.IGNORECASE,
)
"""The quantization as names of weights end in it: `SmolLM2-135M-Instruct.Q4_1.gguf`, `tuned-q8_0`."""
_LONGEST = 100
"""Characters of a value that are shown."""
_UNSET = "not set"


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingChange:
    """One setting of a candidate on both sides."""

    kind: SettingKind
    name: str
    """What it is called, such as `temperature` or `option slots`."""
    a: str
    b: str


def setting_changes(a: Candidate, b: Candidate) -> tuple[SettingChange, ...]:
    """Return what differs in what is asked for of two candidates, the model first.

    These are the settings behind `requested_fingerprint`, but for the content of files.
    """
    return tuple(
        SettingChange(kind=kind, name=name, a=_words(before), b=_words(now))
        for kind, name, before, now in _pairs(a, b)
        if before != now
    )


def _pairs(a: Candidate, b: Candidate) -> Iterator[tuple[SettingKind, str, Any, Any]]:
    yield _model(a.model, b.model)
    yield "setting", "backend", a.backend, b.backend
    yield "setting", "base_url", a.base_url, b.base_url
    yield "prompt", "prompt", a.prompt, b.prompt
    yield "setting", "output mode", a.output, b.output
    for name, before, now in _each(to_plain(a.decoding), to_plain(b.decoding)):
        if name == "extra":
            for key, *values in _each(before or {}, now or {}):
                yield "decoding", key, *values
        else:
            yield "decoding", name, before, now
    for name, before, now in _each(a.options, b.options):
        if name == "adapters":
            yield "adapter", "adapter", _adapters(before), _adapters(now)
        elif name == "quantization":
            yield "quantization", name, before, now
        else:
            yield "setting", f"option {name}", before, now


def _model(a: str, b: str) -> tuple[SettingKind, str, str, str]:
    """The quantization where the names differ in it alone, else the model."""
    before, now = _QUANTIZED.fullmatch(a), _QUANTIZED.fullmatch(b)
    if before and now and before["model"] == now["model"]:
        return "quantization", "quantization", before["form"], now["form"]
    return "model", "model", a, b


def _each(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys((*a, *b)):
        yield name, a.get(name), b.get(name)


def _adapters(given: Any) -> str | None:
    """Adapters by their files, with their scales."""
    if not isinstance(given, list):
        return None
    return ", ".join(_adapter(one) for one in given) or None


def _adapter(given: Any) -> str:
    if not isinstance(given, Mapping):
        return str(given)
    path, scale = str(given.get("path", "")), given.get("scale")
    return path if scale in (None, 1) else f"{path} at scale {_words(scale)}"


def _words(value: Any) -> str:
    if value is None or value in ("", [], {}, ()):
        return _UNSET
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    text = value if isinstance(value, str) else canonical_json(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
