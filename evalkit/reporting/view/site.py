"""The whole report as data, built by one pure function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from evalkit.reporting.frames import read_frames
from evalkit.reporting.inputs import ReportInput
from evalkit.reporting.view.cells import build_cells
from evalkit.reporting.view.cost import CostPage, build_cost
from evalkit.reporting.view.errors import ErrorsPage, build_errors
from evalkit.reporting.view.front import FrontPage, build_front
from evalkit.reporting.view.learning import build_learning
from evalkit.reporting.view.pages import Context, MeetingPage, Page
from evalkit.reporting.view.regressions import RegressionsPage, build_regressions
from evalkit.reporting.view.routes import RoutesPage, build_routes
from evalkit.reporting.view.run import RunPage, build_run
from evalkit.reporting.view.suite import SuitePage, build_suite

P = TypeVar("P", bound=Page)

MEETING_PAGES: tuple[Callable[[Context], MeetingPage | None], ...] = (
    build_regressions,
    build_cost,
    build_routes,
    build_learning,
    build_errors,
)
"""The pages between the front page and the suites', in the order of the navigation; None: nothing to say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """All pages of a report."""

    front: FrontPage
    meeting: tuple[MeetingPage, ...]
    """What `MEETING_PAGES` gave."""
    suites: tuple[SuitePage, ...]
    runs: tuple[RunPage, ...]
    context: Context = field(repr=False, compare=False)
    """What they were built from: samples to be opened come from here, a chunk at a time."""

    @property
    def cost(self) -> CostPage:
        """The cost-and-quality page."""
        return next(page for page in self.meeting if isinstance(page, CostPage))

    @property
    def regressions(self) -> RegressionsPage | None:
        """The regressions page, when anything has a baseline."""
        return next((page for page in self.meeting if isinstance(page, RegressionsPage)), None)

    @property
    def routes(self) -> RoutesPage | None:
        """The routes page, when anybody asked for routes."""
        return next((page for page in self.meeting if isinstance(page, RoutesPage)), None)

    @property
    def errors(self) -> ErrorsPage | None:
        """The errors page, when there is one."""
        return next((page for page in self.meeting if isinstance(page, ErrorsPage)), None)

    @property
    def pages(self) -> tuple[Page, ...]:
        """Every page, in the navigation's order."""
        return (self.front, *self.meeting, *self.suites, *self.runs)


def build_site(inputs: ReportInput, on_page: Callable[[Page], None] = lambda _page: None) -> Site:
    """The pages of these inputs; equal inputs make equal pages. `on_page` hears of each one as it is built,
    in the order in which they are written: the front page last."""
    frames = read_frames(inputs.samples, inputs.items)
    # Manifests come newest first, and the newest word on a suite counts.
    entries = {entry.name: entry for manifest in reversed(inputs.manifests) for entry in manifest.suites}
    cells = build_cells(inputs, frames, {name: entry.stakes for name, entry in entries.items()})
    context = Context(inputs=inputs, frames=frames, cells=cells, entries=entries)

    def told(page: P) -> P:
        on_page(page)
        return page

    meeting = tuple(told(page) for build in MEETING_PAGES if (page := build(context)) is not None)
    suites = tuple(
        told(build_suite(inputs, frames, row, entries.get(name), name))
        for name, row in cells.by_suite.items()
    )
    runs = tuple(
        told(build_run(manifest, frames, alone=len(inputs.manifests) == 1)) for manifest in inputs.manifests
    )
    front = told(build_front(context, meeting))
    return Site(front=front, meeting=meeting, suites=suites, runs=runs, context=context)
