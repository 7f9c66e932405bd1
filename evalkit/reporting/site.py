"""Writes a report: every page whole under its final name or not at all, the front page last."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path, PurePosixPath

from evalkit.reporting.charts import draw
from evalkit.reporting.html import render_page
from evalkit.reporting.inputs import ReportInput
from evalkit.reporting.layout import data_path
from evalkit.reporting.tables import csv_text
from evalkit.reporting.text import markdown_summary
from evalkit.reporting.view import Site, build_site

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
    pages: dict[str, str] = {}
    for page in site.pages:
        pages[page.href] = render_page(site, page, {figure.name: draw(figure) for figure in page.figures})
        for figure in page.figures:
            pages[data_path(figure.name)] = csv_text(figure.columns, figure.rows)
    pages["summary.md"] = markdown_summary(site.front)
    return pages


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
