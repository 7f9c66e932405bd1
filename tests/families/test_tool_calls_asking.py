"""Tools reach the model through the API, as lines of the prompt, or as a schema of the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tool_call_cases import call, candidate, item, suite, tool

from evalkit.errors import SuiteError
from evalkit.families import get_family
from evalkit.records import Item, Prompt, Request, Suite

ROME = call("book", city="Rome")
TURNS = (
    {"role": "user", "content": "cancel a"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "diary.cancel", "arguments": '{"id": "a"}'}}
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "done"},
    {"role": "user", "content": "thanks; and b"},
)


def request(asked: Item, output: str, of: Suite | None = None, **fields: Any) -> Request:
    return get_family("tool_calls").prompter(of or suite(asked), candidate(output, **fields))(asked, 2)


def test_native_requests_offer_the_tools_through_the_api_and_say_nothing_of_them_in_the_prompt() -> None:
    """Twice the tools is twice the input tokens."""
    got = request(item(ROME), "native")
    assert [t["function"]["name"] for t in got.tools] == ["book", "diary_cancel", "ping"]
    assert (got.tool_choice, got.constraint.kind, got.repeat) == ("auto", "tools", 2)
    assert got.messages == ({"role": "user", "content": "please"},)


def test_plain_requests_describe_each_tool_in_one_line_and_ask_for_an_array() -> None:
    """A small model on a slow machine reads a hundred tokens a second: every word is paid for."""
    got = request(item(ROME), "plain")
    system = got.messages[0]["content"]
    assert (got.tools, got.tool_choice, got.constraint.kind) == ((), None, "none")
    assert (
        "book(city: string, seats?: integer = 2, price?: number, outside?: boolean, tags?: string[], "
        "note?: string|null, who?: {first: string, age: integer}) — Book a table\n"
        'diary.cancel(id: "a"|"b") — Cancel\nping()\n'
    ) in system
    assert system.endswith("Answer [] when no tool fits.")


@pytest.mark.parametrize(("append", "told"), [(True, True), (False, False)])
def test_a_variant_that_appends_nothing_leaves_tools_and_form_to_the_model_that_was_tuned_on_them(
    append: bool, told: bool
) -> None:
    """A tuned model knows its tools: the list is input tokens for nothing. Its answer stays bound."""
    of = suite(item(ROME), prompts={"short": Prompt(system="Turn it into calls.", append=append)})
    got = request(item(ROME), "constrained", of, prompt="short")
    assert got.messages[0]["content"].startswith("Turn it into calls.")
    assert ("Tools:" in got.messages[0]["content"]) is told
    assert (got.messages[0]["content"] == "Turn it into calls.") is not told
    assert got.constraint == request(item(ROME), "constrained").constraint


def test_a_variant_without_the_tools_and_an_output_mode_that_sends_them_contradict_each_other() -> None:
    """The model would be given what the variant says it is not."""
    of = suite(item(ROME), prompts={"short": Prompt(append=False)})
    with pytest.raises(SuiteError, match="leaves the tools out"):
        request(item(ROME), "native", of, prompt="short")


def test_a_constrained_answer_is_an_array_of_calls_of_these_tools() -> None:
    """What the grammar allows is what can be scored as valid, abstention included."""
    got = request(item(ROME), "constrained")
    assert got.constraint.kind == "json_schema"
    assert got.tools == ()
    assert "Tools:" in got.messages[0]["content"]
    fits = Draft202012Validator(dict(got.constraint.schema or {})).is_valid
    assert fits([])
    assert fits([ROME, call("diary.cancel", id="a")])
    for wrong in (ROME, [call("buy")], [call("book")], [call("diary.cancel", id="z")], [{**ROME, "x": 1}]):
        assert not fits(wrong)
    assert not fits([call("ping")] * 5)


def test_a_call_schema_leaves_room_for_the_longest_target_and_holds_no_reference() -> None:
    """Local decoders follow no references, and a limit below the target would make it unreachable."""
    params = {
        "type": "object",
        "$defs": {
            "leaf": {"type": "string"},
            "tree": {"properties": {"kids": {"items": {"$ref": "#/$defs/tree"}}}},
        },
        "properties": {
            "a": {"$ref": "#/$defs/leaf"},
            "b": {"$ref": "#/$defs/tree"},
            "c": {"$ref": "#/nowhere"},
        },
    }
    odd = {"type": "function", "function": {"name": "odd", "parameters": params}}
    asked = item(*[call("odd", a="x")] * 7)
    schema = request(asked, "constrained", suite(asked, tools=(odd,))).constraint.schema or {}
    assert "$ref" not in json.dumps(schema)
    assert schema["maxItems"] == 7
    assert Draft202012Validator(dict(schema)).is_valid(asked.target)
    assert not Draft202012Validator(dict(schema)).is_valid([call("odd", a=1)])


def test_earlier_calls_go_to_an_api_under_the_names_it_knows() -> None:
    """An API that was given diary_cancel refuses a history of diary.cancel."""
    got = request(Item(id="1", messages=TURNS, target=[]), "native")
    assert got.messages[1]["tool_calls"][0]["function"]["name"] == "diary_cancel"
    assert got.messages[2] == TURNS[2]


def test_earlier_calls_are_text_where_the_server_is_given_no_tools() -> None:
    """A chat template without tools drops such turns or fails on them."""
    got = request(Item(id="1", messages=TURNS, target=[]), "plain")
    assert [dict(m) for m in got.messages[2:4]] == [
        {"role": "assistant", "content": '[{"name": "diary.cancel", "arguments": {"id": "a"}}]'},
        {"role": "user", "content": "Result of diary.cancel: done"},
    ]


def test_an_items_own_tools_are_the_ones_it_is_asked_with() -> None:
    """Elsewhere the model would be asked for calls that it cannot know."""
    own = (tool("own", description="Mine"),)
    asked = item(call("own"), tools=own)
    assert [t["function"]["name"] for t in request(asked, "native").tools] == ["own"]
    assert "own() — Mine" in request(asked, "plain").messages[0]["content"]
    schema = request(asked, "constrained").constraint.schema or {}
    assert Draft202012Validator(dict(schema)).is_valid([call("own")])
    assert not Draft202012Validator(dict(schema)).is_valid([ROME])


def test_templates_may_place_the_tools_themselves() -> None:
    """A prompt is part of the candidate, tools included."""
    asked = item(ROME)
    prompts = {"listed": Prompt(system="{% for t in tools %}{{ t.name }}: {{ t.line }}\n{% endfor %}")}
    got = request(asked, "native", suite(asked, prompts=prompts), prompt="listed")
    assert got.messages[0]["content"].startswith("book: book(city: string")
    assert got.prompt_hash == prompts["listed"].hash


def test_few_shot_examples_show_right_calls_in_the_form_asked_for() -> None:
    """An example in another form teaches the wrong one."""
    asked, shown = item(ROME), item(ROME, id="2", input="shown", split="dev")
    of = suite(asked, shown, prompts={"default": Prompt(few_shot=1)})
    got = request(asked, "plain", of)
    assert [m["content"] for m in got.messages[1:]] == ["shown", json.dumps([ROME]), "please"]


def test_native_few_shot_examples_are_calls_of_the_api_with_a_result_each() -> None:
    """Calls shown as text teach a model that has tools to write them as text."""
    asked = item(ROME)
    shown = item(call("diary.cancel", id="a"), ROME, id="2", input="shown", split="dev")
    of = suite(asked, shown, prompts={"default": Prompt(few_shot=1)})
    user, calls, first, second, closed, last = (dict(m) for m in request(asked, "native", of).messages)
    assert (user["content"], last["content"], closed["role"]) == ("shown", "please", "assistant")
    made = [c["function"] for c in calls["tool_calls"]]
    assert [(f["name"], json.loads(f["arguments"])) for f in made] == [
        ("diary_cancel", {"id": "a"}),
        ("book", ROME["arguments"]),
    ]
    ids = [c["id"] for c in calls["tool_calls"]]
    assert [first["tool_call_id"], second["tool_call_id"]] == ids
    assert len({*ids}) == 2
    assert all(len(i) == 9 and i.isalnum() for i in ids)


def test_a_native_example_without_a_call_says_so_in_words() -> None:
    """`[]` is the form of an answer in text, which a native candidate is not asked for."""
    asked, shown = item(ROME), item(id="2", input="shown", split="dev")
    of = suite(asked, shown, prompts={"default": Prompt(few_shot=1)})
    assert "None of the tools" in request(asked, "native", of).messages[1]["content"]


def test_an_unknown_prompt_variant_is_refused() -> None:
    """Silence would measure another prompt than the one asked for."""
    with pytest.raises(SuiteError, match="no prompt variant 'nope'"):
        request(item(ROME), "plain", prompt="nope")


def test_bfcl_type_words_are_sent_as_json_schema() -> None:
    """A server refuses a schema of type dict."""
    foreign = {
        "name": "math.add",
        "description": "Add",
        "parameters": {
            "type": "dict",
            "properties": {
                "a": {"type": "float"},
                "b": {"type": "tuple", "items": {"type": "int"}},
                "c": {"type": "any"},
                "type": {"type": "str"},
            },
            "required": ["a"],
        },
    }
    got = request(item(), "native", suite(item(), tools=(foreign,))).tools[0]["function"]
    assert got["name"] == "math_add"
    assert got["parameters"] == {
        "type": "object",
        "properties": {
            "a": {"type": "number"},
            "b": {"type": "array", "items": {"type": "integer"}},
            "c": {},
            "type": {"type": "string"},
        },
        "required": ["a"],
    }
    Draft202012Validator.check_schema(got["parameters"])
