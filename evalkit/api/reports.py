"""The report: samples, figures, verdict and family metrics of the store, handed to the pages."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.api.evidence import gather_evidence, require_samples
from evalkit.api.family_figures import family_metrics
from evalkit.api.judging import gate_policy, judge_evidence
from evalkit.api.projects import open_project, open_store
from evalkit.api.requests import requests_again
from evalkit.api.routes import routes_of
from evalkit.api.scorings import suites_as_scored
from evalkit.comparison import compare_pairs
from evalkit.config import Project
from evalkit.errors import EvalkitError, UsageError
from evalkit.evidence import Evidence
from evalkit.families import GENERAL_ERROR_KINDS, get_family
from evalkit.records import Suite, to_plain
from evalkit.reporting import (
    Compared,
    ReportInput,
    ReportOptions,
    write_report,
    write_single_file,
)
from evalkit.reporting.inputs import EARLIER_COLUMNS
from evalkit.reporting.text import SummaryRow, summary_rows
from evalkit.reporting.view import build_site
from evalkit.reporting.view.front import gate_notes
from evalkit.routes.report import RouteReport
from evalkit.training.curve import learning_curves
from evalkit.wording import count, listed

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.gate import GateVerdict, Policy
    from evalkit.store import Store

FIXED_DATE = "SOURCE_DATE_EPOCH"
"""Environment variable by which packagers fix a date, in seconds since 1970."""


def report(
    run: str | None = None,
    *,
    folder: Path | None = None,
    title: str = "Evaluation report",
    verdict: GateVerdict | None = None,
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
    run: str | None = None, *, verdict: GateVerdict | None = None, project: Project | Path | str | None = None
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
    verdict: GateVerdict | None = None,
    options: ReportOptions | None = None,
    table_only: bool = False,
) -> ReportInput:
    """All that a report is made from; with `table_only` without comparisons and routes, which take longest.

    Raises:
        StoreError: There is nothing to report.
    """
    created_at = _now()  # first: libraries read a fixed date too, and trip over a wrong one
    policy = gate_policy(home)
    store = open_store(project=home)
    evidence = gather_evidence(home, run, slots=policy.slots, store=store)
    require_samples(evidence, home)
    samples, manifests = evidence.samples, evidence.manifests
    asked_for = requests_again(home, evidence.suites, manifests, samples)
    suites = suites_as_scored(home, evidence.suites, samples, manifests)
    if verdict is None and evidence.baselines:
        verdict = judge_evidence(home, evidence)
    judged = verdict is not None and any(c.outcome != "not_judged" for c in verdict.cases)
    found_routes, routes_note = (None, ()) if table_only else _routes(home, evidence)
    return ReportInput(
        samples=samples,
        items=_items(suites),
        manifests=manifests,
        figures=evidence.figures,
        created_at=created_at,
        title=title,
        gate=verdict if judged else None,
        notes=(
            *damage_notes(store, sorted(samples["run_id"].unique(), reverse=True)),
            *(() if verdict is None or judged else gate_notes(verdict)),
            *_newer(evidence),
            *routes_note,
        ),
        family_metrics=family_metrics(samples, suites),
        error_kinds=_error_kinds(suites),
        earlier=_earlier(store, evidence),
        comparisons=() if table_only else tuple(against_baselines(evidence, policy, verdict)),
        routes=found_routes,
        curves=() if table_only else learning_curves(evidence, home.candidates),
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
        said = [
            f"{count(n, what)} {how}"
            for n, what, how in ((lines, "line", "set aside"), (values, "value", "unknown"))
            if n
        ]
        if missing:
            said.append(f"{count(missing, 'sample')} missing: `evalkit run --resume {run_id}` asks again")
        notes.append(f"Run {run_id} has a damaged folder: {', '.join(said)}.")
    return tuple(notes)


def _newer(evidence: Evidence) -> Iterator[str]:
    """Newer runs that measured only a part: their samples are not shown."""
    by_run: dict[str, list[str]] = {}
    for one in evidence.newer:
        by_run.setdefault(one.run_id, []).append(f"{one.candidate} on {one.suite} ({one.samples})")
    for run_id, parts in by_run.items():
        yield f"Run {run_id} is newer and partial, so it is not shown: {listed(parts)}."


def _earlier(store: Store, evidence: Evidence) -> pd.DataFrame:
    """What each cell said before: in the run before of the same suite version, else in its baseline."""
    import pandas as pd

    cells = [c for c in evidence.cells if c.asked]
    shown = [(c.suite, c.candidate, c.manifest.run_id) for c in cells]
    found = store.earlier_samples(shown)
    found["source"] = "run " + found["run_id"].astype(str)
    known = set(found[["suite", "candidate"]].itertuples(index=False, name=None))
    frames = [found]
    for cell in cells:
        accepted = None if cell.baseline is None else cell.baseline.accepted
        if accepted is None or (cell.suite, cell.candidate) in known or cell.accepted_itself:
            continue
        missing = {name: None for name in EARLIER_COLUMNS if name not in accepted.samples.columns}
        source = f"the baseline of {accepted.summary.accepted_at[:10]}"
        frames.append(
            accepted.samples.assign(**missing).assign(
                source=source, suite=cell.suite, candidate=cell.candidate
            )
        )
    kept = [frame[list(EARLIER_COLUMNS)].astype(object) for frame in frames if len(frame)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=list(EARLIER_COLUMNS))


def against_baselines(evidence: Evidence, policy: Policy, verdict: GateVerdict | None) -> Iterator[Compared]:
    """Yield each cell with a baseline against it: those that were judged, but for one accepted itself."""
    judged = None if verdict is None else {(c.suite, c.candidate) for c in verdict.cases}
    for cell in evidence.cells:
        if judged is not None and (cell.suite, cell.candidate) not in judged:
            continue
        if cell.last is None or not cell.asked or cell.accepted_itself:
            continue
        margin = policy.limits(cell.suite, cell.entry.stakes if cell.entry else None).margin
        accepted = cell.last.accepted
        yield Compared(
            against=cell.last.name,
            found=compare_pairs(
                cell.last.pairs,
                (cell.last.marks, cell.marks),
                (accepted.manifest, cell.manifest),
                margin=margin,
            ),
            caveats=cell.last.caveats,
        )


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


def _routes(home: Project, evidence: Evidence) -> tuple[RouteReport | None, tuple[str, ...]]:
    """What routes the samples support; a wrong routes.yaml is said on the page and stops no report."""
    try:
        return routes_of(home, evidence), ()
    except EvalkitError as error:
        return None, (f"Nothing is said of routes: {error}",)


def _items(suites: Mapping[str, Suite]) -> pd.DataFrame:
    import pandas as pd

    rows = [(s.name, i.id, to_plain(i)) for s in suites.values() for i in s.items]
    return pd.DataFrame(rows, columns=["suite", "item_id", "item"])


def _error_kinds(suites: Mapping[str, Suite]) -> dict[str, str]:
    kinds = dict(GENERAL_ERROR_KINDS)
    for suite in suites.values():
        kinds |= dict(get_family(suite.family).error_kinds)
    return kinds
