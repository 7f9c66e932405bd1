"""The demo's project: what it asks, and what it is held against."""

from __future__ import annotations

from pathlib import Path

from evalkit.api import list_suites
from evalkit.api.demo import SUITES, demo_project
from evalkit.baseline import list_baselines


def test_the_gate_is_given_the_baselines_of_the_suites_that_run(tmp_path: Path) -> None:
    """One of a suite that is not run leaves the verdict open; a full demo before leaves none behind."""
    whole = demo_project(tmp_path, full=True)
    part = demo_project(tmp_path)
    assert {b.suite for b in list_baselines(whole.baselines)} == set(list_suites(whole))
    assert {b.suite for b in list_baselines(part.baselines)} == set(SUITES)


def test_a_second_quantization_is_held_against_the_first(tmp_path: Path) -> None:
    """`--full` asks whether the coarser weights may replace the finer."""
    whole, part = demo_project(tmp_path, full=True), demo_project(tmp_path)
    more = whole.candidates.keys() - part.candidates.keys()
    assert more == {"slim-plain-q4_0", "slim-constrained-q4_0"}
    assert {name: whole.gate["slots"][name] for name in more} == {
        name: name.removesuffix("-q4_0") for name in more
    }
