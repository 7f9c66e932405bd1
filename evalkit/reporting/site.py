"""Writes a report: every page whole under its final name or not at all, the front page last."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from evalkit.reporting.charts import Pictures, draw
from evalkit.reporting.hostile import shown, slug
from evalkit.reporting.html import render_front, render_run, render_suite
from evalkit.reporting.inputs import ReportInput
from evalkit.reporting.text import markdown_summary
from evalkit.reporting.view import Figure, Site, build_site

_LIST = "data/files.json"
"""What this report consists of; the next one into the same folder removes what it no longer has."""


def write_site(inputs: ReportInput, folder: Path) -> Path:
    """Write the report into `folder` and return its front page."""
    pages = render_pages(build_site(inputs))
    stale = _earlier(folder) - set(pages)
    for name, text in pages.items():
        if name != "index.html":
            _write(folder / name, text)
    _write(folder / _LIST, json.dumps(sorted(pages), indent=1) + "\n")
    _write(folder / "index.html", pages["index.html"])
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    return folder / "index.html"


def render_pages(site: Site) -> dict[str, str]:
    """Every file of a report but the list of them: path from its folder -> text."""
    figures = (site.front.cost_quality, site.front.latency)
    pages = {"index.html": render_front(site, {f.name: draw(f) for f in figures})}
    for suite in site.suites:
        pictures: dict[str, Pictures] = {suite.outcomes.name: draw(suite.outcomes)}
        pages[suite.href] = render_suite(site, suite, pictures)
    for run in site.runs:
        pages[run.href] = render_run(site, run)
    for figure in (*figures, *(suite.outcomes for suite in site.suites)):
        pages[data_path(figure)] = csv_text(figure.columns, figure.rows)
    pages["summary.md"] = markdown_summary(site.front)
    return pages


def data_path(figure: Figure) -> str:
    """Where a figure's data lies, from the report's folder."""
    return f"data/{slug(figure.name)}.csv"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str | int | float | None]]) -> str:
    """A table as CSV. Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_cell(cell) for cell in row] for row in rows)
    return stream.getvalue()


def _csv_cell(cell: str | int | float | None) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return "inf" if math.isinf(cell) else "" if math.isnan(cell) else float(f"{cell:.9g}")
    if isinstance(cell, str):
        text = shown(cell)
        return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
    return cell


def _earlier(folder: Path) -> set[str]:
    """The files of an earlier report in this folder, by its own list; foreign paths are left alone."""
    try:
        names = json.loads((folder / _LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    paths = (
        [PurePosixPath(name) for name in names if isinstance(name, str)] if isinstance(names, list) else []
    )
    return {str(p) for p in paths if not p.is_absolute() and ".." not in p.parts}


def _write(path: Path, text: str) -> None:
    """Write beside the final name, then rename: a killed write leaves no half page under it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        Path(name).chmod(0o644)  # mkstemp's 0600 would hide the page from a web server
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
