"""Made-up answers are right or wrong as asked, and the figures over them add up."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tool_call_cases import any_of, call, candidate, item, native, suite, text, tool

from evalkit.families import get_family
from evalkit.records import Answer, Suite
from evalkit.suites import load_suite

ROOT = Path(__file__).parents[2]
ROME, CANCEL = call("book", city="Rome"), call("diary.cancel", id="a")


def shapes() -> Suite:
    """Items of every shape, some of them hard to get wrong."""
    anything = any_of("ping")
    return suite(
        item(ROME, id="one"),
        item(
            any_of("book", city={"any_of": ["Rome", "Oslo"]}, seats={"any_of": [2], "optional": True}),
            id="any",
        ),
        item(ROME, CANCEL, id="two"),
        item(id="none"),
        item(anything, id="ping", alternatives=([], [ROME], [CANCEL])),
        item(id="no tools", tools=()),
        item(call("only"), id="only", tools=(tool("only"),)),
    )


@pytest.mark.parametrize("output", ["native", "plain", "constrained"])
def test_right_answers_succeed_and_wrong_ones_never_do(output: str) -> None:
    """A simulated candidate with a stated success rate must have it."""
    family, of, rng = get_family("tool_calls"), shapes(), random.Random(5)
    score = family.scorer(of)
    for asked in of.items:
        right = score(asked, family.right_answer(of, asked, candidate(output)))
        assert (right.success, right.score, right.error_kind, right.format_valid) == (True, 1.0, None, True)
        for _ in range(25):
            wrong = score(asked, family.wrong_answer(of, asked, candidate(output), rng))
            assert not wrong.success
            assert wrong.error_kind in family.error_kinds


def test_wrong_answers_are_of_many_kinds_and_repeat_by_seed() -> None:
    """A demonstration of an error review needs errors to review, and the same ones each time."""
    family, of = get_family("tool_calls"), shapes()
    score = family.scorer(of)

    def kinds(seed: int) -> list[Any]:
        rng = random.Random(seed)
        answers = [family.wrong_answer(of, i, candidate(), rng) for i in of.items for _ in range(20)]
        return [
            score(i, a).error_kind
            for i, a in zip([i for i in of.items for _ in range(20)], answers, strict=True)
        ]

    assert kinds(1) == kinds(1)
    assert len(set(kinds(1))) >= 6


def test_native_answers_use_the_api_and_the_others_its_text() -> None:
    """The backend of the simulated candidate hands them on as they are."""
    family, of = get_family("tool_calls"), shapes()
    by_id = {i.id: i for i in of.items}
    calls = family.right_answer(of, by_id["two"], candidate("native"))
    assert [c.name for c in calls.tool_calls] == ["book", "diary_cancel"]
    assert calls.text is None
    assert json.loads(family.right_answer(of, by_id["two"], candidate("plain")).text or "") == [ROME, CANCEL]
    assert family.right_answer(of, by_id["none"], candidate("constrained")).text == "[]"


def test_the_shipped_suite_of_tool_calls_is_sound_and_its_right_answers_succeed() -> None:
    """It is what a newcomer sees first."""
    family, of = get_family("tool_calls"), load_suite(ROOT / "suites" / "calendar-tools")
    assert list(family.check(of)) == []
    score = family.scorer(of)
    for output in ("native", "plain", "constrained"):
        for asked in of.items:
            answer = family.right_answer(of, asked, candidate(output))
            assert score(asked, answer).success, asked.id


def test_the_metrics_are_those_counted_by_hand() -> None:
    """Reports show them without a second look."""
    family = get_family("tool_calls")
    one, two, none = item(ROME, id="1"), item(ROME, CANCEL, id="2"), item(id="3")
    of = suite(one, two, none)
    score = family.scorer(of)
    answered: list[tuple[Any, Answer]] = [
        (one, native(ROME)),
        (one, native(call("book", city="Oslo"))),
        (one, text("No tool fits.")),
        (two, native(ROME, CANCEL)),
        (two, native(call("book", price=1))),
        (none, text("[]")),
        (none, native(CANCEL)),
        (none, text("<tool_call>")),
    ]
    got = family.metrics(of, [(i, score(i, a)) for i, a in answered])
    assert got == {
        "success_by_calls": {
            "none": {"n": 3, "successes": 1, "success": 1 / 3},
            "one": {"n": 3, "successes": 1, "success": 1 / 3},
            "several": {"n": 2, "successes": 1, "success": 1 / 2},
        },
        "argument_score": pytest.approx((1 + 1 / 2 + 0 + 1 + (1 / 3) / 2 + 1 + 0 + 0) / 8),
        "tool_confusion": {
            "(no call)": {"(no call)": 1, "(unreadable)": 1, "diary.cancel": 1},
            "book": {"(no call)": 1, "book": 4},
            "diary.cancel": {"(no call)": 1, "diary.cancel": 1},
        },
        "argument_errors": {
            "book": {
                "city": {"missing_argument": 1, "wrong_argument_value": 1},
                "price": {"extra_argument": 1},
            }
        },
        "abstention": {"precision": 1 / 2, "recall": 1 / 3, "abstained": 2, "no_call_items": 3},
        "parsers": {"native": 5 / 8, "prose": 1 / 8, "json": 1 / 8, "tool_call_tags": 1 / 8},
    }
    json.dumps(got, allow_nan=False)


def test_metrics_over_nothing_are_unknown_not_zero() -> None:
    """A zero rate over no items reads as a disaster."""
    got = get_family("tool_calls").metrics(suite(), [])
    assert got["argument_score"] is None
    assert got["abstention"]["precision"] is None
    assert Counter(v["success"] for v in got["success_by_calls"].values()) == {None: 3}
