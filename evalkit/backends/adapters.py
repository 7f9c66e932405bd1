"""LoRA adapters of a llama.cpp candidate: as its options name them, and whether they fit its weights.

llama.cpp gives one vague error for every adapter that it cannot load, and blames the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.backends.options import path_under
from evalkit.errors import ConfigError, EvalkitError, UnavailableError, near_names
from evalkit.models.cache import is_gguf
from evalkit.models.gguf_header import GgufHeader, read_header
from evalkit.records import Candidate

CONVERT = "`convert_lora_to_gguf.py` of llama.cpp makes one of a PEFT adapter"
ANOTHER = "take an adapter that was trained on this model"
LARGEST_SCALE = 3.4e38
"""What 32 bits hold, as the runtime has it."""
EMBEDDINGS = "token_embd.weight"
"""The matrix whose pair llama.cpp has the other way round."""
FORM = "a path, or `{path: adapter.gguf, scale: 0.5}`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Adapter:
    """One adapter of a candidate."""

    name: str
    """Its path as the options have it."""
    path: Path
    scale: float = 1.0
    """What its change of the weights is multiplied by; at 0 it changes nothing."""


def read_adapters(candidate: Candidate, root: Path) -> tuple[Adapter, ...]:
    """What the option `adapters` names; relative paths begin at `root`.

    Raises:
        ConfigError: An entry is neither a path nor a mapping with one, or its scale is no number.
    """
    where = f"candidates.{candidate.name}.options.adapters"
    given = candidate.options.get("adapters", [])
    return tuple(_adapter(entry, root, f"{where}.{n}") for n, entry in enumerate(given))


def _adapter(entry: Any, root: Path, where: str) -> Adapter:
    plain = {"path": entry} if isinstance(entry, str) else entry
    if not isinstance(plain, dict):
        raise ConfigError(f"an adapter must be {FORM}, not {entry!r}", where=where)
    for key in plain:
        if key not in ("path", "scale"):
            raise ConfigError(
                f"an adapter has no {key!r}", where=where, hint=near_names(str(key), ("path", "scale"))
            )
    name, scale = plain.get("path"), plain.get("scale", 1.0)
    if not isinstance(name, str) or not name:
        raise ConfigError(f"the adapter's path is missing: it must be {FORM}", where=where)
    # Not a number compares as false.
    if isinstance(scale, bool) or not isinstance(scale, (int, float)) or not abs(scale) <= LARGEST_SCALE:
        raise ConfigError(f"scale must be a number, not {scale!r}", where=f"{where}.scale")
    return Adapter(name=name, path=path_under(root, name), scale=float(scale))


def check_adapters(candidate: Candidate, adapters: Sequence[Adapter], weights: Path) -> None:
    """Each file is a LoRA adapter, whole, and made for these weights.

    Raises:
        UnavailableError: One is not; names the file and what to do.
    """
    if not adapters:
        return
    model = read_header(weights)
    for number, adapter in enumerate(adapters):
        try:
            _check_fit(adapter, _read_adapter(adapter), weights, model)
        except EvalkitError as error:
            where = f"candidates.{candidate.name}.options.adapters.{number}"
            raise UnavailableError(error.message, where=where, hint=error.hint) from error


def _read_adapter(adapter: Adapter) -> GgufHeader:
    _check_file(adapter)
    found = read_header(adapter.path)
    kind, form = found.fields.get("general.type", "model"), found.fields.get("adapter.type")
    if kind != "adapter":
        hint = f"`model` takes weights; {CONVERT}"
        raise UnavailableError(f"{adapter.name} is not an adapter: its general.type is {kind!r}", hint=hint)
    if form != "lora":
        message = f"the adapter {adapter.name} is of the type {form!r}, and llama.cpp serves lora alone"
        raise UnavailableError(message, hint=CONVERT)
    return found


def _check_file(adapter: Adapter) -> None:
    try:
        if not adapter.path.exists():
            hint = "check the path; a relative one begins at the folder of evalkit.yaml"
            raise UnavailableError(f"there is no adapter at {adapter.path}", hint=hint)
        if not adapter.path.is_file() or not is_gguf(adapter.path):
            raise UnavailableError(f"the adapter {adapter.name} is not a GGUF file", hint=CONVERT)
    except OSError as error:
        raise UnavailableError(f"the adapter {adapter.path} cannot be read: {error.strerror}") from error


def _check_fit(adapter: Adapter, header: GgufHeader, weights: Path, model: GgufHeader) -> None:
    """As llama.cpp checks it; what it would take is never refused here."""
    architecture = "general.architecture"
    made_for, served = header.fields.get(architecture), model.fields.get(architecture)
    if made_for != served:
        message = (
            f"the adapter {adapter.name} is for the architecture {made_for!r}, {weights.name} has {served!r}"
        )
        raise UnavailableError(message, hint=ANOTHER)
    # The first file of several holds a part of the tensors alone.
    whole = model.count("split.count", 1) == 1
    for problem in _misfits(header, model) if whole else ():
        raise UnavailableError(
            f"the adapter {adapter.name} does not fit {weights.name}: {problem}", hint=ANOTHER
        )


def _misfits(adapter: GgufHeader, model: GgufHeader) -> Iterator[str]:
    for name in dict.fromkeys(_target(n) for n in adapter.tensors if n.endswith((".lora_a", ".lora_b"))):
        a, b = adapter.tensors.get(f"{name}.lora_a"), adapter.tensors.get(f"{name}.lora_b")
        matrix = model.tensors.get(name)
        if a is None or b is None:
            yield f"one half of its change to {name!r} is missing"
        elif matrix is None:
            yield f"it changes {name!r}, which the model has not"
        elif _changed_shape(name, a, b) != matrix[:2]:
            ours, theirs = (" × ".join(map(str, s)) for s in (_changed_shape(name, a, b), matrix[:2]))
            yield f"its change to {name!r} is {ours}, the model's matrix is {theirs}"
        elif not name.endswith(EMBEDDINGS) and a[1:2] != b[:1]:
            yield f"the halves of its change to {name!r} do not fit each other"


def _target(name: str) -> str:
    return name.removesuffix(".lora_a").removesuffix(".lora_b")


def _changed_shape(name: str, a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the matrix that a pair changes."""
    first, second = (b[1:2], a[1:2]) if name.endswith(EMBEDDINGS) else (a[:1], b[1:2])
    return (*first, *second)
