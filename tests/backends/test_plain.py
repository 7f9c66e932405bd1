"""What a team's own system may give back: text, or an object of answer fields; anything else is a fault."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.backends.plain import FIELDS, plain_request, read_answer
from evalkit.backends.usage import MOST_TOKENS, MOST_USD
from evalkit.records import Fault
from tests.backends.asking import REFUND, candidate, request

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def test_text_is_an_answer_and_so_are_fields():
    """Usage may stand in an object of its own, as APIs put it, or beside the text."""
    assert read_answer("yes", latency_s=1.0).text == "yes"
    answer = read_answer(
        {"text": "yes", "usage": {"input_tokens": 3}, "output_tokens": 1, "confidence": 0.5, "cost_usd": 0},
        latency_s=1.0,
    )
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (3, 1)
    assert (answer.confidence, answer.cost_usd, answer.latency_s) == (0.5, 0.0, 1.0)


def test_an_object_as_text_becomes_json():
    """A system that extracts gives its object; the scorer reads JSON."""
    assert json.loads(read_answer({"text": {"total": 3}}, latency_s=0.0).text or "") == {"total": 3}


def test_calls_come_in_either_common_form():
    """Ours, and OpenAI's with text arguments; a text that does not parse is kept."""
    calls = [
        {"name": "refund", "arguments": {"amount": 3}},
        {"function": {"name": "refund", "arguments": '{"amount": 4}'}},
        {"name": "refund", "arguments": "{"},
    ]
    read = read_answer({"tool_calls": calls}, latency_s=0.0).tool_calls
    assert [(c.arguments, c.raw) for c in read] == [({"amount": 3}, None), ({"amount": 4}, None), (None, "{")]


@pytest.mark.parametrize(
    ("given", "kind", "match"),
    [
        (3, "malformed_response", "not int"),
        ({"txt": "a"}, "malformed_response", "did you mean 'text'"),
        ({"text": "a", "confidence": 2}, "malformed_response", "fraction"),
        ({"text": "a", "confidence": float("nan")}, "malformed_response", "fraction"),
        ({"text": "a", "cost_usd": "1"}, "malformed_response", "from 0"),
        ({"text": "a", "input_tokens": 1.5}, "malformed_response", "whole number"),
        ({"text": "a", "tool_calls": "x"}, "malformed_response", "list"),
        ({"tool_calls": [{"arguments": {}}]}, "malformed_response", '"name"'),
        ({}, "empty_response", "neither"),
        ({"error": "no route"}, "server_error", "no route"),
    ],
)
def test_what_is_no_answer_is_a_fault_that_says_why(given, kind, match):
    """The author of the function reads it; a wrong field must not be passed over."""
    with pytest.raises(Fault, match=match) as raised:
        read_answer(given, latency_s=0.0)
    assert raised.value.kind == kind


@pytest.mark.parametrize("cost", [-1, float("nan"), float("inf"), 10**400, MOST_USD * 1.001])
@pytest.mark.parametrize("tokens", [-1, MOST_TOKENS + 1, 10**30])
def test_a_figure_that_cannot_be_is_unknown_and_the_answer_is_kept(cost, tokens):
    """The answer was paid for; a sum that holds such a figure would say nothing, or not be written at all."""
    told = {"text": "a", "cost_usd": cost, "ttft_s": cost, "input_tokens": tokens}
    answer = read_answer(told, latency_s=0.0)
    assert (answer.text, answer.cost_usd, answer.usage.input_tokens) == ("a", None, None)
    largest = read_answer({"text": "a", "cost_usd": MOST_USD, "input_tokens": MOST_TOKENS}, latency_s=0.0)
    assert (largest.cost_usd, largest.usage.input_tokens) == (MOST_USD, MOST_TOKENS)


@given(VALUES | st.dictionaries(st.sampled_from(sorted(FIELDS)), VALUES))
def test_whatever_is_given_back_is_an_answer_or_a_fault(value):
    """A team's system is foreign code: nothing that it says may end a run."""
    try:
        read_answer(value, latency_s=0.0)
    except Fault as fault:
        raised = fault.kind
    else:
        raised = None
    assert raised in (None, "malformed_response", "empty_response", "server_error")


def test_the_request_is_plain_json_without_a_target():
    """What the receiver sees is what was sent to any other candidate."""
    made = plain_request(request(tools=(REFUND,)), candidate("python", model="m:f"))
    assert json.loads(json.dumps(made)) == made
    assert {"suite", "item_id", "repeat", "messages", "tools", "constraint", "decoding"} <= made.keys()
    assert not {"target", "alternatives"} & made.keys()
