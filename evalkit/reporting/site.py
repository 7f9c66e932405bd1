"""Writes a report: every page whole under its final name or not at all, the front page last."""

from __future__ import annotations

import gc
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from evalkit.records import clean_text
from evalkit.reporting.charts import Pictures
from evalkit.reporting.charts.beside import Drawing
from evalkit.reporting.html import render_page, render_single
from evalkit.reporting.inputs import ReportInput
from evalkit.reporting.outlets import pages_json, samples_parquet, table_files
from evalkit.reporting.past import FILE, past_json, read_past
from evalkit.reporting.sample_files import embedded, sample_files
from evalkit.reporting.text import markdown_summary
from evalkit.reporting.view import Page, Site, build_site
from evalkit.reporting.view.since import facts

_LIST = "data/files.json"
"""What this report consists of; the next one into the same folder removes what it no longer has."""


def write_site(inputs: ReportInput, folder: Path) -> Path:
    """Write the report into `folder` and return its front page; it says what changed since the last one."""
    written = []
    past = inputs.past or read_past(folder, _runs(inputs))
    with _loaded_set_aside(), Drawing() as drawing:
        site = build_site(replace(inputs, past=past), lambda page: drawing.add(page.figures))
        for name, content in files(site, drawing):
            _write(folder / name, content)
            written.append(name)
        front = render(site, site.front, drawing)
    stale = _earlier(folder) - {*written, site.front.href}
    _write(folder / _LIST, json.dumps(sorted([*written, site.front.href]), indent=1) + "\n")
    _write(folder / site.front.href, front)
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    return folder / site.front.href


def write_single(inputs: ReportInput, path: Path) -> Path:
    """Write the report as one file and return its path."""
    past = inputs.past or read_past(path.parent, _runs(inputs))
    with Drawing() as drawing:
        site = build_site(replace(inputs, past=past), lambda page: drawing.add(page.figures))
        samples, left_out = embedded(site.context, site.errors) if site.errors else ({}, 0)
        pictures = {page.href: _pictures(page, drawing) for page in site.pages}
    _write(path, render_single(site, pictures, samples, left_out))
    return path


def files(site: Site, drawing: Drawing) -> Iterator[tuple[str, str | bytes]]:
    """(path from the report's folder, content) of every file but the front page and the list of them.

    One at a time, so that a hundred thousand samples are never held as text at once.
    """
    left_out = (yield from sample_files(site.context, site.errors)) if site.errors else 0
    inputs = site.context.inputs
    yield "data/samples.parquet", samples_parquet(inputs.samples, with_content=inputs.options.with_content)
    yield from table_files(site)
    yield "data/pages.json", pages_json(site)
    yield FILE, past_json(facts(inputs.created_at, _runs(inputs), site.context.cells), inputs.past)
    yield "summary.md", markdown_summary(site.front)
    for page in site.pages[1:]:
        yield page.href, render(site, page, drawing, left_out)


def _runs(inputs: ReportInput) -> tuple[str, ...]:
    return tuple(sorted({clean_text(manifest.run_id) for manifest in inputs.manifests}))


def render(site: Site, page: Page, drawing: Drawing, left_out: int = 0) -> str:
    """One page with its pictures; `left_out` items have no sample to open."""
    return render_page(site, page, _pictures(page, drawing), left_out)


def _pictures(page: Page, drawing: Drawing) -> dict[str, Pictures]:
    return {figure.name: drawing.pictures(figure) for figure in page.figures}


@contextmanager
def _loaded_set_aside() -> Iterator[None]:
    """Keeps the collector off what was loaded before: it would walk a million samples again and again."""
    if gc.get_freeze_count():  # the caller has plans of its own
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


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


def _write(path: Path, content: str | bytes) -> None:
    """Write beside the final name, then rename: a killed write leaves no half page under it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        Path(name).chmod(0o644)  # mkstemp's 0600 would hide the page from a web server
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
