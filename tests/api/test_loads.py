"""A sweep over loads, as a notebook calls it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from evalkit import api
from evalkit.errors import UsageError
from evalkit.runner import CandidateCounts
from tests.projects import simulated, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(
        tmp_path, {"a": simulated(latency_s=0.01), "b": simulated(latency_s=0.01)}, n_items=20
    )


def test_a_budget_holds_over_all_steps_and_ends_the_sweep(project: Path) -> None:
    """Three steps must not spend three budgets."""

    def rule(tallies: Mapping[str, CandidateCounts]) -> str | None:
        return "enough" if sum(t.done for t in tallies.values()) >= 30 else None

    sweep = api.sweep_loads(
        [100, 120, 140], api.RunRequest(candidates=["a"]), project=project, stop_rule=rule
    )
    assert [r.manifest.status for r in sweep.runs] == ["done", "partial"]
    assert sum(t.done for r in sweep.runs for t in r.tallies.values()) == pytest.approx(30, abs=2)
    assert len(sweep.figures[0].steps) == 2
    assert not sweep.unfinished


@pytest.mark.parametrize(
    ("size", "samples", "repeats", "partial"),
    [({}, 20, 1, False), ({"step_requests": 8}, 8, 1, True), ({"step_requests": 40}, 40, 2, False),
     ({"step_requests": 50}, 51, 3, True), ({"step_s": 0.1}, 20, 1, False)],
)  # fmt: skip
def test_a_step_takes_a_part_of_the_items_or_all_of_them_several_times(
    project: Path, size: dict[str, float], samples: int, repeats: int, partial: bool
) -> None:
    """Equal repeats of each item, so that success is a rate of the items, not of a few of them."""
    sweep = api.sweep_loads([200], api.RunRequest(candidates=["a"]), project=project, **size)  # type: ignore[arg-type]
    manifest = sweep.runs[0].manifest
    assert (manifest.samples_planned, manifest.repeats) == (samples, repeats)
    assert (manifest.status == "partial") is partial


def test_each_candidate_has_its_figures_and_each_step_its_load(project: Path) -> None:
    """What is read later from the store must say at which load it was."""
    sweep = api.sweep_loads([100, 200], api.RunRequest(), project=project, warm_up_s=0.02)
    assert [f.candidate for f in sweep.figures] == ["a", "b"]
    assert [s.rate_per_s for s in sweep.figures[1].steps] == [100, 200]
    assert [r.manifest.load for r in sweep.runs] == ["rate=100/s", "rate=200/s"]
    assert all(r.manifest.open_loop and r.manifest.open_loop.warm_up_s == 0.02 for r in sweep.runs)


@pytest.mark.parametrize("rates", [[], [0.0], [-1.0], [float("inf")], [float("nan")]])
def test_a_rate_that_is_none_is_refused(project: Path, rates: list[float]) -> None:
    """A loop that never sends, or all at once, is no load."""
    with pytest.raises(UsageError):
        api.sweep_loads(rates, api.RunRequest(), project=project)
