"""Streams as servers really send them: calls in pieces, errors under status 200, counts said twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.backends.chat import Assembly
from evalkit.backends.constraints import Binding
from evalkit.backends.dialects import DIALECTS
from evalkit.backends.message_answers import MessageAssembly
from evalkit.backends.messages import Form
from evalkit.backends.responses import Reply, read_stream
from evalkit.backends.usage import MOST_TOKENS, MOST_USD
from evalkit.prices import price_answer
from evalkit.records import Answer, Candidate, Fault, Price, ToolCall
from tests.backends.asking import candidate

UNBOUND = Binding(body={}, enforced="none")
BOM = b"\xef\xbb\xbf"
BONN, ULM = '{"city":"Bonn"}', '{"city":"Ulm"}'
TWO_CALLS = (
    ToolCall(name="get_weather", arguments={"city": "Bonn"}),
    ToolCall(name="get_weather", arguments={"city": "Ulm"}),
)


class Chunks:
    """A response whose body comes in these pieces."""

    status = 200
    headers: Mapping[str, str] = {"content-type": "text/event-stream"}

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = list(pieces)

    async def more(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def let_go(self) -> None:
        pass


def streamed(raw: bytes, assembly: Any = None) -> Any:
    """What the assembly is after such a body."""
    reply = Reply(assembly=assembly or Assembly())
    asyncio.run(read_stream(Chunks([raw]), reply, 0.0, lambda: None))
    return reply.assembly


def body(*events: Mapping[str, Any]) -> bytes:
    return b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events) + b"data: [DONE]\n\n"


def chunk(delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def said(*events: Mapping[str, Any], dialect: str = "generic") -> Answer:
    """The answer that a stream of these events gives."""
    assembly: Assembly = streamed(body(*events))
    return assembly.answer(UNBOUND, DIALECTS[dialect], latency_s=1.0, ttft_s=None)


def called(*fragments: Sequence[Mapping[str, Any]], dialect: str = "generic") -> tuple[ToolCall, ...]:
    """The calls of a stream with these fragments, each list an event."""
    events = [chunk({"tool_calls": list(parts)}) for parts in fragments]
    return said(*events, chunk({}, "tool_calls"), dialect=dialect).tool_calls


def part(
    arguments: Any = None, *, name: str | None = None, index: int | None = None, call_id: str | None = None
) -> dict[str, Any]:
    """A fragment that says only what is given."""
    function = {"name": name, "arguments": arguments}
    fields = {"index": index, "id": call_id, "function": {k: v for k, v in function.items() if v is not None}}
    return {key: value for key, value in fields.items() if value is not None}


def weather(arguments: Any, **fields: Any) -> dict[str, Any]:
    return part(arguments, name="get_weather", **fields)


@pytest.mark.parametrize(
    "events",
    [
        # As OpenAI sends them: named once, then by index alone.
        [[weather("", index=0, call_id="a")], [part(BONN, index=0)],
         [weather("", index=1, call_id="b")], [part(ULM[:5], index=1)], [part(ULM[5:], index=1)]],
        # Every call numbered 0: the ids differ.
        [[weather(BONN, index=0, call_id="a")], [weather(ULM, index=0, call_id="b")]],
        [[weather("", index=0, call_id="a")], [part(BONN, index=0)],
         [weather("", index=0, call_id="b")], [part(ULM, index=0)]],
        # Numbered 0 and told in turns: each fragment goes to the call of its id.
        [[weather(BONN[:4], index=0, call_id="a")], [weather(ULM[:6], index=0, call_id="b")],
         [part(BONN[4:], index=0, call_id="a")], [part(ULM[6:], index=0, call_id="b")]],
        # Numbered 0 without ids: what is complete cannot go on.
        [[weather(BONN, index=0)], [weather(ULM[:3], index=0)], [weather(ULM[3:], index=0)]],
        # No numbers, with ids and without.
        [[weather(BONN, call_id="a")], [weather(ULM, call_id="b")]],
        [[weather(BONN)], [weather(ULM)]],
        [[weather(BONN), weather(ULM)]],
        [[weather(BONN[:7])], [part(BONN[7:])], [weather(ULM[:7])], [part(ULM[7:])]],
        # Id and name in every fragment.
        [[weather(BONN[:4], index=0, call_id="a")], [weather(BONN[4:], index=0, call_id="a")],
         [weather(ULM[:4], index=1, call_id="b")], [weather(ULM[4:], index=1, call_id="b")]],
        # A new id for each fragment (vLLM before 0.7).
        [[weather("", index=0, call_id="a")], [part(BONN, index=0, call_id="b")],
         [weather("", index=1, call_id="c")], [part(ULM, index=1, call_id="d")]],
        # The name in pieces, the id late, the whole call once more at the end.
        [[part(name="get_", index=0)], [part(name="weather", index=0)], [part(BONN, index=0, call_id="a")],
         [weather(ULM, index=1, call_id="b")], [weather(ULM, index=1, call_id="b")]],
        # Arguments as objects.
        [[weather({"city": "Bonn"}, index=0)], [weather({"city": "Ulm"}, index=0)]],
        # An empty call in between, or at the end.
        [[weather(BONN, index=0, call_id="a")], [part("", name="", index=1, call_id="")],
         [weather(ULM, index=2, call_id="b")], [part("", name="", index=7)]],
        # The second call is told first.
        [[weather(ULM, index=1, call_id="b")], [weather(BONN, index=0, call_id="a")]],
    ],
)  # fmt: skip
def test_two_calls_are_two_however_they_are_numbered(events: list[list[dict[str, Any]]]) -> None:
    """A model that made both calls right must not be charged with its server's way to number them."""
    assert called(*events) == TWO_CALLS


def test_two_equal_calls_of_a_whole_message_are_two() -> None:
    """Each entry is a call, whatever its id."""
    call = {"id": "same", "index": 0, "function": {"name": "f", "arguments": "{}"}}
    message = {"choices": [{"message": {"tool_calls": [call, call]}, "finish_reason": "tool_calls"}]}
    assembly = Assembly()
    assembly.feed(json.dumps(message).encode())
    answer = assembly.answer(UNBOUND, DIALECTS["generic"], latency_s=0.0, ttft_s=None)
    assert answer.tool_calls == (ToolCall(name="f", arguments={}),) * 2


@pytest.mark.parametrize("broken", [BONN + "}", BONN + BONN, '{"city":"Bonn"'])
def test_broken_arguments_stay_broken_in_a_stream(broken: str) -> None:
    """What follows a whole object is the model's too: dropping it would credit a wrong call."""
    (call,) = called([weather(broken[:15], index=0, call_id="a")], [part(broken[15:], index=0)])
    assert (call.arguments, call.raw) == (None, broken)


json_objects = st.dictionaries(
    st.text(max_size=4),
    st.recursive(
        st.text(alphabet='\\"{}[]a', max_size=6) | st.integers() | st.none(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=5,
    ),
    max_size=3,
)


@given(first=json_objects, second=json_objects, data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])  # of a busy machine
def test_calls_without_number_and_id_are_told_apart_wherever_they_are_cut(
    first: Any, second: Any, data: st.DataObject
) -> None:
    """The end of a call is where its object is whole; braces and quotes within texts are not its end."""
    events = []
    for arguments in (first, second):
        text = json.dumps(arguments, ensure_ascii=data.draw(st.booleans()))
        at = sorted(data.draw(st.lists(st.integers(1, len(text)), max_size=3)))
        cuts = [0, *at, len(text)]
        events += [[weather(text[a:b])] for a, b in pairwise(cuts) if a < b]
    assert [call.arguments for call in called(*events)] == [first, second]


@pytest.mark.parametrize("dialect", ["generic", "llama.cpp"])
def test_an_answer_that_is_an_empty_call_is_the_endpoint_s_fault(dialect: str) -> None:
    """The model said something that its server lost: a fault, asked again, and no wrong answer."""
    with pytest.raises(Fault, match="without name and arguments") as raised:
        called([part("", name="", index=0, call_id="")], dialect=dialect)
    assert raised.value.kind == "empty_response"
    assert raised.value.retryable


def test_an_empty_call_beside_text_is_left_out() -> None:
    """The text is the answer."""
    ghost = chunk({"tool_calls": [part("", name="", index=0)]})
    answer = said(chunk({"content": "yes"}), ghost, chunk({}, "stop"))
    assert (answer.text, answer.tool_calls) == ("yes", ())


def test_a_call_by_its_name_alone_is_the_model_s() -> None:
    """A function without parameters is called so."""
    assert called([part("", name="now", index=0, call_id="a")]) == (ToolCall(name="now", arguments={}),)


@pytest.mark.parametrize("cut", range(7))
def test_a_byte_order_mark_loses_no_event(cut: int) -> None:
    """It may stand before a stream, and be cut in its middle."""
    raw = BOM + body(chunk({"content": "first "}), chunk({"content": "second"}, "stop"))
    reply = Reply(assembly=Assembly())
    asyncio.run(read_stream(Chunks([raw[:cut], raw[cut:]] if cut else [raw]), reply, 0.0, lambda: None))
    assert reply.assembly._text == ["first ", "second"]


ERRORS = [
    ({"object": "error", "message": "context too long", "type": "BadRequestError", "code": 400}, "rejected"),
    ({"object": "error", "message": "context too long", "type": "BadRequestError"}, "rejected"),
    ({"error": "context too long"}, "server_error"),
    ({"error": {"message": "context too long"}}, "server_error"),
    ({"error": {"message": "context too long", "code": 400}}, "rejected"),
    ({"error": {"message": "context too long", "code": "429"}}, "rate_limited"),
    ({"error": {"message": "context too long", "type": "invalid_request_error"}}, "rejected"),
    ({"error": {"message": "context too long", "code": 10**20}}, "server_error"),
    ({"error": {"code": 401, "message": {"error": "context too long"}}}, "unauthorized"),
    ({"type": "error", "error": {"type": "overloaded_error", "message": "context too long"}}, "server_error"),
    ([{"error": {"code": 400, "message": "context too long", "status": "INVALID_ARGUMENT"}}], "rejected"),
    ({"detail": "context too long"}, "server_error"),
    ({"detail": [{"loc": ["body", 0], "msg": "context too long", "type": "value_error"}]}, "rejected"),
    ({"message": "context too long", "code": 503}, "server_error"),
    ({"errors": [{"message": "context too long"}]}, "server_error"),
    ({"choices": [{"delta": {}, "finish_reason": "error", "error": {"message": "context too long"}}]},
     "server_error"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind"), ERRORS)
@pytest.mark.parametrize(
    "form", ["data: %s\n\ndata: [DONE]\n\n", "data: %s", "error: %s\n\n", "%s", "\n%s\n", "\ufeff%s"]
)
def test_an_error_inside_a_stream_keeps_the_server_s_words(error: Any, kind: str, form: str) -> None:
    """Status 200 is sent before anything goes wrong; the words are all that a person has to go by."""
    with pytest.raises(Fault, match="context too long") as raised:
        streamed((form % json.dumps(error)).encode())
    assert raised.value.kind == kind
    assert raised.value.http_status is None or 400 <= raised.value.http_status < 600


def test_an_error_over_several_lines_keeps_its_words() -> None:
    """Some gateways write their JSON for people."""
    with pytest.raises(Fault, match="context too long"):
        streamed(json.dumps(ERRORS[0][0], indent=2).encode())


def test_a_page_instead_of_a_stream_is_quoted() -> None:
    """A proxy's page under the stream's type says which proxy it was."""
    with pytest.raises(Fault, match="Bad gateway") as raised:
        streamed(b"<html>\n<h1>Bad gateway</h1>\n</html>")
    assert raised.value.kind == "malformed_response"


def test_an_error_after_tokens_tells_what_was_counted() -> None:
    """They are billed all the same."""
    counted = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
    with pytest.raises(Fault) as raised:
        said(chunk({"content": "x"}), counted, {"error": "out of memory"})
    assert (raised.value.usage.input_tokens, raised.value.usage.output_tokens) == (5, 2)


@pytest.mark.parametrize("error", [e for e, _ in ERRORS if isinstance(e, dict) and "choices" not in e])
def test_an_error_in_the_messages_protocol_keeps_the_server_s_words(error: dict[str, Any]) -> None:
    """Gateways speak it with errors of their own."""
    with pytest.raises(Fault, match="context too long"):
        streamed(f"event: error\ndata: {json.dumps(error)}\n\n".encode(), MessageAssembly())


def counted(*usages: Any, text: str = "x") -> Answer:
    """The answer of a stream that tells these usages."""
    events = [{"choices": [], "usage": usage} for usage in usages]
    return said(chunk({"content": text}), chunk({}, "stop"), *events)


def usage_of(
    prompt: Any = None, output: Any = None, total: Any = None, reasoning: Any = None
) -> dict[str, Any]:
    told = {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": total}
    details = {"completion_tokens_details": {"reasoning_tokens": reasoning}} if reasoning is not None else {}
    return {**{name: value for name, value in told.items() if value is not None}, **details}


@pytest.mark.parametrize(
    "later",
    [
        usage_of(0, 0, 0),
        usage_of(0),
        {"prompt_tokens": None},
        {"prompt_tokens": -1},
        "none",
        ["x"],
        {"cost": 0},
    ],
)
def test_nothing_that_comes_later_takes_a_count_away(later: Any) -> None:
    """A zero would make a paid answer free."""
    answer = counted({**usage_of(10, 5, 15), "cost": 0.25}, later)
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.cost_usd) == (10, 5, 0.25)


def test_a_later_count_replaces_an_earlier_one() -> None:
    """Some servers count along the way."""
    answer = counted(usage_of(0, 0), usage_of(10, 3), usage_of(10, 5))
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (10, 5)


@pytest.mark.parametrize("usage", [usage_of(0, 0, 0), usage_of(), {}])
def test_an_answer_of_no_tokens_is_not_counted(usage: Any) -> None:
    """There was a prompt, and there is a text: their counts are unknown, not zero."""
    answer = counted(usage)
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (None, None)


PRICED = Candidate(
    name="c", tier="mid", backend="openai", model="m",
    price=Price(input_usd_per_mtok=1.0, output_usd_per_mtok=10.0),
)  # fmt: skip
LISTED = candidate("openai", model="gpt-4o", base_url="https://api.openai.com/v1")


@pytest.mark.parametrize(
    ("usage", "output"),
    [
        (usage_of(100, 320, 420, 300), 320),  # within
        (usage_of(100, 20, 420, 300), 320),  # outside, as the total says
        (usage_of(100, 20, 420), 320),  # outside, and not told by name
        (usage_of(100, 20, None, 300), 320),  # more than the output holds
        (usage_of(100, 20, 120, 300), 320),
        (usage_of(100, 20, 120, 20), 20),  # just as much as it holds
        (usage_of(100, 20, 120, 21), 41),
        (usage_of(100, 20, 119), 20),  # a total that is too small says nothing
        (usage_of(100, 20, 121), 21),
        (usage_of(100, None, 420), 320),
        (usage_of(None, 20, 420, 10), 20),
    ],
)
def test_reasoning_outside_the_output_is_part_of_it(usage: Any, output: int) -> None:
    """It is billed as output; left out, a reasoning model looks many times too cheap."""
    answer = counted(usage)
    assert answer.usage.output_tokens == output
    assert (answer.usage.reasoning_tokens or 0) <= output


def test_reasoning_outside_the_output_has_its_price() -> None:
    """By declared prices and by the price library."""
    outside = counted(usage_of(100, 20, 420, 300)).usage
    assert price_answer(PRICED, outside, 1.0).cost_usd == pytest.approx((100 * 1 + 320 * 10) / 1e6)
    within = counted(usage_of(100, 320, 420, 300)).usage
    listed = price_answer(LISTED, outside, 1.0)
    assert str(listed.price_id).startswith("genai-prices")
    assert listed == price_answer(LISTED, within, 1.0)


POISONS = (
    "1e30", "1" + "0" * 30, "9" * 5_000, "-3", "NaN", "Infinity", '"5"', "true", "[1]", '{"a": 1}',
    str(MOST_TOKENS + 1),
)  # fmt: skip


@pytest.mark.parametrize("poison", POISONS)
def test_a_count_that_cannot_be_is_unknown_and_the_answer_is_kept(poison: str) -> None:
    """One such number kept a finished, paid run from being loaded, for ever."""
    whole = (
        '{"choices": [{"message": {"content": "yes", "tool_calls": []}, "finish_reason": "stop",'
        ' "logprobs": {"content": [{"logprob": %s}]}}],'
        ' "usage": {"prompt_tokens": %s, "completion_tokens": %s, "total_tokens": %s, "cost": %s,'
        ' "prompt_tokens_details": %s, "completion_tokens_details": {"reasoning_tokens": %s}},'
        ' "timings": {"prompt_ms": %s}}'
    ).replace("%s", poison)
    assembly = Assembly()
    assembly.feed(whole.encode())
    answer = assembly.answer(UNBOUND, DIALECTS["generic"], latency_s=0.0, ttft_s=None)
    assert answer.text == "yes"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (None, None)
    assert answer.usage.reasoning_tokens is None
    assert answer.cost_usd is None or 0 <= answer.cost_usd <= MOST_USD
    assert answer.confidence is None or 0 <= answer.confidence <= 1
    json.dumps([answer.confidence, *answer.server_metrics.values()], allow_nan=False)


def test_the_largest_count_is_a_count() -> None:
    """The limit itself is still believed."""
    assert counted(usage_of(MOST_TOKENS, 5)).usage.input_tokens == MOST_TOKENS


@pytest.mark.parametrize("cost", ["-0.01", "NaN", "Infinity", "1e400", "1000001", "1000000", "0"])
def test_a_charge_that_cannot_be_is_unknown(cost: str) -> None:
    """A budget that adds it up would never be spent, or be spent at once."""
    raw = body(chunk({"content": "x"}, "stop"), {"choices": [], "usage": {"cost": "COST"}})
    assembly = streamed(raw.replace(b'"COST"', cost.encode()))
    answer = assembly.answer(UNBOUND, DIALECTS["generic"], latency_s=0.0, ttft_s=None)
    assert answer.cost_usd == {"1000000": MOST_USD, "0": 0.0}.get(cost)


def test_a_log_probability_that_is_not_a_number_is_no_confidence() -> None:
    """It came out as certainty."""
    event = chunk({"content": "x"}, "stop")
    event["choices"][0]["logprobs"] = {"content": [{"logprob": -0.5}, {"logprob": float("nan")}]}
    answer = said(event)
    assert (answer.confidence, answer.confidence_method) == (None, None)


MESSAGE = {
    "type": "message_start",
    "message": {"model": "m", "usage": {"input_tokens": 9, "output_tokens": 1}},
}
STOP = {"type": "message_delta", "delta": {"stop_reason": "tool_use"},
        "usage": {"input_tokens": 0, "output_tokens": 4}}  # fmt: skip


def messages(*events: Mapping[str, Any]) -> Answer:
    raw = b"".join(b"data: %b\n\n" % json.dumps(e).encode() for e in (MESSAGE, *events, STOP))
    assembly: MessageAssembly = streamed(BOM + raw, MessageAssembly())
    return assembly.answer(Form(body={}, enforced=None), silence_is_fault=True, latency_s=0.0, ttft_s=None)


def block(name: str, text: str) -> list[dict[str, Any]]:
    """A call in the Messages protocol; its gateway numbers every block 0."""
    start = {"type": "tool_use", "id": name, "name": name, "input": {}}
    delta = {"type": "input_json_delta", "partial_json": text}
    return [
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "content_block_delta", "index": 0, "delta": delta},
    ]


def test_the_messages_protocol_keeps_calls_apart_and_counts_whole() -> None:
    """The same gateways speak it: every block numbered 0, zeros in the last usage."""
    answer = messages(*block("a", BONN), *block("b", ULM), *block("", ""))
    assert [(c.name, c.arguments) for c in answer.tool_calls] == [
        ("a", {"city": "Bonn"}),
        ("b", {"city": "Ulm"}),
    ]
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (9, 4)


def test_an_empty_call_in_the_messages_protocol_is_the_endpoint_s_fault() -> None:
    """As in the other one."""
    with pytest.raises(Fault, match="without name and arguments"):
        messages(*block("", ""))
