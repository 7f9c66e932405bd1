"""What every page is built from, and what every page has: the seam at which pages are added.

A page is one module here with a frozen record and a function that builds it, one template of the record's
own name for it, and one line in `evalkit.reporting.view.site`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from evalkit.records import Stakes, SuiteEntry
from evalkit.reporting.frames import Frames
from evalkit.reporting.inputs import ReportInput
from evalkit.reporting.view.cells import CellTable

if TYPE_CHECKING:
    from evalkit.reporting.view.figures import Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What a page may be built from."""

    inputs: ReportInput
    frames: Frames
    cells: CellTable
    entries: Mapping[str, SuiteEntry]
    """Suite -> the newest run's word on it; a suite that no manifest tells of is absent."""

    def stakes(self, suite: str) -> Stakes:
        """A suite's stakes; all unset when no manifest tells of it."""
        return self.entries[suite].stakes if suite in self.entries else Stakes()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pointer:
    """A sentence of the front page that leads to another."""

    text: str
    href: str
    anchor: str = ""


class Page(Protocol):
    """One page of a report."""

    @property
    def template(self) -> str:
        """Its template's file."""
        ...

    @property
    def href(self) -> str:
        """Its path from the report's folder."""
        ...

    @property
    def label(self) -> str:
        """Its name in the navigation."""
        ...

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures that its template shows, in order."""
        ...


class MeetingPage(Page, Protocol):
    """A page that stands between the front page and the suites'."""

    @property
    def pointers(self) -> tuple[Pointer, ...]:
        """What the front page says of it, in sentences that lead to it."""
        ...
