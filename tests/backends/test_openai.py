"""The OpenAI-compatible backend against a stand-in server: answers, telemetry, every failure a fault."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from evalkit.backends import Stage, open_backend
from evalkit.backends.openai import OpenAI
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Answer, Candidate, Constraint, Decoding, Fault, Request
from tests.backends.asking import REFUND, candidate, request
from tests.servers.stand_in import Said, StandIn, always

KEY = "sk-planted-4f7c2e"
BOTH_WAYS = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


def hosted(server: StandIn, **fields: Any) -> Candidate:
    return candidate("openai", model=server.model, base_url=server.base_url, **fields)


def ask(server: StandIn, what: Request | None = None, **fields: Any) -> Answer:
    """One request through a started backend to a started server."""

    async def whole() -> Answer:
        async with server:
            backend = OpenAI(hosted(server, **fields), Stage())
            try:
                await backend.start()
                return await backend.ask(what or request())
            finally:
                await backend.close()

    return asyncio.run(whole())


def fault_of(server: StandIn, **fields: Any) -> Fault:
    with pytest.raises(Fault) as raised:
        ask(server, **fields)
    return raised.value


@BOTH_WAYS
def test_text_and_what_the_server_says_of_itself_come_back(stream):
    """Both forms of the protocol give the same answer."""
    answer = ask(StandIn(answer=lambda _: "two words"), options={"stream": stream})
    assert (answer.text, answer.finish_reason, answer.refusal) == ("two words", "stop", None)
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (7, 2)
    assert (answer.model_reported, answer.system_fingerprint) == ("stand-in", "fp_stand_in")
    assert answer.enforced == "none"
    assert not answer.simulated


@BOTH_WAYS
def test_tool_calls_come_back_parsed_and_in_order(stream):
    """Their arguments arrive in fragments; one that does not parse is kept as it was sent."""
    said = Said(
        tool_calls=(("refund", '{"amount": 3}'), ("now", ""), ("bad", '{"a":')), finish_reason="tool_calls"
    )
    answer = ask(StandIn(answer=lambda _: said), request(tools=(REFUND,)), options={"stream": stream})
    assert [(c.name, c.arguments, c.raw) for c in answer.tool_calls] == [
        ("refund", {"amount": 3}, None),
        ("now", {}, None),
        ("bad", None, '{"a":'),
    ]


@BOTH_WAYS
def test_refusal_and_detailed_usage_come_back(stream):
    """Cached and reasoning tokens have prices of their own."""
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 8},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    said = Said(refusal="I cannot help with that", usage=usage)
    answer = ask(StandIn(answer=lambda _: said), options={"stream": stream})
    assert answer.refusal == "I cannot help with that"
    assert (answer.usage.cached_input_tokens, answer.usage.reasoning_tokens) == (8, 4)


@BOTH_WAYS
def test_confidence_is_the_probability_of_the_whole_answer(stream):
    """The product of its tokens' probabilities: ½ × ½."""
    said = Said(text="a b", logprobs=(-0.6931471805599453, -0.6931471805599453))
    server = StandIn(answer=lambda _: said)
    answer = ask(server, request(want_logprobs=True), options={"stream": stream})
    assert answer.confidence == pytest.approx(0.25)
    assert server.asked[0].body["logprobs"] is True


@BOTH_WAYS
@pytest.mark.parametrize(
    "logprobs",
    [(-0.1, float("nan")), (float("nan"),), (-0.1, None), (5.0, -6.0), (1e9,), (-0.1, "-0.2"), (10**400,)],
)
def test_what_is_not_a_log_probability_is_no_confidence(stream, logprobs):
    """The smaller of 1 and NaN is 1 in Python: a broken number passed for certainty."""
    server = StandIn(answer=lambda _: Said(text="a b", logprobs=logprobs))
    answer = ask(server, request(want_logprobs=True), options={"stream": stream})
    assert (answer.text, answer.confidence, answer.confidence_method) == ("a b", None, None)


@pytest.mark.parametrize(("logprob", "confidence"), [(1e-4, 1.0), (-(10**400), 0.0), (float("-inf"), 0.0)])
def test_rounding_above_nothing_is_certainty_and_no_chance_is_none(logprob, confidence):
    """A served float may lie a hair above 0, and an impossible token has minus infinity."""
    server = StandIn(answer=lambda _: Said(text="a", logprobs=(logprob,)))
    assert ask(server, request(want_logprobs=True)).confidence == confidence


def test_time_to_first_token_is_measured_within_the_latency():
    """Streaming is on by default for its sake."""
    answer = ask(StandIn(latency_s=0.05))
    assert answer.ttft_s is not None
    assert answer.latency_s is not None
    assert 0.05 <= answer.ttft_s <= answer.latency_s < 5


def test_decoding_goes_out_under_the_server_s_own_names():
    """Settings that are None are left to the server; `extra` and `body` go as they are."""
    server = StandIn()
    decoding = Decoding(
        temperature=0.5, top_p=None, max_tokens=11, seed=3, stop=("END",), extra={"min_p": 0.1}
    )
    options = {
        "max_tokens_field": "max_completion_tokens",
        "body": {"user": "u"},
        "headers": {"X-Team": "evals"},
    }
    ask(server, request(decoding=decoding), options=options, harmless=("X-Team",))
    asked = server.asked[0]
    expected = {
        "temperature": 0.5,
        "max_completion_tokens": 11,
        "seed": 3,
        "stop": ["END"],
        "min_p": 0.1,
        "user": "u",
    }
    assert expected.items() <= asked.body.items()
    assert not {"top_p", "max_tokens", "tools", "logprobs"} & asked.body.keys()
    assert asked.headers["X-Team"] == "evals"


@BOTH_WAYS
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("429", "rate_limited"),
        ("500", "server_error"),
        ("503", "server_error"),
        ("400", "rejected"),
        ("404", "rejected"),
        ("401", "unauthorized"),
        ("quota", "rejected"),
        ("redirect", "rejected"),
        ("drop", "connection_failed"),
        ("cut", "connection_failed"),
        ("malformed", "malformed_response"),
        ("not_object", "malformed_response"),
        ("empty", "empty_response"),
        ("null", "empty_response"),
        ("no_choices", "empty_response"),
        ("error_in_200", "server_error"),
    ],
)
def test_each_failure_is_a_fault_of_its_kind(fault, kind, stream):
    """The kind decides whether asking again can help, and what availability is charged with."""
    assert fault_of(StandIn(fault=always(fault)), options={"stream": stream}).kind == kind


@pytest.mark.parametrize(("stream", "kind"), [(True, "connection_failed"), (False, "malformed_response")])
def test_an_answer_that_ends_in_its_middle_is_a_fault(stream, kind):
    """Half an answer must never be scored as if it were the whole."""
    server = StandIn(answer=lambda _: "a long answer", fault=always("truncated"))
    assert fault_of(server, options={"stream": stream}).kind == kind


def test_a_hang_is_a_timeout():
    """No whole answer within the candidate's limit."""
    assert fault_of(StandIn(fault=always("hang")), timeout_s=0.2).kind == "timed_out"


def test_a_late_first_token_is_a_timeout_of_its_own():
    """A stuck queue is told from a long answer."""
    options = {"first_token_timeout_s": 0.1}
    assert fault_of(StandIn(fault=always("hang")), timeout_s=20.0, options=options).kind == "timed_out"


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("x", None, None),
        ("Wed, 21 Oct 2015 07:28:00 -9999999999", None, None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(header, low, high):
    """A date in the past asks for no wait; nonsense asks for nothing."""
    fault = fault_of(StandIn(fault=always("429"), retry_after=header))
    if low is None:
        assert fault.retry_after_s is None
    else:
        assert low <= fault.retry_after_s <= high
    assert fault.http_status == 429


@pytest.mark.parametrize("fault", ["400", "401", "500"])
def test_a_key_that_the_server_echoes_is_redacted(fault, monkeypatch):
    """Some servers quote the request in their error; the stand-in does so on purpose."""
    monkeypatch.setenv("PLANTED", KEY)
    raised = fault_of(StandIn(fault=always(fault)), api_key_env="PLANTED")
    assert "[key]" in raised.message
    assert KEY not in repr(raised) + raised.message + str(raised)


def test_the_key_goes_to_the_server_and_shows_nowhere_else(monkeypatch):
    """Neither in the backend's repr nor in what it says of itself."""
    monkeypatch.setenv("PLANTED", f"{KEY}\n")
    server = StandIn(key=KEY)

    async def whole() -> str:
        async with server:
            backend = OpenAI(hosted(server, api_key_env="PLANTED"), Stage())
            found = await backend.start()
            await backend.ask(request())
            shown = repr(backend) + repr(found) + repr(vars(backend))
            await backend.close()
            return shown

    assert KEY not in asyncio.run(whole())
    assert server.asked[0].headers["Authorization"] == f"Bearer {KEY}"


def test_a_key_header_of_its_own_carries_the_bare_key(monkeypatch):
    """Some gateways want the key in a header of another name."""
    monkeypatch.setenv("PLANTED", KEY)
    server = StandIn()
    ask(server, api_key_env="PLANTED", options={"key_header": "api-key"})
    assert server.asked[0].headers["api-key"] == KEY
    assert "Authorization" not in server.asked[0].headers


def test_a_missing_key_names_the_variable_before_anything_is_sent(monkeypatch):
    """The first thing that a new user meets."""
    monkeypatch.delenv("NOT_SET", raising=False)
    server = StandIn()
    with pytest.raises(UnavailableError, match="NOT_SET"):
        ask(server, api_key_env="NOT_SET")
    assert (server.asked, server.listed) == ([], 0)


def test_an_endpoint_that_is_down_is_found_at_the_start():
    """Before the first item, with what to look at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    backend = OpenAI(candidate("openai", base_url=f"http://127.0.0.1:{port}/v1"), Stage())
    with pytest.raises(UnavailableError, match="cannot be reached"):
        asyncio.run(backend.start())


@pytest.mark.parametrize(
    ("base_url", "match"),
    [
        (None, "missing"),
        ("ftp://x/v1", "no http address"),
        ("http://user:secret@x/v1", "user name or password"),
    ],
)
def test_a_wrong_base_url_is_a_configuration_error(base_url, match):
    """And its password is not repeated."""
    with pytest.raises(ConfigError, match=match) as raised:
        open_backend(candidate("openai", base_url=base_url), Stage())
    assert "secret" not in str(raised.value)
    assert "candidates.c.base_url" in str(raised.value)


def test_a_model_that_is_not_listed_is_said_with_near_names():
    """A misspelt model name costs one line, not a run."""
    told: list[str] = []
    server = StandIn(model="qwen3-8b")

    async def whole() -> None:
        async with server:
            backend = OpenAI(
                candidate("openai", model="qwen-8b", base_url=server.base_url), Stage(progress=told.append)
            )
            await backend.start()
            await backend.close()

    asyncio.run(whole())
    assert "qwen3-8b" in told[0]


@pytest.mark.parametrize(
    ("owner", "field"), [("vllm", "structured_outputs"), ("llamacpp", "grammar"), ("x", "response_format")]
)
def test_the_dialect_is_learnt_from_the_list_of_models(owner, field):
    """A vLLM or llama.cpp server on any port is asked in its own words."""
    server = StandIn(owned_by=owner, answer=lambda _: '{"answer": "a"}')
    ask(server, request(constraint=Constraint(kind="choice", choices=("a", "b"))))
    assert field in server.asked[0].body


def test_a_wrapped_choice_comes_back_bare_and_an_unbound_one_is_said():
    """A server that passes over the schema is found out by its answer."""
    what = request(constraint=Constraint(kind="choice", choices=("a", "b")))
    bound = ask(StandIn(answer=lambda _: '{"answer": "a"}'), what, options={"dialect": "openai"})
    assert (bound.text, bound.enforced) == ("a", "choice")
    unbound = ask(StandIn(answer=lambda _: "I think a"), what, options={"dialect": "openai"})
    assert (unbound.text, unbound.enforced) == ("I think a", "none")


def test_silence_of_a_small_local_model_is_an_answer():
    """llama.cpp's end-of-text as the first token is the model's mistake, not the server's failing."""
    answer = ask(StandIn(fault=always("empty")), options={"dialect": "llama.cpp"})
    assert not answer.text


def test_silence_for_lack_of_tokens_is_an_answer():
    """A reasoning model that spends its limit before it speaks has been cut off: truncated, not faulted."""
    said = Said(reasoning="hm", finish_reason="length")
    answer = ask(StandIn(answer=lambda _: said))
    assert (answer.text, answer.finish_reason) == (None, "length")


def test_hostile_text_comes_back_as_text():
    """NUL and lone surrogates would break the journal and the store further down."""
    answer = ask(StandIn(answer=lambda _: "a\x00b\ud800"))
    assert answer.text == "a\ufffdb\ufffd"


def test_proxy_variables_are_not_read(monkeypatch):
    """A request goes where the candidate says; the proxy here would refuse every connection."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert ask(StandIn()).text == "ok"


def test_connections_are_used_again():
    """A new connection for each request would cost more than the request."""
    server = StandIn()

    async def whole() -> None:
        async with server:
            backend = OpenAI(hosted(server), Stage())
            await backend.start()
            for _ in range(5):
                await backend.ask(request())
            await backend.close()

    asyncio.run(whole())
    assert len({asked.peer for asked in server.asked}) == 1


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"stram": True}, "did you mean 'stream'"),
        ({"stream": 1}, "must be true or false"),
        ({"dialect": "vlm"}, "did you mean 'vllm'"),
        ({"ca_file": "nowhere.pem"}, "CA file"),
    ],
)
def test_a_wrong_option_says_where_and_what_it_should_be(options, match):
    """An unknown key is an error, not silence."""
    with pytest.raises(ConfigError, match=match):
        ask(StandIn(), options=options)


def test_closing_twice_and_after_a_failed_start_is_safe():
    """A run closes everything whatever happened before."""

    async def whole() -> None:
        backend = OpenAI(candidate("openai", base_url="http://127.0.0.1:9/v1"), Stage())
        await backend.close()
        with pytest.raises(UnavailableError):
            await backend.start()
        await backend.close()
        await backend.close()
        with pytest.raises(Fault):
            await backend.ask(request())

    asyncio.run(whole())


def test_closing_ends_what_is_in_flight():
    """Ctrl-C must not wait for a server that hangs; what was asked is a fault, not a hang of ours."""

    async def whole() -> BaseException:
        async with StandIn(fault=always("hang")) as server:
            backend = OpenAI(hosted(server), Stage())
            await backend.start()
            asked = asyncio.create_task(backend.ask(request()))
            await asyncio.sleep(0.05)
            await backend.close()
            async with asyncio.timeout(1):
                (fault,) = await asyncio.gather(asked, return_exceptions=True)
        return fault

    fault = asyncio.run(whole())
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.message) == ("connection_failed", "the backend was closed")
