"""The Messages API against a stand-in that speaks its documented dialect; the hosted API was not asked."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.backends import Stage, open_backend
from evalkit.backends.bounds import bound_schema
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Answer, Constraint, Decoding, Fault, Request, Usage
from tests.backends.asking import REFUND, candidate, request
from tests.servers.messages import ERRORS, Message, MessagesStandIn

KEY = "sk-ant-planted-81c4"
BOTH_WAYS = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


def ask(server: MessagesStandIn, what: Request | None = None, **fields: Any) -> Answer:
    async def whole() -> Answer:
        async with server:
            asked = candidate("anthropic", model="stand-in", base_url=server.base_url, **fields)
            backend = open_backend(asked, Stage())
            try:
                await backend.start()
                return await backend.ask(what or request())
            finally:
                await backend.close()

    return asyncio.run(whole())


def fault_of(server: MessagesStandIn, **fields: Any) -> Fault:
    with pytest.raises(Fault) as raised:
        ask(server, **fields)
    return raised.value


def saying(*content: dict[str, Any], **fields: Any) -> MessagesStandIn:
    return MessagesStandIn(answer=lambda _: Message(content=content, **fields))


@BOTH_WAYS
def test_text_usage_and_the_model_come_back(stream):
    """Tokens written to the cache and read from it are input tokens too; only the read ones are cheap."""
    usage = {
        "input_tokens": 10, "cache_creation_input_tokens": 4, "cache_read_input_tokens": 6,
        "output_tokens": 9, "output_tokens_details": {"thinking_tokens": 2},
    }  # fmt: skip
    answer = ask(saying({"type": "text", "text": "yes"}, usage=usage), options={"stream": stream})
    assert (answer.text, answer.finish_reason, answer.refusal) == ("yes", "stop", None)
    assert answer.model_reported == "stand-in-20261101"
    assert (answer.usage.input_tokens, answer.usage.cached_input_tokens) == (20, 6)
    assert (answer.usage.output_tokens, answer.usage.reasoning_tokens) == (9, 2)
    assert (answer.ttft_s is not None) is stream
    assert answer.enforced == "none"


@BOTH_WAYS
def test_calls_come_back_in_order_beside_the_text(stream):
    """Thinking is neither; its first token counts as the first token."""
    server = saying(
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": "I will. "},
        {"type": "tool_use", "id": "t1", "name": "refund", "input": {"amount": 3}},
        {"type": "tool_use", "id": "t2", "name": "now", "input": {}},
        stop_reason="tool_use",
    )
    answer = ask(server, request(tools=(REFUND,)), options={"stream": stream})
    assert answer.text == "I will. "
    assert [(c.name, c.arguments) for c in answer.tool_calls] == [("refund", {"amount": 3}), ("now", {})]
    assert answer.finish_reason == "tool_calls"


def test_arguments_that_do_not_parse_are_kept_as_sent():
    """A call that was cut off is the model's mistake, to be shown as it was."""
    cut = {"type": "tool_use", "id": "t", "name": "refund", "input": {}, "raw": '{"amount": '}
    answer = ask(saying(cut, stop_reason="max_tokens"), request(tools=(REFUND,)))
    assert [(c.arguments, c.raw) for c in answer.tool_calls] == [(None, '{"amount": ')]
    assert answer.finish_reason == "length"


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        ("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"), ("pause_turn", "pause_turn"), ("unheard", "unheard"),
    ],
)  # fmt: skip
def test_stop_reasons_are_told_in_our_words(reason, ours):
    """`length` is what families read as truncated."""
    assert ask(saying({"type": "text", "text": "x"}, stop_reason=reason)).finish_reason == ours


@BOTH_WAYS
def test_a_refusal_is_the_model_s_word_not_a_fault(stream):
    """It is scored as refused, with what the server says of it, even without any text."""
    details = {"type": "refusal", "category": "cyber", "explanation": "not this"}
    answer = ask(saying(stop_reason="refusal", stop_details=details), options={"stream": stream})
    assert (answer.refusal, answer.finish_reason, answer.text) == ("not this", "refusal", None)


def test_a_chat_goes_out_in_the_protocol_s_words():
    """System text apart, results of one turn's calls together, text arguments as objects."""

    def call(number: int) -> dict[str, Any]:
        function = {"name": "refund", "arguments": json.dumps({"amount": number})}
        return {"id": f"c{number}", "type": "function", "function": function}

    chat = (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": None, "tool_calls": [call(1), call(2)]},
        {"role": "tool", "tool_call_id": "c1", "content": "done"},
        {"role": "tool", "tool_call_id": "c2", "content": "failed"},
        {"role": "user", "content": [{"type": "text", "text": "and now?"}]},
    )
    server = MessagesStandIn()
    what = request(messages=chat, tools=(REFUND,), tool_choice="required", decoding=Decoding(stop=("END",)))
    ask(server, what)
    body = server.asked[0]
    assert body["system"] == "Be brief."
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    uses, results = body["messages"][1]["content"], body["messages"][2]["content"]
    assert [(u["type"], u["id"], u["input"]) for u in uses] == [
        ("tool_use", "c1", {"amount": 1}), ("tool_use", "c2", {"amount": 2}),
    ]  # fmt: skip
    assert [(r["type"], r.get("tool_use_id"), r.get("text")) for r in results] == [
        ("tool_result", "c1", None), ("tool_result", "c2", None), ("text", None, "and now?"),
    ]  # fmt: skip
    assert body["tool_choice"] == {"type": "any"}
    assert body["tools"][0]["input_schema"] == REFUND["function"]["parameters"]
    assert (body["max_tokens"], body["stop_sequences"]) == (256, ["END"])


@pytest.mark.parametrize(("version", "sent"), [("2026-10-21", False), ("2023-06-01", True)])
def test_sampling_settings_go_only_where_the_protocol_takes_them(version, sent):
    """The newer version answers a temperature with an error; the manifest says whether it was sent."""
    server = MessagesStandIn()
    ask(server, request(decoding=Decoding(temperature=0.0, seed=3)), options={"api_version": version})
    assert ("temperature" in server.asked[0]) is sent
    assert "seed" not in server.asked[0]
    assert server.headers[0]["anthropic-version"] == version


CHOICE = Constraint(kind="choice", choices=("a", "b"))
CLOSED = {
    "type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"],
    "additionalProperties": False,
}  # fmt: skip


def test_a_form_is_bound_by_output_config_and_comes_back_bare():
    """A choice has to be wrapped into an object, and is taken out again."""
    server = saying({"type": "text", "text": '{"answer": "b"}'})
    answer = ask(server, request(constraint=CHOICE))
    assert (answer.text, answer.enforced) == ("b", "choice")
    assert server.asked[0]["output_config"]["format"]["schema"]["properties"]["answer"]["enum"] == ["a", "b"]

    server = saying({"type": "text", "text": '{"n": 3}'})
    answer = ask(server, request(constraint=Constraint(kind="json_schema", schema=CLOSED)))
    assert (answer.text, answer.enforced) == ('{"n": 3}', "json_schema")
    assert server.asked[0]["output_config"]["format"] == {"type": "json_schema", "schema": CLOSED}


def test_a_schema_that_is_not_taken_whole_is_not_called_enforced():
    """Limits are dropped, since the API refuses them; a list is wrapped, with its definitions at the root."""
    schema = {
        "type": "array", "items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"type": "integer", "minimum": 0}},
    }  # fmt: skip
    server = saying({"type": "text", "text": '{"answer": [1]}'})
    answer = ask(server, request(constraint=Constraint(kind="json_schema", schema=schema)))
    assert (json.loads(answer.text or ""), answer.enforced) == ([1], None)
    sent = server.asked[0]["output_config"]["format"]["schema"]
    assert sent["$defs"] == {"n": {"type": "integer"}}
    jsonschema.validate({"answer": [1, 2]}, sent)


def test_a_form_can_be_forced_through_a_tool():
    """For gateways and older models without structured output; nothing then vouches for the form."""
    form = {"type": "tool_use", "id": "t", "name": "answer", "input": {"answer": "a"}}
    server = saying(form, stop_reason="tool_use")
    answer = ask(server, request(constraint=CHOICE), options={"structured": "tool"})
    assert (answer.text, answer.tool_calls, answer.finish_reason, answer.enforced) == ("a", (), "stop", None)
    assert server.asked[0]["tool_choice"] == {"type": "tool", "name": "answer"}
    assert "output_config" not in server.asked[0]


def test_bound_calls_are_strict_where_the_schema_is_taken_whole():
    """And said to be enforced there only."""
    server = MessagesStandIn()
    tools = Constraint(kind="tools")
    assert ask(server, request(tools=(REFUND,), constraint=tools)).enforced == "tools"
    assert server.asked[0]["tools"][0]["strict"] is True
    open_tool = {"function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    server = MessagesStandIn()
    assert ask(server, request(tools=(open_tool,), constraint=tools)).enforced is None
    assert "strict" not in server.asked[0]["tools"][0]


@BOTH_WAYS
@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, "rejected", False), (401, "unauthorized", False), (403, "unauthorized", False),
        (404, "rejected", False), (429, "rate_limited", True), (500, "server_error", True),
        (529, "server_error", True),
    ],
)  # fmt: skip
def test_each_status_is_a_fault_of_its_kind(status, kind, retryable, stream):
    """529 is the API's word for overloaded: asked again, after the wait that it names."""
    fault = fault_of(MessagesStandIn(fault=status), options={"stream": stream})
    assert (fault.kind, fault.retryable, fault.http_status) == (kind, retryable, status)
    assert ERRORS[status] in fault.message
    assert fault.retry_after_s == (2.0 if status in (429, 529) else None)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("error_event", "server_error"), ("cut", "connection_failed"), ("hang", "timed_out")],
)
def test_a_stream_that_breaks_is_a_fault(fault, kind):
    """Half an answer is never scored as the whole."""
    raised = fault_of(MessagesStandIn(fault=fault), timeout_s=0.5)
    assert (raised.kind, raised.retryable) == (kind, True)


@BOTH_WAYS
def test_silence_is_a_fault_unless_said_otherwise(stream):
    """It is not silently scored as a wrong answer."""
    assert fault_of(saying(), options={"stream": stream}).kind == "empty_response"
    kept = ask(saying(), options={"stream": stream, "silence_is_fault": False})
    assert (kept.text, kept.finish_reason) == (None, "stop")


@pytest.mark.parametrize("body", ["<html>", "[]", '{"no": "type"}', '{"type": "message"}', '{"type": 3}'])
def test_what_is_not_the_protocol_is_a_fault(body):
    """Whatever a proxy in between may send."""
    from evalkit.backends.message_answers import MessageAssembly
    from evalkit.backends.messages import Form

    def read() -> Answer:
        assembly = MessageAssembly()
        assembly.feed(body.encode())
        form = Form(body={}, enforced=None)
        return assembly.answer(form, silence_is_fault=True, latency_s=0.0, ttft_s=None)

    with pytest.raises(Fault) as raised:
        read()
    assert raised.value.kind in ("malformed_response", "empty_response")


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda x: st.dictionaries(st.text(), x) | st.lists(x))
)
def test_no_event_whatever_it_holds_raises_anything_but_a_fault(value):
    """A server's bug costs one attempt, never the run."""
    from evalkit.backends.message_answers import MessageAssembly

    for kind in ("message", "message_start", "content_block_start", "content_block_delta", "message_delta"):
        event = {**(value if isinstance(value, dict) else {"x": value}), "type": kind, "message": value}
        assembly = MessageAssembly()
        with contextlib.suppress(Fault):
            assembly.feed(json.dumps(event).encode())
        assert isinstance(assembly.usage, Usage)


@pytest.mark.parametrize("status", [400, 500])
def test_the_key_goes_in_its_header_and_is_masked_in_errors(status, monkeypatch):
    """The stand-in quotes the header in its errors."""
    monkeypatch.setenv("PLANTED", KEY)
    server = MessagesStandIn(fault=status)
    fault = fault_of(server, api_key_env="PLANTED")
    assert server.headers[0]["x-api-key"] == KEY
    assert "[key]" in fault.message
    assert KEY not in fault.message + repr(fault)


def test_the_hosted_api_wants_its_usual_variable(monkeypatch):
    """Without base_url it is asked, and nothing is sent without a key."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    backend = open_backend(candidate("anthropic", model="m"), Stage())
    with pytest.raises(UnavailableError, match="ANTHROPIC_API_KEY is not set"):
        asyncio.run(backend.start())


def test_a_refused_key_is_said_at_the_start():
    """Before the first item."""
    with pytest.raises(UnavailableError, match="refuses the key"):
        ask(MessagesStandIn(models_status=401))


def test_an_unknown_way_of_structuring_is_a_configuration_error():
    """With the two that there are."""
    with pytest.raises(ConfigError, match="'output_config' or 'tool'"):
        open_backend(candidate("anthropic", options={"structured": "json"}), Stage())


def test_a_bounded_schema_says_whether_it_lost_anything():
    """Descriptions may go; a limit, an open object or a pattern may not go unsaid."""
    assert bound_schema({**CLOSED, "$schema": "x", "default": {}}) == (CLOSED, True)
    assert bound_schema({"type": "integer", "minimum": 1}) == ({"type": "integer"}, False)
    assert bound_schema({"type": "object", "properties": {}})[1] is False
    assert bound_schema({"anyOf": [{"type": "string", "maxLength": 3}]}) == (
        {"anyOf": [{"type": "string"}]},
        False,
    )
    assert bound_schema({"type": "string", "format": "date"}) == ({"type": "string", "format": "date"}, True)
