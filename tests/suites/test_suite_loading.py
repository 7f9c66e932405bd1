"""Loading a suite: what is read, and that every fault is told with its file, line, item and fix."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator

from evalkit.documents import read_shipped_schema
from evalkit.errors import SuiteError
from evalkit.records import Problem
from evalkit.suites import (
    find_shipped_suites,
    find_suite,
    find_suites,
    load_suite,
    locate_problem,
    validate,
)

YAML = "name: demo\nfamily: classification\nlabels: [yes, no, maybe]\n"
ITEM = {"id": "1", "input": "is it?", "target": "yes"}


def folder(tmp_path: Path, yaml: str = YAML, items: object = (ITEM,), name: str = "items.jsonl") -> Path:
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "suite.yaml").write_text(yaml)
    text = items if isinstance(items, str) else "".join(json.dumps(i) + "\n" for i in items)
    (tmp_path / name).write_text(text)
    return tmp_path


def the_problem(path: Path) -> Problem:
    problems = validate(path)
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize("path", find_suites([find_shipped_suites()]).values(), ids=lambda p: p.name)
def test_every_shipped_suite_loads(path: Path):
    """What a user tries first must work, and be large enough to show something."""
    suite = load_suite(path)
    assert len(suite.test_items) >= 60
    assert suite.prompts["default"].system
    assert validate(path) == []


def test_the_shipped_schema_is_a_schema():
    """Editors read it; a broken one would underline every suite."""
    Draft202012Validator.check_schema(read_shipped_schema("suite"))


def test_yes_and_no_are_labels_not_truth_values(tmp_path: Path):
    """YAML 1.1 reads them as booleans, and a suite of yes and no would lose its labels."""
    assert list(load_suite(folder(tmp_path)).contract.labels) == ["yes", "no", "maybe"]


def test_the_suite_holds_what_the_file_says(tmp_path: Path):
    """Each key of the contract reaches its record."""
    yaml = """\
name: demo
family: classification
version: 3
description: what it is
labels: {a: first, b: }
multi_label: true
out_of_scope: b
target_format: bfcl
scorer: {aliases: {a: [A]}}
prompt: "Q: {{ input }}"
prompts:
  terse: {system: Label only.}
  shots: {few_shot: 2}
stakes: {risk: high, margin: 0.02, volume_per_month: 10}
"""
    item = {
        "id": 7, "input": "x", "target": ["a"], "tags": {"n": 3, "gone": None}, "weight": 2, "critical": True,
        "cluster": "doc", "split": "dev", "context": ["p", {"id": 9, "text": "q"}], "alternatives": [["b"]],
    }  # fmt: skip
    (folder(tmp_path, yaml, (item, {**item, "id": "t", "split": "test"})) / "CARD.md").write_text("about")
    suite = load_suite(tmp_path)
    assert (suite.version, suite.card, suite.path) == ("3", "about", str(tmp_path))
    assert suite.contract.labels == {"a": "first", "b": ""}
    assert (suite.contract.multi_label, suite.contract.out_of_scope) == (True, "b")
    assert suite.scorer == {"aliases": {"a": ["A"]}, "target_format": "bfcl"}
    assert [p.user for p in suite.prompts.values()] == ["Q: {{ input }}"] * 3
    assert (suite.prompts["terse"].system, suite.prompts["shots"].few_shot) == ("Label only.", 2)
    assert (suite.stakes.risk, suite.stakes.margin, suite.stakes.volume_per_month) == ("high", 0.02, 10)
    read = suite.items[0]
    assert (read.id, read.tags, read.weight, read.critical) == ("7", {"n": "3"}, 2.0, True)
    assert (read.cluster, read.split, read.alternatives, read.line) == ("doc", "dev", (["b"],), 1)
    assert read.context == ({"id": "1", "text": "p"}, {"id": "9", "text": "q"})


@pytest.mark.parametrize(
    ("yaml", "line", "key", "message", "hint"),
    [
        (YAML + "lables: [a]\n", 4, "lables", "unknown key 'lables'", "did you mean 'labels'?"),
        (YAML + "stakes:\n  risk: high\n  margn: 1\n", 6, "stakes.margn", "unknown key 'margn'", "margin"),
        (YAML + "stakes: {risk: hihg}\n", 4, "stakes.risk", "is not known", "did you mean 'high'?"),
        (YAML + "stakes:\n  margin: 5\n", 5, "stakes.margin", "at most 1", "fraction"),
        (YAML + "version: 1.10\n", 4, "version", "1.1 is not text or a whole number", "Quote it"),
        (YAML + "prompt:\n  sistem: x\n", 5, "prompt.sistem", "unknown key 'sistem'", "system"),
        (YAML + "prompts:\n  a: {few_shot: 1}\n", 5, "prompts.a", "neither system nor user", "user"),
        (YAML + "fields: {targt: gold}\n", 4, "fields.targt", "is no name", "did you mean 'target'"),
        (YAML + "name: again\n", 4, "name", "stands twice, first in line 1", "remove"),
        (YAML + "schema: gone.json\n", 4, "schema", "'gone.json' is not there", "relative"),
        (YAML + "multi_label: perhaps\n", 4, "multi_label", "not true or false", ""),
        ("name: demo\nlabels: [a]\n", 1, None, "the key 'family' is missing", "family"),
        ("name: ../up\nfamily: x\n", 1, "name", "not allowed", "letters"),
        ("name: demo\nfamily: x\nlabels: [a, b, a]\n", 3, "labels", "'a' stands twice", "remove"),
        ("name: [demo\nfamily: x\n", 2, None, "not valid YAML", "quote"),
        ("just text\n", 1, None, "mapping of keys", "name"),
    ],
)
def test_a_fault_of_suite_yaml_names_its_line_and_key(
    tmp_path: Path, yaml: str, line: int, key: str, message: str, hint: str
):
    """A reader goes straight to the place, and sees what to write there."""
    found = the_problem(folder(tmp_path, yaml))
    assert (found.line, found.key) == (line, key)
    assert found.file == str(tmp_path / "suite.yaml")
    assert message in found.message
    assert hint in found.hint


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"id": None}, "the item has no id", "unique"),
        ({"id": ""}, "the item has no id", "unique"),
        ({"id": ["x"]}, "id must be text", ""),
        ({"targt": "yes"}, "unknown key 'targt'", "did you mean 'target'"),
        ({"input": None}, "neither input nor messages", "input"),
        ({"input": 5}, "input must be text, not 5", "quotes"),
        ({"target": None}, "a test item has no target", "split"),
        ({"tags": ["a"]}, "tags must be a mapping", "channel"),
        ({"tags": {"a": {"b": 1}}}, "tags 'a' must be text", ""),
        ({"split": "tset"}, 'split "tset" is not known', "did you mean 'test'?"),
        ({"split": "validation"}, "is not known", "dev"),
        ({"weight": 0}, "weight must be a number above 0", ""),
        ({"weight": True}, "weight must be a number above 0", ""),
        ({"critical": "perhaps"}, "critical must be true or false", ""),
        ({"messages": "hello"}, "messages must be a list of objects", ""),
        ({"messages": [{"content": "x"}]}, "messages has a turn without a role", "user"),
        ({"context": [3]}, "context has a passage without text: 3", ""),
    ],
)
def test_a_fault_of_an_item_names_its_line_and_id(tmp_path: Path, change: dict, message: str, hint: str):
    """In a file of thousands of lines nobody can search for it."""
    good = {**ITEM, "id": "good"}
    found = the_problem(folder(tmp_path, items=(good, {**ITEM, **change})))
    assert found.line == 2
    assert found.item_id == (None if "id" in change else "1")
    assert message in found.message
    assert hint in found.hint


def test_a_double_id_names_both_lines(tmp_path: Path):
    """Two items with one id would share their samples."""
    found = the_problem(folder(tmp_path, items=(ITEM, {**ITEM, "id": "2"}, ITEM)))
    assert (found.line, found.item_id) == (3, "1")
    assert "first in line 1" in found.message


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('{"id": "1", "input": "x", "target": "yes"}\n\n{"id": "2", }\n', 3, 13, "not valid JSON"),
        ('{"id": "1", "input": "x", "target": NaN}\n', 1, None, "NaN is not JSON"),
        ("[1]\n", 1, None, "an item is a JSON object"),
    ],
)
def test_bad_json_names_line_and_column(tmp_path: Path, text: str, line: int, column: int, message: str):
    """One bad comma in ten thousand lines must be found at once."""
    found = validate(folder(tmp_path, items=text))[0]
    assert (found.line, found.column) == (line, column)
    assert message in found.message


def test_a_file_that_is_not_utf8_is_a_problem_not_a_traceback(tmp_path: Path):
    """Exports from office programs often are not."""
    (folder(tmp_path) / "items.jsonl").write_bytes(b'{"id": "1", "input": "caf\xe9", "target": "yes"}\n')
    assert the_problem(tmp_path).line == 1


def test_all_faults_are_reported_at_once_and_loading_raises_the_first(tmp_path: Path):
    """Mending one fault a run would take an afternoon."""
    items = [{"input": "x", "target": "yes"}, ITEM, {**ITEM, "id": "3", "split": "x"}, ITEM]
    path = folder(tmp_path, YAML + "stakes: {margin: 0.1}\nprompt: '{{ input }}'\n", items)
    assert [p.line for p in validate(path)] == [1, 3, 4]
    with pytest.raises(SuiteError, match=r"no id .and 2 more") as caught:
        load_suite(path)
    assert caught.value.where == f"{path / 'items.jsonl'}:1"


def test_a_fault_beside_the_contract_does_not_hide_those_of_the_items(tmp_path: Path):
    """A misspelt stake says nothing of the items; a misspelt `labels` does: no target is wrong then."""
    bad = [ITEM, {**ITEM, "id": "2", "split": "x"}]
    beside = folder(tmp_path / "beside", YAML + "stakes: {risk: hgih}\ncolour: red\n", bad)
    told = {(Path(p.file or "").name, p.line) for p in validate(beside)}
    assert told == {("suite.yaml", 4), ("suite.yaml", 5), ("items.jsonl", 2)}
    contract = folder(tmp_path / "contract", YAML.replace("labels", "labls"), bad)
    assert [p.key for p in validate(contract)] == ["labls"]


def test_a_missing_suite_names_the_near_ones(tmp_path: Path):
    """A misspelt name is the commonest mistake of all."""
    folder(tmp_path / "triage", YAML.replace("demo", "triage"))
    with pytest.raises(SuiteError, match="did you mean 'triage'"):
        find_suite("triag", [tmp_path])
    with pytest.raises(SuiteError, match=r"no such suite folder.*did you mean 'triage'"):
        load_suite(tmp_path / "triag")


def test_an_earlier_folder_hides_a_later_one_and_a_double_name_within_one_is_an_error(tmp_path: Path):
    """A project may replace a shipped suite; two of one name side by side is a mistake."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for root in (ours, theirs):
        root.mkdir()
        folder(root / "demo")
    assert find_suites([ours, theirs, tmp_path / "gone"]) == {"demo": ours / "demo"}
    assert find_suite("demo", [theirs, ours]) == theirs / "demo"
    assert find_suite(str(ours / "demo" / "suite.yaml"), []) == ours / "demo"
    folder(ours / "copy")
    with pytest.raises(SuiteError, match="two suites are named 'demo'"):
        find_suites([ours])


def test_fields_read_foreign_columns_dotted_paths_and_tags(tmp_path: Path):
    """A data set of someone else becomes a suite without being rewritten."""
    yaml = YAML + "fields: {id: meta.uid, target: gold.0, tags.kind: category}\n"
    row = {"meta": {"uid": 5}, "input": "x", "gold": ["no"], "category": "c", "other": 1}
    item = load_suite(folder(tmp_path, yaml, (row,))).items[0]
    assert (item.id, item.target, item.tags) == ("5", "no", {"kind": "c"})


def test_a_column_that_no_row_has_is_told_once_with_near_names(tmp_path: Path):
    """Else every item would be said to lack a target, a thousand times."""
    rows = [{**ITEM, "id": str(n), "gold": "yes"} for n in range(3)]
    found = the_problem(folder(tmp_path, YAML + "fields: {cluster: god}\n", rows))
    assert (found.line, found.key) == (4, "fields.cluster")
    assert found.hint == "did you mean 'gold'?"


def test_csv_parquet_json_and_gzip_hold_the_same_items(tmp_path: Path):
    """The form of the file is the user's choice and must not change a suite."""
    rows = [
        {"id": "1", "input": "a, b\nc", "target": "yes", "weight": 2.0, "critical": True, "tags": {"k": "v"}},
        {"id": "2", "input": 'say "x"', "target": "no", "weight": 1.0, "critical": False, "tags": {"k": "w"}},
    ]
    want = load_suite(folder(tmp_path / "jsonl", items=rows)).items
    csv_text = 'id,input,target,weight,critical,tags.k\n1,"a, b\nc",yes,2.0,true,v\n2,"say ""x""",no,1,,w\n'
    made = [folder(tmp_path / "csv", items=csv_text, name="items.csv")]
    made.append(folder(tmp_path / "json", YAML + "items: all.json\n", json.dumps(rows), "all.json"))
    parquet = folder(tmp_path / "parquet", items="")
    (parquet / "items.jsonl").unlink()
    pq.write_table(pa.Table.from_pylist(rows), parquet / "items.parquet")
    zipped = folder(tmp_path / "gz", YAML + "items: items.jsonl.gz\n", "")
    (zipped / "items.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    for path in (*made, parquet, zipped):
        got = load_suite(path)
        assert [(i.id, i.input, i.target, i.weight, i.critical, i.tags) for i in got.items] == [
            (i.id, i.input, i.target, i.weight, i.critical, i.tags) for i in want
        ], path.name
    assert load_suite(made[0]).content_hash == load_suite(tmp_path / "jsonl").content_hash
    assert [i.line for i in load_suite(made[0]).items] == [2, 4]


def test_a_ragged_csv_row_is_told_with_its_line(tmp_path: Path):
    """A shifted column would quietly score every answer against the wrong target."""
    path = folder(tmp_path, items="id,input,target\n1,a,b,yes\n2,x,no\n", name="items.csv")
    (path / "items.jsonl").unlink(missing_ok=True)
    found = the_problem(path)
    assert found.line == 2
    assert "4 cells under 3 columns" in found.message


def test_class_numbers_of_a_hugging_face_parquet_are_read_by_name(tmp_path: Path):
    """The numbers mean nothing to a model; the names are in the file."""
    features = {"info": {"features": {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}}}}
    table = pa.table({"id": ["1"], "input": ["x"], "label": [1]}).replace_schema_metadata(
        {"huggingface": json.dumps(features)}
    )
    path = folder(tmp_path, YAML + "fields: {target: label}\nitems: d.parquet\n", "")
    pq.write_table(table, path / "d.parquet")
    assert load_suite(path).items[0].target == "yes"


@pytest.mark.parametrize("name", ["items.parquet", "items.jsonl.gz", "items.xlsx"])
def test_a_file_that_is_not_what_its_name_says_is_a_problem(tmp_path: Path, name: str):
    """A damaged download is told in one line."""
    assert len(validate(folder(tmp_path, YAML + f"items: {name}\n", "junk", name))) == 1


def test_contract_parts_come_from_files_beside_the_suite(tmp_path: Path):
    """Long label lists, schemas and tools live in files of their own."""
    yaml = "name: d\nfamily: x\nlabels: l.json#/set\nschema: s.json\ntools: t.json\n"
    path = folder(tmp_path, yaml)
    for name, value in (
        ("l.json", {"set": ["a", "b"]}),
        ("s.json", {"type": "object"}),
        ("t.json", [{"n": 1}]),
    ):
        (path / name).write_text(json.dumps(value))
    contract = load_suite(path).contract
    assert (list(contract.labels), contract.schema, contract.tools) == (
        ["a", "b"],
        {"type": "object"},
        ({"n": 1},),
    )
    (path / "l.json").write_text('{"other": []}')
    assert the_problem(path).key == "labels"


def test_a_familys_problem_is_given_its_file_and_line(tmp_path: Path):
    """Families know items and keys; the loader knows where these stand."""
    suite = load_suite(folder(tmp_path))
    by_key = locate_problem(Problem(message="m", key="labels"), suite)
    by_item = locate_problem(Problem(message="m", item_id="1", line=1), suite)
    assert by_key.where == f"{tmp_path / 'suite.yaml'}:3, key 'labels'"
    assert by_item.where == f"{tmp_path / 'items.jsonl'}:1, item '1'"


def test_escapes_that_no_database_holds_are_replaced(tmp_path: Path):
    """A lone surrogate or a NUL in one item would stop the whole run when it is stored."""
    path = folder(
        tmp_path, items='{"id": "1", "input": "a\\ud800b\\u0000c\\ud83d\\ude00", "target": "yes"}\n'
    )
    assert load_suite(path).items[0].input == "a\ufffdb\ufffdc😀"


def test_a_large_suite_loads_in_seconds(tmp_path: Path):
    """100,000 items are an ordinary month of one queue."""
    rows = "".join(
        f'{{"id": "{n}", "input": "message {n}", "target": "yes", "tags": {{"c": "x"}}}}\n'
        for n in range(100_000)
    )
    path = folder(tmp_path, items=rows)
    start = time.process_time()
    assert len(load_suite(path).items) == 100_000
    assert time.process_time() - start < 10
