"""Claims about what changed in a candidate: it is named from what to what; hashes are the last resort."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evalkit.cli.comparison_text import comparison_text
from evalkit.comparison import Comparison, compare
from evalkit.comparison.settings import setting_changes
from evalkit.records import Candidate, Decoding, Manifest
from tests.economics.frames import make_manifest, make_samples

PLAIN = Candidate(name="c", tier="slim", backend="llamacpp", model="m-q8_0")
KEY = "sk-" + "a1" * 12


def changed(**fields: Any) -> list[tuple[str, str, str, str]]:
    return [(c.kind, c.name, c.a, c.b) for c in setting_changes(PLAIN, replace(PLAIN, **fields))]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, []),
        ({"model": "other-q8_0"}, [("model", "model", "m-q8_0", "other-q8_0")]),
        ({"model": "m-q4_k_m"}, [("quantization", "quantization", "q8_0", "q4_k_m")]),
        ({"model": "m"}, [("model", "model", "m-q8_0", "m")]),
        ({"backend": "vllm"}, [("setting", "backend", "llamacpp", "vllm")]),
        ({"base_url": "http://h/v1"}, [("setting", "base_url", "not set", "http://h/v1")]),
        ({"prompt": "short"}, [("prompt", "prompt", "default", "short")]),
        ({"output": "plain"}, [("setting", "output mode", "native", "plain")]),
        ({"decoding": Decoding(temperature=0.7)}, [("decoding", "temperature", "0", "0.7")]),
        ({"decoding": Decoding(max_tokens=1_000_000)}, [("decoding", "max_tokens", "256", "1000000")]),
        ({"decoding": Decoding(extra={"top_k": 5})}, [("decoding", "top_k", "not set", "5")]),
        ({"options": {"slots": 2}}, [("setting", "option slots", "not set", "2")]),
        ({"options": {"quantization": "fp8"}}, [("quantization", "quantization", "not set", "fp8")]),
        ({"options": {"adapters": ["a.gguf"]}}, [("adapter", "adapter", "not set", "a.gguf")]),
        (
            {"options": {"adapters": [{"path": "a.gguf", "scale": 0.5}, "b.gguf"]}},
            [("adapter", "adapter", "not set", "a.gguf at scale 0.5, b.gguf")],
        ),
        ({"name": "d", "tier": "mid", "concurrency": 9, "timeout_s": 1.0}, []),
    ],
)
def test_each_setting_is_named_from_what_to_what(
    fields: dict[str, Any], told: list[tuple[str, str, str, str]]
) -> None:
    """The first question about what broke is what was changed; what changes no answer is left out."""
    assert changed(**fields) == told


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        ("w/SmolLM2-135M-Instruct.Q4_1.gguf", "w/SmolLM2-135M-Instruct.Q8_0.gguf", "quantization"),
        ("w/SmolLM2-135M-Instruct.Q4_1.gguf", "w/SmolLM2-360M-Instruct.Q4_1.gguf", "model"),
        ("tuned-bf16", "tuned-iq2_xs", "quantization"),
        ("Qwen2.5-7B-AWQ", "Qwen2.5-7B-GPTQ", "quantization"),
        ("gpt-4", "gpt-5", "model"),
    ],
)
def test_a_quantization_is_told_from_another_model(a: str, b: str, kind: str) -> None:
    """The same weights with fewer bits are the commonest change of a slim model."""
    (change,) = setting_changes(replace(PLAIN, model=a), replace(PLAIN, model=b))
    assert change.kind == kind


def held_against(fingerprint: str = "f2", columns: dict[str, Any] | None = None, **fields: Any) -> Comparison:
    """One candidate in two runs, changed by these fields in the second."""
    a = make_samples([True, False])
    b = make_samples([True, False], requested_fingerprint=fingerprint, **(columns or {}))

    def manifest(**changes: Any) -> Manifest:
        made = make_manifest(a)
        entry = made.candidates[0]
        return replace(made, candidates=(replace(entry, candidate=replace(entry.candidate, **changes)),))

    return compare(a, b, manifest_a=manifest(), manifest_b=manifest(**fields))


def test_a_comparison_names_the_settings_and_no_hash() -> None:
    """Two fingerprints say that something differs, and nothing that a person can act on."""
    found = held_against(model="n", decoding=Decoding(temperature=0.7))
    assert [(c.kind, c.note) for c in found.caveats] == [
        ("model", "the model differs (m → n)"),
        ("decoding", "the temperature differs (0 → 0.7)"),
    ]
    assert "the temperature differs (A: 0; B: 0.7)" in comparison_text(found)


def test_a_prompt_of_another_name_is_said_once_and_another_text_by_its_hash() -> None:
    """The variant's name is the word for it; where that is the same, its text was edited."""
    other = held_against(columns={"prompt_hash": "p2"}, prompt="short")
    assert [c.note for c in other.caveats] == ["the prompt differs (default → short)"]
    edited = held_against("f1", {"prompt_hash": "p2"})
    assert [c.note for c in edited.caveats] == ["the text of the prompt differs (p1 → p2)"]


def test_a_hash_stands_where_nothing_else_tells_the_difference() -> None:
    """A key that changed is masked on both sides; the difference must still be said."""
    (caveat,) = held_against(options={}).caveats
    assert (caveat.kind, caveat.a, caveat.b) == ("fingerprint", "f1", "f2")


def test_no_key_is_shown() -> None:
    """Earlier versions wrote down what is refused today."""
    found = held_against(options={"headers": {"X-Secret": KEY}, "api_key": KEY, "slots": 3})
    assert KEY not in comparison_text(found)
    assert {c.message for c in found.caveats} >= {"the option slots differs", "the option headers differs"}


def test_of_the_machine_only_what_differs_is_said() -> None:
    """Four equal facts hide the fifth."""
    a = make_samples([True, False])
    one, other = make_manifest(a), make_manifest(a, machine={"system": "Linux", "cores": 8})
    (caveat,) = compare(a, a, manifest_a=one, manifest_b=other).caveats
    assert caveat.kind == "hardware"
    assert (caveat.a, caveat.b) == ("architecture x86_64, cores 2, processor cpu-1", "cores 8")
