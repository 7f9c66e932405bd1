"""A task's own pattern meets the text of a model within limits."""

from __future__ import annotations

import re
import time
from importlib import import_module
from typing import Any

import pytest

from evalkit.bounded.patterns import PatternLimit
from evalkit.lm_eval_bridge.loading import bound_patterns

EXPLODES = r"^(a|aa)+$"
ANSWER = "a" * 60 + "!"


@pytest.fixture
def extraction() -> Any:
    found = pytest.importorskip("lm_eval.filters.extraction")
    bound_patterns()
    return found


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("RegexFilter", {"regex_pattern": EXPLODES}),
        ("MultiChoiceRegexFilter", {"regex_pattern": EXPLODES}),
        ("MultiChoiceRegexFilter", {"regexes_to_ignore": [EXPLODES]}),
    ],
)
def test_a_filter_whose_pattern_explodes_ends_at_the_limit(
    extraction: Any, name: str, options: dict[str, Any]
) -> None:
    """Python's `re` would hold every thread, and no signal would end it."""
    exploding = getattr(extraction, name)(**options)
    began_s = time.monotonic()
    with pytest.raises(PatternLimit):
        list(exploding.apply([[ANSWER]], [{"choices": [ANSWER, "x"]}]))
    assert time.monotonic() - began_s < 2


def test_a_metric_that_passes_over_patterns_ends_at_the_limit(extraction: Any) -> None:
    metrics = import_module("lm_eval.api.metrics")
    with pytest.raises(PatternLimit):
        metrics.exact_match_hf_evaluate([ANSWER], ["a"], regexes_to_ignore=[EXPLODES])


def test_a_filter_finds_what_it_found(extraction: Any) -> None:
    for text in ("#### 12", "no number", "#### 1 and #### 2,000"):
        found = list(extraction.RegexFilter().apply([[text]], [{}]))
        number = re.search(r"#### (\-?[0-9\.\,]+)", text)
        assert found == [[number[1] if number else "[invalid]"]]


def test_text_is_replaced_as_python_s_re_replaces_it(extraction: Any) -> None:
    bounded = extraction.re
    for pattern, repl, text in (
        (r"\s+", " ", "a  b\n c"),
        (r"(?i)the (\w)", r"\1", "The cat, the dog"),
        ("[.,]", "", "1,000."),
    ):
        assert bounded.sub(pattern, repl, text) == re.sub(pattern, repl, text)
    assert bounded.sub("A.B", "x", "a\nb", flags=re.IGNORECASE | re.DOTALL) == "x"
    assert bounded.escape("a.b") == re.escape("a.b")
