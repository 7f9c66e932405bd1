"""The learning curve of the candidates that share a base."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit import api
from evalkit.errors import UsageError
from tests.commands import evalkit
from tests.projects import right_label, served, write_project
from tests.servers.stand_in import StandIn

N = 120
EVEN, ODD = "parity=0", "parity=1"
RATES: Mapping[str, tuple[float, float]] = {
    "m0": (0.2, 0.2),
    "m50": (0.4, 0.3),
    "m100": (0.6, 0.45),
    "m200": (0.8, 0.6),
    "styled": (0.9, 0.2),
}
"""Model -> the share of even and of odd plants that it knows; who knows more knows all that the others do."""


def answer(body: Mapping[str, Any]) -> str:
    text = str(body["messages"][-1]["content"])
    hard = int(hashlib.sha256(text.encode()).hexdigest()[8:16], 16) / 2**32
    number, model = int(text.rpartition(" ")[2]), str(body["model"])
    if hard < RATES[model][number % 2]:
        return right_label(text)
    return (
        "I would rather not say."
        if model == "m0"
        else "out_of_scope"
        if right_label(text) != "out_of_scope"
        else "leaf"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("curve")
    with StandIn(answer=answer).in_thread() as server:

        def tuned(model: str, examples: int, base: str = "b") -> dict[str, Any]:
            return served(server.base_url, model=model, base=base, trained_on={"examples": examples})

        candidates = {name: tuned(name, int(name[1:])) for name in ("m200", "m0", "m50", "m100")}
        candidates |= {"before": tuned("m0", 0, "s"), "styled": tuned("styled", 400, "s")}
        candidates["silent"] = served(server.base_url, model="m50", base="b")
        api.run(project=write_project(path, candidates, n_items=N))
        yield path


def test_the_curve_is_of_those_who_say_what_they_saw_in_order(folder: Path) -> None:
    """By slice, the untrained model shown and not fitted; the next doubling said with its interval."""
    (one,) = api.training_curve("b", project=folder, other_style=ODD).suites
    assert [(p.candidate, p.examples) for p in one.whole.points] == [
        ("m0", 0),
        ("m50", 50),
        ("m100", 100),
        ("m200", 200),
    ]
    assert [s.name for s in one.slices] == [EVEN, ODD]
    assert [s.items for s in one.slices] == [N / 2, N / 2]
    assert one.whole.fit is not None
    rates = [p.success.estimate for p in one.whole.points]
    assert one.whole.fit.per_doubling.estimate == pytest.approx((rates[3] - rates[1]) / 2)
    assert "at 400 examples" in one.in_words
    assert one.style_or_task.learnt == "task"
    assert (one.style_or_task.first, one.style_or_task.last) == ("m0", "m200")


def test_form_that_moves_without_the_other_style_is_style(folder: Path) -> None:
    """97% on the items that look like the training and nothing on the others is recall of phrases."""
    (one,) = api.training_curve("s", project=folder, other_style=ODD).suites
    assert one.style_or_task.learnt == "style"
    assert "styled" in one.style_or_task.in_words
    assert api.training_curve("s", project=folder, other_style=EVEN).suites[0].style_or_task.learnt == "task"
    assert api.training_curve("s", project=folder).suites[0].style_or_task.learnt == "unknown"
    assert one.whole.fit is None
    assert "too few sizes of training sets (1; 3 are needed)" in one.in_words


def test_the_command_says_it_in_a_table_and_as_json(folder: Path) -> None:
    """A column for each model, with what it saw."""
    done = evalkit("training", "curve", "b", "--other-style", ODD, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "200 (m200)" in done.stdout
    assert "the task was learnt" in done.stdout
    told = json.loads(evalkit("training", "curve", "b", "--json", cwd=folder).stdout)
    assert [p["examples"] for p in told["suites"][0]["whole"]["points"]] == [0, 50, 100, 200]


def test_a_base_without_two_sizes_is_said(folder: Path) -> None:
    """With the near name, or with what to write."""
    with pytest.raises(UsageError, match="no suite") as raised:
        api.training_curve("none", project=folder)
    assert raised.value.hint


def test_the_report_has_a_page_of_it_and_without_training_none(folder: Path, tmp_path: Path) -> None:
    """A picture for each base, its words and its table; the front page leads there."""
    page = api.report(project=folder, folder=tmp_path / "r").parent / "learning.html"
    text = page.read_text()
    assert "at 400 examples" in text
    assert text.count("<figure") == 2
    assert "learning.html" in (tmp_path / "r" / "index.html").read_text()
    with StandIn(answer=answer).in_thread() as server:
        project = write_project(tmp_path / "p", {"m50": served(server.base_url, model="m50")})
        api.run(project=project)
    assert not (api.report(project=project, folder=tmp_path / "s").parent / "learning.html").exists()
