"""`suites list`, `show`, `validate`: every fault at once with its place, and what the items can show."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from evalkit import api
from evalkit.cli import cli
from evalkit.records import Stakes
from evalkit.stats import judge, paired_difference
from tests.projects import SUITE, answer_rightly, served, simulated, write_project, write_suite
from tests.servers.stand_in import StandIn

Expected = set[tuple[str, int | None, str]]

CLASSIFICATION = {
    "name": "cls", "family": "classification", "labels": ["a", "b"], "out_of_scope": "c",
    "scorer": {"alises": {}}, "prompt": {"user": "{{ inpt }}"},
}  # fmt: skip
EXTRACTION = {
    "name": "ext", "family": "extraction",
    "schema": {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]},
    "scorer": {"comparators": {"$.b": "fuzzy", "$.a": "numbr"}},
}  # fmt: skip
TOOL = {"type": "function", "function": {"name": "f", "parameters": {
    "type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}}}  # fmt: skip
TOOL_CALLS = {
    "name": "tools", "family": "tool_calls", "tools": [TOOL],
    "scorer": {"profile": "strictest", "parsers": ["jsn"]},
}  # fmt: skip


def item(name: str, target: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "input": "x", "target": target, **more}


BROKEN: dict[str, tuple[dict[str, Any], list[Any], Expected]] = {
    "classification": (
        CLASSIFICATION,
        [
            item("1", "a"), item("1", "b"), item("3", "d"), "{bad json", {"id": "5", "target": "a"},
            item("6", None), item("7", ["a", "b"]), item("8", "a", tgs={}),
        ],
        {
            ("items.jsonl", 2, "stands twice, first in line 1"),
            ("items.jsonl", 3, "'d' is no label"),
            ("items.jsonl", 4, "not valid JSON"),
            ("items.jsonl", 5, "neither input nor messages"),
            ("items.jsonl", 6, "a test item has no target"),
            ("items.jsonl", 7, "one label is asked for"),
            ("items.jsonl", 8, "unknown key 'tgs'"),
            ("suite.yaml", 6, "out_of_scope names 'c'"),
            ("suite.yaml", 8, "unknown scorer option 'alises'"),
            ("suite.yaml", 9, "the template uses 'inpt'"),
        },
    ),
    "extraction": (
        EXTRACTION,
        [item("1", {"a": "one"}), item("2", {})],
        {
            ("items.jsonl", 1, "does not fit the schema at $.a"),
            ("items.jsonl", 2, "'a' is a required property"),
            ("suite.yaml", 12, "no field is at $.b"),
            ("suite.yaml", 13, "unknown comparator 'numbr'"),
        },
    ),
    "tool_calls": (
        TOOL_CALLS,
        [
            item("1", [{"name": "g", "arguments": {}}]), item("2", [{"name": "f", "arguments": {}}]),
            item("3", [{"name": "f", "arguments": {"n": "one"}}]), item("4", "f(n=1)"),
        ],
        {
            ("items.jsonl", 1, "no tool is named 'g'"),
            ("items.jsonl", 2, "requires 'n'"),
            ("items.jsonl", 3, "'one' is not of type 'integer'"),
            ("items.jsonl", 4, "a target is a list of calls"),
            ("suite.yaml", 15, "is no profile"),
            ("suite.yaml", 16, "unknown call parser 'jsn'"),
        },
    ),
}  # fmt: skip


def write_broken(folder: Path, plain: dict[str, Any], items: list[Any]) -> Path:
    path = folder / str(plain["name"])
    path.mkdir(parents=True)
    (path / "suite.yaml").write_text(yaml.safe_dump(plain, sort_keys=False))
    lines = [i if isinstance(i, str) else json.dumps(i) for i in items]
    (path / "items.jsonl").write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("family", BROKEN)
def test_every_fault_is_told_at_once_with_file_and_line(tmp_path: Path, family: str) -> None:
    """One fault a try makes ten tries; and no fault may be told that is none."""
    plain, items, expected = BROKEN[family]
    found = api.validate_suite(write_broken(tmp_path, plain, items))
    places = {(Path(p.file or "").name, p.line) for p in found}
    assert places == {(file, line) for file, line, _ in expected}
    missing = [
        e for e in expected
        if not any((Path(p.file or "").name, p.line) == e[:2] and e[2] in p.message for p in found)
    ]  # fmt: skip
    assert missing == []
    assert all(p.hint for p in found), "each says what to write instead"


def test_validate_leaves_with_2_and_speaks_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CI reads the exit code, an editor the JSON."""
    file = write_project(tmp_path, {"sim": simulated()})
    assert cli.main(["suites", "validate", "--project", str(file)], standalone_mode=False) == 0
    write_broken(tmp_path / "suites", EXTRACTION, [item("1", {})])
    capsys.readouterr()
    assert cli.main(["suites", "validate", "--json", "--project", str(file)], standalone_mode=False) == 2
    found = json.loads(capsys.readouterr().out)
    counts = {Path(path).name: len(problems) for path, problems in found.items()}
    assert counts == {SUITE: 0, "ext": 3}


def test_a_broken_suite_does_not_hide_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list is what one looks at when something is wrong."""
    file = write_project(tmp_path, {"sim": simulated()})
    write_broken(tmp_path / "suites", EXTRACTION, [item("1", {})])
    assert cli.main(["suites", "list", "--project", str(file)], standalone_mode=False) == 2
    said = capsys.readouterr().out
    assert f"{SUITE}  classification  12 test items" in said
    assert "contract: 4 labels, out of scope: out_of_scope" in said
    assert "quality_floor 0.5" in said
    assert "ext: FAULTY" in said


def test_show_prints_the_request_of_an_item(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is sent is the first thing to look at when answers are odd."""
    file = write_project(tmp_path, {"sim": simulated()})
    arguments = ["suites", "show", SUITE, "--item", "p-0003", "--candidate", "sim", "--project", str(file)]
    assert cli.main(arguments, standalone_mode=False) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert shown["request"]["messages"][-1] == {"role": "user", "content": "plant number 3"}


@pytest.mark.parametrize(("n_items", "discordance"), [(200, 0.1), (400, 0.3)])
def test_the_smallest_drop_is_found_in_four_of_five_tries(
    tmp_path: Path, n_items: int, discordance: float
) -> None:
    """A promise about power is kept when simulated: the drop told is called a drop 80% of the time."""
    path = write_suite(tmp_path, n_items=n_items)
    (suite,) = api.load_suites(None, [str(path)])
    drop = api.summarise_suite(suite, discordance=discordance).detectable_drop
    assert drop is not None
    rng = np.random.default_rng(1)
    falls, rises = (discordance + drop) / 2, (discordance - drop) / 2
    found = 0
    for _ in range(400):
        kinds = rng.choice(3, size=n_items, p=[falls, rises, 1 - falls - rises])
        a, b = np.where(kinds == 1, 0.0, 1.0), np.where(kinds == 0, 0.0, 1.0)
        found += judge(paired_difference(a, b).interval, 1e-9).outcome == "fail"
    assert 0.73 <= found / 400 <= 0.87


def test_what_too_few_items_can_show_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two items prove nothing, and a figure would pretend that they did."""
    file = write_project(tmp_path, {"sim": simulated()}, n_items=2)
    cli.main(["suites", "list", "--project", str(file)], standalone_mode=False)
    assert "cannot show any drop" in capsys.readouterr().out


def test_a_summary_counts_clusters_and_critical_items(tmp_path: Path) -> None:
    """Ten questions on one document are not ten pieces of evidence."""
    path = write_suite(tmp_path, n_items=10)
    rng = random.Random(0)
    lines = [json.loads(line) for line in (path / "items.jsonl").read_text().splitlines()]
    lines = [{**line, "cluster": rng.choice("xy") if n < 6 else None, "critical": n < 2}
             for n, line in enumerate(lines)]  # fmt: skip
    (path / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (suite,) = api.load_suites(None, [str(path)])
    found = api.summarise_suite(suite)
    assert (found.test_items, found.clusters, found.critical_items) == (10, 6, 2)
    assert found.stakes == Stakes(risk="low", quality_floor=0.5)


@pytest.mark.parametrize("changes", [{}, {"output": "constrained", "options": {"dialect": "vllm"}}])
def test_the_body_shown_is_the_body_that_is_sent(tmp_path: Path, changes: dict[str, Any]) -> None:
    """A preview that differs from the request by one field sends its reader on a wrong track."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        file = write_project(tmp_path, {"a": served(server.base_url, **changes)}, n_items=3)
        api.run(project=file)
    home = api.open_project(file)
    (suite,) = api.load_suites(home, [SUITE])
    shown = [api.preview_request(suite, i.id, home.candidates["a"])["body"] for i in suite.items]
    in_order = sorted((asked.body for asked in server.asked), key=lambda body: str(body["messages"]))
    assert in_order == sorted(shown, key=lambda body: str(body["messages"]))
