"""A task's own pattern meets the text of a model within limits."""

from __future__ import annotations

import pytest

from evalkit.bounded.patterns import PatternLimit
from evalkit.lm_eval_bridge.loading import bound_filter


@pytest.mark.parametrize("name", ["RegexFilter", "MultiChoiceRegexFilter"])
def test_a_filter_whose_pattern_explodes_ends_at_the_limit(name: str) -> None:
    """Python's `re` would hold every thread, and no signal would end it."""
    extraction = pytest.importorskip("lm_eval.filters.extraction")
    exploding = bound_filter(lambda: getattr(extraction, name)(r"^(a|aa)+$"))
    with pytest.raises(PatternLimit):
        list(exploding().apply([["a" * 60 + "!"]], [{"choices": ["x"]}]))


def test_a_filter_finds_what_it_found() -> None:
    extraction = pytest.importorskip("lm_eval.filters.extraction")
    for text in ("#### 12", "no number", "#### 1 and #### 2,000"):
        plain = list(extraction.RegexFilter().apply([[text]], [{}]))
        assert list(bound_filter(extraction.RegexFilter)().apply([[text]], [{}])) == plain
