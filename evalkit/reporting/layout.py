"""Where pages lie and how they name each other: as files in a folder, or as parts of one file."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from evalkit.reporting.hostile import slug
from evalkit.reporting.tables import csv_text
from evalkit.reporting.view.figures import Figure


class Layout(Protocol):
    """What a template asks for a link, an id or a figure's data."""

    @property
    def base(self) -> str:
        """The template around the page."""
        ...

    def to(self, href: str, anchor: str = "") -> str:
        """The link to a page of this report, or to a place on it."""
        ...

    def at(self, anchor: str) -> str:
        """The id of a place on this page, unique in its file."""
        ...

    def data(self, figure: Figure) -> str:
        """The link to a figure's data as CSV."""
        ...

    def table(self, name: str) -> str:
        """The link to a table as CSV; empty where there is none."""
        ...


def data_path(name: str) -> str:
    """Where a figure's or a table's data lies, from the report's folder."""
    return f"data/{slug(name)}.csv"


@dataclass(frozen=True, kw_only=True, slots=True)
class InFolder:
    """A page that is a file of its own."""

    root: str
    """The way back to the report's folder."""
    base: str = "base.html.j2"

    def to(self, href: str, anchor: str = "") -> str:
        """The file, from this one."""
        return f"{self.root}{href}{'#' if anchor else ''}{anchor}"

    def at(self, anchor: str) -> str:
        """The name itself: it has the file to itself."""
        return anchor

    def data(self, figure: Figure) -> str:
        """The CSV beside the page."""
        return f"{self.root}{data_path(figure.name)}"

    def table(self, name: str) -> str:
        """The CSV beside the page."""
        return f"{self.root}{data_path(name)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class InOneFile:
    """A page that is a part of one file."""

    places: Mapping[str, str]
    """Page -> the id of its part."""
    own: str
    """The id of this page's part."""
    base: str = "part.html.j2"

    def to(self, href: str, anchor: str = "") -> str:
        """The part, in this file; a file that is not a part of it has no link."""
        return f"#{self.places[href]}{'-' if anchor else ''}{anchor}" if href in self.places else ""

    def at(self, anchor: str) -> str:
        """The name under the part's own."""
        return f"{self.own}-{anchor}"

    def data(self, figure: Figure) -> str:
        """The CSV itself."""
        text = csv_text(figure.columns, figure.rows).encode()
        return f"data:text/csv;base64,{base64.b64encode(text).decode()}"

    def table(self, name: str) -> str:
        """None: one file has nothing beside it, and the table stands in the page."""
        return ""


def in_folder(href: str) -> InFolder:
    """The layout of a page at that path."""
    return InFolder(root="../" * href.count("/"))


def in_one_file(hrefs: tuple[str, ...]) -> dict[str, InOneFile]:
    """The layouts of all pages of one file, by their paths."""
    places = {href: f"p{number}" for number, href in enumerate(hrefs)}
    return {href: InOneFile(places=places, own=own) for href, own in places.items()}
