"""What must hold of every target and every answer, found by search."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tool_call_cases import item, native, score, suite, text, tool

from evalkit.families import GENERAL_ERROR_KINDS, get_family
from evalkit.records import Answer, Contract, Item, Score, Suite, ToolCall, canonical_json, to_plain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
NAMES = st.sampled_from(["book", "diary.cancel", "ping", "f g", "ü"])
TARGETS = st.lists(
    st.fixed_dictionaries({"name": NAMES, "arguments": st.dictionaries(st.text(), JSON, max_size=4)}),
    max_size=4,
)
BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A slow machine is no reason to fail a property."""
FAMILY = get_family("tool_calls")
KINDS = {*FAMILY.error_kinds, *GENERAL_ERROR_KINDS}

PIECES = st.sampled_from(
    ['{"name": "book"', ', "arguments": {', '"city": "Rome"', "}", "]", "[", "<tool_call>", "</tool_call>",
     "```", "```json\n", "book(", "city='Rome'", ")", "[]", "\n", " ", "word", "<think>", "</think>", "\\",
     "\ud800", "\x00", "1e999", "NaN", "diary_cancel(", "Action Input:", "é", "{", '"', "'", ":", "=", "**"]
)  # fmt: skip


def sane(got: Score) -> bool:
    assert 0.0 <= got.score <= 1.0
    assert got.success == (got.score == 1.0) == (got.error_kind is None) == (got.diff == ())
    assert got.error_kind is None or got.error_kind in KINDS
    assert got.parsed is not None or not got.format_valid
    canonical_json(to_plain(got)).encode("utf-8")
    return got.success


@BUSY
@given(TARGETS, st.booleans())
def test_a_target_scored_against_itself_is_a_success(target: list[Any], ordered: bool) -> None:
    """Whatever else is argued about, this is not; BFCL alone fails a target that breaks its own schema."""
    asked = item(*target)
    options = {"ordered": ordered}
    assert sane(score(asked, native(*target), **options)) or not target
    assert sane(score(asked, text(target), **options))
    assert sane(score(asked, text(json.dumps(target, indent=1, ensure_ascii=False)), **options))


@BUSY
@given(TARGETS, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_of_parallel_calls_never_matters(target: list[Any], rng: random.Random) -> None:
    """JSON objects have no order, and neither have parallel calls."""
    made = [_shuffled(c, rng) for c in target]
    rng.shuffle(made)
    assert sane(score(item(*target), text(made)))


def _shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {k: _shuffled(value[k], rng) for k in keys}
    return [_shuffled(v, rng) for v in value] if isinstance(value, list) else value


SUITE = suite(item({"name": "book", "arguments": {"city": "Rome"}}), item(id="2"))
SCORE = FAMILY.scorer(SUITE)


@given(st.text() | JSON.map(json.dumps) | st.lists(PIECES, max_size=25).map("".join))
@settings(BUSY, max_examples=400)
def test_scoring_never_raises_on_any_text(said: str) -> None:
    """One odd answer among a thousand must not end the run, and its score must fit any record."""
    for asked in SUITE.items:
        sane(SCORE(asked, Answer(text=said)))


def test_a_long_word_of_foreign_letters_costs_no_more_than_its_length() -> None:
    """Forty such letters before a sign that no word holds took hours."""
    for asked in SUITE.items:
        sane(SCORE(asked, Answer(text="å" * 5_000 + "`" + "å")))


@BUSY
@given(st.lists(st.tuples(NAMES | st.text(), ANY, st.none() | st.text()), max_size=3))
def test_scoring_never_raises_on_any_native_call(calls: list[tuple[str, Any, str | None]]) -> None:
    """Servers send arguments of every kind."""
    answer = Answer(tool_calls=tuple(ToolCall(name=n, arguments=a, raw=r) for n, a, r in calls))
    for asked in SUITE.items:
        sane(SCORE(asked, answer))


@BUSY
@given(JSON, JSON, JSON)
def test_neither_checking_nor_scoring_raises_on_any_tool_or_schema(
    properties: Any, schema: Any, target: Any
) -> None:
    """Suites come from people and converters; a traceback is never the answer."""
    odd = (tool("odd", x=schema), {"type": "function", "function": {"name": "o", "parameters": properties}})
    asked = Item(id="1", input="?", target=[{"name": "odd", "arguments": {"x": target}}])
    of = Suite(name="s", family="tool_calls", version="1", contract=Contract(tools=odd), items=(asked,))
    list(FAMILY.check(of))
    list(FAMILY.check(suite(Item(id="1", input="?", target=target, alternatives=(schema,)))))
    sane(FAMILY.scorer(of)(asked, native({"name": "odd", "arguments": {"x": target}})))


def test_deep_and_cyclic_looking_arguments_are_unreadable_not_fatal() -> None:
    """Python's stack is finite."""
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    try:
        got = score(item(), Answer(tool_calls=(ToolCall(name="book", arguments=deep),)))
        assert got.error_kind == "unparseable"
    finally:
        while deep:  # freed level by level: Python's own recursion over it is what this test is about
            deep = deep.pop("a")
