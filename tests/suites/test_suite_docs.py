"""The documents on suites and classification name everything that the code reads, and their examples load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evalkit.documents import read_shipped_schema
from evalkit.families import get_family
from evalkit.families.classification import options, reading
from evalkit.suites import load_suite, validate
from evalkit.suites.fields import ITEM_FIELDS

DOCS = Path(__file__).parents[2] / "docs"
SUITES = (DOCS / "suites.md").read_text()
CLASSIFICATION = (DOCS / "classification.md").read_text()


def test_every_key_and_field_is_documented():
    """A key that nobody can read about does not exist for a user."""
    schema = read_shipped_schema("suite")["properties"]
    keys = [
        *schema,
        *schema["stakes"]["properties"],
        *read_shipped_schema("suite")["$defs"]["prompt"]["oneOf"][1]["properties"],
    ]
    assert [k for k in (*keys, *ITEM_FIELDS) if not re.search(rf"`[^`]*\b{k}\b[^`]*`", SUITES)] == []


def test_every_option_rule_and_error_kind_of_classification_is_documented():
    """A report shows these words; they must be explained somewhere."""
    rules = re.findall(r"^- `(\w+)`", reading.__doc__ or "", re.MULTILINE)
    assert len(rules) == 10
    words = [*rules, *get_family("classification").error_kinds, *options._KNOWN]
    assert [w for w in words if f"`{w}`" not in CLASSIFICATION] == []


@pytest.mark.parametrize("text", [SUITES, CLASSIFICATION], ids=["suites", "classification"])
def test_the_example_of_the_document_is_a_suite(tmp_path: Path, text: str):
    """Examples are copied first and read later."""
    example = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    (tmp_path / "suite.yaml").write_text(example.group(1))
    rows = [f'{{"id": "{n}", "input": "x", "target": "refund", "split": "dev"}}\n' for n in range(4)]
    (tmp_path / "items.jsonl").write_text("".join(rows) + '{"id": "t", "input": "x", "target": "billing"}\n')
    assert validate(tmp_path) == []
    suite = load_suite(tmp_path)
    assert list(get_family("classification").check(suite)) == []
