"""The one style of every figure, and its way from matplotlib to an SVG that follows the page's theme.

matplotlib draws with stand-in colours; the SVG then names CSS variables in their place, so that one drawing
is legible in light, dark and print. Style attributes become presentation attributes, since the page's content
security policy forbids inline styles. Text stays text.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from evalkit.reporting.hostile import one_line

INK, MUTED, LINE, SURFACE = "#010203", "#020304", "#030405", "#040506"
_VARIABLES = {
    INK: "--ink", MUTED: "--muted", LINE: "--line", SURFACE: "--surface",
    "#050601": "--slim", "#050602": "--mid", "#050603": "--frontier", "#050604": "--other",
    "#060701": "--right", "#060702": "--wrong", "#060703": "--malformed", "#060704": "--faulted",
    "#060705": "--on-right", "#060706": "--on-other",
    "#070801": "--good", "#070802": "--bad", "#070803": "--doubt",
}  # fmt: skip
_BY_VARIABLE = {variable: colour for colour, variable in _VARIABLES.items()}

TIER_MARKERS = {"slim": "o", "mid": "s", "frontier": "^"}
"""Tiers differ by marker and by colour, so that a grey print still tells them apart."""

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_POINTS_AN_INCH = 72


def colour(variable: str) -> str:
    """The stand-in that becomes this CSS variable."""
    return _BY_VARIABLE[variable]


def tier_colour(tier: str) -> str:
    """The stand-in for a tier's colour."""
    return _BY_VARIABLE.get(f"--{tier}", _BY_VARIABLE["--other"])


def tier_marker(tier: str) -> str:
    """The marker of a tier."""
    return TIER_MARKERS.get(tier, "D")


def label(name: str, most: int = 28) -> str:
    """A foreign name as text in a figure."""
    return one_line(name, most)


@contextmanager
def sheet(width: float, height: float, salt: str) -> Iterator[Figure]:
    """A figure of so many CSS pixels in the house style; `salt` keeps its ids apart from other figures'."""
    settings: dict[Any, Any] = {  # matplotlib types its keys as one literal of four hundred
        "svg.fonttype": "none",
        "svg.hashsalt": salt,
        "text.parse_math": False,  # a candidate may be named $x$
        "font.family": "DejaVu Sans",  # ships with matplotlib, so that the layout is the same everywhere
        "font.size": 12,
        "axes.titlesize": 13,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.edgecolor": LINE,
        "axes.labelcolor": MUTED,
        "axes.titlecolor": INK,
        "axes.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "grid.color": LINE,
        "grid.linewidth": 0.8,
        "xtick.color": LINE,
        "ytick.color": LINE,
        "xtick.labelcolor": MUTED,
        "ytick.labelcolor": MUTED,
        "text.color": INK,
        "figure.facecolor": "none",
        "hatch.linewidth": 1.2,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        # The reader's browser brings the glyphs that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(width / _POINTS_AN_INCH, height / _POINTS_AN_INCH), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure


def spread(figure: Figure) -> None:
    """Room between panels, so that the last tick of one keeps off the first of the next."""
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(w_pad=0.1, h_pad=0.08, wspace=0.03, hspace=0.04)


def settle(figure: Figure) -> None:
    """Lays the figure out once and for all; saving would do so again by drawing everything twice."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")


def plain_axis(axes: Axes, *, grid: str) -> None:
    """Grid lines along one axis only, and no tick marks."""
    axes.grid(visible=False, axis="y" if grid == "x" else "x", which="both")
    axes.tick_params(length=0, which="both")


_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML cannot hold, whatever label brings them."""


def to_svg(figure: Figure, salt: str) -> str:
    """The figure as an SVG element for a page; the same figure gives the same bytes."""
    stream = io.StringIO()
    settle(figure)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        # `savefig` would draw everything once more, unseen, for a layout that is settled already.
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(stream, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = _NOT_XML.sub("\ufffd", stream.getvalue())
    root = ElementTree.fromstring(text)  # noqa: S314 - matplotlib's own output
    _rewrite(root)
    root.attrib.pop("version", None)
    width, height = root.get("width", "").removesuffix("pt"), root.get("height", "").removesuffix("pt")
    root.set("width", width)
    root.set("height", height)
    root.set("aria-hidden", "true")  # the words stand beside it
    root.set("focusable", "false")
    ElementTree.register_namespace("", _SVG.strip("{}"))
    return re.sub(r">\s+<(?!/?tspan)", "><", ElementTree.tostring(root, encoding="unicode"))


def _rewrite(root: ElementTree.Element) -> None:
    referenced = set(re.findall(r"#([\w.-]+)", " ".join(_references(root))))
    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{_SVG}style":
                parent.remove(child)
    for element in root.iter():
        if element.get("id") and element.get("id") not in referenced:
            del element.attrib["id"]
        if _XLINK in element.attrib:
            element.set("href", element.attrib.pop(_XLINK))
        declared = list(_declarations(element.attrib.pop("style", "")))
        for name, value in [*element.attrib.items(), *declared]:
            short = _DECIMALS.sub(r"\1", value) if name in _GEOMETRY else value
            element.set(name, _VARIABLES_OF.get(short, short))
        if "d" in element.attrib:
            element.set("d", _LOOSE.sub(r"\1", element.attrib["d"]).strip())
        if element.get("transform", "").startswith(_UNTURNED):
            del element.attrib["transform"]
    _unwrap(root)


def _unwrap(parent: ElementTree.Element) -> None:
    """Takes out the groups that say nothing of what is in them: matplotlib makes one of every artist."""
    kept: list[ElementTree.Element] = []
    for child in list(parent):
        _unwrap(child)
        kept += list(child) if child.tag == f"{_SVG}g" and not child.attrib else [child]
    parent[:] = kept


def _references(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == _XLINK or "url(#" in value:
                yield value


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    """The declarations that matter; the font family is the page's."""
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        if value and name.strip() != "font-family":
            yield name.strip(), value.strip()


_GEOMETRY = frozenset({"d", "x", "y", "width", "height", "transform", "points", "cx", "cy", "r"})
_DECIMALS = re.compile(r"(\d\.\d\d)\d+")
"""Beyond a hundredth of a pixel nothing is seen, and half of a drawing is such digits."""

_LOOSE = re.compile(r"\s*([A-Za-z])\s*")
"""White space that a path does not need."""

_UNTURNED = "rotate(-0 "

_VARIABLES_OF = {colour: f"var({variable})" for colour, variable in _VARIABLES.items()}
