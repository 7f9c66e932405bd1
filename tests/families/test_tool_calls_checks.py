"""Faults of a suite of tool calls are all found before anything is run, each with item, line and fix."""

from __future__ import annotations

from typing import Any

import pytest
from tool_call_cases import TOOLS, any_of, call, item, suite, tool

from evalkit.families import Problem, get_family
from evalkit.records import Prompt, Suite

ROME = call("book", city="Rome")


def problems(of: Suite) -> list[Problem]:
    return list(get_family("tool_calls").check(of))


def test_a_sound_suite_has_no_problem() -> None:
    """A false alarm teaches people to pass over the true ones."""
    target = any_of("book", city={"any_of": ["Rome", "Roma"]}, note={"any_of": [None], "optional": True})
    of = suite(
        item(target, alternatives=([], [call("ping")])), profile="bfcl", ordered=True, parsers=["json"]
    )
    assert problems(of) == []


@pytest.mark.parametrize(
    ("target", "message", "hint"),
    [
        ("book", "a target is a list of calls", '"target": []'),
        ([7], "a call is an object, not 7", ""),
        ([{"arguments": {}}], "a call names its tool", '"tool"'),
        ([{"name": "book", "arguments": 3}], "arguments are an object", ""),
        ([any_of("book", city="Rome")], "argument 'city' has no any_of", "any_of"),
        ([any_of("book", city={"any_of": []})], "at least one value", "any_of"),
        ([any_of("book", city={"any_of": ["x"], "optinal": True})], "only any_of and optional", "any_of"),
        ([call("bok", city="Rome")], "no tool is named 'bok'", "did you mean 'book'?"),
        ([call("book", city="Rome", seat=2)], "book has no argument 'seat'", "did you mean 'seats'?"),
        ([call("book", seats=2)], "book requires 'city'", "add 'city'"),
        ([call("book", city=7)], "book.city: 7 is not of type 'string'", "check_values: false"),
        ([any_of("diary.cancel", id={"any_of": ["a", "z"]})], "'z' is not one of ['a', 'b']", "check_values"),
    ],
)
def test_a_faulty_target_is_named_with_item_line_and_fix(target: Any, message: str, hint: str) -> None:
    """A wrong target fails right answers, and nobody suspects the target."""
    for asked in (
        item(ROME, alternatives=(target,), id="q", line=9),
        item(id="q", line=9) if target == [] else _with_target(target),
    ):
        found = problems(suite(asked))
        assert len(found) == 1
        assert message in found[0].message
        assert hint in found[0].hint
        assert (found[0].item_id, found[0].line) == ("q", 9)


def _with_target(target: Any) -> Any:
    import dataclasses

    return dataclasses.replace(item(id="q", line=9), target=target)


def test_values_pass_unchecked_where_the_suite_says_so() -> None:
    """Foreign data has faults that its users cannot mend."""
    asked = item(call("book", city=7, nope=1))
    assert problems(suite(asked, check_values=False)) == []
    assert problems(suite(asked, profile="bfcl")) == []
    assert len(problems(suite(asked, profile="bfcl", check_values=True))) == 2


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"type": "function"}, "a definition without a name"),
        ({"name": "x", "parameters": []}, "parameters are no JSON Schema object"),
        ({"name": "x", "parameters": {"type": "string"}}, "parameters describe no object"),
        (tool("x", a={"type": "text"}), "no valid JSON Schema"),
        (tool("x", a={"type": "string", "pattern": "("}), "no valid JSON Schema"),
        (tool("x", ("b",), a={"type": "string"}), "requires 'b', which is no property"),
    ],
)
def test_a_faulty_tool_is_named_in_the_suite_and_in_an_item(definition: Any, message: str) -> None:
    """A server refuses it at the first request, or worse, does not."""
    in_suite = problems(suite(item(), tools=(definition,)))
    in_item = problems(suite(item(id="q", line=4, tools=(definition,))))
    assert any(message in p.message and p.key == "tools" for p in in_suite)
    assert any(message in p.message and (p.item_id, p.line) == ("q", 4) for p in in_item)


def test_tools_that_would_be_sent_under_one_name_are_refused() -> None:
    """The answer could not be told apart."""
    found = problems(suite(item(), tools=(tool("a.b"), tool("a_b"))))
    assert [p.message for p in found] == ["tool 'a_b' and tool 'a.b' are sent under one name"]


def test_an_item_without_any_tool_is_a_problem() -> None:
    """It measures nothing."""
    assert [p.message for p in problems(suite(item(), tools=()))] == ["the item offers no tool"]


@pytest.mark.parametrize(
    ("scorer", "key", "hint"),
    [
        ({"profil": "bfcl"}, "scorer.profil", "did you mean 'profile'?"),
        ({"profile": "loose"}, "scorer.profile", "strict, bfcl"),
        ({"target_format": "openai"}, "scorer.target_format", "canonical, bfcl"),
        ({"ordered": "yes"}, "scorer.ordered", ""),
        ({"parsers": "json"}, "scorer.parsers", ""),
        ({"parsers": ["jsn"]}, "scorer.parsers", "did you mean 'json'?"),
    ],
)
def test_an_unknown_or_wrong_option_is_an_error_not_silence(scorer: Any, key: str, hint: str) -> None:
    """A misspelt option would leave the default in force unseen."""
    found = problems(suite(item(), **scorer))
    assert [p.key for p in found] == [key]
    assert hint in found[0].hint


def test_faults_of_prompts_are_found_with_the_others() -> None:
    """A template that fails at the first request fails too late."""
    found = problems(suite(item(), tools=TOOLS, prompts={"default": Prompt(user="{{ inptu }}")}))
    assert [p.key for p in found] == ["prompt"]
    assert "did you mean 'input'?" in found[0].hint
