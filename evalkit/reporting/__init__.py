"""Reports: page data from stored results, then HTML, Markdown and figures. Reads results, runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.reporting.inputs import (
    Compared,
    PastReport,
    ReportInput,
    ReportOptions,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Compared",
    "PastReport",
    "ReportInput",
    "ReportOptions",
    "write_report",
    "write_single_file",
]


def write_report(inputs: ReportInput, folder: Path) -> Path:
    """Write the report into `folder` and return its front page; see `evalkit.reporting.site`."""
    from evalkit.reporting.site import write_site  # late: it brings jinja2 and matplotlib

    return write_site(inputs, folder)


def write_single_file(inputs: ReportInput, path: Path) -> Path:
    """Write the report as one file that can be mailed, and return its path; see `evalkit.reporting.site`."""
    from evalkit.reporting.site import write_single  # late: it brings jinja2 and matplotlib

    return write_single(inputs, path)
