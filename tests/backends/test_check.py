"""`models check`: a few tiny requests tell what a candidate can do, or what to do next."""

from __future__ import annotations

import asyncio
import sys

import pytest

from evalkit.backends import Stage, open_backend
from evalkit.backends.check import MOST_REQUESTS, check
from tests.backends.asking import candidate
from tests.servers.stand_in import Said, StandIn, always


def checked(server, **fields):
    async def whole():
        async with server:
            made = candidate("openai", model="stand-in", base_url=server.base_url, **fields)
            return await check(open_backend(made, Stage()))

    return asyncio.run(whole())


def capable(body):
    """A server that does all that it is asked."""
    if "tools" in body:
        return Said(tool_calls=(("get_weather", '{"city": "Paris"}'),), finish_reason="tool_calls")
    if "response_format" in body:
        return '{"code": "q7x", "urgent": true}'
    if "logprobs" in body:
        return Said(text="Blue", logprobs=(-0.1,))
    return f"letters{body['seed']}" if "seed" in body else "Blue"


def findings(found):
    return {f.name: f.can for f in found.findings}


def test_a_working_candidate_says_who_answered_and_how_fast():
    """With what the check took, in requests and tokens."""
    server = StandIn(answer=capable)
    found = checked(server)
    assert found.ok
    assert "Blue" in found.detail
    assert found.model_reported == "stand-in"
    assert found.latency_s is not None
    assert found.requests == len(server.asked) == MOST_REQUESTS
    assert found.usage.input_tokens == 7 * MOST_REQUESTS
    assert found.usage.output_tokens


def test_what_a_capable_server_can_do_is_found_out():
    """Each by a request that shows it."""
    found = checked(StandIn(answer=capable))
    assert findings(found) == dict.fromkeys(("tools", "json_schema", "logprobs", "seed", "streaming"), True)
    assert found.capabilities.json_schema is True


def test_a_schema_that_is_accepted_and_passed_over_is_found_out():
    """The question speaks against the form: only a bound decoding answers in it."""
    found = checked(StandIn(answer=lambda body: "HELLO" if "response_format" in body else capable(body)))
    assert findings(found)["json_schema"] is False
    assert found.capabilities.json_schema is False
    assert "not enforced" in next(f.detail for f in found.findings if f.name == "json_schema")


def test_declared_capabilities_give_way_to_what_is_seen():
    """A dialect promises what its server documents; this one keeps none of it."""
    found = checked(StandIn(answer=lambda _: "HELLO"), options={"dialect": "openai"})
    assert (found.capabilities.tools, found.capabilities.json_schema) == (False, False)


@pytest.mark.parametrize(
    ("calls", "can"),
    [
        ((), False),
        ((("get_weather", '{"town": "Paris"}'),), False),
        ((("other", '{"city": "Paris"}'),), False),
        ((("get_weather", '{"city": "Paris"}'),), True),
    ],
)
def test_a_required_call_must_be_made_and_fit(calls, can):
    """Some servers accept `required` and do as they like."""
    said = Said(text=None if calls else "It is sunny.", tool_calls=calls)
    found = checked(StandIn(answer=lambda body: said if "tools" in body else capable(body)))
    assert findings(found)["tools"] is can


def test_an_answer_that_is_cut_off_decides_nothing():
    """A model that reasons at length spends the few tokens of a check before it speaks."""
    said = Said(reasoning="hm", finish_reason="length")
    found = checked(StandIn(answer=lambda _: said))
    assert found.ok
    assert (findings(found)["tools"], findings(found)["json_schema"]) == (None, None)


@pytest.mark.parametrize(
    ("texts", "can"),
    [(("a", "a", "b"), True), (("a", "b"), False), (("a", "a", "a"), None)],
)
def test_a_seed_must_repeat_itself_and_nothing_else(texts, can):
    """A server that always answers alike shows nothing of its seed."""
    left = iter(texts)
    found = checked(StandIn(answer=lambda body: next(left) if "seed" in body else capable(body)))
    assert findings(found)["seed"] is can


@pytest.mark.parametrize(("fault", "can"), [("400", False), ("429", None), ("500", None)])
def test_a_refused_capability_is_told_from_a_bad_moment(fault, can):
    """A rejected request says no; an overloaded server says nothing."""
    server = StandIn(answer=capable, fault=lambda body, _n: fault if "tools" in body else None)
    found = checked(server)
    assert found.ok
    assert findings(found)["tools"] is can
    assert findings(found)["json_schema"] is True


def test_a_key_that_is_echoed_shows_nowhere_in_a_check(monkeypatch):
    """Neither in a failure nor in an answer or a finding."""
    monkeypatch.setenv("PLANTED", "sk-planted-12cd")
    for server in (
        StandIn(fault=always("400")),
        StandIn(answer=lambda _: "sk-planted-12cd", model="sk-planted-12cd"),
        StandIn(answer=capable, fault=lambda body, _n: "400" if "tools" in body else None),
    ):
        found = checked(server, api_key_env="PLANTED")
        assert "[key]" in repr(found)
        assert "sk-planted" not in repr(found)


def test_a_system_of_the_team_s_own_is_asked_once(tmp_path):
    """What it does with tools is its own affair."""
    program = "import sys\nfor line in sys.stdin: print('\"Blue\"', flush=True)"
    made = candidate("command", options={"command": [sys.executable, "-S", "-c", program]})
    found = asyncio.run(check(open_backend(made, Stage(root=tmp_path))))
    assert (found.ok, found.requests, found.findings) == (True, 1, ())


def test_a_fault_is_told_in_one_line():
    """The kind and the server's words."""
    found = checked(StandIn(fault=always("404")))
    assert not found.ok
    assert found.detail.startswith("rejected: the model does not exist")


def test_a_missing_key_is_told_with_the_next_step(monkeypatch):
    """Nothing raises: a list of candidates is checked one after the other."""
    monkeypatch.delenv("NOT_SET", raising=False)
    found = checked(StandIn(), api_key_env="NOT_SET")
    assert not found.ok
    assert "export NOT_SET=" in found.detail


def test_a_simulated_candidate_is_said_to_be_one():
    """A project with stand-ins passes its check, and nobody takes them for models."""
    found = asyncio.run(check(open_backend(candidate("simulated"), Stage())))
    assert found.ok
    assert found.detail.startswith("simulated")
