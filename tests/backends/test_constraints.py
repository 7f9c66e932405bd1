"""A constraint in each dialect: what is sent, what is claimed to be enforced, how the answer is read back."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.backends.constraints import bind, fits_strict, grammar_of, read_calls, schema_of_calls
from evalkit.backends.dialects import DIALECTS
from evalkit.records import Constraint, Fault
from tests.backends.asking import REFUND, request

CHOICE = Constraint(kind="choice", choices=("billing", "login"))
OPEN_SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("dialect", "field"),
    [
        ("vllm", "structured_outputs"),
        ("vllm-before-0.12", "guided_choice"),
        ("llama.cpp", "grammar"),
        ("openai", "response_format"),
        ("generic", "response_format"),
    ],
)
def test_a_choice_is_asked_for_in_the_dialect_s_own_field(dialect, field):
    """A field that the server does not know is passed over in silence: the answer would be unbound."""
    binding = bind(request(constraint=CHOICE), DIALECTS[dialect])
    assert set(binding.body) == {field}
    assert binding.enforced == (None if dialect == "generic" else "choice")


def test_a_wrapped_choice_is_read_back_as_the_bare_label():
    """Scorers see the same text whatever the form in which the server had to be asked."""
    binding = bind(request(constraint=CHOICE), DIALECTS["openai"])
    assert binding.read is not None
    assert binding.read('{"answer": "login"}') == ("login", ())
    assert binding.read("login") is None
    assert binding.read('{"answer": 3}') is None
    assert binding.read("[" * 100_000) is None


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_a_grammar_keeps_each_choice_inside_its_quotes(choices):
    """A label with a quote or a backslash must not end its literal: llama.cpp then answers with nothing."""
    grammar = grammar_of(tuple(choices))
    inside = False
    literals = 0
    position = 0
    while position < len(grammar):
        character = grammar[position]
        if character == "\\":
            assert inside
            position += 1
        elif character == '"':
            inside = not inside
            literals += inside
        else:
            assert inside or character in "root:= |"
            assert ord(character) >= 32
        position += 1
    assert (inside, literals) == (False, len(choices))


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda d: d.name)
@pytest.mark.parametrize("constraint", [Constraint(kind=k) for k in ("choice", "json_schema", "tools")])
def test_a_constraint_that_says_nothing_is_unsupported(dialect, constraint):
    """Sending it would bring an unbound answer that looks bound."""
    with pytest.raises(Fault) as raised:
        bind(request(constraint=constraint), dialect)
    assert raised.value.kind == "unsupported"


def test_strict_goes_only_with_a_schema_that_openai_accepts():
    """OpenAI refuses a strict schema with an open object, so it is sent unstrict and not called enforced."""
    sent = bind(request(constraint=Constraint(kind="json_schema", schema=OPEN_SCHEMA)), DIALECTS["openai"])
    assert "strict" not in sent.body["response_format"]["json_schema"]
    assert sent.enforced is None
    closed = {**OPEN_SCHEMA, "required": ["a"], "additionalProperties": False}
    sent = bind(request(constraint=Constraint(kind="json_schema", schema=closed)), DIALECTS["openai"])
    assert sent.body["response_format"]["json_schema"]["strict"] is True
    assert sent.enforced == "json_schema"


@pytest.mark.parametrize(
    ("schema", "fits"),
    [
        ({"type": "string"}, True),
        (REFUND["function"]["parameters"], True),
        ({"type": "object"}, False),
        ({"type": "array", "items": OPEN_SCHEMA}, False),
        ({"anyOf": [{"type": "string"}, OPEN_SCHEMA]}, False),
    ],
)
def test_the_strict_subset_is_closed_objects_with_all_properties_required(schema, fits):
    """At every depth: one open object makes the whole schema unfit."""
    assert fits_strict(schema) is fits


def test_vllm_gets_strict_tools():
    """Its arguments follow the schema only with `strict: true`."""
    asked = request(tools=(REFUND,), tool_choice="required", constraint=Constraint(kind="tools"))
    binding = bind(asked, DIALECTS["vllm"])
    assert binding.body["tools"][0]["function"]["strict"] is True
    assert binding.body["tool_choice"] == "required"
    assert binding.enforced == "tools"


def test_llama_cpp_binds_calls_by_a_schema_and_reads_them_back():
    """Its `tool_choice: required` is accepted and not enforced: a schema of the call is."""
    asked = request(tools=(REFUND,), tool_choice="required", constraint=Constraint(kind="tools"))
    binding = bind(asked, DIALECTS["llama.cpp"])
    assert "tool_choice" not in binding.body
    assert binding.body["response_format"]["json_schema"]["schema"]["minItems"] == 1
    _, calls = read_calls('[{"name": "refund", "arguments": {"amount": 3}}]')
    assert [(c.name, c.arguments) for c in calls] == [("refund", {"amount": 3})]


def test_llama_cpp_leaves_calls_unbound_where_none_may_be_right():
    """And says so: the record must not claim a bound that the server does not keep."""
    asked = request(tools=(REFUND,), tool_choice="auto", constraint=Constraint(kind="tools"))
    binding = bind(asked, DIALECTS["llama.cpp"])
    assert binding.body == {"tools": [REFUND], "tool_choice": "auto"}
    assert binding.enforced == "none"


@pytest.mark.parametrize(
    ("calls", "fits"),
    [
        ([{"name": "refund", "arguments": {"amount": 1}}], True),
        ([], False),
        ([{"name": "other", "arguments": {}}], False),
        ([{"name": "refund", "arguments": {"amount": "1"}}], False),
    ],
)
def test_the_schema_of_calls_admits_exactly_calls_of_the_tools(calls, fits):
    """Held against an independent validator."""
    schema = schema_of_calls((REFUND, {**REFUND, "function": {"name": "none"}}))
    assert jsonschema.Draft202012Validator(schema).is_valid(calls) is fits


@pytest.mark.parametrize("text", ["", "no", "{}", "[1]", '[{"name": "x"}]', "[" * 100_000])
def test_text_that_is_no_list_of_calls_stays_text(text):
    """Model output is hostile: whatever it holds, reading it does not raise."""
    assert read_calls(text) in (None, (None, ()))
