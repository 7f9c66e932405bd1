"""When a model is said not to beat a cheap floor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.economics import figures as all_figures
from evalkit.reporting.view.cells import FLOOR, Cell, OutcomeCounts
from evalkit.reporting.view.front import floor_sentence
from evalkit.stats import Interval
from tests.economics.frames import make_samples

(_FIGURES,) = all_figures(make_samples([True]))


def _cell(name: str, right: int, tier: str = "slim") -> Cell:
    rate = Interval(estimate=right / 200, low=0.0, high=1.0, confidence=0.95, n=200, method="Wilson")
    figures = replace(_FIGURES, candidate=name, success=rate)
    return Cell(
        suite="s", candidate=name, tier=tier, items=200, samples=200, answered=200, faulted=0, not_asked=0,
        retried=0, reused=0, simulated=0, figures=figures, cost_usd=0.0,
        outcomes=OutcomeCounts(), error_kinds={}, verdict=None, floor="unset", slo="unset",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (127, " slim (63.5%) does not beat the cheap floor nearest (64.0%)."),
        (128, " slim (64.0%) does not beat the cheap floor nearest (64.0%)."),
        (129, ""),
    ],
)
def test_a_model_beats_a_floor_only_by_being_right_more_often(right: int, said: str) -> None:
    """As often right as a lookup is not worth a model; the best floor counts, not the first."""
    floors = [_cell("majority", 30, FLOOR), _cell("nearest", 128, FLOOR)]
    assert floor_sentence([*floors, _cell("slim", right), _cell("big", 190, "mid")]) == said


def test_several_are_named_in_one_sentence_and_none_without_a_floor() -> None:
    """The overview has one line a suite."""
    models = [_cell("a", 20), _cell("b", 30)]
    assert floor_sentence(models) == ""
    assert floor_sentence([_cell("tfidf", 40, FLOOR), *models]) == (
        " a (10.0%) and b (15.0%) do not beat the cheap floor tfidf (20.0%)."
    )
