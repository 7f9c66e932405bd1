"""Claims about power: before a run from the suites as they hang together, after one as it was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evalkit
from evalkit import api
from evalkit.api.powers import clustering
from evalkit.errors import UsageError
from evalkit.records import Item
from tests.projects import SUITE, simulated, write_project


def item(number: int, **changes: object) -> Item:
    return Item(**({"id": f"i{number}", "input": "x", "target": "a"} | changes))  # type: ignore[arg-type]


def test_items_that_share_a_document_count_for_less() -> None:
    """Forty items in eight documents are nearer to eight than to forty when a document decides."""
    assert clustering([item(k) for k in range(40)]) == (1.0, 1.0)
    per_cluster, weighting = clustering([item(k, cluster=f"d{k % 8}") for k in range(40)])
    assert (per_cluster, weighting) == (5.0, 1.0)
    per_cluster, weighting = clustering([item(k, weight=1.0 + k % 2) for k in range(40)])
    assert per_cluster == pytest.approx(10 / 9)
    assert weighting == pytest.approx(10 / 9)
    assert clustering([]) == (1.0, 1.0)


def test_a_suite_is_planned_with_its_own_margin_and_clusters(tmp_path: Path) -> None:
    """The policy's margin is the one that will judge; clusters are those of the items."""
    file = write_project(
        tmp_path, {"sim": simulated()}, n_items=40, gate={"suites": {SUITE: {"margin": 0.1}}}
    )
    items = tmp_path / "suites" / SUITE / "items.jsonl"
    lines = [json.loads(text) for text in items.read_text().splitlines()]
    (plain,) = api.power(project=file)
    items.write_text("".join(json.dumps(x | {"cluster": f"c{n // 4}"}) + "\n" for n, x in enumerate(lines)))
    (clustered,) = api.power(project=file)
    assert plain.statement.margin == 0.1
    assert (plain.statement.items, plain.statement.design_effect) == (40, 1.0)
    assert clustered.statement.items_per_cluster == 4
    assert clustered.statement.design_effect == pytest.approx(2.5)
    assert (clustered.statement.items_to_pass or 0) > (plain.statement.items_to_pass or 0)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two flaky candidates over 60 items, three repeats each."""
    options = {"seed": 1, "flakiness": 0.2}
    file = write_project(
        tmp_path_factory.mktemp("power"),
        {"old": simulated(**options, accuracy=0.9), "new": simulated(**options, accuracy=0.8)},
        n_items=60,
    )
    evalkit.run(project=file, repeats=3)
    return file


def test_after_a_run_the_figures_are_those_of_the_comparison(project: Path) -> None:
    """What was assumed gives way to what was measured."""
    (said,) = api.power("old", "new", project=project)
    difference = evalkit.compare("old", "new", project=project).suites[0].overall.difference
    assert said.measured
    assert (said.statement.items, said.statement.repeats) == (60, 3)
    assert said.statement.discordance == pytest.approx(difference.discordance + 1 / 60)
    assert said.statement.design_effect == pytest.approx(difference.design_effect)


def test_more_repeats_and_more_items_can_be_asked_about(project: Path) -> None:
    """The question after an inconclusive verdict: more items, or more repeats?"""
    (at_hand,) = api.power("old", "new", project=project)
    (repeated,) = api.power("old", "new", question=api.Question(repeats=10), project=project)
    (larger,) = api.power("old", "new", question=api.Question(items=600), project=project)
    assert repeated.statement.noise_share > 0
    assert repeated.statement.design_effect < at_hand.statement.design_effect
    assert larger.statement.pass_chance > at_hand.statement.pass_chance


def test_one_side_alone_is_a_mistake() -> None:
    """A comparison has two."""
    with pytest.raises(UsageError, match="two sides"):
        api.power("old")
