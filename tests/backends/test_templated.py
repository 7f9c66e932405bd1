"""Any HTTP endpoint as the candidate: templates of the body, paths into the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from evalkit.backends import Stage, open_backend
from evalkit.backends.templated import compile_body, value_at
from evalkit.errors import ConfigError
from evalkit.records import Answer, Fault
from tests.backends.asking import candidate, request

KEY = "sk-planted-31aa"


def ask(reply: Any, options: dict[str, Any], seen: list[Any] | None = None, **fields: Any) -> Answer:
    """One request to a server that gives this reply: JSON, or what a function makes of the request."""

    async def answer(asked: web.Request) -> web.Response:
        body = await asked.json()
        if seen is not None:
            seen.append((asked.method, asked.path, dict(asked.headers), body))
        given = reply(asked) if isinstance(reply, Callable) else reply
        return given if isinstance(given, web.Response) else web.json_response(given)

    async def whole() -> Answer:
        app = web.Application()
        app.router.add_route("*", "/v2/route", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v2/route"
        backend = open_backend(
            candidate("http", base_url=url, model="m1", options=options, **fields), Stage()
        )
        try:
            await backend.start()
            return await backend.ask(request())
        finally:
            await backend.close()
            await runner.cleanup()

    return asyncio.run(whole())


def test_a_structure_is_filled_and_the_answer_found_by_its_path():
    """One expression keeps its type, a list or a number too; text around it makes text."""
    seen: list[Any] = []
    body = {
        "question": "{{ prompt }}", "chat": "{{ messages }}", "limit": "{{ decoding.max_tokens }}",
        "id": "{{ suite }}/{{ item_id }}", "fixed": [1, True, None, "plain"],
    }  # fmt: skip
    reply = {"result": {"choices": [{"text": "no"}, {"text": "yes"}]}}
    answer = ask(reply, {"body": body, "answer": "result.choices.-1.text"}, seen)
    assert answer.text == "yes"
    method, path, _, sent = seen[0]
    assert (method, path) == ("POST", "/v2/route")
    assert sent == {
        "question": "hello", "chat": [{"role": "user", "content": "hello"}], "limit": 32, "id": "s/i1",
        "fixed": [1, True, None, "plain"],
    }  # fmt: skip


def test_a_text_template_has_to_make_json():
    """`tojson` puts any text safely."""
    seen: list[Any] = []
    ask({"a": "x"}, {"body": '{"q": {{ prompt | tojson }}, "model": "{{ model }}"}', "answer": "a"}, seen)
    assert seen[0][3] == {"q": "hello", "model": "m1"}
    with pytest.raises(Fault, match="cannot be made") as raised:
        ask({"a": "x"}, {"body": '{"q": {{ prompt }}', "answer": "a"})
    assert not raised.value.retryable


def test_telemetry_calls_and_errors_are_found_by_paths():
    """So that cost and tool calls of a gateway of one's own count."""
    reply = {
        "out": {"calls": [{"name": "f", "arguments": {"x": 1}}]},
        "meter": {"in": 3, "out": 4, "usd": 0.5},
    }
    fields = {"input_tokens": "meter.in", "output_tokens": "meter.out", "cost_usd": "meter.usd"}
    answer = ask(reply, {"body": {}, "tool_calls": "out.calls", "fields": fields})
    assert [c.arguments for c in answer.tool_calls] == [{"x": 1}]
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.cost_usd) == (3, 4, 0.5)
    failing = {"body": {}, "answer": "text", "fields": {"error": "problem.detail"}}
    with pytest.raises(Fault, match="no capacity") as raised:
        ask({"problem": {"detail": "no capacity"}}, failing)
    assert raised.value.kind == "server_error"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"other": 1}, "malformed_response"),
        ({"text": None}, "malformed_response"),
        (lambda _: web.Response(text="<html>"), "malformed_response"),
        (lambda _: web.Response(status=503, text="busy"), "server_error"),
        (lambda _: web.Response(status=404), "rejected"),
        (lambda _: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}), "rejected"),
    ],
)
def test_what_is_no_answer_is_a_fault(reply, kind):
    """A redirect is not followed: it could lead anywhere."""
    with pytest.raises(Fault) as raised:
        ask(reply, {"body": {}, "answer": "text"})
    assert raised.value.kind == kind


def test_keys_go_into_headers_from_variables_and_come_back_masked(monkeypatch):
    """In answers as in errors."""
    monkeypatch.setenv("PLANTED", KEY)
    seen: list[Any] = []
    options = {"body": {}, "answer": "text", "headers_env": {"X-Team-Key": "PLANTED"}}
    answer = ask(lambda r: web.json_response({"text": r.headers["X-Team-Key"]}), options, seen)
    assert seen[0][2]["X-Team-Key"] == KEY
    assert answer.text == "[key]"
    with pytest.raises(Fault) as raised:
        ask(lambda r: web.Response(status=500, text=r.headers["X-Team-Key"]), options)
    assert raised.value.message == "[key]"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"answer": "a"}, "body is missing"),
        ({"body": {}}, "answer is missing"),
        ({"body": {"q": "{{ promt }}"}, "answer": "a"}, "did you mean 'prompt'"),
        ({"body": {"q": "{{ prompt"}, "answer": "a"}, "template is wrong"),
        ({"body": {}, "answer": "a", "fields": {"tokens": "x"}}, "no field 'tokens'"),
        (
            {"body": {}, "answer": "a", "method": "GET / HTTP/1.1\r\nX: 1\r\n\r\nGET"},
            "no answer to a request",
        ),
        ({"body": {}, "answer": "a", "method": "head"}, "no answer to a request"),
    ],
)
def test_a_wrong_template_or_path_is_a_configuration_error(options, match):
    """Before the first item."""
    with pytest.raises(ConfigError, match=match):
        open_backend(candidate("http", base_url="http://127.0.0.1:1/", options=options), Stage())


def test_item_text_is_never_a_template_and_templates_run_in_a_sandbox():
    """An item that holds braces goes out as it is; a template reaches nothing of Python's."""
    render = compile_body({"q": "{{ prompt }}", "r": "say {{ prompt }}"})
    assert render({"prompt": "{{ 7 * 7 }}"}) == {"q": "{{ 7 * 7 }}", "r": "say {{ 7 * 7 }}"}
    attack = compile_body("{{ ''.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(Exception, match="unsafe"):
        attack({})


@pytest.mark.parametrize(
    ("path", "found"),
    [(("a", "0", "b"), 1), (("a", "-1", "b"), 2), (("a", "5"), None), (("a", "b"), None), ((), "all")],
)
def test_a_path_that_leads_nowhere_finds_nothing(path, found):
    """And raises nothing."""
    value = {"a": [{"b": 1}, {"b": 2}]}
    assert value_at(value, path) == (value if found == "all" else found)
