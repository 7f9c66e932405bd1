"""Figures drawn in a process beside this one are those drawn here; a process that fails costs only time."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time

import pytest

from evalkit.reporting import ReportInput
from evalkit.reporting.charts import Pictures, beside, draw
from evalkit.reporting.charts.beside import Drawing
from evalkit.reporting.view import Figure, build_site


@pytest.fixture(scope="module")
def figures(inputs: ReportInput) -> list[Figure]:
    return [figure for page in build_site(inputs).pages for figure in page.figures]


@pytest.fixture(scope="module")
def drawn_here(figures: list[Figure]) -> dict[str, Pictures]:
    return {figure.name: draw(figure) for figure in figures}


@pytest.fixture(autouse=True)
def _always_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "FEWEST", 1)
    monkeypatch.setattr(beside.os, "cpu_count", lambda: 2)


def test_a_figure_has_the_same_bytes_on_either_side(
    figures: list[Figure], drawn_here: dict[str, Pictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two reports of the same results would differ by which process was the quicker."""
    here: list[str] = []

    def draw_here(figure: Figure) -> Pictures:
        here.append(figure.name)
        return draw(figure)

    monkeypatch.setattr(beside, "draw", draw_here)
    with Drawing() as drawing:
        drawing.add(figures[:3])
        drawing.add(figures[3:])
        assert {figure.name: drawing.pictures(figure) for figure in figures} == drawn_here
    assert len(here) < len(figures)  # the child drew some of them


def test_a_child_that_fails_at_once_leaves_all_to_be_drawn_here(
    figures: list[Figure], drawn_here: dict[str, Pictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report must come out where a process cannot be had."""
    monkeypatch.setattr(beside.sys, "executable", "/bin/false")
    with Drawing() as drawing:
        drawing.add(figures[:3])
        drawing.add(figures[3:])
        assert {figure.name: drawing.pictures(figure) for figure in figures} == drawn_here


@pytest.mark.parametrize("dies", ["pass", "import sys; sys.stdin.buffer.read(1)"])
def test_a_child_that_dies_leaves_no_order_behind(
    figures: list[Figure], drawn_here: dict[str, Pictures], monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    """A small order that was not handed over must not come up as a broken pipe when the report is whole."""
    start = subprocess.Popen

    def dying(_: list[str], **named: object) -> subprocess.Popen[bytes]:
        return start([sys.executable, "-c", dies], **named)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(beside.subprocess, "Popen", dying)
    small = min(figures, key=lambda figure: len(pickle.dumps(figure)))
    with Drawing() as drawing:
        drawing.add([small])
        time.sleep(0.5)
        drawing.add([small])
        assert drawing.pictures(small) == drawn_here[small.name]


def test_no_child_is_left_behind_by_a_report_that_fails(
    figures: list[Figure], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would go on drawing for nobody."""
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def kept(*arguments: object, **named: object) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **named))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(beside.subprocess, "Popen", kept)

    def fail() -> None:
        with Drawing() as drawing:
            drawing.add(figures)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert started[0].poll() is not None
