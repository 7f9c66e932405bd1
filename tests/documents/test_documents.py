"""JSON is read as JSON and YAML as YAML 1.2; what cannot be read says where."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evalkit.documents import MOST_NESTED, dump_yaml, parse_json, read_document, read_marked_yaml
from evalkit.documents.marked_yaml import MOST_BYTES, MOST_VALUES

ROOT = Path(__file__).parents[2]


def read(path: Path, text: str) -> Any:
    path.write_text(text, "utf-8")
    found = read_document(path)
    assert found.problems == ()
    return found.value


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("12:30", "12:30"), ("1_000", "1_000"), ("010", 10), ("0o17", 15), ("0x1F", 31), ("-7", -7),
        ("0b101", "0b101"), ("190:20:30.15", "190:20:30.15"), ("1e-09", 1e-09), ("1e3", 1000.0), ("1.5", 1.5),
        ("+.5", 0.5), ("5.", 5.0), (".inf", math.inf), ("-.INF", -math.inf), ("1_0.5", "1_0.5"), ("08", 8),
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("off", "off"), ("y", "y"), ("true", True),
        ("FALSE", False), ("tRue", "tRue"), ("null", None), ("~", None), ("", None), ("Null", None),
        ("nUll", "nUll"), ("=", "="),
        ("2026-02-03", "2026-02-03"), ("2026-02-03T04:05:06Z", "2026-02-03T04:05:06Z"), ("1.2.3", "1.2.3"),
        (".", "."), ("e3", "e3"), ("0o8", "0o8"), ("'010'", "010"), ("-0o7", "-0o7"),
    ],
)  # fmt: skip
def test_an_unquoted_word_means_what_the_core_schema_of_yaml_1_2_says(
    tmp_path: Path, word: str, value: Any
) -> None:
    """A label `12:30` became 750, `010` became 8 and `1_000` became 1000: targets then match no label."""
    found = read(tmp_path / "a.yaml", f"a: {word}\n")["a"]
    assert found == value
    assert type(found) is type(value)


def test_nan_is_a_number_of_yaml(tmp_path: Path) -> None:
    """The one value that equals nothing."""
    assert math.isnan(read(tmp_path / "a.yaml", "a: .NaN\n")["a"])


@given(
    st.one_of(
        st.text(max_size=12), st.sampled_from(["1e-09", "0o17", "12:30", "yes", "010", "=", "1_0", "~"])
    )
)
def test_what_is_written_is_read_again_by_1_1_and_1_2(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """A drafted suite with the label `1e-09` must not hold a number when it is read."""
    if any(c in text for c in "\x00\ud800") or not text.isprintable():
        return
    written = dump_yaml({"labels": [text]})
    assert yaml.safe_load(written) == {"labels": [text]}
    path = tmp_path_factory.getbasetemp() / "written.yaml"
    assert read(path, written) == {"labels": [text]}


def test_a_json_file_is_read_as_json(tmp_path: Path) -> None:
    """YAML refuses the escapes of emoji, and PyYAML reads `1e-09` as text."""
    text = '{"a": "\\ud83d\\ude00", "b": 1e-09, "c": [true, null], "d": "tab\\there", "e": {"f": 1E5}}'
    value = read(tmp_path / "a.json", text)
    assert value == {"a": "😀", "b": 1e-09, "c": [True, None], "d": "tab\there", "e": {"f": 100000.0}}
    assert read(tmp_path / "tabs.json", '{\n\t"a":\t1\n}') == {"a": 1}


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ('{\n"a": 1,\n}', "not valid JSON", 3), ("a: 1\n", "not valid JSON", 1), ('{"a": NaN}', "NaN", None),
        ('{"a": 1e999}', "too large", None), ('{"a": ' + "9" * 5000 + "}", "4300 digits", None),
        ("[" * 5000, "nests", None), ("[" * 101 + "]" * 101, "nests", None),
    ],
)  # fmt: skip
def test_what_is_not_json_is_said_in_one_problem(
    tmp_path: Path, text: str, said: str, line: int | None
) -> None:
    """A traceback tells nobody which file to mend."""
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    (problem,) = read_document(path).problems
    assert said in problem.message
    assert (problem.file, problem.line) == (str(path), line)


def test_depth_has_a_limit_with_two_sides() -> None:
    """One that does not hang on Python's version or what called it."""
    assert parse_json("[" * MOST_NESTED + "]" * MOST_NESTED)
    with pytest.raises(ValueError, match="nests more than 100"):
        parse_json("[" * (MOST_NESTED + 1) + "]" * (MOST_NESTED + 1))
    text = json.dumps(["[" * 500, {"a": "{" * 500}])
    assert parse_json(text) == json.loads(text)


FILES = sorted(
    p
    for pattern in ("*.yaml", "*.yml")
    for folder in ("evalkit", "suites", "examples", "docs", ".github")
    for p in (ROOT / folder).rglob(pattern)
)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_files_that_ship_mean_the_same_in_both_versions(path: Path) -> None:
    """Readers of 1.1 (editors, CI) and evalkit must agree on what the project itself wrote, `on:` apart."""
    found = read_marked_yaml(path)
    assert found.problems == ()
    assert found.value == _as_text(yaml.safe_load(path.read_text("utf-8")))


def _as_text(value: Any) -> Any:
    """As YAML 1.1 gave it, with text for keys and for dates."""
    if isinstance(value, dict):
        return {"on" if k is True else str(k): _as_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_as_text(v) for v in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.parametrize("unit", ["[", "{", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused_with_its_line_and_never_ends_the_process(tmp_path: Path, unit: str) -> None:
    """PyYAML's C part overflows its stack on a megabyte of brackets."""
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\nb:\n  " + unit * 300_000)
    (problem,) = read_marked_yaml(path).problems
    assert problem.message == f"not valid YAML: it nests more than {MOST_NESTED} lists and objects"
    assert (problem.file, problem.line) == (str(path), 3)


def test_yaml_nests_as_deep_as_json_and_no_deeper(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("[" * MOST_NESTED + "]" * MOST_NESTED)
    assert not read_marked_yaml(path).problems
    path.write_text("[" * (MOST_NESTED + 1) + "]" * (MOST_NESTED + 1))
    assert read_marked_yaml(path).problems


@pytest.mark.parametrize(("size", "is_read"), [(MOST_BYTES, True), (MOST_BYTES + 1, False)])
def test_a_yaml_file_has_its_largest_size(tmp_path: Path, size: int, is_read: bool) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("#" * size)
    assert (not read_marked_yaml(path).problems) is is_read


@pytest.mark.parametrize(("values", "is_read"), [(MOST_VALUES // 2 - 1, True), (2 * MOST_VALUES, False)])
def test_a_yaml_file_has_its_most_values(tmp_path: Path, values: int, is_read: bool) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("- 1\n" * values)
    assert (not read_marked_yaml(path).problems) is is_read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !!set {b, c}", "not valid YAML: tags such as '!!set' are not read"),
        ("a: !!binary AAAA", "not valid YAML: tags such as '!!binary' are not read"),
        (
            "a: !!python/object:os.system x",
            "not valid YAML: tags such as '!!python/object:os.system' are not read",
        ),
        ("{[a]: 1}", "not valid YAML: expected text as a key"),
        ("a: &a [*a]", "not valid YAML: an alias leads to itself"),
    ],
)
def test_what_json_cannot_hold_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A set or bytes would fail later, where no line is known."""
    path = tmp_path / "a.yaml"
    path.write_text(text)
    assert [p.message for p in read_marked_yaml(path).problems] == [message]
