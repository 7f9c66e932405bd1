"""An answer on which a pattern of the suite explodes: not credited, and said; the pattern is found before."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from evalkit.families import compile_scorer
from evalkit.families.probing import MOST_REPORTED, pattern_problems
from evalkit.records import Answer, Contract, Item, Suite, ToolCall

BAD = "^(a|aa)+$"
LETTERS = "a" * 60 + "!"


def suite_of(family: str, *items: Item, scorer: dict[str, Any] | None = None, **contract: Any) -> Suite:
    return Suite(
        name="hostile",
        family=family,
        version="1",
        scorer=scorer or {},
        contract=Contract(**contract),
        items=items,
    )


def tool(**properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties}
    return {"type": "function", "function": {"name": "find", "parameters": parameters}}


REFUSALS = suite_of(
    "classification",
    Item(id="1", input="x", target="b"),
    scorer={"refusals": [BAD]},
    labels={"b": "", "c": ""},
)
SCHEMA = suite_of(
    "extraction", Item(id="1", input="x", target={"n": "aa"}), schema={"properties": {"n": {"pattern": BAD}}}
)
NAMES = suite_of(
    "extraction",
    Item(id="1", input="x", target={"aa": 1}),
    schema={"patternProperties": {BAD: {"type": "integer"}}},
)
COMPARED = suite_of(
    "extraction",
    Item(id="1", input="x", target={"n": "aa"}),
    scorer={"comparators": {"$.n": {"regex": BAD}}},
    schema={"type": "object"},
)
TARGET = suite_of(
    "extraction",
    Item(id="1", input="x", target={"n": BAD}, line=7),
    scorer={"comparators": {"$.n": "regex"}},
    schema={"type": "object"},
)
TOOLS = suite_of(
    "tool_calls",
    Item(id="1", input="x", target=[{"name": "find", "arguments": {"n": "aa"}}]),
    tools=(tool(n={"type": "string", "pattern": BAD}),),
)
OWN_TOOLS = suite_of(
    "tool_calls",
    Item(
        id="1", input="x", target=[{"name": "find", "arguments": {"n": "aa"}}], line=3,
        tools=(tool(n={"type": "string", "pattern": BAD}),),
    ),
)  # fmt: skip
CALL = Answer(tool_calls=(ToolCall(name="find", arguments={"n": LETTERS}),))
HOSTILE = [
    (REFUSALS, Answer(text=LETTERS), "scorer.refusals.0"),
    (SCHEMA, Answer(text=json.dumps({"n": LETTERS})), "schema/properties/n/pattern"),
    (NAMES, Answer(text=json.dumps({LETTERS: 1})), "schema/patternProperties"),
    (COMPARED, Answer(text=json.dumps({"n": LETTERS})), "scorer.comparators[$.n]"),
    (TARGET, Answer(text=json.dumps({"n": LETTERS})), None),
    (TOOLS, CALL, "tools"),
    (OWN_TOOLS, CALL, None),
]
IDS = ["refusals", "pattern", "patternProperties", "regex", "target", "tool", "item's tool"]


@pytest.mark.parametrize(("suite", "answer", "key"), HOSTILE, ids=IDS)
def test_the_pattern_is_named_with_its_place(suite: Suite, answer: Answer, key: str | None) -> None:
    (problem,) = pattern_problems(suite)
    assert BAD in problem.message
    assert problem.key == key
    assert key or (problem.item_id, problem.line) == ("1", suite.items[0].line)


@pytest.mark.parametrize(("suite", "answer", "key"), HOSTILE, ids=IDS)
def test_an_answer_on_which_it_explodes_is_not_credited_and_says_why(
    suite: Suite, answer: Answer, key: str | None
) -> None:
    score = compile_scorer(suite)(suite.items[0], answer)
    assert (score.success, score.score, score.error_kind) == (False, 0.0, "unscorable")
    assert BAD in str(score.diff[0].got)


def test_other_answers_are_scored_as_ever() -> None:
    assert compile_scorer(REFUSALS)(REFUSALS.items[0], Answer(text="b")).success
    assert compile_scorer(SCHEMA)(SCHEMA.items[0], Answer(text='{"n": "aa"}')).success


def test_a_scorer_that_raises_costs_its_answer_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in's scorer need not keep its promise."""

    class Broken:
        def scorer(self, suite: Suite) -> Any:
            return lambda item, answer: 1 / 0

    monkeypatch.setattr("evalkit.families.registry.get_family", lambda name: Broken())
    score = compile_scorer(SCHEMA)(SCHEMA.items[0], Answer(text="{}"))
    assert (score.error_kind, score.diff[0].got) == ("unscorable", "division by zero")


@pytest.mark.parametrize("number", [MOST_REPORTED, MOST_REPORTED + 1])
def test_a_suite_of_exploding_patterns_is_reported_in_bounded_time(number: int) -> None:
    properties = {f"n{i}": {"pattern": f"^(a|aa)+{i}$"} for i in range(number)}
    suite = suite_of("extraction", Item(id="1", input="x", target={}), schema={"properties": properties})
    assert len(list(pattern_problems(suite))) == MOST_REPORTED


def doubling(*, then: Any) -> dict[str, Any]:
    """A schema of thirty definitions, each of which names the next one twice."""
    defs: dict[str, Any] = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2, "anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2}
        for n in range(30)
    }
    return {"$defs": {**defs, "d30": then}, "$ref": "#/$defs/d0"}


DOUBLING = (
    doubling(then={"type": "object"}),
    {**doubling(then={"properties": {"n": True}}), "unevaluatedProperties": False},
)


@pytest.mark.parametrize("schema", DOUBLING)
@pytest.mark.parametrize("family", ["extraction", "tool_calls"])
def test_a_schema_that_doubles_itself_ends_at_the_limit(schema: dict[str, Any], family: str) -> None:
    """Not only patterns explode: a few lines of references are a thousand million steps."""
    if family == "extraction":
        item = Item(id="1", input="x", target={"n": "a"})
        suite = suite_of(family, item, schema=schema)
        answer = Answer(text='{"n": "a"}', finish_reason="stop")
    else:
        item = Item(id="1", input="x", target=[{"name": "find", "arguments": {"n": "a"}}])
        suite = suite_of(
            family, item, tools=({"type": "function", "function": {"name": "find", "parameters": schema}},)
        )
        answer = Answer(tool_calls=(ToolCall(name="find", arguments={"n": "a"}),), finish_reason="tool_calls")
    score = compile_scorer(suite)
    began_s = time.thread_time()
    found = score(item, answer)
    assert time.thread_time() - began_s < 2
    assert not found.success
    assert found.error_kind == "unscorable"


CATASTROPHIC = (
    "^(a+)+$",
    "^(a|aa)+$",
    "(a*)*b",
    "^(a|a?)+$",
    "(.*)*x",
    r"^(\w+\s?)*$",
    "^((a+)*)*$",
    "(a|b|ab)*c",
    r"(.+)+\1$",
    r"(?=(a+))a*b\1",
    "(?<!a)(a+)+$",
    ".*.*.*.*.*.*=.*",
    "(?:a?){30}a{30}",
    "((a{1,30}){1,30}){1,30}$",
    "^(.*?,){29}Z",
)


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_no_pattern_holds_a_scoring_up(pattern: str) -> None:
    """Wherever a suite may write it, on short answers and long ones."""
    target, schema = {"n": "aa"}, {"properties": {"n": {"pattern": pattern}}}
    suites = (
        suite_of(
            "classification",
            Item(id="1", input="x", target="b"),
            scorer={"refusals": [pattern]},
            labels={"b": "", "c": ""},
        ),
        suite_of("extraction", Item(id="1", input="x", target=target), schema=schema),
        suite_of(
            "extraction",
            Item(id="1", input="x", target=target),
            scorer={"comparators": {"$.n": {"regex": pattern}}},
            schema={"type": "object"},
        ),
        suite_of(
            "extraction",
            Item(id="1", input="x", target={"n": pattern}),
            scorer={"comparators": {"$.n": "regex"}},
            schema={"type": "object"},
        ),
        suite_of(
            "tool_calls",
            Item(id="1", input="x", target=[{"name": "find", "arguments": target}]),
            tools=(tool(n={"type": "string", "pattern": pattern}),),
        ),
    )
    for suite in suites:
        score = compile_scorer(suite)
        for text in ("a" * 60 + "!", "a," * 20_000):
            said = text if suite.family == "classification" else json.dumps({"n": text})
            calls = (ToolCall(name="find", arguments={"n": text}),) if suite.family == "tool_calls" else ()
            answer = Answer(text="" if calls else said, tool_calls=calls, finish_reason="stop")
            began_s = time.thread_time()
            score(suite.items[0], answer)
            assert time.thread_time() - began_s < 2, (suite.family, text[:5])
