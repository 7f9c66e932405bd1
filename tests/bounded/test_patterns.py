"""Patterns: Python's meaning, and no text on which a match lasts."""

from __future__ import annotations

import random
import re
import time
import warnings
from typing import Any

import pytest

from evalkit.bounded import patterns
from evalkit.bounded.json_schema import BoundedValidator
from evalkit.bounded.patterns import (
    LARGEST_PATTERN,
    LONGEST_PATTERN,
    MATCH_LIMIT_S,
    Pattern,
    PatternLimit,
    answer_budget,
    compile_pattern,
)
from evalkit.families.failures import DEFAULT_REFUSALS

EXPLODE = (
    r"^(a+)+$", r"(a|a)*$", r"(a|aa)+$", r"^(a|a?)+$", r"(.*a){20}$", r"(x+x+)+y", r"^(\w+\s?)*$",
    r"(?i)^(A+)+$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$", r"^id=(\d+)*;$", r"(?=(a+)+b)", r"^\[(\d+)+\]$", r"^(中+)+$", r"(a*)*b$",
    r"^(?P<x>a+)(?P=x)*(?P=x)*$", r"(.*)(.*)(.*)(.*)(.*)(.*)(.*)x$", r"(\s*\w*\s*)*;",
)  # fmt: skip
HARMLESS = (
    *DEFAULT_REFUSALS, r"^[A-Z]{2}\d{4}$", r"^\d{4}-\d{2}-\d{2}$", r"^[\w.+-]+@[\w-]+\.[\w.]+$", r"INV-(\d+)",
    r"^(?:a|b|c)+$", r"^(\d+,)*\d+$", r".*foo.*bar.*", r"^\s*\S+(\s+\S+)*\s*$", r"^\p{L}+$",
    r"^(?=.*\d)(?=.*[a-z]).{8,}$", r"^#?([a-f0-9]{6}|[a-f0-9]{3})$", r"https?://[^\s/$.?#].[^\s]*", "",
)  # fmt: skip
LETTERS = "a" * 60 + "!"


@pytest.mark.parametrize("pattern", EXPLODE)
def test_a_pattern_that_explodes_is_found_by_its_probe(pattern: str) -> None:
    """Its author can mend it before a model's answer meets it."""
    assert compile_pattern(pattern).explodes_on() is not None


@pytest.mark.parametrize("pattern", HARMLESS)
def test_a_harmless_pattern_is_left_alone(pattern: str) -> None:
    """A probe that cries wolf would be switched off."""
    assert compile_pattern(pattern).explodes_on() is None


def test_a_match_ends_at_its_limit_and_says_which_pattern() -> None:
    began_s = time.process_time()
    with pytest.raises(PatternLimit, match=r"\^\(a\|aa\)\+\$"):
        compile_pattern(r"^(a|aa)+$").search(LETTERS)
    assert time.process_time() - began_s < 8 * MATCH_LIMIT_S


def test_all_matches_of_an_answer_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of a thousand texts, each just below the limit, would take minutes."""
    monkeypatch.setattr(patterns, "ANSWER_LIMIT_S", 0.1)
    slow = compile_pattern(r"(?:a?){150}a{150}")

    def match_many() -> None:
        for _ in range(1_000):
            slow.search("a" * 150)

    began_s = time.process_time()
    with answer_budget(), pytest.raises(PatternLimit):
        match_many()
    assert 0.1 <= time.process_time() - began_s < 1
    assert slow.search("a" * 150), "the budget is the answer's alone"


@pytest.mark.parametrize(
    ("pattern", "compiles"),
    [
        ("a" * LONGEST_PATTERN, True),
        ("a" * (LONGEST_PATTERN + 1), False),
        (f"a{{{LARGEST_PATTERN}}}", True),
        (f"a{{{LARGEST_PATTERN + 1}}}", False),
        (f"(?:a{{1000}}){{{LARGEST_PATTERN // 1000 + 1}}}", False),
        (f"a{{0,{10**9}}}", True),
        ("a{99999999}", False),
        ("a{" + "9" * 5_000 + "}", False),
        ("(" * 3_000 + "a" + ")" * 3_000, False),
    ],
)
def test_what_would_take_gigabytes_to_compile_is_refused(pattern: str, compiles: bool) -> None:
    """The engine writes repetitions out."""
    if compiles:
        assert isinstance(compile_pattern(pattern), Pattern)
    else:
        with pytest.raises(ValueError, match=r"at most|too much|too deeply"):
            compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(", "[", "a**", "\\", "(?", "*", 5, None, ["a"]])
def test_what_is_not_a_pattern_is_a_value_error(pattern: Any) -> None:
    with pytest.raises(ValueError, match="regular expression"):
        compile_pattern(pattern)


def test_a_pattern_means_what_it_means_to_python() -> None:
    """The engine knows more: fuzzy matches `x{e}` and named sets `[[:alpha:]]`, which are text in `re`."""
    pieces = [
        *"ab01{},()[]^$*+?.|\\-: _é\n", *("\\d", "\\w", "\\b", "\\s", "(?:", "(?=", "(?!", "(?i:"),
        *("{2}", "{1,3}", "{,2}", "[^a]", "[a-b]", "x{e}", "{s<=1}", "[[:alpha:]]", "[[", "(?P<n>a)(?P=n)"),
    ]  # fmt: skip
    texts = (
        "",
        "a",
        "b",
        "ab",
        "aa",
        "a\n",
        "0",
        "{e}",
        "x",
        "{",
        "é",
        "aab01",
        "[a]",
        ":",
        "-",
        "x{e}",
        "l]",
    )
    rng, compared = random.Random(1), 0
    for _ in range(4_000):
        pattern = "".join(rng.choices(pieces, k=rng.randint(1, 7)))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                known = re.compile(pattern)
        except (re.error, OverflowError):
            continue
        ours = compile_pattern(pattern)
        for text in texts:
            a, b = known.search(text), ours.search(text)
            assert (a and a.span()) == (b and b.span()), (pattern, text)
            compared += 1
    assert compared > 10_000


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^[A-Z]+$", "ABC", True),
        (r"^[A-Z]+$", "ABC\n", False),
        (r"^a[$]$", "a$", True),
        (r"^a\$$", "a$", True),
        (r"(?m)^a$", "b\na\nc", True),
    ],
)
def test_in_json_schema_a_dollar_is_the_end_of_the_text(pattern: str, text: str, found: bool) -> None:
    """A line feed too many would be credited."""
    assert bool(compile_pattern(pattern, ecma=True).search(text)) is found
    assert BoundedValidator({"pattern": pattern}).is_valid(text) is found


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "^(a|aa)+$"}, LETTERS),
        ({"patternProperties": {"^(a|aa)+$": True}}, {LETTERS: 1}),
        ({"patternProperties": {"^(a|aa)+$": True}, "additionalProperties": False}, {LETTERS: 1}),
        (
            {"allOf": [{"patternProperties": {"^(a|aa)+$": True}}], "unevaluatedProperties": False},
            {LETTERS: 1},
        ),
        ({"propertyNames": {"pattern": "^(a|aa)+$"}}, {LETTERS: 1}),
    ],
)
def test_each_keyword_with_patterns_is_bounded(schema: dict[str, Any], value: Any) -> None:
    with pytest.raises(PatternLimit):
        list(BoundedValidator(schema).iter_errors(value))
