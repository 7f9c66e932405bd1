"""Whatever a suite's files hold, the loader tells problems and never breaks."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalkit.documents import read_shipped_schema
from evalkit.errors import SuiteError
from evalkit.families import get_family
from evalkit.suites import load_suite, read_suite, validate
from evalkit.suites.fields import ITEM_FIELDS

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
GOOD = "name: d\nfamily: classification\nlabels: [a, b]\n"


def faults_of(yaml_text: bytes, items: bytes, name: str = "items.jsonl") -> list:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "suite.yaml").write_bytes(yaml_text)
        (Path(folder) / name).write_bytes(items)
        problems = validate(folder)
        suite = read_suite(folder).suite
        if suite is not None:
            list(get_family("classification").check(suite))
        if problems:
            with pytest.raises(SuiteError):
                load_suite(folder)
        else:
            load_suite(folder)
        return problems


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@example(b"a: &a [*a]\n")
@example(b"? [1]\n: 2\n")
@example(b"<<: 3\nname: x\n")
@example(b"!!python/object:os.system x\n")
@example(b"name: d\nfamily: classification\nlabels: {1: a, 2: b, 1: c}\n")
@example("name: \ud800".encode("utf-8", "surrogatepass"))
def test_any_suite_file_gives_problems(content: bytes):
    """A broken or foreign YAML file is told in a line."""
    assert faults_of(content, b"")


@settings(deadline=None, max_examples=200)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(read_shipped_schema("suite")["properties"], values)))
def test_any_values_under_our_keys_give_problems_or_a_suite(content: dict):
    """A key of ours with a value of someone else's is the usual mistake."""
    text = yaml.safe_dump({"name": "d", "family": "classification", **content}, allow_unicode=True)
    faults_of(text.encode("utf-8", "replace"), b'{"id": "1", "input": "x", "target": "a"}\n')


@settings(deadline=None, max_examples=200)
@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys((*ITEM_FIELDS, "odd"), values)), max_size=3))
def test_any_values_in_an_item_give_problems_or_an_item(rows: list[dict]):
    """One strange row in ten thousand must not hide the others."""
    faults_of(GOOD.encode(), "\n".join(map(json.dumps, rows)).encode())


@settings(deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["items.jsonl", "items.csv", "items.parquet", "i.json", "i.jsonl.gz"]),
)
def test_any_bytes_as_items_give_problems(content: bytes, name: str):
    """Whatever a download left behind is no traceback."""
    assert faults_of(f"{GOOD}items: {name}\n".encode(), content, name)


def test_aliases_in_yaml_cannot_blow_up(tmp_path: Path):
    """Nine lines of nested aliases stand for a thousand million values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (tmp_path / "suite.yaml").write_text(GOOD + "\n".join(lines))
    assert any("alias" in p.message for p in validate(tmp_path))
