"""Cheap floors: they learn from train items alone, and a model that does not beat one is told so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit import api
from evalkit.errors import SuiteError
from evalkit.records import Sample
from evalkit.runner.journal import read_finished_samples
from tests.projects import write_project

SHIPPED = Path(__file__).parents[2] / "suites"
FLOORS = {
    name: {"tier": "slim", "backend": "baseline", "output": "plain", "options": {"method": name}}
    for name in ("majority", "empty", "nearest_neighbour", "tfidf_logistic_regression")
}
TRAIN = [
    ("a sweet apple from a tree", "fruit"),
    ("a ripe pear from a tree", "fruit"),
    ("a carrot pulled out of the earth", "root"),
    ("a beet dug out of the earth", "root"),
    ("a beet, cooked", "root"),
    ("green lettuce for a salad", "leaf"),
]


def _train(suite: Path, rows: list[tuple[str, Any]]) -> None:
    lines = [json.dumps({"id": f"t{n}", "input": t, "target": v}) + "\n" for n, (t, v) in enumerate(rows)]
    (suite / "train.jsonl").write_text("".join(lines))


def _samples(home: Path, suite: str, *floors: str) -> dict[tuple[str, str], Sample]:
    result = api.run([suite], floors, project=home)
    found = read_finished_samples(result.folder / "journal.jsonl").values()
    return {(s.candidate, s.item_id): s for s in found}


def _plants(folder: Path) -> Path:
    """A project whose two test items are like train items in words that the majority is not."""
    home = write_project(folder, FLOORS)
    items = [("p0", "a yellow pear from the tree", "fruit"), ("p1", "a big carrot, earth on it", "root")]
    rows = [json.dumps({"id": i, "input": t, "target": v}) + "\n" for i, t, v in items]
    (folder / "suites" / "plants" / "items.jsonl").write_text("".join(rows))
    _train(folder / "suites" / "plants", TRAIN)
    return home


def test_each_floor_says_what_its_method_says(tmp_path: Path) -> None:
    """The majority is blind to the text, the others read it; all are free, timed and real."""
    names = ("majority", "nearest_neighbour", "tfidf_logistic_regression")
    found = _samples(_plants(tmp_path), "plants", *names)
    said = {name: [found[name, item].output for item in ("p0", "p1")] for name in names}
    assert said == {
        "majority": ["root", "root"],
        "nearest_neighbour": ["fruit", "root"],
        "tfidf_logistic_regression": ["fruit", "root"],
    }
    assert {(s.cost_usd, s.simulated, s.status) for s in found.values()} == {(0.0, False, "answered")}


def test_a_target_of_a_test_item_is_never_learnt(tmp_path: Path) -> None:
    """A floor that saw the tests would shame every model: no answer changes with the tests' targets."""
    home = _plants(tmp_path)
    before = _samples(home, "plants", "nearest_neighbour", "tfidf_logistic_regression")
    items = tmp_path / "suites" / "plants" / "items.jsonl"
    items.write_text(items.read_text().replace('"fruit"', '"leaf"'))
    after = _samples(home, "plants", "nearest_neighbour", "tfidf_logistic_regression")
    assert {key: s.output for key, s in before.items()} == {key: s.output for key, s in after.items()}


def test_the_fingerprint_follows_the_train_file(tmp_path: Path) -> None:
    """Another train file makes another floor, and its old answers are not taken for it."""
    home = _plants(tmp_path)
    first = _samples(home, "plants", "majority")
    again = _samples(home, "plants", "majority")
    _train(tmp_path / "suites" / "plants", TRAIN[:-1])
    other = _samples(home, "plants", "majority")
    marks = [found["majority", "p0"].requested_fingerprint for found in (first, again, other)]
    assert marks[0] == marks[1] != marks[2]
    (tmp_path / "suites" / "plants" / "train.jsonl").unlink()
    with pytest.raises(SuiteError, match="no train split"):
        _samples(home, "plants", "majority")


@pytest.mark.parametrize(
    ("suite", "rows", "majority", "empty"),
    [
        (
            "order-extraction",
            [
                {"customer": "A", "items": [], "total": None, "currency": "EUR", "needed_by": None},
                {"customer": "A", "items": [{"product": "x", "quantity": 1}], "total": 5, "currency": "EUR",
                 "needed_by": None},
                {"customer": "B", "items": [{"product": "x", "quantity": 1}], "total": 5, "currency": "EUR",
                 "needed_by": "2026-01-02"},
            ],
            {"customer": "A", "items": [{"product": "x", "quantity": 1}], "total": 5, "currency": "EUR",
             "needed_by": None},
            {"customer": "A", "items": [], "total": None, "currency": "EUR", "needed_by": None},
        ),
        (
            "device-commands",
            [[], [{"name": "run_scene", "arguments": {"scene": "closing"}}]] * 2
            + [[{"name": "run_scene", "arguments": {"scene": "closing"}}]],
            [{"name": "run_scene", "arguments": {"scene": "closing"}}],
            [],
        ),
    ],
)  # fmt: skip
def test_of_objects_and_calls_each_most_frequent_value_or_none(
    tmp_path: Path, suite: str, rows: list[Any], majority: Any, empty: Any
) -> None:
    """For extraction and calls a floor is the most frequent value, or the empty answer."""
    home = write_project(tmp_path, FLOORS)
    folder = tmp_path / "suites" / suite
    folder.mkdir()
    for name in ("suite.yaml", "items.jsonl"):
        (folder / name).write_bytes((SHIPPED / suite / name).read_bytes())
    _train(folder, [(f"an unheard-of message, number {n}", row) for n, row in enumerate(rows)])
    found = _samples(home, suite, "majority", "empty")
    said = {name: {s.output for (c, _), s in found.items() if c == name} for name in ("majority", "empty")}
    assert {name: [json.loads(text or "") for text in texts] for name, texts in said.items()} == {
        "majority": [majority],
        "empty": [empty],
    }


def test_a_model_that_does_not_beat_a_floor_is_told_so_and_no_floor_serves_a_route(tmp_path: Path) -> None:
    """The overview and the suite's page must not praise a model for what counting does."""
    answers = [{"id": f"p{n}", "output": "leaf"} for n in range(2)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(a) + "\n" for a in answers))
    home = _plants(tmp_path)
    text = home.read_text().replace("candidates:\n", "candidates:\n  weak:\n    tier: slim\n"
        "    backend: replay\n    options: {path: r.jsonl}\n    price: {usd_per_request: 0.0}\n")  # fmt: skip
    home.write_text(text)
    api.run(["plants"], ["majority", "nearest_neighbour", "weak"], project=home)
    for page in ("index.html", "suites/plants.html"):
        shown = (Path(api.report(project=home)).parent / page).read_text()
        assert "weak (0%) does not beat the cheap floor nearest_neighbour (100%)." in shown
        assert "Best measured: weak" in shown
    assert "nearest_neighbour" not in (home.parent / "reports" / "errors.html").read_text()
    assert "Cheapest per success: nearest" not in (home.parent / "reports" / "index.html").read_text()
    aside = {one.candidate: one.reason for one in api.gate(project=home).left_aside}
    assert aside == {"majority": "a cheap floor", "nearest_neighbour": "a cheap floor"}
    (routes,) = api.propose_routes(project=home).suites
    assert "it is a cheap floor" in str(routes)
