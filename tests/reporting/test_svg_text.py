"""A label that XML cannot hold ends no report."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from evalkit.reporting.charts.style import to_svg


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("bad", ["\x0b", "\x1b", "\x01", "\ufffe", "\uffff"])
def test_a_drawing_takes_any_label(bad: str) -> None:
    """Tags are drawn, and a tag can hold anything."""
    figure = Figure()
    figure.text(0.5, 0.5, f"x{bad}y")
    root = ElementTree.fromstring(to_svg(figure, "salt"))  # noqa: S314 - our own drawing
    assert "x\ufffdy" in "".join(root.itertext())
