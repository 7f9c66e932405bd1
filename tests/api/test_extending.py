"""A package of plug-ins, found by its entry points, works in suites like what ships; the docs quote it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evalkit import api
from evalkit.errors import SuiteError
from evalkit.families import get_family, registry
from evalkit.families.comparators import registry as comparators
from evalkit.records import Answer, Contract, Item, Score, Suite
from tests.projects import simulated, write_project

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "examples" / "plugins"
ITEMS = tuple(
    Item(
        id=f"q{n}",
        input=f"question {n}",
        context=({"id": "leave", "text": "30 days"}, {"id": "tea", "text": "at four"}),
        target=("leave", "tea")[n % 2],
    )
    for n in range(6)
)


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package as `pip install` would leave it: importable, with the metadata that it declares."""
    said = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    info = tmp_path / "site" / "evalkit_examples-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evalkit-examples\nVersion: 1.0\n")
    lines = [
        line
        for group, points in said["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(str(info.parent))
    monkeypatch.syspath_prepend(str(PACKAGE))
    invalidate_caches()
    yield
    registry.get_family.cache_clear()
    comparators._factory.cache_clear()


def write_suite(folder: Path, plain: dict[str, Any], items: tuple[dict[str, Any], ...]) -> None:
    folder.mkdir(parents=True)
    (folder / "suite.yaml").write_text(yaml.safe_dump(plain))
    (folder / "items.jsonl").write_text("".join(json.dumps(i) + "\n" for i in items))


def plain_item(item: Item) -> dict[str, Any]:
    return {"id": item.id, "input": item.input, "context": list(item.context), "target": item.target}


def suite(items: tuple[Item, ...] = ITEMS) -> Suite:
    return Suite(name="handbook", family="best_passage", version="1", items=items)


def test_a_family_of_ones_own_is_drafted_run_compared_and_reported(tmp_path: Path) -> None:
    """What ships must have no privilege: every verb takes a plug-in's family."""
    file = write_project(
        tmp_path / "p", {"good": simulated(accuracy=1.0), "bad": simulated(accuracy=0.0)}, n_items=2
    )
    source = tmp_path / "handbook.jsonl"
    source.write_text("".join(json.dumps(plain_item(i)) + "\n" for i in ITEMS))
    draft = api.new_suite("handbook", source, family="best_passage", project=file)
    assert draft.problems == ()
    run = api.run(["handbook"], project=file)
    rows = api.open_store(project=file).samples(run.run_id).to_dict("records")
    assert {r["success"] for r in rows if r["candidate"] == "good"} == {True}
    assert {r["error_kind"] for r in rows if r["candidate"] == "bad"} == {"wrong_passage"}
    (found,) = api.compare("good", "bad", project=file).suites
    assert len(found.broken) == len(ITEMS)
    page = api.report(project=file).parent / "suites"
    assert "reciprocal" in "".join(p.read_text() for p in page.rglob("*.html"))


def test_a_faulty_suite_of_a_plug_in_is_told_with_its_line(tmp_path: Path) -> None:
    """A plug-in's problems come out of the same mouth as ours."""
    wrong = {**plain_item(ITEMS[0]), "target": "coffee"}
    write_suite(tmp_path / "s", {"name": "s", "family": "best_passage"}, (plain_item(ITEMS[1]), wrong))
    (problem,) = api.validate_suite(tmp_path / "s")
    assert (problem.line, problem.item_id) == (2, "q0")
    assert "leave, tea" in problem.hint


@pytest.mark.parametrize(
    ("text", "kind", "score"),
    [
        ("leave", None, 1.0),
        ("I would say leave, then tea.", None, 1.0),
        ("tea, leave", "wrong_passage", 0.5),
        ("tea", "wrong_passage", 0.0),
        ("teatime", "no_passage_named", 0.0),
        ("  ", "empty", 0.0),
    ],
)
def test_the_example_family_names_the_mistake(text: str, kind: str | None, score: float) -> None:
    """An example that scores badly teaches badly."""
    got = get_family("best_passage").scorer(suite())(ITEMS[0], Answer(text=text, finish_reason="stop"))
    assert (got.error_kind, got.score, got.success) == (kind, score, kind is None)


@given(st.text())
def test_the_example_family_never_raises(text: str) -> None:
    """The contract of every scorer."""
    family = get_family("best_passage")
    got = family.scorer(suite())(ITEMS[0], Answer(text=text))
    assert isinstance(got, Score)
    assert got.success == (got.error_kind is None)


def extraction(spec: Any) -> Suite:
    return Suite(
        name="contacts", family="extraction", version="1", contract=Contract(schema={"type": "object"}),
        scorer={"comparators": {"$.phone": spec}},
        items=(Item(id="1", input="x", target={"phone": "+49 30 123456"}),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "written", "same"),
    [
        ("phone", "+49-30-12 34 56", True),
        ("phone", "030 123456", False),
        ({"phone": {"country": "49"}}, "030/123456", True),
        ({"phone": {"country": "49"}}, "+49 (0) 30 123456", True),
        ({"phone": "49"}, "030 123457", False),
    ],
)
def test_a_comparator_of_ones_own_decides(spec: Any, written: str, same: bool) -> None:
    """The business knows when two values mean the same."""
    one = extraction(spec)
    family = get_family("extraction")
    assert list(family.check(one)) == []
    got = family.scorer(one)(one.items[0], Answer(text=json.dumps({"phone": written})))
    assert got.success is same


def test_a_wrong_option_of_a_comparator_is_told_when_the_suite_is_checked() -> None:
    """Not after a thousand answers were paid for."""
    problems = list(get_family("extraction").check(extraction({"phone": {"country": "DE"}})))
    assert any("its code in digits" in p.message for p in problems)


TOOL = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}


@pytest.mark.parametrize(
    ("text", "kind", "parser"),
    [
        ('Thought: look.\nAction: weather\nAction Input: {"city": "Rome"}', None, "react"),
        ('Action: weather\nAction Input: {"city": "Paris"}', "wrong_argument_value", "react"),
        ("Thought: I know.\nFinal Answer: sunny", "missing_call", "react"),
        ("Action: weather\nAction Input: {city: Rome", "unparseable", None),
        ('{"name": "weather", "arguments": {"city": "Rome"}}', None, "json"),
    ],
)
def test_a_parser_of_ones_own_reads_its_dialect(text: str, kind: str | None, parser: str | None) -> None:
    """What it cannot read whole is unparseable, never an abstention."""
    item = Item(id="1", input="x", target=[{"name": "weather", "arguments": {"city": "Rome"}}])
    one = Suite(
        name="w", family="tool_calls", version="1", contract=Contract(tools=(TOOL,)),
        scorer={"parsers": ["react", "json"]}, items=(item,),
    )  # fmt: skip
    family = get_family("tool_calls")
    assert list(family.check(one)) == []
    got = family.scorer(one)(item, Answer(text=text))
    assert got.error_kind == kind
    if parser is not None:
        assert got.parser == parser


def test_without_the_package_the_names_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The near names tell a misspelling from a package that is not installed."""
    monkeypatch.undo()
    registry.get_family.cache_clear()
    with pytest.raises(SuiteError, match="unknown family 'best_passage'"):
        get_family("best_passage")


def test_the_document_quotes_the_package_as_it_is() -> None:
    """Code in a document rots unless it is the code under test."""
    page = (ROOT / "docs" / "extending.md").read_text()
    sources = [p.read_text() for p in (*PACKAGE.rglob("*.py"), PACKAGE / "pyproject.toml")]
    blocks = re.findall(r"```(?:python|toml)\n(.*?)\n```", page, re.DOTALL)
    assert len(blocks) == 6
    assert [b.splitlines()[0] for b in blocks if not any(b in text for text in sources)] == []
