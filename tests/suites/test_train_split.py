"""The train split: beside the suite, never in its version, and never a test item in another coat."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from evalkit import api
from evalkit.errors import SuiteError
from evalkit.records import Item
from evalkit.suites import load_suite
from evalkit.suites.train_split import SIMILARITY, find_near_items
from tests.commands import evalkit
from tests.projects import write_suite

TEST_TEXT = "please move my parcel to the shop in mill lane the courier says only you can do it"


def _write(suite: Path, *rows: dict[str, Any]) -> None:
    (suite / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def _row(number: int, text: str, target: Any = "root", **more: Any) -> dict[str, Any]:
    return {"id": f"t{number}", "input": text, "target": target, **more}


def _item(text: str) -> Item:
    return Item(id="x", input=text)


def test_train_items_are_no_part_of_the_suite_and_of_its_version(tmp_path: Path) -> None:
    """Answers stored for the test items must stay valid while people add train items."""
    folder = write_suite(tmp_path)
    before = load_suite(folder)
    _write(folder, _row(1, "what grows under the earth"))
    after = load_suite(folder)
    assert after.suite_version == before.suite_version
    assert all(item.split == "test" for item in after.items)
    assert [i.split for i in api.load_train_split(after).items] == ["train"]
    assert api.summarise_suite(after).train_items == 1
    assert evalkit("suites", "list", cwd=tmp_path).returncode == 0


def test_validate_tells_every_fault_with_both_lines(tmp_path: Path) -> None:
    """Whoever wrote a thousand items must find the wrong ones without a search."""
    folder = write_suite(tmp_path)
    _write(
        folder,
        _row(1, "  Plant NUMBER 3! "),
        _row(2, "a tuber", "rot"),
        _row(3, "a bean", split="test"),
        {"id": "t4", "input": "a pea"},
        {"id": "p-0002", "input": "a leek", "target": "leaf"},
    )
    problems = api.validate_suite(folder)
    assert {(p.line, p.message.partition(":")[0]) for p in problems} == {
        (1, "it is the test item 'p-0003' in line 4 of the suite's items"),
        (2, "the target 'rot' is no label of the suite"),
        (3, "items of train.jsonl are train items, not test"),
        (4, "a train item has no target"),
        (5, "the id 'p-0002' is that of an item in line 3 of the suite's items"),
    }
    assert all(str(p.file).endswith("train.jsonl") for p in problems)
    with pytest.raises(SuiteError, match="and 4 more"):
        api.load_train_split(load_suite(folder))
    assert load_suite(folder).test_items  # a run is none the worse


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A foreign suite must not read this machine's files into a training set."""
    folder = write_suite(tmp_path)
    (tmp_path / "away.jsonl").write_text(json.dumps(_row(1, "a tuber")))
    (folder / "train.jsonl").symlink_to(tmp_path / "away.jsonl")
    (problem,) = api.validate_suite(folder)
    assert "leads out" in problem.message


@pytest.mark.parametrize(
    ("text", "likeness"),
    [
        (TEST_TEXT.upper() + "!", "the same text"),
        # One word of 18 changed near the end: 8 of the 11 runs are whole.
        (TEST_TEXT.replace("can", "could"), "it holds 73% of its runs of 8 words"),
        # One word in the middle breaks 8 of 11 runs; the letters tell.
        (TEST_TEXT.replace("lane", "road"), "they share 83% of their 4-letter pieces"),
        (TEST_TEXT.replace("lane", "road").replace("can", "may"), None),
    ],
)
def test_how_alike_is_measured_and_said(text: str, likeness: str | None) -> None:
    """A changed word does not make a new item; two changed words, by these measures, do."""
    found = list(find_near_items([_item(TEST_TEXT)], [_item("something else"), _item(text)]))
    assert [near.likeness for near in found] == ([likeness] if likeness else [])


def test_the_similarity_that_decides_is_the_one_that_is_documented() -> None:
    """docs/suites.md promises it, and the limit of the survey is the same."""
    assert SIMILARITY == 0.8


def test_the_check_grows_with_the_items_and_not_with_their_pairs() -> None:
    """A hundred thousand pairs more must not be compared one by one."""
    tests = [_item(f"word{n} asks for word{n + 1} and word{n * 7} at place {n}") for n in range(100)]
    trains = [_item(f"term{n} wants term{n + 1} or term{n * 7} from shelf {n}") for n in range(1_600)]

    def seconds(count: int) -> float:
        began = time.process_time()
        assert not list(find_near_items(tests, trains[:count]))
        return time.process_time() - began

    seconds(50)
    assert seconds(1_600) < 10 * seconds(400)  # 16 times, if each were compared with each
