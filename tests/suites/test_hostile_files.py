"""Files of items and contracts that other programs wrote: read whole, or refused in a line with its place."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.api import new_suite, validate_suite
from evalkit.documents import MOST_NESTED
from evalkit.errors import SuiteError
from evalkit.suites import load_suite
from evalkit.suites.formats import MOST_IN_CELL


def write_suite(folder: Path, items: str, *, name: str = "items.jsonl", **keys: str) -> Path:
    folder.mkdir(parents=True)
    said = {"name": "s", "family": "classification", "labels": "[a, b]", **keys}
    (folder / "suite.yaml").write_text("".join(f"{k}: {v}\n" for k, v in said.items()), "utf-8")
    (folder / name).write_text(items, "utf-8")
    return folder


def item(**more: object) -> str:
    return json.dumps({"id": "1", "input": "x", "target": "a", **more}) + "\n"


def nested(depth: int) -> str:
    """An item whose context nests so deep, the item itself among the levels."""
    return item(id="2").replace('"x"', '"x", "target": ' + "[" * (depth - 1) + "1" + "]" * (depth - 1), 1)


@pytest.mark.parametrize("depth", [MOST_NESTED + 1, 990, 3000, 100_000])
def test_deeply_nested_items_are_refused_with_their_line(tmp_path: Path, depth: int) -> None:
    """Recursion ended drafting, validating and running in a traceback that named no file."""
    folder = write_suite(tmp_path / "s", item() + '{"id": "2", "x": ' + "[" * depth + "]" * depth + "}\n")
    problem = validate_suite(folder)[0]
    assert (problem.file, problem.line) == (str(folder / "items.jsonl"), 2)
    assert "nests more than 100" in problem.message
    with pytest.raises(SuiteError, match=r"items\.jsonl:2: .*nests more than 100"):
        load_suite(folder)
    source = tmp_path / "source.jsonl"
    source.write_text((folder / "items.jsonl").read_text("utf-8"), "utf-8")
    with pytest.raises(SuiteError, match=r"source\.jsonl:2: .*nests more than 100"):
        new_suite("t", source, family="classification", folder=tmp_path)


def test_items_that_nest_up_to_the_limit_are_read(tmp_path: Path) -> None:
    """The other side of the limit."""
    deep = "[" * (MOST_NESTED - 2) + "]" * (MOST_NESTED - 2)
    text = item(split="dev").replace('"a"', '{"a": ' + deep + "}")
    schema = "{type: object, properties: {a: {type: array}}, additionalProperties: false}"
    items = text + item(id="2", target={"a": []})
    folder = write_suite(tmp_path / "s", items, family="extraction", schema=schema, labels="[]")
    file = folder / "suite.yaml"
    file.write_text(file.read_text("utf-8").replace("labels: []\n", ""), "utf-8")
    assert load_suite(folder).content_hash


@pytest.mark.parametrize("cell", ["[" * 3000, "[" * 101 + "]" * 101])
def test_json_within_a_cell_has_the_same_limit(tmp_path: Path, cell: str) -> None:
    """A table's cell is read as JSON where it looks like it."""
    folder = write_suite(tmp_path / "s", f'id,input,target\n1,x,"{cell}"\n', name="items.csv")
    assert validate_suite(folder)  # no traceback: it is text that is no label, or it nests too deep


def csv_of(path: Path, *cells: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["text", "label"], *([cell, "ab"[n % 2]] for n, cell in enumerate(cells))]
        )
    return path


def test_a_cell_of_a_whole_contract_is_read(tmp_path: Path) -> None:
    """Transcripts and contracts are longer than 131,072 characters, Python's own limit."""
    source = csv_of(tmp_path / "big.csv", "x" * 200_000, "short", "y" * 131_073)
    draft = new_suite("t", source, family="classification", folder=tmp_path)
    assert [len(i.input or "") for i in draft.suite.items] == [200_000, 5, 131_073]


def test_a_cell_beyond_the_limit_is_refused_as_what_it_is(tmp_path: Path) -> None:
    """ "Save as UTF-8" sent people the wrong way."""
    source = csv_of(tmp_path / "big.csv", "short", "x" * (MOST_IN_CELL + 1))
    with pytest.raises(SuiteError, match=r"big\.csv:3: a cell of more than 10,000,000 characters"):
        new_suite("t", source, family="classification", folder=tmp_path)
    fitting = csv_of(tmp_path / "fits.csv", "short", "x" * MOST_IN_CELL)
    assert len(new_suite("u", fitting, family="classification", folder=tmp_path).suite.items) == 2


def test_a_file_in_another_encoding_is_still_told_so(tmp_path: Path) -> None:
    """The hint stands where it belongs."""
    (tmp_path / "latin.csv").write_bytes("text,label\nMüller,a\n".encode("latin-1"))
    with pytest.raises(SuiteError, match="save as UTF-8"):
        new_suite("t", tmp_path / "latin.csv", family="classification", folder=tmp_path)


def test_nan_in_a_column_is_an_empty_cell(tmp_path: Path) -> None:
    """pandas writes what is missing as NaN: the item goes to the dev split, as any without a target does."""
    source = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"text": ["x", "y", "z"], "target": [1.0, 2.0, float("nan")]}), source)
    draft = new_suite("t", source, family="classification", fields={"target": "target"}, folder=tmp_path)
    assert [i.split for i in draft.suite.items] == ["test", "test", "dev"]
    assert draft.suite.items[2].target is None


@pytest.mark.parametrize(("value", "said"), [(float("inf"), "inf"), ([1.0, float("nan")], "nan")])
@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_what_json_lacks_is_refused_with_file_row_and_column(
    tmp_path: Path, value: object, said: str, form: str
) -> None:
    """The message named a folder that was gone."""
    table = pa.table({"text": ["x", "y"], "target": [value, value]})
    source = tmp_path / "rows.parquet"
    if form == "parquet":
        pq.write_table(table, source)
        where = r"rows\.parquet:1"
    else:
        source = tmp_path / "saved"
        source.mkdir()
        with pa.ipc.new_stream(str(source / "data.arrow"), table.schema) as stream:
            stream.write_table(table)
        where = r"data\.arrow, row 1"
    with pytest.raises(SuiteError, match=rf"{where}.*: the column 'target' holds {said}") as caught:
        new_suite("t", source, family="classification", fields={"target": "target"}, folder=tmp_path)
    assert ".new-" not in str(caught.value)


FORBIDDEN = ["\ufffe", "\uffff", "\ufdd0", "\ufdef", "\U0001fffe", "\U0010ffff", "\x00"]


@pytest.mark.parametrize("bad", FORBIDDEN, ids=lambda c: f"U+{ord(c):04X}")
@pytest.mark.parametrize("form", ["jsonl", "escaped", "csv", "parquet"])
def test_characters_that_are_none_enter_no_suite(tmp_path: Path, bad: str, form: str) -> None:
    """U+FFFE in a tag ended the report in a traceback: SVG cannot hold it."""
    folder = write_suite(tmp_path / "s", "", name="none")
    rows = [{"id": "1", "input": f"x{bad}", "target": "a", "tags": {"lang": f"d{bad}e"}}]
    if form in ("jsonl", "escaped"):
        text = json.dumps(rows[0], ensure_ascii=form == "escaped")
        (folder / "items.jsonl").write_text(text + "\n", "utf-8")
    elif form == "csv":
        (folder / "items.csv").write_text(f"id,input,target,tags.lang\n1,x{bad},a,d{bad}e\n", "utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), folder / "items.parquet")
    if form == "jsonl" and bad == "\x00":
        return  # JSON writes NUL as an escape alone
    (found,) = load_suite(folder).items
    assert (found.input, dict(found.tags)) == ("x\ufffd", {"lang": "d\ufffde"})


@pytest.mark.parametrize("kept", ["\ufffd", "\ufdcf", "\ufdf0", "\U0001fffd", "\ufeff", "\u200d", "\x07"])
def test_other_characters_stay_as_they_are(tmp_path: Path, kept: str) -> None:
    """The neighbours of what is replaced, and what is only odd."""
    folder = write_suite(tmp_path / "s", item(input=f"x{kept}y"))
    assert load_suite(folder).items[0].input == f"x{kept}y"


def test_labels_of_yaml_are_those_that_were_written(tmp_path: Path) -> None:
    """Times and grouped numbers are labels; as YAML 1.1 they became 750 and 1000, and no target matched."""
    items = "".join(item(id=str(n), target=t) for n, t in enumerate(["12:30", "10", "1_000", "no"]))
    folder = write_suite(tmp_path / "s", items, labels="[12:30, 010, 1_000, no]")
    assert validate_suite(folder) == []
    assert list(load_suite(folder).contract.labels) == ["12:30", "10", "1_000", "no"]


def test_a_contract_in_json_is_read_as_json(tmp_path: Path) -> None:
    """Escaped emoji were refused, and `1e-09` became text, in files that other programs wrote."""
    folder = write_suite(tmp_path / "s", item(target="😀"), labels="labels.json")
    (folder / "labels.json").write_text('{"\\ud83d\\ude00": "\\u0041", "b": null}', "utf-8")
    assert dict(load_suite(folder).contract.labels) == {"😀": "A", "b": ""}
    (folder / "labels.json").write_text('["a",]', "utf-8")
    problem = validate_suite(folder)[0]
    assert (problem.file, problem.line) == (str(folder / "labels.json"), 1)
