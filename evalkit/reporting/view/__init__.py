"""Page data as frozen records, built by pure functions: what a page says, before anything is rendered."""

from evalkit.reporting.view.cautions import Caution
from evalkit.reporting.view.cells import Cell, CellTable, OutcomeCounts, Standing
from evalkit.reporting.view.drawings import CostPanel, LatencyPanel, OutcomeBar
from evalkit.reporting.view.failures import Difference, Failure, FailureList, ShownAnswer, Turn
from evalkit.reporting.view.family import Breakdown, FamilyView, Matrix, NumberRow
from evalkit.reporting.view.figures import Figure
from evalkit.reporting.view.front import FrontPage, SuiteRow
from evalkit.reporting.view.pages import Context, Page
from evalkit.reporting.view.run import RunCandidate, RunPage, RunSuite
from evalkit.reporting.view.site import Site, build_site
from evalkit.reporting.view.slices import SliceRow, Slices, SliceTable
from evalkit.reporting.view.suite import ContractView, ErrorRow, SuitePage

__all__ = [
    "Breakdown", "Caution", "Cell", "CellTable", "Context", "ContractView", "CostPanel", "Difference",
    "ErrorRow", "Failure", "FailureList", "FamilyView", "Figure", "FrontPage", "LatencyPanel", "Matrix",
    "NumberRow", "OutcomeBar", "OutcomeCounts", "Page", "RunCandidate", "RunPage", "RunSuite", "ShownAnswer",
    "Site", "SliceRow", "SliceTable", "Slices", "Standing", "SuitePage", "SuiteRow", "Turn", "build_site",
]  # fmt: skip
