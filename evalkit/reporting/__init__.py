"""Reports: page data from stored results, then HTML, Markdown and figures. Reads results, runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.reporting.inputs import (
    CellFigures,
    GateVerdict,
    ReportInput,
    ReportOptions,
    RuleLine,
    SuiteVerdict,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "CellFigures",
    "GateVerdict",
    "ReportInput",
    "ReportOptions",
    "RuleLine",
    "SuiteVerdict",
    "write_report",
]


def write_report(inputs: ReportInput, folder: Path) -> Path:
    """Write the report into `folder` and return its front page; see `evalkit.reporting.site`."""
    from evalkit.reporting.site import write_site  # late: it brings jinja2 and matplotlib

    return write_site(inputs, folder)
