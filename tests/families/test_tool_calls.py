"""Tool calls: abstention, success, score, format and the one primary kind of a failure."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest
from tool_call_cases import PING, any_of, call, item, native, score, suite, text, tool

from evalkit.errors import SuiteError
from evalkit.families import GENERAL_ERROR_KINDS, get_family, scorer_hash
from evalkit.records import Answer, ToolCall

ROME, OSLO = call("book", city="Rome"), call("book", city="Oslo")
CANCEL = call("diary.cancel", id="a")


@pytest.mark.parametrize(
    ("said", "parser"),
    [
        ("[]", "json"),
        (" [ ]\n", "json"),
        ('{"tool_calls": []}', "json"),
        ("```json\n[]\n```", "fenced_json"),
        ("<tool_call>[]</tool_call>", "tool_call_tags"),
        ("[]\nNo tool fits the request.", "json_in_text"),
        ("None of these tools can do that.", "prose"),
        ("The area is 25 m². (I used no tool.)", "prose"),
        ("I'm sorry, but I can't help with that!", "prose"),
        ("<think>book(city='x')? No.</think> Nothing fits here.", "prose"),
        ("これらのツールでは対応できません。", "prose"),
        ("ฉันไม่สามารถช่วยเรื่องนี้ได้", "prose"),
        ("- get milk\n- **call** Bo [1]", "prose"),
        ("42", "prose"),
        ("null and {", "prose"),
    ],
)
def test_an_abstention_is_right_on_a_no_call_item_and_a_missing_call_elsewhere(
    said: str, parser: str
) -> None:
    """Knowing when not to act is half of the work."""
    right, wrong = score(item(), text(said)), score(item(ROME), text(said))
    assert (right.success, right.score, right.parsed, right.parser) == (True, 1.0, [], parser)
    assert (wrong.success, wrong.score, wrong.error_kind) == (False, 0.0, "missing_call")
    assert right.format_valid
    assert wrong.format_valid


@pytest.mark.parametrize(
    "said",
    [
        '{"name": "book", "arguments": {"city": ',
        "<tool_call>book</tool_call>",
        "<tool_call>",
        "book(city=Rome)",
        "I would call book(city=…) here.",
        "diary_cancel(id",
        "[TOOL_CALLS] book",
        "<|python_tag|>book",
        "<function=book>{}</function>",
        "Action: book\nAction Input: Rome",
        "Here it is: {'name': 'book', 'arguments': 'Rome'}",
        "```json\nnothing\n```",
        '{"answer": 42}',
        "{}",
        "[1, 2]",
        "[[]]",
        "%$#@ !!!",
        "{{{{[[",
        "\ufffd\ufffd\ufffd",
        "x9#@k2{{ ~~",
    ],
)
def test_what_cannot_be_read_is_never_credited_as_an_abstention(said: str) -> None:
    """Credited, a model that breaks every call would look as if it knew when to hold back."""
    got = score(item(), text(said))
    assert (got.success, got.score, got.error_kind, got.parsed) == (False, 0.0, "unparseable", None)
    assert not got.format_valid


@pytest.mark.parametrize(
    "call_made",
    [
        ToolCall(name="book", arguments=None, raw='{"city": '),
        ToolCall(name="book", arguments=["Rome"]),
        ToolCall(name="book", arguments="Rome"),
        ToolCall(name="book", arguments={"city": float("nan")}),
        ToolCall(name="book", arguments={"price": 10**400}),
    ],
)
def test_a_native_call_with_arguments_that_do_not_parse_is_unparseable(call_made: ToolCall) -> None:
    """It is an attempt at a call, so no abstention; and nothing that can be compared."""
    for asked in (item(), item(ROME)):
        assert score(asked, Answer(tool_calls=(call_made,))).error_kind == "unparseable"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(), "empty"),
        (Answer(text=" \n"), "empty"),
        (Answer(text="I will not.", refusal="policy"), "refused"),
        (Answer(text="Well,", finish_reason="content_filter"), "refused"),
        (Answer(text="None of these tools", finish_reason="length"), "truncated"),
        (Answer(text='[{"name": "bo', finish_reason="length"), "truncated"),
    ],
)
def test_a_general_failure_explains_itself_and_is_no_abstention(answer: Answer, kind: str) -> None:
    """An answer cut short or withheld is no decision against a call."""
    for asked in (item(), item(ROME)):
        got = score(asked, answer)
        assert (got.success, got.error_kind) == (False, kind)


def test_right_calls_are_a_success_though_the_text_behind_them_was_cut() -> None:
    """Truncation explains a failure; it makes none."""
    answer = Answer(text=json.dumps([ROME]) + "\nI booked a", finish_reason="length")
    assert score(item(ROME), answer).success


FAILURES: list[tuple[list[Any], list[Any], str, list[tuple[str, str]]]] = [
    ([], [ROME], "unwanted_call", [("$[0]", "unwanted_call")]),
    ([ROME], [call("buy", city="Rome")], "unknown_tool", [("$[0].tool", "unknown_tool")]),
    ([ROME], [CANCEL], "wrong_tool", [("$[0].tool", "wrong_tool")]),
    ([ROME, CANCEL], [CANCEL], "missing_call", [("$[0]", "missing_call")]),
    ([ROME], [CANCEL, ROME], "extra_call", [("$[1]", "extra_call")]),
    ([ROME], [ROME, ROME], "extra_call", [("$[1]", "extra_call")]),
    ([ROME], [ROME, call("buy")], "unknown_tool", [("$[1]", "unknown_tool")]),
    ([ROME], [call("book")], "missing_argument", [("$[0].arguments.city", "missing_argument")]),
    ([ROME], [call("book", city="Rome", seats=4)], "extra_argument",
     [("$[0].arguments.seats", "extra_argument")]),
    ([ROME], [call("book", city=7)], "wrong_argument_type", [("$[0].arguments.city", "wrong_argument_type")]),
    ([ROME], [OSLO], "wrong_argument_value", [("$[0].arguments.city", "wrong_argument_value")]),
    ([ROME], [call("book", **{"city": "Rome", "a b": 1})], "extra_argument",
     [('$[0].arguments["a b"]', "extra_argument")]),
    ([CANCEL, ROME], [OSLO, call("buy")], "unknown_tool",
     [("$[0].tool", "unknown_tool"), ("$[1].arguments.city", "wrong_argument_value")]),
    ([ROME], [call("book", seats="x", price=3)], "missing_argument",
     [("$[0].arguments.city", "missing_argument"), ("$[0].arguments.seats", "extra_argument"),
      ("$[0].arguments.price", "extra_argument")]),
]  # fmt: skip


@pytest.mark.parametrize(("target", "made", "kind", "diff"), FAILURES)
def test_a_failure_has_one_primary_kind_and_a_diff_of_every_place(
    target: list[Any], made: list[Any], kind: str, diff: list[tuple[str, str]]
) -> None:
    """The review counts kinds and opens places."""
    for answer in (native(*made), text(made)):
        got = score(item(*target), answer)
        assert (got.success, got.error_kind) == (False, kind)
        assert [(d.path, d.kind) for d in got.diff] == diff
        assert got.score < 1.0


def test_a_diff_says_what_was_expected_and_what_came() -> None:
    """A reader of the diff alone must see the mistake."""
    target = any_of("book", city={"any_of": ["Rome", "Roma"]}, seats={"any_of": [2]})
    got = score(item(target), native(call("book", city="Oslo", seats=3)))
    assert [(d.expected, d.got) for d in got.diff] == [({"any_of": ["Rome", "Roma"]}, "Oslo"), (2, 3)]


@pytest.mark.parametrize(
    ("target", "made", "expected"),
    [
        ([ROME], [OSLO], 1 / 2),
        ([ROME], [CANCEL], 0.0),
        ([call("book", city="Rome", price=3)], [call("book", city="Rome", price=4)], 2 / 3),
        ([call("book", city="Rome", price=3)], [call("book", city="Rome")], 2 / 3),
        ([ROME], [call("book", city="Rome", price=4)], 2 / 3),
        ([ROME, CANCEL], [ROME], 1 / 2),
        ([ROME], [ROME, CANCEL, CANCEL], 1 / 3),
        ([ROME, CANCEL], [OSLO, CANCEL], 3 / 4),
    ],
)
def test_the_score_is_the_documented_share_of_right_arguments_and_calls(
    target: list[Any], made: list[Any], expected: float
) -> None:
    """Beside all or nothing, a team wants to see that a model is nearly there."""
    assert score(item(*target), native(*made)).score == pytest.approx(expected)


def test_parallel_calls_are_paired_so_that_the_most_is_right_whatever_their_order() -> None:
    """The best pairing equals the best of all permutations, tried one by one."""
    rng = random.Random(3)
    for _ in range(60):
        target = [
            call("book", city=rng.choice("ab"), seats=rng.choice((2, 3)), price=rng.choice((1, 2)))
            for _ in range(3)
        ]
        made = [
            call("book", city=rng.choice("ab"), seats=rng.choice((2, 3)), price=rng.choice((1, 2)))
            for _ in range(rng.choice((2, 3, 4)))
        ]
        got = score(item(*target), native(*made)).score
        assert got == pytest.approx(_best_by_trying(target, made))


def _best_by_trying(target: list[Any], made: list[Any]) -> float:
    slots = [*made, *[None] * len(target)]
    best = max(
        sum(_credit(t, m) for t, m in zip(target, chosen, strict=True))
        for chosen in itertools.permutations(slots, len(target))
    )
    return best / max(len(target), len(made))


def _credit(wanted: Any, made: Any) -> float:
    if made is None:
        return 0.0
    right = sum(made["arguments"][n] == v for n, v in wanted["arguments"].items())
    return (1 + right) / (1 + len(wanted["arguments"]))


@pytest.mark.parametrize(
    ("made", "kind", "expected"),
    [
        ([ROME, CANCEL], None, 1.0),
        ([CANCEL, ROME], "wrong_order", 0.5),
        ([CANCEL], "missing_call", 0.5),
        ([PING["function"]["name"], ROME, CANCEL], "extra_call", 2 / 3),
    ],
)
def test_order_counts_only_where_the_suite_says_so(
    made: list[Any], kind: str | None, expected: float
) -> None:
    """Parallel calls have no order; steps of a plan have."""
    calls = [call(c) if isinstance(c, str) else c for c in made]
    got = score(item(ROME, CANCEL), native(*calls), ordered=True)
    assert (got.error_kind, got.score) == (kind, pytest.approx(expected))
    if kind == "wrong_order":
        assert score(item(ROME, CANCEL), native(*calls)).success


def test_any_acceptable_list_will_do_and_the_nearest_one_explains_a_failure() -> None:
    """Often several answers are right, among them none at all."""
    asked = item(ROME, alternatives=([CANCEL, OSLO], []))
    assert score(asked, native(OSLO, CANCEL)).success
    assert score(asked, text("[]")).success
    got = score(asked, native(CANCEL, call("book", city="Bonn")))
    assert [d.path for d in got.diff] == ["$[1].arguments.city"]


def test_format_is_valid_when_the_calls_fit_the_schemas_right_or_wrong() -> None:
    """A fine-tune can learn the form without the task, and must be seen to."""
    assert score(item(ROME), native(OSLO)).format_valid
    assert not score(item(ROME), native(call("book", city=7))).format_valid
    assert not score(item(ROME), native(call("book"))).format_valid
    assert not score(item(CANCEL), native(call("diary.cancel", id="z"))).format_valid
    assert not score(item(ROME), native(call("buy"))).format_valid


def test_a_schema_that_cannot_be_applied_fits_nothing_and_fetches_nothing() -> None:
    """A reference to the network in a suite must not be followed while scoring."""
    odd = tool("odd", x={"$ref": "https://127.0.0.1:9/schema.json"})
    asked = item(call("odd", x=1))
    got = score(asked, native(call("odd", x=1)), tools=(odd,))
    assert (got.success, got.format_valid) == (True, False)


def test_an_items_own_tools_take_the_place_of_the_suites() -> None:
    """BFCL gives every item its own."""
    asked = item(call("own", x=1), tools=(tool("own", x={"type": "integer", "default": 1}),))
    assert score(asked, native(call("own"))).success
    assert score(asked, native(ROME)).error_kind == "unknown_tool"


def test_the_score_carries_the_hash_of_all_that_decided_it() -> None:
    """Scores of different scorers are never compared unsaid."""
    asked = item(ROME)
    assert score(asked, native(ROME)).scorer_hash == scorer_hash(suite(asked))
    assert score(asked, native(ROME), ordered=True).scorer_hash != scorer_hash(suite(asked))


def test_a_target_that_cannot_be_read_is_said_before_the_first_score() -> None:
    """In the middle of a paid run is too late."""
    with pytest.raises(SuiteError, match="a target is a list of calls"):
        get_family("tool_calls").scorer(suite(item(id="2"), _spoilt()))


def _spoilt() -> Any:
    import dataclasses

    return dataclasses.replace(item(id="3"), target={"tool": "book"})


def test_kinds_are_closed_and_apart_from_the_general_ones() -> None:
    """Reports translate every kind that they meet."""
    kinds = get_family("tool_calls").error_kinds
    assert not set(kinds) & set(GENERAL_ERROR_KINDS)
    assert {kind for _, _, kind, _ in FAILURES} | {"unparseable", "wrong_order"} == set(kinds)
