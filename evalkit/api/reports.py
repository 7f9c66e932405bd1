"""The report: samples, figures, verdict and family metrics of the store, handed to the pages."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.api.compared import against_baselines
from evalkit.api.earlier import earlier_samples
from evalkit.api.evidence import run_manifest
from evalkit.api.family_figures import family_metrics
from evalkit.api.projects import open_project, open_store
from evalkit.api.requests import requests_again
from evalkit.api.routes import propose_routes
from evalkit.api.scorings import suites_as_scored
from evalkit.api.verdict_pages import latest_verdict, page_verdict, verdict_notes
from evalkit.config import Project
from evalkit.economics import CandidateFigures, figures
from evalkit.errors import EvalkitError, StoreError, UsageError
from evalkit.families import GENERAL_ERROR_KINDS, get_family
from evalkit.records import Suite, to_plain
from evalkit.reporting import (
    CellFigures,
    ReportInput,
    ReportOptions,
    write_report,
    write_single_file,
)
from evalkit.reporting.text import SummaryRow, summary_rows
from evalkit.reporting.view import build_site
from evalkit.reporting.wording import count
from evalkit.routes.report import RouteReport
from evalkit.runner import find_run

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.gate import GateVerdict as Judged
    from evalkit.store import Store

FIXED_DATE = "SOURCE_DATE_EPOCH"
"""Environment variable by which packagers fix a date, in seconds since 1970."""


def report(
    run: str | None = None,
    *,
    folder: Path | None = None,
    title: str = "Evaluation report",
    verdict: Judged | None = None,
    with_content: bool = True,
    single_file: bool = False,
    samples_mb: float | None = None,
    project: Project | Path | str | None = None,
) -> Path:
    """Writes the static report of a run, or of the latest samples of every suite and candidate.

    Args:
        run: One run; None takes of each suite and candidate the latest run.
        folder: Where to; None takes the project's `reports`.
        title: Of the front page.
        verdict: The gate's verdict, when it is at hand; else the gate is asked where there are baselines.
        with_content: False leaves inputs, targets and outputs out.
        single_file: Writes one file, `report.html`, that can be mailed, instead of a folder of pages.
        samples_mb: At most so many megabytes of samples to open, the most costly first; None takes all, and
            8 in one file.
        project: The project; None finds `evalkit.yaml`.

    Returns:
        The front page, or the one file.

    Raises:
        StoreError: There is nothing to report.
        UsageError: `SOURCE_DATE_EPOCH` is no date, or `samples_mb` no number from 0 on.
    """
    home = open_project(project)
    if samples_mb is not None and not 0 <= samples_mb < math.inf:
        raise UsageError(f"the most MB of samples must be a number from 0 on, not {samples_mb}")
    options = ReportOptions(
        with_content=with_content, most_opened=None if samples_mb is None else round(1e6 * samples_mb)
    )
    inputs = report_input(home, run, title=title, verdict=verdict, options=options)
    if single_file:
        return write_single_file(inputs, (folder or home.reports) / "report.html")
    return write_report(inputs, folder or home.reports)


def summary(
    run: str | None = None, *, verdict: Judged | None = None, project: Project | Path | str | None = None
) -> tuple[SummaryRow, ...]:
    """The front page's table, every value as it is to be printed."""
    return front_rows(report_input(open_project(project), run, title="", verdict=verdict, table_only=True))


def front_rows(inputs: ReportInput) -> tuple[SummaryRow, ...]:
    """The front page's table of these inputs."""
    return summary_rows(build_site(inputs).front)


def report_input(
    home: Project,
    run: str | None,
    *,
    title: str,
    verdict: Judged | None = None,
    options: ReportOptions | None = None,
    table_only: bool = False,
) -> ReportInput:
    """All that a report is made from; with `table_only` without comparisons and routes, which take longest.

    Raises:
        StoreError: There is nothing to report.
    """
    created_at = _now()  # first: libraries read a fixed date too, and trip over a wrong one
    store = open_store(project=home)
    run_id = None if run is None else run_manifest(home, run).run_id
    samples = store.samples(run_id, latest=True)
    if samples.empty:
        raise StoreError("the store holds no samples yet", where=str(home.store), hint="evalkit run")
    run_ids = list(dict.fromkeys(map(str, samples["run_id"])))[::-1]  # newest first: the store's last
    folders = [find_run(home.runs, str(r)) for r in run_ids]
    manifests = tuple(f.read_manifest() for f in folders)
    suites = {
        s.name: s for f, m in reversed(list(zip(folders, manifests, strict=True))) for s in f.read_suites(m)
    }
    asked_for = requests_again(home, suites, manifests, samples)
    suites = suites_as_scored(home, suites, samples, manifests)
    verdict = verdict or latest_verdict(home, manifests)
    gate_verdict = None if verdict is None else page_verdict(home, samples, verdict)
    found = figures(samples, manifests=manifests)
    found_routes, routes_note = (None, ()) if table_only else _routes(home, run)
    verdict_note = () if verdict is None or gate_verdict else verdict_notes(verdict)
    return ReportInput(
        samples=samples,
        items=_items(suites),
        manifests=manifests,
        figures=tuple(map(cell_figures, found)),
        created_at=created_at,
        title=title,
        gate=gate_verdict,
        notes=(*damage_notes(store, run_ids), *verdict_note, *routes_note),
        family_metrics=family_metrics(samples, suites),
        error_kinds=_error_kinds(suites),
        earlier=earlier_samples(home, store, samples),
        comparisons=() if table_only else against_baselines(home, samples, manifests),
        routes=found_routes,
        asked_for=asked_for,
        options=options or ReportOptions(),
    )


def damage_notes(store: Store, run_ids: Sequence[str]) -> tuple[str, ...]:
    """What the runs lost to damage of their folders, one sentence a run."""
    found = store.left_out(run_ids)
    notes = []
    for run_id, rows in found.groupby("run_id"):
        whole = rows["field"].isna()
        lines, values = int((whole & rows["line"].notna()).sum()), int((~whole).sum())
        missing = int((whole & rows["line"].isna()).sum())
        said = [f"{count(n, what)} {how}" for n, what, how in
                ((lines, "line", "set aside"), (values, "value", "unknown")) if n]  # fmt: skip
        if missing:
            said.append(f"{count(missing, 'sample')} missing: `evalkit run --resume {run_id}` asks again")
        notes.append(f"Run {run_id} has a damaged folder: {', '.join(said)}.")
    return tuple(notes)


def _now() -> str:
    """The moment of the report, UTC; as packagers fix it, so that a report can be made again to the byte."""
    fixed = os.environ.get(FIXED_DATE)
    try:
        moment = datetime.now(UTC) if not fixed else datetime.fromtimestamp(int(fixed), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"{FIXED_DATE} is no date: {fixed!r}", hint="seconds since 1970, such as `date +%s` gives"
        ) from error
    return moment.isoformat(timespec="seconds")


def _routes(home: Project, run: str | None) -> tuple[RouteReport | None, tuple[str, ...]]:
    """What routes the samples support; a wrong routes.yaml is said on the page and stops no report."""
    try:
        return propose_routes(run, project=home), ()
    except EvalkitError as error:
        return None, (f"Nothing is said of routes: {error}",)


def _items(suites: Mapping[str, Suite]) -> pd.DataFrame:
    import pandas as pd

    rows = [(s.name, i.id, to_plain(i)) for s in suites.values() for i in s.items]
    return pd.DataFrame(rows, columns=["suite", "item_id", "item"])


def cell_figures(one: CandidateFigures) -> CellFigures:
    """A candidate's figures as a report's cell shows them."""
    end_to_end, ttft = one.latency.end_to_end_s, one.latency.ttft_s
    return CellFigures(
        suite=one.suite,
        candidate=one.candidate,
        success=one.success,
        cost_per_success_usd=one.cost.per_success_usd,
        latency_p50_s=end_to_end.p50 if end_to_end else None,
        latency_p95_s=end_to_end.p95 if end_to_end else None,
        ttft_p50_s=ttft.p50 if ttft else None,
    )


def _error_kinds(suites: Mapping[str, Suite]) -> dict[str, str]:
    kinds = dict(GENERAL_ERROR_KINDS)
    for suite in suites.values():
        kinds |= dict(get_family(suite.family).error_kinds)
    return kinds
