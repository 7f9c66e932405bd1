"""The report: samples, figures, verdict and family metrics of the store, handed to the pages."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.api.compared import against_baselines
from evalkit.api.earlier import earlier_samples
from evalkit.api.evidence import gate, run_manifest
from evalkit.api.projects import open_project, open_store
from evalkit.api.requests import requests_again
from evalkit.api.routes import propose_routes
from evalkit.api.scorings import suites_as_scored
from evalkit.baseline import load_baseline
from evalkit.comparison import flips as item_flips
from evalkit.comparison import pair, side
from evalkit.config import Project
from evalkit.economics import CandidateFigures, figures
from evalkit.economics.evidence import read_samples
from evalkit.errors import EvalkitError, StoreError, UsageError
from evalkit.families import GENERAL_ERROR_KINDS, get_family
from evalkit.gate import CaseVerdict, RuleResult
from evalkit.records import Diff, Item, Manifest, Score, Suite, to_plain
from evalkit.reporting import (
    CellFigures,
    GateVerdict,
    ReportInput,
    ReportOptions,
    RuleLine,
    SuiteVerdict,
    write_report,
    write_single_file,
)
from evalkit.reporting.text import SummaryRow, summary_rows
from evalkit.reporting.view import build_site
from evalkit.reporting.wording import count, listed
from evalkit.routes.report import RouteReport
from evalkit.runner import find_run

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.gate import GateVerdict as Judged

FIXED_DATE = "SOURCE_DATE_EPOCH"
"""Environment variable by which packagers fix a date, in seconds since 1970."""

Flips = dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]
"""(suite, candidate) -> items that broke, items that were fixed."""


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
        UsageError: `SOURCE_DATE_EPOCH` is no date.
    """
    home = open_project(project)
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
    store = open_store(project=home)
    run_id = None if run is None else run_manifest(home, run).run_id
    samples = store.samples(run_id, latest=True)
    if samples.empty:
        raise StoreError("the store holds no samples yet", where=str(home.store), hint="evalkit run")
    run_ids = sorted(samples["run_id"].unique(), reverse=True)
    folders = [find_run(home.runs, str(r)) for r in run_ids]
    manifests = tuple(f.read_manifest() for f in folders)
    suites = {
        s.name: s for f, m in reversed(list(zip(folders, manifests, strict=True))) for s in f.read_suites(m)
    }
    asked_for = requests_again(home, suites, manifests, samples)
    suites = suites_as_scored(home, suites, samples, manifests)
    verdict = verdict or _verdict(home, manifests)
    gate_verdict = None if verdict is None else page_verdict(verdict, _flips(home, samples, verdict))
    found = figures(samples, manifests=manifests)
    found_routes, routes_note = (None, ()) if table_only else _routes(home, run)
    verdict_note = () if verdict is None or gate_verdict else verdict_notes(verdict)
    return ReportInput(
        samples=samples,
        items=_items(suites),
        manifests=manifests,
        figures=tuple(map(cell_figures, found)),
        created_at=_now(),
        title=title,
        gate=gate_verdict,
        notes=(*verdict_note, *routes_note),
        family_metrics=family_metrics(samples, suites),
        error_kinds=_error_kinds(suites),
        earlier=earlier_samples(home, store, samples),
        comparisons=() if table_only else against_baselines(home, samples, manifests),
        routes=found_routes,
        asked_for=asked_for,
        options=options or ReportOptions(),
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


def page_verdict(verdict: Judged, flips: Flips) -> GateVerdict | None:
    """The gate's word as pages show it; None when nothing could be judged."""
    judged = [c for c in verdict.cases if c.outcome != "not_judged"]
    if not judged:
        return None
    outcome = "inconclusive" if verdict.outcome == "not_judged" else verdict.outcome
    return GateVerdict(
        outcome=outcome,
        verdicts=tuple(_suite_verdict(case, flips) for case in judged),
        headline=verdict.headline,
        notes=verdict_notes(verdict),
    )


def verdict_notes(verdict: Judged) -> tuple[str, ...]:
    """What a reader of the verdict must know: admitted evidence, and what was not judged and why."""
    unjudged = [c for c in verdict.cases if c.outcome == "not_judged"]
    return (
        *verdict.notes,
        *_set_aside(verdict.left_aside),
        *_unjudged(unjudged),
    )


def _set_aside(left_aside: Sequence[str]) -> Iterator[str]:
    """Who was not to be judged, those with one reason together."""
    alike: dict[str, list[str]] = {}
    for one in left_aside:
        name, _, reason = one.rpartition(": ")
        alike.setdefault(reason, []).append(name)
    for reason, names in alike.items():
        yield f"Not judged: {listed(names)}: {_of_many(reason) if len(names) > 1 else reason}."


def _of_many(reason: str) -> str:
    return {"it is simulated": "they are simulated"}.get(reason, reason.replace(" it", " them"))


def _unjudged(cases: Sequence[CaseVerdict]) -> Iterator[str]:
    """Why cases were not judged; those with one reason together, or a page begins with a list of them."""
    alike: dict[str, list[CaseVerdict]] = {}
    for case in cases:
        reason = _why_not(case).replace(case.candidate, "it").replace(case.suite, "its suite")
        alike.setdefault(reason, []).append(case)
    for reason, same in alike.items():
        if len(same) == 1:
            yield f"Not judged: {same[0].candidate} at {same[0].suite}: {_why_not(same[0])}."
        else:
            by_candidate: dict[str, int] = {}
            for case in same:
                by_candidate[case.candidate] = by_candidate.get(case.candidate, 0) + 1
            who = listed([f"{name} at {count(n, 'suite')}" for name, n in by_candidate.items()])
            yield f"Not judged: {who}: {reason}."


def family_metrics(
    samples: pd.DataFrame, suites: Mapping[str, Suite]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The family's own figures for each suite × candidate, over answered samples."""
    answered = samples[samples["status"] == "answered"]
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for (suite_name, candidate), group in answered.groupby(["suite", "candidate"], sort=False):
        suite = suites.get(str(suite_name))
        if suite is not None:
            rows = list(_scored(group, {i.id: i for i in suite.items}))
            metrics = dict(get_family(suite.family).metrics(suite, rows))
            if reliability := _calibration(group):
                metrics["calibration"] = reliability
            found[str(suite_name), str(candidate)] = metrics
    return found


def _calibration(group: pd.DataFrame) -> dict[str, Any] | None:
    """Calibration error and reliability curve over the samples that came with a confidence."""
    from evalkit.families.classification.calibration import calibration, confidence_source

    sure = group[group["confidence"].notna()]
    found = calibration(sure["confidence"], sure["success"].astype(bool))
    source = confidence_source(sure["confidence_method"], sure["label_mass_outside"])
    return None if found is None else {**found, **source}


def _scored(group: pd.DataFrame, items: Mapping[str, Item]) -> Iterator[tuple[Item, Score]]:
    columns = ("item_id", "success", "score", "format_valid", "error_kind", "parsed", "diff", "parser")
    for item_id, success, score, valid, kind, parsed, diff, parser in group[list(columns)].itertuples(
        index=False
    ):
        if item_id in items:
            yield (
                items[item_id],
                Score(
                    success=bool(success),
                    score=float(score),
                    format_valid=bool(valid),
                    error_kind=_text(kind),
                    parsed=_from_json(parsed),
                    diff=tuple(Diff(**d) for d in _from_json(diff) or ()),
                    parser=_text(parser),
                ),
            )


def _from_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _verdict(home: Project, manifests: Sequence[Manifest]) -> Judged | None:
    """The gate's verdict on the newest run, where the project has baselines for it."""
    if not home.baselines.is_dir() or not any(home.baselines.iterdir()):
        return None
    return gate(manifests[0].run_id, project=home)


def _suite_verdict(case: CaseVerdict, flips: Flips) -> SuiteVerdict:
    regression = case.rule("no_regression")
    deciding = next((r for r in case.rules if not r.advisory and r.outcome == case.outcome), case.rules[0])
    assert case.outcome != "not_judged"  # noqa: S101 - the caller keeps those apart
    broken, fixed = flips.get((case.suite, case.candidate), ((), ()))
    return SuiteVerdict(
        suite=case.suite,
        candidate=case.candidate,
        outcome=case.outcome,
        reason=f"{deciding.found}{'; ' + deciding.sure if deciding.sure else ''}",
        baseline=case.baseline or "no baseline",
        difference=regression.interval if regression else None,
        margin=regression.limit if regression else None,
        broken=broken,
        fixed=fixed,
        items_needed=next((r.more_items for r in case.rules if r.more_items), None),
        rules=tuple(_rule_line(r) for r in case.rules if r.outcome != "not_judged"),
    )


def _rule_line(rule: RuleResult) -> RuleLine:
    assert rule.outcome != "not_judged"  # noqa: S101 - the caller keeps those apart
    return RuleLine(
        rule=rule.rule.replace("_", " "),
        outcome=rule.outcome,
        asked=rule.asked,
        found=rule.found,
        sure=rule.sure,
        advisory=rule.advisory,
    )


def _flips(home: Project, samples: pd.DataFrame, verdict: Judged) -> Flips:
    """The items that broke and that were fixed since the last accepted baseline, for each judged case."""
    found: Flips = {}
    for case in verdict.cases:
        regression = case.rule("no_regression")
        if regression is None or not regression.broken + regression.fixed:
            continue
        accepted = load_baseline(home.baselines, case.suite, case.slot).accepted
        ours = samples[(samples["suite"] == case.suite) & (samples["candidate"] == case.candidate)]
        changed = item_flips(pair(side(read_samples(accepted.samples)), side(read_samples(ours))))
        found[case.suite, case.candidate] = (
            tuple(f.item_id for f in changed if f.direction == "broken"),
            tuple(f.item_id for f in changed if f.direction == "fixed"),
        )
    return found


def _why_not(case: CaseVerdict) -> str:
    rules = (f"{r.asked} was asked, and {r.found}" for r in case.rules if r.outcome == "not_judged")
    return next(rules, "no reason")


def _error_kinds(suites: Mapping[str, Suite]) -> dict[str, str]:
    kinds = dict(GENERAL_ERROR_KINDS)
    for suite in suites.values():
        kinds |= dict(get_family(suite.family).error_kinds)
    return kinds
