"""`evalkit sql --csv` gives a table that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pytest

from evalkit.cli.sql import _csv
from evalkit.reporting.tables import csv_text, harmless_cell
from tests.commands import evalkit
from tests.projects import write_project


@pytest.mark.parametrize(
    "text",
    ["=1+1", '=HYPERLINK("http://127.0.0.1/?"&A1)', "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1",
     "-", "=", "+1 555 0100", "--1"],
)  # fmt: skip
def test_what_begins_as_a_formula_is_text(text: str) -> None:
    """A model's output that a spreadsheet runs is an attack on whoever opens the table."""
    assert harmless_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+3", "-0.5", "-.5", "-1e-9", "a=1", " =1", "'=1", "", "5", "(-1)"])
def test_numbers_and_other_texts_stay(text: str) -> None:
    """Numbers stay numbers, also where they are text."""
    assert harmless_cell(text) == text


def test_every_table_goes_the_same_way() -> None:
    """Names of columns too: the query names them, and a report's come from suites."""
    table = pa.table(
        {"=a": ["=b", None, "c"], "n": [-1.25, None, 1e-9], "m": [-1, 2, 3], "t": [[1], [2], [3]]}
    )
    rows = list(csv.reader(io.StringIO(_csv(table))))
    assert rows == [
        ["'=a", "n", "m", "t"],
        ["'=b", "-1.25", "-1", "[1]"],
        ["", "", "2", "[2]"],
        ["c", "1e-09", "3", "[3]"],
    ]
    assert csv_text(["x"], [["=b"], [-1.25], ["-5"]]) == "x\n'=b\n-1.25\n-5\n"


def test_an_output_that_is_a_formula_comes_out_as_text(tmp_path: Path) -> None:
    """From the recorded answer to the table, as a user gets it."""
    formula = '=HYPERLINK("http://127.0.0.1/?"&A1)'
    write_project(
        tmp_path, {"r": {"tier": "slim", "backend": "replay", "options": {"path": "out.jsonl"}}}, n_items=1
    )
    (tmp_path / "out.jsonl").write_text(json.dumps({"id": "p-0000", "output": formula}) + "\n", "utf-8")
    assert evalkit("run", "--quiet", cwd=tmp_path).returncode == 0
    told = evalkit("sql", "--csv", "SELECT item_id, output, -1 AS n FROM samples", cwd=tmp_path)
    assert list(csv.reader(io.StringIO(told.stdout))) == [
        ["item_id", "output", "n"],
        ["p-0000", f"'{formula}", "-1"],
    ]
