"""The JSON a model meant is found wherever models put it, and hostile text costs linear time."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.families.comparators import same_json
from evalkit.families.json_text import MAX_DEPTH, FoundValue, find_json

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
        ('<answer>\n{"a": 1}\n</answer>', {"a": 1}, "json_tagged"),
        ('<answer>{"a": 1}</other>', {"a": 1}, "json_in_text"),
        ('```json\n{"a": 1} # one\n```', {"a": 1}, "json_in_text"),
        ('<think>maybe {"a": 1}</think>\n{"a": 2}', {"a": 2}, "json"),
        ('[THINK]maybe {"a": 1}[/THINK]So: {"a": 2}', {"a": 2}, "json_in_text"),
        ('{"a": "</think>"}', {"a": "</think>"}, "json"),
    ],
)
def test_the_value_is_found_where_models_put_it(text: str, value: object, how: str) -> None:
    """Credit must not hang on a fence or a polite sentence, and how it was found is recorded."""
    assert find_json(text) == FoundValue(value, how)  # type: ignore[arg-type]


def test_a_footnote_is_not_the_answer_when_an_object_is_wanted() -> None:
    """Prose is full of small brackets; the caller knows whether an object or a list is due."""
    assert find_json('As [1] says: {"a": 1}', kinds=(dict,)) == FoundValue({"a": 1}, "json_in_text")
    assert find_json('As [1] says: {"a": 1}') is None, "both are answers"
    assert find_json('Nothing like {} here: {"a": 1}') == FoundValue({"a": 1}, "json_in_text")
    assert find_json('{"a": 1}, or rather {}') is None
    assert find_json("It is {}.") == FoundValue({}, "json_in_text")


RIGHT = '{"a": 1, "b": "x"}'


@pytest.mark.parametrize(
    "text",
    [
        '{"items": [[1]], "total": ',
        f'{{"items": {RIGHT}, "total": NaN}}',
        f'{{"status": None, "order": {RIGHT}}}',
        f"{{result: {RIGHT}}}",
        f"{{ result : {RIGHT}",
        f"{{'order': {RIGHT}}}",
        f"{{'note': '}}', \"order\": {RIGHT}}}",
        f'{{"note": "he said "ok"", "order": {RIGHT}}}',
        f'{{"note": "}}" x, "order": {RIGHT}}}',
        f'{{"orders": [{{"a": 2}},, {RIGHT}]}}',
        f"[{RIGHT}, {{bro",
        f"[{RIGHT}, {RIGHT},]",
        f"[{RIGHT} {RIGHT}]",
        f"[{RIGHT}, ...]",
        f"[0, {RIGHT}",
        f'{{ // the order }} is\n"order": {RIGHT}}}',
        f'{{/* {{ */ "order": {RIGHT}}}',
        f'```json\n{{"order": {RIGHT},\n```',
        f'```json\n{{"order": {RIGHT},',
        f'"status": 1, "order": {RIGHT}}}',
        f'{{"n": 1e999, "order": {RIGHT}}}',
        f'{{"n": {"9" * 5000}, "order": {RIGHT}}}',
        f"{{“status”: “}}”, “order”: {RIGHT}}}",
        f"{{{RIGHT}}}",
        f"{{'a': 1}} {RIGHT}",
        f'\\boxed{{"status": None, "order": {RIGHT}}}',
        f"\\boxed{{{RIGHT}, {RIGHT}}}",
        '{"a": ' * 70 + RIGHT + "}" * 70,
        f"x {{: {RIGHT}",
        f'"order": {RIGHT}',
        f'{RIGHT}, "n": 5',
        f"{RIGHT}.update(n=5)",
    ],
)
def test_nothing_is_torn_out_of_a_rejected_broken_or_cut_value(text: str) -> None:
    """A part of another answer is not the answer: a cut order must not pass as one of its lines."""
    assert find_json(text, kinds=(dict,)) is None
    assert find_json(f"Here it is:\n{text}") is None


def test_nothing_is_torn_out_of_a_value_of_the_other_kind() -> None:
    assert find_json('It is {"a": [1]}.', kinds=(list,)) is None
    assert find_json('It is [{"a": 1}].', kinds=(dict,)) is None


@pytest.mark.parametrize(
    "text",
    [
        f"As [see below] and {{name}} say: {RIGHT}",
        f"[a link](there) and [don't] {RIGHT} [1]",
        f"Broken first: {{'a': 1}}\nFinal: {RIGHT}",
        f"\\boxed{{{RIGHT}}}",
        f"\\boxed{{\\text{{ {RIGHT} }}}} is it.",
        f'It is not {{"a": 2}}. It is {RIGHT}.',
    ],
)
def test_brackets_of_prose_take_nothing_away(text: str) -> None:
    assert find_json(text, kinds=(dict,)) == FoundValue({"a": 1, "b": "x"}, "json_in_text")


A, B = '{"n": 1}', '{"n": 2}'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"{A}\n{B}", None),
        (f"{A} or {B}", None),
        (f"{A} and again { {'n': 1.0} }".replace("'", '"'), 1),
        (f"```json\n{A}\n```\nor ```json\n{B}\n```", None),
        (f"first {A}, fenced ```json\n{B}\n```", None),
        (f"```json\n{A}\n```\nWait, that is wrong. Final:\n```json\n{B}\n```", 2),
        (f"{A} Corrected: {B}", 2),
        (f"{A} Corrected: the number is two.", None),
        (f"{A} Final answer: I do not know.", None),
        (f"{A} The answer is taken from the mail.", 1),
        (f"{A} \\boxed{{{B}}}", 2),
        (f"Answer: {A} Answer: {B}", None),
        (f"Answer: {A} Final answer: {B}", 2),
        (f"Final answer: {A} no, {B}", None),
        (f'{{"answer": {A}, "final answer:": 1}} {A}', None),
        (f"It is not {A}", None),
        (f"The wrong answer is {A}", None),
        (f"{A} is wrong.", None),
        (f"{A} This is not right.", None),
        (f"{A} It is not said who asks.", 1),
        (f"not:\n```json\n{A}\n```", None),
        (f"~~{A}~~ {B}", 2),
        (f"{A}\n\\boxed{{42}}", None),
        (f"Final answer: {{}}\n{A}", None),
        (f"<think id=1>{A}", None),
        (f"<think id=1>{A}</think>{B}", 2),
        (f"[{A}] or {A}", None),
        (f"<think>{A}</think>{B}", 2),
        (f"<think>{A}", None),
        (f"{A}<think>{A}</think>", None),
        (f"[THINK]{A}[/THINK] So {B}", 2),
    ],
)  # fmt: skip
def test_several_different_values_are_none_unless_a_final_statement_singles_one_out(
    text: str, value: int | None
) -> None:
    """The first of two answers is a guess, and so is the last."""
    found = find_json(text, kinds=(dict,))
    assert (found.value["n"] if found else None) == value


def test_numbers_keep_the_digits_that_a_double_loses() -> None:
    found = find_json('{"a": 9007199254740993.0}')
    assert found is not None
    assert same_json({"a": 9007199254740993}, found.value)
    assert not same_json({"a": 9007199254740992}, found.value)
    assert json.dumps(found.value) == '{"a": 9007199254740992.0}'


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
    assert find_json('{"a": 1, "a": 2}') == FoundValue({"a": 2}, "json")


def test_escapes_cannot_smuggle_in_what_a_database_refuses() -> None:
    """NUL and lone surrogates break UTF-8 and SQL; in a `parsed` column they would break the store."""
    found = find_json(r'{"a\u0000": ["\ud800", "\ud83d\ude00"]}')
    assert found == FoundValue({"a\ufffd": ["\ufffd", "\U0001f600"]}, "json")


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
    assert found is None or isinstance(found, FoundValue)


@given(JSON)
def test_written_json_is_read_back(value: object) -> None:
    """The reader is strict JSON and nothing else: what a serializer writes comes back as it was."""
    found = find_json(json.dumps(value))
    assert found is not None
    if "\x00" not in repr(value) and "\\x00" not in repr(value) and "\\ud" not in repr(value):
        assert found.value == value
