"""Keys are masked wherever an answer or a fault can hold text."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.backends.secrets import Secrets, read_key
from evalkit.errors import UnavailableError
from evalkit.records import Answer, Fault, ToolCall, Usage

KEY = 'sk-"planted"\\4f7c'
"""With characters that JSON and Python escape, so that a search in an escaped form would miss it."""
PLACES = [
    {"text": f"a {KEY} b"},
    {"refusal": KEY},
    {"finish_reason": KEY},
    {"model_reported": KEY},
    {"system_fingerprint": KEY},
    {"enforced": KEY},
    {"confidence_method": KEY},
    {"tool_calls": (ToolCall(name=KEY, arguments={KEY: [{"deep": KEY}]}),)},
    {"tool_calls": (ToolCall(name="f", raw=f"{{{KEY}"),)},
    {"label_logprobs": {KEY: -1.0}},
    {"server_metrics": {KEY: 1.0}},
]


def told(value: object) -> list[str]:
    """Every text inside a record, keys of mappings too."""
    if isinstance(value, str):
        return [value]
    if dataclasses.is_dataclass(value):
        return [t for f in dataclasses.fields(value) for t in told(getattr(value, f.name))]
    if isinstance(value, dict):
        return [t for pair in value.items() for part in pair for t in told(part)]
    if isinstance(value, (list, tuple)):
        return [t for part in value for t in told(part)]
    return []


@pytest.mark.parametrize("place", PLACES, ids=lambda p: next(iter(p)))
def test_a_key_is_masked_in_every_place_of_an_answer(place):
    """And nothing else of the answer changes."""
    answer = Answer(**{"usage": Usage(output_tokens=3), "latency_s": 1.0, **place})
    masked = Secrets([KEY]).mask_answer(answer)
    assert not [t for t in told(masked) if KEY in t]
    assert any("[key]" in t for t in told(masked))
    assert (masked.usage, masked.latency_s) == (answer.usage, answer.latency_s)


def test_every_text_of_an_answer_is_a_place_that_is_tried():
    """A field that is added later must be masked too; the labels are our own words, sent by nobody."""
    texts = {f.name for f in dataclasses.fields(Answer) if "str" in str(f.type)} - {"greedy_labels"}
    tried = {name for place in PLACES for name in place}
    assert texts | {"tool_calls"} <= tried


@given(st.text(), st.text(min_size=4, max_size=12))
def test_no_text_holds_the_key_afterwards_and_a_clean_one_stays(text, key):
    """Unless the mask itself forms one with what stands around it, which no real key does."""
    secrets = Secrets([key])
    if key not in text:
        assert secrets.mask(text) == text
    elif not set(key) & set("[key]"):
        assert key not in secrets.mask(text)


def test_a_fault_is_masked_before_it_is_cut():
    """Half a key at the end of a cut message would be a find."""
    for start in range(280, 300):
        fault = Secrets([KEY]).mask_fault(Fault("rejected", "x" * start + KEY, http_status=400))
        assert KEY[:5] not in fault.message
        assert (fault.kind, fault.http_status) == ("rejected", 400)


def test_secrets_show_nothing_of_themselves():
    """A repr ends up in tracebacks and logs."""
    assert KEY not in repr(Secrets([KEY]))
    assert Secrets([None, "", "abc"]).mask("abc") == "abc"


def test_a_key_is_read_without_the_line_end_of_a_file(monkeypatch):
    """And a variable that is set to nothing is not set."""
    monkeypatch.setenv("PLANTED", f" {KEY}\n")
    assert read_key("PLANTED", where="x") == KEY
    assert read_key(None, where="x") is None
    monkeypatch.setenv("PLANTED", " ")
    with pytest.raises(UnavailableError, match="export PLANTED="):
        read_key("PLANTED", where="x")
