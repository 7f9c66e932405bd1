"""The JSON a model meant is found wherever models put it, and hostile text costs linear time."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.families.json_text import MAX_DEPTH, Found, find_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "value", "how"),
    [
        ('{"a": 1}', {"a": 1}, "json"),
        (' \n{"a": 1}\n ', {"a": 1}, "json"),
        ('\ufeff{"a": 1}', {"a": 1}, "json"),
        ("17", 17, "json"),
        ('```json\n{"a": 1}\n```', {"a": 1}, "json_fenced"),
        ("Sure!\n```\n[1, 2]\n```\nAnything else?", [1, 2], "json_fenced"),
        ('```json\n{"code": "```x```"}\n```', {"code": "```x```"}, "json_fenced"),
        ('```json\n{"a": 1}', {"a": 1}, "json_fenced"),
        ('The answer is {"a": {"b": "}"}} as asked.', {"a": {"b": "}"}}, "json_in_text"),
        ('Use {name} or [x], then {"a": 1}', {"a": 1}, "json_in_text"),
        ('{"a": 1} or {"a": 2}', {"a": 1}, "json_in_text"),
        ('first {"a": 1}, fenced ```json\n{"a": 2}\n```', {"a": 2}, "json_fenced"),
        ('<think>maybe {"a": 1}</think>\n{"a": 2}', {"a": 2}, "json_in_text"),
        ('{"a": "</think>"}', {"a": "</think>"}, "json"),
    ],
)
def test_the_value_is_found_where_models_put_it(text: str, value: object, how: str) -> None:
    """Credit must not hang on a fence or a polite sentence, and how it was found is recorded."""
    assert find_json(text) == Found(value, how)  # type: ignore[arg-type]


def test_a_footnote_is_not_the_answer_when_an_object_is_wanted() -> None:
    """Prose is full of small brackets; the caller knows whether an object or a list is due."""
    text = 'As [1] says: {"a": 1}'
    assert find_json(text) == Found([1], "json_in_text")
    assert find_json(text, kinds=(dict,)) == Found({"a": 1}, "json_in_text")


def test_nothing_is_torn_out_of_a_rejected_or_broken_value() -> None:
    """A part of another answer is not the answer: a cut order must not pass as one of its lines."""
    assert find_json('It is {"a": [1]}.', kinds=(list,)) is None
    assert find_json('{"items": [{"a": 1}], "total": ') is None
    assert find_json('{"items": [{"a": 1}], "total": NaN}') is None


@pytest.mark.parametrize(
    "text",
    [
        "", "no", "{'a': 1}", "{a: 1}", '{"a": NaN}', "Infinity", "-Infinity", "1e999", '{"a": -1e999}',
        '{"a": 1', "9" * 5000, '{"a": 1,}', "__import__('os')",
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused(text: str) -> None:
    """Leniency would hide a format fault, and Infinity would break every JSON writer down the line."""
    assert find_json(text) is None


def test_of_repeated_keys_the_last_wins() -> None:
    """The common reading among JSON parsers; the choice is part of a score."""
    assert find_json('{"a": 1, "a": 2}') == Found({"a": 2}, "json")


def test_escapes_cannot_smuggle_in_what_a_database_refuses() -> None:
    """NUL and lone surrogates break UTF-8 and SQL; in a `parsed` column they would break the store."""
    found = find_json(r'{"a\u0000": ["\ud800", "\ud83d\ude00"]}')
    assert found == Found({"a\ufffd": ["\ufffd", "\U0001f600"]}, "json")


def test_nesting_has_a_limit() -> None:
    """Whoever walks the value must not run out of stack."""
    fits = "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH
    assert find_json(fits) is not None
    assert find_json(f"[{fits}]") is None
    assert find_json('{"a":' * 100_000) is None


@pytest.mark.parametrize(
    "piece",
    [
        "[", "{", '{"', '{"a":', '["', '[1,', "```", "```json\n{", "```json\n[1,", '[\\"', "[1" + "1" * 5000,
        "]", '{"a":"', '[[1],', "{}", '["\\u0000",', "{ ", "</think>", "[" * 2000 + "1,", "[1] ",
    ],
)  # fmt: skip
def test_a_hostile_megabyte_takes_no_more_than_moments(piece: str) -> None:
    """One broken or hostile answer must not stop a run: quadratic time here would be minutes."""
    text = "x " + piece * (1_000_000 // len(piece))
    started = time.process_time()
    find_json(text, kinds=(dict,))
    assert time.process_time() - started < 3.0


@given(st.text())
def test_no_text_raises(text: str) -> None:
    """Scorers never raise, whatever the answer holds."""
    found = find_json(text)
    assert found is None or isinstance(found, Found)


@given(JSON)
def test_written_json_is_read_back(value: object) -> None:
    """The reader is strict JSON and nothing else: what a serializer writes comes back as it was."""
    found = find_json(json.dumps(value))
    assert found is not None
    if "\x00" not in repr(value) and "\\x00" not in repr(value) and "\\ud" not in repr(value):
        assert found.value == value
